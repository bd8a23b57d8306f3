MODEL (
  name intermediate.int_dummyjson__orders,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain order_key,
  audits (
    not_null(columns := (order_key, store, order_id, loaded_at))
  ),
  description 'One row per cart of a DummyJSON shop: its carts are its orders. A cart carries no date: it takes the time of the earliest payment that names it, else a time drawn from its key.'
);

WITH intents AS (
  SELECT
    order_key,
    MIN(created_at) FILTER(WHERE
      is_current) AS paid_at,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_order_intents
  GROUP BY
    order_key
), refunds AS (
  SELECT
    order_key,
    MAX(loaded_at) AS loaded_at
  FROM intermediate.int_order_refunds
  GROUP BY
    order_key
)
SELECT
  carts.order_key::TEXT AS order_key,
  carts.store::TEXT AS store,
  carts.cart_id::TEXT AS order_id,
  carts.cart_id::TEXT AS order_number,
  carts.user_id::TEXT AS customer_id,
  NULL::TEXT AS email,
  COALESCE(
    intents.paid_at,
    @utc_instant(
      stores.synthetic_start + TO_DAYS(@number_from(carts.order_key || 'day', stores.synthetic_days)) + TO_SECONDS(@number_from(carts.order_key || 'second', 86400)),
      stores.timezone
    )
  )::TIMESTAMP AS ordered_at,
  (
    intents.paid_at IS NULL
  )::BOOLEAN AS is_synthetic_date,
  'completed'::TEXT AS platform_status,
  TRUE::BOOLEAN AS is_sale,
  FALSE::BOOLEAN AS is_test,
  intents.paid_at::TIMESTAMP AS paid_at,
  NULL::TIMESTAMP AS fulfilled_at,
  NULL::TEXT AS channel,
  NULL::TEXT AS country_code,
  NULL::TEXT AS currency_code,
  carts.order_total_native::DECIMAL(18, 3) AS order_total_native,
  NULL::TEXT[] AS discount_codes,
  carts.is_deleted::BOOLEAN AS is_gone,
  carts.updated_at::TIMESTAMP AS updated_at,
  GREATEST(
    carts.loaded_at,
    stores.loaded_at,
    COALESCE(intents.loaded_at, carts.loaded_at),
    COALESCE(refunds.loaded_at, carts.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM staging.stg_dummyjson__carts AS carts
JOIN intermediate.int_stores AS stores
  ON stores.store = carts.store
LEFT JOIN intents
  ON intents.order_key = carts.order_key
LEFT JOIN refunds
  ON refunds.order_key = carts.order_key
