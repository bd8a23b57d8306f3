MODEL (
  name intermediate.int_dummyjson__categories,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain category_key,
  audits (
    not_null(columns := (category_key, store, category_id, is_deleted, loaded_at))
  ),
  description 'One row per category a product of a DummyJSON shop is in: it has only a slug, and the name is made from it.'
);

SELECT
  @surrogate_key(store, category_id)::TEXT AS category_key,
  store::TEXT AS store,
  category_id::TEXT AS category_id,
  MAX(category_name)::TEXT AS category_name,
  MAX(category_slug)::TEXT AS category_slug,
  NULL::TEXT AS parent_category_id,
  BOOL_AND(is_deleted::BOOLEAN)::BOOLEAN AS is_deleted,
  MAX(loaded_at)::TIMESTAMP AS loaded_at
FROM intermediate.int_dummyjson__products
WHERE
  NOT category_id IS NULL
GROUP BY
  store,
  category_id
