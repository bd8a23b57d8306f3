"""The ledger: the events that every number is made of, page by page, each exactly once."""

import base64
import binascii
import bisect
import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field, model_validator

from api.answers import AtDesk
from api.filters import Asked, Day, Store, chosen_stores
from api.problems import Problem
from api.published import Copy
from api.schemas import Answer, Money, Told, published, responses

router = APIRouter(prefix="/api/ledger", tags=["ledger"])

Measure = Literal[
    "gross_sales", "discounts", "returns", "shipping", "taxes", "duties", "fees", "tips", "gift_cards", "rounding"
]
Action = Literal["order", "edit", "return", "cancel"]


class Event(Told):
    """One thing that happened, and what it did to sales."""

    event_key: str
    event_at: datetime
    event_date: date = Field(description="The day in the store's own calendar.")
    store: str
    order_key: str | None
    order_item_key: str | None
    customer_key: str | None = Field(description="Null for a guest who left no address.")
    product_key: str | None
    product_name: str | None
    action: str
    measure: str
    quantity: int | None
    amount: Money | None = Field(description="Effect on total sales, signed, in the reporting currency.")
    amount_native: Money | None
    currency_code: str | None
    is_estimated: bool | None


class Page(Answer[list[Event]]):
    """Events, newest first, and where the next page begins."""

    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")


class AskedEvents(Asked):
    """Which events, and from where on."""

    store: Store
    first: Day | None = Field(None, alias="from", description="First day, in the stores' own calendars.")
    last: Day | None = Field(None, alias="to", description="Last day.")
    measure: list[Measure] = Field(default_factory=list, max_length=10, description="May be given several times.")
    action: list[Action] = Field(default_factory=list, max_length=4, description="May be given several times.")
    order_key: str | None = Field(None, max_length=100)
    customer_key: str | None = Field(None, max_length=100)
    product_key: str | None = Field(None, max_length=100)
    limit: Annotated[int, Field(ge=1, le=1000, description="Events a page.")] = 100
    cursor: str | None = Field(
        None, pattern="^[A-Za-z0-9_-]{16,400}$", description="`next_cursor` of the page before; the rest as it was."
    )

    @model_validator(mode="after")
    def in_order(self) -> "AskedEvents":
        """The last day does not come before the first."""
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"`from` ({self.first}) is after `to` ({self.last})")
        return self

    @property
    def fingerprint(self) -> str:
        """The same for the same question, from whatever page on."""
        told = self.model_dump(mode="json", exclude={"limit", "cursor"})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


