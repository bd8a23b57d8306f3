MODEL (
  name staging.stg_shopify__abandoned_checkouts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key checkout_key
  ),
  signals (
    news()
  ),
  grain checkout_key,
  audits (
    not_null(
      columns := (checkout_key, store, checkout_id, created_at, updated_at, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per checkout a Shopify shop has ever listed as abandoned: left for ten minutes with goods in it, bought later or not. One that Shopify forgets after some months stays. Money is the shop''s own (shopMoney).'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "createdAt": "VARCHAR", "updatedAt": "VARCHAR", "completedAt": "VARCHAR", "customer": {"id": "VARCHAR"},
      "subtotalPriceSet": {"shopMoney": {"amount": "VARCHAR", "currencyCode": "VARCHAR"}},
      "totalPriceSet": {"shopMoney": {"currencyCode": "VARCHAR"}},
      "lineItems": {"nodes": [{"quantity": "INTEGER"}]}
    }'
    ) AS checkout
  FROM raw.shopify__abandoned_checkouts
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, @number_of_gid(id))::TEXT AS checkout_key,
  connection::TEXT AS store,
  @number_of_gid(id)::TEXT AS checkout_id,
  @number_of_gid(checkout.customer.id)::TEXT AS customer_id,
  COALESCE(@units_of(checkout.lineItems.nodes), 0)::INT AS item_count,
  @amount(checkout.subtotalPriceSet.shopMoney.amount)::DECIMAL(18, 3) AS subtotal_native,
  COALESCE(
    checkout.subtotalPriceSet.shopMoney.currencyCode,
    checkout.totalPriceSet.shopMoney.currencyCode
  )::TEXT AS currency_code,
  @at_utc(checkout.createdAt)::TIMESTAMP AS created_at,
  @at_utc(checkout.completedAt)::TIMESTAMP AS completed_at,
  @at_utc(checkout.updatedAt)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads
