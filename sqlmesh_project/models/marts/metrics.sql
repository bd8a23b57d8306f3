MODEL (
  name marts.metrics,
  kind FULL,
  signals (
    news()
  ),
  grain metric,
  audits (
    not_null(columns := (metric, title, unit, table_name, column_name, formula, definitions)),
    unique_values(columns := metric)
  ),
  description 'One row per measure with its definition: formula, what is in and out, and how the chosen definitions count it. docs/metrics.md is this table.',
  column_descriptions (
    place = 'Its place in the list.',
    metric = 'Name of the measure, the same everywhere.',
    title = 'Its name for people.',
    unit = 'money, count, share (0 to 1), percent, days, hours, number, flag or word.',
    table_name = 'Mart it stands in first.',
    column_name = 'Column it stands in there, whose description says what it means.',
    formula = 'How it is computed.',
    includes = 'What is in it. Null where the formula says all.',
    excludes = 'What is not in it. Null where the formula says all.',
    definitions = 'The set of definitions the numbers of this copy are counted by: shopify, woocommerce or finance.',
    counted_as = 'How those definitions count it. Null where all count it the same.',
    counted_by_shopify = 'How Shopify counts it. Null where all count it the same.',
    counted_by_woocommerce = 'How WooCommerce counts it. Null where all count it the same.',
    counted_by_finance = 'How an accountant counts it. Null where all count it the same.',
    differs = 'Which platform or report says otherwise, and why. Null where none is known to.'
  )
);

SELECT
  place::INT AS place,
  metric::TEXT AS metric,
  title::TEXT AS title,
  unit::TEXT AS unit,
  table_name::TEXT AS table_name,
  column_name::TEXT AS column_name,
  formula::TEXT AS formula,
  NULLIF(includes, '')::TEXT AS includes,
  NULLIF(excludes, '')::TEXT AS excludes,
  @chosen_definitions()::TEXT AS definitions,
  NULLIF(@counted_as(shopify, woocommerce, finance), '')::TEXT AS counted_as,
  NULLIF(shopify, '')::TEXT AS counted_by_shopify,
  NULLIF(woocommerce, '')::TEXT AS counted_by_woocommerce,
  NULLIF(finance, '')::TEXT AS counted_by_finance,
  NULLIF(differs, '')::TEXT AS differs
FROM reference.metrics
