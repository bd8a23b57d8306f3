"""The smallest unit of a currency, as the library knows it."""

from sqlglot import exp
from sqlmesh import macro

from countinghouse.currencies import minor_unit_sql


@macro()
def iso_minor_unit(evaluator, currency: exp.Expression) -> exp.Expression:
    """What the smallest unit of a currency is worth in it; hundredths where the currency is not listed or unknown."""
    return exp.maybe_parse(minor_unit_sql(currency.sql("duckdb")), dialect="duckdb")
