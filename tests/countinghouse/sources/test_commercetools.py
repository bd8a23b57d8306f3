"""commercetools' declarations against recorded answers, and against manners that few projects have.

What was recorded are answers of a third party's mock: weaker evidence than the documentation, and all that can be had
without an account.
"""

import base64
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from recordings import recording
from running_simulator import HURRIED
from scripted_source import Heard, Reply, ScriptedSource

from countinghouse.connections import connection_of
from countinghouse.errors import SettingsError, SourceError
from countinghouse.extraction import extract
from countinghouse.landing import Manifest
from countinghouse.settings import Connection
from countinghouse.sources.commercetools import COMMERCETOOLS
from countinghouse.sources.commercetools_rights import inspect, stores_of
from countinghouse.sources.session import Session

ALL = "view_orders:demo view_payments:demo view_customers:demo view_products:demo view_messages:demo"
# The scripted source's Date is 2026-11-20 09:40:00.
CURSOR = '{"at":"2026-11-20T09:00:00Z","whole_at":"2026-11-19T00:00:00Z"}'
Row = dict[str, Any]
Refuse = Callable[[Heard], Reply | None]


def recorded(name: str) -> Any:
    return recording("commercetools", name)["response"]["body"]


class Project:
    """A project that reads predicates as far as the connector writes them, and gives tokens."""

    def __init__(self, scope: str = ALL, **lists: list[Row]) -> None:
        self.scope, self.lists = scope, lists
        self.tokens = 0
        self.life = 3600
        self.refuse: Refuse = lambda heard: None
        self.expands: set[str] = set()

    def __call__(self, heard: Heard) -> Reply:
        if heard.path == "/auth/oauth/token":
            self.tokens += 1
            return Reply({"access_token": f"t{self.tokens}", "expires_in": self.life, "scope": self.scope})
        if heard.headers.get("Authorization") != f"Bearer t{self.tokens}":
            return Reply(recorded("06-orders-bad-token"), status=401)
        self.expands |= {heard.query["expand"]} if "expand" in heard.query else set()
        refused = self.refuse(heard)
        if refused is not None:
            return refused
        name = heard.path.removeprefix("/api/demo/")
        rows = [row for row in self.lists.get(name, []) if holds(heard.query.get("where", ""), row)]
        at = "createdAt" if name == "messages" else "lastModifiedAt"
        limit = int(heard.query.get("limit", 20))
        page = sorted(rows, key=lambda row: (row[at], row["id"]))[:limit]
        return Reply({"limit": limit, "offset": 0, "count": len(page), "results": page})


def holds(where: str, row: Row) -> bool:
    """Whether a predicate is true of a row; `and` and `or` are Python's own, a name is the row's field."""
    code = re.sub(
        r'(\w+) (>=|<=|>|<|=) ("[^"]*")',
        lambda m: f"row['{m[1]}'] {m[2].replace('=', '==') if m[2] == '=' else m[2]} {m[3]}",
        where,
    )
    return bool(eval(code, {"row": row})) if where else True


def row(name: str, modified: str = "2026-11-20T08:00:00.000Z", **more: Any) -> Row:
    return {"id": name, "version": 1, "createdAt": modified, "lastModifiedAt": modified, **more}


@pytest.fixture
def project(source: ScriptedSource, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Connection, Project]]:
    monkeypatch.setenv("CT_ID", "the-client")
    monkeypatch.setenv("CT_SECRET", "hush")
    monkeypatch.setattr("countinghouse.sources.session.throttles", lambda url, rates, what: [])
    monkeypatch.setattr("countinghouse.sources.session._purses", {})

    def make(scope: str = ALL, **lists: list[Row]) -> tuple[Connection, Project]:
        source.script = made = Project(scope, **lists)
        return connection(source.url), made

    return make


def connection(url: str, **more: Any) -> Connection:
    entry = {
        "name": "shop",
        "kind": "commercetools",
        "url": f"{url}/api",
        "auth_url": f"{url}/auth",
        "project_key": "demo",
        "auth": {"client_id": "env:CT_ID", "client_secret": "env:CT_SECRET"},
    }
    return connection_of("sources.toml", 1, {key: value for key, value in (entry | more).items() if value})


def read(shop: Connection, resource: str, folder: Path, cursor: str | None = None, size: int | None = None) -> Manifest:
    return extract(shop, resource, cursor, folder, "run", page_size=size, patience=HURRIED)


def lines(manifest: Manifest) -> list[Row]:
    return [json.loads(line) for line in manifest.pages_path.read_text().splitlines()]


def ids(manifest: Manifest) -> list[str]:
    return [line["id"] for line in lines(manifest)]


def wheres(source: ScriptedSource) -> list[str]:
    return [heard.query["where"] for heard in source.heard if "where" in heard.query]


