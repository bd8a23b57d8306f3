MODEL (
  name intermediate.int_customer_versions,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (customer_key, valid_from),
    forward_only TRUE,
    disable_restatement TRUE
  ),
  grain (customer_key, valid_from),
  audits (
    not_null(columns := (customer_key, valid_from, is_gone))
  ),
  description 'One row per person and time from which something about them was as it says. A log: a row is added when an attribute differs from the last one, or the person is no more (is_gone), and none is changed, so that a run that is killed loses nothing. Times are the source''s clock; the first version holds since the person was first seen.',
  columns (
    customer_key TEXT,
    valid_from TIMESTAMP,
    full_name TEXT,
    email TEXT,
    city TEXT,
    state TEXT,
    country_code TEXT,
    gender TEXT,
    is_deleted BOOLEAN,
    is_gone BOOLEAN
  )
);

WITH clock AS (
  SELECT
    MAX(extracted_at) AS as_of_at
  FROM ops.batches
), latest AS (
  SELECT
    customer_key,
    valid_from,
    full_name,
    email,
    city,
    state,
    country_code,
    gender,
    is_deleted,
    is_gone
  FROM (
    SELECT
      before.customer_key,
      before.valid_from,
      before.full_name,
      before.email,
      before.city,
      before.state,
      before.country_code,
      before.gender,
      before.is_deleted,
      before.is_gone,
      ROW_NUMBER() OVER (PARTITION BY before.customer_key ORDER BY before.valid_from DESC) AS place
    FROM intermediate.int_customer_versions AS before
  )
  WHERE
    place = 1
)
SELECT
  COALESCE(people.customer_key, latest.customer_key)::TEXT AS customer_key,
  CASE
    WHEN latest.customer_key IS NULL
    THEN LEAST(COALESCE(people.seen_at, clock.as_of_at), clock.as_of_at)
    ELSE GREATEST(clock.as_of_at, latest.valid_from)
  END::TIMESTAMP AS valid_from,
  people.full_name::TEXT AS full_name,
  people.email::TEXT AS email,
  people.city::TEXT AS city,
  people.state::TEXT AS state,
  people.country_code::TEXT AS country_code,
  people.gender::TEXT AS gender,
  people.is_deleted::BOOLEAN AS is_deleted,
  (
    people.customer_key IS NULL
  )::BOOLEAN AS is_gone
FROM intermediate.int_people AS people
FULL JOIN latest
  ON latest.customer_key = people.customer_key
CROSS JOIN clock
WHERE
  (
    people.customer_key IS NULL
  ) IS DISTINCT FROM latest.is_gone
  OR people.full_name IS DISTINCT FROM latest.full_name
  OR people.email IS DISTINCT FROM latest.email
  OR people.city IS DISTINCT FROM latest.city
  OR people.state IS DISTINCT FROM latest.state
  OR people.country_code IS DISTINCT FROM latest.country_code
  OR people.gender IS DISTINCT FROM latest.gender
  OR people.is_deleted IS DISTINCT FROM latest.is_deleted
