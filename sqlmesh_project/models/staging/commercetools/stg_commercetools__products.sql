MODEL (
  name staging.stg_commercetools__products,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key product_key
  ),
  signals (
    news()
  ),
  grain product_key,
  audits (
    not_null(columns := (product_key, store, product_id, loaded_at))
  ),
  description 'One row per product a commercetools project has ever shown, its variants inside, as published (current), not as drafted (staged); deleted ones are marked. A project with the modular catalogue shows no variants here.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR",
      "reviewRatingStatistics": {"averageRating": "VARCHAR", "count": "INTEGER"},
      "masterData": {"published": "BOOLEAN", "current": {
        "name": "MAP(VARCHAR, VARCHAR)", "slug": "MAP(VARCHAR, VARCHAR)", "categories": [{"id": "VARCHAR"}],
        "attributes": [{"name": "VARCHAR", "value": "VARCHAR"}],
        "masterVariant": {
          "id": "VARCHAR", "sku": "VARCHAR", "attributes": [{"name": "VARCHAR", "value": "VARCHAR"}],
          "prices": [{
            "value": {"centAmount": "BIGINT", "preciseAmount": "BIGINT", "fractionDigits": "INTEGER", "currencyCode": "VARCHAR"},
            "country": "VARCHAR", "customerGroup": {"id": "VARCHAR"}, "channel": {"id": "VARCHAR"}, "validFrom": "VARCHAR"
          }]
        },
        "variants": [{"id": "VARCHAR", "sku": "VARCHAR"}]
      }}
    }'
    ) AS product
  FROM raw.commercetools__products
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    product.masterData.published AS is_published,
    product.masterData.current.name AS names,
    product.masterData.current.slug AS slugs,
    product.masterData.current.categories AS categories,
    LIST_CONCAT(
      product.masterData.current.attributes,
      product.masterData.current.masterVariant.attributes
    ) AS attributes,
    product.masterData.current.masterVariant.prices AS prices,
    LIST_CONCAT(
      [product.masterData.current.masterVariant.sku],
      LIST_TRANSFORM(product.masterData.current.variants, LAMBDA variant : variant.sku)
    ) AS skus,
    product.reviewRatingStatistics.averageRating AS rating,
    product.reviewRatingStatistics.count AS rating_count,
    product.createdAt AS created,
    product.lastModifiedAt AS modified
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS product_key,
  connection::TEXT AS store,
  id::TEXT AS product_id,
  @localized(names)::TEXT AS product_name,
  @localized(slugs)::TEXT AS slug,
  CAST(LIST_FILTER(attributes, LAMBDA attribute : LOWER(attribute.name) = 'brand')[1].value AS TEXT) AS brand,
  CAST(categories[1].id AS TEXT) AS category_id,
  LIST_DISTINCT(skus)::TEXT[] AS skus,
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
  TRY_CAST(rating AS DECIMAL(4, 2)) AS rating,
  rating_count::INT AS rating_count,
  is_published::BOOLEAN AS is_published,
  @at_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
