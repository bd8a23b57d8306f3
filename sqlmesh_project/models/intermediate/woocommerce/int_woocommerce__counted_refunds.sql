MODEL (
  name intermediate.int_woocommerce__counted_refunds,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (order_key, refund_key),
  audits (
    not_null(
      columns := (order_key, refund_key, refunded_at, amount_native, is_full, is_estimated)
    )
  ),
  description 'One row per refund of a WooCommerce order that counts, with whether it gives back all that was left without saying what of (is_full). One that its order no longer names, though it changed since, was deleted. An order that is refunded with less given back than it came to has the rest as a refund of its last change (is_estimated).'
);

WITH told AS (
  SELECT
    refunds.order_key,
    refunds.refund_key,
    refunds.refund_id,
    refunds.created_at AS refunded_at,
    refunds.amount_native,
    (
      COALESCE(LENGTH(refunds.lines), 0) + COALESCE(LENGTH(refunds.shipping_lines), 0) + COALESCE(LENGTH(refunds.fees), 0)
    ) > 0 AS has_parts
  FROM staging.stg_woocommerce__refunds AS refunds
  JOIN staging.stg_woocommerce__orders AS orders
    ON orders.order_key = refunds.order_key
  WHERE
    NOT refunds.is_deleted
    AND (
      ARRAY_CONTAINS(orders.refund_ids, refunds.refund_id)
      OR NOT COALESCE(orders.updated_at > refunds.created_at, FALSE)
    )
), sums AS (
  SELECT
    order_key,
    SUM(amount_native) AS amount_native
  FROM told
  GROUP BY
    order_key
), counted AS (
  SELECT
    order_key,
    refund_key,
    refund_id,
    refunded_at,
    amount_native,
    has_parts,
    FALSE AS is_estimated
  FROM told
  UNION ALL
  SELECT
    orders.order_key,
    @surrogate_key(orders.order_key, 'refunded') AS refund_key,
    NULL AS refund_id,
    orders.updated_at AS refunded_at,
    orders.order_total_native - COALESCE(sums.amount_native, 0) AS amount_native,
    FALSE AS has_parts,
    TRUE AS is_estimated
  FROM staging.stg_woocommerce__orders AS orders
  LEFT JOIN sums
    ON sums.order_key = orders.order_key
  WHERE
    orders.status = 'refunded'
    AND NOT orders.updated_at IS NULL
    AND orders.order_total_native > COALESCE(sums.amount_native, 0)
), in_order AS (
  SELECT
    order_key,
    refund_key,
    refund_id,
    refunded_at,
    amount_native,
    has_parts,
    is_estimated,
    SUM(amount_native) OVER (
      PARTITION BY order_key
      ORDER BY is_estimated, refunded_at, TRY_CAST(refund_id AS BIGINT)
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS given_back_by_then
  FROM counted
)
SELECT
  in_order.order_key::TEXT AS order_key,
  in_order.refund_key::TEXT AS refund_key,
  in_order.refund_id::TEXT AS refund_id,
  in_order.refunded_at::TIMESTAMP AS refunded_at,
  in_order.amount_native::DECIMAL(18, 3) AS amount_native,
  (
    NOT in_order.has_parts
    AND in_order.amount_native > 0
    AND in_order.given_back_by_then >= orders.order_total_native
  )::BOOLEAN AS is_full,
  in_order.is_estimated::BOOLEAN AS is_estimated
FROM in_order
JOIN staging.stg_woocommerce__orders AS orders
  ON orders.order_key = in_order.order_key
