MODEL (
  name marts.dim_date,
  kind VIEW,
  cron '@monthly',
  allow_partials FALSE,
  grain date_key,
  audits (unique_values(columns := date_key), number_of_rows(threshold := 5843)),
  description 'One row per day from 2020 to 2035.',
  column_descriptions (
    date_key = 'The day.',
    year = 'Year.',
    quarter = 'Quarter of the year, 1 to 4.',
    month = 'Month of the year, 1 to 12.',
    month_name = 'English name of the month.',
    day = 'Day of the month, 1 to 31.',
    day_of_week = 'Day of the week, 1 (Monday) to 7 (Sunday).',
    day_name = 'English name of the day of the week.',
    week_of_year = 'Week of the year, 1 to 53, by ISO 8601: weeks begin on Monday, and the first has the year''s first Thursday.',
    is_weekend = 'True on Saturday and Sunday.'
  )
);

WITH days AS (
  SELECT
    @each_day('2020-01-01', '2035-12-31') AS date_key
)
SELECT
  date_key::DATE AS date_key,
  EXTRACT(YEAR FROM date_key)::INT AS year,
  EXTRACT(QUARTER FROM date_key)::INT AS quarter,
  EXTRACT(MONTH FROM date_key)::INT AS month,
  MONTHNAME(date_key)::TEXT AS month_name,
  EXTRACT(DAY FROM date_key)::INT AS day,
  ISODOW(date_key)::INT AS day_of_week,
  DAYNAME(date_key)::TEXT AS day_name,
  WEEKOFYEAR(date_key)::INT AS week_of_year,
  (
    ISODOW(date_key) >= 6
  )::BOOLEAN AS is_weekend
FROM days
