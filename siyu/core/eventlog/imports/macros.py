"""What people write into cells, read by SQL: text, amounts, moments."""

import duckdb

from siyu.kit.tables import literal

WIDE, NARROW = "０１２３４５６７８９．，－＋（）：／　￥＄￡", "0123456789.,-+():/ ¥$£"
ABSENT = "('-', '--', '—', 'null', 'none', 'nan', 'nat', 'n/a', '#n/a', '\\n', '<na>')"

MACROS = f"""
-- a cell without blanks around it, and without the ="…" that keeps digits from a spreadsheet; NULL: it says nothing
CREATE MACRO said(cell) AS
    CASE WHEN regexp_full_match(cell, '[0-9][!-~]*') THEN cell
         WHEN lower(cell) IN {ABSENT} THEN NULL
         ELSE nullif(trim(CASE WHEN cell[1] = '=' THEN regexp_replace(cell, '^="(.*)"$', '\\1') ELSE cell END,
              ' \t\r\n\u00a0\u3000\u200b\ufeff`'''), '') END;

-- 17850.0 is a number that went through a floating column
CREATE MACRO as_id(cell) AS
    CASE WHEN suffix(cell, '.0') THEN regexp_replace(cell, '^(\\d+)\\.0$', '\\1') ELSE cell END;

CREATE MACRO narrow(cell) AS translate(cell, '{WIDE}', '{NARROW}');

-- more than nine decimals are cut, not rounded: an amount is rounded once, later, halves away from zero
CREATE MACRO plain_amount(cell) AS
    TRY_CAST(CASE WHEN length(cell) > 10 THEN regexp_replace(cell, '^([+-]?\\d+\\.\\d{{9}})\\d+$', '\\1') ELSE cell END
        AS DECIMAL(22, 9));

CREATE MACRO bare_amount(cell) AS
    regexp_replace(narrow(cell), '(?i)[¥$£€元圆="''`\\s\u00a0\u3000]|rmb|cny|usd|gbp|eur|hkd|us|hk', '', 'g');

CREATE MACRO signed_amount(cell) AS
    CASE WHEN regexp_matches(cell, '^\\(.+\\)$') THEN '-' || cell[2:-2]
         WHEN regexp_matches(cell, '^[^-]+-$') THEN '-' || cell[:-2]
         ELSE replace(cell, '−', '-') END;

CREATE MACRO pointed_amount(cell) AS
    CASE WHEN regexp_matches(cell, '^[+-]?\\d{{1,3}}(,\\d{{3}})+(\\.\\d+)?$') THEN replace(cell, ',', '')
         WHEN regexp_matches(cell, '^[+-]?\\d{{1,3}}(\\.\\d{{3}})+,\\d+$')
         THEN replace(replace(cell, '.', ''), ',', '.')
         WHEN regexp_matches(cell, '^[+-]?\\d+,\\d{{1,2}}$') THEN replace(cell, ',', '.')
         ELSE cell END;

CREATE MACRO strict_amount(cell) AS
    CASE WHEN regexp_full_match(cell, '[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?') THEN plain_amount(cell) END;

CREATE MACRO written_amount(cell) AS
    CASE WHEN strlen(cell) < 99 THEN
        coalesce(strict_amount(cell), strict_amount(pointed_amount(signed_amount(bare_amount(cell))))) END;

-- most cells are a short plain number and end here
CREATE MACRO amount(cell) AS
    coalesce(CASE WHEN strlen(cell) <= 10 THEN TRY_CAST(cell AS DECIMAL(22, 9)) END, written_amount(cell));
"""
EXACT = """
-- billionths, as a whole number
CREATE MACRO e9(x) AS (x * 1000000000)::HUGEINT;
-- x / d for x >= 0, halves up
CREATE MACRO rounded(x, d) AS (x + d // 2) // d;
-- trillionths of a currency, at so many ten-billionths of the base currency each, in its minor units
CREATE MACRO in_minor(e12, rate_e10, exponent) AS
    CASE WHEN e12 < 10000000000000000000000000
         THEN TRY_CAST(CASE WHEN rate_e10 = 10000000000 THEN rounded(e12, (10 ** (12 - exponent))::HUGEINT)
              ELSE rounded(rounded(e12, 1000::HUGEINT) * rate_e10, (10 ** (19 - exponent))::HUGEINT) END AS BIGINT) END;
"""

