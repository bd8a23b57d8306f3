"""Every way to fail, as a client sees it."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from recorded import KEY

from simulator.faults import Faults, Kind, Rule
from simulator.server import running
from simulator.web import Answer, Request

CARTS = "/dummyjson/carts?limit=5"
CHARGES = "/stripe/v1/charges?limit=5"


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    with running(scale=0.05) as url:
        yield url


@pytest.fixture
def own(served: str) -> Iterator[httpx.Client]:
    """The API, mended again after each test."""
    with httpx.Client(base_url=served, headers=KEY) as client:
        yield client
        client.delete("/_simulator/faults")
        client.post("/_simulator/clock", json={"now": "2026-11-20T09:40:00Z"})


def order(client: httpx.Client, kind: str, path: str = "/", **more: Any) -> None:
    answer = client.post("/_simulator/faults", json=[{"path": path, "kind": kind} | more])
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", [CARTS, CHARGES])
@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("status_429", 429, "application/json"),
        ("status_429_retry_after", 429, "application/json"),
        ("status_500", 500, "application/json"),
        ("status_502_html", 502, "text/html"),
        ("html_200", 200, "text/html"),
        ("expired_key", 401, "application/json"),
    ],
)
def test_answer_has_the_ordered_status_and_type(
    kind: str, status: int, content_type: str, path: str, own: httpx.Client
) -> None:
    order(own, kind)
    answer = own.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith(content_type)
    assert ("Retry-After" in answer.headers) == (kind == "status_429_retry_after")
    if content_type == "application/json":
        assert ("error" if "stripe" in path else "message") in answer.json()


def test_stripe_may_say_whether_to_try_again(own: httpx.Client) -> None:
    order(own, "status_500", should_retry=False)
    assert own.get(CHARGES).headers["Stripe-Should-Retry"] == "false"


def test_torn_body_promises_more_than_it_sends(own: httpx.Client) -> None:
    order(own, "torn_body")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        own.get(CARTS)


def test_closed_socket_sends_nothing(own: httpx.Client) -> None:
    order(own, "closed_socket")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        own.get(CHARGES)
    assert own.get("/_simulator/requests").json()[-1]["status"] is None


def test_torn_json_is_complete_to_http_and_broken_to_a_parser(own: httpx.Client) -> None:
    order(own, "torn_json")
    answer = own.get(CARTS)
    assert len(answer.content) == int(answer.headers["Content-Length"])
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()


def test_empty_answers_are_200(own: httpx.Client) -> None:
    order(own, "empty_body", CARTS.partition("?")[0])
    order(own, "empty_object", CHARGES.partition("?")[0])
    assert (own.get(CARTS).status_code, own.get(CARTS).content) == (200, b"")
    assert own.get(CHARGES).json() == {}


def test_slow_body_takes_its_time(own: httpx.Client) -> None:
    whole = own.get(CARTS).content
    order(own, "slow_body", seconds=0.5)
    start = time.monotonic()
    assert own.get(CARTS).content == whole
    assert 0.4 < time.monotonic() - start < 3


def test_wrong_content_type_leaves_the_body(own: httpx.Client) -> None:
    body = own.get(CARTS).content
    order(own, "wrong_content_type")
    answer = own.get(CARTS)
    assert (answer.headers["Content-Type"], answer.content) == ("text/plain", body)


@pytest.mark.parametrize(("path", "key"), [(CARTS, "carts"), (CHARGES, "data")])
def test_changed_shape_renames_the_rows(path: str, key: str, own: httpx.Client) -> None:
    before = own.get(path).json()
    order(own, "changed_shape")
    after = own.get(path).json()
    assert key not in after
    assert after["items"] == before[key]


@pytest.mark.parametrize(("path", "key", "field"), [(CARTS, "carts", "total"), (CHARGES, "data", "amount")])
def test_changed_shape_turns_a_number_into_an_object(path: str, key: str, field: str, own: httpx.Client) -> None:
    before = own.get(path).json()
    order(own, "changed_shape", field=field)
    after = own.get(path).json()
    assert [row[field] for row in after[key]] == [{"value": row[field]} for row in before[key]]
    assert {name: after[name] for name in after if name != key} == {
        name: before[name] for name in before if name != key
    }


def test_repeated_page_is_the_one_before(own: httpx.Client) -> None:
    order(own, "repeated_page", "/dummyjson/carts", after=1)
    first = own.get("/dummyjson/carts?limit=5&skip=0").json()
    assert own.get("/dummyjson/carts?limit=5&skip=5").json() == first
    assert own.get("/dummyjson/carts?limit=5&skip=10").json() == first


def test_clock_moves_between_two_pages(own: httpx.Client) -> None:
    order(own, "clock_moves", "/dummyjson/carts", after=1, times=1, seconds=30 * 86400)
    totals = [own.get(CARTS).json()["total"] for _ in range(3)]
    assert totals[0] < totals[1] == totals[2]


def test_fault_waits_strikes_and_ends(own: httpx.Client) -> None:
    order(own, "status_500", "/dummyjson/carts", after=2, times=3)
    assert [own.get(CARTS).status_code for _ in range(7)] == [200, 200, 500, 500, 500, 200, 200]
    rule = own.get("/_simulator/faults").json()[0]
    assert (rule["seen"], rule["hits"]) == (7, 3)


def test_fault_strikes_its_path_only(own: httpx.Client) -> None:
    order(own, "status_500", "/dummyjson/carts")
    assert [own.get(path).status_code for path in ("/dummyjson/users", CARTS, CHARGES)] == [200, 500, 200]


def test_cleared_faults_strike_no_more(own: httpx.Client) -> None:
    order(own, "status_500")
    assert own.delete("/_simulator/faults").json() == {"cleared": 1}
    assert own.get(CARTS).status_code == 200


def test_unknown_kind_is_refused_with_the_known_ones(own: httpx.Client) -> None:
    answer = own.post("/_simulator/faults", json=[{"path": "/", "kind": "no_such_kind"}])
    assert answer.status_code == 422
    assert all(kind.value in answer.text for kind in Kind)


def test_server_goes_on_after_every_fault(own: httpx.Client) -> None:
    for kind in Kind:
        order(own, kind.value, times=1, seconds=0.01)
    for _ in Kind:
        try:
            own.get(CARTS)
        except httpx.HTTPError:
            continue
    own.delete("/_simulator/faults")
    assert own.get(CARTS).status_code == 200


# Keys and hosts

WOO = "/woocommerce/wp-json/wc/v3/orders"
WOO_KEY = ("ck_simulator", "cs_simulator")


def test_next_link_leads_to_another_host_where_whoever_follows_is_heard(own: httpx.Client) -> None:
    own.delete("/_simulator/requests")
    order(own, "foreign_next", WOO)
    page = own.get(WOO, params={"per_page": 10}, auth=WOO_KEY)
    assert page.status_code == 200
    here, there = own.base_url, httpx.URL(page.links["next"]["url"])
    assert (there.host, there.port, there.path) == ("localhost", here.port, WOO)
    assert own.get(there, auth=WOO_KEY).status_code == 200
    heard = own.get("/_simulator/requests").json()
    assert [(one["host"].split(":")[0], one["has_credentials"], one["fault"]) for one in heard] == [
        ("127.0.0.1", True, "foreign_next"),
        ("localhost", True, "foreign_next"),
    ]


def test_answer_without_a_next_link_is_left_alone(own: httpx.Client) -> None:
    order(own, "foreign_next", times=1)
    assert "localhost" not in own.get(CARTS).text
    assert own.get("/_simulator/faults").json()[0]["hits"] == 0


def test_link_in_the_body_can_lead_astray_too() -> None:
    answer = Answer(body=b'{"next":"http://127.0.0.1:80/a?b=1","here":"http://127.0.0.1:80/a"}')
    rule, request = Rule("/", Kind.FOREIGN_NEXT, field="next"), Request("GET", "/", "", {"host": "127.0.0.1:80"})
    Faults().spoil(rule, "/", request, answer)
    assert answer.body == b'{"next":"http://localhost:80/a?b=1","here":"http://127.0.0.1:80/a"}'


def test_expired_token_stays_expired_and_a_new_one_is_taken(own: httpx.Client) -> None:
    old, new = (
        own.post(
            "/commercetools-auth/oauth/token",
            auth=("simulator_client", "simulator_secret"),
            data={"grant_type": "client_credentials"},
        ).json()["access_token"]
        for _ in range(2)
    )
    assert old != new
    order(own, "expired_token", "/commercetools/", after=1)
    answers = [
        own.get("/commercetools/simulator/orders", headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (old, old, old, new, old)
    ]
    assert answers == [200, 401, 401, 200, 401]


def test_slow_answer_comes_whole(own: httpx.Client) -> None:
    order(own, "latency", "/dummyjson/carts", times=1, seconds=0.3)
    answer = own.get(CARTS)
    assert answer.elapsed.total_seconds() >= 0.3
    assert answer.json()["carts"]


@pytest.mark.parametrize(
    ("asked", "headers", "has"),
    [
        ("", {}, False),
        ("per_page=1", {}, False),
        ("consumer_key=ck_x&consumer_secret=cs_x", {}, True),
        ("access_token=shpat_x", {}, True),
        ("", {"X-Shopify-Access-Token": "shpat_x"}, True),
        ("", {"Authorization": "Bearer x"}, True),
        ("", {"Cookie": "payload-token=x"}, True),
    ],
)
def test_log_says_that_a_key_came_and_never_which(
    own: httpx.Client, asked: str, headers: dict[str, str], has: bool
) -> None:
    own.delete("/_simulator/requests")
    own.headers.pop("authorization", None)
    own.get(f"{WOO}?{asked}", headers=headers)
    (heard,) = own.get("/_simulator/requests").json()
    assert heard["has_credentials"] is has
    assert not any(secret in str(heard) for secret in ("ck_x", "cs_x", "shpat_x", "Bearer", "payload-token"))
