"""What Payload's rows share: money in the smallest unit of currencies it says nothing of, and prices named by currency.

Another engine gets other bodies here, and the models stay as they are.
"""

from sqlglot import exp
from sqlmesh import macro

PRICE_FIELD = "priceIn"


@macro()
def field_names(evaluator, payload: exp.Expression) -> exp.Expression:
    """One row for each field of an object: its name."""
    return exp.Anonymous(this="UNNEST", expressions=[exp.Anonymous(this="JSON_KEYS", expressions=[payload])])


@macro()
def is_price_field(evaluator, name: exp.Expression) -> exp.Expression:
    """Whether a field holds a price: `priceInUSD`, and not `priceInUSDEnabled`."""
    pattern = exp.Literal.string(f"{PRICE_FIELD}[A-Z]{{3}}")
    return exp.Anonymous(this="REGEXP_FULL_MATCH", expressions=[name, pattern])


@macro()
def whole_number_at(evaluator, payload: exp.Expression, name: exp.Expression) -> exp.Expression:
    """The whole number in a field whose name is only known in the row; NULL where there is none."""
    text = exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=[payload, name])
    return exp.TryCast(this=text, to=exp.DataType(this=exp.DataType.Type.BIGINT))


@macro()
def share_up_to(evaluator, amount: exp.Expression, part: exp.Expression, whole: exp.Expression) -> exp.Expression:
    """Of an amount in whole units, what falls to the first `part` of `whole`, in whole units.

    The differences of these, line after line, are shares that lose no unit. DuckDB's // stays whole.
    """
    wide = exp.DataType(this=exp.DataType.Type.INT128)
    product = exp.Mul(this=exp.Cast(this=amount, to=wide), expression=exp.paren(part))
    return exp.IntDiv(this=exp.paren(product), expression=exp.Cast(this=exp.paren(whole), to=wide))
