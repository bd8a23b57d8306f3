"""The keys of the HTTP API: made, listed and revoked by command, kept as hashes, shown once.

A key is `ch_<id>_<secret>`: the id finds the row, the secret is 32 random bytes. Kept is the secret's plain SHA-256. A
slow hash protects words that people choose, which can be guessed; 256 random bits cannot, and a check at every request
has to be fast.

They lie in an SQLite file of their own, because the warehouse has one writer and the published copy none, and a key has
to work, and to stop working, at once.
"""

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from countinghouse.connections import listed, suggestion
from countinghouse.errors import SettingsError

SCOPES = {
    "read": "every number; of people only what does not say who they are",
    "personal": "names, email addresses and cities too, as far as the published copy has them",
}
_SHAPE = re.compile(r"ch_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NOTED_EVERY = timedelta(minutes=1)
_TABLE = """
    CREATE TABLE IF NOT EXISTS api_keys (
        id TEXT PRIMARY KEY, label TEXT NOT NULL, secret_hash BLOB NOT NULL, scopes TEXT NOT NULL,
        created_at TEXT NOT NULL, expires_at TEXT, revoked_at TEXT, last_used_at TEXT
    )
"""


@dataclass(frozen=True)
class ApiKey:
    """What is known of a key, which is not the key itself. Instants carry their zone, UTC.

    expires_at    None: never
    last_used_at  to the minute
    """

    id: str
    label: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    def is_usable(self, now: datetime) -> bool:
        """Whether it opens anything at this instant."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class KeyRing:
    """The keys of one data folder. The file is made with the first key; another process may change it at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def make(self, label: str, scopes: Iterable[str] = ("read",), *, expires_at: datetime | None = None) -> str:
        """Make a key and return it: it cannot be shown again. SettingsError where a scope is unknown."""
        wanted = sorted(set(scopes))
        for scope in wanted:
            if scope not in SCOPES:
                raise SettingsError(
                    f"There is no scope '{scope}'; there are {listed(SCOPES)}{suggestion(scope, SCOPES)}."
                )
        identifier, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        self._writable().execute(
            "INSERT INTO api_keys VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
            [identifier, label, _hashed(secret), " ".join(wanted), _text(datetime.now(UTC)), _text(expires_at)],
        )
        return f"ch_{identifier}_{secret}"

    def find(self, presented: str) -> ApiKey | None:
        """The usable key behind what a caller sent, its use noted; None for every other text."""
        shape = _SHAPE.fullmatch(presented)
        con = self._existing()
        if shape is None or con is None:
            return None
        row = con.execute("SELECT secret_hash, * FROM api_keys WHERE id = ?", [shape[1]]).fetchone()
        if row is None or not hmac.compare_digest(row[0], _hashed(shape[2])):
            return None
        key, now = _key(row[1:]), datetime.now(UTC)
        if not key.is_usable(now):
            return None
        self._note_use(con, key, now)
        return key

    def keys(self) -> list[ApiKey]:
        """Every key ever made, the oldest first."""
        con = self._existing()
        return (
            [] if con is None else [_key(row) for row in con.execute("SELECT * FROM api_keys ORDER BY created_at, id")]
        )

    def is_empty(self) -> bool:
        """Whether no key was ever made; one that was revoked or has expired counts as made."""
        con = self._existing()
        return con is None or con.execute("SELECT 1 FROM api_keys LIMIT 1").fetchone() is None

    def has_usable(self) -> bool:
        """Whether anybody could come in now."""
        return any(key.is_usable(datetime.now(UTC)) for key in self.keys())

    def revoke(self, identifier: str) -> ApiKey:
        """Let a key open nothing from now on; it stays listed. SettingsError where there is none of this id."""
        for key in self.keys():
            if key.id == identifier:
                now = _text(datetime.now(UTC))
                self._writable().execute(
                    "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", [now, identifier]
                )
                return key
        raise SettingsError(f"There is no key '{identifier}'; `make api-keys` lists them by their ids.")

    def close(self) -> None:
        """Let the file go."""
        if self._opened:
            self._opened[1].close()
            self._opened = None

    def _note_use(self, con: sqlite3.Connection, key: ApiKey, now: datetime) -> None:
        if key.last_used_at and now - key.last_used_at < _NOTED_EVERY:
            return
        try:
            con.execute("UPDATE api_keys SET last_used_at = ? WHERE id = ?", [_text(now), key.id])
        except sqlite3.OperationalError:
            return  # a folder that cannot be written, or another writer: the key itself is good

    def _existing(self) -> sqlite3.Connection | None:
        try:
            inode = self._path.stat().st_ino
        except FileNotFoundError:
            self.close()
            return None
        if self._opened and self._opened[0] != inode:
            self.close()  # the data folder was made anew
        if self._opened is None:
            con = sqlite3.connect(self._path, isolation_level=None, timeout=5, check_same_thread=False)
            con.execute("PRAGMA synchronous = NORMAL")
            self._opened = inode, con
        return self._opened[1]

    def _writable(self) -> sqlite3.Connection:
        if not self._path.exists():
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            except OSError as problem:
                raise SettingsError(
                    f"{self._path} cannot be written ({problem.strerror}); check COUNTINGHOUSE_DATA_DIR and its rights."
                ) from problem
        con = self._existing()
        assert con is not None
        con.execute("PRAGMA journal_mode = WAL")
        con.execute(_TABLE)
        return con


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _text(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat(timespec="microseconds") if instant else None


def _key(row: tuple[str, str, bytes, str, str, str | None, str | None, str | None]) -> ApiKey:
    identifier, label, _, scopes, *instants = row
    created_at, expires_at, revoked_at, last_used_at = (
        datetime.fromisoformat(text) if text else None for text in instants
    )
    assert created_at is not None
    return ApiKey(identifier, label, frozenset(scopes.split()), created_at, expires_at, revoked_at, last_used_at)
