MODEL (
  name intermediate.int_people,
  kind FULL,
  grain customer_key,
  audits (
    not_null(columns := (customer_key, store, account_count, is_deleted)),
    one_row_each(columns := customer_key)
  ),
  description 'One row per person, whatever shops the accounts are in. Where the accounts differ, the most recently updated one that says anything is believed, one that still stands before one that was deleted, for name, gender, birth date and age each, and for city, state and country together. The email address is that of the account that ordered last, placeholders left aside. store and customer_id are those of the oldest account.'
);

WITH shared AS (
  SELECT
    customer_key
  FROM intermediate.int_person_accounts
  GROUP BY
    customer_key
  HAVING
    COUNT(*) > 1
), ranks AS (
  /* Most people have one account, which needs no ranking. */
  SELECT
    accounts.account_key,
    ROW_NUMBER() OVER (
      PARTITION BY accounts.customer_key
      ORDER BY accounts.seen_at, accounts.account_key
    ) AS age_rank,
    ROW_NUMBER() OVER (
      PARTITION BY accounts.customer_key
      ORDER BY accounts.is_deleted, accounts.updated_at DESC, accounts.created_at DESC, accounts.account_key
    ) AS freshness,
    ROW_NUMBER() OVER (
      PARTITION BY accounts.customer_key
      ORDER BY accounts.last_ordered_at DESC, accounts.is_deleted, accounts.updated_at DESC, accounts.account_key
    ) AS order_rank
  FROM shared
  JOIN intermediate.int_person_accounts AS accounts
    ON accounts.customer_key = shared.customer_key
), ranked AS (
  SELECT
    accounts.*,
    COALESCE(ranks.age_rank, 1) AS age_rank,
    COALESCE(ranks.freshness, 1) AS freshness,
    COALESCE(ranks.order_rank, 1) AS order_rank
  FROM intermediate.int_person_accounts AS accounts
  LEFT JOIN ranks
    ON ranks.account_key = accounts.account_key
), persons AS (
  SELECT
    customer_key,
    @freshest(store, age_rank) AS store,
    @freshest(customer_id, age_rank) AS customer_id,
    @freshest(full_name, freshness) AS full_name,
    @freshest(email, order_rank) AS email,
    ARG_MIN(
      {'city': city, 'state': state, 'state_code': state_code, 'is_state_corrected': is_state_corrected, 'country_code': country_code},
      freshness
    ) FILTER(WHERE
      NOT COALESCE(city, state, country_code) IS NULL) AS place,
    @freshest(gender, freshness) AS gender,
    @freshest(birth_date, freshness) AS birth_date,
    @freshest(age, freshness) AS age,
    COUNT(*) AS account_count,
    MIN(seen_at) AS seen_at,
    BOOL_AND(is_deleted::BOOLEAN) AS is_deleted
  FROM ranked
  GROUP BY
    customer_key
)
SELECT
  persons.customer_key::TEXT AS customer_key,
  persons.store::TEXT AS store,
  persons.customer_id::TEXT AS customer_id,
  persons.full_name::TEXT AS full_name,
  persons.email::TEXT AS email,
  persons.place.city::TEXT AS city,
  persons.place.state::TEXT AS state,
  COALESCE(
    persons.place.state_code,
    CASE WHEN LENGTH(persons.place.state) = 2 THEN UPPER(persons.place.state) END
  )::TEXT AS state_code,
  COALESCE(persons.place.is_state_corrected, FALSE)::BOOLEAN AS is_state_corrected,
  persons.place.country_code::TEXT AS country_code,
  persons.gender::TEXT AS gender,
  persons.birth_date::DATE AS birth_date,
  persons.age::INT AS age,
  persons.account_count::INT AS account_count,
  persons.seen_at::TIMESTAMP AS seen_at,
  persons.is_deleted::BOOLEAN AS is_deleted
FROM persons
