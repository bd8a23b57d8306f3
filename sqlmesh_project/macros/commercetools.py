"""What commercetools' values share: money in whole minor units, arithmetic that stays whole, names by language.

Sums and shares are computed in minor units of the order's currency, as integers: a quotient of decimals is a DOUBLE.
"""

from sqlglot import exp
from sqlmesh import macro

# Names come by language; whoever has none of these gets any other.
LANGUAGES = ("en", "en-US", "en-GB", "de", "de-DE", "ja", "ja-JP")
# There is no field for what a unit costs the shop; these are the names shops give the attribute, in lower case.
COST_ATTRIBUTES = (
    "purchaseprice",
    "purchase-price",
    "purchase_price",
    "unitcost",
    "unit-cost",
    "unit_cost",
    "costprice",
)


@macro()
def localized(evaluator, names: exp.Expression) -> exp.Expression:
    """The text in the first of our languages that it has, else in any."""
    in_language = [exp.Bracket(this=names.copy(), expressions=[exp.Literal.string(language)]) for language in LANGUAGES]
    values = exp.Anonymous(this="MAP_VALUES", expressions=[names.copy()])
    in_any = exp.Bracket(this=values, expressions=[exp.Literal.number(1)], offset=1)
    return exp.Coalesce(this=in_language[0], expressions=[*in_language[1:], in_any])


@macro()
def rounded_quotient(evaluator, dividend: exp.Expression, divisor: exp.Expression) -> exp.Expression:
    """A quotient of whole numbers, rounded half away from zero; the divisor is positive."""
    return exp.maybe_parse(_rounded(dividend.sql("duckdb"), divisor.sql("duckdb")), dialect="duckdb")


@macro()
def in_minor_units(evaluator, money: exp.Expression, times: exp.Expression, digits: exp.Expression) -> exp.Expression:
    """So many times an amount, in units of so many digits, rounded once and at the end.

    `fractionDigits` of a high-precision amount belongs to its `preciseAmount`; without one, to its `centAmount`.
    """
    value, count, kept = money.sql("duckdb"), times.sql("duckdb"), digits.sql("duckdb")
    units = f"(COALESCE({value}.preciseAmount, {value}.centAmount)::HUGEINT * {count})"
    raised = f"({units} * POWER(10, GREATEST({kept} - {value}.fractionDigits, 0))::HUGEINT)"
    lowered = f"POWER(10, GREATEST({value}.fractionDigits - {kept}, 0))::HUGEINT"
    return exp.maybe_parse(f"{_rounded(raised, lowered)}::BIGINT", dialect="duckdb")


@macro()
def tax_of(
    evaluator, amount: exp.Expression, part: exp.Expression, whole: exp.Expression, is_inside: exp.Expression
) -> exp.Expression:
    """The tax of `part` per `whole` on an amount in minor units, that has it inside or gets it on top."""
    units, rate, base = amount.sql("duckdb"), part.sql("duckdb"), whole.sql("duckdb")
    divisor = f"(CASE WHEN {is_inside.sql('duckdb')} THEN {base} + {rate} ELSE {base} END)"
    return exp.maybe_parse(f"{_rounded(f'({units}::HUGEINT * {rate})', divisor)}::BIGINT", dialect="duckdb")


@macro()
def of_minor_units(evaluator, units: exp.Expression, digits: exp.Expression) -> exp.Expression:
    """Minor units as an amount of the currency. No currency has more than four digits (ISO 4217)."""
    return exp.maybe_parse(
        f"({units.sql('duckdb')} * CASE {digits.sql('duckdb')} WHEN 0 THEN 1.0000 WHEN 1 THEN 0.1000 "
        "WHEN 2 THEN 0.0100 WHEN 3 THEN 0.0010 WHEN 4 THEN 0.0001 END)::DECIMAL(18, 3)",
        dialect="duckdb",
    )


def _rounded(dividend: str, divisor: str) -> str:
    return f"(SIGN({dividend}) * ((2 * ABS({dividend}) + {divisor}) // NULLIF(2 * {divisor}, 0)))"


@macro()
def cost_among(evaluator, attributes: exp.Expression) -> exp.Expression:
    """The money in the attribute that says what a unit costs the shop; NULL where there is none, or it is no money."""
    names = ", ".join(f"'{name}'" for name in COST_ATTRIBUTES)
    named = f"LIST_FILTER({attributes.sql('duckdb')}, LAMBDA one : LOWER(one.name) IN ({names}))[1].value"
    shape = (
        '{"centAmount": "BIGINT", "preciseAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"}'
    )
    return exp.maybe_parse(
        f"CASE WHEN JSON_TYPE({named}) = 'OBJECT' THEN JSON_TRANSFORM({named}, '{shape}') END", dialect="duckdb"
    )


@macro()
def texts_of_attributes(evaluator, attributes: exp.Expression) -> exp.Expression:
    """The values of the attributes that are plain text, in their order and with commas between; NULL without one."""
    texts = f"LIST_FILTER({attributes.sql('duckdb')}, LAMBDA one : JSON_TYPE(one.value) = 'VARCHAR')"
    said = f"LIST_TRANSFORM({texts}, LAMBDA one : JSON_EXTRACT_STRING(one.value, '$'))"
    return exp.maybe_parse(f"NULLIF(ARRAY_TO_STRING({said}, ', '), '')", dialect="duckdb")
