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
  )
