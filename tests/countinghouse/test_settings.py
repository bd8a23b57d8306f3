from pathlib import Path

import pytest

from countinghouse.connections import SIMULATOR_KEYS, Connection
from countinghouse.errors import CountinghouseError, SettingsError
from countinghouse.settings import load_settings
from countinghouse.sources import SOURCES

SHOP = """
[[connection]]
name = "corner-shop"
kind = "dummyjson"
url = "https://shop.example/api/"
timezone = "Europe/Berlin"
currency = "EUR"
synthetic_dates = { start = "2025-03-01", days = 90 }

[[connection]]
name = "till"
kind = "stripe"
url = "https://api.stripe.com"
auth = { api_key = "env:TILL_KEY" }
settles = "corner-shop"
"""
CASHBOX = '[[connection]]\nname = "till"\nkind = "stripe"\nurl = "https://api.stripe.com"\n'


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(text: str, tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "my.toml"
    path.write_text(text)
    return {"COUNTINGHOUSE_SOURCES": str(path)}


def complaint(text: str, tmp_path: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(written(text, tmp_path))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_without_a_file_the_connections_are_the_simulators(tmp_path: Path) -> None:
    settings = load_settings({"COUNTINGHOUSE_SIMULATOR_URL": "http://localhost:9000/"})
    assert {connection.kind for connection in settings.connections} == set(SOURCES)
    shop, payments = settings.connection("practice"), settings.connection("payments")
    assert (shop.name, shop.kind, shop.url) == ("practice", "dummyjson", "http://localhost:9000/dummyjson")
    assert (shop.timezone, shop.currency) == ("America/New_York", "USD")
    assert (payments.name, payments.kind, payments.url) == ("payments", "stripe", "http://localhost:9000/stripe")
    assert payments.options == {"settles": "practice"}
    assert payments.secret("api_key") == SIMULATOR_KEYS["api_key"]
    assert settings.data_dir == tmp_path / "data"
    assert settings.published_path == tmp_path / "data" / "published" / "prod.duckdb"


def test_a_file_in_the_working_folder_is_found_by_itself(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(SHOP)
    assert [connection.name for connection in load_settings({}).connections] == ["corner-shop", "till"]


def test_every_key_of_an_entry_arrives(tmp_path: Path) -> None:
    shop, till = load_settings(written(SHOP, tmp_path)).connections
    assert (shop.url, shop.timezone, shop.currency, shop.enabled) == (
        *("https://shop.example/api", "Europe/Berlin", "EUR"),
        True,
    )
    assert str(shop.options["synthetic_dates"]["start"]) == "2025-03-01"
    assert shop.options["synthetic_dates"]["days"] == 90
    assert till.auth == {"api_key": "env:TILL_KEY"}
    assert till.options == {"settles": "corner-shop"}


def test_a_file_saved_by_windows_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SHOP.replace("\n", "\r\n").encode())
    assert len(load_settings({"COUNTINGHOUSE_SOURCES": str(path)}).connections) == 2


def test_a_disabled_connection_is_known_but_not_read(tmp_path: Path) -> None:
    settings = load_settings(written(SHOP.replace('"EUR"', '"EUR"\nenabled = false'), tmp_path))
    assert [connection.name for connection in settings.enabled_connections] == ["till"]


def test_a_named_file_that_is_missing_is_an_error_and_not_the_simulator(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"COUNTINGHOUSE_SOURCES names .*nowhere\.toml, which does not exist"):
        load_settings({"COUNTINGHOUSE_SOURCES": str(tmp_path / "nowhere.toml")})


def test_a_folder_or_a_file_without_rights_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"COUNTINGHOUSE_SOURCES": str(tmp_path)})


def test_a_file_that_is_not_toml_is_refused_with_line_and_column(tmp_path: Path) -> None:
    assert "line 2, column 8" in complaint('[[connection]]\nname = corner"\n', tmp_path)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_bytes(b'name = "\xff\xfe"')
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings({"COUNTINGHOUSE_SOURCES": str(path)})


@pytest.mark.parametrize(
    "entry",
    [
        CASHBOX + 'auth = { api_key = "sk_live_4242" }',
        CASHBOX + 'api_key = "sk_live_4242"',
        CASHBOX + 'auth = { apikey = "sk_live_4242" }',
        CASHBOX + 'auth = "sk_live_4242"',
        CASHBOX + 'auth = { api_key = ["sk_live_4242"] }',
        CASHBOX.replace("https://", "https://me:sk_live_4242@"),
        CASHBOX + "auth = { api_key = sk_live_4242 }",
        'api_key = "sk_live_4242"',
    ],
)
def test_a_secret_written_into_the_file_is_refused_and_never_repeated(entry: str, tmp_path: Path) -> None:
    assert "4242" not in complaint(entry, tmp_path)


