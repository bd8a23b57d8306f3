MODEL (
  name intermediate.int_orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (
        order_key,
        platform,
        store,
        order_id,
        ordered_at,
        order_date,
        platform_status,
        is_sale,
        currency_code
      ),
      condition := NOT is_gone
    ),
    not_null(columns := (is_gone, loaded_at))
  ),
  description 'One row per order of every shop, also those that have no place in the books (is_gone): deleted at the platform, or placed as a test. loaded_at is the last change of anything that shapes the order: itself, its refunds and payments, the store''s settings, an exchange rate of a day on which it has an event, the person whose account it is on. Facts of an order carry the same loaded_at, which is how rows of an earlier shape are told from those of the last one. told_at is when the platform last told of the order itself.',
  columns (
    order_key TEXT,
    platform TEXT,
    store TEXT,
    order_id TEXT,
    order_number TEXT,
    account_key TEXT,
    customer_key TEXT,
    customer_id TEXT,
    email TEXT,
    ordered_at TIMESTAMP,
    order_date DATE,
    is_synthetic_date BOOLEAN,
    platform_status TEXT,
    is_sale BOOLEAN,
    sold_at TIMESTAMP,
    fulfilled_at TIMESTAMP,
    channel TEXT,
    country_code TEXT,
    timezone TEXT,
    currency_code TEXT,
    reporting_currency TEXT,
    fx_rate DECIMAL(20, 12),
    fx_rate_date DATE,
    order_total_native DECIMAL(18, 3),
    discount_codes TEXT[],
    is_gone BOOLEAN,
    updated_at TIMESTAMP,
    told_at TIMESTAMP,
    loaded_at TIMESTAMP
  )
);

WITH reach AS (
  SELECT
    MAX(rate_date) AS last_date
  FROM intermediate.int_fx_rates
), new_rates AS (
  SELECT
    currency_code,
    rate_date,
    loaded_at
  FROM intermediate.int_fx_rates
  WHERE
    @is_new(loaded_at)
), days AS (
  SELECT
    order_key,
    currency_code,
    event_date AS day,
    loaded_at AS told_at
  FROM intermediate.int_order_events
  UNION ALL
  SELECT
    before.order_key,
    before.currency_code,
    before.order_date AS day,
    before.told_at
  FROM intermediate.int_orders AS before
), repriced AS (
  SELECT
    days.order_key,
    days.told_at,
    new_rates.loaded_at
  FROM days
  CROSS JOIN reach
  JOIN new_rates
    ON new_rates.currency_code = days.currency_code
    AND new_rates.rate_date = LEAST(days.day, reach.last_date)
), relinked AS (
  /* Orders on an account that turned out to be another person's. */
  SELECT
    before.order_key,
    before.told_at,
    people.loaded_at
  FROM intermediate.int_orders AS before
  JOIN intermediate.int_customer_keys AS people
    ON people.account_key = before.account_key
  WHERE
    @is_new(people.loaded_at)
), stirred AS (
  SELECT
    order_key,
    loaded_at AS told_at,
    loaded_at
  FROM intermediate.int_platform_orders
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    orders.order_key,
    orders.loaded_at AS told_at,
    stores.loaded_at
  FROM intermediate.int_platform_orders AS orders
  JOIN intermediate.int_stores AS stores
    ON stores.store = orders.store
  WHERE
    @is_new(stores.loaded_at)
  UNION ALL
  SELECT
    order_key,
    told_at,
    loaded_at
  FROM repriced
  UNION ALL
  SELECT
    order_key,
    told_at,
    loaded_at
  FROM relinked
), due AS (
  SELECT
    order_key,
    MAX(told_at) AS told_at,
    MAX(loaded_at) AS changed_at
  FROM stirred
  GROUP BY
    order_key
), changed AS (
  SELECT
    orders.*,
    @account_key(orders.store, orders.customer_id, orders.email) AS account_key,
    stores.timezone,
    stores.reporting_currency,
    COALESCE(orders.currency_code, stores.currency_code) AS money,
    @local_date(COALESCE(orders.sold_at, orders.ordered_at), stores.timezone) AS order_date,
    due.changed_at
  FROM due
  JOIN intermediate.int_platform_orders AS orders
    ON orders.order_key = due.order_key
    AND orders.loaded_at = due.told_at /* DuckDB then passes over all rows that are older. */
  JOIN intermediate.int_stores AS stores
    ON stores.store = orders.store
)
SELECT
  changed.order_key::TEXT AS order_key,
  changed.platform::TEXT AS platform,
  changed.store::TEXT AS store,
  changed.order_id::TEXT AS order_id,
  COALESCE(changed.order_number, changed.order_id)::TEXT AS order_number,
  changed.account_key::TEXT AS account_key,
  people.customer_key::TEXT AS customer_key,
  changed.customer_id::TEXT AS customer_id,
  changed.email::TEXT AS email,
  changed.ordered_at::TIMESTAMP AS ordered_at,
  changed.order_date::DATE AS order_date,
  changed.is_synthetic_date::BOOLEAN AS is_synthetic_date,
  changed.platform_status::TEXT AS platform_status,
  changed.is_sale::BOOLEAN AS is_sale,
  COALESCE(changed.sold_at, changed.ordered_at)::TIMESTAMP AS sold_at,
  changed.fulfilled_at::TIMESTAMP AS fulfilled_at,
  changed.channel::TEXT AS channel,
  changed.country_code::TEXT AS country_code,
  changed.timezone::TEXT AS timezone,
  changed.money::TEXT AS currency_code,
  changed.reporting_currency::TEXT AS reporting_currency,
  CASE WHEN changed.money = changed.reporting_currency THEN 1 ELSE rates.rate END::DECIMAL(20, 12) AS fx_rate,
  CASE
    WHEN changed.money = changed.reporting_currency
    THEN changed.order_date
    ELSE rates.quoted_date
  END::DATE AS fx_rate_date,
  changed.order_total_native::DECIMAL(18, 3) AS order_total_native,
  changed.discount_codes::TEXT[] AS discount_codes,
  (
    changed.is_gone OR changed.is_test
  )::BOOLEAN AS is_gone,
  changed.updated_at::TIMESTAMP AS updated_at,
  changed.loaded_at::TIMESTAMP AS told_at,
  changed.changed_at::TIMESTAMP AS loaded_at
FROM changed
CROSS JOIN reach
LEFT JOIN intermediate.int_customer_keys AS people
  ON people.account_key = changed.account_key
LEFT JOIN intermediate.int_fx_rates AS rates
  ON rates.currency_code = changed.money
  AND rates.rate_date = LEAST(changed.order_date, reach.last_date)
