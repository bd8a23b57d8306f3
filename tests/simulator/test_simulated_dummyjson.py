"""The simulator's DummyJSON against what DummyJSON itself was recorded answering, with DummyJSON's own data."""

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from recordings import recordings

from simulator.server import running

# What differs by nature: signatures and times in tokens, the page's HTML, the time of a deletion.
NOT_COMPARED_BY_BODY = ("36-", "39-", "48-")
CONNECTION_HEADERS = {
    "date",
    "connection",
    "keep-alive",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
}


def ask(client: httpx.Client, exchange: dict[str, Any]) -> httpx.Response:
    request = exchange["request"]
    headers = dict(request["headers"])
    if headers.get("Authorization", "").startswith("Bearer <accessToken"):
        login = client.post("/auth/login", json={"username": "emilys", "password": "emilyspass"})
        headers["Authorization"] = f"Bearer {login.json()['accessToken']}"
    return client.request(request["method"], request["path"], headers=headers, json=request["body"])


def header_names(exchange: dict[str, Any]) -> set[str]:
    return {line.partition(":")[0].lower() for line in exchange["response"]["headers"]} - CONNECTION_HEADERS


@pytest.fixture
def exchange_name(request: pytest.FixtureRequest) -> str:
    return request.node.callspec.id


# 49 needs a limited server: see test_101st_request_in_ten_seconds_is_refused.
@pytest.mark.parametrize(
    "exchange", [entry for entry in recordings("dummyjson") if not str(entry.id).startswith("49-")]
)
def test_answer_equals_the_recorded_one(exchange: dict[str, Any], exchange_name: str, real_data: httpx.Client) -> None:
    answer, recorded = ask(real_data, exchange), exchange["response"]
    assert answer.status_code == recorded["status"]
    assert set(answer.headers) - CONNECTION_HEADERS == header_names(exchange)
    if exchange_name.startswith(NOT_COMPARED_BY_BODY):
        return
    if exchange_name.startswith("37-"):
        assert answer.headers["Location"] == "/dummyjson/products?limit=1"
        return
    assert answer.json() == recorded["body"]
    # The same bytes: the length and Express's tag over them agree.
    assert len(answer.content) == recorded["body_bytes"]
    tags = [line.partition(": ")[2] for line in recorded["headers"] if line.startswith("ETag")]
    assert answer.headers["ETag"] == tags[0]


def test_unknown_path_is_answered_in_html(real_data: httpx.Client) -> None:
    answer = real_data.get("/nosuch")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "This page floated away" in answer.text


@pytest.mark.parametrize(
    "exchange", [entry for entry in recordings("dummyjson") if entry.id in ("39-login-ok", "missing")]
)
def test_login_answers_the_recorded_fields_in_their_order(exchange: dict[str, Any], real_data: httpx.Client) -> None:
    body, recorded = ask(real_data, exchange).json(), exchange["response"]["body"]
    assert list(body) == list(recorded)
    assert {key: body[key] for key in body if "Token" not in key} == {
        key: recorded[key] for key in recorded if "Token" not in key
    }
    assert body["accessToken"].split(".")[0] == recorded["accessToken"].split(".")[0]


def test_deleted_product_is_echoed_with_a_mark_and_stays(real_data: httpx.Client) -> None:
    before = real_data.get("/products/1").json()
    answer = real_data.delete("/products/1").json()
    assert answer["isDeleted"] is True
    assert answer["deletedOn"] == "2026-11-20T09:40:00.000Z"
    assert {key: answer[key] for key in before} == before
    assert real_data.get("/products/1").json() == before


def test_pages_follow_each_other_without_gap_or_repeat(shop: httpx.Client) -> None:
    total = shop.get("/carts", params={"limit": 1}).json()["total"]
    seen: list[int] = []
    while len(seen) < total:
        page = shop.get("/carts", params={"limit": 37, "skip": len(seen)}).json()
        assert page["limit"] == len(page["carts"]) <= 37
        seen += [cart["id"] for cart in page["carts"]]
    assert seen == list(range(1, total + 1))


def test_empty_limit_is_an_empty_page(shop: httpx.Client) -> None:
    page = shop.get("/products", params={"limit": ""}).json()
    assert (page["products"], page["limit"]) == ([], 0)


def test_nested_key_filters_users_exactly(real_data: httpx.Client) -> None:
    every = real_data.get("/users", params={"limit": 0}).json()["users"]
    brown = [user["id"] for user in every if user["hair"]["color"] == "Brown"]
    found = real_data.get("/users/filter", params={"key": "hair.color", "value": "Brown", "limit": 0}).json()
    assert [user["id"] for user in found["users"]] == brown
    assert found["total"] == len(brown) > 0


