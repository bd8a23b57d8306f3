MODEL (
  name marts.fact_orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (unique_key order_key),
  grain order_key,
  references customer_key,
  audits (
    not_null(columns := (order_key, store, order_id, ordered_at, order_date, order_status, is_sale, is_completed, currency_code, item_count, gross_sales_native, total_sales_native, loaded_at)),
    unique_values(columns := order_key),
    accepted_values(column := order_status, is_in := ('pending', 'processing', 'completed', 'cancelled', 'refunded', 'partially_refunded', 'failed')),
    amounts_add_up,
    totals_match_platform
  ),
  description 'One row per order placed in any shop, with its amounts after everything that happened to it since. Test orders and orders deleted at the platform are left out; cancelled orders are kept and flagged.',
  column_descriptions (
    order_key = 'Key of the order: store and order_id.',
    store = 'Name of the connection that sold.',
    order_id = 'The platform''s id of the order; of the cart for DummyJSON.',
    order_number = 'The number the customer knows. DummyJSON has none but the id.',
    customer_key = 'Who ordered; joins dim_customers. Null for a guest.',
    ordered_at = 'When the order was placed, UTC. A DummyJSON cart has no date of its own: it takes the time of the earliest payment that names it, else a made-up one.',
    order_date = 'Day the order was placed in the store''s time zone.',
    is_synthetic_date = 'True where neither platform nor payment tells a date: ordered_at was then drawn from the order''s key, the same one for ever, over the store''s window of synthetic dates.',
    order_status = 'pending, processing, completed, cancelled, refunded (everything given back), partially_refunded or failed. Every DummyJSON cart is completed until money goes back.',
    is_sale = 'Whether the order counts as revenue by its platform''s rule. Every DummyJSON cart does.',
    is_completed = 'True for the statuses completed and partially_refunded: an order given back whole is not completed.',
    is_cancelled = 'True for the status cancelled.',
    is_first_order = 'Whether it is the customer''s first order of all that still stand. Null for a guest.',
    channel = 'Where it was sold, such as web or pos. Null where the platform does not tell: DummyJSON.',
    country_code = 'Country it was sold to, ISO 3166. Null where the order does not tell: DummyJSON.',
    currency_code = 'The store''s currency.',
    item_count = 'Units ordered.',
    discount_band = 'Band of the order''s discount rate, discounts divided by gross sales.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Goods and goodwill given back so far, a positive number, reporting currency.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    shipping = 'Shipping charged, reporting currency.',
    taxes = 'Taxes charged, reporting currency.',
    duties = 'Duties charged, reporting currency.',
    fees = 'Fees charged, reporting currency.',
    tips = 'Tips received, reporting currency.',
    rounding = 'What the platform''s order total differs by from the sum of its lines, reporting currency.',
    total_sales = 'net_sales + shipping + taxes + duties + fees + tips + rounding, reporting currency.',
    gross_sales_native = 'Goods at their price before any discount, stores currency.',
    discounts_native = 'Discounts given, a positive number, stores currency.',
    returns_native = 'Goods and goodwill given back so far, a positive number, stores currency.',
    net_sales_native = 'gross_sales − discounts − returns, stores currency.',
    shipping_native = 'Shipping charged, stores currency.',
    taxes_native = 'Taxes charged, stores currency.',
    duties_native = 'Duties charged, stores currency.',
    fees_native = 'Fees charged, stores currency.',
    tips_native = 'Tips received, stores currency.',
    rounding_native = 'What the platform''s order total differs by from the sum of its lines, stores currency.',
    total_sales_native = 'net_sales + shipping + taxes + duties + fees + tips + rounding, stores currency.',
    fx_rate = 'Reporting currency for one unit of the store''s currency on fx_rate_date. Null while none is known.',
    fx_rate_date = 'Day of the exchange rate.',
    updated_at = 'When the platform last changed the order, UTC. Null where it does not tell: DummyJSON.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH changed AS (
  SELECT order_key, loaded_at FROM intermediate.int_orders WHERE @is_new(loaded_at)
), affected AS (
  /* Customers of changed orders, also the ones an order belonged to before: another order of theirs may be the first now. */
  SELECT footprints.customer_key, MAX(changed.loaded_at) AS loaded_at
  FROM intermediate.int_order_footprints AS footprints
  JOIN changed ON changed.order_key = footprints.order_key
  WHERE NOT footprints.customer_key IS NULL
  GROUP BY footprints.customer_key
), ranked AS (
  SELECT
    orders.order_key, affected.loaded_at AS affected_at,
    ROW_NUMBER() OVER (PARTITION BY orders.customer_key ORDER BY orders.ordered_at, LENGTH(orders.order_id), orders.order_id) = 1 AS is_first_order
  FROM intermediate.int_orders AS orders
  JOIN affected ON affected.customer_key = orders.customer_key
  WHERE NOT orders.is_gone
), due AS (
  SELECT
    orders.order_key, orders.store, orders.order_id, orders.customer_key, orders.ordered_at, orders.order_date, orders.is_synthetic_date,
    orders.currency_code, orders.fx_rate, orders.fx_rate_date, orders.order_total_native, orders.updated_at, ranked.is_first_order,
    CASE WHEN @is_new(orders.loaded_at) THEN orders.loaded_at ELSE ranked.affected_at END AS loaded_at
  FROM intermediate.int_orders AS orders
  LEFT JOIN ranked ON ranked.order_key = orders.order_key
  LEFT JOIN marts.fact_orders AS before ON before.order_key = orders.order_key
  WHERE
    NOT orders.is_gone
    AND (@is_new(orders.loaded_at) OR (NOT ranked.order_key IS NULL AND ranked.is_first_order IS DISTINCT FROM before.is_first_order))
), summed AS (
  SELECT
    due.order_key,
    COALESCE(SUM(ledger.quantity) FILTER (WHERE ledger.measure = 'gross_sales'), 0) AS item_count,
    COALESCE(-SUM(ledger.amount_native) FILTER (WHERE ledger.action = 'return'), 0) AS given_back_native,
    @sum_measure(ledger.amount, 'gross_sales') AS gross_sales,
    @sum_measure(ledger.amount, 'discounts', -1) AS discounts,
    @sum_measure(ledger.amount, 'returns', -1) AS returns,
    @sum_measure(ledger.amount, 'shipping') AS shipping,
    @sum_measure(ledger.amount, 'taxes') AS taxes,
    @sum_measure(ledger.amount, 'duties') AS duties,
    @sum_measure(ledger.amount, 'fees') AS fees,
    @sum_measure(ledger.amount, 'tips') AS tips,
    @sum_measure(ledger.amount, 'rounding') AS rounding,
    @sum_measure(ledger.amount_native, 'gross_sales') AS gross_sales_native,
    @sum_measure(ledger.amount_native, 'discounts', -1) AS discounts_native,
    @sum_measure(ledger.amount_native, 'returns', -1) AS returns_native,
    @sum_measure(ledger.amount_native, 'shipping') AS shipping_native,
    @sum_measure(ledger.amount_native, 'taxes') AS taxes_native,
    @sum_measure(ledger.amount_native, 'duties') AS duties_native,
    @sum_measure(ledger.amount_native, 'fees') AS fees_native,
    @sum_measure(ledger.amount_native, 'tips') AS tips_native,
    @sum_measure(ledger.amount_native, 'rounding') AS rounding_native
  FROM due
  LEFT JOIN marts.fact_sales_ledger AS ledger ON ledger.order_key = due.order_key
  GROUP BY due.order_key
), orders AS (
  SELECT
    due.store, due.order_id, due.customer_key, due.ordered_at, due.order_date, due.is_synthetic_date, due.currency_code, due.fx_rate, due.fx_rate_date,
    due.updated_at, due.is_first_order, due.loaded_at,
    CASE
      WHEN summed.given_back_native > 0 AND summed.given_back_native >= due.order_total_native THEN 'refunded'
      WHEN summed.given_back_native > 0 THEN 'partially_refunded'
      ELSE 'completed'
    END AS order_status,
    summed.*
  FROM due
  JOIN summed ON summed.order_key = due.order_key
)
SELECT
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_id::TEXT AS order_number,
  customer_key::TEXT AS customer_key,
  ordered_at::TIMESTAMP AS ordered_at,
  order_date::DATE AS order_date,
  is_synthetic_date::BOOLEAN AS is_synthetic_date,
  order_status::TEXT AS order_status,
  TRUE::BOOLEAN AS is_sale,
  (order_status IN ('completed', 'partially_refunded'))::BOOLEAN AS is_completed,
  (order_status = 'cancelled')::BOOLEAN AS is_cancelled,
  is_first_order::BOOLEAN AS is_first_order,
  NULL::TEXT AS channel,
  NULL::TEXT AS country_code,
  currency_code::TEXT AS currency_code,
  item_count::INT AS item_count,
  @discount_band(discounts_native, gross_sales_native)::TEXT AS discount_band,
  @money(gross_sales) AS gross_sales,
  @money(discounts) AS discounts,
  @money(returns) AS returns,
  @money(gross_sales - discounts - returns) AS net_sales,
  @money(shipping) AS shipping,
  @money(taxes) AS taxes,
  @money(duties) AS duties,
  @money(fees) AS fees,
  @money(tips) AS tips,
  @money(rounding) AS rounding,
  @money(gross_sales - discounts - returns + shipping + taxes + duties + fees + tips + rounding) AS total_sales,
  @money(gross_sales_native) AS gross_sales_native,
  @money(discounts_native) AS discounts_native,
  @money(returns_native) AS returns_native,
  @money(gross_sales_native - discounts_native - returns_native) AS net_sales_native,
  @money(shipping_native) AS shipping_native,
  @money(taxes_native) AS taxes_native,
  @money(duties_native) AS duties_native,
  @money(fees_native) AS fees_native,
  @money(tips_native) AS tips_native,
  @money(rounding_native) AS rounding_native,
  @money(gross_sales_native - discounts_native - returns_native + shipping_native + taxes_native + duties_native + fees_native + tips_native + rounding_native) AS total_sales_native,
  fx_rate::DECIMAL(18, 8) AS fx_rate,
  fx_rate_date::DATE AS fx_rate_date,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM orders;

@forget_gone_orders();
