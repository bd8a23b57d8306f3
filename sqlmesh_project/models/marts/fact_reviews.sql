MODEL (
  name marts.fact_reviews,
  kind FULL,
  grain review_key,
  references (product_key, customer_key),
  audits (
    not_null(columns := (review_key, store, product_key, rating)),
    unique_values(columns := review_key)
  ),
  description 'One row per review of a product that its shop shows now.',
  column_descriptions (
    review_key = 'Key of the review: product and position, since DummyJSON gives reviews no id.',
    store = 'Name of the connection that sells the product.',
    product_key = 'What was reviewed; joins dim_products.',
    customer_key = 'Who wrote it; joins dim_customers. Found by the email address; null where no customer of the store has it.',
    rating = 'Stars, 1 to 5.',
    reviewed_at = 'When it was written, UTC.'
  )
);

WITH unnested AS (
  SELECT
    product_key,
    store,
    @rows_of(reviews) AS review,
    @positions_of(reviews) AS position
  FROM staging.stg_dummyjson__products
  WHERE
    NOT is_deleted
), reviews AS (
  SELECT
    product_key,
    store,
    position,
    review.rating AS rating,
    @at_utc(review.date) AS reviewed_at,
    LOWER(TRIM(review.reviewerEmail)) AS email
  FROM unnested
), people AS (
  /* An address that several customers share names none of them. */
  SELECT
    store,
    LOWER(TRIM(email)) AS email,
    MIN(customer_key) AS customer_key
  FROM intermediate.int_users_cleaned_locations
  WHERE
    NOT email IS NULL
  GROUP BY
    store,
    LOWER(TRIM(email))
  HAVING
    COUNT(*) = 1
)
SELECT
  @surrogate_key(reviews.product_key, reviews.position)::TEXT AS review_key,
  reviews.store::TEXT AS store,
  reviews.product_key::TEXT AS product_key,
  people.customer_key::TEXT AS customer_key,
  reviews.rating::INT AS rating,
  reviews.reviewed_at::TIMESTAMP AS reviewed_at
FROM reviews
LEFT JOIN people
  ON people.store = reviews.store AND people.email = reviews.email
WHERE
  NOT reviews.rating IS NULL