def cursor_after(copy: Copy, asked: AskedEvents, row: dict[str, Any]) -> str:
    """Where the page after this row begins: its version, its question, and the row's own place."""
    place = [copy.tag, copy.version, asked.fingerprint, row["event_at"].isoformat(), row["event_key"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def place_of(copy: Copy, asked: AskedEvents) -> tuple[datetime, str] | None:
    """The event after which the page begins; None for the first page. Problem 404 or 409 for a strange cursor."""
    if asked.cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(asked.cursor + "=" * (-len(asked.cursor) % 4))
        tag, version, fingerprint, at, key = json.loads(text)
        instant = datetime.fromisoformat(at).astimezone(UTC).replace(tzinfo=None)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise Problem(404, "cursor", "This cursor leads nowhere; begin again without one.") from None
    if tag != copy.tag:
        raise Problem(
            409,
            "cursor-of-another-version",
            f"This cursor belongs to version {version}, and version {copy.version} is published now: rows of two "
            "versions must not be mixed. Begin again without a cursor.",
        )
    if fingerprint != asked.fingerprint:
        raise Problem(
            409, "cursor-of-another-question", "This cursor belongs to other filters; begin again without it."
        )
    return instant, str(key)


COLUMNS = """
    event_key, event_at, event_date, store, order_key, order_item_key, customer_key, product_key, action, measure,
    quantity, amount, amount_native, currency_code, is_estimated
"""
LEDGER = f"SELECT {COLUMNS} FROM marts.fact_sales_ledger"
# By itself, the condition is answered by an index; together with others, an order or a limit it would not be.
OF_ORDER = f"WITH events AS MATERIALIZED ({LEDGER} WHERE order_key = $order_key) SELECT * FROM events"
PAGE = "{events} WHERE {conditions} ORDER BY event_at DESC, event_key DESC LIMIT $limit"
# Asked once for each version: a join at each page would take longer than the page.
DAYS = """
    SELECT event_date, count(*) AS events, max(event_at) AS last_at
    FROM marts.fact_sales_ledger GROUP BY event_date ORDER BY event_date
"""
PRODUCTS = "SELECT product_key, product_name FROM marts.dim_products"


def days_of(copy: Copy) -> list[dict[str, Any]]:
    """Days with events, in their order: how many, and the instant of the last."""
    return copy.rows(DAYS)


def product_names(copy: Copy) -> dict[str, str | None]:
    """Names by product_key."""
    return {row["product_key"]: row["product_name"] for row in copy.rows(PRODUCTS)}


def filters(copy: Copy, asked: AskedEvents, place: tuple[datetime, str] | None) -> tuple[list[str], dict[str, Any]]:
    """The conditions of a page, and what they bind."""
    conditions, bound = ["TRUE"], {}
    if asked.store:
        bound["stores"] = chosen_stores(copy, asked.store)
        conditions.append("store IN (SELECT unnest($stores))")
    for name, condition in (("first", "event_date >= $first"), ("last", "event_date <= $last")):
        if value := getattr(asked, name):
            bound[name] = value
            conditions.append(condition)
    for name in ("measure", "action"):
        if values := getattr(asked, name):
            bound[name] = values
            conditions.append(f"{name} IN (SELECT unnest(${name}))")
    for name in ("order_key", "customer_key", "product_key"):
        if (value := getattr(asked, name)) is not None:
            bound[name] = value
            conditions.append(f"{name} = ${name}")
    if place:
        bound["at"], bound["key"] = place
        conditions.append("event_at <= $at AND (event_at < $at OR event_key < $key)")
    return conditions, bound


def windows(copy: Copy, asked: AskedEvents, place: tuple[datetime, str] | None) -> list[datetime | None]:
    """Instants to look back to, one after the other, until a page is full; None looks back to the beginning.

    The ledger lies by time in the copy, so the newest rows before an instant are found by reading a little of it. How
    much is guessed from how dense it is; a wrong guess costs another look, never a row.
    """
    if any(key is not None for key in (asked.order_key, asked.customer_key, asked.product_key)):
        return [None]
    days = copy.once(days_of)
    if asked.last:
        days = days[: bisect.bisect_right(days, asked.last, key=lambda day: day["event_date"])]
    if not days:
        return [None]
    newest = place[0] if place else max(day["last_at"] for day in days[-2:]).replace(tzinfo=None)
    recent = bisect.bisect_right(days, newest.date(), key=lambda day: day["event_date"])
    events = sum(day["events"] for day in days[max(recent - 10, 0) : recent]) or 1
    span = timedelta(days=10) / events * asked.limit
    return [newest - span * 3 - timedelta(minutes=5), newest - span * 60 - timedelta(days=1), None]


def page(copy: Copy, asked: AskedEvents) -> dict[str, Any]:
    """One page of events, newest first; events of one instant by their key."""
    place = place_of(copy, asked)
    conditions, bound = filters(copy, asked, place)
    rows: list[dict[str, Any]] = []
    for since in windows(copy, asked, place):
        window = [] if since is None else ["event_at >= $since"]
        more = {} if since is None else {"since": since}
        events = LEDGER if asked.order_key is None else OF_ORDER
        sql = PAGE.format(events=events, conditions=" AND ".join(conditions + window))
        # One row more than asked for tells whether there is another page.
        rows = copy.rows(sql, **bound, **more, limit=asked.limit + 1)
        if len(rows) > asked.limit:
            break
    is_last = len(rows) <= asked.limit
    rows = rows[: asked.limit]
    names = copy.once(product_names)
    for row in rows:
        row["product_name"] = names.get(row["product_key"])
    following = None if is_last else cursor_after(copy, asked, rows[-1])
    return {"published": published(copy), "data": rows, "next_cursor": following}


@router.get("", response_model=Page, responses=responses(404, 409))
async def events(asked: Annotated[AskedEvents, Query()], desk: AtDesk) -> Response:
    """Every event behind the numbers, newest first. A cursor is good as long as its version is published."""
    return await desk.answer(lambda copy: page(copy, asked))
