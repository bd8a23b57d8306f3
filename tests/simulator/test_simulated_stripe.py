"""The simulator's Stripe against the contract: keys, lists, filters, errors, events, and the shape of every object."""

import base64
from collections import Counter
from typing import Any

import httpx
import pytest
from recorded import everything
from recordings import recordings
from stripe_client import RESOURCES, error

from simulator.server import running


@pytest.fixture(scope="module")
def lists(small_url: str) -> dict[str, list[dict[str, Any]]]:
    """Every list of the small world, newest first."""
    with httpx.Client(base_url=f"{small_url}/stripe/v1", auth=("sk_test_simulator", "")) as client:
        return {resource: everything(client, f"/{resource}") for resource in RESOURCES}


def is_refused_reading(entry: Any) -> bool:
    exchange = entry.values[0]
    return exchange is None or (exchange["request"]["method"] == "GET" and exchange["response"]["status"] != 200)


# Keys


def test_no_key_is_refused_in_the_recorded_words(small_url: str) -> None:
    answer = httpx.get(f"{small_url}/stripe/v1/charges")
    assert answer.status_code == 401
    assert error(answer)["message"].startswith("You did not provide an API key.")
    assert error(answer)["type"] == "invalid_request_error"


@pytest.mark.parametrize("authorization", ["Bearer sk_test_wrong", "Bearer nonsense", "Token sk_test_simulator"])
def test_wrong_key_is_refused_and_not_repeated(authorization: str, small_url: str) -> None:
    answer = httpx.get(f"{small_url}/stripe/v1/charges", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert authorization.split()[1] not in answer.text


@pytest.mark.parametrize("key", ["sk_test_simulator", "rk_test_simulator"])
def test_basic_and_bearer_open_the_same_list(key: str, small_url: str) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    answers = [
        httpx.get(f"{small_url}/stripe/v1/charges", headers={"Authorization": f"{scheme} {text}"}).json()
        for scheme, text in (("Bearer", key), ("Basic", basic))
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]["data"]) == 10


def test_key_without_the_right_is_told_which_right(small_url: str) -> None:
    headers = {"Authorization": "Bearer rk_test_no_refunds"}
    refused = httpx.get(f"{small_url}/stripe/v1/refunds", headers=headers)
    assert refused.status_code == 403
    assert "rak_refund_read" in error(refused)["message"]
    assert httpx.get(f"{small_url}/stripe/v1/charges", headers=headers).status_code == 200


# Errors


@pytest.mark.parametrize(
    "exchange", [entry for entry in recordings("stripe-stateful-mock") if is_refused_reading(entry)]
)
def test_refused_questions_are_refused_as_recorded(exchange: dict[str, Any], stripe: httpx.Client) -> None:
    request, recorded = exchange["request"], exchange["response"]
    headers = (
        {"Authorization": "Bearer sk_test_simulator"}
        if "sk_test_12345" in str(request["headers"])
        else request["headers"]
    )
    answer = httpx.get(str(stripe.base_url).removesuffix("v1/") + request["path"].lstrip("/"), headers=headers)
    wanted = recorded["body"]["error"]
    # The mock answers an unknown border with 404; at Stripe it is a bad parameter.
    assert answer.status_code == (400 if wanted.get("param") == "starting_after" else recorded["status"])
    assert wanted.keys() <= error(answer).keys()
    assert {key: error(answer).get(key) for key in ("type", "code", "param")} == {
        key: wanted.get(key) for key in ("type", "code", "param")
    }


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("created[gte]=abc", "created[gte]"),
        ("foo=1", "foo"),
        ("created[since]=1", "created[since]"),
        ("starting_after=ch_nope", "starting_after"),
        ("expand[]=data.nosuch", "expand"),
    ],
)
def test_bad_parameter_is_named(query: str, param: str, stripe: httpx.Client) -> None:
    answer = stripe.get(f"/charges?{query}")
    assert answer.status_code == 400
    assert error(answer)["param"] == param
    assert error(answer)["type"] == "invalid_request_error"


def test_every_answer_has_a_request_id_and_the_version_asked_for(stripe: httpx.Client) -> None:
    answers = [stripe.get("/charges?limit=1", headers={"Stripe-Version": "2026-08-26.dahlia"}) for _ in range(2)]
    assert [answer.headers["Stripe-Version"] for answer in answers] == ["2026-08-26.dahlia"] * 2
    assert answers[0].headers["Request-Id"].startswith("req_")
    assert answers[0].headers["Request-Id"] != answers[1].headers["Request-Id"]
    assert stripe.get("/charges/ch_nope").headers["Request-Id"].startswith("req_")


def test_26th_request_in_a_second_is_refused_without_a_time_to_wait() -> None:
    with running(rate_limit=True) as url, httpx.Client(base_url=url, auth=("sk_test_simulator", "")) as client:
        answers = [client.get("/stripe/v1/charges?limit=1") for _ in range(80)]
        assert client.get("/stripe/v1/refunds?limit=1").status_code == 200
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["Stripe-Rate-Limited-Reason"] == "endpoint-rate"
    assert "Retry-After" not in refused[0].headers
    assert error(refused[0])["code"] == "rate_limit"


# Lists


