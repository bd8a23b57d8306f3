MODEL (
  name intermediate.int_unit_costs,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (variant_key, valid_from),
    forward_only TRUE,
    disable_restatement TRUE
  ),
  signals (
    news()
  ),
  grain (variant_key, valid_from),
  audits (
    not_null(
      columns := (
        variant_key,
        store,
        valid_from,
        unit_cost_native,
        currency_code,
        is_first,
        loaded_at
      )
    )
  ),
  columns (
    variant_key TEXT,
    store TEXT,
    valid_from TIMESTAMP,
    unit_cost_native DECIMAL(18, 3),
    currency_code TEXT,
    is_first BOOLEAN,
    loaded_at TIMESTAMP
  ),
  description 'One row per variant and cost that was ever told for it. Platforms tell only what a unit costs now, so that each cost is remembered here when it is first seen, as of the platform''s own last change of the variant. It holds until the next one; a cost that is taken away holds on. The first one (is_first) is also the best guess for what was sold before it. This table is never computed again: what it remembers stands nowhere else.'
);

WITH told AS (
  SELECT
    variants.variant_key,
    variants.store,
    variants.unit_cost_native,
    stores.currency_code,
    LEAST(COALESCE(variants.updated_at, as_of.as_of_at), as_of.as_of_at) AS changed_at,
    as_of.as_of_at,
    GREATEST(variants.loaded_at, stores.loaded_at) AS loaded_at
  FROM intermediate.int_platform_variants AS variants
  JOIN intermediate.int_stores AS stores
    ON stores.store = variants.store
  JOIN intermediate.int_as_of AS as_of
    ON as_of.store = variants.store
  WHERE
    NOT variants.unit_cost_native IS NULL
    AND NOT variants.is_deleted
    AND @is_new(GREATEST(variants.loaded_at, stores.loaded_at))
), known AS (
  SELECT
    remembered.variant_key,
    MIN(remembered.valid_from) AS first_from,
    MAX(remembered.valid_from) AS valid_from,
    ARG_MAX(remembered.unit_cost_native, remembered.valid_from) AS unit_cost_native,
    ARG_MAX(remembered.currency_code, remembered.valid_from) AS currency_code
  FROM intermediate.int_unit_costs AS remembered
  GROUP BY
    remembered.variant_key
), changed AS (
  SELECT
    told.*,
    known.first_from,
    CASE
      WHEN known.valid_from IS NULL OR told.changed_at > known.valid_from
      THEN told.changed_at
      ELSE GREATEST(told.as_of_at, known.valid_from)
    END AS valid_from /* Where the platform's time has not moved, it changed at the latest when it was seen. */
  FROM told
  LEFT JOIN known
    ON known.variant_key = told.variant_key
  WHERE
    known.variant_key IS NULL
    OR known.unit_cost_native <> told.unit_cost_native
    OR known.currency_code <> told.currency_code
)
SELECT
  variant_key::TEXT AS variant_key,
  store::TEXT AS store,
  valid_from::TIMESTAMP AS valid_from,
  unit_cost_native::DECIMAL(18, 3) AS unit_cost_native,
  currency_code::TEXT AS currency_code,
  (
    first_from IS NULL OR first_from = valid_from
  )::BOOLEAN AS is_first,
  loaded_at::TIMESTAMP AS loaded_at
FROM changed
