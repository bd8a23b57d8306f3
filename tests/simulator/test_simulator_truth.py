"""The truth against sums made here, from nothing but the JSON the APIs serve."""

from collections import defaultdict
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from recorded import everything

from simulator.places import CITIES
from simulator.server import running

CENT = Decimal("0.01")
COUNTED = ("succeeded", "pending", "requires_action")
Sums = dict[str, dict[str, Decimal]]


def money(value: float) -> Decimal:
    return Decimal(str(value)).quantize(CENT, ROUND_HALF_UP)


class Books:
    """What a careful reader of the two APIs would write down."""

    def __init__(self, client: httpx.Client, zone: str) -> None:
        self.by_day: Sums = defaultdict(lambda: defaultdict(Decimal))
        self.by_product: Sums = defaultdict(lambda: defaultdict(Decimal))
        self.by_customer: Sums = defaultdict(lambda: defaultdict(Decimal))
        self.total: dict[str, Decimal] = defaultdict(Decimal)
        self._zone = ZoneInfo(zone)
        carts = {str(cart["id"]): cart for cart in client.get("/dummyjson/carts?limit=0").json()["carts"]}
        orders = {}
        for intent in reversed(everything(client, "/stripe/v1/payment_intents")):
            number = intent["metadata"].get("order_id")
            if number is not None:
                orders[intent["id"]] = carts[number]
                self._sell(carts[number], intent["created"])
        for refund in everything(client, "/stripe/v1/refunds"):
            if refund["status"] in COUNTED and refund["payment_intent"] in orders:
                self._give_back(refund, orders[refund["payment_intent"]])

    def _day(self, created: int) -> str:
        return datetime.fromtimestamp(created, UTC).astimezone(self._zone).date().isoformat()

    def _headings(self, cart: dict[str, Any], day: str, product: str) -> list[dict[str, Decimal]]:
        return [self.total, self.by_day[day], self.by_product[product], self.by_customer[str(cart["userId"])]]

    def _sell(self, cart: dict[str, Any], created: int) -> None:
        day = self._day(created)
        for line in cart["products"]:
            for sums in self._headings(cart, day, str(line["id"])):
                sums["units"] += line["quantity"]
                sums["gross"] += money(line["total"])
                sums["discounts"] += money(line["total"]) - money(line["discountedTotal"])

    def _give_back(self, refund: dict[str, Any], cart: dict[str, Any]) -> None:
        day, amount, metadata = self._day(refund["created"]), Decimal(refund["amount"]) / 100, refund["metadata"]
        if "line" in metadata:
            parts = [(str(cart["products"][int(metadata["line"]) - 1]["id"]), amount)]
        elif amount == money(cart["discountedTotal"]):
            parts = [(str(line["id"]), money(line["discountedTotal"])) for line in cart["products"]]
        else:
            parts = [("null", amount)]
        for product, part in parts:
            for sums in self._headings(cart, day, product):
                sums["refunds"] += part


def assert_same(told: dict[str, Any], mine: dict[str, Decimal]) -> None:
    assert told["units"] == mine["units"]
    for name in ("gross", "discounts", "refunds"):
        assert Decimal(told[name]) == mine[name], name
    assert Decimal(told["net"]) == mine["gross"] - mine["discounts"] - mine["refunds"]


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Auckland"])
def test_truth_equals_sums_over_the_served_json(zone: str, small_url: str) -> None:
    with httpx.Client(base_url=small_url, auth=("sk_test_simulator", "")) as client:
        books = Books(client, zone)
        truth = client.get("/_simulator/truth", params={"timezone": zone}).json()
    assert_same(truth["totals"], books.total)
    for heading in ("by_day", "by_product", "by_customer"):
        mine = getattr(books, heading)
        assert truth[heading].keys() == mine.keys()
        for key, told in truth[heading].items():
            assert_same(told, mine[key])


def test_truth_counts_orders_once_whatever_their_lines(small_url: str) -> None:
    truth = httpx.get(f"{small_url}/_simulator/truth").json()
    carts = httpx.get(f"{small_url}/dummyjson/carts?limit=1").json()["total"]
    assert truth["totals"]["orders"] == carts
    assert sum(day["orders"] for day in truth["by_day"].values()) == carts
    assert sum(one["orders"] for one in truth["by_customer"].values()) == carts


