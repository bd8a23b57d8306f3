MODEL (
  name marts.dim_customers,
  kind FULL,
  grain customer_key,
  depends_on (
    marts.fact_reviews
  ),
  audits (
    not_null(columns := (customer_key, store, store_count, order_count)),
    unique_values(columns := customer_key),
    covers("column" := customer_key, from_model := marts.fact_orders),
    covers("column" := customer_key, from_model := marts.fact_reviews),
    covers("column" := customer_key, from_model := marts.customer_segmentation)
  ),
  description 'One row per customer of a shop, with or without orders. A customer seen on an order only has a key and sums and nothing else. The published copy masks email addresses unless told otherwise.',
  column_descriptions (
    customer_key = 'Key of the customer: store and user_id.',
    store = 'Name of the connection whose customer it is.',
    user_id = 'The platform''s id of the customer.',
    full_name = 'First and last name.',
    email = 'Email address, masked in the published copy.',
    city = 'City.',
    state = 'State; put right where the city is a known large one in another state.',
    state_code = 'State, two letters.',
    city_state = 'City and state code, as in Denver, CO.',
    country_code = 'Country, ISO 3166.',
    is_state_corrected = 'True where the platform had another state than the city lies in.',
    gender = 'Gender as the platform states it.',
    age = 'Age as the platform states it, not counted from a birth date.',
    age_group = 'Under 18, 18-24, 25-34, 35-44, 45-54, 55-64 or 65+.',
    customer_since = 'Day of the first order. DummyJSON does not tell when a user signed up. Null without orders.',
    customer_lifetime_days = 'Days from customer_since to the newest data. Null without orders.',
    lifetime_stage = 'New, Recent, Regular or Veteran; see customer_segmentation. Null without orders.',
    store_count = 'Shops the person has ordered from.',
    order_count = 'Number of orders.',
    first_order_date = 'Day of the first order. Null without orders.',
    last_order_date = 'Day of the last order. Null without orders.',
    lifetime_value = 'Net sales of all orders, reporting currency; 0 without orders.',
    avg_order_value = 'lifetime_value divided by order_count, reporting currency. Null without orders.',
    customer_segment = 'VIP, Loyal, New, Regular, At Risk or Lost: value_segment of customer_segmentation. Null without orders.',
    rfm_segment = 'Segment by recency, frequency and money; see customer_segmentation. Null without orders.',
    is_deleted = 'True where the platform no longer has the customer.'
  )
);

WITH bought AS (
  SELECT
    customer_key,
    MIN(store) AS store,
    COUNT(DISTINCT store) AS store_count
  FROM marts.fact_orders
  WHERE
    is_sale
  GROUP BY
    customer_key
), known AS (
  SELECT
    COALESCE(users.customer_key, bought.customer_key) AS customer_key,
    COALESCE(users.store, bought.store) AS store,
    users.user_id,
    users.full_name,
    users.email,
    users.city,
    users.state,
    users.state_code,
    users.country_code,
    users.is_state_corrected,
    users.gender,
    users.age,
    COALESCE(users.is_deleted, TRUE) AS is_deleted,
    COALESCE(bought.store_count, 0) AS store_count
  FROM intermediate.int_users_cleaned_locations AS users
  FULL JOIN (
    SELECT
      customer_key,
      store,
      store_count
    FROM bought
    WHERE
      NOT customer_key IS NULL
  ) AS bought
    ON bought.customer_key = users.customer_key
)
SELECT
  known.customer_key::TEXT AS customer_key,
  known.store::TEXT AS store,
  known.user_id::TEXT AS user_id,
  known.full_name::TEXT AS full_name,
  known.email::TEXT AS email,
  known.city::TEXT AS city,
  known.state::TEXT AS state,
  known.state_code::TEXT AS state_code,
  (
    known.city || ', ' || COALESCE(known.state_code, known.state)
  )::TEXT AS city_state,
  known.country_code::TEXT AS country_code,
  COALESCE(known.is_state_corrected, FALSE)::BOOLEAN AS is_state_corrected,
  known.gender::TEXT AS gender,
  known.age::INT AS age,
  CASE
    WHEN known.age < 18
    THEN 'Under 18'
    WHEN known.age < 25
    THEN '18-24'
    WHEN known.age < 35
    THEN '25-34'
    WHEN known.age < 45
    THEN '35-44'
    WHEN known.age < 55
    THEN '45-54'
    WHEN known.age < 65
    THEN '55-64'
    WHEN known.age >= 65
    THEN '65+'
  END::TEXT AS age_group,
  segments.first_order_date::DATE AS customer_since,
  (
    as_of.as_of_date - segments.first_order_date
  )::INT AS customer_lifetime_days,
  segments.lifetime_stage::TEXT AS lifetime_stage,
  known.store_count::INT AS store_count,
  COALESCE(segments.frequency, 0)::INT AS order_count,
  segments.first_order_date::DATE AS first_order_date,
  segments.last_order_date::DATE AS last_order_date,
  CASE WHEN segments.customer_key IS NULL THEN 0 ELSE segments.monetary END::DECIMAL(18, 3) AS lifetime_value,
  ROUND(segments.monetary / NULLIF(segments.frequency, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  segments.value_segment::TEXT AS customer_segment,
  segments.rfm_segment::TEXT AS rfm_segment,
  known.is_deleted::BOOLEAN AS is_deleted
FROM known
LEFT JOIN marts.customer_segmentation AS segments
  ON segments.customer_key = known.customer_key
LEFT JOIN intermediate.int_as_of AS as_of
  ON as_of.store = known.store
