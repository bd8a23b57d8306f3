MODEL (
  name intermediate.int_shopify__sales,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain (order_key, sale_id),
  audits (
    not_null(
      columns := (
        sale_key,
        order_key,
        sale_id,
        action,
        line_type,
        happened_at,
        net_native,
        tax_native,
        loaded_at
      )
    )
  ),
  description 'One row per sale of an agreement, which is how Shopify itself keeps an order''s books: what was agreed, when, and what it changed. Money is signed: a removal or return is negative. Orders without agreements (the app may not see them) get the same rows inferred from their lines and refunds, marked is_estimated. Refunds whose money came back are left out.'
);

@make_room(staging.stg_shopify__orders, order_key);

WITH orders AS (
  SELECT
    order_key,
    ordered_at,
    cancelled_at,
    has_taxes_included,
    tips_native,
    duties_native,
    fees_native,
    lines,
    shipping_lines,
    sales,
    refunds,
    refund_lines,
    COALESCE(LENGTH(sales), 0) > 0 AS is_told,
    loaded_at
  FROM staging.stg_shopify__orders
  WHERE
    @is_new(loaded_at) AND NOT is_deleted
), unnested_refunds AS (
  SELECT
    order_key,
    cancelled_at,
    is_told,
    @rows_of(refunds) AS refund
  FROM orders
), refunds AS (
  SELECT
    order_key,
    cancelled_at,
    is_told,
    refund.refund_id AS refund_id,
    refund.refunded_at AS refunded_at,
    refund.amount AS money,
    refund.is_failed AS is_failed
  FROM unnested_refunds
), unnested_sales AS (
  SELECT
    order_key,
    ordered_at,
    cancelled_at,
    @rows_of(sales) AS sale
  FROM orders
), told AS (
  SELECT
    sales.order_key,
    sales.sale.sale_id AS sale_id,
    CASE
      WHEN sales.sale.agreement_type = 'OrderAgreement'
      THEN 'order'
      WHEN sales.sale.agreement_type = 'OrderEditAgreement'
      THEN 'edit'
      WHEN sales.sale.action_type = 'ORDER'
      THEN 'edit'
      WHEN sales.sale.happened_at >= sales.cancelled_at - INTERVAL '1' MINUTE
      THEN 'cancel'
      ELSE 'return'
    END AS action,
    sales.sale.line_type AS line_type,
    sales.sale.line_id AS line_id,
    sales.sale.refund_id AS refund_id,
    CASE
      WHEN sales.sale.agreement_type = 'OrderAgreement'
      THEN sales.ordered_at
      ELSE sales.sale.happened_at
    END AS happened_at,
    sales.sale.quantity AS quantity,
    sales.sale.total /* The total is after discounts and with taxes, also where prices are without. */ - sales.sale.tax AS net_native,
    CASE
      WHEN sales.sale.action_type = 'RETURN'
      THEN -ABS(sales.sale.discount)
      ELSE sales.sale.discount
    END AS discounts_native,
    sales.sale.tax AS tax_native
  FROM unnested_sales AS sales
  LEFT JOIN refunds
    ON refunds.order_key = sales.order_key AND refunds.refund_id = sales.sale.refund_id
  WHERE
    NOT COALESCE(refunds.is_failed, FALSE)
), unnested_lines AS (
  SELECT
    order_key,
    ordered_at,
    has_taxes_included,
    @rows_of(lines) AS line
  FROM orders
  WHERE
    NOT is_told
), unnested_shipping AS (
  SELECT
    order_key,
    ordered_at,
    has_taxes_included,
    @rows_of(shipping_lines) AS line
  FROM orders
  WHERE
    NOT is_told
), unnested_refund_lines AS (
  SELECT
    order_key,
    has_taxes_included,
    @rows_of(refund_lines) AS line
  FROM orders
  WHERE
    NOT is_told
), given_back AS (
  SELECT
    lines.order_key,
    refunds.refund_id,
    refunds.refunded_at,
    refunds.cancelled_at,
    lines.line.line_type AS line_type,
    lines.line.line_id AS line_id,
    SUM(lines.line.quantity) AS quantity,
    SUM(
      lines.line.amount - CASE WHEN lines.has_taxes_included THEN lines.line.tax ELSE 0 END
    ) AS net_native,
    SUM(lines.line.tax) AS tax_native
  FROM unnested_refund_lines AS lines
  JOIN refunds
    ON refunds.order_key = lines.order_key AND refunds.refund_id = lines.line.refund_id
  WHERE
    NOT refunds.is_failed
  GROUP BY
    lines.order_key,
    refunds.refund_id,
    refunds.refunded_at,
    refunds.cancelled_at,
    lines.line.line_type,
    lines.line.line_id
), given_back_totals AS (
  SELECT
    order_key,
    refund_id,
    SUM(net_native + tax_native) AS money
  FROM given_back
  GROUP BY
    order_key,
    refund_id
), extras AS (
  SELECT
    order_key,
    ordered_at,
    'TIP' AS line_type,
    tips_native AS amount_native
  FROM orders
  WHERE
    NOT is_told
  UNION ALL
  SELECT
    order_key,
    ordered_at,
    'DUTY' AS line_type,
    duties_native AS amount_native
  FROM orders
  WHERE
    NOT is_told
  UNION ALL
  SELECT
    order_key,
    ordered_at,
    'FEE' AS line_type,
    fees_native AS amount_native
  FROM orders
  WHERE
    NOT is_told
), untold AS (
  SELECT
    order_key,
    'line-' || line.line_id AS sale_id,
    'order' AS action,
    CASE WHEN line.is_gift_card THEN 'GIFT_CARD' ELSE 'PRODUCT' END AS line_type,
    line.line_id AS line_id,
    NULL::TEXT AS refund_id,
    ordered_at AS happened_at,
    line.quantity AS quantity,
    line.quantity * line.unit_price - line.allocated - CASE WHEN has_taxes_included THEN line.tax ELSE 0 END AS net_native,
    CASE
      WHEN has_taxes_included
      THEN ROUND(line.allocated / (
        1 + line.tax_rate
      ), 2)
      ELSE line.allocated
    END AS discounts_native,
    line.tax AS tax_native
  FROM unnested_lines
  UNION ALL
  SELECT
    order_key,
    'shipping-' || line.line_id AS sale_id,
    'order' AS action,
    'SHIPPING' AS line_type,
    NULL::TEXT AS line_id,
    NULL::TEXT AS refund_id,
    ordered_at AS happened_at,
    NULL::INT AS quantity,
    line.price - CASE WHEN has_taxes_included THEN line.tax ELSE 0 END AS net_native,
    0 AS discounts_native,
    line.tax AS tax_native
  FROM unnested_shipping
  UNION ALL
  SELECT
    order_key,
    LOWER(line_type) AS sale_id,
    'order' AS action,
    line_type,
    NULL::TEXT AS line_id,
    NULL::TEXT AS refund_id,
    ordered_at AS happened_at,
    NULL::INT AS quantity,
    amount_native AS net_native,
    0 AS discounts_native,
    0 AS tax_native
  FROM extras
  WHERE
    amount_native <> 0
  UNION ALL
  SELECT
    order_key,
    'refund-' || refund_id || '-' || LOWER(line_type) || '-' || COALESCE(line_id, '') AS sale_id,
    CASE
      WHEN refunded_at >= cancelled_at - INTERVAL '1' MINUTE
      THEN 'cancel'
      ELSE 'return'
    END AS action,
    line_type,
    line_id,
    refund_id,
    refunded_at AS happened_at,
    -quantity AS quantity,
    -net_native AS net_native,
    0 AS discounts_native,
    -tax_native AS tax_native
  FROM given_back
  UNION ALL
  /* Money given back beyond what lines and shipping account for. */
  SELECT
    refunds.order_key,
    'refund-' || refunds.refund_id || '-money' AS sale_id,
    CASE
      WHEN refunds.refunded_at >= refunds.cancelled_at - INTERVAL '1' MINUTE
      THEN 'cancel'
      ELSE 'return'
    END AS action,
    'ADJUSTMENT' AS line_type,
    NULL::TEXT AS line_id,
    refunds.refund_id,
    refunds.refunded_at AS happened_at,
    NULL::INT AS quantity,
    COALESCE(totals.money, 0) - refunds.money AS net_native,
    0 AS discounts_native,
    0 AS tax_native
  FROM refunds
  LEFT JOIN given_back_totals AS totals
    ON totals.order_key = refunds.order_key AND totals.refund_id = refunds.refund_id
  WHERE
    NOT refunds.is_told
    AND NOT refunds.is_failed
    AND refunds.money > COALESCE(totals.money, 0)
), sales AS (
  SELECT
    order_key,
    sale_id,
    action,
    line_type,
    line_id,
    refund_id,
    happened_at,
    quantity,
    net_native,
    discounts_native,
    tax_native,
    FALSE AS is_estimated
  FROM told
  UNION ALL
  SELECT
    order_key,
    sale_id,
    action,
    line_type,
    line_id,
    refund_id,
    happened_at,
    quantity,
    net_native,
    discounts_native,
    tax_native,
    TRUE AS is_estimated
  FROM untold
)
SELECT
  @surrogate_key(sales.order_key, sales.sale_id)::TEXT AS sale_key,
  sales.order_key::TEXT AS order_key,
  sales.sale_id::TEXT AS sale_id,
  sales.action::TEXT AS action,
  sales.line_type::TEXT AS line_type,
  sales.line_id::TEXT AS line_id,
  sales.refund_id::TEXT AS refund_id,
  sales.happened_at::TIMESTAMP AS happened_at,
  sales.quantity::INT AS quantity,
  sales.net_native::DECIMAL(18, 3) AS net_native,
  sales.discounts_native::DECIMAL(18, 3) AS discounts_native,
  sales.tax_native::DECIMAL(18, 3) AS tax_native,
  sales.is_estimated::BOOLEAN AS is_estimated,
  orders.loaded_at::TIMESTAMP AS loaded_at
FROM sales
JOIN orders
  ON orders.order_key = sales.order_key