def test_a_secret_written_into_the_file_is_answered_with_how_to_write_it(tmp_path: Path) -> None:
    message = complaint(CASHBOX + 'auth = { api_key = "sk_live_4242" }', tmp_path)
    assert "connection 'till'" in message
    assert 'api_key = "env:NAME_OF_THE_VARIABLE"' in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SHOP.replace("dummyjson", "dummyjsn"), ["'dummyjsn'", "did you mean 'dummyjson'?"]),
        (SHOP.replace('"till"', '"corner-shop"'), ["two connections are named 'corner-shop'"]),
        (SHOP.replace("https://shop.example/api/", "shop.example"), ["url", "'shop.example'", "https://host/path"]),
        (SHOP.replace("https://shop.example/api/", "ftp://shop.example"), ["is no web address"]),
        (SHOP.replace("https://shop.example/api/", "https://shop.example:http/"), ["is no web address"]),
        (SHOP.replace("https://shop.example/api/", "https://shop.example/?a=1"), ["query or fragment"]),
        (SHOP.replace("https://shop", "https://me:pass@shop"), ["url", "holds a name or password"]),
        (SHOP.replace("Europe/Berlin", "Europe/Berln"), ["'Europe/Berln'", "did you mean 'Europe/Berlin'?"]),
        (SHOP.replace("EUR", "euro"), ["'euro' is no currency code"]),
        (SHOP.replace("timezone =", "time_zone ="), ["'time_zone' is not known", "did you mean 'timezone'?"]),
        (SHOP.replace("[[connection]]", "[[conection]]"), ["did you mean 'connection'?"]),
        (SHOP.replace('"corner-shop"\nkind', '"Corner Shop"\nkind'), ["name", "small letters"]),
        (SHOP.replace('name = "till"\n', ""), ["connection 2", "'name' is missing"]),
        (SHOP.replace('currency = "EUR"', 'enabled = "perhaps"'), ["enabled", "valid boolean"]),
        (SHOP.replace("2025-03-01", "yesterday"), ["synthetic_dates.start"]),
        (SHOP.replace("days = 90", "days = 0"), ["synthetic_dates.days"]),
        (SHOP.replace('settles = "corner-shop"', 'settles = "corner-shp"'), ["did you mean 'corner-shop'?"]),
        (SHOP.replace('settles = "corner-shop"', 'settles = "till"'), ["names no shop"]),
        (SHOP.replace('auth = { api_key = "env:TILL_KEY" }\n', ""), ["connection 'till'", "needs auth"]),
        (SHOP.replace('currency = "EUR"', 'auth = { api_key = "env:X" }'), ["auth.api_key", "needs no auth"]),
        ("", ["names no connection", "[[connection]]"]),
        ("connection = 3", ["names no connection"]),
        ("connection = [3]", ["connection 1 is not a table"]),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_that_says_where(text: str, words: list[str], tmp_path: Path) -> None:
    message = complaint(text, tmp_path)
    assert "my.toml" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("COUNTINGHOUSE_SIMULATOR_URL", "localhost"),
        ("COUNTINGHOUSE_ENVIRONMENT", "../prod"),
        ("COUNTINGHOUSE_REPORTING_CURRENCY", "dollars"),
        ("COUNTINGHOUSE_SHOW_PERSONAL_DATA", "perhaps"),
        ("COUNTINGHOUSE_API_PORT", "0"),
        ("COUNTINGHOUSE_API_ALLOWED_HOSTS", "books.example.com, https://books.example.com"),
        ("COUNTINGHOUSE_API_CORS_ORIGINS", "admin.example.com"),
        ("COUNTINGHOUSE_API_REQUESTS_PER_MINUTE", "0"),
        ("BATCH_SIZE", "many"),
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "-5"),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load_settings({variable: value})


def test_an_empty_variable_counts_as_unset() -> None:
    names = ["COUNTINGHOUSE_SOURCES", "COUNTINGHOUSE_ENVIRONMENT", "COUNTINGHOUSE_SHOW_PERSONAL_DATA", "BATCH_SIZE"]
    settings = load_settings(dict.fromkeys(names, ""))
    assert settings.model_dump() == load_settings({}).model_dump()


