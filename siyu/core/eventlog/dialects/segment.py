"""The Segment spec, as its SDKs and those of RudderStack write it.

`track` keeps the name that its sender gave; the other calls are called Page Viewed, Screen Viewed, Identified, Group
Joined and Aliased. A user id is of the source's namespace, an anonymous id is a device. The sender's network address
(`context.ip`) is not kept at all: it says who somebody is, and nothing here asks for it.
"""

from siyu.core.eventlog.dialects import Dialect, register

COLUMNS = {
    "type": "VARCHAR",
    "event": "VARCHAR",
    "name": "VARCHAR",
    "category": "VARCHAR",
    "messageId": "VARCHAR",
    "userId": "VARCHAR",
    "anonymousId": "VARCHAR",
    "previousId": "VARCHAR",
    "groupId": "VARCHAR",
    "timestamp": "VARCHAR",
    "originalTimestamp": "VARCHAR",
    "sentAt": "VARCHAR",
    "properties": "JSON",
    "traits": "JSON",
    "context": "JSON",
}
SQL = """
    WITH timed AS (
        -- once: in the branches of a case the same expression is reckoned again and again
        SELECT *, TRY_CAST(said AS TIMESTAMPTZ) AS spoken FROM (
            SELECT *, nullif(CASE WHEN imported THEN coalesce(m.timestamp, m.originalTimestamp)
                ELSE coalesce(m.originalTimestamp, m.timestamp) END, '') AS said
            FROM parsed)),
    calls AS (
        SELECT *, lower(m.type) AS call, nullif(m.userId, '') AS user_id, nullif(m.anonymousId, '') AS device,
            -- a file is read long after it was sent: its clocks are right or were set right before
            CASE WHEN imported THEN NULL WHEN m.sentAt <> '' THEN moment(m.sentAt) ELSE sent_at END AS sent,
            CASE WHEN around_all IS NULL THEN m.context
                WHEN m.context IS NULL THEN around_all
                ELSE json_merge_patch(around_all, m.context) END AS around
        FROM timed)
    SELECT $kept,
        CASE WHEN call IS NULL OR call NOT IN ('track', 'page', 'screen', 'identify', 'group', 'alias')
                THEN 'type_unknown'
            WHEN user_id IS NULL AND device IS NULL THEN 'user_missing'
            WHEN user_id LIKE '{"%' OR user_id LIKE '[%' OR device LIKE '{"%' OR device LIKE '[%'
                THEN 'user_malformed' END AS fault,
        CASE call WHEN 'track' THEN CASE WHEN m.event NOT LIKE '{"%' THEN m.event END
            WHEN 'page' THEN 'Page Viewed' WHEN 'screen' THEN 'Screen Viewed'
            WHEN 'identify' THEN 'Identified' WHEN 'group' THEN 'Group Joined' WHEN 'alias' THEN 'Aliased' END AS name,
        CASE WHEN said IS NULL THEN received_at
            WHEN sent IS NULL THEN lasting(spoken)
            ELSE shifted(received_at, sent, lasting(spoken)) END AS happened_at,
        said IS NOT NULL AS timed,
        nullif(m.messageId, '') AS id,
        CASE WHEN user_id IS NULL THEN 'device' ELSE kind END AS namespace,
        coalesce(user_id, device) AS value,
        CASE WHEN call = 'alias' AND nullif(m.previousId, '') IS NOT NULL
                THEN [{'namespace': CASE WHEN m.previousId = device OR made_up(m.previousId) THEN 'device'
                        ELSE kind END, 'value': m.previousId}]
            WHEN user_id IS NOT NULL AND device IS NOT NULL THEN [{'namespace': 'device', 'value': device}] END
            AS others,
        CASE call WHEN 'alias' THEN 'alias' ELSE 'identify' END AS rule,
        CASE WHEN call IN ('identify', 'group') THEN 'set' END AS operation,
        CASE call WHEN 'group' THEN json_object('groupId', m.groupId)
            WHEN 'identify' THEN CASE WHEN around IS NULL OR json_type(around, '$.traits') IS DISTINCT FROM 'OBJECT'
                THEN m.traits ELSE json_merge_patch(around -> '$.traits', coalesce(m.traits, '{}')) END END AS traits,
        CASE WHEN call IN ('page', 'screen') AND (m.name IS NOT NULL OR m.category IS NOT NULL)
                THEN json_merge_patch(json_object('name', m.name, 'category', m.category),
                    coalesce(m.properties, '{}'))
            WHEN call = 'group' THEN json_merge_patch(coalesce(m.traits, '{}'), json_object('groupId', m.groupId))
            WHEN call IN ('track', 'page', 'screen') THEN m.properties END AS properties,
        CASE WHEN contains(around, '"ip"') OR contains(around, '"traits"')
            THEN json_merge_patch(around, '{"ip": null, "traits": null}') ELSE around END AS context,
        NULL AS personal
    FROM calls"""

register("segment", Dialect(COLUMNS, SQL))