MOMENTS = """
-- with dashes, colons and a space, whatever it was written with
CREATE MACRO tidy_moment(cell) AS
    trim(regexp_replace(regexp_replace(regexp_replace(narrow(cell),
        '^(\\d{4})\\s*[年/.-]\\s*(\\d{1,2})\\s*[月/.-]\\s*(\\d{1,2})日?[T\\s]*', '\\1-\\2-\\3 '),
        '(\\d{1,2})[时点](\\d{1,2})分?', '\\1:\\2:'),
        '[:秒]+$', ''));

CREATE MACRO has_zone(cell) AS
    length(cell) > 15 AND regexp_matches(cell, ':\\d{2}(\\.\\d+)?\\s*(Z|UTC|GMT|[+-]\\d{2}(:?\\d{2})?)$');

CREATE MACRO local_moment(cell) AS
    CASE WHEN regexp_matches(cell, '^\\d{8}$') THEN try_strptime(cell, '%Y%m%d')
         WHEN regexp_matches(cell, '^20\\d{10}$|^19\\d{10}$') THEN try_strptime(cell, '%Y%m%d%H%M')
         WHEN regexp_matches(cell, '^\\d{14}$') THEN try_strptime(cell, '%Y%m%d%H%M%S')
         WHEN regexp_matches(cell, '^\\d{5}(\\.\\d+)?$') AND cell::DOUBLE BETWEEN 20000 AND 80000
             THEN TIMESTAMP '1899-12-30' + to_seconds(round(cell::DOUBLE * 86400))
         ELSE try_strptime(cell, [
             '%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%d %I:%M:%S %p',
             '{day}/{month}/%Y %H:%M:%S', '{day}/{month}/%Y %H:%M', '{day}/{month}/%Y', '{day}/{month}/%Y %I:%M %p',
             '{day}/{month}/%Y %I:%M:%S %p', '{day}/{month}/%y %H:%M', '{day}/{month}/%y',
             '{day}-{month}-%Y %H:%M:%S', '{day}-{month}-%Y %H:%M', '{day}-{month}-%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y',
             '%d %b %Y', '%d %b %Y %H:%M', '%d %B %Y', '%b %d, %Y', '%B %d, %Y', '%d-%b-%Y', '%a %b %d %H:%M:%S %Y'])
         END;

CREATE MACRO zoned_moment(cell) AS
    CASE WHEN has_zone(cell)
         THEN TRY_CAST(regexp_replace(
                  regexp_replace(cell, '\\s*(UTC|GMT)$', 'Z'), '\\s*([+-]\\d{2})(\\d{2})$', '\\1:\\2')
              AS TIMESTAMPTZ)::TIMESTAMP
         WHEN regexp_matches(cell, '^\\d{10}$|^\\d{13}$|^\\d{16}$')
         THEN make_timestamp((cell::BIGINT * CASE length(cell) WHEN 10 THEN 1000000 WHEN 13 THEN 1000 ELSE 1 END)) END;

-- UTC without a zone; a naive time is one of {zone}
CREATE MACRO moment(cell) AS
    coalesce(
        CASE WHEN length(cell) = 19 AND cell[5] = '-' AND cell[8] = '-' AND cell[14] = ':'
             THEN timezone({zone}, TRY_CAST(cell AS TIMESTAMP))::TIMESTAMP END,
        zoned_moment(tidy_moment(cell)),
        timezone({zone}, local_moment(tidy_moment(cell)))::TIMESTAMP);
"""


def define(db: duckdb.DuckDBPyConnection, *, zone: str) -> None:
    db.execute((MACROS + EXACT).replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))
    define_moments(db, zone=zone, day_first=False)


def define_moments(db: duckdb.DuckDBPyConnection, *, zone: str, day_first: bool) -> None:
    """`day_first`: 3/12/2010 is in December; the column itself tells, where some first number is above twelve."""
    day, month = ("%d", "%m") if day_first else ("%m", "%d")
    text = MOMENTS.replace("{zone}", literal(zone)).replace("{day}", day).replace("{month}", month)
    db.execute(text.replace("CREATE MACRO", "CREATE OR REPLACE MACRO"))


def day_first(db: duckdb.DuckDBPyConnection, table: str, cell: str) -> bool:
    """Whether days come before months in the column: some first number is no month, and no second one is a day."""
    found = db.execute(f"""
        SELECT max(TRY_CAST(regexp_extract(cell, '^(\\d{{1,2}})[/-]', 1) AS INT)),
               max(TRY_CAST(regexp_extract(cell, '^\\d{{1,2}}[/-](\\d{{1,2}})[/-]', 1) AS INT))
        FROM (SELECT {cell} AS cell FROM {table})""").fetchone()
    first, second = found or (None, None)
    return (first or 0) > 12 and (second or 0) <= 12
