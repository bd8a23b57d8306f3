MODEL (
  name marts.dim_customers,
  kind FULL,
  grain customer_key,
  depends_on (marts.fact_orders, marts.fact_reviews),
  audits (
    not_null(columns := (customer_key, store, store_count, order_count)),
    one_row_each(columns := customer_key),
    covers("column" := customer_key, from_model := marts.fact_orders),
    covers("column" := customer_key, from_model := marts.fact_reviews),
    covers("column" := customer_key, from_model := marts.customer_segmentation)
  ),
  description 'One row per person, with or without orders, whatever number of shops and accounts they have; dim_customer_accounts tells which. A customer seen on an order only has a key, sums and the email address of the order, and nothing else; guests who left no address of their own are nobody. Where accounts differ, the most recently updated one that says anything is believed. The published copy masks names and email addresses unless told otherwise.',
  column_descriptions (
    customer_key = 'Key of the person. It stays when new evidence comes; of two people who turn out to be one, the older one''s stays.',
    store = 'Name of the connection of the oldest account.',
    customer_id = 'The platform''s id of the oldest account that has one. Null for somebody who only ever was a guest.',
    full_name = 'First and last name.',
    email = 'Email address of the account that ordered last, masked in the published copy. Null where only placeholders are known.',
    city = 'City.',
    state = 'State; for DummyJSON put right where the city is a known large one in another state.',
    state_code = 'State, two letters. Null where the platform does not tell them.',
    city_state = 'City and state, as in Denver, CO; the city alone where no state is told.',
    country_code = 'Country, ISO 3166.',
    is_state_corrected = 'True where the platform had another state than the city lies in.',
    gender = 'Gender as the platform states it.',
    age = 'Age as the platform states it; else counted from the birth date to the newest data.',
    age_group = 'Under 18, 18-24, 25-34, 35-44, 45-54, 55-64 or 65+.',
    customer_since = 'Day of the first order. Null without orders.',
    customer_lifetime_days = 'Days from customer_since to the newest data. Null without orders.',
    lifetime_stage = 'New, Recent, Regular or Veteran; see customer_segmentation. Null without orders.',
    account_count = 'Accounts in all shops, a guest''s address in a shop counted as one.',
    store_count = 'Shops the person has ordered from.',
    order_count = 'Number of orders.',
    first_order_date = 'Day of the first order. Null without orders.',
    last_order_date = 'Day of the last order. Null without orders.',
    lifetime_value = 'Net sales of all orders, reporting currency; 0 without orders.',
    avg_order_value = 'lifetime_value divided by order_count, reporting currency. Null without orders.',
    customer_segment = 'VIP, Loyal, New, Regular, At Risk or Lost: value_segment of customer_segmentation. Null without orders.',
    rfm_segment = 'Segment by recency, frequency and money; see customer_segmentation. Null without orders.',
    is_deleted = 'True where no platform has the customer any more.'
  )
);

WITH bought AS (
  SELECT
    customer_key,
    COUNT(*) AS store_count
  FROM intermediate.int_buyers
  GROUP BY
    customer_key
), known AS (
  SELECT
    people.customer_key,
    people.store,
    people.customer_id,
    people.full_name,
    people.email,
    people.city,
    people.state,
    people.state_code,
    people.country_code,
    people.is_state_corrected,
    people.gender,
    people.age,
    people.birth_date,
    people.account_count,
    people.is_deleted,
    COALESCE(bought.store_count, 0) AS store_count
  FROM intermediate.int_people AS people
  LEFT JOIN bought
    ON bought.customer_key = people.customer_key
), aged AS (
  SELECT
    known.*,
    as_of.as_of_date,
    COALESCE(known.age, DATE_SUB('YEAR', known.birth_date, as_of.as_of_date)) AS years
  FROM known
  LEFT JOIN intermediate.int_as_of AS as_of
    ON as_of.store = known.store
)
SELECT
  aged.customer_key::TEXT AS customer_key,
  aged.store::TEXT AS store,
  aged.customer_id::TEXT AS customer_id,
  aged.full_name::TEXT AS full_name,
  aged.email::TEXT AS email,
  aged.city::TEXT AS city,
  aged.state::TEXT AS state,
  aged.state_code::TEXT AS state_code,
  (
    aged.city || COALESCE(', ' || COALESCE(aged.state_code, aged.state), '')
  )::TEXT AS city_state,
  aged.country_code::TEXT AS country_code,
  aged.is_state_corrected::BOOLEAN AS is_state_corrected,
  aged.gender::TEXT AS gender,
  aged.years::INT AS age,
  CASE
    WHEN aged.years < 18
    THEN 'Under 18'
    WHEN aged.years < 25
    THEN '18-24'
    WHEN aged.years < 35
    THEN '25-34'
    WHEN aged.years < 45
    THEN '35-44'
    WHEN aged.years < 55
    THEN '45-54'
    WHEN aged.years < 65
    THEN '55-64'
    WHEN aged.years >= 65
    THEN '65+'
  END::TEXT AS age_group,
  segments.first_order_date::DATE AS customer_since,
  (
    aged.as_of_date - segments.first_order_date
  )::INT AS customer_lifetime_days,
  segments.lifetime_stage::TEXT AS lifetime_stage,
  aged.account_count::INT AS account_count,
  aged.store_count::INT AS store_count,
  COALESCE(segments.frequency, 0)::INT AS order_count,
  segments.first_order_date::DATE AS first_order_date,
  segments.last_order_date::DATE AS last_order_date,
  CASE WHEN segments.customer_key IS NULL THEN 0 ELSE segments.monetary END::DECIMAL(18, 3) AS lifetime_value,
  ROUND(segments.monetary / NULLIF(segments.frequency, 0), 3)::DECIMAL(18, 3) AS avg_order_value,
  segments.value_segment::TEXT AS customer_segment,
  segments.rfm_segment::TEXT AS rfm_segment,
  aged.is_deleted::BOOLEAN AS is_deleted
FROM aged
LEFT JOIN marts.customer_segmentation AS segments
  ON segments.customer_key = aged.customer_key
