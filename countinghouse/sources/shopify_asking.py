"""One question to a Shopify shop: paid for, judged, and what is refused put into a sentence.

https://shopify.dev/docs/api/usage/limits: a query is paid in points from a bucket that fills again; every answer says
how full it is. We wait before four fifths of it are spent, so that our own other readers find room. What fails comes
with 200 like what succeeds, and errors beside data make it half an answer, which is none.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.graphql import Row
from countinghouse.sources.paging import ShapeError, field_of
from countinghouse.sources.patience import TroubleError
from countinghouse.sources.session import Answer, Session

log = logging.getLogger("countinghouse.sources")

VERSION = "2026-10"
PATH = f"/admin/api/{VERSION}/graphql.json"
SCOPES = "query Scopes { currentAppInstallation { accessScopes { handle } } }"
# The share of the bucket that stays unspent.
_RESERVE = 0.2
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 600.0
_LATER = "Nothing is lost: the next run reads it again from where the last one ended."


class ThrottledError(Exception):
    """There are not points enough for the query; in so many seconds there will be."""

    def __init__(self, said: str, seconds: float) -> None:
        super().__init__(said)
        self.seconds = seconds


class TooDearError(Exception):
    """The query would cost more than one may."""


@dataclass
class _Bucket:
    """How full the bucket of points was, and when (our monotonic clock)."""

    available: float
    most: float
    restored: float  # a second
    at: float


class ShopifyAsker:
    """Asks one shop; knows how full its bucket is."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._bucket: _Bucket | None = None
        self._prices: dict[str, float] = {}
        self._deprecations: set[str] = set()

    def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> Row:
        """The data of one answer; SourceError with a sentence where it cannot be trusted, TooDearError for a price."""
        began = time.monotonic()
        while True:
            self._wait(self._missing(self._prices.get(query, 0) + _RESERVE * self._most) if self._bucket else 0)
            try:
                return self._answered(query, variables)
            except ThrottledError as throttled:
                if time.monotonic() - began > _LONGEST_WAIT:
                    raise self.session.error(
                        f"Shopify has had no points left for us for {_LONGEST_WAIT:.0f} seconds ({throttled}): another "
                        "app of this shop uses them up. The next run tries again."
                    ) from throttled
                self._wait(throttled.seconds)

    def _answered(self, query: str, variables: Mapping[str, Any] | None) -> Row:
        price: list[float] = []
        _, body = self.session.ask(
            PATH,
            None,
            OBJECT,
            json={"query": query, "variables": dict(variables or {})},
            judge=lambda answer, value: self._judge(answer, value, price),
        )
        if price:
            self._prices[query] = price[0]
        return cast(Row, body["data"])

    def _judge(self, answer: Answer, body: Any, price: list[float]) -> None:
        version = answer.headers.get("X-Shopify-API-Version")
        if version and version != VERSION:
            raise self.session.error(
                f"asked for version {VERSION} of the API, and {version} answered: {VERSION} is no longer served, and "
                "the rows may mean something else. Update Countinghouse."
            )
        reason = answer.headers.get("X-Shopify-Api-Deprecated-Reason")
        if reason and reason not in self._deprecations:
            self._deprecations.add(reason)
            log.info("%s: %s uses what will go away: %s", self.session.connection.name, self.session.what, reason)
        if not isinstance(body, dict):
            raise ShapeError("it is JSON, but not an object")
        fields = cast(Row, body)
        cost = field_of(fields.get("extensions"), "cost")
        self._note_bucket(field_of(cost, "throttleStatus"))
        if errors := fields.get("errors"):
            raise self._refused(errors, cost)
        if not isinstance(fields.get("data"), dict):
            raise ShapeError("it has no 'data'")
        requested = field_of(cost, "requestedQueryCost")
        if requested is not None:
            price.append(float(requested))
        searches: list[Any] = field_of(fields.get("extensions"), "search") or []
        warnings: list[list[Any]] = [field_of(search, "warnings") or [] for search in searches]
        for ignored in [one for said in warnings for one in said]:
            raise self.session.error(
                f"Shopify ignored a part of our search ({field_of(ignored, 'message')}), so the answer may hold "
                "anything. Its API must have changed."
            )

    def _refused(self, errors: Any, cost: Any) -> Exception:
        """What errors mean, whether alone or beside data: half an answer is none."""
        first: Any = cast(list[Any], errors)[0] if isinstance(errors, list) else errors
        said = self.session.clean(" ".join(str(field_of(first, "message") or first).split()))[:300].rstrip(".")
        code = str(field_of(field_of(first, "extensions"), "code") or "")
        shop = self.session.connection.url
        match code:
            case "THROTTLED":
                asked = float(field_of(cost, "requestedQueryCost") or 0)
                return ThrottledError(said, self._missing(asked) if self._bucket else _FIRST_WAIT)
            case "INTERNAL_SERVER_ERROR":
                return TroubleError(f"{shop} failed inside ({said})", _LATER)
            case "MAX_COST_EXCEEDED":
                return TooDearError(said)
            case "ACCESS_DENIED":
                return self.session.error(
                    f"Shopify does not let the app read this ({said}). Give the app the scope or the access to "
                    "protected customer data that it names, and install it again."
                )
            case "SHOP_INACTIVE":
                return self.session.error(f"{shop} is not active ({said}). Open the shop again, or disable it here.")
            case _ if isinstance(errors, str):
                return self.session.error(f"{shop} answered 200 and refused all the same ({said}). Check the token.")
            case _:
                return self.session.error(f"{shop} refused the query ({said}). Its API must have changed.")

    def _note_bucket(self, status: Any) -> None:
        if not isinstance(status, dict):
            return
        numbers = cast(Row, status)
        self._bucket = _Bucket(
            *(float(numbers.get(key) or 0) for key in ("currentlyAvailable", "maximumAvailable", "restoreRate")),
            at=time.monotonic(),
        )

    @property
    def _most(self) -> float:
        return self._bucket.most if self._bucket else 0

    def _missing(self, points: float) -> float:
        """Seconds until the bucket holds so many points."""
        bucket = self._bucket
        assert bucket is not None
        if bucket.restored <= 0:
            return _FIRST_WAIT
        available = bucket.available + (time.monotonic() - bucket.at) * bucket.restored
        return max((min(points, bucket.most) - available) / bucket.restored, 0)

    def _wait(self, seconds: float) -> None:
        """Wait, and let our other readers of the shop wait too: they drink from the same bucket."""
        if seconds > 0:
            self.session.hold(seconds)
            time.sleep(seconds)


def scopes_of(data: Row) -> frozenset[str]:
    """The rights the app was given."""
    granted: list[Any] = field_of(data.get("currentAppInstallation"), "accessScopes") or []
    return frozenset(str(field_of(scope, "handle")) for scope in granted)
