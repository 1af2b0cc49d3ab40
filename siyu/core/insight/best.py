"""The best fifth of the buyers by what they ever spent, and those of them who have gone quiet.

The cockpit counts them and the list of people shows them: both read them here, so that the two are the same people.
"""

AMONG = {"best": "true", "quiet": "stage IN ('at_risk', 'lapsed')"}
"""Of the best fifth: all, or who has gone quiet."""


def fifth(portraits: str) -> str:
    """A relation of person, gmv and stage over a relation of portraits; ties go to the smaller number."""
    return f"""(
        SELECT person, gmv, stage
        FROM (SELECT person, gmv, stage, row_number() OVER (ORDER BY gmv DESC, person) AS place,
                  count(*) OVER () AS buyers
              FROM {portraits} WHERE orders > 0) WHERE 5 * place <= buyers + 4)"""
