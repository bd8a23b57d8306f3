"""Who asks: keys, what they may see, and how often they may ask."""

import math
import time
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from api.problems import Problem
from countinghouse.addresses import is_loopback
from countinghouse.api_keys import KeyRing
from countinghouse.errors import SettingsError
from countinghouse.settings import Settings

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="countinghouse"'}


@dataclass(frozen=True)
class Caller:
    """Who asks. `headers` say how much of the key's rate is left."""

    sees_personal: bool
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Rates:
    """A bucket of tokens for each key: a minute's requests at once at most, and filled evenly. Seconds of a clock."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float) -> tuple[bool, int, int]:
        """Take a token: whether there was one, how many are left, and seconds until there is another (or all)."""
        level, at = self._buckets.get(key, (float(self._per_minute), now))
        level = min(self._per_minute, level + (now - at) * self._per_minute / 60)
        is_taken = level >= 1
        level -= is_taken
        self._buckets[key] = level, now
        missing = self._per_minute - level if is_taken else 1 - level
        return is_taken, int(level), math.ceil(missing * 60 / self._per_minute)

    @property
    def policy(self) -> str:
        """The header RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10)."""
        return f'"key";q={self._per_minute};w=60'


class Door:
    """Lets callers in: without a key only as long as none was ever made, and only on this machine's own address."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ring = KeyRing(settings.api_keys_path)
        self._rates = Rates(settings.api_requests_per_minute)

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it; a name to be asked under means that others come by a proxy."""
        return is_loopback_host(self._settings.api_host) and not self._settings.api_hosts

    def check_settings(self) -> None:
        """SettingsError where these settings would open the books to strangers."""
        where = f"http://{self._settings.api_host}:{self._settings.api_port}"
        if not self.is_local and not self.ring.has_usable():
            raise SettingsError(
                f"The API would be open to others ({where}"
                + "".join(f", {host}" for host in self._settings.api_hosts)
                + ") and there is no usable key, so nobody or everybody could come in. Make one first: "
                "make api-keys ARGS='make \"what it is for\"'."
            )
        if "*" in self._settings.api_cors_origins and self.ring.is_empty():
            raise SettingsError(
                "COUNTINGHOUSE_API_CORS_ORIGINS is '*' and there is no key: any page open in a browser on this machine "
                "could read the books. Name the origins, or make a key: make api-keys ARGS='make \"what it is for\"'."
            )

    def admit(self, presented: str | None) -> Caller:
        """The caller behind a key, or behind none; Problem 401, 403 or 429 otherwise."""
        if presented is None:
            if self.is_local and self.ring.is_empty():
                return Caller(self._settings.show_personal_data)
            detail = "This needs a key: send it as `Authorization: Bearer <key>`. `make api-keys` makes one."
            raise Problem(401, "key-needed", detail, CHALLENGE)
        key = self.ring.find(presented)
        if key is None:
            detail = "This key opens nothing: it is unknown, has expired or was revoked. `make api-keys` lists keys."
            raise Problem(401, "key-refused", detail, CHALLENGE)
        is_taken, left, seconds = self._rates.take(key.id, time.monotonic())
        headers = {"RateLimit-Policy": self._rates.policy, "RateLimit": f'"key";r={left};t={seconds}'}
        if not is_taken:
            detail = f"This key has asked {self._settings.api_requests_per_minute} times a minute; wait {seconds} s."
            raise Problem(429, "too-many-requests", detail, headers | {"Retry-After": str(seconds)})
        if "read" not in key.scopes:
            raise Problem(403, "scope", "This key has not the scope `read`; make another one.", headers)
        return Caller("personal" in key.scopes, headers)


def is_loopback_host(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    return is_loopback(f"http://[{host}]" if ":" in host else f"http://{host}")


_bearer = HTTPBearer(auto_error=False, description="A key of `make api-keys`; not needed until the first one is made.")
_header = APIKeyHeader(
    name="X-API-Key", auto_error=False, description="The same key, for callers that cannot set the other."
)


def caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
) -> Caller:
    """Dependency: who asks."""
    door: Door = request.app.state.door
    return door.admit(bearer.credentials if bearer else header)
