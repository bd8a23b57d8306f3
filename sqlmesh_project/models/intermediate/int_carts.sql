MODEL (
  name intermediate.int_carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key cart_key
  ),
  signals (
    news()
  ),
  grain cart_key,
  audits (
    not_null(columns := (cart_key, platform, store, cart_id, kind, is_gone, loaded_at)),
    not_null(
      columns := (
        created_at,
        cart_date,
        touched_at,
        has_checkout,
        is_paid,
        item_count,
        currency_code
      ),
      condition := NOT is_gone
    )
  ),
  description 'One row per cart or checkout of every shop that tells them, also those that do not count (is_gone): empty, merged into another, of a test. loaded_at is the last change of anything that shapes it: itself, the order that settles it, the person whose account it is on, the store''s settings, the exchange rate of its day.',
  columns (
    cart_key TEXT,
    platform TEXT,
    store TEXT,
    cart_id TEXT,
    kind TEXT,
    account_key TEXT,
    customer_key TEXT,
    created_at TIMESTAMP,
    cart_date DATE,
    is_start_known BOOLEAN,
    touched_at TIMESTAMP,
    purchased_at TIMESTAMP,
    order_key TEXT,
    has_checkout BOOLEAN,
    is_paid BOOLEAN,
    item_count INT,
    subtotal_native DECIMAL(18, 3),
    currency_code TEXT,
    reporting_currency TEXT,
    fx_rate DECIMAL(20, 12),
    is_gone BOOLEAN,
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
), repriced AS (
  SELECT
    before.cart_key,
    MAX(new_rates.loaded_at) AS loaded_at
  FROM intermediate.int_carts AS before
  CROSS JOIN reach
  JOIN new_rates
    ON new_rates.currency_code = before.currency_code
    AND new_rates.rate_date = LEAST(before.cart_date, reach.last_date)
  GROUP BY
    before.cart_key
), relinked AS (
  /* Carts on an account that turned out to be another person's. */
  SELECT
    before.cart_key,
    MAX(people.loaded_at) AS loaded_at
  FROM intermediate.int_carts AS before
  JOIN intermediate.int_customer_keys AS people
    ON people.account_key = before.account_key
  WHERE
    @is_new(people.loaded_at)
  GROUP BY
    before.cart_key
), changed AS (
  SELECT
    carts.*,
    @account_key(carts.store, carts.customer_id, carts.email) AS account_key,
    stores.reporting_currency,
    COALESCE(carts.currency_code, stores.currency_code) AS money,
    @local_date(carts.created_at, stores.timezone) AS cart_date,
    GREATEST(
      carts.loaded_at,
      stores.loaded_at,
      COALESCE(repriced.loaded_at, carts.loaded_at),
      COALESCE(relinked.loaded_at, carts.loaded_at)
    ) AS changed_at
  FROM intermediate.int_platform_carts AS carts
  JOIN intermediate.int_stores AS stores
    ON stores.store = carts.store
  LEFT JOIN repriced
    ON repriced.cart_key = carts.cart_key
  LEFT JOIN relinked
    ON relinked.cart_key = carts.cart_key
  WHERE
    @is_new(
      GREATEST(
        carts.loaded_at,
        stores.loaded_at,
        COALESCE(repriced.loaded_at, carts.loaded_at),
        COALESCE(relinked.loaded_at, carts.loaded_at)
      )
    )
)
SELECT
  changed.cart_key::TEXT AS cart_key,
  changed.platform::TEXT AS platform,
  changed.store::TEXT AS store,
  changed.cart_id::TEXT AS cart_id,
  changed.kind::TEXT AS kind,
  changed.account_key::TEXT AS account_key,
  people.customer_key::TEXT AS customer_key,
  changed.created_at::TIMESTAMP AS created_at,
  changed.cart_date::DATE AS cart_date,
  changed.is_start_known::BOOLEAN AS is_start_known,
  changed.touched_at::TIMESTAMP AS touched_at,
  changed.purchased_at::TIMESTAMP AS purchased_at,
  changed.order_key::TEXT AS order_key,
  changed.has_checkout::BOOLEAN AS has_checkout,
  changed.is_paid::BOOLEAN AS is_paid,
  changed.item_count::INT AS item_count,
  changed.subtotal_native::DECIMAL(18, 3) AS subtotal_native,
  changed.money::TEXT AS currency_code,
  changed.reporting_currency::TEXT AS reporting_currency,
  CASE WHEN changed.money = changed.reporting_currency THEN 1 ELSE rates.rate END::DECIMAL(20, 12) AS fx_rate,
  changed.is_gone::BOOLEAN AS is_gone,
  changed.changed_at::TIMESTAMP AS loaded_at
FROM changed
CROSS JOIN reach
LEFT JOIN intermediate.int_customer_keys AS people
  ON people.account_key = changed.account_key
LEFT JOIN intermediate.int_fx_rates AS rates
  ON rates.currency_code = changed.money
  AND rates.rate_date = LEAST(changed.cart_date, reach.last_date)
