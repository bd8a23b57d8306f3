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
        product_key,
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
  description 'One row per line of an order. The same product twice in an order is two lines.',
  column_descriptions (
    order_item_key = 'Key of the line: order and position.',
    order_key = 'Order the line belongs to; joins fact_orders.',
    store = 'Name of the connection that sold.',
    order_item_id = 'The platform''s id of the line; its position from 1 for DummyJSON.',
    customer_key = 'Who ordered; joins dim_customers. Null for a guest.',
    order_date = 'Day the order was placed in the store''s time zone.',
    product_key = 'What was sold; joins dim_products.',
    variant_key = 'Which variant was sold. Null where the platform has no variants: DummyJSON.',
    product_name = 'Name of the product when it was sold.',
    sku = 'Stock number when it was sold. Null where the line does not tell: DummyJSON.',
    quantity = 'Units ordered.',
    returned_quantity = 'Units taken back so far, as far as refunds say how many.',
    unit_price = 'Price of one unit before any discount, reporting currency.',
    gross_sales = 'Quantity times unit price before any discount, reporting currency.',
    discounts = 'Discounts on the line, a positive number, reporting currency.',
    line_total = 'gross_sales − discounts, reporting currency.',
    returns = 'Given back for this line so far, a positive number. A goodwill refund of the order names no line and is not here, reporting currency.',
    net_sales = 'line_total − returns, reporting currency.',
    unit_price_native = 'Price of one unit before any discount, store''s currency.',
    gross_sales_native = 'Quantity times unit price before any discount, store''s currency.',
    discounts_native = 'Discounts on the line, a positive number, store''s currency.',
    line_total_native = 'gross_sales − discounts, store''s currency.',
    returns_native = 'Given back for this line so far, a positive number. A goodwill refund of the order names no line and is not here, store''s currency.',
    net_sales_native = 'line_total − returns, store''s currency.',
    currency_code = 'The store''s currency.',
    unit_cost = 'What one unit cost the shop, reporting currency. Null where the platform does not tell: DummyJSON.',
    unit_cost_native = 'What one unit cost the shop, store''s currency. Null where the platform does not tell: DummyJSON.',
    loaded_at = 'When anything that shapes the order last changed here, UTC.'
  )
);

WITH items AS (
  SELECT
    lines.order_item_key,
    lines.order_key,
    lines.store,
    lines.line_position,
    orders.customer_key,
    orders.order_date,
    lines.product_key,
    lines.product_name,
    lines.quantity,
    lines.unit_price_native,
    lines.gross_sales_native,
    lines.discounts_native,
    orders.currency_code,
    orders.fx_rate,
    orders.loaded_at
  FROM intermediate.int_order_lines AS lines
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = lines.order_key AND orders.loaded_at = lines.loaded_at
  WHERE
    @is_new(orders.loaded_at)
), returned AS (
  SELECT
    order_item_key,
    -SUM(quantity) AS returned_quantity,
    CASE WHEN COUNT(amount) = COUNT(*) THEN -SUM(amount) END AS returns,
    -SUM(amount_native) AS returns_native
  FROM marts.fact_sales_ledger
  WHERE
    measure = 'returns' AND order_key IN (
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
    ROUND(items.gross_sales_native * items.fx_rate, 3) AS gross_sales,
    ROUND(items.discounts_native * items.fx_rate, 3) AS discounts,
    COALESCE(returned.returned_quantity, 0) AS returned_quantity,
    CASE WHEN returned.order_item_key IS NULL THEN 0 ELSE returned.returns END AS returns,
    COALESCE(returned.returns_native, 0) AS returns_native
  FROM items
  LEFT JOIN returned
    ON returned.order_item_key = items.order_item_key
)
SELECT
  order_item_key::TEXT AS order_item_key,
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  line_position::TEXT AS order_item_id,
  customer_key::TEXT AS customer_key,
  order_date::DATE AS order_date,
  product_key::TEXT AS product_key,
  NULL::TEXT AS variant_key,
  product_name::TEXT AS product_name,
  NULL::TEXT AS sku,
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
