"""The connections: one for each shop or account, from `sources.toml`, from the environment, or the simulator's.

Secrets are never part of a connection: it holds references such as `env:STRIPE_API_KEY`, which are looked up in the
process's environment at the moment of use.
"""

import difflib
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from countinghouse.addresses import checked_place, checked_url, is_loopback
from countinghouse.errors import SettingsError
from countinghouse.sources import SOURCES
from countinghouse.sources.auth import Auth

# The simulator's keys are public: they open nothing but the simulator.
SIMULATOR_KEYS = {
    "api_key": "sk_test_simulator",
    "access_token": "shpat_simulator",
    "consumer_key": "ck_simulator",
    "consumer_secret": "cs_simulator",
    "client_id": "simulator_client",
    "client_secret": "simulator_secret",
    "email": "books@countinghouse.example",
    "password": "simulator",
    "webhook_secrets": "whsec_simulator",
}
SIMULATOR = "simulator"
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
# A connection's name is also a folder and the store's name in every model.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Connection(BaseModel):
    """One shop or account: an entry of `sources.toml`. Its name is the store's name in every model."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str
    kind: str
    url: str
    timezone: str = "UTC"  # where the shop's day begins and ends
    currency: str = "USD"  # of a shop whose platform tells none
    enabled: bool = True
    auth: dict[str, str] = {}  # references such as env:STRIPE_API_KEY, never secrets
    webhook_secrets: tuple[str, ...] = ()  # references too; several hold while one is replaced by another
    options: dict[str, Any] = {}  # what only this kind of source knows, as in its `Options`

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError("use small letters, digits, '-' and '_', beginning with a letter or digit, 63 at most")
        return name

    @field_validator("kind")
    @classmethod
    def _kind(cls, kind: str) -> str:
        if kind not in SOURCES:
            raise ValueError(
                f"there is no source of kind '{kind}'; the kinds are {listed(SOURCES)}{suggestion(kind, SOURCES)}"
            )
        return kind

    @field_validator("url")
    @classmethod
    def _url(cls, url: str, known: ValidationInfo) -> str:
        source = SOURCES.get(known.data.get("kind", ""))
        return checked_url(url) if source is None or source.is_web else checked_place(url)

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, timezone: str) -> str:
        known = zoneinfo.available_timezones()
        if timezone not in known:
            raise ValueError(f"'{timezone}' is no time zone of the IANA list{suggestion(timezone, known)}")
        return timezone

    @field_validator("currency")
    @classmethod
    def _currency(cls, currency: str) -> str:
        return checked_currency(currency)

    @field_validator("auth")
    @classmethod
    def _auth(cls, auth: dict[str, str]) -> dict[str, str]:
        for key, reference in auth.items():
            if reference != SIMULATOR and not _REFERENCE.fullmatch(reference):
                raise ValueError(
                    f"{key} is written out (not repeated here); put it into an environment variable and write "
                    f'{key} = "env:NAME_OF_THE_VARIABLE"'
                )
        return auth

    @field_validator("webhook_secrets")
    @classmethod
    def _webhook_secrets(cls, references: tuple[str, ...], known: ValidationInfo) -> tuple[str, ...]:
        for reference in references:
            # The simulator's secret is public: it may prove nothing but the simulator's own news.
            if reference == SIMULATOR and is_loopback(str(known.data.get("url", ""))):
                continue
            if not _REFERENCE.fullmatch(reference):
                raise ValueError(
                    "a secret is written out (not repeated here); put it into an environment variable and write "
                    '["env:NAME_OF_THE_VARIABLE"]'
                )
        return references

    def signing_secrets(self) -> list[str]:
        """The secrets one of which has signed a genuine webhook, looked up now; none where none is set.

        Shopify signs with the app's client secret, which a connection that buys its tokens has anyway.
        SettingsError names the variable that should hold one and does not.
        """
        given = self.webhook_secrets or tuple(
            reference
            for key, reference in self.auth.items()
            if key == "client_secret" and self.kind == "shopify" and reference != SIMULATOR
        )
        return [self._looked_up("webhook_secrets", reference) for reference in given]

    def variable(self, key: str) -> str:
        """What to fix when the secret is wrong: the variable's name, in words."""
        reference = self.auth.get(key, "")
        return f"the variable {reference.removeprefix('env:')}" if reference.startswith("env:") else f"auth.{key}"

    def secret(self, key: str) -> str:
        """The secret itself, looked up now; SettingsError names the connection and the variable where there is none."""
        reference = self.auth.get(key)
        if reference is None:
            raise SettingsError(f'{self.name}: no auth.{key}; add auth = {{ {key} = "env:NAME_OF_THE_VARIABLE" }}.')
        return self._looked_up(f"auth.{key}", reference)

    def _looked_up(self, place: str, reference: str) -> str:
        if reference == SIMULATOR:
            return SIMULATOR_KEYS[place.removeprefix("auth.")]
        variable = reference.removeprefix("env:")
        value = os.environ.get(variable, "").strip()
        if not value:
            raise SettingsError(f"{self.name}: {place} is to come from the variable {variable}, which is not set.")
        if not (value.isascii() and value.isprintable()):
            raise SettingsError(
                f"{self.name}: the variable {variable} holds characters that no key has; copy it again."
            )
        return value


