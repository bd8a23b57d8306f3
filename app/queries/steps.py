"""Equal steps for histograms: how wide, how many, and what lies beyond the last."""

# Steps of 1, 2, 2.5 or 5 times a power of ten, some 12 to 24 of them up to the 95th percentile.
STEPS = """
WITH sizes AS ({sizes}
), sized AS (
    SELECT quantile_cont(size, 0.95) AS p95, count(*) AS total, quantile_cont(size, 0.5) AS median,
        quantile_cont(size, 0.9) AS p90, max(size) AS largest
    FROM sizes
), magnitude AS (
    SELECT *, pow(10, floor(log10(greatest(p95, 0.01) / 24))) AS unit FROM sized
), scaled AS (
    SELECT *, unit * CASE
        WHEN p95 / 24 / unit <= 1 THEN 1 WHEN p95 / 24 / unit <= 2 THEN 2 WHEN p95 / 24 / unit <= 2.5 THEN 2.5
        WHEN p95 / 24 / unit <= 5 THEN 5 ELSE 10 END AS nice
    FROM magnitude
), stepped AS (
    SELECT *, {step} AS step FROM scaled
), bins AS (
    SELECT *, greatest(ceil(p95 / step), 1)::INTEGER AS bins FROM stepped
)
SELECT
    bin, any_value(bin * step) AS low, any_value((bin + 1) * step) AS high, count(size) AS number,
    any_value(bin = bins - 1 AND largest >= bins * step) AS is_open,
    any_value(total) AS total, any_value(median) AS median, any_value(p90) AS p90, any_value(step) AS step
FROM bins
CROSS JOIN (SELECT unnest(range(200)) AS bin)
LEFT JOIN sizes ON least(floor(size / step), bins - 1) = bin
WHERE bin < bins
GROUP BY bin
ORDER BY bin
"""


def in_steps(sizes: str, *, whole: bool = False) -> str:
    """SQL that counts a query's `size` column (above 0) in equal steps; whole numbers in steps of one or more.

    Its answer: bin, low, high, number, is_open (the last bin holds all beyond), total, median, p90, step
    """
    return STEPS.format(sizes=sizes, step="greatest(ceil(nice), 1)" if whole else "nice")
