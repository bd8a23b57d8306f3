MODEL (
  name marts.category_performance,
  kind FULL,
  grain category_key,
  audits (
    not_null(columns := (category_key, store, product_count, products_sold, units_sold)),
    unique_values(columns := category_key)
  ),
  description 'One row per product category of a store: what its products and those of all categories below it have sold in all time. A category therefore holds what its children hold: add up only categories of one level. Products without a category are in none.',
  column_descriptions (
    category_key = 'The category; joins dim_categories.',
    store = 'Name of the connection.',
    product_count = 'Products listed in it or below it now.',
    products_sold = 'Products of which at least one was ever sold, also those no longer listed.',
    units_sold = 'Units ordered in all time; returns are not taken off.',
    gross_sales = 'Sales at the price before any discount, reporting currency. Null where that of one product is not known.',
    net_sales = 'gross_sales less discounts and returns, reporting currency. Null where that of one product is not known.',
    own_net_sales = 'The part of net_sales of products in the category itself, not below it.',
    costed_sales = 'The part of net_sales whose cost is known, reporting currency.',
    profit = 'costed_sales less what the goods cost the shop when they were sold, reporting currency. Null where no cost is known.',
    margin_rate = 'profit as a share of costed_sales.',
    cost_coverage = 'Share of net_sales whose cost is known, 0 to 1. Null where nothing was sold.',
    avg_rating = 'Mean of the stars of all reviews of its products, each review counting once. Null without reviews.',
    rating_count = 'Number of these reviews.'
  )
);

WITH RECURSIVE lines_up AS (
  /* Each category with itself and with everything above it. */
  SELECT
    category_key,
    category_key AS above_key,
    parent_category_key
  FROM marts.dim_categories
  UNION ALL
  SELECT
    lines_up.category_key,
    above.category_key AS above_key,
    above.parent_category_key
  FROM lines_up
  JOIN marts.dim_categories AS above
    ON above.category_key = lines_up.parent_category_key
), products AS (
  SELECT
    lines_up.above_key AS category_key,
    lines_up.above_key = products.category_key AS is_own,
    products.is_deleted,
    performance.units_sold,
    performance.gross_sales,
    performance.net_sales,
    performance.costed_sales,
    performance.profit,
    performance.avg_rating,
    performance.rating_count
  FROM intermediate.int_products AS products
  JOIN lines_up
    ON lines_up.category_key = products.category_key
  JOIN marts.product_performance AS performance
    ON performance.product_key = products.product_key
), summed AS (
  SELECT
    category_key,
    COUNT(*) FILTER(WHERE
      NOT is_deleted) AS product_count,
    COUNT(*) FILTER(WHERE
      units_sold > 0) AS products_sold,
    SUM(units_sold) AS units_sold,
    CASE WHEN COUNT(gross_sales) = COUNT(*) THEN SUM(gross_sales) END AS gross_sales,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales,
    CASE
      WHEN COUNT(net_sales) = COUNT(*)
      THEN COALESCE(SUM(net_sales) FILTER(WHERE
        is_own), 0)
    END AS own_net_sales,
    SUM(costed_sales) AS costed_sales,
    SUM(profit) AS profit,
    SUM(avg_rating * rating_count) AS stars,
    COALESCE(SUM(rating_count) FILTER(WHERE
      NOT avg_rating IS NULL), 0) AS rating_count
  FROM products
  GROUP BY
    category_key
)
SELECT
  categories.category_key::TEXT AS category_key,
  categories.store::TEXT AS store,
  COALESCE(summed.product_count, 0)::INT AS product_count,
  COALESCE(summed.products_sold, 0)::INT AS products_sold,
  COALESCE(summed.units_sold, 0)::INT AS units_sold,
  CASE WHEN summed.category_key IS NULL THEN 0 ELSE summed.gross_sales END::DECIMAL(18, 3) AS gross_sales,
  CASE WHEN summed.category_key IS NULL THEN 0 ELSE summed.net_sales END::DECIMAL(18, 3) AS net_sales,
  CASE WHEN summed.category_key IS NULL THEN 0 ELSE summed.own_net_sales END::DECIMAL(18, 3) AS own_net_sales,
  COALESCE(summed.costed_sales, 0)::DECIMAL(18, 3) AS costed_sales,
  summed.profit::DECIMAL(18, 3) AS profit,
  (
    summed.profit / NULLIF(summed.costed_sales, 0)
  )::DOUBLE AS margin_rate,
  (
    summed.costed_sales / NULLIF(summed.net_sales, 0)
  )::DOUBLE AS cost_coverage,
  ROUND(summed.stars / NULLIF(summed.rating_count, 0), 2)::DECIMAL(5, 2) AS avg_rating,
  COALESCE(summed.rating_count, 0)::INT AS rating_count
FROM marts.dim_categories AS categories
LEFT JOIN summed
  ON summed.category_key = categories.category_key
