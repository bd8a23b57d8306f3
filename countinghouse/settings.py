"""Every setting, read once: the environment, and the connections of `sources.toml`.

This is the only module that reads the environment. Secrets are never part of a setting: a connection holds references
such as `env:STRIPE_API_KEY`, which are looked up in the process's environment at the moment of use.
"""

import contextlib
import difflib
import ipaddress
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

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
}
_SIMULATOR_REFERENCE = "simulator"
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
# A connection's name is also a folder and the store's name in every model.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


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
                f"there is no source of kind '{kind}'; the kinds are {_list(SOURCES)}{_suggestion(kind, SOURCES)}"
            )
        return kind

    @field_validator("url")
    @classmethod
    def _url(cls, url: str, known: ValidationInfo) -> str:
        source = SOURCES.get(known.data.get("kind", ""))
        return _checked_url(url) if source is None or source.is_web else url

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, timezone: str) -> str:
        known = zoneinfo.available_timezones()
        if timezone not in known:
            raise ValueError(f"'{timezone}' is no time zone of the IANA list{_suggestion(timezone, known)}")
        return timezone

    @field_validator("currency")
    @classmethod
    def _currency(cls, currency: str) -> str:
        return _checked_currency(currency)

    @field_validator("auth")
    @classmethod
    def _auth(cls, auth: dict[str, str]) -> dict[str, str]:
        for key, reference in auth.items():
            if reference != _SIMULATOR_REFERENCE and not _REFERENCE.fullmatch(reference):
                raise ValueError(
                    f"{key} is written out (not repeated here); put it into an environment variable and write "
                    f'{key} = "env:NAME_OF_THE_VARIABLE"'
                )
        return auth

    def variable(self, key: str) -> str:
        """What to fix when the secret is wrong: the variable's name, in words."""
        reference = self.auth.get(key, "")
        return f"the variable {reference.removeprefix('env:')}" if reference.startswith("env:") else f"auth.{key}"

    def secret(self, key: str) -> str:
        """The secret itself, looked up now; SettingsError names the connection and the variable where there is none."""
        reference = self.auth.get(key)
        if reference is None:
            raise SettingsError(f'{self.name}: no auth.{key}; add auth = {{ {key} = "env:NAME_OF_THE_VARIABLE" }}.')
        if reference == _SIMULATOR_REFERENCE:
            return SIMULATOR_KEYS[key]
        variable = reference.removeprefix("env:")
        value = os.environ.get(variable, "").strip()
        if not value:
            raise SettingsError(f"{self.name}: auth.{key} is to come from the variable {variable}, which is not set.")
        if not (value.isascii() and value.isprintable()):
            raise SettingsError(
                f"{self.name}: the variable {variable} holds characters that no key has; copy it again."
            )
        return value


