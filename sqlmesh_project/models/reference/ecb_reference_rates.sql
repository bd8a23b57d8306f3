MODEL (
  name reference.ecb_reference_rates,
  kind SEED (
    path '../../seeds/ecb_reference_rates.csv'
  ),
  columns (
    rate_date TEXT,
    base_currency TEXT,
    currency_code TEXT,
    rate DECIMAL(18, 8)
  ),
  grain (rate_date, base_currency, currency_code),
  audits (
    not_null(columns := (rate_date, base_currency, currency_code, rate)),
    unique_combination_of_columns(columns := (rate_date, base_currency, currency_code)),
    accepted_range("column" := rate, min_v := 0, inclusive := FALSE)
  ),
  description 'One row per currency and first banking day of a month for which the European Central Bank''s reference rate is kept here, for shops that read no fx source; units of the currency for one euro.'
)
