"""Who comes in, what they see, how often they may ask; and what every error looks like."""

import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from api_client import Api, settings_of
from published_world import World

from api.callers import Rates
from api.main import create_app
from countinghouse.api_keys import KeyRing
from countinghouse.errors import SettingsError

PEOPLE = ("/api/customers/top-customers", "/api/customers/segments/VIP")


@pytest.fixture
def folder(trio_copy: Path, tmp_path: Path) -> Path:
    """The three shops, published with everybody's name."""
    shutil.copytree(trio_copy, tmp_path / "data", symlinks=True)
    with duckdb.connect(str((tmp_path / "data" / "published" / "prod.duckdb").resolve())) as con:
        con.execute("UPDATE ops.publication SET is_masked = FALSE")
        con.execute(
            "UPDATE marts.dim_customers "
            "SET full_name = 'Name of ' || customer_key, email = 'to.' || customer_key || '@x.example'"
        )
        con.execute("UPDATE marts.dim_customer_accounts SET email = 'to.' || customer_key || '@x.example'")
    return tmp_path / "data"


def ring(folder: Path) -> KeyRing:
    return KeyRing(settings_of(folder).api_keys_path)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_any_key_this_machine_may_ask(api: Api) -> None:
    assert api.get("/api/stores").status_code == 200


def test_from_the_first_key_on_every_question_needs_one(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder)
    key = ring(folder).make("another system")
    for path in ("/api/stores", "/api/ledger", "/metrics", *PEOPLE):
        refused = api.get(path)
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="countinghouse"')
        assert api.get(path, headers=bearer(key)).status_code == 200
        assert api.get(path, headers={"X-API-Key": key}).status_code == 200
    for path in ("/", "/health", "/ready", "/docs", "/redoc", "/openapi.json"):
        assert api.get(path).status_code == 200


@pytest.mark.parametrize("wrong", ["", "ch_000000000000_" + "A" * 43, "x" * 10_000, "ch_é", "' OR 1 = 1 --"])
def test_a_strange_key_opens_nothing(api_of: Callable[..., Api], folder: Path, wrong: str) -> None:
    api = api_of(folder)
    key = ring(folder).make("another system")
    assert api.get("/api/stores", headers={"X-API-Key": wrong.encode()}).status_code == 401
    assert api.get("/api/stores", headers={"X-API-Key": key[:-1] + ("A" if key[-1] != "A" else "B")}).status_code == 401


def test_a_revoked_key_opens_nothing_at_once_and_nothing_opens_by_itself(
    api_of: Callable[..., Api], folder: Path
) -> None:
    api, keys = api_of(folder), ring(folder)
    key = keys.make("another system")
    assert api.get("/api/stores", headers=bearer(key)).status_code == 200
    keys.revoke(keys.keys()[0].id)
    assert api.get("/api/stores", headers=bearer(key)).status_code == 401
    assert api.get("/api/stores").status_code == 401