def test_carts_of_a_user_are_found_on_both_paths(real_data: httpx.Client) -> None:
    assert real_data.get("/users/33/carts").json() == real_data.get("/carts/user/33").json()
    assert [cart["userId"] for cart in real_data.get("/users/33/carts").json()["carts"]] == [33]


def test_known_tag_is_answered_with_304(shop: httpx.Client) -> None:
    first = shop.get("/products/1")
    again = shop.get("/products/1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_delay_holds_the_answer_back(shop: httpx.Client) -> None:
    start = time.monotonic()
    assert shop.get("/products/1", params={"delay": 300}).status_code == 200
    assert time.monotonic() - start >= 0.3


def test_expired_and_refreshed_tokens(own: httpx.Client) -> None:
    user = own.get("/dummyjson/users/1").json()
    login = own.post("/dummyjson/auth/login", json={"username": user["username"], "password": user["password"]}).json()
    bearer = {"Authorization": f"Bearer {login['accessToken']}"}
    assert own.get("/dummyjson/auth/me", headers=bearer).json()["id"] == 1
    own.post("/_simulator/clock", json={"advance_seconds": 3601})
    expired = own.get("/dummyjson/auth/users", headers=bearer)
    assert (expired.status_code, expired.json()) == (401, {"message": "Token Expired!"})
    renewed = own.post("/dummyjson/auth/refresh", json={"refreshToken": login["refreshToken"]}).json()
    bearer = {"Authorization": f"Bearer {renewed['accessToken']}"}
    assert own.get("/dummyjson/auth/carts?limit=1", headers=bearer).status_code == 200
    refused = own.post("/dummyjson/auth/refresh", json={"refreshToken": "nonsense"})
    assert (refused.status_code, refused.json()) == (403, {"message": "Invalid refresh token"})


def test_any_status_is_answered_on_demand(shop: httpx.Client) -> None:
    answer = shop.get("/http/418/tea")
    assert answer.status_code == 418
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert shop.get("/http/200").status_code == 200


def test_101st_request_in_ten_seconds_is_refused(data_folder: Any) -> None:
    with running(data=data_folder, rate_limit=True) as url, httpx.Client(base_url=f"{url}/dummyjson") as client:
        answers = [client.get("/products?limit=1&select=id") for _ in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers[:100]] == list(range(99, -1, -1))
    refused = answers[100]
    assert refused.status_code == 429
    assert refused.json() == {"message": "request limit exceeded, please wait a few seconds"}
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(refused.headers["X-RateLimit-Reset"]) - 1795167600 <= 11


def types(value: Any) -> Any:
    """Reduce JSON to the types of its fields; a number is a number, whether whole or not."""
    if isinstance(value, dict):
        return {key: types(held) for key, held in value.items()}
    if isinstance(value, list):
        return [types(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


@pytest.mark.parametrize("resource", ["products", "users", "carts"])
def test_world_serves_the_fields_and_types_of_the_real_data(
    resource: str, shop: httpx.Client, real_data: httpx.Client
) -> None:
    real = [row for row in real_data.get(f"/{resource}?limit=0").json()[resource] if row.get("brand", 1)]
    shape = types(real[0])
    rows = shop.get(f"/{resource}?limit=0").json()[resource]
    assert rows
    for row in rows:
        expected = dict(shape)
        if resource == "products":
            expected.pop("brand") if "brand" not in row else None
            expected["reviews"] = shape["reviews"] if row["reviews"] else []
        assert types(row) == expected


def test_changed_data_file_changes_the_answers(data_folder: Path, tmp_path: Path) -> None:
    for name in ("products", "users", "carts"):
        (tmp_path / f"{name}.json").write_bytes((data_folder / f"{name}.json").read_bytes())
    with running(data=tmp_path) as url, httpx.Client(base_url=f"{url}/dummyjson") as client:
        assert client.get("/carts?limit=1").json()["total"] == 208
        kept = client.get("/carts?limit=3").json()["carts"]
        (tmp_path / "carts.json").write_text(json.dumps([kept[0], kept[2] | {"total": 1}]))
        changed = client.get("/carts").json()
    assert changed["total"] == 2
    assert [(cart["id"], cart["total"]) for cart in changed["carts"]] == [(1, kept[0]["total"]), (3, 1)]
