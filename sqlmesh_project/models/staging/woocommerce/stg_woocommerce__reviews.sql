MODEL (
  name staging.stg_woocommerce__reviews,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key review_key
  ),
  signals (
    news()
  ),
  grain review_key,
  audits (
    not_null(
      columns := (review_key, store, review_id, product_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per review a WooCommerce shop has ever shown, whatever its status; one that was deleted is marked. WooCommerce names the reviewer by an email address, not by an account.'
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
      "product_id": "VARCHAR", "status": "VARCHAR", "reviewer_email": "VARCHAR", "rating": "VARCHAR", "date_created_gmt": "VARCHAR"
    }'
    ) AS doc
  FROM raw.woocommerce__reviews
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    doc.product_id AS product_id,
    doc.status AS status,
    doc.reviewer_email AS email,
    doc.rating AS rating,
    doc.date_created_gmt AS created
  FROM payloads
)
SELECT
  @surrogate_key(connection, 'review', id)::TEXT AS review_key,
  connection::TEXT AS store,
  id::TEXT AS review_id,
  NULLIF(product_id, '0')::TEXT AS product_id,
  status::TEXT AS status,
  LOWER(NULLIF(TRIM(email), ''))::TEXT AS email,
  NULLIF(@amount(rating), 0) /* 0 is a comment without stars. */::DECIMAL(5, 2) AS rating,
  @at_naive_utc(created)::TIMESTAMP AS reviewed_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
