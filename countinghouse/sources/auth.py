"""How a request says who asks: declarations that turn a connection's secrets into headers, without I/O.

Some keys are enough by themselves; others buy a token that ends. A `TokenCall` says how to buy one, the session buys it
once for all readers of a connection, before it is needed or when the source no longer takes the last one.
"""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from countinghouse.addresses import is_loopback
from countinghouse.errors import SettingsError

Secret = Callable[[str], str]


@dataclass(frozen=True)
class Token:
    """What a source gave for the keys."""

    value: str
    seconds: float | None = None  # how long it lives; None: for ever, as far as the source says
    scopes: frozenset[str] | None = None  # what it may do, where the source says so


@dataclass
class Purse:
    """The token of one connection, shared by all its readers in this process."""

    token: Token | None = None
    ends: float = float("inf")
    refused: int = 0  # tokens that the source took no longer
    closed: str | None = None  # what was said of credentials that were not accepted
    guard: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class TokenCall:
    """The request that buys a token. Exactly one of `form` and `json` is the body."""

    url: str
    read: Callable[[Mapping[str, Any]], Token]  # KeyError, TypeError or ValueError where the answer holds no token
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    form: Mapping[str, str] | None = None
    json: Any = None


class Asking(Protocol):
    """What a connection knows of itself, as far as credentials need it."""

    @property
    def url(self) -> str:
        """The API's base address."""
        ...

    @property
    def auth(self) -> Mapping[str, str]:
        """The keys it has, as references."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """What only this kind of source knows."""
        ...


class Auth(Protocol):
    """Names the keys a connection's `auth` must have, and makes headers of them."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Sets of keys, one of which the connection's `auth` must have whole; none where the API is open."""
        ...

    @property
    def dead(self) -> frozenset[int]:
        """Statuses by which the source says that a token has ended."""
        ...

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """Headers for every request; `secret` resolves a key at the moment of use."""
        ...

    def token_call(self, asking: Asking, secret: Secret) -> TokenCall | None:
        """How to buy a token; None where the keys alone are enough."""
        ...


class Keys:
    """The keys alone are enough: what every way without tokens shares."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """None is needed."""
        return ()

    @property
    def dead(self) -> frozenset[int]:
        """Keys do not end by themselves."""
        return frozenset()

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """No header at all."""
        return {}

    def token_call(self, asking: Asking, secret: Secret) -> TokenCall | None:
        """Nothing to buy."""
        return None


class NoAuth(Keys):
    """The API is open to everyone."""


@dataclass(frozen=True)
class BearerKey(Keys):
    """`Authorization: Bearer <key>` with a key that does not expire by itself."""

    key: str

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The one key."""
        return ((self.key,),)

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """The header of the bearer."""
        return {"Authorization": f"Bearer {secret(self.key)}"}


@dataclass(frozen=True)
class BasicKeys(Keys):
    """`Authorization: Basic` of two keys."""

    name: str
    password: str
    needs_tls: bool = False  # where the source takes the keys over https only, plain http would only give them away

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Both keys."""
        return ((self.name, self.password),)

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """The header of both; SettingsError where it would travel unencrypted and the source does not want that."""
        if self.needs_tls and asking.url.startswith("http:") and not is_loopback(asking.url):
            raise SettingsError(
                f"{asking.url} is not encrypted: {self.name} and {self.password} would be readable on the way, and the "
                "source takes them over https only. Write the connection's url with https://."
            )
        return {"Authorization": basic(secret(self.name), secret(self.password))}


def basic(name: str, password: str) -> str:
    """The value of a Basic `Authorization` header."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
