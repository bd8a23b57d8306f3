MODEL (
  name staging.stg_commercetools__carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key cart_key
  ),
  signals (
    news()
  ),
  grain cart_key,
  audits (
    not_null(
      columns := (cart_key, store, cart_id, cart_state, created_at, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per cart a commercetools project has ever shown, as last sent: one that expired there by itself stays. Amounts named units are whole minor units of the cart''s currency.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "cartState": "VARCHAR", "customerId": "VARCHAR", "customerEmail": "VARCHAR",
      "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR", "shippingAddress": {"country": "VARCHAR"},
      "totalPrice": {"fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
      "lineItems": [{"quantity": "INTEGER", "totalPrice": {"centAmount": "BIGINT"}}],
      "customLineItems": [{"totalPrice": {"centAmount": "BIGINT"}}]
    }'
    ) AS cart
  FROM raw.commercetools__carts
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, id)::TEXT AS cart_key,
  connection::TEXT AS store,
  id::TEXT AS cart_id,
  cart.cartState::TEXT AS cart_state,
  cart.customerId::TEXT AS customer_id,
  NULLIF(LOWER(TRIM(cart.customerEmail)), '')::TEXT AS email,
  (
    NOT cart.shippingAddress IS NULL
  )::BOOLEAN AS has_address,
  COALESCE(@units_of(cart.lineItems), 0)::INT AS item_count,
  (
    COALESCE(@cents_of(cart.lineItems), 0) + COALESCE(@cents_of(cart.customLineItems), 0)
  )::BIGINT AS goods_units,
  cart.totalPrice.fractionDigits::INT AS digits,
  cart.totalPrice.currencyCode::TEXT AS currency_code,
  @at_utc(cart.createdAt)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(cart.lastModifiedAt))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads
