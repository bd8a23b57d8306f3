"""Who belongs to whom, kept as a log: a person's key is given once, and every later change is a row of its own."""

import datetime as dt
import typing as t

import pandas as pd
from sqlmesh import ExecutionContext, model
from sqlmesh.core.model import ModelKindName

from countinghouse.identity import Account, people

LOG = "intermediate.int_customer_key_log"
ACCOUNTS = "intermediate.int_customer_accounts"
IDENTIFIERS = "intermediate.int_customer_identifiers"

# Accounts that are new, gone or have other identifiers than when they were last looked at, and with them everybody they
# share an identifier or a person with, or who are named after them: whole components, and nobody else.
AFFECTED = """
WITH RECURSIVE identified AS (
  SELECT
    account_key,
    STRING_AGG(kind || ':' || value, CHR(10) ORDER BY kind, value)
      FILTER (WHERE is_linking OR kind = 'never') AS identifiers,
    COALESCE(BOOL_OR(kind = 'email' AND COALESCE(reason, 'relay') = 'relay'), FALSE) AS has_own_email
  FROM {identifiers}
  GROUP BY account_key
), accounts AS (
  SELECT
    accounts.account_key,
    accounts.created_at,
    accounts.seen_at,
    COALESCE(identified.identifiers, '') AS identifiers,
    NOT accounts.customer_id IS NULL OR COALESCE(identified.has_own_email, FALSE) AS is_somebody
  FROM {accounts} AS accounts
  LEFT JOIN identified
    ON identified.account_key = accounts.account_key
), known AS (
  SELECT account_key, customer_key, identifiers, evidence, is_somebody, linked_at
  FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY account_key ORDER BY loaded_at DESC) AS place
    FROM {log}
  )
  WHERE place = 1
), changed AS (
  SELECT COALESCE(accounts.account_key, known.account_key) AS account_key
  FROM accounts
  FULL JOIN known
    ON known.account_key = accounts.account_key
  WHERE
    accounts.identifiers IS DISTINCT FROM known.identifiers
    OR accounts.is_somebody IS DISTINCT FROM known.is_somebody
), ties AS (
  SELECT account_key, kind || ':' || value AS tie FROM {identifiers} WHERE is_linking
  UNION ALL
  SELECT account_key, 'person:' || customer_key AS tie FROM known WHERE NOT customer_key IS NULL
  UNION ALL
  SELECT customer_key AS account_key, 'person:' || customer_key AS tie FROM known WHERE NOT customer_key IS NULL
), affected AS (
  SELECT account_key FROM changed
  UNION
  SELECT theirs.account_key
  FROM affected
  JOIN ties AS ours
    ON ours.account_key = affected.account_key
  JOIN ties AS theirs
    ON theirs.tie = ours.tie
)
SELECT
  affected.account_key,
  accounts.identifiers,
  accounts.is_somebody,
  accounts.created_at,
  accounts.seen_at,
  known.customer_key,
  known.identifiers AS known_identifiers,
  known.is_somebody AS known_is_somebody,
  known.evidence,
  known.linked_at
FROM affected
LEFT JOIN accounts
  ON accounts.account_key = affected.account_key
LEFT JOIN known
  ON known.account_key = affected.account_key
WHERE
  NOT COALESCE(accounts.account_key, known.account_key) IS NULL
"""


@model(
    LOG,
    kind={
        "name": ModelKindName.INCREMENTAL_BY_UNIQUE_KEY,
        "unique_key": ["account_key", "loaded_at"],
        # A key that was given stays, whatever changes in the models: neither a plan nor a restatement begins anew.
        "forward_only": True,
        "disable_restatement": True,
    },
    columns={
        "account_key": "text",
        "customer_key": "text",
        "former_customer_key": "text",
        "identifiers": "text",
        "is_somebody": "boolean",
        "evidence": "text",
        "linked_at": "timestamp",
        "loaded_at": "timestamp",
    },
    grain=["account_key", "loaded_at"],
    depends_on={LOG, ACCOUNTS, IDENTIFIERS},
    audits=[("not_null", {"columns": ["account_key", "linked_at", "loaded_at"]})],
    description=(
        "One row per account and time at which something about its belonging changed. A log: rows are added and never "
        "changed. customer_key is the person from then on, null for a guest who is nobody and for an account that is "
        "gone (identifiers is then null, too); former_customer_key the one before where it is another; evidence the "
        "kinds of identifiers it shares with their other accounts; linked_at when customer_key last changed."
    ),
)
def execute(
    context: ExecutionContext, start: dt.datetime, end: dt.datetime, execution_time: dt.datetime, **_: t.Any
) -> t.Iterator[pd.DataFrame]:
    """The rows to add: of accounts whose person, identifiers or evidence are not as they were."""
    tables = {"log": LOG, "accounts": ACCOUNTS, "identifiers": IDENTIFIERS}
    sql = AFFECTED.format(**{name: context.resolve_table(table) for name, table in tables.items()})
    affected = context.fetchdf(sql).astype(object)
    affected = affected.where(affected.notna(), None)
    accounts = affected[affected["is_somebody"] == True]  # noqa: E712
    belongings = people(
        (
            Account(key, tuple(identifiers.split("\n")) if identifiers else (), created_at, seen_at, person)
            for key, identifiers, created_at, seen_at, person in accounts[
                ["account_key", "identifiers", "created_at", "seen_at", "customer_key"]
            ].itertuples(index=False)
        ),
        marker=str(execution_time),
    )
    now = execution_time.astimezone(dt.UTC).replace(tzinfo=None)
    rows = []
    for row in affected.itertuples(index=False):
        belonging = belongings.get(row.account_key)
        person, evidence = (belonging.person, belonging.evidence) if belonging else (None, None)
        same = (row.identifiers, row.is_somebody, row.customer_key, row.evidence) == (
            *(row.known_identifiers, row.known_is_somebody, person),
            evidence,
        )
        if same and row.linked_at is not None:
            continue
        is_moved = row.linked_at is None or person != row.customer_key
        rows.append(
            {
                "account_key": row.account_key,
                "customer_key": person,
                "former_customer_key": row.customer_key if is_moved else None,
                "identifiers": row.identifiers,
                "is_somebody": row.is_somebody,
                "evidence": evidence,
                "linked_at": now if is_moved else row.linked_at,
                "loaded_at": now,
            }
        )
    if rows:
        yield pd.DataFrame(rows)
