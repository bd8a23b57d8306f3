"""Keys and numbers that depend on nothing but their parts: the same today, after a rebuild, and on another machine."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def surrogate_key(evaluator, *parts: exp.Expression) -> exp.Expression:
    """MD5 of the parts; NULL where a part is NULL, so that a guest order has no customer instead of a common one."""
    text = exp.cast(parts[0], exp.DataType.Type.TEXT)
    for part in parts[1:]:
        text = exp.DPipe(
            this=exp.DPipe(this=text, expression=exp.Literal.string("|")),
            expression=exp.cast(part, exp.DataType.Type.TEXT),
        )
    return exp.MD5(this=text)


@macro()
def number_from(evaluator, text: exp.Expression, below: exp.Expression) -> exp.Expression:
    """A whole number from 0 to below - 1 that looks random and is always the same for the same text.

    DuckDB's own hash() may change from one version to the next; MD5 does not.
    """
    digest = exp.Anonymous(this="MD5_NUMBER_LOWER", expressions=[text])
    return exp.cast(exp.Mod(this=digest, expression=exp.paren(below)), exp.DataType.Type.INT)


@macro()
def key_of_itself(evaluator, store: exp.Expression, product_id: exp.Expression) -> exp.Expression:
    """The variant key of a product that is sold as it is: its own only variant.

    Not the product's own key: where products and variants are numbered apart, product 5 is not variant 5.
    """
    return surrogate_key(evaluator, store, exp.Literal.string("product"), product_id)
