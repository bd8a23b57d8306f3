MODEL (
  name marts.fact_orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  grain order_key,
  references customer_key,
  audits (
    not_null(
      columns := (
        order_key,
        store,
        order_id,
        ordered_at,
        order_date,
        order_status,
        is_sale,
        is_completed,
        currency_code,
        item_count,
        gross_sales_native,
        total_sales_native,
        loaded_at
      )
    ),
    forall(
      criteria := (
        order_status IN (
          'pending',
          'processing',
          'completed',
          'cancelled',
          'refunded',
          'partially_refunded',
          'failed'
        )
      )
    ),
    amounts_add_up
  ),
  description 'One row per order placed in any shop, with its amounts after everything that happened to it since. Test orders and orders deleted at the platform are left out; cancelled orders are kept and flagged. An order that is no sale (is_sale) has its status and amounts of zero.',
  column_descriptions (
    order_key = 'Key of the order: store and order_id.',
    store = 'Name of the connection that sold.',
    order_id = 'The platform''s id of the order; of the cart for DummyJSON.',
    order_number = 'The number the customer knows; the id where the platform has none: DummyJSON.',
    account_key = 'The account it was ordered with; joins dim_customer_accounts. Null where customer_key is.',
    customer_key = 'The person who ordered; joins dim_customers. A guest is known by the email address on the order; null where there is none, or one that stands for nobody.',
    ordered_at = 'When the order was placed, UTC. A DummyJSON cart has no date of its own: it takes the time of the earliest payment that names it, else a made-up one.',
    order_date = 'Day the order counts on, in the store''s time zone: the day it was placed; by the definitions of WooCommerce the day it was paid, by those of finance the day its goods were sent.',
    is_synthetic_date = 'True where neither platform nor payment tells a date: ordered_at was then drawn from the order''s key, the same one for ever, over the store''s window of synthetic dates.',
    order_status = 'pending, processing, completed, cancelled, refunded (everything given back), partially_refunded or failed. A cancelled order stays cancelled when its money goes back. Every DummyJSON cart is completed until then.',
    is_sale = 'Whether the order counts as revenue by its platform''s rule and the chosen definitions; only then it has events in the ledger and counts as an order. Every DummyJSON cart does.',
    is_completed = 'True for the statuses completed and partially_refunded: an order given back whole is not completed.',
    is_cancelled = 'True for the status cancelled.',
    is_first_order = 'Whether it is the person''s first sale, in whatever shop, of all that still stand; by the definitions of finance the first that was not given back whole. Null where customer_key is.',
    fulfilled_at = 'When all of it had been sent, UTC. Null while it has not, and where the platform does not tell: DummyJSON.',
    channel = 'Where it was sold, such as web or pos. Null where the platform does not tell: DummyJSON.',
    country_code = 'Country it was sold to, ISO 3166. Null where the order does not tell: DummyJSON.',
    currency_code = 'Currency of the native amounts: the store''s, or the one the order was placed in where a shop sells in several.',
    discount_codes = 'The discount codes it was placed with. Null where there were none or the platform does not tell: DummyJSON.',
    item_count = 'Units ordered.',
    discount_band = 'Band of the order''s discount rate, discounts divided by gross sales.',
    gross_sales = 'Goods at their price before any discount, reporting currency.',
    discounts = 'Discounts given, a positive number, reporting currency.',
    returns = 'Goods and goodwill given back or cancelled so far, a positive number, reporting currency.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    shipping = 'Shipping charged less what was given back, reporting currency.',
    taxes = 'Taxes charged less what was given back, reporting currency.',
    duties = 'Duties charged less what was given back, reporting currency.',
    fees = 'Fees charged less what was given back, reporting currency.',
    tips = 'Tips received, reporting currency.',
    rounding = 'What the platform''s order total differs by from the sum of its parts, reporting currency.',
    total_sales = 'net_sales + shipping + taxes + duties + fees + tips + rounding, reporting currency.',
    gross_sales_native = 'Goods at their price before any discount, store''s currency.',
    discounts_native = 'Discounts given, a positive number, store''s currency.',
    returns_native = 'Goods and goodwill given back or cancelled so far, a positive number, store''s currency.',
    net_sales_native = 'gross_sales − discounts − returns, store''s currency.',
    shipping_native = 'Shipping charged less what was given back, store''s currency.',
    taxes_native = 'Taxes charged less what was given back, store''s currency.',
    duties_native = 'Duties charged less what was given back, store''s currency.',
    fees_native = 'Fees charged less what was given back, store''s currency.',
    tips_native = 'Tips received, store''s currency.',
    rounding_native = 'What the platform''s order total differs by from the sum of its parts, store''s currency.',
    total_sales_native = 'net_sales + shipping + taxes + duties + fees + tips + rounding, store''s currency.',
    fx_rate = 'Reporting currency for one unit of currency_code on the order''s day. Events of later days have their own rate, so the amounts of an order with refunds are not its native amounts times this. Null while none is known.',
    fx_rate_date = 'Day that rate was told: the order''s day or the last one before on which rates were.',
    updated_at = 'When the platform last changed the order, UTC. Null where it does not tell: DummyJSON.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH changed AS (
  SELECT
    order_key,
    loaded_at
  FROM intermediate.int_orders
  WHERE
    @is_new(loaded_at)
), affected AS (
  /* Customers of changed orders, also the ones an order belonged to before: another order of theirs may be the first now. */
  SELECT
    footprints.customer_key,
    MAX(changed.loaded_at) AS loaded_at
  FROM intermediate.int_order_footprints AS footprints
  JOIN changed
    ON changed.order_key = footprints.order_key
  WHERE
    NOT footprints.customer_key IS NULL
  GROUP BY
    footprints.customer_key
), ranked AS (
  SELECT
    orders.order_key,
    orders.loaded_at,
    affected.loaded_at AS affected_at,
    ROW_NUMBER() OVER (
      PARTITION BY orders.customer_key
      ORDER BY @is_forgotten(orders.order_key), orders.sold_at, orders.store, LENGTH(orders.order_id), orders.order_id
    ) = 1 AS is_first_order
  FROM intermediate.int_orders AS orders
  JOIN affected
    ON affected.customer_key = orders.customer_key
  WHERE
    orders.is_sale AND NOT orders.is_gone
), due_keys AS (
  /* Changed orders, and those that became, or no longer are, the first of their customer. */
  SELECT
    order_key,
    loaded_at
  FROM changed
  UNION
  SELECT
    ranked.order_key,
    ranked.loaded_at
  FROM ranked
  LEFT JOIN marts.fact_orders AS before
    ON before.order_key = ranked.order_key
  WHERE
    ranked.is_first_order IS DISTINCT FROM before.is_first_order
), due AS (
  SELECT
    orders.order_key,
    orders.store,
    orders.order_id,
    orders.order_number,
    CASE WHEN NOT orders.customer_key IS NULL THEN orders.account_key END AS account_key,
    orders.customer_key,
    orders.ordered_at,
    orders.order_date,
    orders.is_synthetic_date,
    orders.platform_status,
    orders.is_sale,
    orders.fulfilled_at,
    orders.channel,
    orders.country_code,
    orders.currency_code,
    orders.fx_rate,
    orders.fx_rate_date,
    orders.discount_codes,
    orders.updated_at,
    CASE
      WHEN NOT orders.customer_key IS NULL
      THEN COALESCE(ranked.is_first_order, FALSE)
    END AS is_first_order,
    CASE
      WHEN @is_new(orders.loaded_at)
      THEN orders.loaded_at
      ELSE ranked.affected_at
    END AS loaded_at
  FROM due_keys
  JOIN intermediate.int_orders AS orders
    ON orders.order_key = due_keys.order_key
    AND orders.loaded_at = due_keys.loaded_at /* DuckDB then passes over all rows that are older. */
  LEFT JOIN ranked
    ON ranked.order_key = orders.order_key
  WHERE
    NOT orders.is_gone
), summed AS (
  SELECT
    ledger.order_key,
    SUM(ledger.quantity) FILTER(WHERE
      ledger.measure = 'gross_sales') AS item_count,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.action IN ('order', 'edit')) AS asked_native,
    -SUM(ledger.amount_native) FILTER(WHERE
      ledger.action IN ('return', 'cancel')) AS given_back_native,
    COUNT(ledger.amount) = COUNT(*) AS is_known,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'gross_sales') AS gross_sales,
    -SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'discounts') AS discounts,
    -SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'returns') AS returns,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'shipping') AS shipping,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'taxes') AS taxes,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'duties') AS duties,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'fees') AS fees,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'tips') AS tips,
    SUM(ledger.amount) FILTER(WHERE
      ledger.measure = 'rounding') AS rounding,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'gross_sales') AS gross_sales_native,
    -SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'discounts') AS discounts_native,
    -SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'returns') AS returns_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'shipping') AS shipping_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'taxes') AS taxes_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'duties') AS duties_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'fees') AS fees_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'tips') AS tips_native,
    SUM(ledger.amount_native) FILTER(WHERE
      ledger.measure = 'rounding') AS rounding_native
  FROM due_keys
  JOIN marts.fact_sales_ledger AS ledger
    ON ledger.order_key = due_keys.order_key AND ledger.loaded_at = due_keys.loaded_at
  GROUP BY
    ledger.order_key
), settled AS (
  /* Nothing to add up is 0; something of which one amount is not known is not known. */
  SELECT
    due.order_key,
    COALESCE(item_count, 0) AS item_count,
    COALESCE(asked_native, 0) AS asked_native,
    COALESCE(given_back_native, 0) AS given_back_native,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(gross_sales, 0) END AS gross_sales,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(discounts, 0) END AS discounts,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(returns, 0) END AS returns,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(shipping, 0) END AS shipping,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(taxes, 0) END AS taxes,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(duties, 0) END AS duties,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(fees, 0) END AS fees,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(tips, 0) END AS tips,
    CASE WHEN COALESCE(is_known, TRUE) THEN COALESCE(rounding, 0) END AS rounding,
    COALESCE(gross_sales_native, 0) AS gross_sales_native,
    COALESCE(discounts_native, 0) AS discounts_native,
    COALESCE(returns_native, 0) AS returns_native,
    COALESCE(shipping_native, 0) AS shipping_native,
    COALESCE(taxes_native, 0) AS taxes_native,
    COALESCE(duties_native, 0) AS duties_native,
    COALESCE(fees_native, 0) AS fees_native,
    COALESCE(tips_native, 0) AS tips_native,
    COALESCE(rounding_native, 0) AS rounding_native
  FROM due
  LEFT JOIN summed
    ON summed.order_key = due.order_key
), orders AS (
  SELECT
    due.store,
    due.order_id,
    due.order_number,
    due.account_key,
    due.customer_key,
    due.ordered_at,
    due.order_date,
    due.is_synthetic_date,
    due.is_sale,
    due.fulfilled_at,
    due.channel,
    due.country_code,
    due.currency_code,
    due.fx_rate,
    due.fx_rate_date,
    due.discount_codes,
    due.updated_at,
    due.is_first_order,
    due.loaded_at,
    CASE
      WHEN due.platform_status IN ('cancelled', 'failed')
      THEN due.platform_status
      WHEN settled.given_back_native > 0
      AND settled.given_back_native >= settled.asked_native
      THEN 'refunded'
      WHEN settled.given_back_native > 0
      THEN 'partially_refunded'
      ELSE due.platform_status
    END AS order_status,
    settled.*
  FROM due
  JOIN settled
    ON settled.order_key = due.order_key
)
SELECT
  order_key::TEXT AS order_key,
  store::TEXT AS store,
  order_id::TEXT AS order_id,
  order_number::TEXT AS order_number,
  account_key::TEXT AS account_key,
  customer_key::TEXT AS customer_key,
  ordered_at::TIMESTAMP AS ordered_at,
  order_date::DATE AS order_date,
  is_synthetic_date::BOOLEAN AS is_synthetic_date,
  order_status::TEXT AS order_status,
  is_sale::BOOLEAN AS is_sale,
  (
    order_status IN ('completed', 'partially_refunded')
  )::BOOLEAN AS is_completed,
  (
    order_status = 'cancelled'
  )::BOOLEAN AS is_cancelled,
  is_first_order::BOOLEAN AS is_first_order,
  fulfilled_at::TIMESTAMP AS fulfilled_at,
  channel::TEXT AS channel,
  country_code::TEXT AS country_code,
  currency_code::TEXT AS currency_code,
  discount_codes::TEXT[] AS discount_codes,
  item_count::INT AS item_count,
  CASE
    WHEN discounts_native = 0
    THEN 'No discount'
    WHEN 100 * discounts_native < 5 * gross_sales_native
    THEN 'Under 5%'
    WHEN 100 * discounts_native < 10 * gross_sales_native
    THEN '5–10%'
    WHEN 100 * discounts_native < 15 * gross_sales_native
    THEN '10–15%'
    ELSE '15% and more'
  END /* Multiplied out: a quotient of decimals is a DOUBLE, and a band's lower bound belongs to it. */::TEXT AS discount_band,
  gross_sales::DECIMAL(18, 3) AS gross_sales,
  discounts::DECIMAL(18, 3) AS discounts,
  returns::DECIMAL(18, 3) AS returns,
  (
    gross_sales - discounts - returns
  )::DECIMAL(18, 3) AS net_sales,
  shipping::DECIMAL(18, 3) AS shipping,
  taxes::DECIMAL(18, 3) AS taxes,
  duties::DECIMAL(18, 3) AS duties,
  fees::DECIMAL(18, 3) AS fees,
  tips::DECIMAL(18, 3) AS tips,
  rounding::DECIMAL(18, 3) AS rounding,
  (
    gross_sales - discounts - returns + shipping + taxes + duties + fees + tips + rounding
  )::DECIMAL(18, 3) AS total_sales,
  gross_sales_native::DECIMAL(18, 3) AS gross_sales_native,
  discounts_native::DECIMAL(18, 3) AS discounts_native,
  returns_native::DECIMAL(18, 3) AS returns_native,
  (
    gross_sales_native - discounts_native - returns_native
  )::DECIMAL(18, 3) AS net_sales_native,
  shipping_native::DECIMAL(18, 3) AS shipping_native,
  taxes_native::DECIMAL(18, 3) AS taxes_native,
  duties_native::DECIMAL(18, 3) AS duties_native,
  fees_native::DECIMAL(18, 3) AS fees_native,
  tips_native::DECIMAL(18, 3) AS tips_native,
  rounding_native::DECIMAL(18, 3) AS rounding_native,
  (
    gross_sales_native - discounts_native - returns_native + shipping_native + taxes_native + duties_native + fees_native + tips_native + rounding_native
  )::DECIMAL(18, 3) AS total_sales_native,
  fx_rate::DECIMAL(20, 12) AS fx_rate,
  fx_rate_date::DATE AS fx_rate_date,
  updated_at::TIMESTAMP AS updated_at,
  loaded_at::TIMESTAMP AS loaded_at
FROM orders;

@forget_vanished(intermediate.int_orders, order_key)
