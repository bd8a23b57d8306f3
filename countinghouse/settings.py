"""Every setting, read once from the environment; the connections are `connections.py`'s."""

import contextlib
import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from countinghouse.addresses import checked_url, is_loopback
from countinghouse.connections import Connection, checked_currency, listed, read_connections, suggestion
from countinghouse.customer_links import CustomerLinks, read_customer_links
from countinghouse.default_connections import environment_connections, simulator_connections
from countinghouse.errors import SettingsError

__all__ = ["Connection", "Settings", "load_settings", "set_up_tools"]

_BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


# The words by which sales can be counted; `sqlmesh_project/macros/definitions.py` says what each changes.
DEFINITIONS = ("shopify", "woocommerce", "finance")


class Settings(BaseModel):
    """Where everything lies and what is read; every path is absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path
    simulator_url: str
    environment: str
    reporting_currency: str
    show_personal_data: bool
    definitions: str  # by whose words sales are counted: a key of DEFINITIONS
    batch_size: int | None  # rows a page, where the source lets us choose
    schedule_cron: str
    drain_cron: str  # when the deployment looks into the inbox of webhooks
    privacy_cron: str = "30 3 * * *"  # when the deployment carries out requests about personal data
    public_url: str | None  # where platforms reach the receiver of webhooks
    app_port: int  # where `make run` and `make app` serve the dashboards
    api_host: str = "127.0.0.1"  # the address the HTTP API listens at
    api_port: int = 8600
    api_allowed_hosts: tuple[str, ...] = ()  # names under which the API may be asked; none: the loopback's own
    api_cors_origins: tuple[str, ...] = ()  # origins whose web pages may read answers; "*" is all
    api_requests_per_minute: int = 600  # of one key
    connections: tuple[Connection, ...]
    customer_links: CustomerLinks = CustomerLinks()  # the merchant's own rules about who is who

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
    def inbox_path(self) -> Path:
        """The events that platforms pushed, until their objects have been read."""
        return self.data_dir / "inbox.sqlite"

    @property
    def api_hosts(self) -> tuple[str, ...]:
        """Names, not this machine's own, under which the API is reached: by callers, and by platforms that push."""
        pushed = urlsplit(self.public_url).hostname if self.public_url and not is_loopback(self.public_url) else None
        return tuple(dict.fromkeys([*self.api_allowed_hosts, *([pushed] if pushed else [])]))

    @property
    def published_dir(self) -> Path:
        """The checked copies that readers open."""
        return self.data_dir / "published"

    @property
    def published_path(self) -> Path:
        """The link to the newest checked copy of this environment."""
        return self.published_dir / f"{self.environment}.duckdb"

    @property
    def api_keys_path(self) -> Path:
        """The API's keys, each as its hash (SQLite)."""
        return self.data_dir / "api_keys.sqlite"

    @property
    def privacy_dir(self) -> Path:
        """Answers to people who asked for their data, and what is looked for after an erasing; its owner's only."""
        return self.data_dir / "privacy"

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
        raise SettingsError(f"There is no connection '{name}'; there are {listed(names)}{suggestion(name, names)}.")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the environment, checked; SettingsError says which one is wrong and how to write it."""
    simulator_url = _value(environ, "COUNTINGHOUSE_SIMULATOR_URL", "http://127.0.0.1:8787")
    environment = _checked_environment(_value(environ, "COUNTINGHOUSE_ENVIRONMENT", "prod"))
    currency = _value(environ, "COUNTINGHOUSE_REPORTING_CURRENCY", "USD")
    try:
        simulator_url = checked_url(simulator_url)
    except ValueError as error:
        raise SettingsError(f"COUNTINGHOUSE_SIMULATOR_URL: {error}.") from None
    try:
        currency = checked_currency(currency)
    except ValueError as error:
        raise SettingsError(f"COUNTINGHOUSE_REPORTING_CURRENCY: {error}.") from None
    data_dir = Path(_value(environ, "COUNTINGHOUSE_DATA_DIR", "data")).expanduser().absolute()
    connections = _connections(environ, simulator_url, data_dir)
    return Settings(
        data_dir=data_dir,
        simulator_url=simulator_url,
        environment=environment,
        reporting_currency=currency,
        show_personal_data=_boolean(environ, "COUNTINGHOUSE_SHOW_PERSONAL_DATA"),
        definitions=_definitions(environ),
        batch_size=_batch_size(environ),
        schedule_cron=_value(environ, "SCHEDULE_CRON", "0 2 * * *"),
        drain_cron=_value(environ, "COUNTINGHOUSE_DRAIN_CRON", "* * * * *"),
        privacy_cron=_value(environ, "COUNTINGHOUSE_PRIVACY_CRON", "30 3 * * *"),
        public_url=_public_url(environ),
        app_port=_port(environ, "COUNTINGHOUSE_APP_PORT", "8501"),
        api_host=_value(environ, "COUNTINGHOUSE_API_HOST", "127.0.0.1"),
        api_port=_port(environ, "COUNTINGHOUSE_API_PORT", "8600"),
        api_allowed_hosts=_list(
            environ, "COUNTINGHOUSE_API_ALLOWED_HOSTS", r"[A-Za-z0-9.:\[\]-]+", "books.example.com"
        ),
        api_cors_origins=_list(
            environ, "COUNTINGHOUSE_API_CORS_ORIGINS", r"\*|https?://[^\s/,]+", "https://admin.example.com"
        ),
        api_requests_per_minute=_count(environ, "COUNTINGHOUSE_API_REQUESTS_PER_MINUTE", "600"),
        connections=connections,
        customer_links=_customer_links(environ, connections),
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


def _connections(environ: Mapping[str, str], simulator_url: str, data_dir: Path) -> tuple[Connection, ...]:
    named = environ.get("COUNTINGHOUSE_SOURCES", "").strip()
    path = Path(named or "sources.toml").expanduser()
    if not named and not path.exists():
        return environment_connections(environ) or simulator_connections(simulator_url, data_dir)
    return read_connections(path, is_named=bool(named))


def _customer_links(environ: Mapping[str, str], connections: tuple[Connection, ...]) -> CustomerLinks:
    named = environ.get("COUNTINGHOUSE_CUSTOMER_LINKS", "").strip()
    path = Path(named or "customer_links.toml").expanduser()
    if not named and not path.exists():
        return CustomerLinks()
    return read_customer_links(path, [connection.name for connection in connections], is_named=bool(named))


def _checked_environment(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", name):
        raise SettingsError(
            f"COUNTINGHOUSE_ENVIRONMENT (or --environment) is '{name}'; "
            "use small letters, digits and '_', as in prod or dev."
        )
    return name


def _value(environ: Mapping[str, str], variable: str, default: str) -> str:
    """An empty variable counts as one that is not set."""
    return environ.get(variable, "").strip() or default


def _boolean(environ: Mapping[str, str], variable: str) -> bool:
    text = _value(environ, variable, "false")
    if text.lower() not in _BOOLEANS:
        raise SettingsError(f"{variable} is '{text}'; write true or false.")
    return _BOOLEANS[text.lower()]


def _definitions(environ: Mapping[str, str]) -> str:
    chosen = _value(environ, "COUNTINGHOUSE_DEFINITIONS", DEFINITIONS[0]).lower()
    if chosen not in DEFINITIONS:
        raise SettingsError(
            f"COUNTINGHOUSE_DEFINITIONS is '{chosen}'; write {listed(DEFINITIONS)}{suggestion(chosen, DEFINITIONS)}."
        )
    return chosen


def _batch_size(environ: Mapping[str, str]) -> int | None:
    text = _value(environ, "BATCH_SIZE", "")
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0:
        raise SettingsError(
            f"BATCH_SIZE is '{text}'; write the rows a page should have, a whole number from 1, or leave it out."
        )
    return int(text)


def _port(environ: Mapping[str, str], variable: str, default: str) -> int:
    text = _value(environ, variable, default)
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise SettingsError(f"{variable} is '{text}'; write a port, a whole number from 1 to 65535.")
    return int(text)


def _count(environ: Mapping[str, str], variable: str, default: str) -> int:
    text = _value(environ, variable, default)
    if not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0:
        raise SettingsError(f"{variable} is '{text}'; write a whole number from 1 to 999999.")
    return int(text)


def _list(environ: Mapping[str, str], variable: str, pattern: str, example: str) -> tuple[str, ...]:
    """Values separated by commas, each of which the pattern describes."""
    values = tuple(value.strip().rstrip("/") for value in _value(environ, variable, "").split(",") if value.strip())
    for value in values:
        if not re.fullmatch(pattern, value):
            raise SettingsError(f"{variable} holds '{value}'; write values like {example}, separated by commas.")
    return values


def _public_url(environ: Mapping[str, str]) -> str | None:
    text = _value(environ, "COUNTINGHOUSE_PUBLIC_URL", "")
    try:
        return checked_url(text) if text else None
    except ValueError as error:
        raise SettingsError(f"COUNTINGHOUSE_PUBLIC_URL: {error}.") from None
