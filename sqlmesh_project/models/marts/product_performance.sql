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
        sales_performance
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
  description 'One row per product, sold or not: what it has sold in all time, how well it is stocked and liked. A gift card sells a liability: its lines count nothing here. Thresholds are SQLMesh variables.',
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
    costed_sales = 'The part of net_sales whose cost is known, reporting currency.',
    profit = 'costed_sales less what its units, those not taken back, cost the shop when they were sold, reporting currency. Null where no cost is known: DummyJSON.',
    margin_rate = 'profit as a share of costed_sales. Null where no cost is known, or nothing was sold with one.',
    cost_coverage = 'Share of net_sales whose cost is known, 0 to 1. Null where nothing was sold.',
    estimated_cost_share = 'Share of costed_sales that was sold before its cost was first told, so that this first cost stands for it.',
    revenue_rank = 'Place by net_sales in its store, 1 is the highest; equal products share a place.',
    units_rank = 'Place by units_sold in its store, 1 is the highest; equal products share a place.',
    sales_category = 'By place among the store''s products that sold, counted in units: bestseller (the first bestseller_share), popular (up to popular_share), else regular.',
    sales_performance = 'By place among the store''s products that sold, counted in net sales: Best Seller (the first best_seller_share), Good (up to good_share), Moderate (up to moderate_share), else Poor, and Poor if never sold.',
    stock_quantity = 'Units in stock now.',
    stock_level = 'Out of Stock (none left); Critical (up to critical_stock_units, or up to critical_cover_days of cover); Low (up to low_stock_units, or up to low_cover_days); Overstock (overstock_units or more that last overstock_cover_days or longer); else Normal. What did not sell in the last selling_rate_days does not run out: Overstock from overstock_units on, else Normal. Null where the stock is not known or the product is no longer listed.',
    recent_units = 'Units ordered in the last selling_rate_days before the newest data.',
    selling_days = 'Days of the last selling_rate_days on which it could be sold: all of them, less those on which it was seen out of stock and nothing of it was ordered.',
    days_of_cover = 'How many days the stock lasts: stock_quantity / (recent_units / selling_days); 0 where there is none. Null where the stock is not known, or lasts for ever since nothing sold.',
    avg_rating = 'Mean of the stars of its reviews in fact_reviews; where none were read, what the platform says. Null without reviews.',
    rating_count = 'Number of its reviews in fact_reviews; where none were read, what the platform says.',
    health_score = '0 to 10: up to 4 points for sales (4 × share of the store''s other products with lower net sales), up to 3 for liking (3 × (avg_rating − 1) / 4), up to 3 for stock (Normal 3, Low or Overstock 2, Critical 1, Out of Stock 0). What is not known is left out, and the rest is scaled to 10.'
  )
);

