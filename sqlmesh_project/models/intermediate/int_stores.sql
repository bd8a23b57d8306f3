MODEL (
  name intermediate.int_stores,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key store
  ),
  signals (
    news()
  ),
  grain store,
  audits (
    not_null(columns := (store, platform, timezone, currency_code, loaded_at))
  ),
  description 'One row per connection, with the settings that shape its facts and when one of them last changed. A change lets everything of that store be computed again.',
  columns (
    store TEXT,
    platform TEXT,
    timezone TEXT,
    currency_code TEXT,
    reporting_currency TEXT,
    settles TEXT,
    synthetic_start DATE,
    synthetic_days INT,
    loaded_at TIMESTAMP
  )
);

WITH current_settings AS (
  SELECT
    connections.connection AS store,
    connections.kind AS platform,
    connections.timezone,
    connections.currency_code,
    (
      SELECT
        MAX(reporting_currency)
      FROM ops.settings
    ) AS reporting_currency,
    connections.settles,
    connections.synthetic_start,
    connections.synthetic_days
  FROM ops.connections AS connections
)
SELECT
  now.store::TEXT AS store,
  now.platform::TEXT AS platform,
  now.timezone::TEXT AS timezone,
  now.currency_code::TEXT AS currency_code,
  now.reporting_currency::TEXT AS reporting_currency,
  now.settles::TEXT AS settles,
  now.synthetic_start::DATE AS synthetic_start,
  now.synthetic_days::INT AS synthetic_days,
  CASE
    WHEN before.timezone = now.timezone
    AND before.currency_code = now.currency_code
    AND before.reporting_currency IS NOT DISTINCT FROM now.reporting_currency
    AND before.settles IS NOT DISTINCT FROM now.settles
    AND before.synthetic_start IS NOT DISTINCT FROM now.synthetic_start
    AND before.synthetic_days IS NOT DISTINCT FROM now.synthetic_days
    THEN before.loaded_at
    ELSE @execution_ts::TIMESTAMP
  END::TIMESTAMP AS loaded_at
FROM current_settings AS now
LEFT JOIN intermediate.int_stores AS before
  ON before.store = now.store