def test_an_expired_key_opens_nothing(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder)
    old = ring(folder).make("last year's", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    good = ring(folder).make("this year's", expires_at=datetime.now(UTC) + timedelta(days=1))
    assert api.get("/api/stores", headers=bearer(old)).status_code == 401
    assert api.get("/api/stores", headers=bearer(good)).status_code == 200


def test_a_key_is_on_disk_only_as_a_hash_and_its_use_is_noted(folder: Path) -> None:
    keys = ring(folder)
    key = keys.make("another system")
    assert keys.keys()[0].last_used_at is None
    assert keys.find(key)
    used_at = keys.keys()[0].last_used_at
    assert used_at
    assert datetime.now(UTC) - used_at < timedelta(minutes=1)
    secret = key.split("_", 2)[2].encode()
    for path in folder.glob("api_keys*"):
        assert secret not in path.read_bytes()
    assert stat.S_IMODE(settings_of(folder).api_keys_path.stat().st_mode) == 0o600


def test_people_are_named_only_to_keys_that_may_know_them(
    api_of: Callable[..., Api], folder: Path, trio: World
) -> None:
    api = api_of(folder)
    plain, personal = ring(folder).make("figures"), ring(folder).make("crm", ("read", "personal"))
    person = next(person for person in trio.customers if person.city)
    paths = (*PEOPLE, f"/api/customers/{person.key}")
    for path in paths:
        hidden = api.get(path, headers=bearer(plain), **({"limit": 1000} if "/top" in path or "seg" in path else {}))
        for someone in trio.customers:
            assert f"to.{someone.key}@" not in hidden.text
            assert f"Name of {someone.key}" not in hidden.text
            if someone.city:
                assert f'"{someone.city}"' not in hidden.text
        assert hidden.headers["Cache-Control"] == "private, no-cache"
    told = api.get(paths[-1], headers=bearer(personal))
    shown = told.json()["data"]
    assert shown["email"] == shown["accounts"][0]["email"] == f"to.{person.key}@x.example"
    assert (shown["name"], shown["city"]) == (f"Name of {person.key}", person.city)
    assert told.headers["Cache-Control"] == "no-store"
    # Neither is given the other's answer, remembered or unchanged.
    again = api.get(paths[-1], headers=bearer(plain) | {"If-None-Match": told.headers["ETag"]})
    assert again.status_code == 200
    assert again.json()["data"]["email"] == "t…@x.example"


def test_without_a_key_people_are_named_where_the_setting_says_so(
    api_of: Callable[..., Api], folder: Path, trio: World
) -> None:
    key = trio.customers[0].key
    assert "Name of" not in api_of(folder).get(f"/api/customers/{key}").text
    shown = api_of(folder, show_personal_data="true")
    assert shown.get(f"/api/customers/{key}").json()["data"]["name"] == f"Name of {key}"


def test_a_key_that_asks_too_often_is_told_when_to_come_back(api_of: Callable[..., Api], folder: Path) -> None:
    api = api_of(folder, api_requests_per_minute="3")
    key, other = ring(folder).make("eager"), ring(folder).make("patient")
    left = [api.get("/api/stores", headers=bearer(key)).headers["RateLimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    refused = api.get("/api/stores", headers=bearer(key))
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.headers["RateLimit-Policy"] == '"key";q=3;w=60'
    assert api.get("/api/stores", headers=bearer(other)).status_code == 200


def test_a_bucket_fills_evenly_and_never_over_its_rim() -> None:
    rates = Rates(per_minute=60)
    assert [rates.take("key", 0.0)[0] for _ in range(61)] == [True] * 60 + [False]
    assert rates.take("key", 0.9) == (False, 0, 1)
    assert rates.take("key", 1.0) == (True, 0, 60)
    assert [rates.take("key", 1000.0)[0] for _ in range(61)] == [True] * 60 + [False]


def test_others_are_not_let_in_before_there_is_a_key(folder: Path) -> None:
    for variables in ({"api_host": "0.0.0.0"}, {"api_allowed_hosts": "books.example.com"}):
        with pytest.raises(SettingsError, match="make api-keys"):
            create_app(settings_of(folder, **variables))
    ring(folder).make("expired", expires_at=datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(SettingsError, match="no usable key"):
        create_app(settings_of(folder, api_host="0.0.0.0"))
    ring(folder).make("good")
    create_app(settings_of(folder, api_host="0.0.0.0"))


def test_an_open_address_stays_shut_though_its_keys_are_taken_away(api_of: Callable[..., Api], folder: Path) -> None:
    ring(folder).make("good")
    api = api_of(folder, api_host="0.0.0.0")
    settings_of(folder).api_keys_path.unlink()
    assert api.get("/api/stores").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "169.254.169.254", "[::ffff:1.2.3.4]"])
def test_a_web_page_cannot_ask_this_machine_under_its_own_name(api: Api, host: str) -> None:
    answer = api.get("/api/stores", host=host)
    assert (answer.status_code, answer.headers["Content-Type"]) == (421, "application/problem+json")


@pytest.mark.parametrize("host", ["127.0.0.1:8600", "localhost", "LOCALHOST:1", "[::1]:8600"])
def test_this_machines_own_names_are_known(api: Api, host: str) -> None:
    assert api.get("/api/stores", host=host).status_code == 200


def test_a_named_host_is_let_in_with_a_key(api_of: Callable[..., Api], folder: Path) -> None:
    key = ring(folder).make("behind a proxy")
    api = api_of(folder, api_allowed_hosts="books.example.com")
    assert api.get("/api/stores", host="books.example.com", headers=bearer(key)).status_code == 200
    assert api.get("/api/stores", host="other.example.com", headers=bearer(key)).status_code == 421


def test_origins_are_let_in_by_the_setting_alone(api_of: Callable[..., Api], folder: Path, api: Api) -> None:
    origin = {"Origin": "https://admin.example.com"}
    assert "Access-Control-Allow-Origin" not in api.get("/api/stores", headers=origin).headers
    named = api_of(folder, api_cors_origins="https://admin.example.com")
    assert named.get("/api/stores", headers=origin).headers["Access-Control-Allow-Origin"] == origin["Origin"]
    other = named.get("/api/stores", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers
    asked = origin | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "Authorization"}
    assert named.get("/api/stores", method="OPTIONS", headers=asked).status_code == 200
    with pytest.raises(SettingsError, match="CORS"):
        create_app(settings_of(folder, api_cors_origins="*"))


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "/docs"),
        ("/api/stores/", 404, "/docs"),
        ("/api/sales/summary?dayz=3", 422, "dayz: there is no such parameter"),
        ("/api/stores?limit=3", 422, "limit: there is no such parameter"),
        ("/api/sales/summary?days=0", 422, "days: should be greater than or equal to 1."),
        ("/api/sales/summary?days=1e3", 422, "days"),
        ("/api/customers/top-customers?limit=1001", 422, "limit"),
        ("/api/sales/daily?from=2026-02-30", 422, "from"),
        ("/api/sales/daily?from=2026-03-02&to=2026-03-01", 422, "`from` (2026-03-02) is after `to` (2026-03-01)"),
        ("/api/sales/daily?from=0001-01-01", 422, "days are too many"),
        ("/api/sales/daily?from=20261101", 422, "from: write a day as 2026-11-30."),
        ("/api/sales/by/mood", 422, "dimension"),
        ("/api/sales/summary?store=shop-uss", 404, "did you mean 'shop-us'"),
        ("/api/ledger?cursor=AAAAAAAAAAAAAAAAAAAAAAAA", 404, "begin again"),
        ("/api/customers/none", 404, "no customer"),
    ],
)
def test_every_error_is_a_problem_with_a_useful_sentence(api: Api, path: str, status: int, words: str) -> None:
    answer = api.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    told = answer.json()
    assert (told["status"], told["instance"]) == (status, path.split("?")[0])
    assert told["type"].startswith("urn:countinghouse:problem:")
    assert words in told["detail"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_another_method_is_told_which_there_are(api: Api) -> None:
    answer = api.get("/api/stores", method="DELETE")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("path", "status"), [("/api/stores", 200), ("/ready", 200), ("/api/customers/none", 404)])
