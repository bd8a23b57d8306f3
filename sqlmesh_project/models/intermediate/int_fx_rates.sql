MODEL (
  name intermediate.int_fx_rates,
  kind FULL,
  signals (
    news()
  ),
  grain (currency_code, rate_date),
  audits (
    not_null(columns := (currency_code, rate_date, rate, quoted_date, loaded_at)),
    unique_combination_of_columns(columns := (currency_code, rate_date)),
    accepted_range("column" := rate, min_v := 0, inclusive := FALSE)
  ),
  description 'One row per currency and day, without gaps from its first rate to the day the data reach: how much of the reporting currency one unit was worth, by the last rate known on that day (quoted_date), as no rates are told on weekends. The reporting currency itself has no rows. loaded_at is that of the rates used, so that a rate that comes late or is corrected shows which days it covers.'
);

WITH quotes AS (
  SELECT
    base_currency,
    currency_code,
    rate_date,
    rate,
    loaded_at
  FROM staging.stg_fx__rates
  WHERE
    currency_code <> base_currency
  UNION ALL
  SELECT
    base_currency,
    base_currency AS currency_code,
    rate_date,
    1 AS rate,
    MIN(loaded_at) AS loaded_at
  FROM staging.stg_fx__rates
  GROUP BY
    base_currency,
    rate_date
), reporting AS (
  SELECT
    MAX(stores.reporting_currency) AS currency_code,
    MAX(as_of.as_of_date) AS last_date
  FROM intermediate.int_stores AS stores
  LEFT JOIN intermediate.int_as_of AS as_of
    ON as_of.store = stores.store
), spans AS (
  SELECT
    quotes.base_currency,
    quotes.currency_code,
    quotes.rate_date AS quoted_date,
    quotes.rate,
    quotes.loaded_at,
    COALESCE(
      LEAD(quotes.rate_date) OVER (PARTITION BY quotes.base_currency, quotes.currency_code ORDER BY quotes.rate_date) - 1,
      GREATEST(reporting.last_date, quotes.rate_date)
    ) AS last_date
  FROM quotes
  CROSS JOIN reporting
), days AS (
  SELECT
    base_currency,
    currency_code,
    quoted_date,
    rate,
    loaded_at,
    @each_day(quoted_date, last_date) AS rate_date
  FROM spans
), crossed AS (
  /* Both are told in units for one of the base: the quotient is how much of the one the other is worth. */
  SELECT
    theirs.base_currency,
    theirs.currency_code,
    theirs.rate_date,
    ours.rate / theirs.rate AS rate,
    LEAST(theirs.quoted_date, ours.quoted_date) AS quoted_date,
    GREATEST(theirs.loaded_at, ours.loaded_at) AS loaded_at
  FROM reporting
  JOIN days AS ours
    ON ours.currency_code = reporting.currency_code
  JOIN days AS theirs
    ON theirs.base_currency = ours.base_currency
    AND theirs.rate_date = ours.rate_date
    AND theirs.currency_code <> ours.currency_code
), ranked AS (
  SELECT
    currency_code,
    rate_date,
    rate,
    quoted_date,
    loaded_at,
    ROW_NUMBER() OVER (PARTITION BY currency_code, rate_date ORDER BY quoted_date DESC, base_currency) AS place
  FROM crossed
)
SELECT
  currency_code::TEXT AS currency_code,
  rate_date::DATE AS rate_date,
  rate::DECIMAL(20, 12) AS rate,
  quoted_date::DATE AS quoted_date,
  loaded_at::TIMESTAMP AS loaded_at
FROM ranked
WHERE
  place = 1
