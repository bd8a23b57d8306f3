MODEL (
  name intermediate.int_charge_references,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain reference,
  audits (
    not_null(columns := (reference, payment_id, loaded_at))
  ),
  description 'One row per id under which a shop may name a payment that a payment provider tells: that of the charge, and that of the payment intent. payment_id is the one name all movements of the payment share.'
);

WITH named AS (
  SELECT
    charge_id AS reference,
    COALESCE(payment_intent_id, charge_id) AS payment_id,
    loaded_at
  FROM staging.stg_stripe__charges
  WHERE
    NOT is_deleted
  UNION ALL
  SELECT
    payment_intent_id AS reference,
    payment_intent_id AS payment_id,
    loaded_at
  FROM staging.stg_stripe__charges
  WHERE
    NOT is_deleted AND NOT payment_intent_id IS NULL
)
SELECT
  reference::TEXT AS reference,
  MIN(payment_id)::TEXT AS payment_id,
  MAX(loaded_at)::TIMESTAMP AS loaded_at
FROM named
GROUP BY
  reference
