MODEL (
  name intermediate.int_woocommerce__given_back,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain (refund_key, part_id),
  audits (
    not_null(
      columns := (order_key, refund_key, refunded_at, part_id, kind, amount_native, tax_native)
    )
  ),
  description 'One row per thing a refund of a WooCommerce order gives back, named or not; the rows of a refund add up to its amount. A full refund that names nothing gives back what is left of every line, of shipping and fees. What the named things do not explain is money for no line (kind money), or the cent by which the order misses the sum of its parts (kind rounding).'
);

WITH refunds AS MATERIALIZED (
  SELECT
    order_key,
    refund_key,
    refunded_at,
    amount_native,
    is_full,
    is_estimated
  FROM intermediate.int_woocommerce__counted_refunds
), parts AS MATERIALIZED (
  SELECT
    order_key,
    refund_key,
    part_id,
    kind,
    product_id,
    order_item_key,
    quantity,
    amount_native,
    tax_native
  FROM intermediate.int_woocommerce__refund_parts
), lines_before AS (
  SELECT
    order_item_key,
    SUM(quantity) AS quantity,
    SUM(amount_native) AS amount_native,
    SUM(tax_native) AS tax_native
  FROM parts
  WHERE
    NOT order_item_key IS NULL
  GROUP BY
    order_item_key
), extras_before AS (
  SELECT
    order_key,
    kind,
    SUM(amount_native) AS amount_native,
    SUM(tax_native) AS tax_native
  FROM parts
  WHERE
    kind <> 'line'
  GROUP BY
    order_key,
    kind
), lines AS MATERIALIZED (
  SELECT
    refunds.refund_key,
    lines.order_key,
    lines.order_item_key,
    lines.product_id,
    lines.quantity,
    lines.net_native,
    lines.tax_native
  FROM refunds
  JOIN intermediate.int_woocommerce__lines AS lines
    ON lines.order_key = refunds.order_key
  WHERE
    refunds.is_full
), extras AS MATERIALIZED (
  SELECT
    refunds.refund_key,
    extras.order_key,
    extras.kind,
    SUM(extras.amount_native) AS amount_native,
    SUM(extras.tax_native) AS tax_native
  FROM refunds
  JOIN intermediate.int_woocommerce__extras AS extras
    ON extras.order_key = refunds.order_key
  WHERE
    refunds.is_full
  GROUP BY
    refunds.refund_key,
    extras.order_key,
    extras.kind
), left_over AS (
  SELECT
    lines.order_key,
    lines.refund_key,
    lines.order_item_key AS part_id,
    'line' AS kind,
    lines.product_id,
    lines.order_item_key,
    lines.quantity - COALESCE(before.quantity, 0) AS quantity,
    lines.net_native - COALESCE(before.amount_native, 0) AS amount_native,
    lines.tax_native - COALESCE(before.tax_native, 0) AS tax_native
  FROM lines
  LEFT JOIN lines_before AS before
    ON before.order_item_key = lines.order_item_key
  UNION ALL
  SELECT
    extras.order_key,
    extras.refund_key,
    extras.kind AS part_id,
    extras.kind,
    NULL AS product_id,
    NULL AS order_item_key,
    0 AS quantity,
    extras.amount_native - COALESCE(before.amount_native, 0) AS amount_native,
    extras.tax_native - COALESCE(before.tax_native, 0) AS tax_native
  FROM extras
  LEFT JOIN extras_before AS before
    ON before.order_key = extras.order_key AND before.kind = extras.kind
), known AS MATERIALIZED (
  SELECT
    order_key,
    refund_key,
    part_id,
    kind,
    product_id,
    order_item_key,
    quantity,
    amount_native,
    tax_native
  FROM parts
  UNION ALL
  SELECT
    order_key,
    refund_key,
    part_id,
    kind,
    product_id,
    order_item_key,
    quantity,
    amount_native,
    tax_native
  FROM left_over
  WHERE
    quantity <> 0 OR amount_native <> 0 OR tax_native <> 0
), explained AS (
  SELECT
    refund_key,
    SUM(amount_native + tax_native) AS amount_native
  FROM known
  GROUP BY
    refund_key
), order_parts AS (
  SELECT
    refund_key,
    net_native + tax_native AS amount_native
  FROM lines
  UNION ALL
  SELECT
    refund_key,
    amount_native + tax_native AS amount_native
  FROM extras
), order_sums AS (
  SELECT
    refund_key,
    SUM(amount_native) AS amount_native
  FROM order_parts
  GROUP BY
    refund_key
), rest AS MATERIALIZED (
  SELECT
    refunds.order_key,
    refunds.refund_key,
    refunds.amount_native - COALESCE(explained.amount_native, 0) AS amount_native,
    CASE
      WHEN refunds.is_full
      THEN orders.order_total_native - COALESCE(order_sums.amount_native, 0)
      ELSE 0
    END AS rounding_native
  FROM refunds
  JOIN staging.stg_woocommerce__orders AS orders
    ON orders.order_key = refunds.order_key
  LEFT JOIN explained
    ON explained.refund_key = refunds.refund_key
  LEFT JOIN order_sums
    ON order_sums.refund_key = refunds.refund_key
), everything AS (
  SELECT
    order_key,
    refund_key,
    part_id,
    kind,
    product_id,
    order_item_key,
    quantity,
    amount_native,
    tax_native
  FROM known
  UNION ALL
  SELECT
    order_key,
    refund_key,
    'rounding' AS part_id,
    'rounding' AS kind,
    NULL AS product_id,
    NULL AS order_item_key,
    0 AS quantity,
    rounding_native AS amount_native,
    0 AS tax_native
  FROM rest
  WHERE
    rounding_native <> 0
  UNION ALL
  SELECT
    order_key,
    refund_key,
    'money' AS part_id,
    'money' AS kind,
    NULL AS product_id,
    NULL AS order_item_key,
    0 AS quantity,
    amount_native - rounding_native AS amount_native,
    0 AS tax_native
  FROM rest
  WHERE
    amount_native <> rounding_native
)
SELECT
  everything.order_key::TEXT AS order_key,
  everything.refund_key::TEXT AS refund_key,
  refunds.refunded_at::TIMESTAMP AS refunded_at,
  everything.part_id::TEXT AS part_id,
  everything.kind::TEXT AS kind,
  everything.product_id::TEXT AS product_id,
  everything.order_item_key::TEXT AS order_item_key,
  everything.quantity::INT AS quantity,
  everything.amount_native::DECIMAL(18, 3) AS amount_native,
  everything.tax_native::DECIMAL(18, 3) AS tax_native,
  refunds.is_estimated::BOOLEAN AS is_estimated
FROM everything
JOIN refunds
  ON refunds.refund_key = everything.refund_key
