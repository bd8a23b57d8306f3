"""What can be asked for everywhere: stores, days, currency."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.problems import Problem
from api.published import Copy
from countinghouse.connections import listed, suggestion
from countinghouse.periods import last_finished_day

# Ten years: longer than any shop's history here, and still answered in one go.
MOST_DAYS = 3660


def _written_as_day(value: object) -> object:
    """Of numbers pydantic would make an instant since 1970: 20261101 would be a day of that year."""
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("write a day as 2026-11-30")
    return value


Day = Annotated[date, BeforeValidator(_written_as_day)]
Store = Annotated[
    list[str],
    Field(
        default_factory=list,
        max_length=50,
        description="A store by its name; may be given several times. Without it, all stores.",
        examples=[["shop-us"]],
    ),
]
Currency = Annotated[
    Literal["reporting", "native"],
    Field(
        description="`reporting`: everything in one currency. `native`: in the chosen stores' own, if they share one."
    ),
]
Limit = Annotated[int, Field(ge=1, le=1000, description="How many at most.")]


class Asked(BaseModel):
    """Base of every query: a parameter that is not known is refused, for it would silently change nothing."""

    model_config = ConfigDict(extra="forbid")


class Days(Asked):
    """Days from `from` to `to`, both included; without them the last 30 that are over in every store."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    store: Store
    currency: Currency = "reporting"
    first: Day | None = Field(None, alias="from", description="First day. Default: 29 days before the last.")
    last: Day | None = Field(None, alias="to", description="Last day. Default: the last that is over in every store.")

    @model_validator(mode="after")
    def in_order(self) -> "Days":
        """The last day does not come before the first."""
        if self.first and self.last and self.first > self.last:
            raise ValueError(f"`from` ({self.first}) is after `to` ({self.last})")
        return self


@dataclass(frozen=True)
class Scope:
    """What an answer is about: which stores, which days, in which money.

    money  end of the money columns' names to read
    """

    stores: list[str]
    first: date
    last: date
    currency_code: str
    money: str

    @property
    def parameters(self) -> dict[str, object]:
        """What every question about it binds."""
        return {"stores": self.stores, "first": self.first, "last": self.last}

    @property
    def told(self) -> dict[str, object]:
        """What an answer says about it."""
        return {
            "first_date": self.first,
            "last_date": self.last,
            "stores": self.stores,
            "currency_code": self.currency_code,
        }


def chosen_stores(copy: Copy, wanted: list[str]) -> list[str]:
    """Names of the stores asked for, or all; Problem 404 where one is unknown."""
    names = [store.name for store in copy.stores]
    for name in wanted:
        if name not in names:
            there = f"there are {listed(names)}" if names else "there is none yet"
            raise Problem(404, "store", f"There is no store '{name[:100]}'; {there}{suggestion(name, names)}.")
    return sorted(set(wanted)) if wanted else names


def last_day(copy: Copy, stores: list[str]) -> date:
    """The last day that is over in every one of these stores, by the data's own clock."""
    return last_finished_day(copy.as_of_at, [store.timezone for store in copy.stores if store.name in stores])


def money_of(copy: Copy, stores: list[str], currency: str) -> tuple[str, str]:
    """Currency code and column suffix; Problem 409 where stores' own currencies would have to be added."""
    if currency == "reporting":
        return copy.reporting_currency, ""
    own = {store.currency: store.name for store in copy.stores if store.name in stores}
    if len(own) != 1:
        pairs = [f"{name} sells in {code}" for code, name in own.items()]
        raise Problem(
            409,
            "currencies",
            f"Amounts of several currencies cannot be added ({listed(pairs)}). Choose stores of one currency with "
            "`store`, or leave `currency` out for the reporting currency.",
        )
    return next(iter(own)), "_native"


def scope_of(copy: Copy, asked: Days, days: int = 30) -> Scope:
    """The stores, days and money of a query; Problem 404, 409 or 422 where they do not fit."""
    stores = chosen_stores(copy, asked.store)
    code, money = money_of(copy, stores, asked.currency)
    last = asked.last or max(last_day(copy, stores), asked.first or date.min)
    try:
        first = asked.first or last - timedelta(days=days - 1)
    except OverflowError:
        first = date.min
    if (last - first).days >= MOST_DAYS:
        days = (last - first).days + 1
        raise Problem(422, "period", f"{days} days are too many at once; ask for {MOST_DAYS} at most.")
    return Scope(stores, first, last, code, money)