def test_a_secret_is_looked_up_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    till = load_settings(written(SHOP, tmp_path)).connection("till")
    with pytest.raises(SettingsError, match=r"till: auth\.api_key is to come from the variable TILL_KEY"):
        till.secret("api_key")
    monkeypatch.setenv("TILL_KEY", "sk_live_4242\n")
    assert till.secret("api_key") == "sk_live_4242"
    assert "4242" not in repr(till) + till.model_dump_json()


def test_a_key_with_a_line_break_in_it_is_refused_without_repeating_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILL_KEY", "sk_live\n4242")
    with pytest.raises(SettingsError, match="TILL_KEY") as caught:
        load_settings(written(SHOP, tmp_path)).connection("till").secret("api_key")
    assert "4242" not in str(caught.value)


def test_an_unknown_connection_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(CountinghouseError, match=r"corner-shop, till \(did you mean 'till'\?\)"):
        load_settings(written(SHOP, tmp_path)).connection("tiil")


def test_variables_of_other_tools_make_connections_without_a_file() -> None:
    settings = load_settings({"STRIPE_API_KEY": "rk_live_x", "PATH": "/bin"})
    (stripe,) = settings.connections
    assert (stripe.name, stripe.kind, stripe.url) == ("stripe", "stripe", "https://api.stripe.com")
    assert stripe.auth == {"api_key": "env:STRIPE_API_KEY"}


def test_a_kind_can_be_switched_off_by_its_variable() -> None:
    settings = load_settings({"STRIPE_API_KEY": "rk_live_x", "ENABLE_STRIPE": "false"})
    assert "practice" in [connection.name for connection in settings.connections]


def test_definitions_are_one_of_three_and_a_slip_is_named() -> None:
    assert load_settings({}).definitions == "shopify"
    assert load_settings({"COUNTINGHOUSE_DEFINITIONS": "Finance"}).definitions == "finance"
    with pytest.raises(SettingsError, match=r"COUNTINGHOUSE_DEFINITIONS is 'shopfy'.*did you mean 'shopify'"):
        load_settings({"COUNTINGHOUSE_DEFINITIONS": "shopfy"})


def test_lists_are_written_with_commas() -> None:
    settings = load_settings(
        {
            "COUNTINGHOUSE_API_ALLOWED_HOSTS": "books.example.com, [::1]",
            "COUNTINGHOUSE_API_CORS_ORIGINS": "https://a.example/,http://localhost:3000",
        }
    )
    assert settings.api_allowed_hosts == ("books.example.com", "[::1]")
    assert settings.api_cors_origins == ("https://a.example", "http://localhost:3000")
    assert load_settings({}).api_allowed_hosts == load_settings({}).api_cors_origins == ()


def test_secret_of_webhooks_that_is_written_out_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        '[[connection]]\nname = "a"\nkind = "stripe"\nurl = "https://api.stripe.com"\n'
        'auth = { api_key = "env:A" }\nwebhook_secrets = ["whsec_hush"]\n'
    )
    with pytest.raises(SettingsError, match="written out") as refused:
        load_settings({"COUNTINGHOUSE_SOURCES": str(path)})
    assert "hush" not in str(refused.value)


def test_simulators_public_secret_proves_nothing_for_a_real_shop(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        '[[connection]]\nname = "a"\nkind = "stripe"\nurl = "https://api.stripe.com"\n'
        'auth = { api_key = "env:A" }\nwebhook_secrets = ["simulator"]\n'
    )
    with pytest.raises(SettingsError, match="env:NAME_OF_THE_VARIABLE"):
        load_settings({"COUNTINGHOUSE_SOURCES": str(path)})


def test_shopify_signs_with_the_apps_own_secret_where_no_other_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET", "shpss_hush")
    monkeypatch.setenv("NEW_SECRET", "shpss_new")
    auth = {"client_id": "env:APP_ID", "client_secret": "env:APP_SECRET"}
    shop = Connection(name="shop", kind="shopify", url="https://shop.myshopify.com", auth=auth)
    assert shop.signing_secrets() == ["shpss_hush"]
    both = shop.model_copy(update={"webhook_secrets": ("env:NEW_SECRET", "env:APP_SECRET")})
    assert both.signing_secrets() == ["shpss_new", "shpss_hush"]
    token = shop.model_copy(update={"auth": {"access_token": "env:APP_SECRET"}})
    assert token.signing_secrets() == []
