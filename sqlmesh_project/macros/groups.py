"""Groups people read on a chart."""

from sqlglot import exp
from sqlmesh import macro

_BANDS = ((5, "Under 5%"), (10, "5–10%"), (15, "10–15%"))


@macro()
def discount_band(evaluator, discounts: exp.Expression, gross_sales: exp.Expression) -> exp.Expression:
    """The band of a discount rate; a band's lower bound belongs to it."""
    case = exp.case().when(exp.EQ(this=discounts.copy(), expression=exp.Literal.number(0)), exp.Literal.string("No discount"))
    for percent, name in _BANDS:
        # Multiplied out, since a quotient of decimals is a DOUBLE.
        share = exp.Mul(this=discounts.copy(), expression=exp.Literal.number(100))
        limit = exp.Mul(this=gross_sales.copy(), expression=exp.Literal.number(percent))
        case = case.when(exp.LT(this=share, expression=limit), exp.Literal.string(name))
    return case.else_(exp.Literal.string("15% and more"))


@macro()
def age_group(evaluator, age: exp.Expression) -> exp.Expression:
    """Ten-year groups as demographers cut them."""
    case = exp.case().when(exp.Is(this=age.copy(), expression=exp.Null()), exp.Null())
    for below, name in ((18, "Under 18"), (25, "18-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64")):
        case = case.when(exp.LT(this=age.copy(), expression=exp.Literal.number(below)), exp.Literal.string(name))
    return case.else_(exp.Literal.string("65+"))


@macro()
def title(evaluator, slug: exp.Expression) -> exp.Expression:
    """A slug as a title: mens-shirts becomes Mens shirts."""
    words = exp.Anonymous(this="REPLACE", expressions=[slug, exp.Literal.string("-"), exp.Literal.string(" ")])
    first = exp.Upper(this=exp.Substring(this=words.copy(), start=exp.Literal.number(1), length=exp.Literal.number(1)))
    return exp.DPipe(this=first, expression=exp.Substring(this=words, start=exp.Literal.number(2)))


@macro()
def fifth(evaluator, rank: exp.Expression) -> exp.Expression:
    """A rank from 0 to 1 as a score from 1 to 5."""
    scaled = exp.Floor(this=exp.Mul(this=exp.paren(rank), expression=exp.Literal.number(5)))
    return exp.cast(exp.Least(this=exp.Add(this=scaled, expression=exp.Literal.number(1)), expressions=[exp.Literal.number(5)]), "INT")


@macro()
def city_name(evaluator, city: exp.Expression) -> exp.Expression:
    """A city's name as it is compared: St. Louis is Saint Louis, whatever the case."""
    spelled = exp.Anonymous(this="REPLACE", expressions=[exp.Lower(this=city), exp.Literal.string("st. "), exp.Literal.string("saint ")])
    return exp.Trim(this=spelled)
