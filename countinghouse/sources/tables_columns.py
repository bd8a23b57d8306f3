"""The columns that a shop's own tables are read for, and how a value of each kind is brought into one form.

A column is looked for under the name the connection gives it, else under its own name, else under one of `others`.
Values arrive as text and leave as text, whole numbers, true and false, and UTC instants with a Z.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

Kind = Literal["text", "number", "whole", "flag", "date", "time"]
Normal = Callable[[str], Any]


class TableError(Exception):
    """A table cannot be read; the sentence says why and what to do."""


@dataclass(frozen=True)
class Column:
    """One column; `made_of` are columns whose values together stand for it where there is none."""

    name: str
    kind: Kind = "text"
    others: tuple[str, ...] = ()
    is_needed: bool = False
    made_of: tuple[str, ...] = ()


def _id(table: str) -> Column:
    return Column("id", others=(f"{table}_id",), is_needed=True)


_CREATED, _UPDATED = Column("created_at", "time"), Column("updated_at", "time")

COLUMNS: dict[str, tuple[Column, ...]] = {
    "customers": (
        _id("customer"),
        Column("email", others=("customer_email",)),
        Column("full_name", others=("name", "customer_name")),
        Column("first_name"),
        Column("last_name"),
        Column("phone"),
        Column("city"),
        Column("state"),
        Column("country_code", others=("country",)),
        Column("birth_date", "date", ("date_of_birth",)),
        Column("gender"),
        _CREATED,
        _UPDATED,
    ),
    "products": (
        _id("product"),
        Column("product_name", others=("name", "title"), is_needed=True),
        Column("slug"),
        Column("brand"),
        Column("category_id"),
        Column("unit_price", "number", ("price",)),
        Column("unit_cost", "number", ("cost",)),
        Column("stock_quantity", "whole", ("stock",)),
        Column("is_active", "flag"),
        _CREATED,
        _UPDATED,
    ),
    "orders": (
        _id("order"),
        Column("order_number", others=("number",)),
        Column("ordered_at", "time", ("order_date", "created_at"), is_needed=True),
        _UPDATED,
        Column("status", others=("order_status",)),
        Column("customer_id"),
        Column("customer_email", others=("email",)),
        Column("channel"),
        Column("payment_method"),
        Column("country_code", others=("ship_country", "country")),
        Column("currency_code", others=("currency",)),
        Column("discount_code", others=("coupon_code",)),
        Column("shipping", "number", ("shipping_cost",)),
        Column("tax", "number", ("taxes",)),
        Column("total", "number", ("order_total", "total_amount"), is_needed=True),
        Column("is_test", "flag"),
    ),
    "order_items": (
        Column("id", others=("order_item_id",), is_needed=True, made_of=("order_id", "line_number")),
        Column("order_id", is_needed=True),
        Column("line_number", "whole", ("position",)),
        Column("product_id"),
        Column("sku"),
        Column("product_name", others=("name", "title")),
        Column("quantity", "whole", is_needed=True),
        Column("unit_price", "number", ("price",), is_needed=True),
        Column("discount", "number", ("discounts",)),
        Column("unit_cost", "number", ("cost",)),
        _UPDATED,
    ),
    "reviews": (
        _id("review"),
        Column("product_id", is_needed=True),
        Column("customer_id"),
        Column("rating", "number", is_needed=True),
        Column("review_text", others=("text",)),
        _CREATED,
        _UPDATED,
    ),
    "product_categories": (
        _id("category"),
        Column("category_name", others=("name",), is_needed=True),
        Column("slug", others=("category_slug",)),
        Column("parent_category_id", others=("parent_id",)),
        _UPDATED,
    ),
}

_YES, _NO = ("true", "t", "1", "yes", "y"), ("false", "f", "0", "no", "n")
_WHOLE = re.compile(r"([+-]?\d{1,18})(?:\.0*)?")


def normals(zone: ZoneInfo) -> dict[Kind, Normal | None]:
    """How a value of each kind is written; each raises ValueError. None leaves it alone."""

    def time(text: str) -> str:
        return moment(text, zone).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    return {"text": None, "number": _number, "whole": _whole, "flag": _flag, "date": _date, "time": time}


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A time as an instant; without a zone of its own it is told by a clock in `zone`."""
    read = datetime.fromisoformat(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=zone).astimezone(UTC)


def _number(text: str) -> str:
    try:
        is_number = Decimal(text).is_finite()
    except ArithmeticError:
        is_number = False
    if not is_number:
        raise ValueError("is no number")
    return text


def _whole(text: str) -> int:
    found = _WHOLE.fullmatch(text)
    if found is None:
        raise ValueError("is no whole number")
    return int(found[1])


def _flag(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise ValueError("is neither true nor false")
    return text.lower() in _YES


def _date(text: str) -> str:
    return date.fromisoformat(text[:10]).isoformat()


def close_to(word: str, known: Iterable[str]) -> str:
    """What was probably meant, in brackets; nothing where no word is close."""
    close = difflib.get_close_matches(word.lower(), {one.lower(): one for one in known}, n=1)
    return next((f" (did you mean '{one}'?)" for one in known if [one.lower()] == close), "")


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
