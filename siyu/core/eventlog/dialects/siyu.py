"""Our own: one message a line, already in our shape."""

from siyu.core.eventlog.dialects import Dialect, register

COLUMNS = {
    "name": "VARCHAR",
    "at": "VARCHAR",
    "id": "VARCHAR",
    "claim": "VARCHAR[]",
    "properties": "JSON",
    "personal": "JSON",
    "context": "JSON",
}
SQL = """
    SELECT $kept, NULL AS fault, m.name AS name, moment(m."at") AS happened_at, true AS timed, m.id AS id,
        m.claim[1] AS namespace, m.claim[2] AS value, NULL AS others, NULL AS rule, NULL AS operation, NULL AS traits,
        m.properties AS properties, m.context AS context, m.personal AS personal
    FROM parsed"""

register("siyu", Dialect(COLUMNS, SQL, longest=1024 * 1024, longest_id=200, open=False))
