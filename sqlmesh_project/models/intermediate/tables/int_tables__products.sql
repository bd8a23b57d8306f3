MODEL (
  name intermediate.int_tables__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, loaded_at))
  ),
  description 'One row per product of a shop that has tables, with the name of its category and what its reviews say.'
);

WITH reviews AS (
  SELECT
    product_key,
    AVG(rating) FILTER(WHERE
      NOT is_deleted) AS rating,
    COUNT(rating) FILTER(WHERE
      NOT is_deleted) AS rating_count,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_tables__reviews
  GROUP BY
    product_key
)
SELECT
  products.product_key::TEXT AS product_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS product_id,
  products.product_name::TEXT AS product_name,
  products.slug::TEXT AS slug,
  products.brand::TEXT AS brand,
  products.category_id::TEXT AS category_id,
  categories.category_name::TEXT AS category_name,
  categories.category_slug::TEXT AS category_slug,
  products.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  products.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  products.stock_quantity::INT AS stock_quantity,
  ROUND(reviews.rating, 2)::DECIMAL(4, 2) AS rating,
  reviews.rating_count::INT AS rating_count,
  (
    products.is_deleted OR NOT COALESCE(products.is_active, TRUE)
  )::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(
    products.loaded_at,
    COALESCE(categories.loaded_at, products.loaded_at),
    COALESCE(reviews.loaded_at, products.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM staging.stg_tables__products AS products
LEFT JOIN staging.stg_tables__product_categories AS categories
  ON categories.store = products.store
  AND categories.category_id = products.category_id
LEFT JOIN reviews
  ON reviews.product_key = products.product_key
