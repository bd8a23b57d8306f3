"""commercetools' HTTP API, of one project.

docs    https://docs.commercetools.com/api; fields as in commercetools-api-reference (November 2026)
auth    an API client's id and secret buy a bearer token at the token host; `expires_in` says for how long. A right
        that is missing is a 403, but one that is given for a store only hides the other stores' rows without a word
paging  keyset by lastModifiedAt and id, 500 rows at most; offsets end at 10,000 and drift, totals are estimates
limit   none is published: 5 requests a second; 502 and 503 are waited out
changes any predicate: lastModifiedAt. A deletion is hard: orders tell of it in messages, which a project may have
        switched off and keeps for 15 days; everything else is found by the weekly reading of everything
quirks  keys without a value are left out; money is whole units with their own number of digits; a payment does not
        name its order; names come by language; carts vanish by themselves after some months
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, Field

from countinghouse.addresses import checked_url, is_loopback
from countinghouse.errors import SettingsError
from countinghouse.sources.auth import Asking, Secret, Token, TokenCall, basic
from countinghouse.sources.base import Options, Rate, Resource, Source
from countinghouse.sources.changes import Found, Outcome, Reading
from countinghouse.sources.commercetools_rights import inspect, narrower, stores_of
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.keyset import KeysetReader, between, written
from countinghouse.sources.modified import Modified, mark_of
from countinghouse.sources.paging import Query, field_of

# `anonymousId` is a buyer's session; the provider's own answers may hold card data; the rest opens an account.
_SECRET = frozenset({"password", "anonymousId", "interfaceInteractions", "passwordToken", "emailToken", "token"})
_CODES = "discountCodes[*].discountCode"


class CommercetoolsOptions(Options):
    """`project_key`, and `region` such as europe-west1.gcp, or `url` with `auth_url` for any other host."""

    project_key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,35}$")]
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z]+$")] | None = None
    auth_url: Annotated[str, AfterValidator(checked_url)] | None = None


def _address(options: Mapping[str, Any]) -> str | None:
    region = options.get("region")
    return f"https://api.{region}.commercetools.com" if region else None


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2 client credentials: the keys go to the token host, and only its tokens to the API."""

    dead: frozenset[int] = frozenset({401})

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """The API client's two values."""
        return (("client_id", "client_secret"),)

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """The bearer of the token."""
        return {"Authorization": f"Bearer {token}"}

    def token_call(self, asking: Asking, secret: Secret) -> TokenCall:
        """Ask for all rights the client has; which those are, the answer says."""
        host = token_host(asking)
        for url in (host, asking.url):
            if url.startswith("http:") and not is_loopback(url):
                raise SettingsError(f"{url} is not encrypted: the secret would be readable on the way. Use https://.")
        return TokenCall(
            f"{host}/oauth/token",
            read=_token,
            headers={"Authorization": basic(secret("client_id"), secret("client_secret"))},
            form={"grant_type": "client_credentials"},
        )


def token_host(asking: Asking) -> str:
    """`auth_url`, else that of the region, else the one beside the API; SettingsError where none can be told."""
    given, region = asking.options.get("auth_url"), asking.options.get("region")
    if given:
        return str(given)
    if region:
        return f"https://auth.{region}.commercetools.com"
    if re.match(r"https://api\.[^/]+\.commercetools\.com$", asking.url):
        return asking.url.replace("https://api.", "https://auth.", 1)
    raise SettingsError('where tokens are given cannot be told: add region = "europe-west1.gcp", or auth_url.')


def _token(answer: Mapping[str, Any]) -> Token:
    return Token(str(answer["access_token"]), float(answer["expires_in"]), frozenset(str(answer["scope"]).split()))


def _with_codes(since: datetime | None, until: datetime | None) -> Query:
    """An order names its codes by id only; beside the id there is then the code itself."""
    return {**between(since, until), "expand": _CODES}


