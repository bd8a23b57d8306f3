MODEL (
  name intermediate.int_customer_keys,
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key account_key
  ),
  grain account_key,
  audits (
    not_null(columns := (account_key, loaded_at))
  ),
  description 'One row per account: the person whose it is (customer_key), null for a guest who is nobody. evidence says by what it is linked to other accounts of the person; loaded_at when the person last changed, so that everything that carries customer_key can follow.'
);

SELECT
  account_key::TEXT AS account_key,
  customer_key::TEXT AS customer_key,
  evidence::TEXT AS evidence,
  linked_at::TIMESTAMP AS loaded_at
FROM (
  SELECT
    account_key,
    customer_key,
    evidence,
    linked_at,
    ROW_NUMBER() OVER (PARTITION BY account_key ORDER BY loaded_at DESC) AS place
  FROM intermediate.int_customer_key_log
  WHERE
    @is_new(loaded_at)
)
WHERE
  place = 1
