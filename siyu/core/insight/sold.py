"""What was sold to whom, and what is left of it: over the views of `facts`, as a relation of its own."""

from datetime import date


def sold(since: date | None = None) -> str:
    """SQL: orders of known people with what of them came back and what is known of their cost; refunds without an
    order are rows of their own. Grain: order. Leaves out cancelled orders, orders of nobody known, and what was before
    the brand day `since`."""
    bound = f"AND day >= DATE '{since}'" if since else ""
    return f"""
    WITH costs AS (
        SELECT subject AS "order", (p ->> '$.costed')::BIGINT AS costed, (p ->> '$.cost')::BIGINT AS cost
        FROM (SELECT subject, arg_max(properties, position)::JSON AS p FROM log WHERE name = 'order.costed' GROUP BY subject)),
    back AS (SELECT "order", sum(amount)::BIGINT AS refunded FROM refunds WHERE "order" IS NOT NULL GROUP BY "order"),
    bought AS (FROM orders WHERE person IS NOT NULL {bound})
    SELECT o."order", o.person, o.happened_at, o.day, 1 AS orders, o.amount AS gmv, coalesce(b.refunded, 0) AS refunded,
        coalesce(c.costed, 0) AS costed, coalesce(c.cost, 0) AS cost
    FROM bought o LEFT JOIN back b ON b."order" = o."order" LEFT JOIN costs c ON c."order" = o."order"
    UNION ALL
    SELECT NULL, person, happened_at, day, 0, 0, amount, 0, 0 FROM refunds
    WHERE person IS NOT NULL AND "order" IS NULL {bound}"""  # noqa: E501
