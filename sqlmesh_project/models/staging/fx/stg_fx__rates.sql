MODEL (
  name staging.stg_fx__rates,
  kind FULL,
  signals (
    news()
  ),
  grain (base_currency, currency_code, rate_date),
  audits (
    not_null(columns := (base_currency, currency_code, rate_date, rate, loaded_at)),
    unique_combination_of_columns(columns := (base_currency, currency_code, rate_date)),
    accepted_range("column" := rate, min_v := 0, inclusive := FALSE)
  ),
  description 'One row per day and pair of currencies for which a reference rate is known: units of currency_code for one unit of base_currency.'
);

SELECT
  base_currency::TEXT AS base_currency,
  currency_code::TEXT AS currency_code,
  rate_date::DATE AS rate_date,
  rate::DECIMAL(18, 8) AS rate,
  '2025-01-01' /* Known before any load. */::TIMESTAMP AS loaded_at
FROM reference.ecb_reference_rates
