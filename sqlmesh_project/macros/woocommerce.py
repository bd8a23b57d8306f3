"""What WooCommerce's rows share."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def meta_value(evaluator, meta: exp.Expression, key: exp.Expression) -> exp.Expression:
    """The value of a `meta_data` list under a key, as text; NULL where it has none, or is no list."""
    keys, values = (
        exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=[meta.copy(), exp.Literal.string(f"$[*].{name}")])
        for name in ("key", "value")
    )
    place = exp.Anonymous(this="LIST_POSITION", expressions=[keys, key])
    return exp.Anonymous(this="LIST_EXTRACT", expressions=[values, place])
