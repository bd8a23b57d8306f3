"""The connections of a start without `sources.toml`: those the environment names, else the simulator's shops.

The variables' names are those that shop platforms and their tools have long used, so that what is set already works.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from countinghouse.connections import SIMULATOR, Connection, connection_of, listed
from countinghouse.errors import SettingsError
from countinghouse.sources import SOURCES


@dataclass(frozen=True)
class _Named:
    """How the environment names one connection of a kind.

    needs    the variables that make it a connection, as key of `sources.toml` and variable
    secrets  ways to say who asks, each as key of `auth` and variable; the first that is set whole is taken
    """

    kind: str
    needs: dict[str, str]
    secrets: tuple[dict[str, str], ...]
    may: dict[str, str]
    url: str | None = None


_NAMED = (
    _Named(
        "shopify",
        {"url": "SHOPIFY_STORE_URL"},
        (
            {"access_token": "SHOPIFY_ACCESS_TOKEN"},
            {"client_id": "SHOPIFY_CLIENT_ID", "client_secret": "SHOPIFY_CLIENT_SECRET"},
        ),
        {},
    ),
    _Named(
        "woocommerce",
        {"url": "WOOCOMMERCE_URL"},
        ({"consumer_key": "WOOCOMMERCE_CONSUMER_KEY", "consumer_secret": "WOOCOMMERCE_CONSUMER_SECRET"},),
        {},
    ),
    _Named(
        "commercetools",
        {"project_key": "COMMERCETOOLS_PROJECT_KEY"},
        ({"client_id": "COMMERCETOOLS_CLIENT_ID", "client_secret": "COMMERCETOOLS_CLIENT_SECRET"},),
        {"region": "COMMERCETOOLS_REGION"},
    ),
    _Named(
        "payload",
        {"url": "PAYLOAD_URL"},
        ({"api_key": "PAYLOAD_API_KEY"}, {"email": "PAYLOAD_EMAIL", "password": "PAYLOAD_PASSWORD"}),
        {},
    ),
    _Named("stripe", {}, ({"api_key": "STRIPE_API_KEY"},), {}, url="https://api.stripe.com"),
)


def environment_connections(environ: Mapping[str, str]) -> tuple[Connection, ...]:
    """The connections whose variables are set; SettingsError where one is set in part."""
    found: list[Connection] = []
    for named in _NAMED:
        if named.kind not in SOURCES or not _is_enabled(environ, named.kind):
            continue
        shop = named.kind.upper()
        # Where the shop's day ends and what it sells in: without them, midnight in UTC and dollars.
        shared = {"timezone": f"{shop}_TIMEZONE", "currency": f"{shop}_CURRENCY"}
        told = {key: _value(environ, variable) for key, variable in (named.needs | named.may | shared).items()}
        entry: dict[str, Any] = {key: value for key, value in told.items() if value}
        whole = [way for way in named.secrets if all(_value(environ, variable) for variable in way.values())]
        is_begun = bool(entry.keys() & named.needs.keys()) if named.needs else bool(whole)
        if not is_begun:
            continue
        missing = [variable for key, variable in named.needs.items() if key not in entry]
        if not whole:
            missing += [" and ".join(way.values()) for way in named.secrets][:1]
        if missing:
            raise SettingsError(
                f"The variables of a {named.kind} connection are set in part: set {listed(missing)} too."
            )
        if named.url:
            entry["url"] = named.url
        if not entry.get("url", "https://").startswith(("http://", "https://")):
            # A shop's address is often given as its host alone.
            entry["url"] = f"https://{entry['url']}"
        auth = {key: f"env:{variable}" for key, variable in whole[0].items()}
        signing = [f"{shop}_WEBHOOK_SECRET", f"{shop}_WEBHOOK_SECRET_OLD"]
        if any(_value(environ, variable) for variable in signing):
            entry["webhook_secrets"] = [f"env:{variable}" for variable in signing if _value(environ, variable)]
        found.append(
            connection_of("the environment", 1, {"name": named.kind, "kind": named.kind, "auth": auth} | entry)
        )
    return tuple(found)


def simulator_connections(simulator_url: str, data_dir: Path | None = None) -> tuple[Connection, ...]:
    """The connections of a first start without any file: the simulator's shops, its payments and its rates."""
    folder = str((data_dir or Path("data")).absolute() / "simulator")
    entries: tuple[dict[str, object], ...] = (
        {
            "name": "shop-us",
            "kind": "shopify",
            "url": f"{simulator_url}/shopify",
            "timezone": "America/New_York",
            "currency": "USD",
            "webhook_secrets": [SIMULATOR],
            "auth": {"access_token": SIMULATOR},
        },
        {
            "name": "shop-eu",
            "kind": "woocommerce",
            "url": f"{simulator_url}/woocommerce",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
            "webhook_secrets": [SIMULATOR],
            "auth": {"consumer_key": SIMULATOR, "consumer_secret": SIMULATOR},
        },
        {
            "name": "shop-jp",
            "kind": "commercetools",
            "url": f"{simulator_url}/commercetools",
            "auth_url": f"{simulator_url}/commercetools-auth",
            "project_key": "simulator",
            "timezone": "Asia/Tokyo",
            "currency": "JPY",
            "auth": {"client_id": SIMULATOR, "client_secret": SIMULATOR},
        },
        {
            "name": "studio",
            "kind": "payload",
            "url": f"{simulator_url}/payload",
            "timezone": "Europe/London",
            "currency": "GBP",
            "auth": {"email": SIMULATOR, "password": SIMULATOR},
        },
        {
            "name": "practice",
            "kind": "dummyjson",
            "url": f"{simulator_url}/dummyjson",
            "timezone": "America/New_York",
        },
        {
            "name": "legacy",
            "kind": "tables",
            "url": folder,
            "timezone": "America/Toronto",
            "currency": "CAD",
            "naive_times": "UTC",
        },
        {
            "name": "payments",
            "kind": "stripe",
            "url": f"{simulator_url}/stripe",
            "webhook_secrets": [SIMULATOR],
            "auth": {"api_key": SIMULATOR},
            "settles": "practice",
        },
        {
            "name": "cards",  # of the studio and shop-eu, which name its payments themselves
            "kind": "stripe",
            "url": f"{simulator_url}/stripe-cards",
            "webhook_secrets": [SIMULATOR],
            "auth": {"api_key": SIMULATOR},
        },
        {"name": "fx", "kind": "fx", "url": f"{simulator_url}/fx", "since": "2023-01-02"},
    )
    return tuple(
        connection_of("the simulator's connections", number, entry)
        for number, entry in enumerate(entries, start=1)
        if entry["kind"] in SOURCES
    )


def _is_enabled(environ: Mapping[str, str], kind: str) -> bool:
    return _value(environ, f"ENABLE_{kind.upper()}").lower() not in ("false", "0", "no", "off")


def _value(environ: Mapping[str, str], variable: str) -> str:
    return environ.get(variable, "").strip()