@pytest.mark.parametrize("resource", RESOURCES)
def test_any_page_size_reads_the_same_list_once_newest_first(
    resource: str, lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    rows = lists[resource]
    assert rows
    assert len({row["id"] for row in rows}) == len(rows)
    assert [row["created"] for row in rows] == sorted((row["created"] for row in rows), reverse=True)
    assert everything(stripe, f"/{resource}", limit=7) == rows
    first = stripe.get(f"/{resource}").json()
    assert (first["object"], first["url"], len(first["data"])) == ("list", f"/v1/{resource}", min(10, len(rows)))


def test_one_second_spans_a_page_border(lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    same = Counter(row["created"] for row in lists["customers"]).most_common(1)[0]
    assert same[1] > 10
    page = stripe.get("/customers", params={"limit": 5, "created": same[0]}).json()
    rest = stripe.get("/customers", params={"limit": 100, "created": same[0], "starting_after": page["data"][-1]["id"]})
    assert page["has_more"] is True
    assert len(page["data"]) + len(rest.json()["data"]) == same[1]


def test_ending_before_reads_towards_the_present(lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    ids = [row["id"] for row in lists["charges"]]
    page = stripe.get("/charges", params={"limit": 3, "ending_before": ids[10]}).json()
    assert [row["id"] for row in page["data"]] == ids[7:10]
    assert page["has_more"] is True
    page = stripe.get("/charges", params={"limit": 3, "ending_before": ids[2]}).json()
    assert ([row["id"] for row in page["data"]], page["has_more"]) == (ids[:2], False)
    page = stripe.get("/charges", params={"limit": 3, "ending_before": ids[0]}).json()
    assert (page["data"], page["has_more"]) == ([], False)


def test_after_the_last_there_is_nothing(lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    page = stripe.get("/charges", params={"starting_after": lists["charges"][-1]["id"]}).json()
    assert (page["data"], page["has_more"]) == ([], False)


@pytest.mark.parametrize(
    ("operator", "keeps"),
    [
        ("[gt]", lambda created, border: created > border),
        ("[gte]", lambda created, border: created >= border),
        ("[lt]", lambda created, border: created < border),
        ("[lte]", lambda created, border: created <= border),
        ("", lambda created, border: created == border),
    ],
)
def test_created_filters_by_the_second(
    operator: str, keeps: Any, lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    rows = lists["charges"]
    border = rows[len(rows) // 2]["created"]
    found = everything(stripe, "/charges", **{f"created{operator}": border})
    assert [row["id"] for row in found] == [row["id"] for row in rows if keeps(row["created"], border)]


@pytest.mark.parametrize(
    ("resource", "parameter", "field"),
    [
        ("charges", "customer", "customer"),
        ("charges", "payment_intent", "payment_intent"),
        ("payment_intents", "customer", "customer"),
        ("refunds", "charge", "charge"),
        ("refunds", "payment_intent", "payment_intent"),
        ("balance_transactions", "type", "type"),
        ("balance_transactions", "source", "source"),
        ("balance_transactions", "currency", "currency"),
        ("invoices", "customer", "customer"),
        ("invoices", "status", "status"),
        ("invoices", "collection_method", "collection_method"),
        ("invoices", "due_date", "due_date"),
        ("invoice_payments", "invoice", "invoice"),
        ("invoice_payments", "status", "status"),
        ("customers", "email", "email"),
        ("payouts", "status", "status"),
        ("payouts", "arrival_date", "arrival_date"),
        ("payouts", "destination", "destination"),
        ("disputes", "charge", "charge"),
        ("disputes", "payment_intent", "payment_intent"),
        ("events", "type", "type"),
    ],
)
def test_filter_keeps_what_has_the_value(
    resource: str, parameter: str, field: str, lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    value = next(row[field] for row in lists[resource] if row[field] is not None)
    expected = [row["id"] for row in lists[resource] if row[field] == value]
    assert [row["id"] for row in everything(stripe, f"/{resource}", **{parameter: value})] == expected


def test_payout_lists_the_movements_it_paid(lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    for payout in lists["payouts"][:5]:
        rows = everything(stripe, "/balance_transactions", payout=payout["id"])
        assert sum(row["net"] for row in rows if row["type"] != "payout") == payout["amount"]


@pytest.mark.parametrize("resource", RESOURCES)
def test_object_is_found_by_its_id(resource: str, lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    assert stripe.get(f"/{resource}/{lists[resource][0]['id']}").json() == lists[resource][0]


def test_long_invoice_shows_ten_lines_and_pages_the_rest(
    lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    bill = next(row for row in lists["invoices"] if row["lines"]["has_more"])
    assert len(bill["lines"]["data"]) == 10
    rows = everything(stripe, f"/invoices/{bill['id']}/lines", limit=6)
    assert rows[:10] == bill["lines"]["data"]
    assert sum(row["amount"] for row in rows) == bill["total"]


# Expansion


def test_expansion_puts_the_object_where_its_id_was(stripe: httpx.Client) -> None:
    plain = stripe.get("/charges?limit=5").json()["data"]
    paths = ["data.balance_transaction", "data.customer", "data.payment_intent.latest_charge"]
    full = stripe.get("/charges", params={"limit": 5, "expand[]": paths}).json()["data"]
    for before, after in zip(plain, full, strict=True):
        assert after["payment_intent"]["object"] == "payment_intent"
        assert after["payment_intent"]["latest_charge"]["object"] == "charge"
        for field in ("balance_transaction", "customer"):
            assert (after[field] and after[field]["id"]) == before[field]


def test_refunds_of_a_charge_are_shown_only_when_asked_for(
    lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    refund = lists["refunds"][0]
    charge = stripe.get(f"/charges/{refund['charge']}", params={"expand[]": "refunds"}).json()
    assert refund["id"] in [row["id"] for row in charge["refunds"]["data"]]
    assert "refunds" not in stripe.get(f"/charges/{refund['charge']}").json()


def test_five_levels_are_too_deep(stripe: httpx.Client) -> None:
    path = "data.payment_intent.latest_charge.payment_intent.latest_charge.customer"
    assert stripe.get("/charges", params={"expand[]": path}).status_code == 400
