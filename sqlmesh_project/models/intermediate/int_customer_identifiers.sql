MODEL (
  name intermediate.int_customer_identifiers,
  kind FULL,
  signals (
    news()
  ),
  grain (account_key, kind, value),
  audits (
    not_null(columns := (account_key, kind, value, is_linking)),
    one_row_each(columns := (account_key, kind, value)),
    forall(
      criteria := (
        kind IN ('email', 'phone', 'rule', 'never'),
        reason IN ('placeholder', 'relay', 'shared', 'rule'),
        (
          is_linking AND reason IS NULL
        )
        OR (
          NOT is_linking AND NOT reason IS NULL
        )
      )
    )
  ),
  description 'One row per account and identifier it has: email address (trimmed, small letters), phone number (digits with the country''s code), and the merchant''s own rule that ties it to other accounts. Accounts that share one are one person, unless it never links (reason): a placeholder, the relay of a marketplace, or shared by more accounts of one store than one person has. A rule that keeps accounts apart is a row, too (kind never), its value the rule and the side of it the account is on.'
);

WITH rules AS (
  SELECT
    link_id,
    side,
    rule,
    store,
    customer_id,
    email
  FROM ops.customer_links
  WHERE
    NOT is_removed
), told AS (
  SELECT
    account_key,
    store,
    'email' AS kind,
    email AS value
  FROM intermediate.int_customer_accounts
  WHERE
    email LIKE '_%@_%' AND NOT email LIKE '% %'
  UNION ALL
  SELECT
    accounts.account_key,
    accounts.store,
    'phone' AS kind,
    @normalised_phone(accounts.phone, countries.dial_code::TEXT, countries.trunk_prefix) AS value
  FROM intermediate.int_customer_accounts AS accounts
  LEFT JOIN reference.dial_codes AS countries
    ON countries.country_code = accounts.country_code
), shared AS (
  SELECT DISTINCT
    kind,
    value
  FROM (
    SELECT
      kind,
      value,
      store
    FROM told
    GROUP BY
      kind,
      value,
      store
    HAVING
      COUNT(*) > @most_accounts_of_one
  )
), judged AS (
  SELECT
    told.account_key,
    told.kind,
    told.value,
    CASE
      WHEN NOT COALESCE(mailboxes.mailbox, nobodys.email) IS NULL OR NOT hosts.is_relay
      THEN 'placeholder'
      WHEN NOT shared.value IS NULL
      THEN 'shared'
      WHEN hosts.is_relay
      THEN 'relay'
    END AS reason
  FROM told
  LEFT JOIN shared
    ON shared.kind = told.kind AND shared.value = told.value
  LEFT JOIN reference.placeholder_emails AS mailboxes
    ON told.kind = 'email' AND mailboxes.mailbox = SPLIT_PART(told.value, '@', 1)
  LEFT JOIN reference.placeholder_emails AS hosts
    ON told.kind = 'email' AND hosts.host = SPLIT_PART(told.value, '@', 2)
  LEFT JOIN (
    SELECT DISTINCT
      email
    FROM rules
    WHERE
      rule = 'placeholder'
  ) AS nobodys
    ON told.kind = 'email' AND nobodys.email = told.value
  WHERE
    NOT told.value IS NULL
  UNION ALL
  SELECT DISTINCT
    accounts.account_key,
    CASE WHEN rules.rule = 'always' THEN 'rule' ELSE 'never' END AS kind,
    CASE
      WHEN rules.rule = 'always'
      THEN rules.link_id
      ELSE rules.link_id || '/' || rules.side::TEXT
    END AS value,
    CASE WHEN rules.rule = 'never' THEN 'rule' END AS reason
  FROM rules
  JOIN intermediate.int_customer_accounts AS accounts
    ON accounts.store = rules.store
    AND (
      accounts.customer_id = rules.customer_id OR accounts.email = rules.email
    )
  WHERE
    rules.rule IN ('always', 'never')
)
SELECT
  account_key::TEXT AS account_key,
  kind::TEXT AS kind,
  value::TEXT AS value,
  (
    reason IS NULL
  )::BOOLEAN AS is_linking,
  reason::TEXT AS reason
FROM judged
