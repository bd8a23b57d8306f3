MODEL (
  name marts.fact_carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key cart_key
  ),
  grain cart_key,
  references (customer_key, order_key),
  audits (
    not_null(
      columns := (
        cart_key,
        store,
        cart_id,
        kind,
        created_at,
        cart_date,
        last_touched_at,
        has_checkout,
        is_purchased,
        is_paid,
        is_abandoned,
        item_count,
        currency_code,
        loaded_at
      )
    ),
    forall(
      criteria := (
        NOT (
          is_purchased AND is_abandoned
        ),
        is_purchased = (
          NOT purchased_at IS NULL
        ),
        is_purchased OR NOT is_paid,
        kind IN ('cart', 'checkout')
      )
    )
  ),
  description 'One row per cart, or checkout where the platform tells no carts, of the shops that tell them: Shopify (checkouts), commercetools and Payload. Left out are empty ones, those merged into another cart and those of test orders. A cart that the platform forgets or deletes stays what it was. WooCommerce, DummyJSON and a shop''s own tables tell none.',
  column_descriptions (
    cart_key = 'Key of the cart: store and cart_id.',
    store = 'Name of the connection that sells.',
    cart_id = 'The platform''s id of the cart or checkout; of the order where Shopify shows no checkout, for it was bought at once.',
    kind = 'cart, or checkout where the platform tells of a cart only once it has reached the checkout: Shopify.',
    customer_key = 'The person whose it is; joins dim_customers. Null while nobody has said who they are, and for a guest''s address with which nobody has ordered yet.',
    order_key = 'The order it became; joins fact_orders. Null while it has not been bought, and where the platform does not tell or the order was deleted.',
    created_at = 'When it was opened, UTC. Where Shopify shows no checkout, when it was bought.',
    cart_date = 'Day it was opened in the store''s time zone.',
    last_touched_at = 'When it last changed at the platform, UTC.',
    purchased_at = 'When it was first bought, UTC. A cart opened again afterwards stays bought.',
    has_checkout = 'Whether it reached the checkout: an address, a payment begun, or an order.',
    is_purchased = 'Whether it became an order, whatever happened to that since.',
    is_paid = 'Whether money came for that order, given back since or not.',
    is_abandoned = 'Whether it was left behind: not bought, and untouched for abandoned_after_hours by the newest data. One that is bought in the end is no longer abandoned, on the day it was opened.',
    abandoned_at = 'When it became, or will become, abandoned unless it is touched before, UTC. Null once bought.',
    hours_to_purchase = 'Hours from opening to purchase. Null while not bought, and where the platform does not tell when it was opened.',
    item_count = 'Units in it.',
    subtotal = 'What the goods in it come to as the platform shows them, discounts taken off and shipping left out, reporting currency at the rate of its day. Null where the platform does not know and while no exchange rate is known.',
    subtotal_native = 'The same in the cart''s own currency.',
    currency_code = 'Currency of subtotal_native.',
    loaded_at = 'When anything about this row last changed here, UTC.'
  )
);

WITH newest AS (
  SELECT
    MAX(as_of_at) AS as_of_at,
    MAX(last_loaded_at) AS loaded_at
  FROM intermediate.int_as_of
), carts AS (
  SELECT
    carts.cart_key,
    carts.store,
    carts.cart_id,
    carts.kind,
    carts.customer_key,
    carts.order_key,
    carts.created_at,
    carts.cart_date,
    carts.touched_at,
    carts.purchased_at,
    carts.has_checkout,
    carts.is_paid,
    carts.is_start_known,
    carts.item_count,
    carts.subtotal_native,
    carts.currency_code,
    carts.reporting_currency,
    carts.fx_rate,
    carts.loaded_at,
    CASE
      WHEN carts.purchased_at IS NULL
      THEN carts.touched_at + INTERVAL '1' HOUR * @abandoned_after_hours
    END AS abandoned_at,
    newest.as_of_at,
    newest.loaded_at AS newest_at
  FROM intermediate.int_carts AS carts
  CROSS JOIN newest
  WHERE
    NOT carts.is_gone
), due AS (
  /* What changed, and what time alone has made abandoned: nothing else can have become so. */
  SELECT
    carts.*,
    CASE
      WHEN @is_new(carts.loaded_at)
      THEN carts.loaded_at
      ELSE GREATEST(carts.loaded_at, carts.newest_at)
    END AS changed_at
  FROM carts
  LEFT JOIN marts.fact_carts AS before
    ON before.cart_key = carts.cart_key
    AND NOT before.is_abandoned
    AND NOT before.is_purchased
  WHERE
    @is_new(carts.loaded_at)
    OR (
      carts.abandoned_at <= carts.as_of_at AND NOT before.cart_key IS NULL
    )
)
SELECT
  cart_key::TEXT AS cart_key,
  store::TEXT AS store,
  cart_id::TEXT AS cart_id,
  kind::TEXT AS kind,
  customer_key::TEXT AS customer_key,
  order_key::TEXT AS order_key,
  created_at::TIMESTAMP AS created_at,
  cart_date::DATE AS cart_date,
  touched_at::TIMESTAMP AS last_touched_at,
  purchased_at::TIMESTAMP AS purchased_at,
  has_checkout::BOOLEAN AS has_checkout,
  (
    NOT purchased_at IS NULL
  )::BOOLEAN AS is_purchased,
  is_paid::BOOLEAN AS is_paid,
  COALESCE(abandoned_at <= as_of_at, FALSE)::BOOLEAN AS is_abandoned,
  abandoned_at::TIMESTAMP AS abandoned_at,
  CASE
    WHEN is_start_known AND NOT purchased_at IS NULL
    THEN GREATEST(DATE_DIFF('SECOND', created_at, purchased_at), 0) / 3600
  END::DOUBLE AS hours_to_purchase,
  item_count::INT AS item_count,
  CASE
    WHEN currency_code = reporting_currency
    THEN subtotal_native
    ELSE ROUND(subtotal_native * fx_rate, 3)
  END::DECIMAL(18, 3) AS subtotal,
  subtotal_native::DECIMAL(18, 3) AS subtotal_native,
  currency_code::TEXT AS currency_code,
  changed_at::TIMESTAMP AS loaded_at
FROM due;

@forget_vanished(intermediate.int_carts, cart_key)
