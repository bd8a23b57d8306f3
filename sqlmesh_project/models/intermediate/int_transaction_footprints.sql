MODEL (
  name intermediate.int_transaction_footprints,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key footprint_key
  ),
  grain footprint_key,
  audits (
    not_null(columns := (footprint_key, transaction_key, order_key))
  ),
  description 'One row per transaction and order it has ever paid. A log: when a transaction turns out to be another order''s, its old row stays, so that the order it left is reconciled again too.'
);

SELECT
  @surrogate_key(transaction_key, order_key)::TEXT AS footprint_key,
  transaction_key::TEXT AS transaction_key,
  order_key::TEXT AS order_key
FROM marts.fact_transactions
WHERE
  @is_new(loaded_at) AND NOT order_key IS NULL
