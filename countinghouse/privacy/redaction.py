"""Erasing people from the books: raw, what was set aside, and the logs that no run of the models touches again.

All of it is one transaction with the request's entry and its tombstones, so that a process killed at any instant has
either begun nothing or left what is needed to end it. What the models make of raw follows by their next run: each
redacted row gets a new `loaded_at`, as if its source had sent it so.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

import duckdb

from countinghouse.privacy.erasing import telling
from countinghouse.privacy.requests import Kind, Origin, note_place, open_request
from countinghouse.privacy.subject import Asked, Found, find, has_table, rules_of
from countinghouse.privacy.tombstones import Tombstones, decoded, encoded, keyed_hash, read_tombstones
from countinghouse.privacy.traces import Traces
from countinghouse.warehouse.tables import raw_name
from countinghouse.warehouse.transactions import naive, transaction, utc_now

Connection = duckdb.DuckDBPyConnection
_TOGETHER = 5_000
_PERSONAL_COLUMNS = "full_name = NULL, email = NULL, city = NULL, state = NULL, gender = NULL"


def begin(
    con: Connection,
    key: bytes,
    request_id: str,
    asked: Iterable[Asked],
    origin: Origin,
    requested_at: datetime,
    traces: Traces,
    now: datetime | None = None,
) -> int:
    """Erase whom a request names from everything that no later step would; how many rows were theirs.

    asked   the connection the request is of first; then those it extends to
    traces  where to keep, until the request is done, what to look for afterwards
    now     of the warehouse's clock; another than the real one in tests only
    """
    asked = list(asked)
    found = [find(con, one) for one in asked]
    kind: Kind = "redact shop" if asked[0].is_shop else "redact"
    looked_for: set[str] = set()
    for one in found:
        looked_for |= _telling_of(con, one, key)
    # Before anything is erased: who goes on after a kill cannot know it otherwise.
    traces.keep(request_id, looked_for)
    rows = sum(one.count for one in found)
    with transaction(con):
        open_request(con, request_id, asked[0].connection, kind, origin, naive(requested_at), rows)
        loaded_at = _loaded_at(con, now)
        for one in found:
            accounts = _accounts(con, one)
            guests = _guest_keys(one)
            _bury(con, one, key, request_id, naive(requested_at))
            note_place(con, [request_id], "raw", _erase_raw(con, one, key, loaded_at))
            note_place(con, [request_id], "rows set aside", _erase_rejects(con, one))
            note_place(con, [request_id], "logs of people", _erase_logs(con, accounts, guests, loaded_at))
    return rows


def _loaded_at(con: Connection, now: datetime | None) -> datetime:
    """Later than every load before, so that the models see that the rows have changed."""
    row = con.execute("SELECT max(loaded_at) FROM ops.batches").fetchone()
    moment = now or utc_now()
    return max(moment, row[0] + timedelta(microseconds=1)) if row and row[0] else moment


def _bury(con: Connection, found: Found, key: bytes, request_id: str, before: datetime) -> None:
    """Write the tombstones; an address that is redacted again counts until the later request."""
    stones = [("row", resource, row) for resource, ids in found.rows.items() for row in sorted(ids)]
    stones += [("customer", "", customer) for customer in sorted(found.customers)]
    stones += [("email", "", keyed_hash(key, email)) for email in sorted(found.emails)]
    if found.asked.is_shop:
        stones = [stone for stone in stones if stone[0] == "email"] + [("shop", "", "")]
    if not stones:
        return
    kinds, resources, values = (list(column) for column in zip(*stones, strict=True))
    con.execute(
        """
        INSERT INTO ops.privacy_tombstones
        SELECT
            $connection, unnest($kinds::TEXT[]), unnest($resources::TEXT[]), unnest($values::TEXT[]), $before, $request
        ON CONFLICT DO UPDATE SET before_at = greatest(before_at, excluded.before_at)
        """,
        {
            "connection": found.asked.connection,
            **{"kinds": kinds, "resources": resources, "values": values},
            **{"before": before, "request": request_id},
        },
    )


def _erase_raw(con: Connection, found: Found, key: bytes, loaded_at: datetime) -> int:
    """Redact the person's rows, and the rows of others that hold an address of theirs."""
    tombstones = read_tombstones(con, found.asked.connection, lambda: key)
    changed = 0
    for resource, rule in rules_of(found.asked.kind):
        ids = set(found.rows.get(resource, set()))
        if found.emails and (rule.email or rule.mentions or rule.entries):
            ids |= _naming(con, found, resource)
        changed += _rewrite(con, found.asked, resource, sorted(ids), tombstones, loaded_at)
    return changed


