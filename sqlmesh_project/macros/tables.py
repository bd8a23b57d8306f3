"""What a shop's own words for the state of an order mean."""

from sqlglot import exp
from sqlmesh import macro

# `expectations/staging.py` warns of words that are not here; a test holds the two together.
_WORDS = {
    "pending": ("pending", "new", "unpaid", "on-hold", "on_hold", "open"),
    "processing": ("processing", "paid", "shipped", "confirmed"),
    "completed": ("completed", "complete", "delivered", "closed", "fulfilled", "refunded", "returned"),
    "cancelled": ("cancelled", "canceled", "voided", "void"),
    "failed": ("failed", "declined"),
}
# What takes an order back, as an action of the ledger.
_REVERSALS = {"return": ("refunded", "returned"), "cancel": _WORDS["cancelled"]}


@macro()
def tables_status(evaluator, status: exp.Expression) -> exp.Expression:
    """The platform's status in our words, refunds left aside; what is not known is being worked on."""
    return _case(status, _WORDS).else_(exp.Literal.string("processing"))


@macro()
def tables_reversal(evaluator, status: exp.Expression) -> exp.Expression:
    """The action by which an order of this status was taken back; NULL where it stands."""
    return _case(status, _REVERSALS)


def _case(status: exp.Expression, meanings: dict[str, tuple[str, ...]]) -> exp.Case:
    case = exp.Case()
    for meaning, words in meanings.items():
        said = exp.In(this=status.copy(), expressions=[exp.Literal.string(word) for word in words])
        case = case.when(said, exp.Literal.string(meaning))
    return case
