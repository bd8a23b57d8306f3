"""Money in words, and who tells of it."""

from sqlglot import exp
from sqlmesh import macro

from countinghouse.currencies import WITH_THREE_DECIMALS, WITHOUT_DECIMALS


@macro()
def money_text(evaluator, amount: exp.Expression, currency: exp.Expression) -> exp.Expression:
    """An amount as people write it, with as many decimals as its currency has: 19.90 EUR, 1480 JPY, 1.250 KWD."""
    value, code = amount.sql("duckdb"), currency.sql("duckdb")

    def among(codes: tuple[str, ...]) -> str:
        return f"{code} IN ({', '.join(repr(one) for one in codes)})"

    def text(places: int) -> str:
        return f"({value})::DECIMAL(18, {places})::TEXT"

    return exp.maybe_parse(
        f"(CASE WHEN {among(WITHOUT_DECIMALS)} THEN {text(0)} WHEN {among(WITH_THREE_DECIMALS)} THEN {text(3)} "
        f"ELSE {text(2)} END || ' ' || {code})",
        dialect="duckdb",
    )
