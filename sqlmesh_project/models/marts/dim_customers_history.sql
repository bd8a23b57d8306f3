MODEL (
  name marts.dim_customers_history,
  kind VIEW,
  grain (customer_key, valid_from),
  references customer_key,
  depends_on (
    marts.dim_customers
  ),
  audits (
    not_null(columns := (customer_key, valid_from, is_current)),
    one_row_each(columns := (customer_key, valid_from)),
    forall(criteria := (
      valid_to IS NULL OR valid_to >= valid_from
    )),
    covers("column" := customer_key, from_model := marts.dim_customers)
  ),
  description 'One row per person and version: what was known of them, from valid_from until valid_to. Also of people who turned out to be somebody else: their last version ends then, and customer_key_changes says who they are. Sums and segments of the day are not kept; they follow from the orders.',
  column_descriptions (
    customer_key = 'The person; joins dim_customers while there is a current version.',
    valid_from = 'From when it was so, UTC, by the source''s clock. The first version counts from when the person was first seen.',
    valid_to = 'Until when, UTC; the next version begins then. Null for the current one.',
    is_current = 'True for the version that holds now.',
    full_name = 'First and last name, masked in the published copy.',
    email = 'Email address, masked in the published copy.',
    city = 'City.',
    state = 'State.',
    country_code = 'Country, ISO 3166.',
    gender = 'Gender as the platform states it.',
    is_deleted = 'True where no platform had the customer any more.'
  )
);

WITH versions AS (
  SELECT
    customer_key,
    valid_from,
    LEAD(valid_from) OVER (PARTITION BY customer_key ORDER BY valid_from) AS valid_to,
    full_name,
    email,
    city,
    state,
    country_code,
    gender,
    is_deleted,
    is_gone
  FROM intermediate.int_customer_versions
)
SELECT
  customer_key::TEXT AS customer_key,
  valid_from::TIMESTAMP AS valid_from,
  valid_to::TIMESTAMP AS valid_to,
  (
    valid_to IS NULL
  )::BOOLEAN AS is_current,
  full_name::TEXT AS full_name,
  email::TEXT AS email,
  city::TEXT AS city,
  state::TEXT AS state,
  country_code::TEXT AS country_code,
  gender::TEXT AS gender,
  is_deleted::BOOLEAN AS is_deleted
FROM versions
WHERE
  NOT is_gone
