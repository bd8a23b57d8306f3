MODEL (
  name staging.stg_commercetools__product_variants,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key variant_key
  ),
  signals (
    news()
  ),
  grain variant_key,
  depends_on (
    staging.stg_commercetools__products
  ),
  audits (
    not_null(columns := (variant_key, product_key, store, variant_id, loaded_at))
  ),
  description 'One row per variant of a product as a commercetools project publishes it now; variants are numbered within their product. Its name is what its attributes say of it (M, Navy); what a unit costs the shop is an attribute of money named purchasePrice or alike. Variants a product no longer has are deleted after each run.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    loaded_at,
    @parsed(
      payload,
      '{
      "masterData": {"current": {
        "masterVariant": {
          "id": "VARCHAR", "sku": "VARCHAR", "attributes": [{"name": "VARCHAR", "value": "JSON"}],
          "prices": [{
            "value": {"centAmount": "BIGINT", "preciseAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
            "country": "VARCHAR", "customerGroup": {"id": "VARCHAR"}, "channel": {"id": "VARCHAR"}, "validFrom": "VARCHAR"
          }]
        },
        "variants": [{
          "id": "VARCHAR", "sku": "VARCHAR", "attributes": [{"name": "VARCHAR", "value": "JSON"}],
          "prices": [{
            "value": {"centAmount": "BIGINT", "preciseAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
            "country": "VARCHAR", "customerGroup": {"id": "VARCHAR"}, "channel": {"id": "VARCHAR"}, "validFrom": "VARCHAR"
          }]
        }]
      }}
    }'
    ) AS product
  FROM raw.commercetools__products
  WHERE
    @is_new(loaded_at)
), unnested AS (
  SELECT
    connection,
    id,
    loaded_at,
    @rows_of(
      LIST_CONCAT([product.masterData.current.masterVariant], product.masterData.current.variants)
    ) AS variant
  FROM payloads
), fields AS (
  SELECT
    connection,
    id,
    loaded_at,
    variant.id AS number,
    variant.sku AS sku,
    variant.prices AS prices,
    variant.attributes AS attributes
  FROM unnested
)
SELECT
  @surrogate_key(connection, id || '/' || number)::TEXT AS variant_key,
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  (
    id || '/' || number
  )::TEXT AS variant_id,
  NULLIF(TRIM(sku), '')::TEXT AS sku,
  @texts_of_attributes(attributes)::TEXT AS variant_name,
  prices::STRUCT(
    value STRUCT(
      "centAmount" BIGINT,
      "preciseAmount" BIGINT,
      "fractionDigits" INT,
      "currencyCode" TEXT
    ),
    country TEXT,
    "customerGroup" STRUCT(id TEXT),
    channel STRUCT(id TEXT),
    "validFrom" TEXT
  )[] AS prices,
  @cost_among(attributes)::STRUCT(
    "centAmount" BIGINT,
    "preciseAmount" BIGINT,
    "fractionDigits" INT,
    "currencyCode" TEXT
  ) AS cost,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
WHERE
  NOT number IS NULL;

@forget_vanished(staging.stg_commercetools__products, product_key)
