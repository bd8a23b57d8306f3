MODEL (
  name staging.stg_commercetools__customers,
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
  description 'One row per customer a commercetools project has ever shown, with the address bills go to, else the one goods go to, else the first; deleted ones are marked.'
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
      "customerNumber": "VARCHAR", "email": "VARCHAR", "firstName": "VARCHAR", "middleName": "VARCHAR", "lastName": "VARCHAR",
      "companyName": "VARCHAR", "dateOfBirth": "VARCHAR", "locale": "VARCHAR",
      "defaultBillingAddressId": "VARCHAR", "defaultShippingAddressId": "VARCHAR",
      "addresses": [{
        "id": "VARCHAR", "phone": "VARCHAR", "mobile": "VARCHAR", "city": "VARCHAR", "region": "VARCHAR", "state": "VARCHAR",
        "country": "VARCHAR"
      }],
      "createdAt": "VARCHAR", "lastModifiedAt": "VARCHAR"
    }'
    ) AS person
  FROM raw.commercetools__customers
  WHERE
    @is_new(loaded_at)
), fields AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    person.email AS email,
    TRIM(
      COALESCE(person.firstName || ' ', '') || COALESCE(person.middleName || ' ', '') || COALESCE(person.lastName, '')
    ) AS person_name,
    person.companyName AS company_name,
    person.dateOfBirth AS birth_date,
    person.defaultBillingAddressId AS billing_id,
    person.defaultShippingAddressId AS shipping_id,
    person.addresses AS addresses,
    person.createdAt AS created,
    person.lastModifiedAt AS modified
  FROM payloads
), addressed AS (
  SELECT
    connection,
    id,
    updated_at,
    is_deleted,
    loaded_at,
    email,
    person_name,
    company_name,
    birth_date,
    COALESCE(
      LIST_FILTER(addresses, LAMBDA place : place.id = billing_id)[1],
      LIST_FILTER(addresses, LAMBDA place : place.id = shipping_id)[1],
      addresses[1]
    ) AS address,
    created,
    modified
  FROM fields
)
SELECT
  @surrogate_key(connection, id)::TEXT AS customer_key,
  connection::TEXT AS store,
  id::TEXT AS customer_id,
  COALESCE(NULLIF(person_name, ''), company_name)::TEXT AS full_name,
  NULLIF(LOWER(TRIM(email)), '')::TEXT AS email,
  COALESCE(address.phone, address.mobile)::TEXT AS phone,
  address.city::TEXT AS city,
  COALESCE(address.region, address.state)::TEXT AS state,
  address.country::TEXT AS country_code,
  TRY_CAST(birth_date AS DATE) AS birth_date,
  @at_utc(created)::TIMESTAMP AS created_at,
  COALESCE(updated_at, @at_utc(modified))::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM addressed
