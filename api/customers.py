"""Customers: people across all shops, what they bought, and what they are worth.

Who somebody is (name, email address, city) is told to keys with the scope `personal`; others get the published copy's
own masks, and no city. Age group, country and every number stay.
"""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from api.answers import AtDesk
from api.filters import Asked, Limit, Store, chosen_stores
from api.problems import Problem
from api.published import Copy
from api.schemas import Answer, Money, Told, published, responses
from countinghouse.connections import listed, suggestion
from countinghouse.warehouse.masking import masked

router = APIRouter(prefix="/api/customers", tags=["customers"])

SEGMENTS = ("VIP", "Loyal", "New", "Regular", "At Risk", "Lost")
# People belong to no store; those of a choice of stores are the ones who ordered there.
BOUGHT_HERE = "customer_key IN (SELECT customer_key FROM marts.fact_orders WHERE store IN (SELECT unnest($stores)))"
CUSTOMER = """
    customer_key AS customer_id, {name} AS name, {email} AS email, {city} AS city, country_code AS country, age_group,
    lifetime_stage AS customer_lifetime_stage, order_count AS total_orders, lifetime_value AS total_revenue,
    avg_order_value, customer_segment
"""
# Masks and estimates are fetched for the few that are shown, not for all that are sorted.
PEOPLE = """
WITH chosen AS MATERIALIZED (
    SELECT * FROM marts.dim_customers
    WHERE order_count > 0 AND {condition}
    ORDER BY lifetime_value DESC NULLS LAST, customer_key
    LIMIT $limit
)
SELECT {columns}, clv_simple AS customer_lifetime_value
FROM (SELECT chosen.*, clv_simple FROM chosen LEFT JOIN marts.customer_metrics USING (customer_key))
ORDER BY lifetime_value DESC NULLS LAST, customer_key
"""


class Customer(Told):
    """A person, and what they bought in all shops to this day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "customer_id": "fa8387f9bd5d143ac77e24b6535fe352",
                    "name": "E… J…",
                    "email": "e…@example.com",
                    "city": None,
                    "country": "US",
                    "age_group": "25-34",
                    "customer_lifetime_stage": "Regular",
                    "total_orders": 4,
                    "total_revenue": 412.5,
                    "avg_order_value": 103.125,
                    "customer_segment": "VIP",
                    "customer_lifetime_value": 1237.5,
                }
            ]
        },
    )

    customer_id: str = Field(description="The person's key; `/api/customers/{key}` tells their accounts.")
    name: str | None = Field(examples=["E… J…"])
    email: str | None = Field(examples=["e…@example.com"])
    city: str | None
    country: str | None = Field(examples=["US"])
    age_group: str | None
    customer_lifetime_stage: str | None = Field(description="New, Recent, Regular or Veteran.")
    total_orders: int
    total_revenue: Money | None = Field(description="Net sales of all their orders, reporting currency.")
    avg_order_value: Money | None
    customer_segment: str | None = Field(description="VIP, Loyal, New, Regular, At Risk or Lost.")
    customer_lifetime_value: Money | None = Field(description="The simple reckoning; the others are at the person.")


class Account(Told):
    """One of a person's accounts, or the address a guest ordered with."""

    store: str
    customer_id: str | None = Field(description="The platform's own id; null for a guest.")
    is_guest: bool | None
    email: str | None
    order_count: int | None


