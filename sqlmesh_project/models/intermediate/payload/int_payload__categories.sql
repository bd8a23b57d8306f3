MODEL (
  name intermediate.int_payload__categories,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain category_key,
  audits (
    not_null(columns := (category_key, store, category_id, is_deleted, loaded_at))
  ),
  description 'One row per category a Payload site has ever shown; they have no order among them.'
);

SELECT
  category_key::TEXT AS category_key,
  store::TEXT AS store,
  category_id::TEXT AS category_id,
  category_name::TEXT AS category_name,
  category_slug::TEXT AS category_slug,
  NULL::TEXT AS parent_category_id,
  is_deleted::BOOLEAN AS is_deleted,
  loaded_at::TIMESTAMP AS loaded_at
FROM staging.stg_payload__categories
