MODEL (
  name staging.stg_payload__order_lines,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_item_key
  ),
  grain order_item_key,
  audits (
    not_null(
      columns := (order_item_key, order_key, store, order_id, line_position, loaded_at)
    )
  ),
  columns (
    order_item_key TEXT,
    order_key TEXT,
    store TEXT,
    order_id TEXT,
    order_item_id TEXT,
    line_position INT,
    product_id TEXT,
    variant_id TEXT,
    quantity INT,
    unit_price_units BIGINT,
    loaded_at TIMESTAMP
  ),
  description 'One row per line of a Payload order. A line has no price of its own: unit_price_units is the price of its variant or product in the order''s currency when the line was first seen, in the smallest unit, and stays. A product that is deleted for good vanishes from the line; the one last known stays. Lines an order no longer has are deleted after each run.'
);

WITH unnested AS (
  SELECT
    order_key,
    store,
    order_id,
    currency_code,
    loaded_at,
    @rows_of(lines) AS line,
    @positions_of(lines) AS line_position
  FROM staging.stg_payload__orders
  WHERE
    @is_new(loaded_at)
), lines AS (
  SELECT
    @surrogate_key(order_key, COALESCE(line.id, line_position::TEXT)) AS order_item_key,
    order_key,
    store,
    order_id,
    currency_code,
    line.id AS order_item_id,
    line_position,
    @object_id(line.product) AS product_id,
    @object_id(line.variant) AS variant_id,
    line.quantity AS quantity,
    loaded_at
  FROM unnested
)
SELECT
  lines.order_item_key::TEXT AS order_item_key,
  lines.order_key::TEXT AS order_key,
  lines.store::TEXT AS store,
  lines.order_id::TEXT AS order_id,
  lines.order_item_id::TEXT AS order_item_id,
  lines.line_position::INT AS line_position,
  COALESCE(lines.product_id, known.product_id)::TEXT AS product_id,
  COALESCE(lines.variant_id, known.variant_id)::TEXT AS variant_id,
  lines.quantity::INT AS quantity,
  COALESCE(known.unit_price_units, of_variant.price_units, of_product.price_units)::BIGINT AS unit_price_units,
  lines.loaded_at::TIMESTAMP AS loaded_at
FROM lines
LEFT JOIN staging.stg_payload__order_lines AS known
  ON known.order_item_key = lines.order_item_key
LEFT JOIN staging.stg_payload__prices AS of_variant
  ON of_variant.price_key = @surrogate_key(lines.store, 'variant', lines.variant_id, lines.currency_code)
LEFT JOIN staging.stg_payload__prices AS of_product
  ON of_product.price_key = @surrogate_key(lines.store, 'product', lines.product_id, lines.currency_code);

@forget_vanished(staging.stg_payload__orders, order_key)
