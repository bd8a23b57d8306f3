MODEL (
  name intermediate.int_orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  grain order_key,
  audits (
    not_null(
      columns := (
        order_key,
        store,
        order_id,
        customer_key,
        ordered_at,
        order_date,
        order_total_native
      ),
      condition := NOT is_gone
    ),
    not_null(columns := loaded_at)
  ),
  description 'One row per order of every shop, also those that are no orders any more (is_gone). loaded_at is the last change of anything that shapes the order: the cart, the payments that name or named it, their refunds, the store''s settings. Facts of an order carry the same loaded_at, which is how rows of an earlier shape are told from those of the last one.'
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
), carts AS (
  SELECT
    carts.order_key,
    carts.store,
    carts.cart_id,
    carts.user_id,
    carts.order_total_native,
    carts.lines,
    carts.is_deleted,
    carts.updated_at,
    stores.timezone,
    stores.currency_code,
    stores.reporting_currency,
    intents.paid_at,
    @utc_instant(
      stores.synthetic_start + TO_DAYS(@number_from(carts.order_key || 'day', stores.synthetic_days)) + TO_SECONDS(@number_from(carts.order_key || 'second', 86400)),
      stores.timezone
    ) AS synthetic_at,
    GREATEST(
      carts.loaded_at,
      stores.loaded_at,
      COALESCE(intents.loaded_at, carts.loaded_at),
      COALESCE(refunds.loaded_at, carts.loaded_at)
    ) AS loaded_at
  FROM staging.stg_dummyjson__carts AS carts
  JOIN intermediate.int_stores AS stores
    ON stores.store = carts.store
  LEFT JOIN intents
    ON intents.order_key = carts.order_key
  LEFT JOIN refunds
    ON refunds.order_key = carts.order_key
), changed AS (
  SELECT
    order_key,
    store,
    cart_id,
    user_id,
    order_total_native,
    lines,
    is_deleted,
    updated_at,
    timezone,
    currency_code,
    reporting_currency,
    loaded_at,
    COALESCE(paid_at, synthetic_at) AS ordered_at,
    paid_at IS NULL AS is_synthetic_date
  FROM carts
  WHERE
    @is_new(loaded_at)
)
SELECT
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  cart_id::TEXT AS order_id,
  @surrogate_key(store, user_id)::TEXT AS customer_key,
  user_id::TEXT AS customer_id,
  ordered_at::TIMESTAMP AS ordered_at,
  @local_date(ordered_at, timezone) AS order_date,
  is_synthetic_date::BOOLEAN AS is_synthetic_date,
  timezone::TEXT AS timezone,
  currency_code::TEXT AS currency_code,
  CASE WHEN currency_code = reporting_currency THEN 1 END::DECIMAL(18, 8) AS fx_rate,
  CASE
    WHEN currency_code = reporting_currency
    THEN @local_date(ordered_at, timezone)
  END AS fx_rate_date,
  order_total_native::DECIMAL(18, 3) AS order_total_native,
  is_deleted::BOOLEAN AS is_gone,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM changed
