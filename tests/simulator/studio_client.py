"""A client of the simulator's Payload over a studio made by hand, and the shape of its rows."""

import json
from typing import Any

from hand_made_studio import DAY, FIRST_ORDER
from recordings import recording

from simulator.payload import Payload
from simulator.trade.model import Shop
from simulator.web import Answer, Request

NOW = FIRST_ORDER + 30 * DAY


BOOKS = {"email": "books@countinghouse.example", "password": "simulator"}


class FrozenClock:
    def __init__(self, now: int) -> None:
        self.instant = now

    def now(self) -> int:
        return self.instant


class Studio:
    """The API over one shop, with the shop and the clock at hand."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.clock = FrozenClock(NOW)
        self.api = Payload(lambda now: shop, self.clock)
        self.token = self.log_in(**BOOKS)[1]["token"]

    def ask(self, target: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
        path, _, query = target.partition("?")
        given = {"authorization": f"JWT {self.token}"} if hasattr(self, "token") else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        return self.api.answer(Request(method, path, query, given, raw))

    def get(self, target: str, **headers: str) -> Any:
        answer = self.ask(target, **headers)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def ids(self, target: str, **headers: str) -> list[int]:
        return [row["id"] for row in self.get(target, **headers)["docs"]]

    def log_in(self, email: str, password: str) -> tuple[int, Any]:
        answer = self.ask("/api/users/login", "POST", {"email": email, "password": password})
        return answer.status, json.loads(answer.body)


def recorded(number: str) -> dict[str, Any]:
    return recording("payload", number)
