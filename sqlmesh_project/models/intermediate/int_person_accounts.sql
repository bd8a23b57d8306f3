MODEL (
  name intermediate.int_person_accounts,
  kind FULL,
  grain account_key,
  audits (
    not_null(columns := (account_key, customer_key, store, is_deleted, order_count)),
    one_row_each(columns := account_key)
  ),
  description 'One row per account that stands for somebody: a customer of a shop, or whoever is on an order that has a place in the books. email is null where it is a placeholder.'
);

SELECT
  accounts.account_key::TEXT AS account_key,
  people.customer_key::TEXT AS customer_key,
  accounts.platform::TEXT AS platform,
  accounts.store::TEXT AS store,
  accounts.customer_id::TEXT AS customer_id,
  accounts.full_name::TEXT AS full_name,
  emails.value::TEXT AS email,
  accounts.city::TEXT AS city,
  accounts.state::TEXT AS state,
  locations.state_code::TEXT AS state_code,
  locations.is_state_corrected::BOOLEAN AS is_state_corrected,
  accounts.country_code::TEXT AS country_code,
  accounts.gender::TEXT AS gender,
  accounts.birth_date::DATE AS birth_date,
  accounts.age::INT AS age,
  accounts.created_at::TIMESTAMP AS created_at,
  accounts.updated_at::TIMESTAMP AS updated_at,
  COALESCE(accounts.created_at, accounts.first_ordered_at)::TIMESTAMP AS seen_at,
  accounts.last_ordered_at::TIMESTAMP AS last_ordered_at,
  accounts.order_count::INT AS order_count,
  accounts.is_deleted::BOOLEAN AS is_deleted,
  people.evidence::TEXT AS evidence,
  people.loaded_at::TIMESTAMP AS loaded_at
FROM intermediate.int_customer_keys AS people
JOIN intermediate.int_customer_accounts AS accounts
  ON accounts.account_key = people.account_key
LEFT JOIN intermediate.int_customer_identifiers AS emails
  ON emails.account_key = people.account_key
  AND emails.kind = 'email'
  AND COALESCE(emails.reason, 'relay') = 'relay'
LEFT JOIN intermediate.int_users_cleaned_locations AS locations
  ON locations.customer_key = people.account_key
WHERE
  NOT people.customer_key IS NULL
  AND (
    accounts.is_registered OR NOT accounts.first_ordered_at IS NULL
  )
