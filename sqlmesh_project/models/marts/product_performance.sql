MODEL (
  name marts.product_performance,
  kind FULL,
  grain product_key,
  audits (
    not_null(
      columns := (
        product_key,
        store,
        units_sold,
        revenue_rank,
        units_rank,
        sales_category,
        sales_performance,
        cost_coverage
      )
    ),
    unique_values(columns := product_key),
    forall(
      criteria := (
        health_score BETWEEN 0 AND 10,
        sales_category IN ('bestseller', 'popular', 'regular'),
        sales_performance IN ('Best Seller', 'Good', 'Moderate', 'Poor'),
        stock_level IN ('Out of Stock', 'Critical', 'Low', 'Normal', 'Overstock')
      )
    )
  ),
  description 'One row per product, sold or not: what it has sold in all time, how well it is stocked and liked. Thresholds are SQLMesh variables.',
  column_descriptions (
    product_key = 'The product; joins dim_products.',
    store = 'Name of the connection that sells it.',
    units_sold = 'Units ordered in all time; returns are not taken off.',
    units_returned = 'Units taken back in all time, as far as refunds say how many.',
    order_count = 'Orders it was on.',
    gross_sales = 'Its sales at the price before any discount, reporting currency.',
    discounts = 'Discounts given on it, a positive number, reporting currency.',
    returns = 'Given back for it, a positive number, reporting currency. Goodwill refunds name no product and are not here.',
    net_sales = 'gross_sales − discounts − returns, reporting currency.',
    profit = 'net_sales less what the units sold and not taken back cost by today''s cost of one, reporting currency. Null where no cost is known: DummyJSON.',
    cost_coverage = 'Share of the units sold whose cost is known, 0 to 1.',
    revenue_rank = 'Place by net_sales in its store, 1 is the highest; equal products share a place.',
    units_rank = 'Place by units_sold in its store, 1 is the highest; equal products share a place.',
    sales_category = 'By place among the store''s products that sold, counted in units: bestseller (the first bestseller_share), popular (up to popular_share), else regular.',
    sales_performance = 'By place among the store''s products that sold, counted in net sales: Best Seller (the first best_seller_share), Good (up to good_share), Moderate (up to moderate_share), else Poor, and Poor if never sold.',
    stock_quantity = 'Units in stock now.',
    stock_level = 'Out of Stock (none), Critical (up to critical_stock_units), Low (up to low_stock_units), Overstock (overstock_units or more), else Normal. Null where the stock is not known or the product is no longer listed.',
    recent_units = 'Units ordered in the last selling_rate_days before the newest data.',
    days_of_cover = 'How many days the stock lasts at the rate of the last selling_rate_days. Null where nothing sold in them.',
    avg_rating = 'Mean of the stars of its reviews, as the platform tells it or as they were read. Null without reviews.',
    rating_count = 'Number of its reviews, as the platform tells it or as they were read.',
    health_score = '0 to 10: 4 points for sales (share of the store''s products with lower net sales), 3 for liking (average rating out of 5), 3 for stock (Normal 3, Low or Overstock 2, Critical 1, Out of Stock 0). What is not known is left out and the rest weighs more.'
  )
);

