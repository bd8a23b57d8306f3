MODEL (
  name marts.dim_categories,
  kind FULL,
  grain category_key,
  audits (
    not_null(columns := (category_key, store, category_id, category_name)),
    unique_values(columns := category_key)
  ),
  description 'One row per product category of a store.',
  column_descriptions (
    category_key = 'Key of the category: store and category_id.',
    store = 'Name of the connection.',
    category_id = 'The platform''s id of the category; the slug for DummyJSON, which has no other.',
    category_name = 'Name to show; made from the slug for DummyJSON.',
    category_slug = 'Name as it stands in addresses.',
    parent_category_key = 'The category above. Null at the top, and where it is not told.',
    product_count = 'Products listed in it now.'
  )
);

SELECT
  category_key::TEXT AS category_key,
  store::TEXT AS store,
  category_id::TEXT AS category_id,
  COALESCE(ARG_MAX(category_name, product_key), category_id)::TEXT AS category_name,
  ARG_MAX(category_slug, product_key)::TEXT AS category_slug,
  NULL::TEXT AS parent_category_key,
  COUNT(*) FILTER(WHERE
    NOT is_deleted)::INT AS product_count
FROM intermediate.int_products
WHERE
  NOT category_key IS NULL
GROUP BY
  category_key,
  store,
  category_id
