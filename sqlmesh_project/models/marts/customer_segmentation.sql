MODEL (
  name marts.customer_segmentation,
  kind FULL,
  grain customer_key,
  audits (
    not_null(
      columns := (
        customer_key,
        recency_days,
        frequency,
        r_score,
        f_score,
        rfm_segment,
        value_segment,
        frequency_segment,
        order_segment,
        lifetime_stage
      )
    ),
    forall(
      criteria := (
        rfm_segment IN (
          'Champions',
          'Loyal Customers',
          'Potential Loyalists',
          'New Customers',
          'At Risk',
          'Cannot Lose',
          'Hibernating',
          'Price Sensitive'
        ),
        value_segment IN ('VIP', 'Loyal', 'New', 'At Risk', 'Lost', 'Regular'),
        frequency_segment IN ('one-time', 'occasional', 'frequent'),
        order_segment IN ('VIP', 'Regular', 'New'),
        lifetime_stage IN ('New', 'Recent', 'Regular', 'Veteran')
      )
    ),
    one_row_each(columns := customer_key)
  ),
  description 'One row per person with an order. Days are counted to the newest data, never to today; thresholds are SQLMesh variables.',
  column_descriptions (
    customer_key = 'The person; joins dim_customers.',
    recency_days = 'Days since the last order.',
    frequency = 'Number of orders.',
    monetary = 'Net sales of all orders, reporting currency. Null while an exchange rate is missing.',
    r_score = 'Recency score, 5 for the fifth of customers who ordered last, 1 for those who have not for longest. Who ordered on the same day has the same score, the best of any of them.',
    f_score = 'Frequency score, 5 for the fifth of customers with most orders. Equal customers have equal scores, the lowest of any of them: somebody who bought once is never in the middle because many did.',
    m_score = 'Money score, 5 for the fifth of customers with highest net sales; equal ones as for f_score. Null while monetary is not known; no segment that asks for it then fits.',
    rfm_segment = 'Champions (all scores 4 or 5), Price Sensitive (f 3+, m 1–2), Loyal Customers (r 3+, f 3+), Cannot Lose (r 1–2, f and m 4+), At Risk (r 1–2, f 3+), New Customers (r 4+, one order), Potential Loyalists (r 3+), else Hibernating. The first that fits.',
    value_segment = 'Lost (no order for lost_after_days), At Risk (none for at_risk_after_days), VIP (m score 5 and more than one order), New (one order, in the last new_customer_days), Loyal (loyal_orders or more), else Regular. The first that fits.',
    frequency_segment = 'one-time (one order), occasional, or frequent (frequent_orders or more).',
    order_segment = 'VIP (vip_orders or more), Regular (regular_orders or more), else New.',
    lifetime_stage = 'By days since the first order: New (up to new_customer_days), Recent (up to recent_customer_days), Regular (up to regular_customer_days), then Veteran.',
    first_order_date = 'Day of the first order.',
    last_order_date = 'Day of the last order.'
  )
);

WITH bought AS (
  SELECT
    buyers.customer_key,
    MIN(buyers.first_order_date) AS first_order_date,
    MAX(buyers.last_order_date) AS last_order_date,
    SUM(buyers.order_count) AS frequency,
    CASE WHEN COUNT(buyers.net_sales) = COUNT(*) THEN SUM(buyers.net_sales) END AS monetary,
    MAX(as_of.as_of_date) AS as_of_date
  FROM intermediate.int_buyers AS buyers
  JOIN intermediate.int_as_of AS as_of
    ON as_of.store = buyers.store
  GROUP BY
    buyers.customer_key
), measured AS (
  SELECT
    customer_key,
    first_order_date,
    last_order_date,
    frequency,
    monetary,
    GREATEST(COALESCE(as_of_date - last_order_date, 0), 0) AS recency_days,
    GREATEST(COALESCE(as_of_date - first_order_date, 0), 0) AS age_days
  FROM bought
), scored AS (
  SELECT
    customer_key,
    first_order_date,
    last_order_date,
    frequency,
    monetary,
    recency_days,
    age_days,
    5 - LEAST(FLOOR(5 * PERCENT_RANK() OVER (ORDER BY recency_days)), 4) AS r_score,
    LEAST(FLOOR(5 * PERCENT_RANK() OVER (ORDER BY frequency)) + 1, 5) AS f_score,
    CASE
      WHEN NOT monetary IS NULL
      THEN LEAST(
        FLOOR(5 * PERCENT_RANK() OVER (PARTITION BY monetary IS NULL ORDER BY monetary)) + 1,
        5
      )
    END AS m_score
  FROM measured
)
SELECT
  customer_key::TEXT AS customer_key,
  recency_days::INT AS recency_days,
  frequency::INT AS frequency,
  monetary::DECIMAL(18, 3) AS monetary,
  r_score::INT AS r_score,
  f_score::INT AS f_score,
  m_score::INT AS m_score,
  CASE
    WHEN r_score >= 4 AND f_score >= 4 AND m_score >= 4
    THEN 'Champions'
    WHEN f_score >= 3 AND m_score <= 2
    THEN 'Price Sensitive'
    WHEN r_score >= 3 AND f_score >= 3
    THEN 'Loyal Customers'
    WHEN r_score <= 2 AND f_score >= 4 AND m_score >= 4
    THEN 'Cannot Lose'
    WHEN r_score <= 2 AND f_score >= 3
    THEN 'At Risk'
    WHEN r_score >= 4 AND frequency = 1
    THEN 'New Customers'
    WHEN r_score >= 3
    THEN 'Potential Loyalists'
    ELSE 'Hibernating'
  END::TEXT AS rfm_segment,
  CASE
    WHEN recency_days > @lost_after_days
    THEN 'Lost'
    WHEN recency_days > @at_risk_after_days
    THEN 'At Risk'
    WHEN m_score = 5 AND frequency > 1
    THEN 'VIP'
    WHEN frequency = 1 AND age_days <= @new_customer_days
    THEN 'New'
    WHEN frequency >= @loyal_orders
    THEN 'Loyal'
    ELSE 'Regular'
  END::TEXT AS value_segment,
  CASE
    WHEN frequency = 1
    THEN 'one-time'
    WHEN frequency >= @frequent_orders
    THEN 'frequent'
    ELSE 'occasional'
  END::TEXT AS frequency_segment,
  CASE
    WHEN frequency >= @vip_orders
    THEN 'VIP'
    WHEN frequency >= @regular_orders
    THEN 'Regular'
    ELSE 'New'
  END::TEXT AS order_segment,
  CASE
    WHEN age_days <= @new_customer_days
    THEN 'New'
    WHEN age_days <= @recent_customer_days
    THEN 'Recent'
    WHEN age_days <= @regular_customer_days
    THEN 'Regular'
    ELSE 'Veteran'
  END::TEXT AS lifetime_stage,
  first_order_date::DATE AS first_order_date,
  last_order_date::DATE AS last_order_date
FROM scored