@dataclass(frozen=True)
class Changed(Modified):
    """Rows by their time of change; for orders, what messages tell of deletions besides.

    right      what the API client needs to see them
    deletions  the type of message that tells that a row was deleted
    """

    right: str = ""
    deletions: str | None = None

    def read(self, reader: KeysetReader, cursor: str | None) -> Reading:  # type: ignore[override]
        """Yield what changed since `cursor`, then what was deleted since."""
        changes = super().read(reader, cursor)
        while True:
            try:
                page = next(changes)
            except StopIteration as end:
                outcome = cast(Outcome, end.value)
                break
            for found in page:
                _reduce(found.row)
            yield page
        mark = mark_of(cursor)
        if self.deletions and outcome.mode == "incremental" and mark and mark.at and _sees_messages(reader):
            yield from _deleted(reader, self.deletions, mark.at - self.overlap)
        return replace(outcome, warnings=narrower(reader.session, self.right))


def _reduce(row: Any) -> None:
    """Of an expanded discount code keep the code: the rest changes without the order."""
    codes: Any = field_of(row, "discountCodes")
    for one in cast(list[Any], codes) if isinstance(codes, list) else []:
        named = field_of(one, "discountCode")
        expanded = field_of(named, "obj")
        if isinstance(expanded, dict):
            named["obj"] = {"code": field_of(cast(object, expanded), "code")}


def _sees_messages(reader: KeysetReader) -> bool:
    token, project = reader.session.token, str(reader.session.connection.options["project_key"])
    return token is not None and stores_of(token.scopes or frozenset(), "view_messages", project) is None


def _deleted(reader: KeysetReader, type_: str, since: datetime) -> Iterator[list[Found]]:
    """The news of rows that were deleted since, oldest first."""
    path = f"/{reader.session.connection.options['project_key']}/messages"
    lower = f'createdAt >= "{written(since)}"'
    while True:
        query: Query = {
            "limit": 500,
            "withTotal": "false",
            "where": f'type = "{type_}" and {lower}',
            "sort": ["createdAt asc", "id asc"],
        }
        page = reader.page(query, path=path)
        gone = [str(name) for row in page.rows if (name := field_of(field_of(row, "resource"), "id"))]
        yield [Found(None, id=name, is_deleted=True) for name in gone]
        if len(page.rows) < 500:
            return
        at, row_id = field_of(page.rows[-1], "createdAt"), field_of(page.rows[-1], "id")
        behind = f'(createdAt > "{at}" or (createdAt = "{at}" and id > "{row_id}"))'
        if behind == lower:
            raise reader.session.error(f"{path} repeats a page that came before (it ends with id {row_id}); stopped.")
        lower = behind


@dataclass(frozen=True)
class OneRow:
    """The whole answer is one row."""

    right: str

    def read(self, reader: KeysetReader, cursor: str | None) -> Reading:
        """Yield it."""
        _, row = reader.session.ask(reader.path, None, OBJECT)
        yield [Found(row)]
        return Outcome("full", is_snapshot=True, cursor=None, warnings=narrower(reader.session, self.right))


def _resource(
    name: str, right: str, *, is_deletable: bool = True, codes: bool = False, deletions: str | None = None
) -> Resource:
    changes = Changed(_with_codes if codes else between, right=right, deletions=deletions)
    path = f"/{{project_key}}/{name}"
    return Resource(
        name, path, "results", changes, updated="lastModifiedAt", is_deletable=is_deletable, secrets=_SECRET
    )


COMMERCETOOLS = Source(
    kind="commercetools",
    auth=ClientCredentials(),
    reader=KeysetReader.opened,
    limits=(Rate(5, seconds=1),),
    options=CommercetoolsOptions,
    address=_address,
    inspect=inspect,
    too_much=frozenset({"QueryTimedOut", "QueryComplexityLimitExceeded"}),
    has_orders=True,
    resources=(
        _resource("products", "view_products"),
        _resource("categories", "view_categories"),
        _resource("customers", "view_customers"),
        _resource("orders", "view_orders", codes=True, deletions="OrderDeleted"),
        _resource("payments", "view_payments"),
        # One that is missing has expired: no news of the business.
        _resource("carts", "view_orders", is_deletable=False, codes=True),
        _resource("reviews", "view_products"),
        _resource("inventory", "view_products"),
        Resource("project", "/{project_key}", None, OneRow("view_project_settings"), id="key"),
    ),
)
