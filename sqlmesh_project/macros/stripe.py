"""What every Stripe object shares."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def from_minor_units(evaluator, units: exp.Expression, minor_unit: exp.Expression) -> exp.Expression:
    """An amount in the smallest unit as an amount of the currency; a currency that is not listed counts in hundredths.

    Multiplied, not divided: a quotient of decimals is a DOUBLE. The minor unit is a decimal, and so is the literal.
    """
    return exp.Mul(this=units, expression=exp.Coalesce(this=minor_unit, expressions=[exp.Literal.number("0.010")]))


@macro()
def is_counted_refund(evaluator, status: exp.Expression) -> exp.Expression:
    """Whether a refund gives money back: done or under way, as long as it has not failed."""
    words = [exp.Literal.string(word) for word in ("succeeded", "pending", "requires_action")]
    return exp.Coalesce(this=exp.In(this=status, expressions=words), expressions=[exp.false()])


@macro()
def is_taken_back(evaluator, status: exp.Expression) -> exp.Expression:
    """Whether a dispute holds the money: from its first day until it is won. An inquiry (warning_…) takes none."""
    words = ("won", "prevented", "warning_needs_response", "warning_under_review", "warning_closed")
    kept = exp.In(this=status, expressions=[exp.Literal.string(word) for word in words])
    return exp.Coalesce(this=exp.Not(this=kept), expressions=[exp.false()])
