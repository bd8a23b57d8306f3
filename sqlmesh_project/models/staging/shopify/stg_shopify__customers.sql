MODEL (
  name staging.stg_shopify__customers,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key customer_key
  ),
  signals (
    news()
  ),
  grain customer_key,
  audits (
    not_null(
      columns := (customer_key, store, customer_id, loaded_at),
      condition := NOT is_deleted
    )
  ),
  description 'One row per customer a Shopify shop knows or has known; deleted ones are marked. Personal fields are null where the app has no grant for protected customer data.'
);

WITH payloads AS (
  SELECT
    connection,
    id,
    is_deleted,
    loaded_at,
    @parsed(
      payload,
      '{
      "firstName": "VARCHAR", "lastName": "VARCHAR", "state": "VARCHAR", "tags": ["VARCHAR"], "locale": "VARCHAR",
      "numberOfOrders": "BIGINT", "amountSpent": {"amount": "VARCHAR"}, "createdAt": "VARCHAR", "updatedAt": "VARCHAR",
      "defaultEmailAddress": {"emailAddress": "VARCHAR", "marketingState": "VARCHAR"},
      "defaultPhoneNumber": {"phoneNumber": "VARCHAR"},
      "defaultAddress": {"city": "VARCHAR", "province": "VARCHAR", "countryCodeV2": "VARCHAR"}
    }'
    ) AS customer
  FROM raw.shopify__customers
  WHERE
    @is_new(loaded_at)
)
SELECT
  @surrogate_key(connection, @number_of_gid(id))::TEXT AS customer_key,
  connection::TEXT AS store,
  @number_of_gid(id)::TEXT AS customer_id,
  NULLIF(TRIM(customer.firstName), '')::TEXT AS first_name,
  NULLIF(TRIM(customer.lastName), '')::TEXT AS last_name,
  NULLIF(LOWER(TRIM(customer.defaultEmailAddress.emailAddress)), '')::TEXT AS email,
  NULLIF(TRIM(customer.defaultPhoneNumber.phoneNumber), '')::TEXT AS phone,
  customer.defaultEmailAddress.marketingState::TEXT AS marketing_state,
  customer.state::TEXT AS account_state,
  NULLIF(TRIM(customer.defaultAddress.city), '')::TEXT AS city,
  NULLIF(TRIM(customer.defaultAddress.province), '')::TEXT AS state,
  customer.defaultAddress.countryCodeV2::TEXT AS country_code,
  customer.locale::TEXT AS locale,
  customer.tags::TEXT[] AS tags,
  customer.numberOfOrders::INT AS order_count,
  @amount(customer.amountSpent.amount)::DECIMAL(18, 3) AS amount_spent_native,
  @at_utc(customer.createdAt)::TIMESTAMP AS created_at,
  @at_utc(customer.updatedAt)::TIMESTAMP AS updated_at,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM payloads
