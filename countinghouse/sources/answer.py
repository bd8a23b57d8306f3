"""What a source answered, before anybody has looked into it."""

from dataclasses import dataclass
from datetime import datetime

import httpx


@dataclass(frozen=True)
class Answer:
    """One answer, its body whole."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: httpx.URL
    served_at: datetime  # the source's clock, UTC

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON; an answer that says nothing is judged by its body."""
        kind = self.headers.get("Content-Type", "application/json").split(";")[0]
        return "json" in kind.lower()

    @property
    def request_id(self) -> str:
        """What the source's support would ask for."""
        name = self.headers.get("Request-Id") or self.headers.get("X-Request-Id")
        return f", request {name}" if name else ""
