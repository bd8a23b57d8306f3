MODEL (
  name intermediate.int_daily_carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key day_key
  ),
  grain (store, cart_date),
  audits (
    not_null(
      columns := (day_key, store, cart_date, carts, checkouts, purchased, paid, abandoned)
    )
  ),
  description 'One row per store and day on which a cart has ever been opened. Only the days are computed again of which a cart changed, was left behind or counts no more since the last run; a day that lost every cart keeps a row of zeros here.'
);

WITH changed AS (
  SELECT
    cart_key,
    loaded_at
  FROM intermediate.int_carts
  WHERE
    @is_new(loaded_at)
  UNION ALL
  /* Left behind by time alone. */
  SELECT
    cart_key,
    loaded_at
  FROM marts.fact_carts
  WHERE
    @is_new(loaded_at)
), days AS (
  SELECT
    footprints.store,
    footprints.cart_date,
    MAX(changed.loaded_at) AS loaded_at
  FROM intermediate.int_cart_footprints AS footprints
  JOIN changed
    ON changed.cart_key = footprints.cart_key
  GROUP BY
    footprints.store,
    footprints.cart_date
), counted AS (
  SELECT
    days.store,
    days.cart_date,
    COUNT(carts.cart_key) AS carts,
    COUNT(*) FILTER(WHERE
      carts.kind = 'checkout') AS only_checkouts,
    COUNT(*) FILTER(WHERE
      carts.has_checkout) AS checkouts,
    COUNT(*) FILTER(WHERE
      carts.is_purchased) AS purchased,
    COUNT(*) FILTER(WHERE
      carts.is_paid) AS paid,
    COUNT(*) FILTER(WHERE
      carts.is_abandoned) AS abandoned,
    COUNT(*) FILTER(WHERE
      carts.hours_to_purchase > @abandoned_after_hours) AS recovered,
    MEDIAN(carts.hours_to_purchase) AS median_hours_to_purchase,
    COUNT(carts.subtotal) FILTER(WHERE
      carts.is_abandoned) AS valued,
    SUM(carts.subtotal) FILTER(WHERE
      carts.is_abandoned) AS left_behind,
    COUNT(carts.subtotal_native) FILTER(WHERE
      carts.is_abandoned AND carts.currency_code = stores.currency_code) AS valued_native,
    SUM(carts.subtotal_native) FILTER(WHERE
      carts.is_abandoned AND carts.currency_code = stores.currency_code) AS left_behind_native
  FROM days
  JOIN intermediate.int_stores AS stores
    ON stores.store = days.store
  LEFT JOIN marts.fact_carts AS carts
    ON carts.store = days.store AND carts.cart_date = days.cart_date
  GROUP BY
    days.store,
    days.cart_date
)
SELECT
  @surrogate_key(days.store, days.cart_date)::TEXT AS day_key,
  days.store::TEXT AS store,
  days.cart_date::DATE AS cart_date,
  counted.carts::INT AS carts,
  counted.only_checkouts::INT AS only_checkouts,
  counted.checkouts::INT AS checkouts,
  counted.purchased::INT AS purchased,
  counted.paid::INT AS paid,
  counted.abandoned::INT AS abandoned,
  counted.recovered::INT AS recovered,
  counted.median_hours_to_purchase::DOUBLE AS median_hours_to_purchase,
  CASE
    WHEN counted.valued = counted.abandoned
    THEN COALESCE(counted.left_behind, 0)
  END /* Of nothing it is 0; where one amount is not known it is not known. */::DECIMAL(18, 3) AS left_behind,
  CASE
    WHEN counted.valued_native = counted.abandoned
    THEN COALESCE(counted.left_behind_native, 0)
  END::DECIMAL(18, 3) AS left_behind_native,
  days.loaded_at::TIMESTAMP AS loaded_at
FROM days
JOIN counted
  ON counted.store = days.store AND counted.cart_date = days.cart_date