class Settings(BaseModel):
    """Where everything lies and what is read; every path is absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path
    simulator_url: str
    environment: str
    reporting_currency: str
    show_personal_data: bool
    batch_size: int | None  # rows a page, where the source lets us choose
    schedule_cron: str
    app_port: int  # where `make run` and `make app` serve the dashboards
    connections: tuple[Connection, ...]

    @property
    def landing_dir(self) -> Path:
        """Batches as they came, until they are loaded."""
        return self.data_dir / "landing"

    @property
    def warehouse_path(self) -> Path:
        """The warehouse, which one process at a time may open."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def state_path(self) -> Path:
        """SQLMesh's state."""
        return self.data_dir / "sqlmesh_state.duckdb"

    @property
    def published_dir(self) -> Path:
        """The checked copies that readers open."""
        return self.data_dir / "published"

    @property
    def published_path(self) -> Path:
        """The link to the newest checked copy of this environment."""
        return self.published_dir / f"{self.environment}.duckdb"

    @property
    def quality_dir(self) -> Path:
        """The validation report."""
        return self.data_dir / "quality"

    @property
    def prefect_dir(self) -> Path:
        """Prefect's home."""
        return self.data_dir / "prefect"

    @property
    def logs_dir(self) -> Path:
        """Log files."""
        return self.data_dir / "logs"

    @property
    def enabled_connections(self) -> tuple[Connection, ...]:
        """The connections a run reads."""
        return tuple(connection for connection in self.connections if connection.enabled)

    def in_environment(self, name: str) -> "Settings":
        """The same settings, for what is published of another SQLMesh environment."""
        return self.model_copy(update={"environment": _checked_environment(name)})

    def connection(self, name: str) -> Connection:
        """The connection of this name."""
        for connection in self.connections:
            if connection.name == name:
                return connection
        names = [connection.name for connection in self.connections]
        raise SettingsError(f"There is no connection '{name}'; there are {_list(names)}{_suggestion(name, names)}.")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the environment, checked; SettingsError says which one is wrong and how to write it."""
    simulator_url = _value(environ, "COUNTINGHOUSE_SIMULATOR_URL", "http://127.0.0.1:8787")
    environment = _checked_environment(_value(environ, "COUNTINGHOUSE_ENVIRONMENT", "prod"))
    currency = _value(environ, "COUNTINGHOUSE_REPORTING_CURRENCY", "USD")
    try:
        simulator_url = _checked_url(simulator_url)
    except ValueError as error:
        raise SettingsError(f"COUNTINGHOUSE_SIMULATOR_URL: {error}.") from None
    try:
        currency = _checked_currency(currency)
    except ValueError as error:
        raise SettingsError(f"COUNTINGHOUSE_REPORTING_CURRENCY: {error}.") from None
    return Settings(
        data_dir=Path(_value(environ, "COUNTINGHOUSE_DATA_DIR", "data")).expanduser().absolute(),
        simulator_url=simulator_url,
        environment=environment,
        reporting_currency=currency,
        show_personal_data=_boolean(environ, "COUNTINGHOUSE_SHOW_PERSONAL_DATA"),
        batch_size=_batch_size(environ),
        schedule_cron=_value(environ, "SCHEDULE_CRON", "0 2 * * *"),
        app_port=_app_port(environ),
        connections=_connections(environ, simulator_url),
    )


def set_up_tools(environ: MutableMapping[str, str] = os.environ) -> None:
    """Tell Prefect, which reads the environment itself, where its home is and to send nothing anywhere.

    What is set already stays. It has to be called before Prefect is imported: it reads its settings then.
    """
    data_dir = Path(_value(environ, "COUNTINGHOUSE_DATA_DIR", "data")).expanduser().absolute()
    defaults = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_HOME": str(data_dir / "prefect"),
        # What the library says of a run belongs to the run's own log; said outside of one, it is no mistake.
        "PREFECT_LOGGING_EXTRA_LOGGERS": "countinghouse",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    }
    for name, value in defaults.items():
        environ.setdefault(name, value)
    # Prefect makes its home, but not the folder it lies in; where this fails, the warehouse's lock says why.
    with contextlib.suppress(OSError):
        data_dir.mkdir(parents=True, exist_ok=True)


def simulator_connections(simulator_url: str) -> tuple[Connection, ...]:
    """The two connections of a first start without any file: the simulator's shop and its payments."""
    return (
        Connection(name="practice", kind="dummyjson", url=f"{simulator_url}/dummyjson", timezone="America/New_York"),
        Connection(
            name="payments",
            kind="stripe",
            url=f"{simulator_url}/stripe",
            auth={"api_key": _SIMULATOR_REFERENCE},
            options={"settles": "practice"},
        ),
    )