def _rewrite(
    con: Connection, asked: Asked, resource: str, ids: list[str], tombstones: Tombstones, loaded_at: datetime
) -> int:
    table = raw_name(asked.kind, resource)
    changed = 0
    for start in range(0, len(ids), _TOGETHER):
        part = ids[start : start + _TOGETHER]
        rows = con.execute(
            f"SELECT id, payload FROM {table} WHERE connection = ? AND list_contains(?::TEXT[], id)",
            [asked.connection, part],
        ).fetchall()
        fresh: list[tuple[str, str, str]] = []
        for row, text in rows:
            payload = decoded(text)
            kept = tombstones.applied(asked.kind, resource, row, payload)
            if kept != payload:
                fresh.append((row, *encoded(kept)))
        if fresh:
            names, texts, hashes = (list(column) for column in zip(*fresh, strict=True))
            con.execute(
                f"""
                UPDATE {table} AS known SET payload = fresh.payload, payload_hash = fresh.hash, loaded_at = $now FROM (
                    SELECT
                        unnest($names::TEXT[]) AS id, unnest($texts::TEXT[]) AS payload, unnest($hashes::TEXT[]) AS hash
                ) AS fresh
                WHERE known.connection = $connection AND known.id = fresh.id
                """,
                {
                    "connection": asked.connection,
                    **{"now": loaded_at, "names": names, "texts": texts, "hashes": hashes},
                },
            )
            changed += len(fresh)
    return changed


def _naming(con: Connection, found: Found, resource: str) -> set[str]:
    """Rows that hold an address of theirs anywhere."""
    rows = con.execute(
        f"SELECT id FROM {raw_name(found.asked.kind, resource)}, (SELECT unnest(?::TEXT[]) AS email) "
        "WHERE connection = ? AND contains(lower(payload::TEXT), email)",
        [sorted(found.emails), found.asked.connection],
    ).fetchall()
    return {row for (row,) in rows}


def _telling_of(con: Connection, found: Found, key: bytes) -> set[str]:
    """What to look for afterwards: all that says who they are and will have been erased."""
    if found.asked.is_shop:
        # A whole shop's is too much to look for one by one; its addresses stand for all.
        return {email for email in sorted(found.emails)[:_TOGETHER]}
    tombstones = Tombstones(
        key,
        frozenset((resource, row) for resource, ids in found.rows.items() for row in ids),
        frozenset(found.customers),
        {keyed_hash(key, email): utc_now() for email in found.emails},
        is_shop=False,
    )
    texts = set(found.emails)
    for resource, ids in found.rows.items():
        rows = con.execute(
            f"SELECT id, payload FROM {raw_name(found.asked.kind, resource)} "
            "WHERE connection = ? AND list_contains(?::TEXT[], id)",
            [found.asked.connection, sorted(ids)],
        ).fetchall()
        for row, text in rows:
            payload = decoded(text)
            texts |= telling(payload, tombstones.applied(found.asked.kind, resource, row, payload))
    return texts


def _erase_rejects(con: Connection, found: Found) -> int:
    """Rows that could not be read may be anybody's: of the resources that hold people, their text goes as a whole."""
    resources = [resource for resource, _ in rules_of(found.asked.kind)]
    row = con.execute(
        "UPDATE ops.rejects SET row_text = NULL "
        "WHERE connection = ? AND list_contains(?::TEXT[], resource) AND row_text IS NOT NULL",
        [found.asked.connection, resources],
    ).fetchone()
    return row[0] if row else 0


