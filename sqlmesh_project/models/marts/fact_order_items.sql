MODEL (
  name marts.fact_order_items,
  kind INCREMENTAL_UNMANAGED (
    forward_only FALSE,
    disable_restatement FALSE
  ),
  grain order_item_key,
  references (order_key, product_key, variant_key),
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
        is_first_of_product,
        gross_sales_native,
        line_total_native,
        loaded_at
      )
    ),
    no_line_outlives_its_order,
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
    variant_key = 'Which variant was sold, or the product itself where it is sold as it is; joins dim_variants. Null for a line that names neither.',
    product_name = 'Name of the product when it was sold.',
    sku = 'Stock number when it was sold. Null where the line does not tell: DummyJSON.',
    quantity = 'Units ordered, edits included.',
    is_first_of_product = 'True for the first line of the order that names its product: counted over lines, these are the orders a product is in.',
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
    unit_cost = 'What one unit cost the shop when it was sold, reporting currency at the rate of the order''s day: as the line tells it (tables, WooCommerce), else the cost of the variant known then. Null where no cost was ever told. A later cost changes nothing here.',
    unit_cost_native = 'The same in the order''s currency.',
    is_cost_estimated = 'True where it was sold before its cost was first told, which then stands for it. Null without a cost.',
    loaded_at = 'When anything that shapes the order last changed here, UTC.'
  )
);

@make_room(
  (
    SELECT
      order_key,
      loaded_at
    FROM intermediate.int_orders
    UNION ALL
    /* Those that are recosted below. */
    SELECT
      lines.order_key,
      costs.loaded_at
    FROM intermediate.int_unit_costs AS costs
    JOIN intermediate.int_order_lines AS lines
      ON lines.variant_key = costs.variant_key
    JOIN intermediate.int_orders AS orders
      ON orders.order_key = lines.order_key
    WHERE
      costs.is_first OR orders.ordered_at >= costs.valid_from
  ),
  order_key
);

WITH new_costs AS (
  /* A cost that is new holds for what was sold since; the first one of a variant for all it ever sold. */
  SELECT
    variant_key,
    MIN(CASE WHEN is_first THEN '-infinity'::TIMESTAMP ELSE valid_from END) AS valid_from
  FROM intermediate.int_unit_costs
  WHERE
    @is_new(loaded_at)
  GROUP BY
    variant_key
), recosted AS (
  SELECT DISTINCT
    lines.order_key
  FROM new_costs AS costs
  JOIN intermediate.int_order_lines AS lines
    ON lines.variant_key = costs.variant_key
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = lines.order_key
  WHERE
    NOT @is_new(orders.loaded_at) AND orders.ordered_at >= costs.valid_from
), due_orders AS (
  /* Apart from those that only have a new cost: all rows of a changed order are as new as it is. */
  SELECT
    orders.*
  FROM intermediate.int_orders AS orders
  WHERE
    @is_new(orders.loaded_at)
  UNION ALL
  SELECT
    orders.*
  FROM recosted
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = recosted.order_key
), due_lines AS (
  SELECT
    lines.*
  FROM intermediate.int_order_lines AS lines
  WHERE
    @is_new(lines.loaded_at)
  UNION ALL
  SELECT
    lines.*
  FROM recosted
  JOIN intermediate.int_order_lines AS lines
    ON lines.order_key = recosted.order_key
  WHERE
    NOT @is_new(lines.loaded_at)
), items AS (
  SELECT
    lines.order_item_key,
    lines.order_key,
    lines.store,
    lines.order_item_id,
    lines.line_position,
    orders.customer_key,
    orders.ordered_at,
    orders.order_date,
    lines.product_key,
    lines.variant_key,
    lines.product_name,
    lines.sku,
    lines.quantity,
    lines.unit_price_native,
    lines.unit_cost_native,
    orders.currency_code,
    orders.reporting_currency,
    orders.fx_rate,
    orders.loaded_at
  FROM due_lines AS lines
  JOIN due_orders AS orders
    ON orders.order_key = lines.order_key AND orders.loaded_at = lines.loaded_at
  WHERE
    orders.is_sale
), events AS (
  SELECT
    order_item_key,
    measure,
    quantity,
    amount,
    amount_native
  FROM marts.fact_sales_ledger
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    ledger.order_item_key,
    ledger.measure,
    ledger.quantity,
    ledger.amount,
    ledger.amount_native
  FROM recosted
  JOIN marts.fact_sales_ledger AS ledger
    ON ledger.order_key = recosted.order_key
  WHERE
    NOT @is_new(ledger.loaded_at)
), known_costs AS (
  SELECT
    items.order_item_key,
    ARG_MAX(costs.unit_cost_native, costs.valid_from) FILTER(WHERE
      costs.valid_from <= items.ordered_at) AS cost_then,
    ARG_MAX(costs.currency_code, costs.valid_from) FILTER(WHERE
      costs.valid_from <= items.ordered_at) AS currency_then,
    ARG_MIN(costs.unit_cost_native, costs.valid_from) AS first_cost,
    ARG_MIN(costs.currency_code, costs.valid_from) AS first_currency
  FROM items
  JOIN intermediate.int_unit_costs AS costs
    ON costs.variant_key = items.variant_key
  WHERE
    items.unit_cost_native IS NULL
  GROUP BY
    items.order_item_key
), reach AS (
  SELECT
    MAX(rate_date) AS last_date
  FROM intermediate.int_fx_rates
), costed AS (
  SELECT
    items.order_item_key,
    COALESCE(items.unit_cost_native, known_costs.cost_then, known_costs.first_cost) AS cost,
    CASE
      WHEN items.unit_cost_native IS NULL
      THEN COALESCE(known_costs.currency_then, known_costs.first_currency)
      ELSE items.currency_code
    END AS cost_currency,
    items.unit_cost_native IS NULL AND known_costs.cost_then IS NULL AS is_cost_estimated
  FROM items
  LEFT JOIN known_costs
    ON known_costs.order_item_key = items.order_item_key
  WHERE
    NOT COALESCE(items.unit_cost_native, known_costs.first_cost) IS NULL
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
  FROM events
  WHERE
    measure IN ('gross_sales', 'discounts', 'returns')
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
    COALESCE(summed.returns_native, 0) AS returns_native,
    costed.cost,
    costed.cost_currency,
    costed.is_cost_estimated,
    CASE
      WHEN costed.cost_currency = items.reporting_currency
      THEN 1
      WHEN costed.cost_currency = items.currency_code
      THEN items.fx_rate
      ELSE rates.rate
    END::DECIMAL(20, 12) AS cost_rate
  FROM items
  LEFT JOIN summed
    ON summed.order_item_key = items.order_item_key
  LEFT JOIN costed
    ON costed.order_item_key = items.order_item_key
  CROSS JOIN reach
  LEFT JOIN intermediate.int_fx_rates AS rates
    ON rates.currency_code = costed.cost_currency
    AND rates.rate_date = LEAST(items.order_date, reach.last_date)
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
  (
    ROW_NUMBER() OVER (PARTITION BY order_key, product_key ORDER BY line_position, order_item_key) = 1
  )::BOOLEAN AS is_first_of_product,
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
  ROUND(cost * cost_rate, 3)::DECIMAL(18, 3) AS unit_cost,
  CASE
    WHEN cost_currency = currency_code
    THEN cost
    ELSE ROUND(cost * cost_rate / fx_rate, 3)
  END::DECIMAL(18, 3) AS unit_cost_native,
  is_cost_estimated::BOOLEAN AS is_cost_estimated,
  loaded_at::TIMESTAMP AS loaded_at
FROM lines
