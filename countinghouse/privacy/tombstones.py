"""What was erased stays erased: each load erases again what a source still sends of people who were redacted.

A tombstone is the id of a row, or of a customer, or the keyed hash of an address. The key is made once for each data
directory (`privacy.key`, readable by its owner only): without it, nobody can try addresses against the hashes. The same
hash is the pseudonym that stands where the address stood, so that a row that comes again is the same row, and accounts
that shared an address still share something.

An id counts for ever. An address counts for what is older than the request: who comes back as a guest and orders again
has left the address anew.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from countinghouse.errors import WarehouseError
from countinghouse.privacy.erasing import REDACTED_HOST, at, erased, ids_at, is_pseudonym, normalised, without
from countinghouse.privacy.kept import RULES, Rule
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.modified import instant

KEY_FILE = "privacy.key"
PSEUDONYM = f"redacted-{{digest}}{REDACTED_HOST}"
# An address, an id or a number, however it stands in a text.
_WORD = re.compile(r"[\w.+/:@-]+")
# Rows looked at together, so that memory stays flat.
_TOGETHER = 5_000
# As extraction.py writes them.
_payloads = msgspec.json.Encoder(decimal_format="number")
_canonical = msgspec.json.Encoder(decimal_format="number", order="sorted")


def secret_key(data_dir: Path) -> bytes:
    """The key of a data directory's hashes, made where there is none yet."""
    path = data_dir / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        return path.read_bytes()


