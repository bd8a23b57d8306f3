"""Who may see what of the simulator's Payload: logins, tokens, keys, buyers, and anybody."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hand_made_studio import studio
from studio_client import BOOKS, NOW, Studio, recorded

from simulator.payload_rows import DRAFT_ID
from simulator.seasons import iso


@pytest.fixture
def api() -> Studio:
    return Studio(studio())


def test_anybody_sees_fewer_products_and_no_orders(api: Studio) -> None:
    assert api.ids("/api/products?depth=0&sort=id") == [1, 2, 3, DRAFT_ID]
    for header in ("", "JWT not-a-token", "Bearer x.y.z", "users API-Key wrong", "Users API-Key simulator_key"):
        assert api.ids("/api/products?depth=0&sort=id", authorization=header) == [1, 2, 3]
        assert api.ids("/api/categories?depth=0", authorization=header) == [1]
        for closed in ("orders", "transactions", "carts", "users", "addresses"):
            assert api.ask(f"/api/{closed}", authorization=header).status == 403
        assert api.get("/api/users/me", authorization=header) == {"user": None, "message": "Account"}


def test_api_key_and_bearer_open_the_same_doors(api: Studio) -> None:
    for header in ("users API-Key simulator_key", f"Bearer {api.token}"):
        assert len(api.ids("/api/orders?limit=0&depth=0", authorization=header)) == 14
    me = api.get("/api/users/me", authorization="users API-Key simulator_key")
    assert (me["user"]["email"], me["strategy"]) == (BOOKS["email"], "api-key")


def test_login_has_the_recorded_fields_and_ends_after_two_hours(api: Studio) -> None:
    status, body = api.log_in(**BOOKS)
    theirs = recorded("01")["response"]["body"]
    assert (status, set(body), set(body["user"])) == (200, set(theirs), set(theirs["user"]))
    assert (body["exp"], body["user"]["updatedAt"]) == (NOW + 7200, None)
    me = api.get("/api/users/me")
    assert set(me) == set(recorded("13")["response"]["body"])
    api.clock.instant = NOW + 7199
    assert api.ask("/api/orders").status == 200
    api.clock.instant = NOW + 7200
    assert api.ask("/api/orders").status == 403
    assert api.get("/api/users/me")["user"] is None


def test_renewed_token_comes_under_another_name(api: Studio) -> None:
    api.clock.instant = NOW + 7000
    body = json.loads(api.ask("/api/users/refresh-token", "POST").body)
    assert body["exp"] == NOW + 7000 + 7200
    api.clock.instant = NOW + 7200
    assert api.ask("/api/orders").status == 403
    api.token = body["refreshedToken"]
    assert api.ask("/api/orders").status == 200
    assert api.ask("/api/users/refresh-token", "POST", authorization="JWT no").status == 403


def test_logout_ends_the_token_before_its_time(api: Studio) -> None:
    assert api.ask("/api/users/logout", "POST").status == 200
    assert api.ask("/api/orders").status == 403


def test_buyer_sees_a_small_shop_that_looks_whole(api: Studio) -> None:
    status, body = api.log_in("bo@example.com", "simulator")
    assert status == 200
    header = {"authorization": f"JWT {body['token']}"}
    page = api.get("/api/orders?depth=0", **header)
    assert ([row["id"] for row in page["docs"]], page["totalDocs"]) == ([14], 1)
    assert "transactions" not in page["docs"][0]
    assert api.ids("/api/users?depth=0", **header) == [2]
    assert "roles" not in api.get("/api/users/2", **header)
    assert api.ids("/api/carts", **header) == []
    assert api.ask("/api/transactions", **header).status == 403
    assert api.ask("/api/orders/1", **header).status == 404


def test_five_failures_lock_the_account_for_ten_minutes(api: Studio) -> None:
    fail: Callable[[], tuple[int, Any]] = lambda: api.log_in("ada@example.com", "nope")  # noqa: E731
    assert [fail()[0] for _ in range(5)] == [401] * 5
    # Not the login, the failure moves updatedAt.
    assert api.get("/api/users/1?depth=0")["updatedAt"] == iso(NOW)
    status, body = api.log_in("ada@example.com", "simulator")
    assert (status, body) == (401, recorded("80")["response"]["body"])
    api.clock.instant = NOW + 600
    assert api.log_in("ada@example.com", "simulator")[0] == 200
    assert api.get("/api/users/1?depth=0")["updatedAt"] == iso(NOW)


def test_writes_are_refused(api: Studio) -> None:
    assert api.ask("/api/orders", "POST", {"status": "completed"}).status == 403
    assert api.ask("/api/orders/1", "PATCH", {"status": "completed"}).status == 403
    assert api.ask("/api/orders/1", "DELETE").status == 403