def test_recorded_lists_are_landed_without_passwords(
    project: Callable[..., tuple[Connection, Project]], source: ScriptedSource, tmp_path: Path
) -> None:
    names = {"orders": "13-orders-page1", "customers": "07-customers-page1", "payments": "14-payments-with-refund"}
    bodies = {name: recorded(file)["results"] for name, file in names.items()}
    shop, _ = project(**bodies)
    for name, rows in bodies.items():
        landed = lines(read(shop, name, tmp_path))
        assert {line["id"] for line in landed} == {sent["id"] for sent in rows}
        times = {line["id"]: line["updated_at"] for line in landed}
        assert {key: value[:19] for key, value in times.items()} == {
            sent["id"]: sent["lastModifiedAt"][:19] for sent in rows
        }
    assert any("password" in sent for sent in bodies["customers"])
    kept = [json.loads(line["payload"]) for line in lines(read(shop, "customers", tmp_path))]
    assert not any("password" in sent for sent in kept)
    assert kept[0]["email"] == "customer01@example.com"
    bought = next(heard for heard in source.heard if heard.method == "POST")
    assert parse_qs(bought.body.decode()) == {"grant_type": ["client_credentials"]}
    assert bought.headers["Authorization"] == "Basic " + base64.b64encode(b"the-client:hush").decode()
    assert not any("Basic" in heard.headers.get("Authorization", "") for heard in source.heard if heard.method == "GET")


def test_token_as_recorded_is_understood(source: ScriptedSource, project: Any, tmp_path: Path) -> None:
    """Its scope is no scope of ours: nothing is known of the rights, and nothing is warned of."""
    shop, made = project(orders=[row("a")])
    made.scope = recorded("01-token-ok")["scope"]
    assert read(shop, "orders", tmp_path).warnings == ()


def test_rows_of_one_instant_at_a_page_border_come_once(project: Any, tmp_path: Path) -> None:
    rows = [row(f"{number:02}") for number in range(20)] + [row("zz", "2026-11-20T08:00:00.001Z")]
    shop, _ = project(orders=rows)
    for size in (1, 3, 7, 20, 21, 500):
        assert ids(read(shop, "orders", tmp_path, size=size)) == [sent["id"] for sent in rows]


def test_what_is_too_much_at_once_is_asked_for_in_smaller_pages(project: Any, source: Any, tmp_path: Path) -> None:
    rows = [row(f"{number:03}") for number in range(150)]
    shop, made = project(orders=rows)
    too_much = Reply({"statusCode": 400, "message": "x", "errors": [{"code": "QueryTimedOut", "message": "x"}]}, 400)
    made.refuse = lambda heard: too_much if int(heard.query["limit"]) > 100 else None
    assert len(ids(read(shop, "orders", tmp_path))) == 150
    assert [heard.query["limit"] for heard in source.heard if "sort" in heard.query] == ["500", "100", "100"]


def test_a_span_that_is_too_much_even_so_is_divided(project: Any, tmp_path: Path) -> None:
    """The server bears spans of three months; the list has eleven years, and nothing is lost at the borders."""
    rows = [row(f"{year}", f"{year}-06-30T23:59:59.999Z") for year in range(2015, 2027)]
    rows = [sent for sent in rows if sent["lastModifiedAt"] < "2026-11-20"]
    shop, made = project(orders=rows)
    too_much = Reply({"errors": [{"code": "QueryComplexityLimitExceeded", "message": "x"}]}, 400)

    def refuse(heard: Heard) -> Reply | None:
        if "sort" not in heard.query:
            return None
        where = heard.query.get("where", "")
        found = re.findall(r"\d{4}-\d\d", where)
        low = found[0] if ">" in where else "2006-01"
        high = found[-1] if "<" in where else "2026-11"
        months = (int(high[:4]) - int(low[:4])) * 12 + int(high[5:]) - int(low[5:])
        return too_much if months > 3 else None

    made.refuse = refuse
    found = ids(read(shop, "orders", tmp_path))
    assert sorted(found) == [sent["id"] for sent in rows]
    assert len(found) == len(rows)


def test_what_is_too_much_in_every_size_is_a_sentence(project: Any, tmp_path: Path) -> None:
    shop, made = project(orders=[row("a")])
    too_much = Reply({"message": "The query timed out.", "errors": [{"code": "QueryTimedOut", "message": "x"}]}, 400)
    made.refuse = lambda heard: too_much if "sort" in heard.query else None
    with pytest.raises(SourceError, match=r"shop: orders: .*400"):
        read(shop, "orders", tmp_path)


