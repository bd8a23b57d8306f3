"""Types of the answers as the OpenAPI tells them. Answers are written from rows; tests hold the two together."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from api.published import Copy

Money = Annotated[
    Decimal,
    WithJsonSchema(
        {
            "type": "number",
            "description": "An amount with exactly three decimals, never rounded on the way: read it as a decimal.",
            "examples": [1234.5],
        }
    ),
]
T = TypeVar("T")


class Told(BaseModel):
    """Base of every answer: the fields named, and no others."""

    model_config = ConfigDict(extra="forbid")


class Published(Told):
    """Where an answer comes from."""

    version: int = Field(description="The published version; also in the header Countinghouse-Version.", examples=[12])
    published_at: datetime = Field(description="When it was published, UTC.")
    as_of_at: datetime = Field(description="When the newest data were read, by the sources' clock, UTC.")
    reporting_currency: str = Field(examples=["USD"])
    definitions: str = Field(description="By whose words sales are counted; see /api/metrics.", examples=["shopify"])


class Answer(Told, Generic[T]):
    """An answer and where it comes from."""

    published: Published
    data: T


class Problem(BaseModel):
    """What went wrong (RFC 9457), and what to do next."""

    type: str = Field(examples=["urn:countinghouse:problem:store"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no store 'shop-uk'; there are shop-us and shop-eu."])
    instance: str = Field(examples=["/api/sales/summary"])
    errors: list[dict[str, str]] | None = Field(default=None, description="One entry for each parameter that is wrong.")


class Period(Told):
    """The days that were counted, both included, in each store's own calendar."""

    first_date: date
    last_date: date


def published(copy: Copy) -> dict[str, object]:
    """The part `published` of an answer."""
    return {
        "version": copy.version,
        "published_at": copy.published_at,
        "as_of_at": copy.as_of_at,
        "reporting_currency": copy.reporting_currency,
        "definitions": copy.definitions,
    }


_HEADERS = {
    "Countinghouse-Version": "The published version that answered.",
    "Countinghouse-As-Of": "When its newest data were read, UTC.",
    "ETag": "Send it as If-None-Match, and 304 says that nothing has changed.",
    "Last-Modified": "When readers were moved to this version.",
}
_WRONG = {
    401: "No key, or one that opens nothing.",
    403: "The key has not the scope for this.",
    404: "There is none of this name.",
    409: "The question does not fit these data; the detail says why.",
    422: "A parameter is wrong, or there is none of this name.",
    429: "The key has asked too often; Retry-After says when to ask again.",
    500: "The server failed.",
    503: "Nothing is published yet.",
}


def responses(*others: Literal[404, 409]) -> dict[int | str, dict[str, object]]:
    """What can come instead of the answer, for an endpoint's documentation."""
    headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()}
    return {
        200: {"headers": headers},
        304: {"description": "Nothing has changed since."},
        **problems(401, 403, 422, 429, 500, 503, *others),
    }


def problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    """Errors for an endpoint's documentation."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _WRONG[status], "content": content} for status in statuses}
