"""Phone numbers that compare, and which of a person's accounts is believed."""

from sqlglot import exp
from sqlmesh import macro

# ITU-T E.164: country code and number together.
LONGEST_PHONE = 15


@macro()
def normalised_phone(
    evaluator, phone: exp.Expression, dial_code: exp.Expression, trunk_prefix: exp.Expression
) -> exp.Expression:
    """Digits with the country's code in front, as E.164 has them; NULL where the country is not told or they are few.

    dial_code, trunk_prefix  of the account's country: 49 and 0 for Germany
    """
    told, code, trunk = (part.sql("duckdb") for part in (phone, dial_code, trunk_prefix))
    # An extension is cut off; (0) is the trunk prefix written behind a country code.
    number = f"REPLACE(REGEXP_REPLACE(LOWER(TRIM({told})), '[a-z#].*$', ''), '(0)', '')"
    digits = f"REGEXP_REPLACE({number}, '[^0-9]', '', 'g')"
    national = (
        f"{code} || CASE WHEN {trunk} <> '' AND STARTS_WITH({digits}, {trunk}) "
        f"THEN SUBSTRING({digits}, LENGTH({trunk}) + 1) ELSE {digits} END"
    )
    full = f"""
        CASE
            WHEN REGEXP_MATCHES({number}, '^[^0-9]*[+]') THEN {digits}
            WHEN {code} = '1' AND STARTS_WITH({digits}, '011') THEN SUBSTRING({digits}, 4)
            WHEN STARTS_WITH({digits}, '00') THEN SUBSTRING({digits}, 3)
            ELSE {national}
        END
    """
    shortest = evaluator.var("shortest_phone")
    text = f"CASE WHEN LENGTH({full}) BETWEEN {shortest} AND {LONGEST_PHONE} THEN {full} END"
    return exp.maybe_parse(text, dialect="duckdb")


@macro()
def freshest(evaluator, column: exp.Expression, freshness: exp.Expression) -> exp.Expression:
    """What the first account by a ranking says that says anything."""
    text = (
        f"ARG_MIN({column.sql('duckdb')}, {freshness.sql('duckdb')}) FILTER (WHERE NOT {column.sql('duckdb')} IS NULL)"
    )
    return exp.maybe_parse(text, dialect="duckdb")