def test_later_readings_ask_between_the_cursor_and_a_minute_ago(project: Any, source: Any, tmp_path: Path) -> None:
    shop, _ = project(
        orders=[
            row("old", "2026-11-20T08:54:59.999Z"),
            row("late", "2026-11-20T08:55:00.000Z"),
            row("new", "2026-11-20T09:38:59.999Z"),
            row("fresh", "2026-11-20T09:39:00.000Z"),
        ],
        messages=[
            {"id": "m1", "type": "OrderDeleted", "createdAt": "2026-11-20T09:10:00.000Z", "resource": {"id": "gone"}},
            {"id": "m2", "type": "OrderDeleted", "createdAt": "2026-11-20T08:00:00.000Z", "resource": {"id": "before"}},
            {"id": "m3", "type": "OrderCreated", "createdAt": "2026-11-20T09:10:00.000Z", "resource": {"id": "new"}},
        ],
    )
    manifest = read(shop, "orders", tmp_path, CURSOR)
    assert ids(manifest) == ["late", "new", "gone"]
    assert [line["is_deleted"] for line in lines(manifest)] == [False, False, True]
    assert wheres(source)[0] == (
        'lastModifiedAt >= "2026-11-20T08:55:00.000Z" and lastModifiedAt < "2026-11-20T09:39:00.000Z"'
    )
    assert manifest.mode == "incremental"
    assert '"at":"2026-11-20T09:38:59.999000Z"' in (manifest.cursor_to or "")
    # A week after everything was read, everything is read.
    whole = read(shop, "orders", tmp_path, CURSOR.replace("2026-11-19", "2026-11-13"))
    assert ids(whole) == ["old", "late", "new", "fresh"]
    assert whole.is_snapshot


def test_without_the_right_messages_are_not_asked_for(project: Any, source: Any, tmp_path: Path) -> None:
    shop, _ = project(scope="view_orders:demo", orders=[row("a")])
    read(shop, "orders", tmp_path, CURSOR)
    assert not any(heard.path.endswith("/messages") for heard in source.heard)


def test_a_page_that_comes_again_is_an_error_and_not_the_end(project: Any, tmp_path: Path) -> None:
    rows = [row(f"{number}") for number in range(6)]
    shop, made = project(orders=rows)
    made.refuse = lambda heard: Reply({"results": rows[:3]}) if "or" in heard.query.get("where", "") else None
    with pytest.raises(SourceError, match="repeats a page that came before"):
        read(shop, "orders", tmp_path, size=3)


def test_carts_that_are_missing_have_expired_and_are_not_deleted(project: Any, tmp_path: Path) -> None:
    shop, _ = project(carts=[row("a")], orders=[row("a")])
    assert not read(shop, "carts", tmp_path).is_snapshot
    assert read(shop, "orders", tmp_path).is_snapshot


def test_of_an_expanded_discount_code_the_code_is_kept(project: Any, tmp_path: Path) -> None:
    codes = [
        {"discountCode": {"typeId": "discount-code", "id": "d1", "obj": {"id": "d1", "version": 7, "code": "TENOFF"}}},
        {"discountCode": {"typeId": "discount-code", "id": "d2"}, "state": "NotActive"},
    ]
    shop, made = project(orders=[row("a", discountCodes=codes, anonymousId="session")])
    (line,) = lines(read(shop, "orders", tmp_path))
    payload = json.loads(line["payload"])
    assert [one["discountCode"].get("obj") for one in payload["discountCodes"]] == [{"code": "TENOFF"}, None]
    assert "anonymousId" not in payload
    assert made.expands == {"discountCodes[*].discountCode"}


def test_token_that_ends_in_the_middle_is_bought_once_more(project: Any, tmp_path: Path) -> None:
    rows = [row(f"{number}") for number in range(6)]
    shop, made = project(orders=rows)

    def end_once(heard: Heard) -> Reply | None:
        if "or" in heard.query.get("where", "") and made.tokens == 1:
            return Reply(recorded("06-orders-bad-token"), status=401)
        return None

    made.refuse = end_once
    assert len(ids(read(shop, "orders", tmp_path, size=2))) == 6
    assert made.tokens == 2


def test_credentials_that_are_refused_are_a_sentence_without_them(source: Any, project: Any, tmp_path: Path) -> None:
    shop, _ = project()
    source.script = lambda heard: Reply(recorded("02-token-no-credentials"), status=401)
    with pytest.raises(SourceError, match="CT_ID and the variable CT_SECRET") as caught:
        read(shop, "orders", tmp_path)
    assert "hush" not in str(caught.value)
    assert [heard.method for heard in source.heard] == ["POST"]


def test_right_for_one_store_is_warned_of_and_a_missing_one_is_named(project: Any, tmp_path: Path) -> None:
    shop, made = project(scope="view_orders:demo:ginza view_products:demo", orders=[row("a")])
    (warning,) = read(shop, "orders", tmp_path).warnings
    assert "orders and carts of ginza only" in warning
    message = "Insufficient scope. One of the following scopes is missing: view_payments."
    denied = {"statusCode": 403, "message": message, "errors": [{"code": "insufficient_scope", "message": message}]}
    made.refuse = lambda heard: Reply(denied, status=403) if heard.path.endswith("payments") else None
    with pytest.raises(SourceError, match="view_payments"):
        read(shop, "payments", tmp_path)


