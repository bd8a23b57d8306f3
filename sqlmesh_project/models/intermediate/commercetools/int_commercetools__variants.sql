MODEL (
  name intermediate.int_commercetools__variants,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain variant_key,
  audits (
    not_null(
      columns := (variant_key, store, variant_id, is_stock_shared, is_deleted, loaded_at)
    )
  ),
  description 'One row per variant of a commercetools project, with the stock of its sku over all channels. Its price is the one in the stores currency that holds for everybody. Its cost is an attribute of the shops own, such as purchasePrice, since commercetools has no field for it.'
);

WITH priced AS (
  SELECT
    variants.variant_key,
    LIST_FILTER(
      variants.prices,
      LAMBDA price : price.value.currencyCode = stores.currency_code
      AND price.customerGroup.id IS NULL
      AND price.channel.id IS NULL
      AND price.validFrom IS NULL
    ) AS prices,
    CASE WHEN variants.cost.currencyCode = stores.currency_code THEN variants.cost END AS cost
  FROM staging.stg_commercetools__product_variants AS variants
  JOIN intermediate.int_stores AS stores
    ON stores.store = variants.store
), chosen AS (
  SELECT
    variant_key,
    COALESCE(LIST_FILTER(prices, LAMBDA price : price.country IS NULL)[1], prices[1]).value AS price,
    cost
  FROM priced
), stocked AS (
  SELECT
    store,
    sku,
    SUM(available_quantity) AS stock_quantity,
    MAX(loaded_at) AS loaded_at
  FROM staging.stg_commercetools__inventory
  WHERE
    NOT is_deleted
  GROUP BY
    store,
    sku
)
SELECT
  variants.variant_key::TEXT AS variant_key,
  variants.store::TEXT AS store,
  variants.variant_id::TEXT AS variant_id,
  variants.product_key::TEXT AS product_key,
  COALESCE(variants.variant_name, products.product_name)::TEXT AS variant_name,
  variants.sku::TEXT AS sku,
  @of_minor_units(@in_minor_units(chosen.price, 1, 3), 3) AS unit_price_native,
  @of_minor_units(@in_minor_units(chosen.cost, 1, 3), 3) AS unit_cost_native,
  stocked.stock_quantity::INT AS stock_quantity,
  FALSE AS is_stock_shared,
  products.is_deleted::BOOLEAN AS is_deleted,
  products.updated_at::TIMESTAMP AS updated_at,
  GREATEST(variants.loaded_at, COALESCE(stocked.loaded_at, variants.loaded_at))::TIMESTAMP AS loaded_at
FROM staging.stg_commercetools__product_variants AS variants
JOIN staging.stg_commercetools__products AS products
  ON products.product_key = variants.product_key
LEFT JOIN chosen
  ON chosen.variant_key = variants.variant_key
LEFT JOIN stocked
  ON stocked.store = variants.store AND stocked.sku = variants.sku
