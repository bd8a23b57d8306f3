MODEL (
  name intermediate.int_platform_categories,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain category_key,
  audits (
    not_null(columns := (category_key, store, category_id))
  ),
  description 'One row per product category that a platform lists or has listed.'
);

WITH categories AS (
  @each_platform(categories)
)
SELECT
  platform::TEXT AS platform,
  category_key::TEXT AS category_key,
  store::TEXT AS store,
  category_id::TEXT AS category_id,
  category_name::TEXT AS category_name,
  category_slug::TEXT AS category_slug,
  @surrogate_key(store, parent_category_id)::TEXT AS parent_category_key,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM categories
