"""The objects and events of the simulator's Stripe: payments, fees, invoices, what is told and what is not."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from recorded import everything
from recordings import folder_of
from stripe_client import RESOURCES, error

FIXTURES = folder_of("stripe-official-fixtures")
# In Stripe's example objects, but not in the answers of version dahlia: only expanded, or gone since basil.
NOT_SHOWN = {"charge": {"refunds"}, "invoice": {"subscription"}}


NOW = 1795167600


DAY = 86400


@pytest.fixture(scope="module")
def lists(small_url: str) -> dict[str, list[dict[str, Any]]]:
    """Every list of the small world, newest first."""
    with httpx.Client(base_url=f"{small_url}/stripe/v1", auth=("sk_test_simulator", "")) as client:
        return {resource: everything(client, f"/{resource}") for resource in RESOURCES}


def next_day_with(client: httpx.Client, path: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Move the clock day by day until a list's first page has such a row."""
    for _ in range(60):
        for row in client.get(path).json()["data"]:
            if wanted(row):
                return row
        client.post("/_simulator/clock", json={"advance_days": 1})
    raise AssertionError(f"no such row at {path} in sixty days")


# Objects


@pytest.mark.parametrize("resource", [resource for resource in RESOURCES if resource != "events"])
def test_object_has_the_fields_and_types_of_stripes_example(
    resource: str, lists: dict[str, list[dict[str, Any]]]
) -> None:
    kind = resource.removesuffix("s")
    file = FIXTURES / f"{kind}.json"
    if not file.is_file():
        pytest.skip(f"no example at {file}")
    example = json.loads(file.read_text())
    for row in lists[resource]:
        assert example.keys() - NOT_SHOWN.get(kind, set()) <= row.keys()
        for name in example.keys() & row.keys():
            if row[name] is not None and example[name] is not None:
                assert type(row[name]) is type(example[name]), (name, row[name])


def test_refund_and_balance_transaction_do_not_tell_the_mode(lists: dict[str, list[dict[str, Any]]]) -> None:
    assert not any("livemode" in row for row in lists["refunds"] + lists["balance_transactions"])
    assert {row["livemode"] for row in lists["charges"]} == {False}


def test_paid_order_is_named_by_its_intent_and_a_failed_wish_names_none(
    lists: dict[str, list[dict[str, Any]]], shop: httpx.Client
) -> None:
    carts = {str(cart["id"]): cart for cart in shop.get("/carts?limit=0").json()["carts"]}
    named = [row for row in lists["payment_intents"] if "order_id" in row["metadata"]]
    assert sorted(row["metadata"]["order_id"] for row in named) == sorted(carts)
    for row in named:
        assert row["amount"] == round(carts[row["metadata"]["order_id"]]["discountedTotal"] * 100)
    others = [row["status"] for row in lists["payment_intents"] if not row["metadata"] and row["currency"] == "usd"]
    assert {"requires_payment_method", "canceled"} <= set(others)


def test_failed_attempts_come_before_the_one_that_succeeds(lists: dict[str, list[dict[str, Any]]]) -> None:
    charges: dict[str, list[dict[str, Any]]] = {}
    for row in reversed(lists["charges"]):
        charges.setdefault(row["payment_intent"], []).append(row)
    several = [rows for rows in charges.values() if len(rows) > 1 and rows[-1]["paid"]]
    assert several
    for rows in several:
        assert [row["status"] for row in rows] == ["failed"] * (len(rows) - 1) + ["succeeded"]
        assert all(row["failure_code"] and row["balance_transaction"] is None for row in rows[:-1])


def test_fee_is_2_9_percent_and_30_cents(lists: dict[str, list[dict[str, Any]]]) -> None:
    row = next(row for row in lists["balance_transactions"] if row["type"] == "charge" and row["exchange_rate"] is None)
    assert row["fee"] == int(row["amount"] * 0.029 + 0.5) + 30
    assert row["net"] == row["amount"] - row["fee"] == row["amount"] - row["fee_details"][0]["amount"]


def test_money_becomes_available_two_days_later_without_an_event(own: httpx.Client) -> None:
    row = next_day_with(
        own, "/stripe/v1/balance_transactions?type=charge&limit=1", lambda row: row["status"] == "pending"
    )
    assert row["available_on"] == row["created"] // DAY * DAY + 2 * DAY
    own.post("/_simulator/clock", json={"advance_days": 2})
    assert own.get(f"/stripe/v1/balance_transactions/{row['id']}").json() == row | {"status": "available"}


def test_invoices_bring_the_odd_currencies_and_every_status(lists: dict[str, list[dict[str, Any]]]) -> None:
    charged = {row["currency"] for row in lists["charges"]}
    assert charged == {"usd", "eur", "jpy", "kwd", "isk", "ugx"}
    assert {row["status"] for row in lists["invoices"]} >= {"paid", "open", "void", "uncollectible"}
    assert all(row["amount"] % 10 == 0 for row in lists["charges"] if row["currency"] == "kwd")
    assert all(row["amount"] % 100 == 0 for row in lists["charges"] if row["currency"] in ("isk", "ugx"))


def test_foreign_charge_is_settled_in_dollars(
    lists: dict[str, list[dict[str, Any]]],
) -> None:
    movements = {row["source"]: row for row in lists["balance_transactions"]}
    for charge in lists["charges"]:
        if charge["currency"] == "jpy" and charge["captured"]:
            movement = movements[charge["id"]]
            assert movement["currency"] == "usd"
            # 1000 yen are an amount of 1000; dollars are counted in cents.
            assert movement["amount"] == pytest.approx(charge["amount"] * movement["exchange_rate"] * 100, abs=0.51)


