MODEL (
  name marts.dim_products,
  kind FULL,
  grain product_key,
  references category_key,
  depends_on (marts.fact_order_items, marts.fact_sales_ledger),
  audits (
    not_null(columns := (product_key, store, product_id, currency_code, is_deleted)),
    unique_values(columns := product_key),
    covers("column" := product_key, from_model := marts.fact_order_items),
    covers("column" := product_key, from_model := marts.fact_sales_ledger),
    refers_to(
      "column" := category_key,
      to_model := marts.dim_categories,
      to_column := category_key
    )
  ),
  description 'One row per product of a store, also those no longer listed. A product seen on an order only has its name and nothing else.',
  column_descriptions (
    product_key = 'Key of the product: store and product_id.',
    store = 'Name of the connection that sells it.',
    product_id = 'The platform''s id of the product.',
    product_name = 'Name of the product.',
    slug = 'Name as it stands in addresses. Null where the platform has none: DummyJSON.',
    brand = 'Brand. Null where the platform tells none.',
    category_key = 'Its category; joins dim_categories.',
    category_name = 'Name of its category.',
    unit_price = 'Price of one unit now, reporting currency at the newest rate. Null while no exchange rate is known.',
    unit_price_native = 'Price of one unit now, store''s currency.',
    currency_code = 'The store''s currency.',
    unit_cost = 'What one unit costs the shop now, reporting currency at the newest rate. Null where the platform does not tell: DummyJSON.',
    stock_quantity = 'Units in stock now.',
    rating = 'Rating the platform shows, 0 to 5. It need not be the mean of its reviews, which is avg_rating in product_performance.',
    rating_count = 'Number of its reviews, as the platform tells it or as they were read.',
    sales_category = 'bestseller, popular or regular; see product_performance.',
    is_deleted = 'True where the platform no longer lists it.',
    created_at = 'When it was first listed, UTC.',
    updated_at = 'When the platform last changed it, UTC.'
  )
);

SELECT
  products.product_key::TEXT AS product_key,
  products.store::TEXT AS store,
  products.product_id::TEXT AS product_id,
  products.product_name::TEXT AS product_name,
  products.slug::TEXT AS slug,
  products.brand::TEXT AS brand,
  products.category_key::TEXT AS category_key,
  categories.category_name::TEXT AS category_name,
  products.unit_price::DECIMAL(18, 3) AS unit_price,
  products.unit_price_native::DECIMAL(18, 3) AS unit_price_native,
  products.currency_code::TEXT AS currency_code,
  products.unit_cost::DECIMAL(18, 3) AS unit_cost,
  products.stock_quantity::INT AS stock_quantity,
  products.rating::DECIMAL(4, 2) AS rating,
  COALESCE(products.rating_count, performance.rating_count)::INT AS rating_count,
  performance.sales_category::TEXT AS sales_category,
  products.is_deleted::BOOLEAN AS is_deleted,
  products.created_at::TIMESTAMP AS created_at,
  products.updated_at::TIMESTAMP AS updated_at
FROM intermediate.int_products AS products
LEFT JOIN marts.dim_categories AS categories
  ON categories.category_key = products.category_key
LEFT JOIN marts.product_performance AS performance
  ON performance.product_key = products.product_key
