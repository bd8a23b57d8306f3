"""Requests and answers as plain values, so that faults can bend an answer before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec

_encode = msgspec.json.Encoder().encode


def to_json(value: Any) -> bytes:
    """Write JSON the way JavaScript does: no spaces, text unescaped. Whole numbers must be ints: see `number`."""
    return _encode(value)


def number(value: float) -> float | int:
    """Turn 1111.0 into 1111: JavaScript knows one kind of number and writes it without a point."""
    return int(value) if value == int(value) else value


@dataclass(slots=True)
class Request:
    """One HTTP request. `path` is what is left after the API's prefix; header names are lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    client: str = ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """Return the query as pairs, in order, empty values kept."""
        return parse_qsl(self.query, keep_blank_values=True)


@dataclass(slots=True)
class Answer:
    """One HTTP answer, and how it is to be delivered.

    delay         seconds to wait before it is sent
    torn_at       send only so many bytes of the body, though the headers promise all of it, then hang up
    is_hung_up    hang up without a word
    slow_seconds  spread the body over so many seconds
    """

    status: int = 200
    body: bytes = b""
    content_type: str | None = "application/json; charset=utf-8"
    headers: list[tuple[str, str]] = field(default_factory=list)
    delay: float = 0.0
    torn_at: int | None = None
    is_hung_up: bool = False
    slow_seconds: float = 0.0


class Api(Protocol):
    """One pretended API under one prefix of the simulator.

    is_limited  whether it limits the rate of requests; setting it forgets what was counted
    """

    is_limited: bool

    def answer(self, request: Request) -> Answer:
        """Answer a request as the platform would at the clock's instant."""
        ...

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure the way the platform does: 401 credentials expired, 429 too many requests, 500."""
        ...
