"""How small a currency's smallest unit is, by ISO 4217: hundredths where nothing else is said here."""

WITHOUT_DECIMALS = (
    *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
    *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
)
WITH_THREE_DECIMALS = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")


def minor_unit_sql(currency: str) -> str:
    """SQL of what the smallest unit of a currency is worth in it. A decimal: a quotient would be a DOUBLE."""

    def among(codes: tuple[str, ...]) -> str:
        return f"{currency} IN ({', '.join(repr(code) for code in codes)})"

    return f"CASE WHEN {among(WITHOUT_DECIMALS)} THEN 1.000 WHEN {among(WITH_THREE_DECIMALS)} THEN 0.001 ELSE 0.010 END"
