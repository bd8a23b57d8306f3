import pytest

from countinghouse.errors import SettingsError
from countinghouse.settings import load_settings

NAMED = {
    "shopify": {"SHOPIFY_STORE_URL": "shop.myshopify.com", "SHOPIFY_ACCESS_TOKEN": "x"},
    "woocommerce": {
        "WOOCOMMERCE_URL": "https://shop.example/",
        "WOOCOMMERCE_CONSUMER_KEY": "x",
        "WOOCOMMERCE_CONSUMER_SECRET": "x",
    },
    "commercetools": {
        "COMMERCETOOLS_PROJECT_KEY": "shop",
        "COMMERCETOOLS_CLIENT_ID": "x",
        "COMMERCETOOLS_CLIENT_SECRET": "x",
        "COMMERCETOOLS_REGION": "europe-west1.gcp",
    },
    "payload": {"PAYLOAD_URL": "https://shop.example", "PAYLOAD_EMAIL": "x", "PAYLOAD_PASSWORD": "x"},
    "stripe": {"STRIPE_API_KEY": "x"},
}
URLS = {
    "shopify": "https://shop.myshopify.com",
    "woocommerce": "https://shop.example",
    "payload": "https://shop.example",
    "stripe": "https://api.stripe.com",
}


@pytest.mark.parametrize(("kind", "variables"), NAMED.items(), ids=NAMED)
def test_the_usual_variables_make_a_connection_of_each_kind(kind: str, variables: dict[str, str]) -> None:
    (connection,) = load_settings({**variables, "PATH": "/bin"}).connections
    assert (connection.name, connection.kind) == (kind, kind)
    assert connection.url == URLS.get(kind, connection.url)
    assert set(connection.auth.values()) <= {f"env:{name}" for name in variables}


def test_all_of_them_at_once_are_as_many_connections() -> None:
    everything = {name: value for variables in NAMED.values() for name, value in variables.items()}
    assert [one.kind for one in load_settings(everything).connections] == list(NAMED)


@pytest.mark.parametrize(("kind", "variables"), NAMED.items(), ids=NAMED)
def test_enable_false_leaves_a_kind_out(kind: str, variables: dict[str, str]) -> None:
    settings = load_settings({**variables, f"ENABLE_{kind.upper()}": "false"})
    # Nothing else is named, so the pretended merchant's connections are taken.
    assert "practice" in [one.name for one in settings.connections]


@pytest.mark.parametrize("left_out", ["SHOPIFY_ACCESS_TOKEN"])
def test_variables_set_in_part_say_which_is_missing(left_out: str) -> None:
    variables = {name: value for name, value in NAMED["shopify"].items() if name != left_out}
    with pytest.raises(SettingsError, match=f"a shopify connection are set in part: set {left_out} too"):
        load_settings(variables)


def test_commercetools_finds_its_address_by_its_region() -> None:
    (connection,) = load_settings(NAMED["commercetools"]).connections
    assert connection.url.startswith("https://api.europe-west1.gcp.commercetools.com")


@pytest.mark.parametrize(("kind", "variables"), NAMED.items(), ids=NAMED)
def test_each_kind_may_have_its_own_time_zone_and_currency(kind: str, variables: dict[str, str]) -> None:
    (plain,) = load_settings(variables).connections
    assert (plain.timezone, plain.currency) == ("UTC", "USD")
    own = {f"{kind.upper()}_TIMEZONE": "Europe/Berlin", f"{kind.upper()}_CURRENCY": "EUR"}
    (connection,) = load_settings({**variables, **own}).connections
    assert (connection.timezone, connection.currency) == ("Europe/Berlin", "EUR")
    with pytest.raises(SettingsError, match="'Berlin' is no time zone"):
        load_settings({**variables, f"{kind.upper()}_TIMEZONE": "Berlin"})


def test_secret_of_webhooks_comes_from_the_environment() -> None:
    found = load_settings(
        {
            "STRIPE_API_KEY": "rk_live_x",
            "STRIPE_WEBHOOK_SECRET": "whsec_new",
            "STRIPE_WEBHOOK_SECRET_OLD": "whsec_old",
        }
    )
    assert [one.webhook_secrets for one in found.connections] == [
        ("env:STRIPE_WEBHOOK_SECRET", "env:STRIPE_WEBHOOK_SECRET_OLD")
    ]