def keyed_hash(key: bytes, email: str) -> str:
    """HMAC-SHA256 of a normalised address, half of it: 128 bits are enough to never meet."""
    return hmac.new(key, normalised(email).encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Tombstones:
    """Who was redacted in one connection.

    rows    resource and id
    emails  keyed hash, and before when a row has to be made to count
    shop    everybody, at any time
    """

    key: bytes
    rows: frozenset[tuple[str, str]]
    customers: frozenset[str]
    emails: dict[str, datetime]
    is_shop: bool

    def __bool__(self) -> bool:
        return bool(self.rows or self.customers or self.emails or self.is_shop)

    def pseudonym(self, email: str) -> str | None:
        """What stands for an address of theirs; None for one that says nothing about who they are."""
        if is_pseudonym(email):
            return email
        digest = keyed_hash(self.key, email)
        return PSEUDONYM.format(digest=digest) if digest in self.emails else None

    def is_theirs(self, text: str) -> bool:
        """Whether a text is an address of somebody who was redacted."""
        return "@" in text and keyed_hash(self.key, text) in self.emails

    def applied(self, kind: str, resource: str, row_id: str, payload: Any) -> Any:
        """The payload as it may be kept: itself where it is nobody's who was redacted."""
        rule = RULES.get(f"{kind}__{resource}")
        if rule is None:
            return payload
        if not rule.entries and self._is_of_somebody(rule, resource, row_id, payload):
            return erased(rule, payload, self.pseudonym)
        if self.emails and not self._is_newer(rule, payload):
            return without(rule, payload, self.is_theirs, self.pseudonym)
        return payload

    def _is_of_somebody(self, rule: Rule, resource: str, row_id: str, payload: Any) -> bool:
        if self.is_shop or (resource, row_id) in self.rows or (rule.is_person and row_id in self.customers):
            return True
        named = [one for path in rule.customer for one in ids_at(payload, path)]
        if any(one in self.customers for one in named):
            return True
        if any((parent, one) in self.rows for path, parent in rule.parents for one in ids_at(payload, path)):
            return True
        if named:
            return False
        addresses = [one for path in (*rule.email, *rule.mentions) for one in at(payload, path) if isinstance(one, str)]
        return not self._is_newer(rule, payload) and any(self.is_theirs(one) for one in addresses)

    def _is_newer(self, rule: Rule, payload: Any) -> bool:
        """Whether a row was made after every request: its address was given anew."""
        made = next(iter(at(payload, rule.created)), None) if rule.created else None
        moment = instant(made)
        if moment is None or not self.emails:
            return False
        made_at = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
        return made_at > max(self.emails.values())


def read_tombstones(con: duckdb.DuckDBPyConnection, connection: str, key: Callable[[], bytes]) -> Tombstones:
    """The tombstones of a connection."""
    rows = con.execute(
        "SELECT kind, resource, value, before_at FROM ops.privacy_tombstones WHERE connection = ?", [connection]
    ).fetchall()
    return Tombstones(
        key() if rows else b"",
        frozenset((resource, value) for kind, resource, value, _ in rows if kind == "row"),
        frozenset(value for kind, _, value, _ in rows if kind == "customer"),
        {value: before_at for kind, _, value, before_at in rows if kind == "email"},
        any(kind == "shop" for kind, *_ in rows),
    )


def of_warehouse(con: duckdb.DuckDBPyConnection, connection: str) -> Tombstones:
    """The tombstones of a connection, with the key that lies beside the warehouse; none in a database in memory."""

    def key() -> bytes:
        row = con.execute("SELECT path FROM duckdb_databases() WHERE database_name = current_database()").fetchone()
        path = Path(row[0]).parent / KEY_FILE if row and row[0] else None
        if path is None or not path.exists():
            raise WarehouseError(
                f"{connection}: people of this connection were redacted, and the key by which their addresses are "
                f"known ({KEY_FILE}, beside the warehouse) is gone. Nothing was loaded: put the key back from a backup."
            )
        return path.read_bytes()

    return read_tombstones(con, connection, key)


def strip_incoming(con: duckdb.DuckDBPyConnection, connection: str, kind: str, resource: str, batch_id: str) -> int:
    """Erase in a load's rows what belongs to people who were redacted; how many rows of `incoming` that touched."""
    if f"{kind}__{resource}" not in RULES:
        return 0
    tombstones = of_warehouse(con, connection)
    if not tombstones:
        return 0
    _strip_rejects(con, batch_id, tombstones)
    changed: list[tuple[int, str, str]] = []
    last = -1
    while rows := con.execute(
        "SELECT n, id, payload FROM incoming WHERE n > ? AND NOT is_deleted AND payload IS NOT NULL ORDER BY n LIMIT ?",
        [last, _TOGETHER],
    ).fetchall():
        last = rows[-1][0]
        for n, row_id, text in rows:
            payload = decoded(text)
            kept = tombstones.applied(kind, resource, row_id, payload)
            if kept != payload:
                changed.append((n, *encoded(kept)))
    if changed:
        numbers, texts, hashes = (list(column) for column in zip(*changed, strict=True))
        con.execute(
            "UPDATE incoming SET payload = fresh.payload, payload_hash = fresh.hash FROM "
            "(SELECT unnest(?::BIGINT[]) AS n, unnest(?::TEXT[]) AS payload, unnest(?::TEXT[]) AS hash) AS fresh "
            "WHERE incoming.n = fresh.n",
            [numbers, texts, hashes],
        )
    return len(changed)


def _strip_rejects(con: duckdb.DuckDBPyConnection, batch_id: str, tombstones: Tombstones) -> None:
    """A row that could not be read loses its text where an address or an id in it is one of theirs."""
    rows = con.execute(
        "SELECT rowid, row_text FROM ops.rejects WHERE batch_id = ? AND row_text IS NOT NULL", [batch_id]
    ).fetchall()
    ids = tombstones.customers | {row for _, row in tombstones.rows}
    theirs = [
        number
        for number, text in rows
        if tombstones.is_shop or any(tombstones.is_theirs(word) or word in ids for word in _words(text))
    ]
    con.execute("UPDATE ops.rejects SET row_text = NULL WHERE list_contains(?::BIGINT[], rowid)", [theirs])


def _words(text: str) -> set[str]:
    return {word.strip(":/.-") for word in _WORD.findall(text)}


def decoded(text: str) -> Any:
    """A payload, its numbers as exact as they were sent."""
    return OBJECT.decode(text)


def encoded(payload: Any) -> tuple[str, str]:
    """A payload as raw keeps it, and the hash by which it is known again."""
    return _payloads.encode(payload).decode(), hashlib.blake2b(_canonical.encode(payload), digest_size=16).hexdigest()
