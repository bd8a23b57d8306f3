MODEL (
  name intermediate.int_payload__variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, is_stock_shared, is_deleted, loaded_at)
    )
  ),
  description 'One row per variant of a Payload site, and per product that is sold as it is; drafts that were never ordered left out. Prices are in the stores currency; a variant without one has its products. Payload keeps no stock numbers and no costs.'
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
), sold_as AS (
  SELECT
    variants.variant_key,
    variants.store,
    variants.variant_id,
    'variant' AS sellable,
    variants.product_id,
    variants.variant_name,
    variants.stock_quantity,
    variants.is_deleted,
    variants.updated_at,
    variants.loaded_at
  FROM staging.stg_payload__variants AS variants
  UNION ALL
  SELECT
    @key_of_itself(products.store, products.product_id) AS variant_key,
    products.store,
    products.product_id AS variant_id,
    'product' AS sellable,
    products.product_id,
    products.product_name AS variant_name,
    products.stock_quantity,
    products.is_deleted,
    products.updated_at,
    products.loaded_at
  FROM staging.stg_payload__products AS products
  WHERE
    NOT products.has_variants
)
SELECT
  sold_as.variant_key::TEXT AS variant_key,
  sold_as.store::TEXT AS store,
  sold_as.variant_id::TEXT AS variant_id,
  products.product_key::TEXT AS product_key,
  sold_as.variant_name::TEXT AS variant_name,
  NULL::TEXT AS sku,
  COALESCE(own.price_native, of_product.price_native)::DECIMAL(18, 3) AS unit_price_native,
  NULL::DECIMAL(18, 3) AS unit_cost_native,
  sold_as.stock_quantity::INT AS stock_quantity,
  FALSE AS is_stock_shared,
  (
    sold_as.is_deleted OR COALESCE(products.is_deleted, TRUE)
  ) /* A variant whose product is gone cannot be bought. */::BOOLEAN AS is_deleted,
  sold_as.updated_at::TIMESTAMP AS updated_at,
  GREATEST(sold_as.loaded_at, products.loaded_at, own.loaded_at, of_product.loaded_at)::TIMESTAMP AS loaded_at
FROM sold_as
LEFT JOIN intermediate.int_payload__products AS products
  ON products.store = sold_as.store AND products.product_id = sold_as.product_id
LEFT JOIN prices AS own
  ON own.store = sold_as.store
  AND own.sellable = sold_as.sellable
  AND own.sellable_id = sold_as.variant_id
LEFT JOIN prices AS of_product
  ON of_product.store = sold_as.store
  AND of_product.sellable = 'product'
  AND of_product.sellable_id = sold_as.product_id
WHERE
  NOT products.product_key IS NULL OR sold_as.sellable = 'variant'
