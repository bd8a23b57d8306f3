MODEL (
  name intermediate.int_commercetools__products,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, is_deleted, loaded_at))
  ),
  description 'One row per product a commercetools project has ever shown: the price of its master variant in the store''s currency that holds for everybody, the stock of all its variants over all channels, the first of its categories.'
);

WITH priced AS (
  SELECT
    products.product_key,
    LIST_FILTER(
      products.prices,
      LAMBDA price : price.value.currencyCode = stores.currency_code
      AND price.customerGroup.id IS NULL
      AND price.channel.id IS NULL
      AND price.validFrom IS NULL
    ) AS prices
  FROM staging.stg_commercetools__products AS products
  JOIN intermediate.int_stores AS stores
    ON stores.store = products.store
), chosen AS (
  SELECT
    product_key,
    COALESCE(LIST_FILTER(prices, LAMBDA price : price.country IS NULL)[1], prices[1]).value AS price
  FROM priced
), sold_as AS (
  SELECT
    product_key,
    store,
    @rows_of(skus) AS sku
  FROM staging.stg_commercetools__products
), stocked AS (
  SELECT
    sold_as.product_key,
    SUM(inventory.available_quantity) AS stock_quantity,
    MAX(inventory.loaded_at) AS loaded_at
  FROM sold_as
  JOIN staging.stg_commercetools__inventory AS inventory
    ON inventory.store = sold_as.store
    AND inventory.sku = sold_as.sku
    AND NOT inventory.is_deleted
  GROUP BY
    sold_as.product_key
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
  @of_minor_units(@in_minor_units(chosen.price, 1, 3), 3) AS unit_price_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  stocked.stock_quantity::INT AS stock_quantity,
  products.rating::DECIMAL(4, 2) AS rating,
  products.rating_count::INT AS rating_count,
  products.is_deleted::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(
    products.loaded_at,
    COALESCE(stocked.loaded_at, products.loaded_at),
    COALESCE(categories.loaded_at, products.loaded_at)
  )::TIMESTAMP AS loaded_at
FROM staging.stg_commercetools__products AS products
LEFT JOIN chosen
  ON chosen.product_key = products.product_key
LEFT JOIN stocked
  ON stocked.product_key = products.product_key
LEFT JOIN staging.stg_commercetools__categories AS categories
  ON categories.store = products.store
  AND categories.category_id = products.category_id
