"""How a request says who asks: declarations that turn a connection's secrets into headers, without I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Auth(Protocol):
    """Names the keys a connection's `auth` must have, and makes headers of them."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the connection's `auth` table, all of them needed."""
        ...

    def headers(self, secret: Callable[[str], str]) -> dict[str, str]:
        """Headers for every request; `secret` resolves a key at the moment of use."""
        ...


@dataclass(frozen=True)
class NoAuth:
    """The API is open to everyone."""

    keys: tuple[str, ...] = ()

    def headers(self, secret: Callable[[str], str]) -> dict[str, str]:
        """No header at all."""
        return {}


@dataclass(frozen=True)
class BearerKey:
    """`Authorization: Bearer <key>` with a key that does not expire by itself."""

    key: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The one key."""
        return (self.key,)

    def headers(self, secret: Callable[[str], str]) -> dict[str, str]:
        """The header of the bearer."""
        return {"Authorization": f"Bearer {secret(self.key)}"}
