"""Money: decimal, three places (dinars have them), unknown where any part is unknown."""

from sqlglot import exp
from sqlmesh import macro

MONEY = "DECIMAL(18, 3)"


@macro()
def money(evaluator, amount: exp.Expression) -> exp.Expression:
    """An amount as every table keeps it."""
    return exp.cast(amount, MONEY)


@macro()
def cents(evaluator, amount: exp.Expression) -> exp.Expression:
    """An amount of a two-decimal currency, rounded half up."""
    return exp.cast(exp.Round(this=amount, decimals=exp.Literal.number(2)), MONEY)


def _sum_where(amount: exp.Expression, condition: exp.Expression) -> exp.Expression:
    def only(aggregate: exp.Expression, extra: exp.Expression | None = None) -> exp.Expression:
        where = condition.copy() if extra is None else exp.and_(condition.copy(), extra)
        return exp.Filter(this=aggregate, expression=exp.Where(this=where))

    unknown = only(exp.Count(this=exp.Star()), exp.Is(this=amount.copy(), expression=exp.Null()))
    total = exp.Coalesce(this=only(exp.Sum(this=amount.copy())), expressions=[exp.Literal.number(0)])
    is_known = exp.EQ(this=unknown, expression=exp.Literal.number(0))
    return exp.cast(exp.Case(ifs=[exp.If(this=is_known, true=total)]), MONEY)


@macro()
def sum_where(evaluator, amount: exp.Expression, condition: exp.Expression) -> exp.Expression:
    """Sum of the rows that meet a condition: 0 where none does, NULL where one of them has no amount."""
    return _sum_where(amount, condition)


@macro()
def sum_measure(evaluator, amount: exp.Expression, measure: exp.Expression, sign: exp.Expression | None = None) -> exp.Expression:
    """One measure of the ledger; `sign` -1 turns what lowers sales (discounts, returns) into a positive number."""
    column = exp.column("measure", table=amount.args.get("table"))
    total = _sum_where(amount, exp.EQ(this=column, expression=measure))
    return total if sign is None else exp.Mul(this=total, expression=sign)


@macro()
def per(evaluator, amount: exp.Expression, count: exp.Expression) -> exp.Expression:
    """An amount for each of a count, to the tenth of a cent; NULL where there are none."""
    quotient = exp.Div(this=exp.paren(amount), expression=exp.Nullif(this=count, expression=exp.Literal.number(0)))
    return exp.cast(exp.Round(this=quotient, decimals=exp.Literal.number(3)), MONEY)


@macro()
def share(evaluator, part: exp.Expression, whole: exp.Expression) -> exp.Expression:
    """A quotient of two counts; NULL where the whole is nothing."""
    return exp.cast(exp.Div(this=exp.paren(part), expression=exp.Nullif(this=whole, expression=exp.Literal.number(0))), "DOUBLE")


@macro()
def growth_pct(evaluator, now: exp.Expression, before: exp.Expression) -> exp.Expression:
    """Change in percent; NULL where there was nothing, or less than nothing, to grow from."""
    ratio = exp.Div(this=exp.paren(exp.Sub(this=now, expression=before.copy())), expression=before.copy())
    change = exp.Mul(this=exp.Literal.number(100), expression=exp.paren(ratio))
    grew = exp.GT(this=before.copy(), expression=exp.Literal.number(0))
    return exp.cast(exp.Case(ifs=[exp.If(this=grew, true=change)]), "DOUBLE")
