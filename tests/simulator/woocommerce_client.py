"""A client of the simulator's WooCommerce over a shop made by hand."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from berlin_shop import NOW, berlin_shop

from simulator.clock import Clock
from simulator.trade.model import Shop
from simulator.web import Answer, Request
from simulator.woocommerce import WooCommerce


def key_of(name: str, secret: str = "cs_simulator") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()}


@dataclass
class Client:
    """Asks the pretended site without a network."""

    shop: Shop = field(default_factory=berlin_shop)
    now: int = NOW
    key: str = "ck_simulator"
    options: dict[str, Any] = field(default_factory=dict)

    def send(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
        clock = Clock(datetime.fromtimestamp(self.now, UTC))
        api = WooCommerce(lambda now: self.shop, clock, **self.options)
        path, _, query = path.partition("?")
        headers = key_of(self.key) if headers is None else headers
        return api.answer(Request(method, path, query, {"host": "shop.test"} | headers))

    def get(self, path: str, **parameters: object) -> Any:
        answer = self.send(f"/wp-json/wc/v3/{path}?{urlencode(parameters)}")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def ids(self, path: str, **parameters: object) -> list[int]:
        return [row["id"] for row in self.get(path, per_page=100, _fields="id", **parameters)]

    def header(self, name: str, path: str) -> str:
        return dict(self.send(f"/wp-json/wc/v3/{path}").headers)[name]
