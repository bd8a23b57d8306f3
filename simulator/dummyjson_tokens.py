"""DummyJSON's login: JSON web tokens, signed with a secret that protects nothing."""

import base64
import hashlib
import hmac
import json
from typing import Any

from simulator.dummyjson_query import Refusal
from simulator.web import Request, to_json

LONGEST_MINUTES = 43200
REFRESH_MINUTES = 30 * 24 * 60
_SECRET = b"the simulator's tokens open nothing"
_FIELDS = ("id", "username", "email", "firstName", "lastName", "gender", "image")
_FORGET = tuple(
    ("Set-Cookie", f"{name}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    for name in ("accessToken", "refreshToken")
)

Users = list[dict[str, Any]]


def log_in(body: dict[str, Any], users: Users, now: int) -> dict[str, Any]:
    """Answer a login."""
    name, password = body.get("username"), body.get("password")
    if not name or not password:
        raise Refusal(400, "Username and password required")
    if not isinstance(name, str):
        raise Refusal(400, "Username is not valid")
    minutes = _minutes(body, 60)
    for user in users:
        if user["username"].lower() == name.lower() and user["password"] == password:
            return {
                "accessToken": _token(user, now, minutes),
                "refreshToken": _token(user, now, REFRESH_MINUTES),
            } | _payload(user)
    raise Refusal(400, "Invalid credentials")


def renew(body: dict[str, Any], users: Users, now: int) -> dict[str, str]:
    """Answer a refresh with two new tokens."""
    if not body.get("refreshToken"):
        raise Refusal(401, "Refresh token required")
    minutes = _minutes(body, 60)
    claims = _claims(str(body["refreshToken"]))
    user = None if claims is None or claims["exp"] <= now else _user(claims, users)
    if user is None:
        raise Refusal(403, "Invalid refresh token")
    return {"accessToken": _token(user, now, minutes), "refreshToken": _token(user, now, REFRESH_MINUTES)}


def owner(request: Request, users: Users, now: int) -> dict[str, Any]:
    """Return the user whose access token the request carries, in the header or a cookie."""
    given = request.headers.get("authorization", "") or _cookie(request, "accessToken")
    token = given.removeprefix("Bearer ").strip()
    if not token:
        raise Refusal(401, "Access Token is required", _FORGET)
    claims = _claims(token)
    if claims is None:
        raise Refusal(401, "Invalid/Expired Token!", _FORGET)
    if claims["exp"] <= now:
        raise Refusal(401, "Token Expired!", _FORGET)
    user = _user(claims, users)
    if user is None:
        raise Refusal(400, "Invalid access token", _FORGET)
    return user


def _minutes(body: dict[str, Any], default: int) -> float:
    try:
        minutes = float(body.get("expiresInMins") or default)
    except (TypeError, ValueError):
        minutes = 0
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise Refusal(500, f"Maximum access token expire time can be {LONGEST_MINUTES} minutes")
    return minutes


def _payload(user: dict[str, Any]) -> dict[str, Any]:
    return {field: user[field] for field in _FIELDS}


def _token(user: dict[str, Any], now: int, minutes: float) -> str:
    claims = _payload(user) | {"iat": now, "exp": now + int(minutes * 60)}
    text = f"{_base64(to_json({'alg': 'HS256', 'typ': 'JWT'}))}.{_base64(to_json(claims))}"
    return f"{text}.{_sign(text)}"


def _claims(token: str) -> dict[str, Any] | None:
    text, _, signature = token.rpartition(".")
    if not text.isascii() or not hmac.compare_digest(
        _sign(text), signature.encode("utf-8", "replace").decode("ascii", "replace")
    ):
        return None
    middle = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))


def _user(claims: dict[str, Any], users: Users) -> dict[str, Any] | None:
    return next((user for user in users if user["id"] == claims["id"] and user["username"] == claims["username"]), None)


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
