MODEL (
  name staging.stg_payload__prices,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key price_key
  ),
  signals (
    news()
  ),
  grain price_key,
  audits (
    not_null(columns := (price_key, store, sellable, sellable_id, currency_code, loaded_at))
  ),
  description 'One row per product or variant and currency a Payload site has a field for, with its price now in the smallest unit; the currency is in the field''s name. Without a price, where a product is sold as variants only or not in that currency.'
);

WITH named AS (
  SELECT
    connection,
    'product' AS sellable,
    id,
    payload,
    loaded_at,
    @field_names(payload) AS name
  FROM raw.payload__products
  WHERE
    @is_new(loaded_at)
  UNION ALL
  SELECT
    connection,
    'variant' AS sellable,
    id,
    payload,
    loaded_at,
    @field_names(payload) AS name
  FROM raw.payload__variants
  WHERE
    @is_new(loaded_at)
), prices AS (
  SELECT
    connection,
    sellable,
    id,
    RIGHT(name, 3) AS currency_code,
    @whole_number_at(payload, name) AS price_units,
    loaded_at
  FROM named
  WHERE
    @is_price_field(name)
)
SELECT
  @surrogate_key(connection, sellable, id, currency_code)::TEXT AS price_key,
  connection::TEXT AS store,
  sellable::TEXT AS sellable,
  id::TEXT AS sellable_id,
  currency_code::TEXT AS currency_code,
  price_units::BIGINT AS price_units,
  loaded_at::TIMESTAMP AS loaded_at
FROM prices
