MODEL (
  name marts.customer_key_changes,
  kind FULL,
  grain (former_customer_key, customer_key, loaded_at),
  audits (
    not_null(columns := (former_customer_key, change, accounts, loaded_at)),
    unique_combination_of_columns(columns := (former_customer_key, customer_key, loaded_at)),
    forall(criteria := (
      change IN ('merged', 'parted', 'nobody')
    ))
  ),
  description 'One row per change of person: accounts that had one customer_key and have another since, and why. A change that is wrong is undone by a rule in customer_links.toml.',
  column_descriptions (
    former_customer_key = 'The key the accounts had.',
    customer_key = 'The key they have since; joins dim_customers unless that changed later, too. Null where they are nobody any more.',
    change = 'merged (everybody who had the former key has another one since), parted (others kept it) or nobody.',
    accounts = 'Number of accounts that changed.',
    evidence = 'What they share with the other accounts of the person they now are: email, phone or rule. Null where they share nothing.',
    loaded_at = 'When it was found out here, UTC.'
  )
);

WITH held AS (
  SELECT
    account_key,
    customer_key,
    former_customer_key,
    evidence,
    loaded_at,
    LEAD(loaded_at) OVER (PARTITION BY account_key ORDER BY loaded_at) AS until_at
  FROM intermediate.int_customer_key_log
), changes AS (
  SELECT
    former_customer_key,
    customer_key,
    loaded_at,
    COUNT(*) AS accounts,
    BOOL_OR(CAST(evidence LIKE '%email%' AS BOOLEAN)) AS has_email,
    BOOL_OR(CAST(evidence LIKE '%phone%' AS BOOLEAN)) AS has_phone,
    BOOL_OR(CAST(evidence LIKE '%rule%' AS BOOLEAN)) AS has_rule
  FROM held
  WHERE
    NOT former_customer_key IS NULL
  GROUP BY
    former_customer_key,
    customer_key,
    loaded_at
)
SELECT
  changes.former_customer_key::TEXT AS former_customer_key,
  changes.customer_key::TEXT AS customer_key,
  CASE
    WHEN changes.customer_key IS NULL
    THEN 'nobody'
    WHEN EXISTS(
      SELECT
        1
      FROM held
      WHERE
        held.customer_key = changes.former_customer_key
        AND held.loaded_at <= changes.loaded_at
        AND (
          held.until_at > changes.loaded_at OR held.until_at IS NULL
        )
    )
    THEN 'parted'
    ELSE 'merged'
  END::TEXT AS change,
  changes.accounts::INT AS accounts,
  NULLIF(
    SUBSTRING(
      CASE WHEN has_email THEN ', email' ELSE '' END || CASE WHEN has_phone THEN ', phone' ELSE '' END || CASE WHEN has_rule THEN ', rule' ELSE '' END,
      3
    ),
    ''
  )::TEXT AS evidence,
  changes.loaded_at::TIMESTAMP AS loaded_at
FROM changes
