"""Many small loads, one after another, end in the same books as one build from nothing."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hand_fed_warehouse import PAYMENTS, SHOP, FailedModelsError, Warehouse, cart, intent, line, rate, refund, user

pytestmark = pytest.mark.slow

PEOPLE, PRODUCTS = 6, 5
CUT_OFF = (
    *("int_customer_key_log", "int_order_accounts", "int_customer_keys", "int_customer_versions"),
    *("stg_dummyjson__carts", "stg_stripe__payment_intents", "int_order_payments", "int_order_events", "int_orders"),
    *("int_order_lines", "fact_sales_ledger", "int_order_footprints", "fact_orders", "fact_order_items"),
    *("fact_refunds", "int_daily_sales", "int_monthly_buyers", "discount_effectiveness"),
)
# Rows replaced by their own key, by that of their order, and added to a log.
SOME_CUT_OFF = ("int_customer_key_log", "stg_stripe__payment_intents", "fact_sales_ledger", "int_monthly_buyers")


class Life:
    """A shop in which anything may change at any time, also what seldom does."""

    def __init__(self, seed: int, warehouse: Warehouse) -> None:
        self.random = random.Random(seed)
        self.warehouse = warehouse
        self.carts: dict[int, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}

    def begin(self) -> None:
        # The books are kept in dollars, the shop sells in euro: every number hangs on rates, too.
        self.warehouse.connect(SHOP, "dummyjson", "America/New_York", currency="EUR")
        for number in range(1, PEOPLE + 1):
            self.warehouse.put("dummyjson__users", number, user(number))
        for number in range(1, PRODUCTS + 1):
            self.warehouse.put(
                "dummyjson__products",
                number,
                {"id": number, "title": f"Product {number}", "category": "c", "price": 5, "stock": 9},
            )
        for _ in range(8):
            self.new_cart()

    def happen(self) -> None:
        """A load's worth of changes."""
        events = (
            (self.new_cart, 3),
            (self.change_cart, 3),
            (self.give_cart_to_another_person, 1),
            (self.delete_cart, 2),
            (self.pay, 5),
            (self.pay_for_another_order, 1),
            (self.refund_something, 4),
            (self.let_refund_fail, 3),
            (self.correct_refund, 1),
            (self.move_shop, 0.15),
            (self.stop_or_start_settling, 0.15),
            (self.tell_rate, 2),
            (self.change_address, 3),
            (self.say_who_is_who, 0.7),
        )
        happenings, weights = zip(*events, strict=True)
        for happening in self.random.choices(happenings, weights, k=self.random.randint(1, 5)):
            happening()

    def change_address(self) -> None:
        """People take one another's addresses, share them, and have none."""
        number, address = self.random.randint(1, PEOPLE), self.random.choice((*range(4), None, "none"))
        email = address if address is None else f"{address}@X.example"
        self.warehouse.put("dummyjson__users", number, user(number, email=email))

    def say_who_is_who(self) -> None:
        """The merchant writes a rule about two customers, or takes it back."""
        pair, rule = sorted(self.random.sample(range(1, PEOPLE + 1), 2)), self.random.choice(("never", "always"))
        is_removed = self.random.random() < 0.4
        for side, number in enumerate(pair):
            self.warehouse.execute(
                f"INSERT OR REPLACE INTO ops.customer_links VALUES ('{rule}{pair}', {side}, '{rule}', '{SHOP}', "
                f"'{number}', NULL, {is_removed}, TIMESTAMP '{self.warehouse.now}')"
            )

    def put_cart(self, id: int, user_id: int, deleted: bool = False) -> None:
        lines = []
        for _ in range(self.random.randint(1, 3)):
            quantity, price = self.random.randint(1, 3), self.random.choice((5.0, 19.99, 99.95))
            total = round(quantity * price, 2)
            discounted = round(total * self.random.choice((1, 0.96, 0.93, 0.88, 0.8)), 2)
            lines.append(line(self.random.randint(1, PRODUCTS), price, quantity, total, discounted))
        asked = round(sum(each["discountedTotal"] for each in lines) + self.random.choice((0, 0, 0, 0.01)), 2)
        self.carts[id] = cart(id, user_id, lines, asked)
        self.warehouse.put("dummyjson__carts", id, self.carts[id], deleted=deleted)

    def new_cart(self) -> None:
        self.put_cart(len(self.carts) + 1, self.random.randint(1, PEOPLE))

    def some_cart(self) -> dict[str, Any]:
        return self.carts[self.random.choice(list(self.carts))]

    def change_cart(self) -> None:
        old = self.some_cart()
        self.put_cart(old["id"], old["userId"])

    def give_cart_to_another_person(self) -> None:
        self.put_cart(self.some_cart()["id"], self.random.randint(1, PEOPLE))

    def delete_cart(self) -> None:
        self.warehouse.mark_deleted("dummyjson__carts", self.some_cart()["id"])

    def moment(self) -> str:
        return f"2026-02-{self.random.randint(1, 9):02}T{self.random.choice(('03:30', '05:30', '18:00'))}:00"

    def put_intent(self, payload: dict[str, Any]) -> None:
        self.intents[payload["id"]] = payload
        self.warehouse.put("stripe__payment_intents", payload["id"], payload)

    def pay(self) -> None:
        paid = self.some_cart()
        id = f"pi_{len(self.intents)}"
        self.put_intent(intent(id, self.moment(), round(100 * paid["discountedTotal"]), paid["id"], "eur"))
        charge = {
            **self.intents[id],
            "id": f"ch_{id}",
            "payment_intent": id,
            "captured": True,
            "amount_captured": self.intents[id]["amount"],
        }
        self.warehouse.put("stripe__charges", charge["id"], charge)

    def pay_for_another_order(self) -> None:
        if self.intents:
            chosen = self.intents[self.random.choice(list(self.intents))]
            metadata = self.random.choice(({}, {"order_id": str(self.some_cart()["id"])}))
            self.put_intent({**chosen, "metadata": metadata})

    def put_refund(self, payload: dict[str, Any]) -> None:
        self.refunds[payload["id"]] = payload
        self.warehouse.put("stripe__refunds", payload["id"], payload)

    def refund_something(self) -> None:
        if not self.intents:
            return
        paid = self.intents[self.random.choice(list(self.intents))]
        amount = self.random.choice((paid["amount"], 500, 150))
        told = self.random.choice(({}, {"line": self.random.randint(1, 4), "quantity": 1}))
        status = self.random.choice(("succeeded", "pending"))
        moment, currency = self.moment().replace("-02-", "-03-"), self.random.choice(("eur", "eur", "usd"))
        self.put_refund(refund(f"re_{len(self.refunds)}", paid["id"], moment, amount, status, currency, **told))

    def let_refund_fail(self) -> None:
        if self.refunds:
            chosen = self.refunds[self.random.choice(list(self.refunds))]
            self.put_refund({**chosen, "status": self.random.choice(("failed", "canceled", "succeeded"))})

    def correct_refund(self) -> None:
        if self.refunds:
            chosen = self.refunds[self.random.choice(list(self.refunds))]
            self.put_refund({**chosen, "metadata": {"line": "1", "quantity": "1"}})

    def move_shop(self) -> None:
        timezone = self.random.choice(("America/New_York", "Asia/Tokyo"))
        self.warehouse.connect(SHOP, "dummyjson", timezone, currency="EUR")

    def tell_rate(self) -> None:
        """Of a day never told before, or once more of one that was."""
        day = f"2026-0{self.random.choice((2, 3))}-{self.random.randint(1, 9):02}"
        units = self.random.choice((1.05, 1.1, 1.17, 1.2))
        self.warehouse.put("fx__rates", day, rate(day, "USD", units), connection="rates")

    def stop_or_start_settling(self) -> None:
        self.warehouse.connect(PAYMENTS, "stripe", "UTC", settles=self.random.choice((None, SHOP)))


