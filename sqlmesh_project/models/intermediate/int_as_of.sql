MODEL (
  name intermediate.int_as_of,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain store,
  audits (
    not_null(columns := store)
  ),
  description 'One row per connection: up to when its data and everybody''s data reach, by the sources'' clocks. Nothing here ever asks what time it is now.'
);

WITH reached AS (
  SELECT
    connection,
    MAX(extracted_at) AS reached_at,
    MAX(loaded_at) AS last_loaded_at
  FROM ops.batches
  GROUP BY
    connection
), newest AS (
  SELECT
    MAX(reached_at) AS as_of_at
  FROM reached
)
SELECT
  stores.store::TEXT AS store,
  newest.as_of_at::TIMESTAMP AS as_of_at,
  @local_date(newest.as_of_at, stores.timezone) AS as_of_date,
  @local_date(reached.reached_at, stores.timezone) AS reached_date,
  reached.last_loaded_at::TIMESTAMP AS last_loaded_at
FROM intermediate.int_stores AS stores
CROSS JOIN newest
LEFT JOIN reached
  ON reached.connection = stores.store