def _accounts(con: Connection, found: Found) -> list[str]:
    """The keys of the accounts as the models have them."""
    store = found.asked.connection
    if found.asked.is_shop:
        if not has_table(con, "intermediate", "int_customer_accounts"):
            return []
        rows = con.execute("SELECT account_key FROM intermediate.int_customer_accounts WHERE store = ?", [store])
        return [key for (key,) in rows.fetchall()]
    numbers = (customer.rpartition("/")[2] for customer in found.customers)
    return [_account_key(store, number) for number in numbers] + _guest_keys(found)


def _guest_keys(found: Found) -> list[str]:
    return [_account_key(found.asked.connection, email) for email in found.emails]


def _account_key(store: str, name: str) -> str:
    """As the macro `account_key` makes it."""
    return hashlib.md5(f"{store}|{name}".encode()).hexdigest()


def _erase_logs(con: Connection, accounts: list[str], guests: list[str], now: datetime) -> int:
    """Take identifiers and attributes out of the logs, and the guests' keys, which are hashes of their addresses."""
    changed = 0
    for table in _tables_like(con, "int_customer_versions"):
        for keys in _tables_like(con, "int_customer_key_log"):
            persons = (
                f"SELECT DISTINCT customer_key FROM {keys} WHERE list_contains(?::TEXT[], account_key) "
                f"UNION SELECT unnest(?::TEXT[])"
            )
            changed += _count(
                con, f"UPDATE {table} SET {_PERSONAL_COLUMNS} WHERE customer_key IN ({persons})", [accounts, accounts]
            )
    for table in _tables_like(con, "int_customer_key_log"):
        changed += _count(
            con,
            f"UPDATE {table} SET identifiers = 'redacted', evidence = NULL "
            "WHERE list_contains(?::TEXT[], account_key) AND identifiers IS NOT NULL",
            [accounts],
        )
    for table in (*_tables_like(con, "int_customer_key_log"), *_tables_like(con, "int_customer_keys")):
        changed += _count(con, f"DELETE FROM {table} WHERE list_contains(?::TEXT[], account_key)", [guests])
    _rename_people(con, guests, now)
    return changed


def _rename_people(con: Connection, guests: list[str], now: datetime) -> None:
    """Give people who are named after a guest's address, and have other accounts, the name of one of those."""
    for log in _tables_like(con, "int_customer_key_log"):
        heirs = con.execute(
            f"SELECT customer_key, min(account_key) FROM {log} WHERE list_contains(?::TEXT[], customer_key) GROUP BY 1",
            [guests],
        ).fetchall()
        for old, new in heirs:
            con.execute(f"UPDATE {log} SET customer_key = ?, linked_at = ? WHERE customer_key = ?", [new, now, old])
            for table in _tables_like(con, "int_customer_keys"):
                con.execute(
                    f"UPDATE {table} SET customer_key = ?, loaded_at = ? WHERE customer_key = ?", [new, now, old]
                )
    for table in _tables_like(con, "int_customer_versions"):
        con.execute(f"DELETE FROM {table} WHERE list_contains(?::TEXT[], customer_key)", [guests])
    for log in _tables_like(con, "int_customer_key_log"):
        con.execute(
            f"UPDATE {log} SET former_customer_key = NULL WHERE list_contains(?::TEXT[], former_customer_key)", [guests]
        )


def _tables_like(con: Connection, model: str) -> list[str]:
    """Every table that SQLMesh keeps of a model: of this version of it, of earlier ones and of other environments."""
    rows = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() "
        "AND starts_with(schema_name, 'sqlmesh__') AND contains(table_name, ?)",
        [f"__{model}__"],
    ).fetchall()
    return [f'"{schema}"."{table}"' for schema, table in rows]


def _count(con: Connection, sql: str, values: list[object]) -> int:
    row = con.execute(sql, values).fetchone()
    return row[0] if row else 0