def read_connections(path: Path, *, is_named: bool) -> tuple[Connection, ...]:
    """The connections of a file; SettingsError says which entry is wrong and how to write it."""
    variable = "COUNTINGHOUSE_SOURCES" if is_named else ""
    document = read_toml(path, variable=variable, remedy="unset the variable to use the simulator")
    unknown = sorted(document.keys() - {"connection"})
    if unknown:
        raise SettingsError(
            f"{path}: '{unknown[0]}' is not known here{suggestion(unknown[0], ['connection'])}; "
            "write [[connection]] entries."
        )
    entries = document.get("connection")
    if not isinstance(entries, list) or not entries:
        raise SettingsError(f"{path} names no connection; add at least one entry that begins with [[connection]].")
    connections = tuple(
        connection_of(str(path), number, entry) for number, entry in enumerate(cast(list[Any], entries), start=1)
    )
    _check_together(path, connections)
    return connections


def read_toml(path: Path, *, variable: str = "", remedy: str) -> dict[str, Any]:
    """A settings file; SettingsError says in a sentence what is wrong with it.

    variable  what names the file, where a variable does
    remedy    what else to do than to correct the name of a file that does not exist
    """
    by = f"{variable} names " if variable else ""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{by}{path}, which does not exist; correct the name, or {remedy}.") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise SettingsError(f"{by}{path}, which cannot be read: {error.strerror or error}.") from None


def connection_of(path: str, number: int, entry: Any) -> Connection:
    """One entry; its unknown keys are the options of its kind."""
    if not isinstance(entry, dict):
        raise SettingsError(f"{path}: connection {number} is not a table; begin it with [[connection]].")
    fields = cast(dict[str, Any], entry)
    where = (
        f"{path}, connection '{fields['name']}'"
        if isinstance(fields.get("name"), str)
        else f"{path}, connection {number}"
    )
    common = [name for name in Connection.model_fields if name != "options"]
    source = SOURCES.get(str(fields.get("kind")))
    if source is not None:
        known = [*common, *source.options.model_fields]
        unknown = [key for key in fields if key not in known]
        if unknown:
            raise SettingsError(f"{where}: {_unknown_key(unknown[0], known, _auth_keys(source.auth), source.kind)}")
    options: dict[str, Any] = {}
    try:
        if source is not None:
            own = {key: value for key, value in fields.items() if key not in common}
            options = source.options(**own).model_dump(exclude_unset=True)
            if "url" not in fields and source.address is not None and (address := source.address(options)):
                fields = {**fields, "url": address}
        shared: dict[str, Any] = {key: value for key, value in fields.items() if key in common}
        connection = Connection(**shared, options=options)
    except ValidationError as error:
        raise SettingsError(f"{where}: {_sentence(error)}") from None
    _check_auth(where, connection)
    return connection


def _unknown_key(key: str, known: list[str], auth_keys: tuple[str, ...], kind: str) -> str:
    if key in auth_keys:
        return f"'{key}' belongs into auth, as a reference: auth = {{ {key} = \"env:NAME_OF_THE_VARIABLE\" }}."
    return f"'{key}' is not known for a {kind} connection{suggestion(key, known)}; it may have {listed(known)}."


def _check_auth(where: str, connection: Connection) -> None:
    auth = SOURCES[connection.kind].auth
    known = _auth_keys(auth)
    for key in connection.auth:
        if key not in known:
            may = f"it takes {listed(known)}" if known else "it needs no auth"
            raise SettingsError(
                f"{where}: auth.{key} is not known for a {connection.kind} connection{suggestion(key, known)}; {may}."
            )
    if auth.choices and not any(connection.auth.keys() >= set(choice) for choice in auth.choices):
        ways = " or ".join(
            "auth = { " + ", ".join(f'{key} = "env:NAME_OF_THE_VARIABLE"' for key in choice) + " }"
            for choice in auth.choices
        )
        raise SettingsError(f"{where}: a {connection.kind} connection needs {ways}.")


def _auth_keys(auth: Auth) -> tuple[str, ...]:
    """Every key of every way to say who asks."""
    return tuple(dict.fromkeys(key for choice in auth.choices for key in choice))


def _check_together(path: Path, connections: tuple[Connection, ...]) -> None:
    seen: dict[str, Connection] = {}
    for connection in connections:
        if connection.name in seen:
            raise SettingsError(
                f"{path}: two connections are named '{connection.name}'; "
                "a name is the store's name and must be its own."
            )
        seen[connection.name] = connection
    for connection in connections:
        settles = connection.options.get("settles")
        if settles is None:
            continue
        shops = [name for name, other in seen.items() if SOURCES[other.kind].has_orders]
        if settles not in shops:
            raise SettingsError(
                f"{path}, connection '{connection.name}': settles = \"{settles}\" names no shop of this file"
                f"{suggestion(settles, shops)}; the shops are {listed(shops)}."
            )


def _sentence(error: ValidationError) -> str:
    """The first complaint, without the value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return f"'{where}' is missing."
    return f"{where}: {what[:1].lower() + what[1:] if first['type'] != 'value_error' else what}."


def checked_currency(currency: str) -> str:
    """The code; ValueError where it is none."""
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"'{currency}' is no currency code; write three capital letters, as in USD")
    return currency


def listed(names: Iterable[str]) -> str:
    """Names in a sentence."""
    return ", ".join(names) or "none"


def suggestion(word: str, known: Iterable[str]) -> str:
    """What was probably meant, in brackets; nothing where no word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
