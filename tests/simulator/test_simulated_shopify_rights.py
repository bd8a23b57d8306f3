"""Who may read what of the simulator's Shopify, and the files of its bulk operations."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from albany_shop import NOW, Client, number_of

from simulator.clock import Clock
from simulator.server import running
from simulator.web import Answer, Request

TOKEN_PATH = "/admin/oauth/access_token"
CREDENTIALS = {
    **{"grant_type": "client_credentials", "client_id": "simulator_client", "client_secret": "simulator_secret"},
}
START = (
    "mutation($query: String!) { bulkOperationRunQuery(query: $query) "
    "{ bulkOperation { id status } userErrors { code field message } } }"
)
STATE = "id status errorCode url partialDataUrl objectCount rootObjectCount fileSize completedAt"
LINES = "{ orders { edges { node { id name lineItems { edges { node { id quantity } } } } } } }"


@pytest.fixture
def albany() -> Client:
    return Client()


# Tokens


def test_client_credentials_buy_a_token_for_a_day(albany: Client) -> None:
    form = "&".join(f"{name}={value}" for name, value in CREDENTIALS.items()).encode()
    given = albany.send(form, TOKEN_PATH, **{"content-type": "application/x-www-form-urlencoded"})
    told = json.loads(given.body)
    assert (told["expires_in"], "read_all_orders" in told["scope"].split(",")) == (86399, True)
    assert json.loads(albany.send(CREDENTIALS, TOKEN_PATH).body)["access_token"] != told["access_token"]
    holder = {"x-shopify-access-token": told["access_token"]}
    for seconds, status in [(86398, 200), (1, 401)]:
        albany.clock.set(albany.clock.now() + seconds)
        assert albany.send({"query": "{ shop { name } }"}, **holder).status == status


@pytest.mark.parametrize("wrong", ["grant_type", "client_id", "client_secret"])
def test_wrong_credentials_buy_nothing(wrong: str, albany: Client) -> None:
    answer = albany.send(CREDENTIALS | {wrong: "other"}, TOKEN_PATH)
    assert answer.status == 400
    assert "access_token" not in json.loads(answer.body)


def test_without_the_right_to_all_orders_old_ones_are_silently_absent() -> None:
    reader = Client(token="shpat_sixty_days")
    scopes = reader.data("{ currentAppInstallation { accessScopes { handle } } }")["currentAppInstallation"]
    assert "read_all_orders" not in {one["handle"] for one in scopes["accessScopes"]}
    answer = reader.ask("{ orders(first: 250, sortKey: ID) { nodes { id } } }")
    assert "errors" not in answer
    numbers = [number_of(one["id"]) for one in answer["data"]["orders"]["nodes"]]
    assert 1009 not in numbers  # of June
    assert numbers[0] == 1001
    assert reader.data('{ order(id: "gid://shopify/Order/1009") { id } }') == {"order": None}
    theirs = reader.data('{ customer(id: "gid://shopify/Customer/1") { orders(first: 250) { nodes { id } } } }')
    assert "gid://shopify/Order/1009" not in {one["id"] for one in theirs["customer"]["orders"]["nodes"]}


def test_without_the_right_to_personal_data_it_is_null() -> None:
    wanted = "customers(first: 1) { nodes { id firstName phone defaultEmailAddress { emailAddress } } }"
    order = 'order(id: "gid://shopify/Order/1001") { email shippingAddress { city } customer { id lastName } }'
    open_reader = Client().data(f"{{ {wanted} {order} }}")
    assert open_reader["order"]["email"] == "ann1@example.com"
    assert open_reader["customers"]["nodes"][0]["defaultEmailAddress"] == {"emailAddress": "ann1@example.com"}
    told = Client(token="shpat_no_personal_data").data(f"{{ {wanted} {order} }}")
    assert told["order"] == {
        **{"email": None, "shippingAddress": None},
        "customer": {"id": "gid://shopify/Customer/1", "lastName": None},
    }
    assert told["customers"]["nodes"] == [
        {"id": "gid://shopify/Customer/1", "firstName": None, "phone": None, "defaultEmailAddress": None}
    ]


def test_without_the_right_to_orders_they_are_denied_beside_what_is_allowed() -> None:
    reader = Client(token="shpat_no_orders")
    denied = reader.ask("{ orders(first: 1) { nodes { id } } }")
    assert denied["data"] is None
    assert denied["errors"][0]["message"].startswith("Access denied for orders field.")
    assert denied["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    # A field that may be null leaves the others their data: half an answer with HTTP 200.
    half = reader.ask('{ shop { name } order(id: "gid://shopify/Order/1001") { id } }')
    assert half["data"] == {"shop": {"name": "Albany Goods"}, "order": None}
    assert half["errors"][0]["path"] == ["order"]
    nested = reader.ask('{ customer(id: "gid://shopify/Customer/1") { id lastOrder { id } } }')
    assert nested["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


# Bulk operations


def state(albany: Client, number: int = 1) -> Any:
    query = f'{{ bulkOperation(id: "gid://shopify/BulkOperation/{number}") {{ {STATE} }} }}'
    return albany.data(query)["bulkOperation"]


def start(albany: Client, query: str = LINES) -> Any:
    return albany.data(START, query=query)["bulkOperationRunQuery"]


def fetch(albany: Client, url: str, **headers: str) -> Answer:
    return albany.api.storage(Request("GET", urlsplit(url).path.removeprefix("/storage"), "", headers))


def test_bulk_file_holds_every_row_with_children_away_from_their_parents(albany: Client) -> None:
    begun = start(albany)
    assert begun == {"bulkOperation": {"id": "gid://shopify/BulkOperation/1", "status": "CREATED"}, "userErrors": []}
    assert (state(albany)["status"], state(albany)["status"]) == ("RUNNING", "COMPLETED")
    done = state(albany)
    assert done["url"] == "http://localhost:8080/storage/bulk/1.jsonl"
    file = fetch(albany, done["url"]).body
    lines = [json.loads(line) for line in file.splitlines()]
    orders = [line for line in lines if "__parentId" not in line]
    # 21 orders; 1001, 1002 and 1007 have two lines.
    assert (len(orders), len(lines), len(file)) == (21, 21 + 24, int(done["fileSize"]))
    assert (done["rootObjectCount"], done["objectCount"]) == ("21", "45")
    parents = {line["id"]: line["__parentId"] for line in lines if "__parentId" in line}
    assert parents["gid://shopify/LineItem/100102"] == "gid://shopify/Order/1001"
    assert set(parents.values()) == {line["id"] for line in orders}
    places = {line["id"]: place for place, line in enumerate(lines)}
    assert any(places[child] < places[parent] for child, parent in parents.items())
    again = Client()
    start(again)
    state(again), state(again)
    assert fetch(again, done["url"]).body == file


def test_bulk_file_lies_at_another_host_that_refuses_tokens_and_forgets(albany: Client) -> None:
    start(albany)
    state(albany), state(albany)
    url = state(albany)["url"]
    assert fetch(albany, url, **{"x-shopify-access-token": "shpat_simulator"}).status == 400
    assert fetch(albany, url, authorization="Bearer x").status == 400
    assert fetch(albany, url.replace("1.jsonl", "2.jsonl")).status == 404
    albany.clock.set(NOW + 7 * 86400 - 1)
    assert fetch(albany, url).status == 200
    albany.clock.set(NOW + 7 * 86400)
    assert fetch(albany, url).status == 400


def test_bulk_operation_without_rows_has_no_file(albany: Client) -> None:
    start(albany, '{ orders(query: "id:7") { edges { node { id } } } }')
    state(albany), state(albany)
    assert (state(albany)["status"], state(albany)["url"], state(albany)["objectCount"]) == ("COMPLETED", None, "0")


def test_five_bulk_operations_run_at_a_time(albany: Client) -> None:
    for _ in range(5):
        assert not start(albany)["userErrors"]
    refused = start(albany)
    assert refused["bulkOperation"] is None
    assert refused["userErrors"][0]["code"] == "LIMIT_REACHED"
    state(albany, 3), state(albany, 3)
    assert not start(albany)["userErrors"]
    assert albany.data("{ currentBulkOperation { id } }")["currentBulkOperation"]["id"].endswith("/6")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ orders { nodes { id } } }", "Selecting via 'nodes' is not supported"),
        ("{ shop { name } }", "must contain at least one connection"),
        ('{ node(id: "gid://shopify/Order/1") { id } }', "cannot contain a top level `node` field"),
        ("{ orders { edges { node { id nonsense } } } }", "Field 'nonsense' doesn't exist on type 'Order'"),
        (
            "{ orders { edges { node { id refunds { id refundLineItems { edges { node { id } } } } } } } }",
            "a connection field within a list field",
        ),
        (
            "{ orders { edges { node { id customer { id orders { edges { node { id agreements { edges { node { id "
            "sales { edges { node { id } } } } } } } } } } } } } }",
            "nesting depth greater than 2",
        ),
        (
            "{ orders { edges { node { id "
            + " ".join(f"l{n}: lineItems {{ edges {{ node {{ id }} }} }}" for n in range(5))
            + " } } } }",
            "more than 5 connections",
        ),
    ],
)
def test_bulk_queries_of_another_form_are_refused(query: str, words: str, albany: Client) -> None:
    refused = start(albany, query)
    assert refused["bulkOperation"] is None
    assert words in " ".join(one["message"] for one in refused["userErrors"])
    assert refused["userErrors"][0]["code"] == "INVALID"


def test_five_connections_on_three_levels_are_read(albany: Client) -> None:
    inner = "agreements { edges { node { id sales { edges { node { id __typename } } } } } }"
    outer = "lineItems { edges { node { id } } } shippingLines { edges { node { id } } }"
    assert not start(albany, f"{{ orders {{ edges {{ node {{ id {outer} {inner} }} }} }} }}")["userErrors"]
    state(albany), state(albany)
    lines = [json.loads(line) for line in fetch(albany, state(albany)["url"]).body.splitlines()]
    ids = {line["id"] for line in lines}
    assert len(ids) == len(lines)
    assert all(line["__parentId"] in ids for line in lines if "__parentId" in line)
    kinds = {line.get("__typename") for line in lines} - {None}
    assert kinds >= {"ProductSale", "ShippingLineSale", "TipSale", "AdjustmentSale", "GiftCardSale"}


@pytest.mark.parametrize(("ends", "code"), [("FAILED", "INTERNAL_SERVER_ERROR"), ("EXPIRED", None)])
def test_bulk_operation_that_ends_badly_leaves_part_of_a_file(ends: str, code: str | None, albany: Client) -> None:
    albany.api.bulk.ends = ends
    start(albany)
    state(albany), state(albany)
    done = state(albany)
    assert (done["status"], done["errorCode"], done["url"]) == (ends, code, None)
    assert len(fetch(albany, done["partialDataUrl"]).body.splitlines()) == 45 // 2


def test_served_over_http_with_the_knobs_of_the_control() -> None:
    with running(scale=0.02, now=datetime.fromtimestamp(NOW, UTC)) as url, httpx.Client(base_url=url) as http:
        token = {"X-Shopify-Access-Token": "shpat_simulator"}

        def ask(query: str, /, **variables: Any) -> Any:
            body = {"query": query, "variables": variables}
            answer = http.post("/shopify/admin/api/2026-10/graphql.json", json=body, headers=token)
            assert answer.headers["X-Shopify-API-Version"] == "2026-10"
            return answer.json()["data"]

        assert http.post("/_simulator/bulk", json={"polls": 1}).json() == {"polls": 1, "ends": "COMPLETED"}
        begun = ask(START, query=LINES)["bulkOperationRunQuery"]["bulkOperation"]["id"]
        done = ask(f"query($id: ID!) {{ bulkOperation(id: $id) {{ {STATE} }} }}", id=begun)["bulkOperation"]
        assert (done["status"], urlsplit(done["url"]).hostname) == ("COMPLETED", "localhost")
        file = httpx.get(done["url"])
        assert len(file.text.splitlines()) == int(done["objectCount"]) > 0
        assert httpx.get(done["url"], headers=token).status_code == 400


def test_tokens_differ_from_one_simulator_to_the_next_only_by_the_clock() -> None:
    def given(now: int) -> str:
        client = Client(clock=Clock(datetime.fromtimestamp(now, UTC)))
        return json.loads(client.send(CREDENTIALS, TOKEN_PATH).body)["access_token"]

    assert given(NOW) == given(NOW) != given(NOW + 1)