WITH items AS (
  SELECT
    product_key,
    SUM(quantity) AS units_sold,
    SUM(returned_quantity) AS units_returned,
    COUNT(DISTINCT order_key) AS order_count,
    CASE WHEN COUNT(gross_sales) = COUNT(*) THEN SUM(gross_sales) END AS gross_sales,
    CASE WHEN COUNT(discounts) = COUNT(*) THEN SUM(discounts) END AS discounts,
    CASE WHEN COUNT(returns) = COUNT(*) THEN SUM(returns) END AS returns,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales
  FROM marts.fact_order_items
  WHERE
    NOT product_key IS NULL
  GROUP BY
    product_key
), recent AS (
  SELECT
    items.product_key,
    SUM(items.quantity) AS recent_units
  FROM marts.fact_order_items AS items
  JOIN intermediate.int_as_of AS as_of
    ON as_of.store = items.store
  WHERE
    items.order_date > as_of.as_of_date - @selling_rate_days
    AND items.order_date <= as_of.as_of_date
  GROUP BY
    items.product_key
), reviews AS (
  SELECT
    product_key,
    AVG(rating) AS avg_rating,
    COUNT(*) AS rating_count
  FROM marts.fact_reviews
  GROUP BY
    product_key
), products AS (
  SELECT
    products.product_key,
    products.store,
    products.is_deleted,
    CASE WHEN NOT products.is_deleted THEN products.stock_quantity END AS stock_quantity,
    COALESCE(items.units_sold, 0) AS units_sold,
    COALESCE(items.units_returned, 0) AS units_returned,
    COALESCE(items.order_count, 0) AS order_count,
    CASE WHEN items.product_key IS NULL THEN 0 ELSE items.gross_sales END AS gross_sales,
    CASE WHEN items.product_key IS NULL THEN 0 ELSE items.discounts END AS discounts,
    CASE WHEN items.product_key IS NULL THEN 0 ELSE items.returns END AS returns,
    CASE WHEN items.product_key IS NULL THEN 0 ELSE items.net_sales END AS net_sales,
    COALESCE(recent.recent_units, 0) AS recent_units,
    products.unit_cost,
    CASE WHEN products.rating_count > 0 THEN products.rating ELSE reviews.avg_rating END AS avg_rating, /* Where reviews are not read, the platform's own figures. */
    COALESCE(products.rating_count, reviews.rating_count, 0) AS rating_count
  FROM intermediate.int_products AS products
  LEFT JOIN items
    ON items.product_key = products.product_key
  LEFT JOIN recent
    ON recent.product_key = products.product_key
  LEFT JOIN reviews
    ON reviews.product_key = products.product_key
), ranked AS (
  SELECT
    products.*,
    RANK() OVER (PARTITION BY store ORDER BY net_sales DESC) AS revenue_rank,
    RANK() OVER (PARTITION BY store ORDER BY units_sold DESC) AS units_rank,
    PERCENT_RANK() OVER (PARTITION BY store ORDER BY net_sales NULLS FIRST) AS sales_standing,
    COUNT(*) FILTER(WHERE
      units_sold > 0) OVER (PARTITION BY store) AS products_sold,
    CASE
      WHEN stock_quantity <= 0
      THEN 'Out of Stock'
      WHEN stock_quantity <= @critical_stock_units
      THEN 'Critical'
      WHEN stock_quantity <= @low_stock_units
      THEN 'Low'
      WHEN stock_quantity >= @overstock_units
      THEN 'Overstock'
      WHEN NOT stock_quantity IS NULL
      THEN 'Normal'
    END AS stock_level
  FROM products
), pointed AS (
  SELECT
    ranked.*,
    4 * sales_standing AS sales_points,
    3 * avg_rating / 5 AS rating_points,
    CASE stock_level
      WHEN 'Normal'
      THEN 3
      WHEN 'Low'
      THEN 2
      WHEN 'Overstock'
      THEN 2
      WHEN 'Critical'
      THEN 1
      WHEN 'Out of Stock'
      THEN 0
    END AS stock_points
  FROM ranked
)
SELECT
  product_key::TEXT AS product_key,
  store::TEXT AS store,
  units_sold::INT AS units_sold,
  units_returned::INT AS units_returned,
  order_count::INT AS order_count,
  gross_sales::DECIMAL(18, 3) AS gross_sales,
  discounts::DECIMAL(18, 3) AS discounts,
  returns::DECIMAL(18, 3) AS returns,
  net_sales::DECIMAL(18, 3) AS net_sales,
  (
    net_sales - unit_cost * (
      units_sold - units_returned
    )
  )::DECIMAL(18, 3) AS profit,
  CASE WHEN unit_cost IS NULL THEN 0 ELSE 1 END::DOUBLE AS cost_coverage,
  revenue_rank::INT AS revenue_rank,
  units_rank::INT AS units_rank,
  CASE
    WHEN units_sold > 0 AND units_rank <= CEIL(products_sold * @bestseller_share)
    THEN 'bestseller'
    WHEN units_sold > 0 AND units_rank <= CEIL(products_sold * @popular_share)
    THEN 'popular'
    ELSE 'regular'
  END::TEXT AS sales_category,
  CASE
    WHEN units_sold > 0 AND revenue_rank <= CEIL(products_sold * @best_seller_share)
    THEN 'Best Seller'
    WHEN units_sold > 0 AND revenue_rank <= CEIL(products_sold * @good_share)
    THEN 'Good'
    WHEN units_sold > 0 AND revenue_rank <= CEIL(products_sold * @moderate_share)
    THEN 'Moderate'
    ELSE 'Poor'
  END::TEXT AS sales_performance,
  stock_quantity::INT AS stock_quantity,
  stock_level::TEXT AS stock_level,
  recent_units::INT AS recent_units,
  ROUND(stock_quantity * @selling_rate_days / NULLIF(recent_units, 0), 1)::DOUBLE AS days_of_cover,
  ROUND(avg_rating, 2)::DECIMAL(4, 2) AS avg_rating,
  rating_count::INT AS rating_count,
  ROUND(
    10 * (
      sales_points + COALESCE(rating_points, 0) + COALESCE(stock_points, 0)
    ) / (
      4 + CASE WHEN rating_points IS NULL THEN 0 ELSE 3 END + CASE WHEN stock_points IS NULL THEN 0 ELSE 3 END
    ),
    1
  )::DECIMAL(4, 1) AS health_score
FROM pointed
