MODEL (
  name staging.stg_dummyjson__carts,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, cart_id, user_id, order_total_native, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per cart a DummyJSON shop has ever had, its lines inside; deleted ones are marked.'
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
      "userId": "VARCHAR", "total": "VARCHAR", "discountedTotal": "VARCHAR",
      "products": [{"id": "VARCHAR", "title": "VARCHAR", "price": "VARCHAR", "quantity": "INTEGER", "total": "VARCHAR", "discountedTotal": "VARCHAR"}]
    }'
    ) AS cart
  FROM raw.dummyjson__carts
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    cart.userId AS user_id,
    cart.discountedTotal AS discounted_total,
    cart.products AS lines
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS order_key,
  connection::TEXT AS store,
  id::TEXT AS cart_id,
  user_id::TEXT AS user_id,
  ROUND(@amount(discounted_total), 2)::DECIMAL(18, 3) AS order_total_native,
  lines::STRUCT(
    id TEXT,
    title TEXT,
    price TEXT,
    quantity INT,
    total TEXT,
    "discountedTotal" TEXT
  )[] AS lines,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
