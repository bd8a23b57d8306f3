MODEL (
  name reference.metrics,
  kind SEED (
    path '../../seeds/metrics.csv'
  ),
  columns (
    place INT,
    metric TEXT,
    title TEXT,
    unit TEXT,
    table_name TEXT,
    column_name TEXT,
    formula TEXT,
    includes TEXT,
    excludes TEXT,
    shopify TEXT,
    woocommerce TEXT,
    finance TEXT,
    differs TEXT
  ),
  grain metric,
  audits (
    not_null(columns := (place, metric, title, unit, table_name, column_name, formula)),
    unique_values(columns := metric)
  ),
  description 'One row per measure: its formula, what is in and out, how each set of definitions counts it where they differ, and which platform says otherwise. What it means is said by the column it stands in.'
)