def test_old_version_links_invoice_and_payment_directly(
    lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client
) -> None:
    paid = next(row for row in lists["invoices"] if row["status"] == "paid" and not row["amount_paid_off_stripe"])
    assert "payment_intent" not in paid
    old = stripe.get(f"/invoices/{paid['id']}", headers={"Stripe-Version": "2024-06-20"}).json()
    assert (old["paid"], old["paid_out_of_band"]) == (True, False)
    charge = stripe.get(f"/charges/{old['charge']}", headers={"Stripe-Version": "2024-06-20"}).json()
    assert (charge["invoice"], charge["payment_intent"]) == (paid["id"], old["payment_intent"])
    linked = stripe.get("/invoice_payments", params={"invoice": paid["id"]}).json()["data"]
    assert linked[0]["payment"]["payment_intent"] == old["payment_intent"]


def test_guest_has_no_customer_but_an_email(lists: dict[str, list[dict[str, Any]]]) -> None:
    guests = [row for row in lists["charges"] if row["customer"] is None]
    assert guests
    assert all("@" in row["billing_details"]["email"] for row in guests)


def test_deleted_customer_leaves_a_stub_and_the_list(own: httpx.Client) -> None:
    own.post("/_simulator/clock", json={"now": "2026-11-20T09:40:00Z"})
    listed = {row["id"] for row in everything(own, "/stripe/v1/customers")}
    paying = {row["customer"] for row in everything(own, "/stripe/v1/charges")} - {None}
    gone = sorted(paying - listed)
    assert gone
    assert own.get(f"/stripe/v1/customers/{gone[0]}").json() == {"id": gone[0], "object": "customer", "deleted": True}
    border = own.get("/stripe/v1/customers", params={"starting_after": gone[0]})
    assert (border.status_code, error(border)["code"]) == (400, "resource_missing")


def test_uncaptured_charge_succeeded_but_brought_nothing_yet(own: httpx.Client) -> None:
    row = next_day_with(
        own, "/stripe/v1/charges?limit=100", lambda row: row["status"] == "succeeded" and not row["captured"]
    )
    assert (row["amount_captured"], row["balance_transaction"], row["paid"]) == (0, None, True)
    intent = own.get(f"/stripe/v1/payment_intents/{row['payment_intent']}").json()
    assert intent["capture_method"] == "manual"
    assert intent["status"] in ("requires_capture", "canceled")


# Events


def test_events_reach_back_thirty_days(lists: dict[str, list[dict[str, Any]]]) -> None:
    assert lists["events"][0]["created"] <= NOW
    assert NOW - 30 * DAY < lists["events"][-1]["created"] < NOW - 28 * DAY


def test_event_shows_the_object_of_its_own_second(own: httpx.Client) -> None:
    refunded = next_day_with(own, "/stripe/v1/events?type=charge.refunded", lambda row: True)
    body = refunded["data"]["object"]
    assert body["amount_refunded"] > refunded["data"]["previous_attributes"]["amount_refunded"]
    created = next(
        row
        for row in everything(own, "/stripe/v1/events", type="payment_intent.created")
        if row["data"]["object"]["metadata"]
    )
    assert created["data"]["object"]["status"] == "requires_payment_method"
    intent = own.get(f"/stripe/v1/payment_intents/{created['data']['object']['id']}").json()
    assert intent["status"] in ("succeeded", "requires_capture")


def test_most_refunds_are_told_by_their_charge_only(own: httpx.Client) -> None:
    told: set[str] = set()
    announced: set[str] = set()
    refunds: set[str] = set()
    for _ in range(12):
        own.post("/_simulator/clock", json={"advance_days": 30})
        refunds |= {row["id"] for row in everything(own, "/stripe/v1/refunds") if row["created"] > NOW}
        announced |= {
            row["data"]["object"]["id"] for row in everything(own, "/stripe/v1/events", type="refund.created")
        }
        told |= {row["data"]["object"]["id"] for row in everything(own, "/stripe/v1/events", type="charge.refunded")}
    assert refunds
    assert 0 < len(announced & refunds) < len(refunds)
    charges = {own.get(f"/stripe/v1/refunds/{refund}").json()["charge"] for refund in refunds}
    assert charges <= told


def test_several_types_are_asked_for_at_once(lists: dict[str, list[dict[str, Any]]], stripe: httpx.Client) -> None:
    wanted = ["charge.succeeded", "charge.failed"]
    rows = everything(stripe, "/events", **{"types[]": wanted})  # type: ignore[arg-type]
    assert [row["id"] for row in rows] == [row["id"] for row in lists["events"] if row["type"] in wanted]
    both = stripe.get("/events", params={"types[]": wanted, "type": "charge.failed"})
    many = stripe.get("/events", params={"types[]": [f"t{number}" for number in range(21)]})
    assert (both.status_code, many.status_code) == (400, 400)


def test_events_since_the_last_one_tell_every_new_charge(own: httpx.Client) -> None:
    last = own.get("/stripe/v1/events?limit=1").json()["data"][0]
    own.post("/_simulator/clock", json={"advance_days": 20})
    new: list[dict[str, Any]] = []
    border = last["id"]
    while True:
        page = own.get("/stripe/v1/events", params={"ending_before": border, "limit": 50}).json()
        new = page["data"] + new
        if not page["has_more"]:
            break
        border = page["data"][0]["id"]
    assert all(before["created"] >= after["created"] for before, after in itertools.pairwise(new))
    told = {row["data"]["object"]["id"] for row in new if row["type"] in ("charge.succeeded", "charge.failed")}
    charges = everything(own, "/stripe/v1/charges")
    assert told == {row["id"] for row in charges if row["created"] > NOW}
