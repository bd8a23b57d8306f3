"""The world itself: the same for a seed, hidden until its second has come, and lifelike enough to be analysed."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import httpx
import pytest

from simulator.orders import Line
from simulator.places import CITIES
from simulator.seasons import black_friday, demand, local_day, midnight
from simulator.server import running
from simulator.shop import WorldShop
from simulator.stripe_objects import WRITERS
from simulator.web import to_json
from simulator.world import World


def instant(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = instant("2026-11-20T09:40:00")


def shown(world: World, now: int) -> bytes:
    """Everything both APIs could show of a world at an instant."""
    shop = WorldShop(world)
    rows = [row.value for resource in ("products", "users", "carts") for row in shop.rows(resource, now)]
    objects = [write(item, now) for resource, write in WRITERS.items() for item in world.shelves[resource].visible(now)]
    return to_json([rows, objects])


def world_at(now: int, *stops: int, seed: int = 7, scale: float = 0.05) -> World:
    """Make a world and lead its clock over some stops."""
    world = World(seed, scale)
    for stop in (*stops, now):
        world.advance(stop)
    return world


@pytest.fixture(scope="module")
def world() -> World:
    return world_at(NOW, scale=0.3)


@pytest.fixture(scope="module")
def full() -> World:
    return world_at(NOW, scale=1.0)


# Sameness


@pytest.mark.parametrize(
    "stops",
    [
        pytest.param([instant("2024-02-29T12:00:00")], id="one stop"),
        pytest.param([NOW - number * 86400 - number for number in range(400, 0, -1)], id="day by day"),
        pytest.param([NOW + 40 * 86400], id="beyond and back"),
    ],
)
def test_world_does_not_depend_on_how_its_clock_was_led(stops: list[int]) -> None:
    assert shown(world_at(NOW, *stops), NOW) == shown(world_at(NOW), NOW)


def test_earlier_instant_shows_the_same_whatever_was_made_since() -> None:
    then = instant("2025-03-09T06:30:15")
    assert shown(world_at(then), then) == shown(world_at(NOW), then)


def test_another_seed_is_another_world() -> None:
    assert shown(world_at(NOW, seed=8), NOW) != shown(world_at(NOW), NOW)


def test_served_bytes_are_the_same_in_two_servers() -> None:
    answers = []
    for start in ("2026-11-20T09:40:00Z", "2025-01-01T00:00:00Z"):
        with running(scale=0.05, now=start) as url:
            httpx.post(f"{url}/_simulator/clock", json={"now": "2026-11-20T09:40:00Z"})
            answers.append([httpx.get(f"{url}/dummyjson/{path}").content for path in ("products?limit=0", "carts")])
    assert answers[0] == answers[1]


def test_larger_scale_is_a_larger_shop() -> None:
    orders = [len(world_at(NOW, scale=scale).orders) for scale in (0.02, 0.1, 0.4)]
    assert orders == sorted(orders)
    assert orders[0] * 5 < orders[2]


# Time


def test_future_is_hidden_to_the_second(world: World) -> None:
    shop = WorldShop(world)
    order = world.orders[500]
    before, after = (shop.rows("carts", at) for at in (order.at - 1, order.at))
    assert order.id not in [row.value["id"] for row in before]
    assert order.id in [row.value["id"] for row in after]


def test_order_appears_with_its_payment_intent_in_the_same_second(world: World) -> None:
    for order in world.orders[-50:]:
        intents = [item for item in world.shelves["payment_intents"] if item.order is order]
        assert [item.created for item in intents] == [order.at]


def test_cart_ids_count_up_in_time_without_a_gap(world: World) -> None:
    assert [order.id for order in world.orders] == list(range(1, len(world.orders) + 1))
    assert [order.at for order in world.orders] == sorted(order.at for order in world.orders)


def test_days_of_clock_changes_are_23_and_25_hours_long() -> None:
    lengths = [midnight(day + timedelta(days=1)) - midnight(day) for day in (date(2026, 3, 8), date(2026, 11, 1))]
    assert lengths == [23 * 3600, 25 * 3600]


def test_some_orders_share_a_second(world: World) -> None:
    assert max(Counter(order.at for order in world.orders).values()) > 1


def test_failed_refund_gives_the_money_back_to_the_sum(world: World) -> None:
    refund = next(item for item in world.shelves["refunds"] if item.failed is not None)
    states = [refund.status(at) for at in (refund.created, refund.settled, refund.failed)]
    assert states[1:] == ["succeeded", "failed"]
    before, after = (refund.charge.refunded(at) for at in (refund.failed - 1, refund.failed))
    assert before - after == refund.amount


def test_price_of_a_line_is_the_products_price_of_that_second(world: World) -> None:
    changed = [product for product in world.catalogue.products if len(product.price.values) > 1]
    assert changed
    lines = [(order.at, line) for order in world.orders for line in order.lines if line.product in changed]
    assert all(line.price == line.product.price.at(at) for at, line in lines)
    assert any(line.price != line.product.price.at(NOW) for _, line in lines)


# Money


def test_discounted_total_is_rounded_half_up(world: World) -> None:
    for order in world.orders:
        for line in order.lines:
            exact = Decimal(line.price * line.quantity) * (1 - Decimal(line.discount) / 10000)
            assert line.discounted == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("price", "quantity", "percent", "paid"),
    [("2.49", 1, "50", "1.25"), ("2.49", 5, "10", "11.21"), ("19.99", 5, "7.3", "92.65"), ("0.01", 1, "0", "0.01")],
)
def test_half_a_cent_goes_up(price: str, quantity: int, percent: str, paid: str, world: World) -> None:
    cents, hundredths = int(Decimal(price) * 100), int(Decimal(percent) * 100)
    line = Line(world.catalogue.products[0], cents, quantity, hundredths)
    assert Decimal(line.discounted) / 100 == Decimal(paid)


def test_half_cents_happen(full: World) -> None:
    lines = [line for order in full.orders for line in order.lines]
    assert any(line.total * (10000 - line.discount) % 10000 == 5000 for line in lines)


def test_served_line_totals_have_the_noise_of_binary_floats(shop: httpx.Client) -> None:
    lines = [line for cart in shop.get("/carts?limit=0").json()["carts"] for line in cart["products"]]
    assert all(line["total"] == line["price"] * line["quantity"] for line in lines)
    assert any(len(str(line["total"])) > 12 for line in lines)
    assert all(
        Decimal(str(line["discountedTotal"])) == round(Decimal(str(line["discountedTotal"])), 2) for line in lines
    )


def test_refunds_never_exceed_the_charge(world: World) -> None:
    for charge in {refund.charge for refund in world.shelves["refunds"]}:
        assert charge.refunded(NOW + 100 * 86400) <= charge.amount


def test_refund_tells_its_line_and_quantity_or_is_the_whole_or_neither(world: World) -> None:
    kinds = Counter(refund.kind for refund in world.shelves["refunds"])
    assert set(kinds) == {"full", "line", "goodwill"}
    for refund in world.shelves["refunds"]:
        order, metadata = refund.charge.intent.order, WRITERS["refunds"](refund, NOW + 10**8)["metadata"]
        if refund.kind == "line":
            line = order.lines[int(metadata["line"]) - 1]
            share = Decimal(line.discounted) * int(metadata["quantity"]) / line.quantity
            assert refund.amount == int(share.quantize(Decimal(1), ROUND_HALF_UP))
        else:
            assert metadata == {}
            assert (refund.amount == order.discounted) == (refund.kind == "full")


def test_payouts_and_balance_add_up(world: World) -> None:
    movements = world.shelves["balance_transactions"].visible(NOW)
    paid = [row for row in movements if row.payout is not None and row.payout.created <= NOW]
    net = sum(row.amount - row.fee for row in paid)
    assert net == 0
    assert sum(row.amount for row in movements if row.kind == "payout") == -sum(
        payout.amount for payout in world.shelves["payouts"].visible(NOW)
    )


# Life


def test_about_one_address_in_eight_has_the_wrong_state(world: World) -> None:
    states = {city.name: city.state for city in CITIES}
    people = [row.value["address"] for row in WorldShop(world).rows("users", NOW)]
    wrong = sum(address["state"] != states[address["city"]] for address in people)
    assert 0.08 < wrong / len(people) < 0.17
    assert len(states) == len(CITIES) >= 60


def test_no_address_of_a_real_mail_host_is_served(world: World) -> None:
    hosts = {person.email.partition("@")[2] for person in world.people}
    assert hosts <= {"example.com", "example.org", "example.net"}
    assert len({person.email for person in world.people}) == len(world.people)


def test_people_move_and_the_old_address_is_still_known(world: World) -> None:
    mover = next(person for person in world.people if len(person.addresses) > 1)
    moved = mover.addresses[1][0]
    assert mover.address(moved - 1) == mover.addresses[0][1] != mover.address(moved)


def test_few_customers_buy_most(world: World) -> None:
    counts = sorted((person.orders for person in world.people), reverse=True)
    buyers = [count for count in counts if count]
    assert sum(counts[: len(counts) // 5]) > 0.45 * sum(counts)
    assert 0.25 < sum(count == 1 for count in buyers) / len(buyers) < 0.55


def test_november_and_black_friday_are_busy() -> None:
    assert [black_friday(year) for year in (2023, 2024, 2025, 2026)] == [
        date(2023, 11, 24),
        date(2024, 11, 29),
        date(2025, 11, 28),
        date(2026, 11, 27),
    ]
    assert demand(date(2025, 11, 28)) > 2 * demand(date(2025, 11, 14))
    assert demand(date(2025, 12, 12)) > 1.3 * demand(date(2025, 6, 13))


def test_shop_grows_over_the_years(world: World) -> None:
    years = Counter(local_day(order.at).year for order in world.orders)
    assert years[2024] < years[2025] < years[2026] * 1.2


def test_evening_is_busier_than_night(world: World) -> None:
    hours = Counter((order.at - midnight(local_day(order.at))) // 3600 for order in world.orders)
    assert hours[20] > 5 * hours[3]


def test_products_come_and_go(world: World) -> None:
    shop = WorldShop(world)
    first, last = (
        {row.value["id"] for row in shop.rows("products", at)} for at in (instant("2023-11-02T00:00:00"), NOW)
    )
    assert last - first
    assert first - last
    assert all(row.value["stock"] >= 0 for row in shop.rows("products", NOW))


def test_stock_falls_with_each_sale(world: World) -> None:
    order = next(order for order in world.orders[300:] if len(order.lines) == 1)
    line = order.lines[0]
    assert line.product.stock.at(order.at - 1) - line.product.stock.at(order.at) >= line.quantity


def test_some_shelves_are_empty_and_some_nearly(full: World) -> None:
    rows = WorldShop(full).rows("products", NOW)
    states = Counter(row.value["availabilityStatus"] for row in rows)
    assert states["Out of Stock"] > 0
    assert states["Low Stock"] > 0
    assert states["In Stock"] > 80


def test_reviews_are_written_by_customers_after_they_bought(world: World) -> None:
    bought = {(line.product.id, order.person.id): order.at for order in reversed(world.orders) for line in order.lines}
    reviews = [(product, review) for product in world.catalogue.products for review in product.reviews]
    assert reviews
    assert all(bought[product.id, review.author.id] < review.at for product, review in reviews)
    assert all(len(product.reviews) <= 12 for product in world.catalogue.products)


def test_some_carts_hold_a_product_twice(world: World) -> None:
    twice = [order for order in world.orders if len({line.product.id for line in order.lines}) < len(order.lines)]
    assert twice
    assert all(1 <= len(order.lines) <= 6 for order in world.orders)


def test_full_world_has_the_promised_size(full: World) -> None:
    month = [order for order in full.orders if NOW - 20 * 86400 < order.at <= NOW]
    assert 8000 < len(full.orders) < 10500
    assert 2100 < len(full.people) < 2700
    assert 11 < len(month) / 20 < 18
    assert 135 < len(full.catalogue.products) < 150
    refunded = {refund.charge for refund in full.shelves["refunds"].visible(NOW)}
    assert 0.035 < len(refunded) / len(full.orders) < 0.065
    failed = sum(item.failure is not None for item in full.shelves["charges"] if item.intent.order is not None)
    assert 0.04 < failed / len(full.orders) < 0.1
