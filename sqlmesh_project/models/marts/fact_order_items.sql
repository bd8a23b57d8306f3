MODEL (
  name marts.fact_order_items,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_item_key
  ),
  grain order_item_key,
  references (order_key, product_key),
  depends_on (
    marts.fact_orders
  ),
  audits (
    not_null(
      columns := (
        order_item_key,
        order_key,
        store,
        order_item_id,
        order_date,
        quantity,
        gross_sales_native,
        line_total_native,
        loaded_at
      )
    ),
    refers_to("column" := order_key, to_model := marts.fact_orders, to_column := order_key),
    lines_match_ledger
  ),
  description 'One row per line of an order that is a sale. The same product twice in an order is two lines. Amounts are the sums of the line''s events in the ledger, so both always agree.',
  column_descriptions (
    order_item_key = 'Key of the line: order and position.',
    order_key = 'Order the line belongs to; joins fact_orders.',
    store = 'Name of the connection that sold.',
    order_item_id = 'The platform''s id of the line; its position from 1 where there is none: DummyJSON.',
    customer_key = 'Who ordered; joins dim_customers. Null for a guest without an email address.',
    order_date = 'Day the order was placed in the store''s time zone.',
    product_key = 'What was sold; joins dim_products. Null for a line that names no product.',
    variant_key = 'Which variant was sold. Null where the platform has no variants: DummyJSON.',
    product_name = 'Name of the product when it was sold.',
    sku = 'Stock number when it was sold. Null where the line does not tell: DummyJSON.',
    quantity = 'Units ordered, edits included.',
    returned_quantity = 'Units taken back or cancelled so far, as far as the platform says how many.',
    unit_price = 'Price of one unit before any discount, reporting currency, at the rate of the order''s day.',
    gross_sales = 'Quantity times unit price before any discount, reporting currency.',
    discounts = 'Discounts on the line, a positive number, reporting currency.',
    line_total = 'gross_sales − discounts, reporting currency.',
    returns = 'Given back or cancelled of this line so far, a positive number. A goodwill refund of the order names no line and is not here, reporting currency.',
    net_sales = 'line_total − returns, reporting currency.',
    unit_price_native = 'Price of one unit before any discount, store''s currency.',
    gross_sales_native = 'Quantity times unit price before any discount, store''s currency.',
    discounts_native = 'Discounts on the line, a positive number, store''s currency.',
    line_total_native = 'gross_sales − discounts, store''s currency.',
    returns_native = 'Given back or cancelled of this line so far, a positive number. A goodwill refund of the order names no line and is not here, store''s currency.',
    net_sales_native = 'line_total − returns, store''s currency.',
    currency_code = 'Currency of the native amounts.',
    unit_cost = 'What one unit cost the shop, reporting currency. Null: no platform tells it by line; what a unit costs now is in dim_products.',
    unit_cost_native = 'What one unit cost the shop, store''s currency. Null: no platform tells it by line.',
    loaded_at = 'When anything that shapes the order last changed here, UTC.'
  )
);

WITH items AS (
  SELECT
    lines.order_item_key,
    lines.order_key,
    lines.store,
    lines.order_item_id,
    orders.customer_key,
    orders.order_date,
    lines.product_key,
    lines.variant_key,
    lines.product_name,
    lines.sku,
    lines.quantity,
    lines.unit_price_native,
    orders.currency_code,
    orders.fx_rate,
    orders.loaded_at
  FROM intermediate.int_order_lines AS lines
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = lines.order_key AND orders.loaded_at = lines.loaded_at
  WHERE
    @is_new(orders.loaded_at) AND orders.is_sale
), summed AS (
  SELECT
    order_item_key,
    -SUM(quantity) FILTER(WHERE
      measure = 'returns') AS returned_quantity,
    COUNT(amount) = COUNT(*) AS is_known,
    SUM(amount) FILTER(WHERE
      measure = 'gross_sales') AS gross_sales,
    -SUM(amount) FILTER(WHERE
      measure = 'discounts') AS discounts,
    -SUM(amount) FILTER(WHERE
      measure = 'returns') AS returns,
    SUM(amount_native) FILTER(WHERE
      measure = 'gross_sales') AS gross_sales_native,
    -SUM(amount_native) FILTER(WHERE
      measure = 'discounts') AS discounts_native,
    -SUM(amount_native) FILTER(WHERE
      measure = 'returns') AS returns_native
  FROM marts.fact_sales_ledger
  WHERE
    measure IN ('gross_sales', 'discounts', 'returns')
    AND order_key IN (
      SELECT
        order_key
      FROM items
    )
  GROUP BY
    order_item_key
), lines AS (
  SELECT
    items.*,
    ROUND(items.unit_price_native * items.fx_rate, 3) AS unit_price,
    COALESCE(summed.returned_quantity, 0) AS returned_quantity,
    CASE WHEN COALESCE(summed.is_known, TRUE) THEN COALESCE(summed.gross_sales, 0) END AS gross_sales, /* A line without events sold nothing; one of which an amount is not known is not known. */
    CASE WHEN COALESCE(summed.is_known, TRUE) THEN COALESCE(summed.discounts, 0) END AS discounts,
    CASE WHEN COALESCE(summed.is_known, TRUE) THEN COALESCE(summed.returns, 0) END AS returns,
    COALESCE(summed.gross_sales_native, 0) AS gross_sales_native,
    COALESCE(summed.discounts_native, 0) AS discounts_native,
    COALESCE(summed.returns_native, 0) AS returns_native
  FROM items
  LEFT JOIN summed
    ON summed.order_item_key = items.order_item_key
)
SELECT
  order_item_key::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_item_id::TEXT AS order_item_id,
  customer_key::TEXT AS customer_key,
  order_date::DATE AS order_date,
  product_key::TEXT AS product_key,
  variant_key::TEXT AS variant_key,
  product_name::TEXT AS product_name,
  sku::TEXT AS sku,
  quantity::INT AS quantity,
  returned_quantity::INT AS returned_quantity,
  unit_price::DECIMAL(18, 3) AS unit_price,
  gross_sales::DECIMAL(18, 3) AS gross_sales,
  discounts::DECIMAL(18, 3) AS discounts,
  (
    gross_sales - discounts
  )::DECIMAL(18, 3) AS line_total,
  returns::DECIMAL(18, 3) AS returns,
  (
    gross_sales - discounts - returns
  )::DECIMAL(18, 3) AS net_sales,
  unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  discounts_native::DECIMAL(18, 3) AS discounts_native,
  (
    gross_sales_native - discounts_native
  )::DECIMAL(18, 3) AS line_total_native,
  returns_native::DECIMAL(18, 3) AS returns_native,
  (
    gross_sales_native - discounts_native - returns_native
  )::DECIMAL(18, 3) AS net_sales_native,
  currency_code::TEXT AS currency_code,
  NULL::DECIMAL(18, 3) AS unit_cost,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  loaded_at::TIMESTAMP AS loaded_at
FROM lines;

@forget_vanished(intermediate.int_orders, order_key)
