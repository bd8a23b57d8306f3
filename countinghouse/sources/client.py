"""The one client: it asks, waits, asks again, checks every answer, and turns what went wrong into a sentence.

A 200 is not yet a success: the type, the JSON and the envelope are checked, and a failed page is never the end of a
list. Credentials go to the connection's own host and nowhere else; redirects are followed by hand, and only within
it.
"""

import logging
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self, TypeVar, cast
from urllib.parse import quote

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type

from countinghouse.errors import SourceError
from countinghouse.settings import Connection, is_loopback
from countinghouse.sources import SOURCES, exact_json
from countinghouse.sources.base import Resource
from countinghouse.sources.changes import BorderGoneError
from countinghouse.sources.exact_json import ENVELOPE, OBJECT, UNREADABLE, decoded
from countinghouse.sources.paging import Page, Paging, Query, ShapeError, field_of
from countinghouse.sources.patience import Patience, TroubleError, http_date, retry_after, throttles

T = TypeVar("T")

log = logging.getLogger("countinghouse.sources")

# Timeouts aside, these statuses may pass by themselves; 520-524 are a proxy's words for a server that did not answer.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
_MOST_PAGES = 200_000


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes
    url: httpx.URL
    served_at: datetime

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


class Client:
    """Reads one resource of one connection; raises SourceError with a sentence, after patience has run out."""

    def __init__(
        self,
        connection: Connection,
        resource: Resource,
        *,
        page_size: int | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._connection = connection
        self._source = SOURCES[connection.kind]
        self._resource = resource
        self._page_size = page_size
        self._patience = patience or Patience()
        self._throttles = throttles(connection.url, self._source.limits, resource.name)
        self._served_at: datetime | None = None
        self._secrets: list[str] = []
        self._http = httpx.Client(
            headers={
                "Accept": "application/json",
                "User-Agent": f"countinghouse/{version('countinghouse')}",
                **self._source.headers,
                **self._source.auth.headers(self._secret),
            },
            timeout=httpx.Timeout(30, connect=5),
            follow_redirects=False,
            verify=_trusted(),
            # A proxy of the environment is for the outside world, not for the simulator next door.
            trust_env=not is_loopback(connection.url),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def paging(self) -> Paging:
        """The source's own paging."""
        return self._source.paging

    @property
    def served_at(self) -> datetime | None:
        """When the first answer was given, by the source's clock: what was read is at least as new as that."""
        return self._served_at

    @property
    def is_deletable(self) -> bool:
        """Whether rows of the resource may vanish at the source."""
        return self._resource.is_deletable

    def pages(
        self, query: Query | None = None, *, path: str | None = None, paging: Paging | None = None
    ) -> Iterator[Page]:
        """Every page of the resource's list, or of the list at `path`, narrowed by `query`."""
        paging = paging or self._source.paging
        following: Query | None = {**paging.first(self._page_size), **(query or {})}
        first_ids: set[str] = set()
        while following is not None:
            page = self.page(following, path=path)
            for row in page.rows if path is None else ():
                self._complete(row)
            if page.rows:
                first = str(field_of(page.rows[0], self._resource.id) or page.rows[0])
                if first in first_ids or len(first_ids) >= _MOST_PAGES:
                    raise self._error(
                        f"{page.url} repeats a page that came before (it begins with id {first}); stopped."
                    )
                first_ids.add(first)
            yield page
            try:
                following = paging.following(following, page)
            except ShapeError as error:
                raise self._misshapen(page.url, error) from error

    def page(self, query: Query, *, path: str | None = None) -> Page:
        """One page, its envelope checked."""
        answer, envelope = self._ask(path or self._resource.path, query, ENVELOPE)
        try:
            return self._page(answer, envelope)
        except ShapeError as error:
            raise self._misshapen(str(answer.url), error) from error

    def find(self, row_id: str) -> Any | None:
        """One row by its id; None where the source says that it has no such row."""
        answer, row = self._ask(f"{self._resource.path}/{quote(row_id, safe='')}", None, OBJECT, may_be_missing=True)
        if answer.status == 404:
            return None
        if str(field_of(row, self._resource.id)) != row_id:
            raise self._misshapen(str(answer.url), ShapeError(f"it should be the object {row_id}"))
        self._complete(row)
        return row

    def _complete(self, row: Any) -> None:
        """Read the rest of the lists inside a row that the source cuts short."""
        for name in self._resource.nested:
            inner = field_of(row, name)
            if field_of(inner, "has_more") is True:
                path = f"{self._resource.path}/{quote(str(field_of(row, self._resource.id)), safe='')}/{name}"
                inner |= {"data": [line for page in self.pages(path=path) for line in page.rows], "has_more": False}

    def _page(self, answer: _Answer, envelope: Mapping[str, msgspec.Raw]) -> Page:
        name = self._resource.rows
        if name not in envelope:
            raise ShapeError(f"it has no '{name}'; found {', '.join(sorted(envelope)) or 'an empty object'}")
        try:
            rows = exact_json.rows(envelope[name])
        except msgspec.ValidationError:
            raise ShapeError(f"'{name}' should be a list") from None
        rest = {key: OBJECT.decode(value) for key, value in envelope.items() if key != name}
        return Page(rows, rest, answer.served_at, str(answer.url))

    def _ask(
        self, path: str, query: Query | None, decoder: msgspec.json.Decoder[T], *, may_be_missing: bool = False
    ) -> tuple[_Answer, T]:
        """Ask until there is an answer that can be trusted, or patience has run out."""
        retrying = Retrying(
            retry=retry_if_exception_type(TroubleError),
            wait=self._patience.wait,
            stop=self._patience.is_over,
            sleep=time.sleep,
            before_sleep=lambda state: log.info(
                "%s, %s: %s; asking again in %.1f s",
                *(self._connection.name, self._resource.name),
                *(state.outcome.exception() if state.outcome else "", state.upcoming_sleep),
            ),
            reraise=True,
        )
        url = httpx.URL(self._connection.url + path)
        try:
            return retrying(self._try, url, query, decoder, may_be_missing)
        except TroubleError as trouble:
            tries = retrying.statistics.get("attempt_number", 1)
            raise self._error(f"{trouble.what}; tried {tries} times. {trouble.advice}") from trouble

    def _try(
        self, url: httpx.URL, query: Query | None, decoder: msgspec.json.Decoder[T], may_be_missing: bool
    ) -> tuple[_Answer, T]:
        answer = self._send(url, query)
        if not 200 <= answer.status < 300 and not (may_be_missing and answer.status == 404 and answer.is_json):
            raise self._refusal(answer)
        at = f"{answer.url} answered {answer.status}"
        if not answer.body.strip():
            raise TroubleError(f"{at} with an empty body", _LATER)
        if not answer.is_json:
            kind = answer.headers["Content-Type"].split(";")[0]
            raise TroubleError(
                f"{at} with {kind} instead of JSON",
                f"Check that the connection's url, {self._connection.url}, is that of the API and not of a web page.",
                is_quick=True,
            )
        try:
            return answer, decoded(answer.body, decoder)
        except msgspec.ValidationError:
            raise self._misshapen(str(answer.url), ShapeError("it is JSON, but not an object we can read")) from None
        except UNREADABLE as error:
            raise TroubleError(f"{at} with torn JSON ({len(answer.body)} bytes: {error})", _LATER) from error

    def _send(self, url: httpx.URL, query: Query | None) -> _Answer:
        """One request, and the redirects it is sent through within its own host."""
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._receive(url, query)
            if answer.status not in _REDIRECTS:
                return answer
            target = answer.url.join(answer.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                raise self._error(
                    f"{url} redirects to {target.scheme}://{target.netloc.decode()}, which was not followed: "
                    "credentials must not go elsewhere. If the API has moved there, correct the connection's url."
                )
            url, query = target, None
        raise self._error(f"{url} redirects in circles. Check the connection's url.")

    def _receive(self, url: httpx.URL, query: Query | None) -> _Answer:
        for throttle in self._throttles:
            throttle.wait()
        began = time.monotonic()
        try:
            with self._http.stream("GET", url, params=query) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() - began > self._patience.answer:
                        raise httpx.ReadTimeout("the answer did not end")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise TroubleError(
                f"{self._connection.url} cannot be reached ({self._clean(str(error)) or 'no answer'})",
                "Check that it is running and that the connection's url is right.",
                is_quick=True,
            ) from error
        except httpx.TimeoutException as error:
            raise TroubleError(f"{url} took too long to answer", _LATER) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise TroubleError(f"{url} broke off its answer ({self._clean(str(error))})", _LATER) from error
        served_at = http_date(response.headers.get("Date")) or datetime.now(UTC)
        answer = _Answer(response.status_code, response.headers, bytes(body), response.url, served_at)
        self._heed(answer)
        self._served_at = self._served_at or served_at
        return answer

    def _heed(self, answer: _Answer) -> None:
        """Hold all readers of this address back when its counter says that nothing remains, or when it says wait."""
        wait: float | None = None
        if answer.headers.get("X-RateLimit-Remaining") == "0" and (
            reset := answer.headers.get("X-RateLimit-Reset", "")
        ):
            wait = float(reset) - answer.served_at.timestamp() if reset.isdecimal() else None
        if answer.status == 429:
            wait = retry_after(answer.headers.get("Retry-After"), answer.served_at) or wait or self._patience.first
        if wait is not None and wait > 0:
            longest = max((rate.seconds for rate in self._source.limits), default=0)
            for throttle in self._throttles:
                throttle.hold(min(wait, longest))

    def _refusal(self, answer: _Answer) -> Exception:
        """What a status other than success means."""
        said, code, param = self._said(answer)
        quoted = f" ({said})" if said else ""
        what = f"{answer.url.copy_with(query=None)} answered {answer.status}{quoted}{answer.request_id}"
        if code == "resource_missing" and param in ("starting_after", "ending_before"):
            return BorderGoneError(what)
        verdict = answer.headers.get(self._source.verdict_header or "", "").lower()
        passes = answer.status in _PASSING | self._source.repeats
        if answer.status == 429 or verdict == "true" or (passes and verdict != "false"):
            wait = retry_after(answer.headers.get("Retry-After"), answer.served_at)
            return TroubleError(what, _LATER, wait=wait)
        return self._error(f"{what}. {self._advice(answer.status)}")

    def _advice(self, status: int) -> str:
        keys = self._source.auth.keys
        where = " and ".join(self._connection.variable(key) for key in keys)
        match status:
            case 401 if keys:
                return f"The source does not accept the credentials: correct {where}."
            case 401:
                return "The source wants credentials, which this kind has none of: check the connection's url."
            case 403 if keys:
                return (
                    f"The key has no right to read {self._resource.name}: give the key of {where} read access to them."
                )
            case 403:
                return "The source does not let us read this: check the connection's url."
            case 404:
                return f"There is nothing at this address: check the connection's url, {self._connection.url}."
            case _ if status >= 500:
                return _LATER
            case _:
                return "The request itself was refused, so repeating it is no use: the API may have changed."

    def _said(self, answer: _Answer) -> tuple[str, str, str]:
        """The source's own message, its code and the parameter it complains of, where it sent any."""
        try:
            body: object = msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            return "", "", ""
        thing = cast(dict[str, Any], body) if isinstance(body, dict) else {}
        error = cast(dict[str, Any], thing["error"]) if isinstance(thing.get("error"), dict) else thing
        message, code, param = (str(error.get(key) or "") for key in ("message", "code", "param"))
        return self._clean(" ".join(message.split()))[:200].rstrip("."), code, param

    def _secret(self, key: str) -> str:
        secret = self._connection.secret(key)
        self._secrets.append(secret)
        return secret

    def _clean(self, text: str) -> str:
        """The text without our secrets, whoever put them there."""
        for secret in self._secrets:
            text = text.replace(secret, "•••")
        return text

    def _error(self, message: str) -> SourceError:
        return SourceError(self._connection.name, self._clean(f"{self._resource.name}: {message}"))

    def _misshapen(self, url: str, error: ShapeError) -> SourceError:
        return self._error(
            f"{url} answered in an unexpected shape: {error}. "
            f"Check that the connection's url is a {self._source.kind} API; if it is, its shape has changed."
        )


_LATER = "Nothing is lost: the next run reads it again from where the last one ended."


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust, read once: reading them takes longer than a request."""
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