class Person(Customer):
    """Everything about one person but their orders, which are in the ledger."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=None)

    state: str | None
    gender: str | None
    customer_since: date | None
    first_order_date: date | None
    last_order_date: date | None
    store_count: int | None
    rfm_segment: str | None
    recency_days: int | None
    r_score: int | None
    f_score: int | None
    m_score: int | None
    clv_predictive: Money | None
    clv_expected: Money | None
    p_alive: float | None
    churn_probability: float | None
    accounts: list[Account]


class Cohort(Told):
    """What the people of one first month did in a later one."""

    cohort_month: date
    months_since: int
    customers: int
    active_customers: int
    retention_rate: float | None
    orders: int
    net_sales: Money | None
    profit: Money | None


class TopCustomers(Asked):
    """How many, and of which stores."""

    limit: Limit = 10
    store: Store


class SegmentCustomers(TopCustomers):
    """The same of one segment."""

    limit: Limit = 50


class Cohorts(Asked):
    """How far back."""

    months: Annotated[int, Field(ge=1, le=120, description="The newest so many first months.")] = 12


def as_seen(sees_personal: bool) -> dict[str, str]:
    """SQL of the columns that say who somebody is, for those who may know it or may not."""
    if sees_personal:
        return {"name": "full_name", "email": "email", "city": "city", "state": "state"}
    name, email = (masked(column, "VARCHAR").rsplit(" AS ", 1)[0] for column in ("full_name", "email"))
    return {"name": name, "email": email, "city": "NULL::VARCHAR", "state": "state"}


def customers(
    copy: Copy, limit: int, stores: list[str], segment: str | None, sees_personal: bool
) -> list[dict[str, Any]]:
    """People by what they spent, of some stores and one segment, or all."""
    conditions: list[str] = ["TRUE"]
    parameters: dict[str, Any] = {"limit": limit}
    if stores:
        conditions.append(BOUGHT_HERE)
        parameters["stores"] = chosen_stores(copy, stores)
    if segment:
        conditions.append("customer_segment = $segment")
        parameters["segment"] = segment
    columns = CUSTOMER.format(**as_seen(sees_personal))
    return copy.rows(PEOPLE.format(columns=columns, condition=" AND ".join(conditions)), **parameters)


@router.get("/top-customers", response_model=list[Customer], responses=responses(404))
async def top_customers(asked: Annotated[TopCustomers, Query()], desk: AtDesk) -> Response:
    """The people who spent most, all time, in the reporting currency."""
    return await desk.answer(
        lambda copy: customers(copy, asked.limit, asked.store, None, desk.sees_personal), is_personal=True
    )


@router.get("/segments/{segment}", response_model=list[Customer], responses=responses(404))
async def customers_of_segment(
    segment: Annotated[
        str, Path(description=f"One of {', '.join(SEGMENTS)}; small letters will do.", examples=["VIP"])
    ],
    asked: Annotated[SegmentCustomers, Query()],
    desk: AtDesk,
) -> Response:
    """The people of a segment, those who spent most first."""
    named = {name.lower(): name for name in SEGMENTS}
    wanted = named.get(segment.lower().replace("-", " ").replace("_", " "))
    if wanted is None:
        close = suggestion(segment, SEGMENTS)
        raise Problem(404, "segment", f"There is no segment '{segment[:100]}'; there are {listed(SEGMENTS)}{close}.")
    return await desk.answer(
        lambda copy: customers(copy, asked.limit, asked.store, wanted, desk.sees_personal), is_personal=True
    )


COHORTS = """
SELECT cohort_month, months_since, customers, active_customers, retention_rate, orders, net_sales, profit
FROM marts.customer_cohorts
WHERE cohort_month >= (SELECT max(cohort_month) FROM marts.customer_cohorts) - to_months($months - 1)
ORDER BY cohort_month, months_since
"""


@router.get("/cohorts", response_model=Answer[list[Cohort]], responses=responses())
async def cohorts(asked: Annotated[Cohorts, Query()], desk: AtDesk) -> Response:
    """People by the month of their first order: how many came back, month by month; all stores."""
    return await desk.answer(
        lambda copy: {"published": published(copy), "data": copy.rows(COHORTS, months=asked.months)}
    )


# Three questions by the key, each of which an index answers; joined, they would be read through.
PERSON = """
SELECT {columns}, {state} AS state, gender, customer_since, first_order_date, last_order_date, store_count, rfm_segment
FROM marts.dim_customers WHERE customer_key = $key
"""
SCORES = """
SELECT recency_days, r_score, f_score, m_score FROM marts.customer_segmentation WHERE customer_key = $key
"""
WORTH = """
SELECT clv_simple AS customer_lifetime_value, clv_predictive, clv_expected, p_alive, churn_probability
FROM marts.customer_metrics WHERE customer_key = $key
"""
_SCORES = ("recency_days", "r_score", "f_score", "m_score")
_WORTH = ("customer_lifetime_value", "clv_predictive", "clv_expected", "p_alive", "churn_probability")
ACCOUNTS = """
SELECT store, customer_id, is_guest, {email} AS email, order_count
FROM marts.dim_customer_accounts WHERE customer_key = $key ORDER BY store, account_key
"""


def person(copy: Copy, key: str, sees_personal: bool) -> dict[str, Any]:
    """One person with their accounts; Problem 404 where there is none."""
    seen = as_seen(sees_personal)
    found = copy.rows(PERSON.format(columns=CUSTOMER.format(**seen), state=seen["state"]), key=key)
    if not found:
        detail = "There is no customer of this key. A key goes where two people turn out to be one."
        raise Problem(404, "customer", detail)
    # Who never ordered has neither scores nor an estimate.
    for sql, names in ((SCORES, _SCORES), (WORTH, _WORTH)):
        found[0] |= next(iter(copy.rows(sql, key=key)), dict.fromkeys(names))
    accounts = copy.rows(ACCOUNTS.format(email=seen["email"]), key=key)
    if not sees_personal:
        # A guest's account is known by the address alone, which also a shop's own id may be.
        accounts = [account | {"customer_id": None} if account["is_guest"] else account for account in accounts]
    return {"published": published(copy), "data": found[0] | {"accounts": accounts}}


@router.get("/{key}", response_model=Answer[Person], responses=responses(404))
async def customer(
    key: Annotated[str, Path(description="The person's key, `customer_id` elsewhere.", max_length=100)],
    desk: AtDesk,
) -> Response:
    """One person: what they bought, are worth, and by which accounts they are known."""
    return await desk.answer(lambda copy: person(copy, key, desk.sees_personal), is_personal=True)
