MODEL (
  name reference.us_cities,
  kind SEED (
    path '../../seeds/us_cities.csv'
  ),
  columns (
    city TEXT,
    state TEXT,
    state_code TEXT
  ),
  grain city,
  audits (not_null(columns := (city, state, state_code)), unique_values(columns := city)),
  description 'One row per large city of the United States: the hundred largest of the 2020 census, and the largest of each state they leave out. Of two cities of one name only the larger is here; St. is written Saint.'
)
