"""Sensors Analytics (神策), IDM 2 and 3, as its SDKs write it.

`track` and its kin keep the name that their sender gave; changes of a profile are called Identified, those of an item
Item Described and Item Removed. A login id is of the source's namespace, other ids are devices unless they say more.
"""

from siyu.core.eventlog.dialects import Dialect, register

COLUMNS = {
    "type": "VARCHAR",
    "event": "VARCHAR",
    "distinct_id": "VARCHAR",
    "original_id": "VARCHAR",
    "login_id": "VARCHAR",
    "anonymous_id": "VARCHAR",
    "identities": "JSON",
    "time": "VARCHAR",
    "_track_id": "VARCHAR",
    "item_type": "VARCHAR",
    "item_id": "VARCHAR",
    "properties": "JSON",
    "lib": "JSON",
}
SQL = """
    WITH records AS (
        SELECT *, m.type AS type,
            nullif(m.distinct_id, '') AS distinct_id,
            CASE WHEN m.type = 'track_signup' THEN true
                WHEN contains(m.properties, '"$is_login_id"')
                    THEN coalesce(m.properties ->> '$."$is_login_id"' = 'true', false)
                ELSE m.login_id = m.distinct_id OR m.identities ->> '$."$identity_login_id"' = m.distinct_id END
                AS logged_in,
            CASE WHEN m.identities IS NOT NULL THEN list_transform(json_keys(m.identities), lambda k:
                {'namespace': kind_of(k, kind), 'value': m.identities ->> ('/' || k)}) END AS identities
        FROM parsed),
    claimed AS (
        SELECT *,
            CASE WHEN coalesce(logged_in, false) THEN kind ELSE 'device' END AS namespace,
            list_concat(
                coalesce(identities, []),
                CASE WHEN type = 'track_signup' AND nullif(m.original_id, '') IS NOT NULL
                    THEN [{'namespace': 'device', 'value': m.original_id}] ELSE [] END,
                CASE WHEN nullif(m.login_id, '') IS NOT NULL
                    THEN [{'namespace': kind, 'value': m.login_id}] ELSE [] END,
                CASE WHEN nullif(m.anonymous_id, '') IS NOT NULL
                    THEN [{'namespace': 'device', 'value': m.anonymous_id}] ELSE [] END) AS ids
        FROM records),
    named AS (
        SELECT *, coalesce(
            list_filter(ids, lambda i: i.namespace = kind AND i.value = distinct_id)[1],
            list_filter(ids, lambda i: i.value = distinct_id)[1],
            CASE WHEN distinct_id IS NOT NULL THEN {'namespace': namespace, 'value': distinct_id} END,
            ids[1]) AS who
        FROM claimed)
    SELECT $kept,
        CASE WHEN type IS NULL OR type NOT IN ('track', 'track_signup', 'track_id_bind', 'track_id_unbind',
                'profile_set', 'profile_set_once', 'profile_increment', 'profile_append', 'profile_unset',
                'profile_delete', 'item_set', 'item_delete') THEN 'type_unknown'
            WHEN who IS NULL AND type NOT LIKE 'item%' THEN 'user_missing' END AS fault,
        CASE WHEN type LIKE 'profile%' THEN 'Identified' WHEN type = 'item_set' THEN 'Item Described'
            WHEN type = 'item_delete' THEN 'Item Removed' ELSE m.event END AS name,
        CASE WHEN m.time IS NULL THEN received_at ELSE counted(m.time) END AS happened_at,
        m.time IS NOT NULL AS timed,
        CASE WHEN m._track_id IS NOT NULL
            THEN sha256(concat_ws('|', project, m._track_id, distinct_id, m.time, type, m.event))
            ELSE sha256(concat_ws('|', project, json_merge_patch(line, '{"_flush_time": null, "_track_id": null}')))
            END AS id,
        CASE WHEN type NOT LIKE 'item%' THEN who.namespace END AS namespace,
        CASE WHEN type NOT LIKE 'item%' THEN who.value END AS value,
        nullif(list_filter(ids, lambda i: i.value IS NOT NULL AND i IS DISTINCT FROM who), []) AS others,
        CASE type WHEN 'track_signup' THEN 'login' WHEN 'track_id_bind' THEN 'bind'
            WHEN 'track_id_unbind' THEN 'unbind' ELSE 'identify' END AS rule,
        CASE WHEN type LIKE 'profile%' THEN substr(type, 9) END AS operation,
        CASE WHEN type LIKE 'profile%' THEN coalesce(m.properties, '{}') END AS traits,
        CASE WHEN type LIKE 'item%' THEN json_merge_patch(coalesce(m.properties, '{}'),
                json_object('item_type', m.item_type, 'item_id', m.item_id))
            WHEN type LIKE 'profile%' THEN json_object('operation', substr(type, 9))
            WHEN contains(m.properties, '"$ip"') OR contains(m.properties, '"$is_login_id"')
                THEN json_merge_patch(m.properties, '{"$ip": null, "$is_login_id": null}')
            ELSE m.properties END AS properties,
        CASE WHEN m.lib IS NOT NULL THEN json_object('library', m.lib) END AS context,
        NULL AS personal
    FROM named"""

register("sensors", Dialect(COLUMNS, SQL))