WITH gift_cards AS (
  SELECT DISTINCT
    order_item_key
  FROM marts.fact_sales_ledger
  WHERE
    measure = 'gift_cards' AND NOT order_item_key IS NULL
), goods AS (
  SELECT
    items.*
  FROM marts.fact_order_items AS items
  LEFT JOIN gift_cards
    ON gift_cards.order_item_key = items.order_item_key
  WHERE
    gift_cards.order_item_key IS NULL
), items AS (
  SELECT
    product_key,
    SUM(quantity) AS units_sold,
    SUM(returned_quantity) AS units_returned,
    COUNT(*) FILTER(WHERE
      is_first_of_product) AS order_count,
    CASE WHEN COUNT(gross_sales) = COUNT(*) THEN SUM(gross_sales) END AS gross_sales,
    CASE WHEN COUNT(discounts) = COUNT(*) THEN SUM(discounts) END AS discounts,
    CASE WHEN COUNT(returns) = COUNT(*) THEN SUM(returns) END AS returns,
    CASE WHEN COUNT(net_sales) = COUNT(*) THEN SUM(net_sales) END AS net_sales,
    SUM(net_sales) FILTER(WHERE
      NOT unit_cost IS NULL) AS costed_sales,
    SUM(net_sales) FILTER(WHERE
      is_cost_estimated AND NOT unit_cost IS NULL) AS estimated_sales,
    SUM(unit_cost * (
      quantity - returned_quantity
    )) AS cost
  FROM goods
  WHERE
    NOT product_key IS NULL
  GROUP BY
    product_key
), recent_days AS (
  SELECT
    items.product_key,
    items.order_date,
    SUM(items.quantity) AS units
  FROM goods AS items
  JOIN intermediate.int_as_of AS as_of
    ON as_of.store = items.store
  WHERE
    items.order_date > as_of.as_of_date - @selling_rate_days
    AND items.order_date <= as_of.as_of_date
  GROUP BY
    items.product_key,
    items.order_date
), recent AS (
  SELECT
    product_key,
    SUM(units) AS recent_units
  FROM recent_days
  GROUP BY
    product_key
), seen_days AS (
  SELECT
    inventory.product_key,
    inventory.inventory_date,
    BOOL_AND(CAST(inventory.stock_quantity <= 0 AS BOOLEAN)) AS is_empty
  FROM marts.fact_inventory_daily AS inventory
  JOIN intermediate.int_as_of AS as_of
    ON as_of.store = inventory.store
  WHERE
    inventory.inventory_date > as_of.as_of_date - @selling_rate_days
    AND inventory.inventory_date <= as_of.as_of_date
  GROUP BY
    inventory.product_key,
    inventory.inventory_date
), empty_days AS (
  SELECT
    seen_days.product_key,
    COUNT(*) AS empty_days
  FROM seen_days
  LEFT JOIN recent_days
    ON recent_days.product_key = seen_days.product_key
    AND recent_days.order_date = seen_days.inventory_date
  WHERE
    seen_days.is_empty AND recent_days.product_key IS NULL
  GROUP BY
    seen_days.product_key
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
    COALESCE(items.costed_sales, 0) AS costed_sales,
    COALESCE(items.estimated_sales, 0) AS estimated_sales,
    items.costed_sales - items.cost AS profit,
    COALESCE(recent.recent_units, 0) AS recent_units,
    GREATEST(@selling_rate_days - COALESCE(empty_days.empty_days, 0), 1) AS selling_days,
    CASE
      WHEN NOT reviews.product_key IS NULL
      THEN reviews.avg_rating
      WHEN products.rating_count > 0
      THEN products.rating
    END AS avg_rating,
    COALESCE(reviews.rating_count, products.rating_count, 0) AS rating_count
  FROM intermediate.int_products AS products
  LEFT JOIN items
    ON items.product_key = products.product_key
  LEFT JOIN recent
    ON recent.product_key = products.product_key
  LEFT JOIN empty_days
    ON empty_days.product_key = products.product_key
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
      THEN 0
      ELSE stock_quantity * selling_days / NULLIF(recent_units, 0)
    END AS days_of_cover
  FROM products
), stocked AS (
  SELECT
    ranked.*,
    CASE
      WHEN stock_quantity <= 0
      THEN 'Out of Stock'
      WHEN recent_units = 0
      THEN CASE
        WHEN stock_quantity >= @overstock_units
        THEN 'Overstock'
        WHEN NOT stock_quantity IS NULL
        THEN 'Normal'
      END
      WHEN stock_quantity <= @critical_stock_units OR days_of_cover <= @critical_cover_days
      THEN 'Critical'
      WHEN stock_quantity <= @low_stock_units OR days_of_cover <= @low_cover_days
      THEN 'Low'
      WHEN stock_quantity >= @overstock_units AND days_of_cover >= @overstock_cover_days
      THEN 'Overstock'
      WHEN NOT stock_quantity IS NULL
      THEN 'Normal'
    END AS stock_level
  FROM ranked
), pointed AS (
  SELECT
    stocked.*,
    CASE WHEN NOT net_sales IS NULL THEN 4 * sales_standing END AS sales_points,
    CASE
      WHEN NOT avg_rating IS NULL
      THEN 3 * (
        LEAST(GREATEST(avg_rating, 1), 5) - 1
      ) / 4
    END AS rating_points,
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
  FROM stocked
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
  costed_sales::DECIMAL(18, 3) AS costed_sales,
  profit::DECIMAL(18, 3) AS profit,
  (
    profit / NULLIF(costed_sales, 0)
  )::DOUBLE AS margin_rate,
  (
    costed_sales / NULLIF(net_sales, 0)
  )::DOUBLE AS cost_coverage,
  (
    estimated_sales / NULLIF(costed_sales, 0)
  )::DOUBLE AS estimated_cost_share,
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
  selling_days::INT AS selling_days,
  ROUND(days_of_cover, 1)::DOUBLE AS days_of_cover,
  ROUND(avg_rating, 2)::DECIMAL(5, 2) AS avg_rating,
  rating_count::INT AS rating_count,
  ROUND(
    10 * (
      COALESCE(sales_points, 0) + COALESCE(rating_points, 0) + COALESCE(stock_points, 0)
    ) / NULLIF(
      CASE WHEN sales_points IS NULL THEN 0 ELSE 4 END + CASE WHEN rating_points IS NULL THEN 0 ELSE 3 END + CASE WHEN stock_points IS NULL THEN 0 ELSE 3 END,
      0
    ),
    1
  )::DECIMAL(4, 1) AS health_score
FROM pointed