def _connections(environ: Mapping[str, str], simulator_url: str) -> tuple[Connection, ...]:
    named = environ.get("COUNTINGHOUSE_SOURCES", "").strip()
    path = Path(named or "sources.toml").expanduser()
    if not named and not path.exists():
        return simulator_connections(simulator_url)
    document = _read_toml(path, is_named=bool(named))
    unknown = sorted(document.keys() - {"connection"})
    if unknown:
        raise SettingsError(
            f"{path}: '{unknown[0]}' is not known here{_suggestion(unknown[0], ['connection'])}; "
            "write [[connection]] entries."
        )
    entries = document.get("connection")
    if not isinstance(entries, list) or not entries:
        raise SettingsError(f"{path} names no connection; add at least one entry that begins with [[connection]].")
    connections = tuple(
        _connection(path, number, entry) for number, entry in enumerate(cast(list[Any], entries), start=1)
    )
    _check_together(path, connections)
    return connections


def _read_toml(path: Path, *, is_named: bool) -> dict[str, Any]:
    by = "COUNTINGHOUSE_SOURCES names " if is_named else ""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            f"{by}{path}, which does not exist; correct the name, or unset the variable to use the simulator."
        ) from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 text (byte {error.start}); save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from None
    except OSError as error:
        raise SettingsError(f"{by}{path}, which cannot be read: {error.strerror or error}.") from None


def _connection(path: Path, number: int, entry: Any) -> Connection:
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
    return f"'{key}' is not known for a {kind} connection{_suggestion(key, known)}; it may have {_list(known)}."


def _check_auth(where: str, connection: Connection) -> None:
    auth = SOURCES[connection.kind].auth
    known = _auth_keys(auth)
    for key in connection.auth:
        if key not in known:
            may = f"it takes {_list(known)}" if known else "it needs no auth"
            raise SettingsError(
                f"{where}: auth.{key} is not known for a {connection.kind} connection{_suggestion(key, known)}; {may}."
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
                f"{_suggestion(settles, shops)}; the shops are {_list(shops)}."
            )


def _sentence(error: ValidationError) -> str:
    """The first complaint, without the value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    if first["type"] == "missing":
        return f"'{where}' is missing."
    return f"{where}: {what[:1].lower() + what[1:] if first['type'] != 'value_error' else what}."


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_url(url: str) -> str:
    """The address without a slash at its end."""
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_valid = urlsplit(""), False
    if parts.username or parts.password:
        raise ValueError("the address holds a name or password (not repeated here); take it out and use auth")
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_valid or re.search(r"\s", url):
        raise ValueError(f"'{url}' is no web address; write it as https://host/path")
    if parts.query or parts.fragment:
        raise ValueError("the address ends in a query or fragment ('?' or '#'); give the part before it")
    return url.rstrip("/")


def _checked_environment(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
        raise SettingsError(
            f"COUNTINGHOUSE_ENVIRONMENT (or --environment) is '{name}'; "
            "use small letters, digits and '_', as in prod or dev."
        )
    return name


def _checked_currency(currency: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"'{currency}' is no currency code; write three capital letters, as in USD")
    return currency


def _value(environ: Mapping[str, str], variable: str, default: str) -> str:
    """An empty variable counts as one that is not set."""
    return environ.get(variable, "").strip() or default


def _boolean(environ: Mapping[str, str], variable: str) -> bool:
    text = _value(environ, variable, "false")
    if text.lower() not in _BOOLEANS:
        raise SettingsError(f"{variable} is '{text}'; write true or false.")
    return _BOOLEANS[text.lower()]


def _batch_size(environ: Mapping[str, str]) -> int | None:
    text = _value(environ, "BATCH_SIZE", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0:
        raise SettingsError(
            f"BATCH_SIZE is '{text}'; write the rows a page should have, a whole number from 1, or leave it out."
        )
    return int(text)


def _app_port(environ: Mapping[str, str]) -> int:
    text = _value(environ, "COUNTINGHOUSE_APP_PORT", "8501")
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise SettingsError(f"COUNTINGHOUSE_APP_PORT is '{text}'; write a port, a whole number from 1 to 65535.")
    return int(text)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"


def _suggestion(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""
