MODEL (
  name intermediate.int_platform_orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(columns := (order_key, platform, store, order_id, loaded_at))
  ),
  description 'One row per order of every platform, as the platforms'' own views tell it, and the instant from which it counts as a sale by the chosen definitions (sold_at); one that is no sale by them yet is none.'
);

WITH told AS (
  @each_platform(orders)
), told_again AS (
  @each_platform(orders)
), orders AS (
  SELECT
    told.*
  FROM told
  WHERE
    @is_new(told.loaded_at)
  UNION ALL
  /* Apart, and by a join: so the platforms' rows are not read where no store has changed. */
  SELECT
    told_again.*
  FROM told_again
  JOIN intermediate.int_stores AS stores
    ON stores.store = told_again.store
  WHERE
    @is_new(stores.loaded_at) AND NOT @is_new(told_again.loaded_at)
), counted AS (
  SELECT
    orders.*,
    @counts_from(
      ordered_at,
      COALESCE(paid_at, CASE WHEN is_synthetic_date THEN ordered_at END),
      CASE
        WHEN @tells_sending(platform)
        THEN fulfilled_at
        ELSE COALESCE(paid_at, CASE WHEN is_synthetic_date THEN ordered_at END)
      END
    ) AS sold_at
  FROM orders
)
SELECT
  platform::TEXT AS platform,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_number::TEXT AS order_number,
  customer_id::TEXT AS customer_id,
  email::TEXT AS email,
  ordered_at::TIMESTAMP AS ordered_at,
  is_synthetic_date::BOOLEAN AS is_synthetic_date,
  platform_status::TEXT AS platform_status,
  (
    is_sale AND NOT sold_at IS NULL
  )::BOOLEAN AS is_sale,
  sold_at::TIMESTAMP AS sold_at,
  is_test::BOOLEAN AS is_test,
  paid_at::TIMESTAMP AS paid_at,
  fulfilled_at::TIMESTAMP AS fulfilled_at,
  channel::TEXT AS channel,
  country_code::TEXT AS country_code,
  currency_code::TEXT AS currency_code,
  order_total_native::DECIMAL(18, 3) AS order_total_native,
  discount_codes::TEXT[] AS discount_codes,
  is_gone::BOOLEAN AS is_gone,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM counted
