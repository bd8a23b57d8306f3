MODEL (
  name staging.stg_tables__reviews,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key review_key
  ),
  signals (
    news()
  ),
  grain review_key,
  audits (
    not_null(
      columns := (review_key, store, review_id, product_key, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per review of a product of a shop that has tables; one that left the table is marked.'
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
      "product_id": "VARCHAR", "customer_id": "VARCHAR", "rating": "VARCHAR", "created_at": "VARCHAR"
    }'
    ) AS doc
  FROM raw.tables__reviews
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.product_id), '') AS product_id,
    NULLIF(TRIM(doc.customer_id), '') AS customer_id,
    doc.rating AS rating,
    doc.created_at AS created_at
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS review_key,
  connection::TEXT AS store,
  id::TEXT AS review_id,
  @surrogate_key(connection, product_id)::TEXT AS product_key,
  product_id::TEXT AS product_id,
  customer_id::TEXT AS customer_id,
  @amount(rating)::DECIMAL(4, 2) AS rating,
  @at_utc(created_at)::TIMESTAMP AS created_at,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
