"""Payload's accounts: logins, tokens that end by the simulator's clock, sessions, locks and the one API key."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from simulator.payload_query import PayloadError
from simulator.payload_rows import Document, Rows
from simulator.seasons import iso
from simulator.web import Request, to_json

ADMIN_EMAIL, PASSWORD, API_KEY = "books@countinghouse.example", "simulator", "simulator_key"
ADMIN_ID = 900_001  # beyond the shop's customers, whose ids the users have
TOKEN_SECONDS = 2 * 3600
MOST_FAILURES, LOCK_SECONDS = 5, 600
_SECRET = b"the simulator's tokens open nothing"
_HEAD = {"alg": "HS256", "authVersion": 1, "typ": "JWT"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `strategy` is how that was proved."""

    id: int
    is_admin: bool
    strategy: str
    claims: Document | None = None
    token: str | None = None


@dataclass
class Accounts:
    """What the server remembers of its users between requests."""

    sessions: dict[int, list[Document]] = field(default_factory=dict[int, list[Document]])
    failures: dict[int, int] = field(default_factory=dict[int, int])
    locked_until: dict[int, int] = field(default_factory=dict[int, int])
    touched: dict[int, int] = field(default_factory=dict[int, int])  # when a failed login moved updatedAt
    logins: int = 0

    def shown(self, row: Document, now: int) -> Document:
        """Return a user's row with its sessions and the time of its last failed login."""
        touched = iso(self.touched.get(row["id"], 0))
        return row | {
            "sessions": [one for one in self.sessions.get(row["id"], []) if one["expiresAt"] > iso(now)],
            "updatedAt": max(row["updatedAt"], touched),
        }

    def log_in(self, request: Request, rows: Rows, opened: int, now: int) -> tuple[Document, str, int]:
        """Return the user's row, a token and its end. Raises 400 and 401."""
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            raise PayloadError(400, "An unknown error occurred.") from None
        for name in ("email", "password"):
            if not isinstance(body, dict) or not body.get(name):
                problem = {"message": "This field is required.", "path": name}
                data = {"collection": "users", "errors": [problem]}
                raise PayloadError(400, f"The following field is invalid: {name}", "o", data)
        email = str(body["email"]).strip().lower()
        user = next((row for row in [admin(opened), *rows.of("users")] if row["email"].lower() == email), None)
        if user is not None and self.locked_until.get(user["id"], 0) > now:
            raise PayloadError(401, "This user is locked due to having too many failed login attempts.")
        if user is None or body["password"] != PASSWORD:
            self._fail(user, now)
            raise PayloadError(401, "The email or password provided is incorrect.")
        self.failures.pop(user["id"], None)
        self.logins += 1
        session = {
            "id": _session_id(user["id"], self.logins),
            "createdAt": iso(now),
            "expiresAt": iso(now + TOKEN_SECONDS),
        }
        self.sessions.setdefault(user["id"], []).append(session)
        return user, _token(user, session["id"], now), now + TOKEN_SECONDS

    def _fail(self, user: Document | None, now: int) -> None:
        if user is None:
            return
        id = user["id"]
        self.touched[id] = now
        self.failures[id] = self.failures.get(id, 0) + 1
        if self.failures[id] >= MOST_FAILURES:
            self.locked_until[id] = now + LOCK_SECONDS
            self.failures[id] = 0

    def caller(self, request: Request, rows: Rows, now: int) -> Caller | None:
        """Return who asks; None is anybody: a wrong, ended or closed token is no error."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme == "users":
            return Caller(ADMIN_ID, True, "api-key") if given == f"API-Key {API_KEY}" else None
        if scheme not in ("JWT", "Bearer"):
            given = _cookie(request, "payload-token")
        claims = _claims(given)
        if claims is None or claims["exp"] <= now:
            return None
        is_open = any(one["id"] == claims["sid"] for one in self.sessions.get(claims["id"], []))
        is_admin = claims["id"] == ADMIN_ID
        if not is_open or not (is_admin or rows.one("users", claims["id"])):
            return None
        return Caller(claims["id"], is_admin, "local-jwt", claims, given)

    def renew(self, caller: Caller, user: Document, now: int) -> tuple[str, int]:
        """Return a new token for the same session, and its end."""
        assert caller.claims is not None
        for session in self.sessions[caller.id]:
            if session["id"] == caller.claims["sid"]:
                session["expiresAt"] = iso(now + TOKEN_SECONDS)
        return _token(user, caller.claims["sid"], now), now + TOKEN_SECONDS

    def log_out(self, caller: Caller) -> None:
        """Close the caller's session: its token is worth nothing from now on, whatever its end says."""
        if caller.claims is not None:
            kept = [one for one in self.sessions[caller.id] if one["id"] != caller.claims["sid"]]
            self.sessions[caller.id] = kept


def admin(opened: int) -> Document:
    """Return the row of the one account that sees everything."""
    return {
        "id": ADMIN_ID,
        "name": "Books",
        "roles": ["admin"],
        "updatedAt": iso(opened),
        "createdAt": iso(opened),
        "enableAPIKey": True,
        "email": ADMIN_EMAIL,
        "collection": "users",
        "hasAPIKey": True,
        "sessions": [],
    }


def cookie_header(token: str) -> tuple[str, str]:
    """Return the header that sets the login's cookie."""
    return "set-cookie", f"payload-token={token}; Max-Age={TOKEN_SECONDS}; Path=/; HttpOnly=true; SameSite=Lax"


def _session_id(user: int, number: int) -> str:
    digest = hashlib.sha256(f"session {user} {number}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def _token(user: Document, session: str, now: int) -> str:
    claims = {
        "roles": user["roles"],
        "id": user["id"],
        "collection": "users",
        "email": user["email"],
        "sid": session,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
    }
    text = f"{_base64(to_json(_HEAD))}.{_base64(to_json(claims))}"
    return f"{text}.{_sign(text)}"


def _claims(token: str) -> Document | None:
    text, _, signature = token.rpartition(".")
    if not text.isascii() or not signature.isascii() or not hmac.compare_digest(_sign(text), signature):
        return None
    middle = text.split(".")[1]
    claims: Any = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return claims


def _sign(text: str) -> str:
    return _base64(hmac.new(_SECRET, text.encode(), hashlib.sha256).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _cookie(request: Request, name: str) -> str:
    for part in request.headers.get("cookie", "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""
