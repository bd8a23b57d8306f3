"""A client of the simulator's commercetools over a shop made by hand."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from small_shop import DAY, NOON, small_shop

from simulator.clock import Clock
from simulator.commercetools import Commercetools, CommercetoolsTokens
from simulator.web import Answer, Request

Row = dict[str, Any]


class Shopper:
    """Asks a small shop's API without a network between."""

    def __init__(self, seconds: int = 1000 * DAY, client: str = "simulator_client", is_modular: bool = False) -> None:
        self.clock = Clock(datetime.fromtimestamp(NOON + 4 * DAY, UTC))
        shop = small_shop()
        self.shop = shop
        self.tokens = CommercetoolsTokens(self.clock, seconds=seconds)
        self.api = Commercetools(lambda now: shop, self.clock, self.tokens, is_modular=is_modular)
        self.token = self.grant(client)[1].get("access_token", "")

    def grant(
        self, client: str = "simulator_client", body: str = "grant_type=client_credentials"
    ) -> tuple[int, dict[str, Any]]:
        key = base64.b64encode(f"{client}:simulator_secret".encode()).decode()
        answer = self.tokens.answer(
            Request("POST", "/oauth/token", "", {"authorization": f"Basic {key}"}, body.encode())
        )
        return answer.status, json.loads(answer.body)

    def ask(self, path: str, *query: tuple[str, str]) -> Answer:
        headers = {"authorization": f"Bearer {self.token}"}
        return self.api.answer(Request("GET", path, urlencode(query), headers))

    def get(self, path: str, *query: tuple[str, str]) -> dict[str, Any]:
        answer = self.ask(f"/simulator{path}", *query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def rows(self, path: str, *query: tuple[str, str]) -> list[Row]:
        return self.get(path, *query)["results"]

    def order(self, number: int) -> Row:
        return self.get(f"/orders/order-number=JP-{number}")

    def refused(self, path: str, *query: tuple[str, str]) -> tuple[int, str, str]:
        answer = self.ask(path, *query)
        body = json.loads(answer.body)
        return answer.status, body["errors"][0]["code"], body["message"]


def yen(money: Row) -> int:
    assert (money["type"], money["currencyCode"], money["fractionDigits"]) == ("centPrecision", "JPY", 0)
    return money["centAmount"]
