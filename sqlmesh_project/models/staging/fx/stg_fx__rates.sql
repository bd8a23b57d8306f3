MODEL (
  name staging.stg_fx__rates,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (base_currency, currency_code, rate_date)
  ),
  signals (
    news()
  ),
  grain (base_currency, currency_code, rate_date),
  audits (
    not_null(columns := (base_currency, currency_code, rate_date, rate, loaded_at)),
    accepted_range("column" := rate, min_v := 0, inclusive := FALSE)
  ),
  description 'One row per day and pair of currencies for which a reference rate is known: units of currency_code for one unit of base_currency. What an fx source says counts; the rates that are kept here fill the days it has none for. Of two sources that tell the same rate, the one loaded last counts.'
);

WITH payloads AS (
  SELECT
    loaded_at,
    @parsed(
      payload,
      '{"date": "VARCHAR", "base": "VARCHAR", "currency": "VARCHAR", "rate": "VARCHAR"}'
    ) AS quote
  FROM raw.fx__rates
  WHERE
    @is_new(loaded_at)
), quoted AS (
  SELECT
    quote.base AS base_currency,
    quote.currency AS currency_code,
    TRY_CAST(quote.date AS DATE) AS rate_date,
    @amount(quote.rate) AS rate,
    loaded_at
  FROM payloads
), kept AS (
  /* Known before any load, and so never in the way of what a source says. */
  SELECT
    base_currency,
    currency_code,
    rate_date::DATE AS rate_date,
    rate,
    '2025-01-01'::TIMESTAMP AS loaded_at
  FROM reference.ecb_reference_rates
), known AS (
  SELECT
    base_currency,
    currency_code,
    rate_date,
    rate,
    loaded_at
  FROM quoted
  UNION ALL
  SELECT
    base_currency,
    currency_code,
    rate_date,
    rate,
    loaded_at
  FROM kept
  WHERE
    @is_new(loaded_at)
)
SELECT
  base_currency::TEXT AS base_currency,
  currency_code::TEXT AS currency_code,
  rate_date::DATE AS rate_date,
  rate::DECIMAL(18, 8) AS rate,
  loaded_at::TIMESTAMP AS loaded_at
FROM known
QUALIFY
  ROW_NUMBER() OVER (PARTITION BY base_currency, currency_code, rate_date ORDER BY loaded_at DESC) = 1
