"""Payload's connector: answers recorded from a running 3.90.2, and the manners by which no row is lost unseen."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from recordings import recording
from running_simulator import HURRIED, RunningSimulator
from scripted_source import Heard, Reply, Script, ScriptedSource

from countinghouse.connections import Connection
from countinghouse.default_connections import simulator_connections
from countinghouse.errors import SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.sources import SOURCES
from countinghouse.sources.payload_reading import _life

HOUR = 3600
LISTS = {
    "users": "14-users-page1-depth0",
    "addresses": "15-addresses-page1-depth0",
    "categories": "16-categories-page1-depth0",
    "variant_types": "17-variantTypes-page1-depth0",
    "variant_options": "18-variantOptions-page1-depth0",
    "products": "19-products-page1-depth0",
    "variants": "20-variants-page1-depth0",
    "carts": "21-carts-page1-depth0",
    "transactions": "22-transactions-page1-depth0",
    "orders": "23-orders-page1-depth0",
}
ADMIN = {"user": {"id": 1, "roles": ["admin"]}, "collection": "users"}
LOGIN = {"message": "Authentication Passed", "exp": 2_000_000_000, "token": "a.token"}


@pytest.fixture(autouse=True)
def no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.session._purses", {})


@pytest.fixture
def site(source: ScriptedSource, monkeypatch: pytest.MonkeyPatch) -> Connection:
    monkeypatch.setenv("THE_EMAIL", "books@studio.example")
    monkeypatch.setenv("THE_PASSWORD", "hush-hush")
    auth = {"email": "env:THE_EMAIL", "password": "env:THE_PASSWORD"}
    return Connection(name="studio", kind="payload", url=source.url, currency="GBP", auth=auth)


def recorded(name: str) -> dict[str, Any]:
    return recording("payload", name)["response"]


def answers(**by_path: Any) -> Script:
    """Answer each path, `users_me` for /api/users/me, with a body or a recorded response."""

    def script(heard: Heard) -> Reply:
        found = by_path[heard.path.removeprefix("/api/").replace("/", "_")]
        is_recorded = "status" in found and "body" in found
        return Reply(found["body"], found["status"]) if is_recorded else Reply(found)

    return script


def page(docs: list[Any], *, has_next: bool = False) -> dict[str, Any]:
    return {"docs": docs, "hasNextPage": has_next, "totalDocs": len(docs), "limit": 100, "page": 1}


def payloads(manifest: Manifest) -> list[dict[str, Any]]:
    return [json.loads(json.loads(line)["payload"]) for line in manifest.pages_path.read_text().splitlines()]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_as_payload_sends_it_is_landed_without_what_opens_anything(
    source: ScriptedSource, site: Connection, landing_dir: Path, name: str
) -> None:
    sent = recorded(LISTS[name])["body"]
    slug = SOURCES["payload"].resource(name).path.strip("/")
    login, me = recorded("01-login-ok"), recorded("13-me")
    source.script = answers(users_login=login, users_me=me, **{slug: {**sent, "hasNextPage": False}})
    manifest = extract(site, name, None, landing_dir, "run-1")
    dropped = {"users": {"sessions"}, "carts": {"status"}}.get(name, set())
    assert payloads(manifest) == [{key: row[key] for key in row if key not in dropped} for row in sent["docs"]]
    lines = [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]
    assert [line["updated_at"] + "Z" for line in lines] == [row["updatedAt"][:-1] + "000Z" for row in sent["docs"]]
    asked = next(heard for heard in source.heard if heard.path == f"/api/{slug}")
    assert asked.headers["Authorization"] == f"JWT {login['body']['token']}"
    has_trash = name in ("products", "variants", "variant_types", "variant_options")
    assert (asked.query["depth"], asked.query["joins"], asked.query.get("trash")) == (
        *("0", "false"),
        "true" if has_trash else None,
    )


def test_a_token_that_is_nobodys_stops_the_reading_before_it_begins(
    source: ScriptedSource, site: Connection, landing_dir: Path
) -> None:
    source.script = answers(users_login=LOGIN, users_me=recorded("08-me-garbage-token"))
    with pytest.raises(SourceError, match=r"does not know who asks.*THE_EMAIL and the variable THE_PASSWORD"):
        extract(site, "products", None, landing_dir, "run-1", patience=HURRIED)
    # Once more with another login; no list was asked for.
    assert [heard.path for heard in source.heard] == ["/api/users/login", "/api/users/me"] * 2


def test_a_customers_account_is_refused(source: ScriptedSource, site: Connection, landing_dir: Path) -> None:
    login = recorded("77-customer-login")
    source.script = answers(users_login=login, users_me={"user": login["body"]["user"]})
    with pytest.raises(SourceError, match=r"has not the role 'admin'.*its own orders only"):
        extract(site, "orders", None, landing_dir, "run-1", patience=HURRIED)


def test_a_wrong_password_is_sent_once_by_all_readers_together(
    source: ScriptedSource, site: Connection, landing_dir: Path
) -> None:
    """After the fifth the account would be locked, for its owner too."""
    source.script = answers(users_login=recorded("02-login-wrong-password"))
    for name in ("orders", "products", "users"):
        with pytest.raises(SourceError, match=f"{name}:.*401 .The email or password provided is incorrect") as error:
            extract(site, name, None, landing_dir, "run-1", patience=HURRIED)
        assert "hush-hush" not in str(error.value)
    assert len(source.heard) == 1
    assert json.loads(source.heard[0].body) == {"email": "books@studio.example", "password": "hush-hush"}


def test_a_login_that_ends_is_renewed_once_and_the_list_read_again(
    source: ScriptedSource, site: Connection, landing_dir: Path
) -> None:
    logins = iter("12345")
    alive: set[str] = set()

    def script(heard: Heard) -> Reply:
        token = heard.headers.get("Authorization", "").removeprefix("JWT ")
        if heard.path == "/api/users/login":
            alive.add(token := f"t{next(logins)}")
            return Reply({**LOGIN, "token": token})
        if heard.path == "/api/users/me":
            return Reply(ADMIN if token in alive else {"user": None, "message": "Account"})
        if token == "t1":
            alive.discard("t1")  # somebody logs us out between the pages: anybody sees less
            return Reply(page([{"id": 1, "updatedAt": "2026-01-01T00:00:00.000Z"}]))
        return Reply(page([{"id": n, "updatedAt": f"2026-01-0{n}T00:00:00.000Z"} for n in (1, 2)]))

    source.script = script
    manifest = extract(site, "products", None, landing_dir, "run-1", patience=HURRIED)
    assert [row["id"] for row in payloads(manifest)] == [1, 2]
    assert [heard.path for heard in source.heard].count("/api/users/login") == 2


def listed(rows: list[dict[str, Any]]) -> Script:
    """A collection on a database whose ids are text: sorted, narrowed by >= and paged by number."""

    def script(heard: Heard) -> Reply:
        if heard.path != "/api/orders":
            return Reply(LOGIN if heard.path == "/api/users/login" else ADMIN)
        assert heard.query["sort"] == "updatedAt,id"
        since = heard.query.get("where[updatedAt][greater_than_equal]", "")
        found = [
            row for row in sorted(rows, key=lambda row: (row["updatedAt"], row["id"])) if row["updatedAt"] >= since
        ]
        size, start = int(heard.query["limit"]), (int(heard.query["page"]) - 1) * int(heard.query["limit"])
        return Reply(page(found[start : start + size], has_next=start + size < len(found)))

    return script


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100])
def test_rows_of_one_instant_with_ids_of_text_come_once_each(
    source: ScriptedSource, site: Connection, landing_dir: Path, size: int
) -> None:
    instants = "0001111123"  # five rows of one instant
    rows = [{"id": f"6b00{n}", "updatedAt": f"2026-01-01T00:00:0{at}.000Z"} for n, at in enumerate(instants)]
    source.script = listed(rows)
    manifest = extract(site, "orders", None, landing_dir, "run-1", page_size=size)
    assert [row["id"] for row in payloads(manifest)] == [row["id"] for row in rows]


def test_numbers_as_ids_are_the_border_themselves(source: ScriptedSource, site: Connection, landing_dir: Path) -> None:
    row = {"id": 7, "updatedAt": "2026-01-01T00:00:00.123Z"}
    pages = iter([page([row], has_next=True), page([{**row, "id": 8}])])
    source.script = lambda heard: Reply(
        next(pages) if heard.path == "/api/orders" else ADMIN if heard.path.endswith("me") else LOGIN
    )
    extract(site, "orders", None, landing_dir, "run-1")
    first, second = [heard.query for heard in source.heard if heard.path == "/api/orders"]
    assert {key: value for key, value in second.items() if key not in first} == {
        "where[or][0][updatedAt][greater_than]": "2026-01-01T00:00:00.123Z",
        "where[or][1][and][0][updatedAt][equals]": "2026-01-01T00:00:00.123Z",
        "where[or][1][and][1][id][greater_than]": "7",
    }
    assert second["page"] == "1"


def test_the_next_reading_asks_from_before_the_newest_change_to_a_minute_ago(
    source: ScriptedSource, site: Connection, landing_dir: Path
) -> None:
    source.script = listed([{"id": "a", "updatedAt": "2026-11-20T09:00:00.250Z"}])
    cursor = extract(site, "orders", None, landing_dir, "run-1").cursor_to
    source.heard.clear()
    extract(site, "orders", cursor, landing_dir, "run-2")
    [asked] = [heard.query for heard in source.heard if heard.path == "/api/orders"]
    assert asked["where[and][0][updatedAt][greater_than_equal]"] == "2026-11-20T08:55:00.250Z"
    assert asked["where[and][1][updatedAt][less_than]"] == "2026-11-20T09:39:00.000Z"  # its Date says 09:40


def test_a_site_with_other_routes_and_another_word_for_its_administrators(
    source: ScriptedSource, site: Connection, landing_dir: Path
) -> None:
    site = site.model_copy(update={"options": {"api_path": "/backend/api/", "role": "owner"}})
    bodies = {
        "/backend/api/users/login": LOGIN,
        "/backend/api/users/me": {"user": {"roles": ["owner"]}},
        "/backend/api/categories": page([{"id": 1, "updatedAt": "2026-01-01T00:00:00.000Z"}]),
    }
    source.script = lambda heard: Reply(bodies[heard.path])
    assert extract(site, "categories", None, landing_dir, "run-1").rows == 1


def test_an_api_key_needs_no_login(
    source: ScriptedSource, site: Connection, landing_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_KEY", "11111111-2222")
    site = site.model_copy(update={"auth": {"api_key": "env:THE_KEY"}})
    source.script = answers(users_me=ADMIN, categories=page([]))
    extract(site, "categories", None, landing_dir, "run-1")
    assert {heard.headers["Authorization"] for heard in source.heard} == {"users API-Key 11111111-2222"}
    source.script = answers(users_me={"user": None, "message": "Account"})
    with pytest.raises(SourceError, match=r"does not know who asks.*the variable THE_KEY"):
        extract(site, "categories", None, landing_dir, "run-1", patience=HURRIED)


def test_a_token_lives_as_long_as_its_own_claims_say() -> None:
    """Two hours by the source's clock, wherever ours stands."""
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 1_700_000_000}).encode()).decode().rstrip("=")
    assert _life(f"head.{claims}.signature", 1_700_007_200) == 7200
    assert _life("opaque", None) is None


def test_a_login_that_ends_in_the_middle_of_a_list_costs_no_row(simulator: RunningSimulator, landing_dir: Path) -> None:
    """Three hours pass between two pages; anybody would not see the draft among the products."""
    studio = next(one for one in simulator_connections(simulator.url) if one.name == "studio")
    whole = {row["id"] for row in payloads(extract(studio, "products", None, landing_dir, "run-1", patience=HURRIED))}
    simulator.recover()
    simulator.break_down("/payload/api/products", "clock_moves", after=1, times=1, seconds=3 * HOUR)
    again = extract(studio, "products", None, landing_dir, "run-2", page_size=5, patience=HURRIED)
    assert {row["id"] for row in payloads(again)} == whole
    assert any(row["_status"] == "draft" for row in payloads(again))
    assert [heard["path"] for heard in simulator.heard()].count("/payload/api/users/login") == 1