@pytest.mark.parametrize(
    ("seed", "loads"), [(1, 6), *(pytest.param(seed, 9, marks=pytest.mark.soak) for seed in range(1, 12))]
)
def test_small_loads_end_in_the_books_of_one_rebuild(
    seed: int, loads: int, make_warehouse: Callable[..., Warehouse], tmp_path: Path
) -> None:
    warehouse = make_warehouse("lived")
    life = Life(seed, warehouse)
    life.begin()
    warehouse.run()
    for _ in range(loads):
        # Now within the hour of the last run, now beyond it: both ways of reading what is new are walked.
        warehouse.later(minutes=life.random.choice((3, 45, 400)))
        life.happen()
        warehouse.run()
    lived = warehouse.marts()

    rebuilt = warehouse.rebuilt(tmp_path / "rebuilt")
    try:
        rebuilt.run()
        built = rebuilt.marts()
    finally:
        rebuilt.close()

    assert lived.keys() == built.keys()
    for table in built:
        assert lived[table] == built[table], table
    assert len(built["fact_sales_ledger"]) > 20
    assert built["fact_refunds"]


@pytest.mark.parametrize("models", [SOME_CUT_OFF, pytest.param(CUT_OFF, marks=pytest.mark.soak)], ids=["some", "all"])
def test_a_run_cut_off_between_deleting_and_writing_is_made_good_by_the_next(
    models: tuple[str, ...], make_warehouse: Callable[..., Warehouse], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On DuckDB SQLMesh replaces rows by a delete and an insert of their own; the process may end in between."""
    warehouse = make_warehouse("lived")
    life = Life(4, warehouse)
    life.begin()
    warehouse.run()
    assert warehouse.context is not None
    adapter = type(warehouse.context.engine_adapter)
    execute = adapter._execute

    for model in models:

        def cut_off(self: Any, sql: str, *rest: Any, model: str = model, **more: Any) -> None:
            execute(self, sql, *rest, **more)
            if re.search(rf"DELETE FROM \S*__{model}__", sql):
                raise ConnectionError(f"cut off in {model}")

        warehouse.later(minutes=life.random.choice((20, 200)))
        for _ in range(3):
            life.happen()
        # Else a run without news of who is who writes nothing to the log of keys.
        warehouse.put("dummyjson__users", 1, user(1, email=f"{model}@x.example"))
        with monkeypatch.context() as patch:
            patch.setattr(adapter, "_execute", cut_off)
            with pytest.raises(FailedModelsError, match=f"cut off in {model}"):
                warehouse.run()
        warehouse.run()
    lived = warehouse.marts()

    rebuilt = warehouse.rebuilt(tmp_path / "rebuilt")
    try:
        rebuilt.run()
        built = rebuilt.marts()
    finally:
        rebuilt.close()
    for table in built:
        assert lived[table] == built[table], table
