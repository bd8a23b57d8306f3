MODEL (
  name marts.dim_categories,
  kind FULL,
  grain category_key,
  audits (
    not_null(
      columns := (category_key, store, category_id, category_name, category_path, category_level)
    ),
    unique_values(columns := category_key),
    refers_to(
      "column" := parent_category_key,
      to_model := marts.dim_categories,
      to_column := category_key
    )
  ),
  description 'One row per product category of a store, with its way down from the top; also those no longer listed.',
  column_descriptions (
    category_key = 'Key of the category: store and category_id.',
    store = 'Name of the connection.',
    category_id = 'The platform''s id of the category; the slug for DummyJSON and the product type for Shopify, which have no other.',
    category_name = 'Name to show; made from the slug for DummyJSON.',
    category_slug = 'Name as it stands in addresses.',
    parent_category_key = 'The category above; joins dim_categories. Null at the top, where it is not told, and where categories would stand above each other in a circle.',
    category_path = 'The names from the top down to it, as in "Fashion > Womens dresses".',
    category_level = 'How deep it lies: 1 at the top.',
    is_deleted = 'True where the platform no longer lists it.',
    product_count = 'Products listed in it now, those of categories below not counted.'
  )
);

WITH RECURSIVE seen AS (
  SELECT
    category_key,
    store,
    category_id,
    ARG_MAX(category_name, product_key) AS category_name,
    ARG_MAX(category_slug, product_key) AS category_slug,
    COUNT(*) FILTER(WHERE
      NOT is_deleted) AS product_count
  FROM intermediate.int_products
  WHERE
    NOT category_key IS NULL
  GROUP BY
    category_key,
    store,
    category_id
), categories AS (
  SELECT
    COALESCE(listed.category_key, seen.category_key) AS category_key,
    COALESCE(listed.store, seen.store) AS store,
    COALESCE(listed.category_id, seen.category_id) AS category_id,
    COALESCE(listed.category_name, seen.category_name, listed.category_id, seen.category_id) AS category_name,
    COALESCE(listed.category_slug, seen.category_slug) AS category_slug,
    listed.parent_category_key,
    COALESCE(listed.is_deleted, TRUE) AS is_deleted,
    COALESCE(seen.product_count, 0) AS product_count
  FROM intermediate.int_platform_categories AS listed
  FULL JOIN seen
    ON seen.category_key = listed.category_key
), ways AS (
  SELECT
    top.category_key,
    NULL::TEXT AS parent_category_key,
    top.category_name AS category_path,
    1 AS category_level
  FROM categories AS top
  WHERE
    top.parent_category_key IS NULL
    OR NOT EXISTS(
      SELECT
        1
      FROM categories AS above
      WHERE
        above.category_key = top.parent_category_key
    )
  UNION ALL
  SELECT
    below.category_key,
    below.parent_category_key,
    ways.category_path || ' > ' || below.category_name AS category_path,
    ways.category_level + 1 AS category_level
  FROM ways
  JOIN categories AS below
    ON below.parent_category_key = ways.category_key
)
SELECT
  categories.category_key::TEXT AS category_key,
  categories.store::TEXT AS store,
  categories.category_id::TEXT AS category_id,
  categories.category_name::TEXT AS category_name,
  categories.category_slug::TEXT AS category_slug,
  ways.parent_category_key::TEXT AS parent_category_key,
  COALESCE(ways.category_path, categories.category_name)::TEXT AS category_path,
  COALESCE(ways.category_level, 1)::INT AS category_level,
  categories.is_deleted::BOOLEAN AS is_deleted,
  categories.product_count::INT AS product_count
FROM categories
LEFT JOIN ways
  ON ways.category_key = categories.category_key
