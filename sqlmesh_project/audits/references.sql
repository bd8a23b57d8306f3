AUDIT (
  name refers_to,
  dialect duckdb
);

/* Every reference that is given finds its row. */
SELECT
  rows.@column AS missing
FROM @this_model AS rows
WHERE
  NOT rows.@column IS NULL
  AND NOT EXISTS(
    SELECT
      1
    FROM @to_model AS there
    WHERE
      there.@to_column = rows.@column
  );

AUDIT (
  name covers,
  dialect duckdb
);

/* Every reference that another model gives finds its row here. For dimensions, which are made after the facts. */
SELECT DISTINCT
  there.@column AS missing
FROM @from_model AS there
WHERE
  NOT there.@column IS NULL
  AND NOT EXISTS(
    SELECT
      1
    FROM @this_model AS rows
    WHERE
      rows.@column = there.@column
  );

AUDIT (
  name one_row_each,
  dialect duckdb
);

/* What SQLMesh's own audits unique_values and unique_combination_of_columns ask, by a grouping and not by a window: over a row a person it takes half the time. */
SELECT
  @EACH(@columns, c -> c),
  COUNT(*) AS row_count
FROM @this_model
GROUP BY
  @EACH(@columns, c -> c)
HAVING
  COUNT(*) > 1;

AUDIT (
  name no_line_outlives_its_order,
  dialect duckdb
);

/* Of orders that changed: whether every line refers to an order is asked of all of them before they are published. */
SELECT
  rows.order_key AS missing
FROM intermediate.int_orders AS changed
LEFT JOIN marts.fact_orders AS there
  ON there.order_key = changed.order_key
JOIN @this_model AS rows
  ON rows.order_key = changed.order_key
WHERE
  @is_new(changed.loaded_at) AND there.order_key IS NULL
