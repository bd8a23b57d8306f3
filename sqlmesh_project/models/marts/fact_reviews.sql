MODEL (
  name marts.fact_reviews,
  kind FULL,
  grain review_key,
  references (product_key, customer_key),
  audits (
    not_null(columns := (review_key, store, product_key, rating)),
    unique_values(columns := review_key)
  ),
  description 'One row per review of a product that its shop shows now: approved ones in WooCommerce, those that count in commercetools, all in DummyJSON and in tables. Shopify and Payload have no reviews of their own.',
  column_descriptions (
    review_key = 'Key of the review: store and the platform''s id; product and position where it gives reviews no id: DummyJSON.',
    store = 'Name of the connection that sells the product.',
    product_key = 'What was reviewed; joins dim_products.',
    customer_key = 'Who wrote it; joins dim_customers. By the account where the platform names it, else by the email address; null where no customer of the store has it, or several have.',
    rating = 'Stars, 1 to 5.',
    reviewed_at = 'When it was written, UTC.'
  )
);

WITH people AS (
  /* An address that several people share names none of them. */
  SELECT
    store,
    email,
    MIN(customer_key) AS customer_key
  FROM intermediate.int_person_accounts
  WHERE
    NOT email IS NULL
  GROUP BY
    store,
    email
  HAVING
    COUNT(DISTINCT customer_key) = 1
)
SELECT
  reviews.review_key::TEXT AS review_key,
  reviews.store::TEXT AS store,
  @surrogate_key(reviews.store, reviews.product_id)::TEXT AS product_key,
  COALESCE(accounts.customer_key, people.customer_key)::TEXT AS customer_key,
  reviews.rating::DECIMAL(5, 2) AS rating,
  reviews.reviewed_at::TIMESTAMP AS reviewed_at
FROM intermediate.int_platform_reviews AS reviews
LEFT JOIN intermediate.int_person_accounts AS accounts
  ON accounts.store = reviews.store AND accounts.customer_id = reviews.customer_id
LEFT JOIN people
  ON people.store = reviews.store AND people.email = @normalised_email(reviews.email)
