MODEL (
  name marts.fact_inventory_daily,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (variant_key, inventory_date),
    forward_only TRUE,
    disable_restatement TRUE
  ),
  signals (
    news()
  ),
  grain (variant_key, inventory_date),
  references product_key,
  audits (
    not_null(columns := (variant_key, store, inventory_date, stock_quantity))
  ),
  columns (
    variant_key TEXT,
    product_key TEXT,
    store TEXT,
    inventory_date DATE,
    stock_quantity INT,
    is_stock_shared BOOLEAN
  ),
  description 'One row per variant and day on which its stock was looked at, with the last stock seen on it. A day on which no run read the store''s stock has no row, nor has a variant whose stock nobody counts. Platforms tell only the stock of now: what was seen is kept, and never computed again.',
  column_descriptions (
    variant_key = 'The variant; joins dim_variants.',
    product_key = 'Its product; joins dim_products.',
    store = 'Name of the connection that sells it.',
    inventory_date = 'Day in the store''s time zone, by the source''s own clock.',
    stock_quantity = 'Units that could be sold when the store was last read on that day, over all places. Below 0 where more was sold than there was.',
    is_stock_shared = 'True where stock_quantity is that of the whole product, which its variants share: it is not to be added up.'
  )
);

WITH looks AS (
  /* Rows that were read by their names, for a webhook, are no look at the whole store. */
  SELECT
    batches.connection AS store,
    batches.resource,
    @local_date(
      MAX(batches.extracted_at) FILTER(WHERE
        batches.mode IS DISTINCT FROM 'named'),
      MAX(stores.timezone)
    ) AS looked_date,
    @local_date(MAX(batches.extracted_at), MAX(stores.timezone)) AS touched_date
  FROM ops.batches AS batches
  JOIN intermediate.int_stores AS stores
    ON stores.store = batches.connection
  WHERE
    batches.resource IN ('products', 'product_variants', 'product_variations', 'variants', 'inventory')
  GROUP BY
    batches.connection,
    batches.resource
), days AS (
  /* Stock comes in several lists. While one of them is still of another day, the store has not been looked at whole. What a webhook brought on a later day is not the stock of the day before. */
  SELECT
    store,
    MAX(looked_date) AS inventory_date
  FROM looks
  GROUP BY
    store
  HAVING
    MIN(looked_date) = MAX(looked_date) AND MAX(touched_date) = MAX(looked_date)
)
SELECT
  variants.variant_key::TEXT AS variant_key,
  variants.product_key::TEXT AS product_key,
  variants.store::TEXT AS store,
  days.inventory_date::DATE AS inventory_date,
  variants.stock_quantity::INT AS stock_quantity,
  variants.is_stock_shared::BOOLEAN AS is_stock_shared
FROM intermediate.int_platform_variants AS variants
JOIN days
  ON days.store = variants.store
LEFT JOIN marts.fact_inventory_daily AS known
  ON known.variant_key = variants.variant_key
  AND known.inventory_date = days.inventory_date
WHERE
  NOT variants.stock_quantity IS NULL
  AND NOT variants.is_deleted
  AND known.stock_quantity IS DISTINCT FROM variants.stock_quantity
