MODEL (
  name marts.dim_variants,
  kind FULL,
  grain variant_key,
  references product_key,
  depends_on (
    marts.fact_order_items
  ),
  audits (
    not_null(columns := (variant_key, store, variant_id, currency_code, is_deleted)),
    unique_values(columns := variant_key),
    covers("column" := variant_key, from_model := marts.fact_order_items),
    refers_to(
      "column" := product_key,
      to_model := intermediate.int_products,
      to_column := product_key
    )
  ),
  description 'One row per thing that can be put into a basket: a variant of a product, or a product that is sold as it is. Also those no longer listed; a variant seen on an order only has its name, its stock number and nothing else.',
  column_descriptions (
    variant_key = 'Key of the variant: store and variant_id; of a product that is sold as it is, store, the word product and its id.',
    product_key = 'Its product; joins dim_products. Null where the product was deleted before it was ever read.',
    store = 'Name of the connection that sells it.',
    variant_id = 'The platform''s id of the variant; product and number of the variant for commercetools, the product''s id where it is sold as it is.',
    variant_name = 'What tells it from the other variants, as the platform says it; the product''s name where it is sold as it is.',
    sku = 'Stock number. Null where the platform tells none with it: Payload, tables.',
    unit_price = 'Price of one unit now, reporting currency at the newest rate. Null while no exchange rate is known.',
    unit_price_native = 'Price of one unit now, store''s currency.',
    currency_code = 'The store''s currency.',
    unit_cost = 'What one unit costs the shop now, reporting currency at the newest rate. Null where the platform does not tell. What it cost on the day of a sale is in fact_order_items.',
    unit_cost_native = 'What one unit costs the shop now, store''s currency.',
    stock_quantity = 'Units that can be sold now, over all places. Null where nobody counts them.',
    is_stock_shared = 'True where stock_quantity is that of the whole product, which its variants share: it is not to be added up.',
    is_deleted = 'True where it or its product is no longer listed.',
    updated_at = 'When the platform last changed it, UTC.'
  )
);

WITH lines AS (
  /* Lines that were loaded together have an order too: their keys. */
  SELECT
    variant_key,
    store,
    product_key,
    variant_id,
    product_id,
    product_name,
    sku,
    EPOCH_US(loaded_at) || order_item_key AS place
  FROM intermediate.int_order_lines
  WHERE
    NOT variant_key IS NULL
), sold AS (
  SELECT
    variant_key,
    store,
    ARG_MAX(product_key, place) AS product_key,
    COALESCE(ARG_MAX(variant_id, place), ARG_MAX(product_id, place)) AS variant_id,
    ARG_MAX(product_name, place) AS product_name,
    ARG_MAX(sku, place) AS sku
  FROM lines
  GROUP BY
    variant_key,
    store
), rates AS (
  SELECT
    currency_code,
    rate
  FROM intermediate.int_fx_rates
  WHERE
    rate_date = (
      SELECT
        MAX(rate_date)
      FROM intermediate.int_fx_rates
    )
), variants AS (
  SELECT
    COALESCE(listed.variant_key, sold.variant_key) AS variant_key,
    COALESCE(listed.store, sold.store) AS store,
    COALESCE(listed.variant_id, sold.variant_id) AS variant_id,
    COALESCE(listed.product_key, sold.product_key) AS product_key,
    COALESCE(listed.variant_name, sold.product_name) AS variant_name,
    COALESCE(listed.sku, sold.sku) AS sku,
    listed.unit_price_native,
    listed.unit_cost_native,
    listed.stock_quantity,
    COALESCE(listed.is_stock_shared, FALSE) AS is_stock_shared,
    COALESCE(listed.is_deleted, TRUE) AS is_deleted,
    listed.updated_at
  FROM intermediate.int_platform_variants AS listed
  FULL JOIN sold
    ON sold.variant_key = listed.variant_key
), priced AS (
  SELECT
    variants.*,
    stores.currency_code,
    CASE
      WHEN stores.currency_code = stores.reporting_currency
      THEN 1
      ELSE rates.rate
    END::DECIMAL(20, 12) AS fx_rate
  FROM variants
  JOIN intermediate.int_stores AS stores
    ON stores.store = variants.store
  LEFT JOIN rates
    ON rates.currency_code = stores.currency_code
)
SELECT
  priced.variant_key::TEXT AS variant_key,
  products.product_key::TEXT AS product_key,
  priced.store::TEXT AS store,
  priced.variant_id::TEXT AS variant_id,
  priced.variant_name::TEXT AS variant_name,
  priced.sku::TEXT AS sku,
  ROUND(priced.unit_price_native * priced.fx_rate, 3)::DECIMAL(18, 3) AS unit_price,
  priced.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  priced.currency_code::TEXT AS currency_code,
  ROUND(priced.unit_cost_native * priced.fx_rate, 3)::DECIMAL(18, 3) AS unit_cost,
  priced.unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  priced.stock_quantity::INT AS stock_quantity,
  priced.is_stock_shared::BOOLEAN AS is_stock_shared,
  priced.is_deleted::BOOLEAN AS is_deleted,
  priced.updated_at::TIMESTAMP AS updated_at
FROM priced
LEFT JOIN intermediate.int_products AS products
  ON products.product_key = priced.product_key
