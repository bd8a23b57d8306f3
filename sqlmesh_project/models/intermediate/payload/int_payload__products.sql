MODEL (
  name intermediate.int_payload__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, is_deleted, loaded_at))
  ),
  description 'One row per product a Payload site has ever shown, drafts that were never ordered left out. A product sold as variants has the lowest price and the stock of all of them; prices are in the store''s currency.'
);

WITH prices AS (
  SELECT
    prices.store,
    prices.sellable,
    prices.sellable_id,
    prices.price_units * @iso_minor_unit(prices.currency_code) AS price_native,
    prices.loaded_at
  FROM staging.stg_payload__prices AS prices
  JOIN ops.connections AS connections
    ON connections.connection = prices.store
    AND connections.currency_code = prices.currency_code
), variants AS (
  SELECT
    variants.store,
    variants.product_id,
    MIN(prices.price_native) FILTER(WHERE
      NOT variants.is_deleted) AS price_native,
    SUM(variants.stock_quantity) FILTER(WHERE
      NOT variants.is_deleted) AS stock_quantity,
    GREATEST(MAX(variants.loaded_at), MAX(prices.loaded_at)) AS loaded_at
  FROM staging.stg_payload__variants AS variants
  LEFT JOIN prices
    ON prices.store = variants.store
    AND prices.sellable = 'variant'
    AND prices.sellable_id = variants.variant_id
  GROUP BY
    variants.store,
    variants.product_id
)
SELECT
  products.product_key::TEXT AS product_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS product_id,
  products.product_name::TEXT AS product_name,
  products.slug::TEXT AS slug,
  NULL::TEXT AS brand,
  products.category_id::TEXT AS category_id,
  categories.category_name::TEXT AS category_name,
  categories.category_slug::TEXT AS category_slug,
  CASE
    WHEN products.has_variants
    THEN variants.price_native
    ELSE prices.price_native
  END::DECIMAL(18, 3) AS unit_price_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  CASE
    WHEN products.has_variants
    THEN variants.stock_quantity
    ELSE products.stock_quantity
  END::INT AS stock_quantity,
  NULL::DECIMAL(4, 2) AS rating,
  NULL::INT AS rating_count,
  products.is_deleted::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(products.loaded_at, variants.loaded_at, prices.loaded_at, categories.loaded_at)::TIMESTAMP AS loaded_at
FROM staging.stg_payload__products AS products
LEFT JOIN variants
  ON variants.store = products.store AND variants.product_id = products.product_id
LEFT JOIN prices
  ON prices.store = products.store
  AND prices.sellable = 'product'
  AND prices.sellable_id = products.product_id
LEFT JOIN staging.stg_payload__categories AS categories
  ON categories.store = products.store
  AND categories.category_id = products.category_id
WHERE
  NOT products.is_draft
  OR EXISTS(
    SELECT
      1
    FROM staging.stg_payload__order_lines AS lines
    WHERE
      lines.store = products.store AND lines.product_id = products.product_id
  )
