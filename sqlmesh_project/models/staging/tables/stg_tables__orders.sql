MODEL (
  name staging.stg_tables__orders,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key order_key
  ),
  signals (
    news()
  ),
  grain order_key,
  audits (
    not_null(
      columns := (order_key, store, order_id, ordered_at, order_total_native, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per order of a shop that has tables, as its own table says; a row that left the table is marked.'
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
      "order_number": "VARCHAR", "ordered_at": "VARCHAR", "status": "VARCHAR", "customer_id": "VARCHAR",
      "customer_email": "VARCHAR", "channel": "VARCHAR", "country_code": "VARCHAR", "currency_code": "VARCHAR",
      "discount_code": "VARCHAR", "shipping": "VARCHAR", "tax": "VARCHAR", "total": "VARCHAR",
      "is_test": "BOOLEAN"
    }'
    ) AS doc
  FROM raw.tables__orders
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    NULLIF(TRIM(doc.order_number), '') AS order_number,
    doc.ordered_at AS ordered_at,
    NULLIF(TRIM(doc.status), '') AS status,
    NULLIF(TRIM(doc.customer_id), '') AS customer_id,
    NULLIF(TRIM(doc.customer_email), '') AS customer_email,
    NULLIF(TRIM(doc.channel), '') AS channel,
    NULLIF(TRIM(doc.country_code), '') AS country_code,
    NULLIF(TRIM(doc.currency_code), '') AS currency_code,
    NULLIF(TRIM(doc.discount_code), '') AS discount_code,
    doc.shipping AS shipping,
    doc.tax AS tax,
    doc.total AS total,
    doc.is_test AS is_test
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS order_key,
  connection::TEXT AS store,
  id::TEXT AS order_id,
  COALESCE(order_number, id)::TEXT AS order_number,
  @at_utc(ordered_at)::TIMESTAMP AS ordered_at,
  LOWER(status)::TEXT AS status,
  customer_id::TEXT AS customer_id,
  LOWER(customer_email)::TEXT AS email,
  LOWER(channel)::TEXT AS channel,
  UPPER(country_code)::TEXT AS country_code,
  UPPER(currency_code)::TEXT AS currency_code,
  discount_code::TEXT AS discount_code,
  COALESCE(@amount(shipping), 0)::DECIMAL(18, 3) AS shipping_native,
  COALESCE(@amount(tax), 0)::DECIMAL(18, 3) AS tax_native,
  @amount(total)::DECIMAL(18, 3) AS order_total_native,
  COALESCE(is_test, FALSE)::BOOLEAN AS is_test,
  updated_at::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
