AUDIT (
  name states_fit_cities,
  dialect duckdb
);

/* No known large city in a state in which it does not lie. */
SELECT
  users.customer_key,
  users.city,
  users.state
FROM @this_model AS users
JOIN reference.us_cities AS cities
  ON LOWER(cities.city) = LOWER(users.city)
WHERE
  COALESCE(users.country_code, 'US') = 'US' AND users.state <> cities.state
