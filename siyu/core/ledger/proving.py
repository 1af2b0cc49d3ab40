"""The proof of the books: each rule is a question whose answer is what breaks it."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from siyu.core.eventlog.announce import announce
from siyu.core.ledger.models import PLACES, Proof, Transfer
from siyu.events.ledger import BooksDisproved

EVERY = timedelta(days=1)
SHOWN = 20
"""Of each rule, so many findings are kept."""
OF_LOTS = (
    " UNION ALL ".join(
        f"SELECT owner, unit, '{place}' AS kind, SUM({place}) AS there FROM ledger_lot GROUP BY owner, unit"
        for place in PLACES
    )
    + " UNION ALL SELECT owner, unit, 'debt', -SUM(owed) FROM ledger_lot GROUP BY owner, unit"
)

RULES = {
    "a balance is the sum of its entries": """
        SELECT a.id, a.balance, COALESCE(e.sum, 0) FROM ledger_account a LEFT JOIN
        (SELECT account_id, SUM(amount) AS sum, COUNT(*) AS n FROM ledger_entry GROUP BY account_id) e
        ON e.account_id = a.id
        WHERE a.balance <> COALESCE(e.sum, 0) OR a.version <> COALESCE(e.n, 0)""",
    "every entry goes on where the last one ended": """
        SELECT id, balance, before + amount FROM (SELECT id, amount, balance, version,
            COALESCE(LAG(balance) OVER w, 0) AS before, COALESCE(LAG(version) OVER w, 0) AS last
            FROM ledger_entry WINDOW w AS (PARTITION BY account_id ORDER BY version)) e
        WHERE balance <> before + amount OR version <> last + 1""",
    "every transfer has its two sides": """
        SELECT t.id, t.amount, COALESCE(e.sum, 0) FROM ledger_transfer t LEFT JOIN
        (SELECT transfer_id, COUNT(*) AS n, SUM(amount) AS sum FROM ledger_entry GROUP BY transfer_id) e
        ON e.transfer_id = t.id WHERE COALESCE(e.n, 0) <> 2 OR e.sum <> 0""",
    "every unit sums to zero": """
        SELECT unit, SUM(balance), 0 FROM ledger_account GROUP BY unit HAVING SUM(balance) <> 0""",
    "nothing is below zero that may not be": """
        SELECT id, balance, 0 FROM ledger_account WHERE balance < 0 AND NOT open""",
    "every lot is as large as what made it": """
        SELECT l.id, l.amount, t.amount FROM ledger_lot l JOIN ledger_transfer t ON t.id = l.origin_id
        WHERE l.amount <> t.amount""",
    "every unit of a lot is somewhere": f"""
        SELECT id, amount, {" + ".join(PLACES)} + settled FROM ledger_lot
        WHERE amount <> {" + ".join(PLACES)} + settled""",
    "lots and accounts agree": f"""
        SELECT a.id, a.balance, COALESCE(l.there, 0) FROM ledger_account a
        LEFT JOIN ({OF_LOTS}) l ON l.owner = a.owner AND l.unit = a.unit AND l.kind = a.kind
        WHERE a.owner IS NOT NULL AND a.unit = 'points' AND a.balance <> COALESCE(l.there, 0)""",
    "what paid is what was paid": """
        SELECT l.id, l.settled, COALESCE(s.sum, 0) FROM ledger_lot l LEFT JOIN
        (SELECT payer_id, SUM(amount) AS sum FROM ledger_settlement GROUP BY payer_id) s ON s.payer_id = l.id
        WHERE l.settled <> COALESCE(s.sum, 0)""",
    "what was covered is what was paid": """
        SELECT l.id, l.covered, COALESCE(s.sum, 0) FROM ledger_lot l LEFT JOIN
        (SELECT debtor_id, SUM(amount) AS sum FROM ledger_settlement GROUP BY debtor_id) s ON s.debtor_id = l.id
        WHERE l.covered <> COALESCE(s.sum, 0)""",
    "a transfer moves what its lots gave": """
        SELECT t.id, t.amount, m.sum FROM ledger_transfer t JOIN
        (SELECT transfer_id, SUM(amount) AS sum FROM ledger_lotmove GROUP BY transfer_id) m ON m.transfer_id = t.id
        WHERE t.amount <> m.sum""",
}
"""{rule: question}: the number of what breaks it, what it says, what it should say."""


@transaction.atomic
def prove(*, at: datetime) -> Proof:
    """Ask every rule, and keep the answer; what does not hold is announced."""
    findings = [finding for rule, question in RULES.items() for finding in broken(rule, question)]
    proof = Proof.objects.create(at=at, transfers=Transfer.objects.count(), findings=findings)
    if findings:
        announce(BooksDisproved(at=at, proof=proof.pk, rules=sorted({finding["rule"] for finding in findings})))
    return proof


def broken(rule: str, question: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM ({question}) AS broken LIMIT {SHOWN}")
        names = ("what", "says", "should")
        return [{"rule": rule} | dict(zip(names, map(str, row), strict=True)) for row in cursor.fetchall()]


def last_proof() -> Proof | None:
    return Proof.objects.order_by("-at").first()


def nightly(at: datetime) -> int:
    """Prove the books where the last proof is a day old; whether it was."""
    last = last_proof()
    if last and at - last.at < EVERY:
        return 0
    prove(at=at)
    return 1
