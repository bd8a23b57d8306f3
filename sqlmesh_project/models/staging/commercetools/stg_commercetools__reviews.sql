MODEL (
  name staging.stg_commercetools__reviews,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key review_key
  ),
  signals (
    news()
  ),
  grain review_key,
  audits (
    not_null(columns := (review_key, store, review_id, loaded_at))
  ),
  description 'One row per review a commercetools project has ever shown, of products and of anything else; deleted ones are marked. is_counted: whether the shop lets it count, which a review under moderation does not.'
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
      "target": {"typeId": "VARCHAR", "id": "VARCHAR"}, "customer": {"id": "VARCHAR"}, "rating": "VARCHAR",
      "includedInStatistics": "BOOLEAN", "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR"
    }'
    ) AS review
  FROM raw.commercetools__reviews
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    review.target.typeId AS target_type,
    review.target.id AS target_id,
    review.customer.id AS customer_id,
    review.rating AS rating,
    review.includedInStatistics AS is_counted,
    review.createdAt AS created,
    review.lastModifiedAt AS modified
  FROM payloads
)
SELECT
  @surrogate_key(connection, 'review', id)::TEXT AS review_key,
  connection::TEXT AS store,
  id::TEXT AS review_id,
  CASE WHEN target_type = 'product' THEN target_id END::TEXT AS product_id,
  customer_id::TEXT AS customer_id,
  @amount(rating)::DECIMAL(5, 2) AS rating,
  COALESCE(is_counted, TRUE)::BOOLEAN AS is_counted,
  @at_utc(created)::TIMESTAMP AS reviewed_at,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