def test_rights_are_read_from_the_scopes() -> None:
    scopes = frozenset({"view_orders:demo:a", "view_orders:demo:b", "manage_customers:demo", "view_orders:other"})
    assert stores_of(scopes, "view_orders", "demo") == {"a", "b"}
    assert stores_of(scopes, "view_customers", "demo") is None
    assert stores_of(scopes, "view_payments", "demo") == set()
    assert stores_of(frozenset({"manage_project:demo"}), "view_payments", "demo") is None


def test_inspection_tells_currency_rows_and_rights(source: Any, project: Any) -> None:
    shop, made = project(scope="view_orders:demo view_project_settings:demo manage_products:demo", orders=[])
    made.refuse = lambda heard: Reply(
        {"key": "demo", "currencies": ["JPY"]} if heard.path == "/api/demo" else {"total": 7}
    )
    with Session(shop, COMMERCETOOLS, "connection", patience=HURRIED) as session:
        findings = inspect(session)
    assert findings.currency == "JPY"
    assert findings.rows == {"orders": 7, "carts": 7, "products": 7, "reviews": 7, "inventory": 7}
    # Payments, customers and categories cannot be read at all; messages and names of codes are only missed.
    assert [problem.split()[5] for problem in findings.problems] == [
        *("view_payments:", "view_customers:", "view_categories:"),
    ]
    said = " ".join(findings.warnings)
    assert "no view_messages" in said
    assert "may write (manage_products:demo)" in said
    assert (len(findings.lacking), findings.excess) == (5, ("manage_products:demo",))


def test_region_gives_both_hosts_and_nothing_else_may_be_one() -> None:
    auth = {"client_id": "env:A", "client_secret": "env:B"}
    entry = {"name": "shop", "kind": "commercetools", "project_key": "demo", "auth": auth}
    shop = connection_of("x", 1, entry | {"region": "europe-west1.gcp"})
    assert shop.url == "https://api.europe-west1.gcp.commercetools.com"
    call = COMMERCETOOLS.auth.token_call(shop, lambda key: key)
    assert call is not None
    assert call.url == "https://auth.europe-west1.gcp.commercetools.com/oauth/token"
    for wrong in ({"region": "evil.example/"}, {"region": "a.b", "project_key": "../x"}, {}):
        with pytest.raises(SettingsError):
            connection_of("x", 1, entry | wrong)
    plain = connection_of("x", 1, entry | {"url": "https://api.x.example", "auth_url": "http://auth.x.example"})
    with pytest.raises(SettingsError, match="not encrypted"):
        COMMERCETOOLS.auth.token_call(plain, lambda key: key)


def deletions(count: int) -> list[Row]:
    at = "2026-11-20T09:10:00.000Z"
    return [
        {"id": f"m{number:04}", "type": "OrderDeleted", "createdAt": at, "resource": {"id": f"o{number:04}"}}
        for number in range(count)
    ]


def test_deletions_of_one_instant_are_told_page_by_page(project: Any, tmp_path: Path) -> None:
    shop, _ = project(orders=[], messages=deletions(1200))
    assert ids(read(shop, "orders", tmp_path, CURSOR)) == [f"o{number:04}" for number in range(1200)]


def test_messages_that_come_again_are_an_error_and_not_for_ever(project: Any, tmp_path: Path) -> None:
    shop, made = project(orders=[])
    made.refuse = lambda heard: Reply({"results": deletions(500)}) if heard.path.endswith("/messages") else None
    with pytest.raises(SourceError, match="messages repeats a page that came before"):
        read(shop, "orders", tmp_path, CURSOR)


def test_whoever_may_manage_the_project_may_read_its_messages(project: Any, tmp_path: Path) -> None:
    shop, _ = project(scope="manage_project:demo", orders=[], messages=deletions(1))
    assert ids(read(shop, "orders", tmp_path, CURSOR)) == ["o0000"]


@pytest.mark.parametrize(("life", "lasts"), [(3600, 3300), (60, 30)])
def test_a_token_is_bought_anew_five_minutes_before_its_end_but_not_in_the_first_half_of_its_life(
    project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, life: int, lasts: int
) -> None:
    """3600 s less 300 s; of 60 s the half."""
    shop, made = project(orders=[row("a")])
    made.life = life
    clock, real = [0.0], time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + clock[0])
    bought = []
    for passed in (0, lasts - 10, lasts):
        clock[0] = passed
        read(shop, "orders", tmp_path)
        bought.append(made.tokens)
    assert bought == [1, 1, 2]
