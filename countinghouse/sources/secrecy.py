"""What must never be kept or said: fields by their names, keys that stand in addresses, our own credentials.

Each resource names the fields that its platform is known to send secrets in. Shops add fields of their own, so what is
called a password or a key is dropped whatever the platform; and an address that carries a key in its query loses the
key, wherever the address stands.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

# Without capitals and marks between words: clientSecret, client_secret and client-secret are one.
_ALWAYS = frozenset(
    {"password", "passwd", "secret", "clientsecret", "consumersecret", "secretkey", "apisecret", "apikey", "privatekey"}
    | {"accesstoken", "refreshtoken", "authtoken", "sessiontoken", "idtoken"}
)
# An object may be a map whose names are data.
_MOST_NAMES = 20_000
_MARKS = re.compile(r"[^a-z0-9]")
# A parameter whose name says that whoever has its value may do or see something.
_KEY_IN_ADDRESS = re.compile(
    r"([?&#;](?:(?:\w|[.\-\[\]])*(?:token|secret|passw(?:or)?d|signature|credential|api_?key|session)(?:\w|[.\-\[\]])*"
    r"|key|sig|hmac|auth)=)[^&#\s\"'<>]+",
    re.IGNORECASE,
)
_USER_IN_ADDRESS = re.compile(r"(://)[^/\s@:]+:[^/\s@]+@")


class _Dropped(dict[str, bool]):
    """Whether a field of a name is dropped, worked out once for each name: a row has hundreds."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, name: str) -> bool:
        is_dropped = name in self._names or _MARKS.sub("", name.lower()) in _ALWAYS
        if len(self) < _MOST_NAMES:
            self[name] = is_dropped
        return is_dropped


def without(value: Any, names: frozenset[str]) -> Any:
    """The value less the fields of these names, and of those that always name a secret, at any depth."""
    return _less(value, _dropped(names))


def _less(value: Any, dropped: _Dropped) -> Any:
    # Every value of every row passes here: only what holds others, or may hold an address, is worth a call of its own.
    if isinstance(value, dict):
        kept: dict[str, Any] = {}
        for name, inner in cast(dict[str, Any], value).items():
            if dropped[name]:
                continue
            if type(inner) is str:
                kept[name] = without_keys(inner) if "=" in inner or "@" in inner else inner
            else:
                kept[name] = _less(inner, dropped) if isinstance(inner, dict | list) else inner
        return kept
    if isinstance(value, list):
        return [_less(inner, dropped) for inner in cast(list[Any], value)]
    return without_keys(value) if isinstance(value, str) else value


def without_keys(text: str) -> str:
    """The text with the keys taken out of the addresses in it; the rest of an address stays."""
    if "=" in text:
        text = _KEY_IN_ADDRESS.sub(r"\1", text)
    return _USER_IN_ADDRESS.sub(r"\1", text) if "@" in text else text


@lru_cache
def _dropped(names: frozenset[str]) -> _Dropped:
    return _Dropped(names)


class Unsaid:
    """Our own credentials, which no sentence may repeat, whoever put them there."""

    def __init__(self) -> None:
        self._words: set[str] = set()

    def add(self, secrets: Iterable[str]) -> None:
        """Remember more of them, also as addresses write them."""
        for secret in secrets:
            self._words |= {secret, quote(secret, safe="")} - {""}

    def clean(self, text: str) -> str:
        """The text without them, and without any key in an address."""
        for word in sorted(self._words, key=len, reverse=True):
            text = text.replace(word, "•••")
        return without_keys(text)
