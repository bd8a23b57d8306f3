MODEL (
  name staging.stg_woocommerce__customers,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key customer_key
  ),
  signals (
    news()
  ),
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, customer_id, loaded_at))
  ),
  description 'One row per account of a WooCommerce shop, whatever its role; guests have none.'
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
      "email": "VARCHAR", "first_name": "VARCHAR", "last_name": "VARCHAR", "role": "VARCHAR", "is_paying_customer": "BOOLEAN",
      "date_created_gmt": "VARCHAR", "date_modified_gmt": "VARCHAR",
      "billing": {"first_name": "VARCHAR", "last_name": "VARCHAR", "city": "VARCHAR", "state": "VARCHAR", "country": "VARCHAR", "phone": "VARCHAR"}
    }'
    ) AS doc
  FROM raw.woocommerce__customers
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    doc.email AS email,
    doc.first_name AS first_name,
    doc.last_name AS last_name,
    doc.role AS role,
    doc.is_paying_customer AS is_paying_customer,
    doc.date_created_gmt AS created,
    doc.date_modified_gmt AS modified,
    doc.billing.first_name AS billing_first_name,
    doc.billing.last_name AS billing_last_name,
    doc.billing.city AS city,
    doc.billing.state AS state,
    doc.billing.country AS country,
    doc.billing.phone AS phone
  FROM payloads
)
SELECT
  @surrogate_key(connection, id)::TEXT AS customer_key,
  connection::TEXT AS store,
  id::TEXT AS customer_id,
  COALESCE(
    NULLIF(TRIM(CONCAT_WS(' ', TRIM(first_name), TRIM(last_name))), ''),
    NULLIF(TRIM(CONCAT_WS(' ', TRIM(billing_first_name), TRIM(billing_last_name))), '')
  )::TEXT AS full_name,
  NULLIF(LOWER(TRIM(email)), '')::TEXT AS email,
  NULLIF(TRIM(phone), '')::TEXT AS phone,
  NULLIF(TRIM(city), '')::TEXT AS city,
  NULLIF(TRIM(state), '')::TEXT AS state,
  NULLIF(country, '')::TEXT AS country_code,
  role::TEXT AS role,
  COALESCE(is_paying_customer, FALSE)::BOOLEAN AS is_paying_customer,
  @at_naive_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_naive_utc(modified), @at_naive_utc(created))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM fields