def test_truth_of_payments_equals_sums_over_stripes_lists(small_url: str) -> None:
    with httpx.Client(base_url=small_url, auth=("sk_test_simulator", "")) as client:
        charges = everything(client, "/stripe/v1/charges")
        movements = everything(client, "/stripe/v1/balance_transactions")
        refunds = everything(client, "/stripe/v1/refunds")
        told = client.get("/_simulator/truth").json()["payments"]
    assert told["charges"] == {
        "succeeded": sum(row["status"] == "succeeded" for row in charges),
        "failed": sum(row["status"] == "failed" for row in charges),
        "captured": sum(row["captured"] for row in charges),
    }
    dollars = [row for row in charges if row["currency"] == "usd"]
    assert (
        Decimal(told["by_currency"]["usd"]["captured"]) == Decimal(sum(row["amount_captured"] for row in dollars)) / 100
    )
    yen = [row for row in charges if row["currency"] == "jpy"]
    assert Decimal(told["by_currency"]["jpy"]["captured"]) == sum(row["amount_captured"] for row in yen)
    dinars = [row for row in charges if row["currency"] == "kwd"]
    assert (
        Decimal(told["by_currency"]["kwd"]["captured"]) == Decimal(sum(row["amount_captured"] for row in dinars)) / 1000
    )
    given = sum(row["amount"] for row in refunds if row["status"] in COUNTED)
    assert Decimal(told["by_currency"]["usd"]["refunded"]) == Decimal(given) / 100
    assert Decimal(told["settled"]["fees"]) == Decimal(sum(row["fee"] for row in movements)) / 100
    sales = sum(row["amount"] for row in movements if not row["type"].startswith("payout"))
    assert Decimal(told["settled"]["amount"]) == Decimal(sales) / 100


def test_failed_refund_vanishes_from_the_truth(own: httpx.Client) -> None:
    own.post("/_simulator/clock", json={"now": "2024-06-01T00:00:00Z"})
    for _ in range(40):
        own.post("/_simulator/clock", json={"advance_days": 30})
        failed = [row for row in everything(own, "/stripe/v1/refunds") if row["status"] == "failed"]
        if failed:
            break
    movements = everything(own, "/stripe/v1/balance_transactions", source=failed[0]["id"])
    failure = next(row["created"] for row in movements if row["type"] == "refund_failure")
    sums = []
    for moment in (failure - 1, failure):
        own.post("/_simulator/clock", json={"now": datetime.fromtimestamp(moment, UTC).isoformat()})
        sums.append(Decimal(own.get("/_simulator/truth").json()["totals"]["refunds"]))
    assert sums[0] - sums[1] == Decimal(failed[0]["amount"]) / 100


def test_truth_knows_the_right_state_of_those_with_a_wrong_one(small_url: str) -> None:
    states = {city.name: city.state for city in CITIES}
    told = httpx.get(f"{small_url}/_simulator/truth").json()["customers"]
    users = httpx.get(f"{small_url}/dummyjson/users?limit=0").json()["users"]
    served = {str(user["id"]): user["address"] for user in users}
    wrong = {key for key, address in served.items() if address["state"] != states[address["city"]]}
    assert told.keys() == wrong
    for key, one in told.items():
        assert (one["city"], one["served_state"]) == (served[key]["city"], served[key]["state"])
        assert one["state"] == states[one["city"]]


def test_every_order_can_be_asked_for(small_url: str) -> None:
    truth = httpx.get(f"{small_url}/_simulator/truth", params={"orders": True}).json()
    carts = httpx.get(f"{small_url}/dummyjson/carts?limit=0").json()["carts"]
    assert truth["orders"].keys() == {str(cart["id"]) for cart in carts}
    for cart in carts:
        told = truth["orders"][str(cart["id"])]
        assert Decimal(told["gross"]) - Decimal(told["discounts"]) == money(cart["discountedTotal"])
    refunds = sum(Decimal(one["refunds"]) for one in truth["orders"].values())
    assert refunds == Decimal(truth["totals"]["refunds"])


def test_truth_of_data_files_is_a_plain_sum_over_them(data_folder: Path) -> None:
    with running(data=data_folder) as url:
        truth = httpx.get(f"{url}/_simulator/truth").json()
        carts = httpx.get(f"{url}/dummyjson/carts?limit=0").json()["carts"]
        charges = httpx.get(f"{url}/stripe/v1/charges", auth=("sk_test_simulator", "")).json()
    lines = [line for cart in carts for line in cart["products"]]
    assert truth["totals"]["orders"] == 208
    assert truth["totals"]["units"] == sum(line["quantity"] for line in lines)
    assert Decimal(truth["totals"]["gross"]) == sum(money(line["total"]) for line in lines)
    assert Decimal(truth["totals"]["net"]) == sum(money(line["discountedTotal"]) for line in lines)
    assert truth["by_day"] == {}
    assert (charges["data"], charges["has_more"]) == ([], False)
