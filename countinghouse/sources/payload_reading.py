"""How Payload is read: the login, the pages, and the proof that it was an administrator to whom they were shown.

A token that is wrong or has ended is no error to Payload: the request goes on as anybody's, and what anybody may see is
a smaller shop. So it is asked who we are before a list and after it, and a list in between whose token died is read
again from its beginning.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from countinghouse.sources.auth import Asking, Secret, Token, TokenCall
from countinghouse.sources.base import Options
from countinghouse.sources.changes import SnapshotMovedError
from countinghouse.sources.client import Client
from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.paging import Page, Paging, Query, ShapeError, field_of
from countinghouse.sources.session import Session

API_PATH, ADMINISTRATOR = "/api", "admin"
_ME = "/users/me"
_ITSELF = "where[updatedAt][greater_than_equal]"  # the border of a list whose ids have no order to rely on
_LATER = "where[or][0][updatedAt][greater_than]"
_SAME_TIME = "where[or][1][and][0][updatedAt][equals]"
_HIGHER_ID = "where[or][1][and][1][id][greater_than]"


class PayloadOptions(Options):
    """`api_path` where a site has renamed its routes; `role` where its administrators are called otherwise."""

    api_path: str = API_PATH
    role: str = ADMINISTRATOR


def api_path(asking: Asking) -> str:
    """The path below the connection's url where the API begins."""
    return "/" + str(asking.options.get("api_path", API_PATH)).strip("/")


@dataclass(frozen=True)
class PayloadLogin:
    """A login that buys a token, or the key of an account that is allowed one."""

    @property
    def choices(self) -> tuple[tuple[str, ...], ...]:
        """Either is enough."""
        return ("email", "password"), ("api_key",)

    @property
    def dead(self) -> frozenset[int]:
        """There is no 401: whoever is nobody is not allowed."""
        return frozenset({403})

    def headers(self, asking: Asking, secret: Secret, token: str | None) -> dict[str, str]:
        """The key with the name of its collection in front, or the token."""
        if "api_key" in asking.auth:
            return {"Authorization": f"users API-Key {secret('api_key')}"}
        return {"Authorization": f"JWT {token}"}

    def token_call(self, asking: Asking, secret: Secret) -> TokenCall | None:
        """The login; an API key needs none."""
        if "api_key" in asking.auth:
            return None
        body = {"email": secret("email"), "password": secret("password")}
        return TokenCall(f"{asking.url}{api_path(asking)}/users/login", read=_token, json=body)


def _token(answer: Mapping[str, Any]) -> Token:
    value = answer["token"]
    if not isinstance(value, str) or not value:
        raise ValueError("no token")
    return Token(value, _life(value, answer.get("exp")))


def _life(token: str, ends: object) -> float | None:
    """Seconds a token lives. Its own claims say when it began, by the same clock as its end: ours may go wrong."""
    if not isinstance(ends, int):
        return None
    try:
        part = token.split(".")[1]
        claims: object = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        began = field_of(claims, "iat")
    except (IndexError, ValueError):
        began = None
    seconds = ends - (began if isinstance(began, int) else datetime.now(UTC).timestamp())
    return seconds if seconds > 0 else None


@dataclass(frozen=True)
class ByUpdate:
    """From the oldest change to the newest, and among changes of the same instant by id.

    A page begins behind the last row of the one before, so rows that move meanwhile move to where they are still met.
    Numbers are compared by the database. Ids that are text are compared by each database in its own way: there a page
    begins with the last instant again, and what was read of it is left out; only where one instant fills a whole page
    does the page's number rise.
    """

    size: int = 100

    def first(self, size: int | None) -> Query:
        """The oldest changes; 0 rows would be all of them, and is never asked for."""
        return {"limit": size or self.size, "page": 1, "sort": "updatedAt,id"}

    def following(self, query: Query, page: Page) -> Query | None:
        """Move the border, as long as `hasNextPage` says so."""
        has_next = page.envelope.get("hasNextPage")
        if not isinstance(has_next, bool):
            raise ShapeError(f"'hasNextPage' should be true or false, found {type(has_next).__name__}")
        if not has_next:
            return None
        last = page.rows[-1] if page.rows else None
        at, row_id = field_of(last, "updatedAt"), field_of(last, "id")
        if not isinstance(at, str):
            raise ShapeError("the last row of a page has no 'updatedAt', so the next page cannot be asked for")
        if isinstance(row_id, int):
            return {**query, _LATER: at, _SAME_TIME: at, _HIGHER_ID: row_id}
        if field_of(page.rows[0], "updatedAt") == at:
            return {**query, "page": int(cast(int, query["page"])) + 1}
        return {**query, _ITSELF: at, "page": 1}

    def total(self, page: Page) -> int | None:
        """Rows from this page on."""
        total = page.envelope.get("totalDocs")
        return total if isinstance(total, int) else None