def test_head_tells_what_get_would_without_the_body(api: Api, path: str, status: int) -> None:
    asked, head = api.get(path), api.get(path, method="HEAD")
    assert (asked.status_code, head.status_code) == (status, status)
    for name in ("Content-Type", "Content-Length", "ETag", "Countinghouse-Version"):
        assert head.headers.get(name) == asked.headers.get(name)
    assert asked.content
    assert head.content == b""
    assert 'method="HEAD",route="/api/stores"' in api.get("/metrics").text or path != "/api/stores"


def test_a_failure_shows_no_traceback_and_a_number_for_the_log(
    api_of: Callable[..., Api], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with duckdb.connect(str((folder / "published" / "prod.duckdb").resolve())) as con:
        con.execute("DROP TABLE marts.customer_cohorts")
    answer = api_of(folder).get("/api/customers/cohorts")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert "customer_cohorts" not in answer.text
    assert answer.headers["Request-Id"] in answer.json()["detail"]
    assert answer.headers["Request-Id"] in caplog.text


def test_prometheus_counts_by_pattern_not_by_key(api: Api) -> None:
    api.get("/api/customers/none")
    api.get("/nothing/at/all")
    text = api.get("/metrics").text
    assert 'countinghouse_http_requests_total{method="GET",route="/api/customers/{key}",status="404"} 1.0' in text
    assert "countinghouse_published_version 1.0" in text
    assert "/nothing" not in text


def test_documentation_asks_nobody_else(api: Api) -> None:
    for path in ("/docs", "/redoc"):
        page = api.get(path).text
        assert "//cdn" not in page
        assert "https://" not in page
