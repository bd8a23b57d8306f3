MODEL (
  name reference.stripe_currencies,
  kind SEED (
    path '../../seeds/stripe_currencies.csv'
  ),
  columns (
    currency_code TEXT,
    minor_unit DECIMAL(4, 3),
    note TEXT
  ),
  grain currency_code,
  audits (
    not_null(columns := (currency_code, minor_unit)),
    unique_values(columns := currency_code)
  ),
  description 'One row per currency in which the smallest unit Stripe counts in is not a hundredth; docs.stripe.com/currencies.'
)