@dataclass(frozen=True)
class Narrowed:
    """The rows changed in a span; ids instead of what they point to, no joined lists, and the trash where there is one.

    `depth=0` because the default shows null for what lies in the trash, and an object where an id is meant.
    """

    has_trash: bool = False

    def __call__(self, since: datetime | None, until: datetime | None) -> Query:
        """The filter of a list."""
        query: dict[str, str | int | list[str]] = {"depth": 0, "joins": "false"}
        if self.has_trash:
            query["trash"] = "true"
        if since is not None:
            query["where[and][0][updatedAt][greater_than_equal]"] = _written(since)
        if until is not None:
            query[f"where[and][{int(since is not None)}][updatedAt][less_than]"] = _written(until)
        return query


def _written(instant: datetime) -> str:
    """With milliseconds and Z: a bare `+02:00` is a 500 to Payload."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


class PayloadReader(Client):
    """Reads a collection as an administrator, or not at all."""

    def now(self) -> datetime:
        """The source's clock; asks who we are where nothing was asked yet."""
        if self.session.served_at is None:
            prove(self.session)
        return super().now()

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        """Every page, shown to an administrator from the first to the last; SnapshotMovedError where they were not."""
        prove(self.session)
        refused = self.session.refused_tokens
        border: object = None
        read: set[str] = set()
        for page in super().pages(query, path=path, paging=paging):
            rows = [row for row in page.rows if f"{field_of(row, 'id')} {field_of(row, 'updatedAt')}" not in read]
            last = field_of(page.rows[-1], "updatedAt") if page.rows else border
            if last != border:
                border, read = last, set[str]()
            # Behind an id that is a number no row comes again. A table may have one instant throughout: a copy of what
            # was read at it, for each page, would take the square of its rows.
            read.update(
                f"{row_id} {last}"
                for row_id, at in ((field_of(row, "id"), field_of(row, "updatedAt")) for row in rows)
                if at == last and not isinstance(row_id, int)
            )
            yield Page(rows, page.envelope, page.served_at, page.url, page.headers)
        if self.session.refused_tokens != refused or _user(self.session) is None:
            raise SnapshotMovedError("the login ended while it was read, and some pages may have been anybody's")

    def _path(self, path: str) -> str:
        return api_path(self.session.connection) + path


def prove(session: Session) -> Mapping[str, Any]:
    """Who we are, an administrator; SourceError where we are somebody else, or nobody even after another login."""
    user = _user(session)
    if user is None:
        session.renew()
        user = _user(session)
    keys = " and ".join(session.connection.variable(key) for key in session.connection.auth)
    if user is None:
        raise session.error(
            "Payload does not know who asks, and would show what anybody may see: a smaller shop. "
            f"The key is wrong, or its account may have none: correct {keys}."
        )
    role = str(session.connection.options.get("role", ADMINISTRATOR))
    roles = user.get("roles")
    if not isinstance(roles, list) or role not in roles:
        raise session.error(
            f"the account of {keys} has not the role '{role}', so Payload shows it its own orders only, as if the shop "
            "were smaller. Give it that role, or name the site's own word for it as role."
        )
    return user


def _user(session: Session) -> Mapping[str, Any] | None:
    answer, me = session.ask(api_path(session.connection) + _ME, {"depth": 0}, OBJECT)
    if not isinstance(me, dict) or "user" not in me:
        raise session.misshapen(str(answer.url), ShapeError("it has no 'user'"))
    user = cast(dict[str, Any], me)["user"]
    return cast(dict[str, Any], user) if isinstance(user, dict) else None
