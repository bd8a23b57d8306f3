MODEL (
  name reference.dial_codes,
  kind SEED (
    path '../../seeds/dial_codes.csv',
    csv_settings (keep_default_na = FALSE)
  ),
  columns (
    country_code TEXT,
    dial_code INT,
    trunk_prefix TEXT
  ),
  grain country_code,
  audits (
    not_null(columns := (country_code, dial_code, trunk_prefix)),
    unique_values(columns := country_code)
  ),
  description 'One row per country, ISO 3166: the code that is dialled to reach it (ITU-T E.164) and the prefix that numbers within it begin with and that is left out then.'
)
