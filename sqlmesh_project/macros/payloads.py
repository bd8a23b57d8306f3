"""Reading payloads, in DuckDB's own words: another engine gets another body here, and the models stay as they are."""

from sqlglot import exp
from sqlmesh import macro


@macro()
def parsed(evaluator, payload: exp.Expression, shape: exp.Expression) -> exp.Expression:
    """The payload as a struct, parsed once. Money is taken as TEXT: a DOUBLE would round 1.005 down."""
    return exp.Anonymous(this="JSON_TRANSFORM", expressions=[payload, shape])


@macro()
def amount(evaluator, text: exp.Expression) -> exp.Expression:
    """The text of a number as a decimal; NULL where it is none.

    Nine places drop the noise of binary fractions (99.94999999999999 is 99.95) and still fit 64 bits: DuckDB reads
    wider decimals fifty times slower.
    """
    digits = [exp.DataTypeParam(this=exp.Literal.number(number)) for number in (18, 9)]
    return exp.TryCast(this=text, to=exp.DataType(this=exp.DataType.Type.DECIMAL, expressions=digits))


@macro()
def object_id(evaluator, reference: exp.Expression) -> exp.Expression:
    """The id of what Stripe gives as an id or, expanded, as the whole object."""
    inner = exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=[reference.copy(), exp.Literal.string("$.id")])
    is_object = exp.Anonymous(this="STARTS_WITH", expressions=[reference.copy(), exp.Literal.string("{")])
    return exp.Case(ifs=[exp.If(this=is_object, true=inner)], default=reference.copy())


@macro()
def at_epoch(evaluator, seconds: exp.Expression) -> exp.Expression:
    """Unix seconds as a UTC TIMESTAMP."""
    micros = exp.Mul(this=exp.cast(seconds, exp.DataType.Type.BIGINT), expression=exp.Literal.number(1000000))
    return exp.Anonymous(this="MAKE_TIMESTAMP", expressions=[micros])


@macro()
def at_utc(evaluator, text: exp.Expression) -> exp.Expression:
    """ISO text with an offset or Z as a UTC TIMESTAMP; NULL where it is no instant."""
    return exp.AtTimeZone(
        this=exp.TryCast(this=text, to=exp.DataType(this=exp.DataType.Type.TIMESTAMPTZ)), zone=exp.Literal.string("UTC")
    )


@macro()
def rows_of(evaluator, items: exp.Expression) -> exp.Expression:
    """One row for each member of a list."""
    return exp.Anonymous(this="UNNEST", expressions=[items])


@macro()
def positions_of(evaluator, items: exp.Expression) -> exp.Expression:
    """Beside `@rows_of` of the same list: the member's position, from 1."""
    return exp.Anonymous(this="GENERATE_SUBSCRIPTS", expressions=[items, exp.Literal.number(1)])


@macro()
def at_naive_utc(evaluator, text: exp.Expression) -> exp.Expression:
    """ISO text without a zone that is UTC by contract as a TIMESTAMP; read with a zone, it would be the session's."""
    return exp.TryCast(this=text, to=exp.DataType(this=exp.DataType.Type.TIMESTAMP))


@macro()
def texts_at(evaluator, document: exp.Expression, path: exp.Expression) -> exp.Expression:
    """All texts at a path with wildcards of a JSON document, as a list."""
    return exp.Anonymous(this="JSON_EXTRACT_STRING", expressions=[document, path])


@macro()
def first_of(evaluator, items: exp.Expression) -> exp.Expression:
    """The first member of a list; NULL where there is none."""
    return exp.paren(exp.Anonymous(this="LIST_EXTRACT", expressions=[items, exp.Literal.number(1)]))


@macro()
def units_of(evaluator, lines: exp.Expression) -> exp.Expression:
    """The quantities of a list of lines, added up; NULL where there are none."""
    return _summed(lines, "line.quantity")


@macro()
def cents_of(evaluator, lines: exp.Expression) -> exp.Expression:
    """The total prices of a list of commercetools' lines in whole minor units, added up; NULL where there are none."""
    return _summed(lines, "line.totalPrice.centAmount")


def _summed(items: exp.Expression, what: str) -> exp.Expression:
    return exp.maybe_parse(f"LIST_SUM(LIST_TRANSFORM({items.sql('duckdb')}, LAMBDA line : {what}))", dialect="duckdb")
