"""One conversation with one source: it asks, waits, asks again, and turns what went wrong into a sentence.

A 200 is not yet a success: the type and the JSON are checked, and whoever asks may judge the answer besides.
Credentials go to the connection's own host and nowhere else; redirects are followed by hand, and only within it. Every
request may be repeated: those that read, also as a POST, and the few that set up webhooks, which count afterwards.
"""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type

from countinghouse.addresses import is_loopback
from countinghouse.errors import SourceError
from countinghouse.sources import refusals
from countinghouse.sources.answer import Answer
from countinghouse.sources.auth import Purse, Token, TokenCall
from countinghouse.sources.base import Source
from countinghouse.sources.changes import BorderGoneError
from countinghouse.sources.exact_json import OBJECT, UNREADABLE, before_json, decoded
from countinghouse.sources.paging import Query, ShapeError
from countinghouse.sources.patience import Patience, TroubleError, http_date, retry_after, throttles
from countinghouse.sources.refusals import INTRUDER, LATER, PASSING, Said
from countinghouse.sources.secrecy import Unsaid

if TYPE_CHECKING:
    from countinghouse.connections import Connection

T = TypeVar("T")

log = logging.getLogger("countinghouse.sources")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3
# A token is bought anew this long before its end, but never in the first half of its life.
_EARLY = 300.0


class TooMuchError(SourceError):
    """The source could not answer so much at once; whoever can ask for less may go on."""


_purses: dict[tuple[str, str, tuple[tuple[str, str], ...]], Purse] = {}
_purses_guard = threading.Lock()


class Session:
    """Asks one connection's source; raises SourceError with a sentence, after patience has run out.

    what  the resource that is read, for the sentences and for a pace of its own
    """

    def __init__(self, connection: Connection, source: Source, what: str, *, patience: Patience | None = None) -> None:
        self.connection = connection
        self.source = source
        self.what = what
        self.served_at: datetime | None = None  # the first answer's time, by the source's clock
        self._patience = patience or Patience()
        self._throttles = throttles(connection.url, source.limits, what)
        self._unsaid = Unsaid()
        given = tuple(sorted(connection.auth.items()))
        with _purses_guard:
            self._purse = _purses.setdefault((connection.name, connection.url, given), Purse())
        self._http = httpx.Client(
            headers={
                "Accept": "application/json",
                "User-Agent": f"countinghouse/{version('countinghouse')}",
                **source.headers,
            },
            timeout=httpx.Timeout(source.silence, connect=5),
            follow_redirects=False,
            verify=_trusted(),
            # A proxy of the environment is for the outside world, not for the simulator next door.
            trust_env=not is_loopback(connection.url),
        )
        # Keys that are missing are said now, not at the first request.
        source.auth.headers(connection, self._secret, "")
        source.auth.token_call(connection, self._secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def ask(
        self,
        path: str,
        query: Query | None,
        decoder: msgspec.json.Decoder[T],
        *,
        json: Any = None,
        form: Mapping[str, Any] | None = None,
        method: str | None = None,
        may_be_missing: bool = False,
        judge: Callable[[Answer, T], None] | None = None,
    ) -> tuple[Answer, T]:
        """Ask until there is an answer that can be trusted, or patience has run out.

        path   below the connection's url
        json   the body; a request with one is a POST, as is one with a `form`, unless `method` says what it is
        judge  looks at what came and raises TroubleError where asking again may help, ShapeError where nothing will
        """
        url = httpx.URL(self.connection.url + path)
        has_body = json is not None or form is not None
        call = _Call(method or ("POST" if has_body else "GET"), url, query, json=json, form=form)

        def once() -> tuple[Answer, T]:
            answer, value = self._try(call, decoder, may_be_missing)
            if judge is not None:
                try:
                    judge(answer, value)
                except ShapeError as error:
                    raise self.misshapen(str(answer.url), error) from error
            return answer, value

        return self._repeat(once)

    def now(self) -> datetime:
        """The source's clock, as of its first answer; asks for one where there was none."""
        if self.served_at is None:
            self.ask(self.source.ping or "", None, OBJECT)
        assert self.served_at is not None
        return self.served_at

    @contextmanager
    def download(self, url: str) -> Generator[Iterator[bytes]]:
        """A file that the source has laid out elsewhere, piece by piece, asked for without any credential.

        TroubleError where it breaks off: the caller knows from where to begin again.
        """
        try:
            with httpx.stream("GET", url, timeout=httpx.Timeout(60, connect=10), verify=_trusted()) as response:
                if response.status_code != 200:
                    raise TroubleError(f"the file of the export answered {response.status_code}", LATER)
                yield response.iter_bytes()
        except httpx.HTTPError as error:
            raise TroubleError(f"the file of the export broke off ({type(error).__name__})", LATER) from error

    @property
    def token(self) -> Token | None:
        """The token in use, bought where there is none yet; None where the keys are enough."""
        call = self.source.auth.token_call(self.connection, self._secret)
        return self._bought(call) if call is not None else None

    @property
    def refused_tokens(self) -> int:
        """How many tokens of this connection the source took no longer, before their end was due."""
        return self._purse.refused

    def renew(self) -> None:
        """Buy another token in place of the one in use, for a source that only hints that it has ended."""
        if (call := self.source.auth.token_call(self.connection, self._secret)) is not None:
            self._bought(call, instead_of=self._purse.token)

    def error(self, message: str) -> SourceError:
        """A sentence of this connection and resource, without our secrets."""
        return SourceError(self.connection.name, self.clean(f"{self.what}: {message}"))

    def misshapen(self, url: str, error: ShapeError) -> SourceError:
        """What is said of an answer in another shape than the API promises."""
        return self.error(
            f"{url} answered in an unexpected shape: {error}. "
            f"Check that the connection's url is a {self.source.kind} API; if it is, its shape has changed."
        )

    def clean(self, text: str) -> str:
        """The text without our secrets, whoever put them there."""
        return self._unsaid.clean(text)

    def _repeat(self, once: Callable[[], T]) -> T:
        retrying = Retrying(
            retry=retry_if_exception_type(TroubleError),
            wait=self._patience.wait,
            stop=self._patience.is_over,
            sleep=time.sleep,
            before_sleep=lambda state: log.info(
                "%s, %s: %s; asking again in %.1f s",
                *(self.connection.name, self.what),
                *(self.clean(str(state.outcome.exception() if state.outcome else "")), state.upcoming_sleep),
            ),
            reraise=True,
        )
        try:
            return retrying(once)
        except TroubleError as trouble:
            tries = retrying.statistics.get("attempt_number", 1)
            error = self.error(f"{trouble.what}; tried {tries} times. {trouble.advice}")
            raise (TooMuchError(error.connection, error.message) if trouble.is_slow else error) from trouble

    def _try(self, call: _Call, decoder: msgspec.json.Decoder[T], may_be_missing: bool) -> tuple[Answer, T]:
        answer = self._authorized(call)
        if not 200 <= answer.status < 300 and not (may_be_missing and self._is_missing(answer)):
            raise self._refusal(answer)
        return answer, self._read(answer, decoder)

    def _is_missing(self, answer: Answer) -> bool:
        """Whether the source says that it has no such row: a shop that is switched off has no such route either."""
        return answer.status == 404 and answer.is_json and refusals.said(answer).code not in self.source.no_route

    def _read(self, answer: Answer, decoder: msgspec.json.Decoder[T]) -> T:
        at = f"{answer.url} answered {answer.status}"
        if not answer.body.strip():
            raise TroubleError(f"{at} with an empty body", LATER)
        if not answer.is_json:
            kind = answer.headers["Content-Type"].split(";")[0]
            raise TroubleError(
                f"{at} with {kind} instead of JSON",
                f"Check that the connection's url, {self.connection.url}, is that of the API and not of a web page.",
                is_quick=True,
            )
        try:
            return decoded(answer.body, decoder)
        except msgspec.ValidationError:
            raise self.misshapen(str(answer.url), ShapeError("it is JSON, but not an object we can read")) from None
        except UNREADABLE as error:
            if intruder := before_json(answer.body):
                what = f"{at} with {intruder} in front of the JSON"
                raise TroubleError(what, INTRUDER, is_quick=True) from error
            raise TroubleError(f"{at} with torn JSON ({len(answer.body)} bytes: {error})", LATER) from error

    def _authorized(self, call: _Call) -> Answer:
        """One request with our credentials; once more with a new token where the last one has ended."""
        auth = self.source.auth
        buys = auth.token_call(self.connection, self._secret)
        token = self._bought(buys) if buys else None
        answer = self._send(call, self._headers(token))
        if buys is None or answer.status not in auth.dead:
            return answer
        return self._send(call, self._headers(self._bought(buys, instead_of=token)))

    def _headers(self, token: Token | None) -> dict[str, str]:
        headers = self.source.auth.headers(self.connection, self._secret, token.value if token else None)
        # A source that repeats a header repeats the keys in the form they have there.
        self._unsaid.add(value.rpartition(" ")[2] for value in headers.values())
        return headers

    def _bought(self, call: TokenCall, instead_of: Token | None = None) -> Token:
        """The token in use, or a new one where it is about to end or is the one that was refused."""
        with self._purse.guard:
            token = self._purse.token
            if token is None or token is instead_of or time.monotonic() >= self._purse.ends:
                self._purse.refused += token is not None and token is instead_of
                token = self._buy(call)
                self._purse.token = token
                life = token.seconds
                self._purse.ends = time.monotonic() + max(life - _EARLY, life / 2) if life else float("inf")
            self._unsaid.add([token.value])
            return token

    def _buy(self, call: TokenCall) -> Token:
        if self._purse.closed is not None:
            raise self.error(self._purse.closed)
        request = _Call("POST", httpx.URL(call.url), None, json=call.json, form=call.form)
        self._unsaid.add([call.headers.get("Authorization", "").rpartition(" ")[2]])
        keys = refusals.variables(self.connection)

        def once() -> Token:
            answer = self._send(request, dict(call.headers))
            if 400 <= answer.status < 500 and answer.status not in PASSING:
                said = self._said(answer).message
                quoted = f" ({said})" if said else ""
                # Never again in this process, by no reader: some sources lock an account after a few wrong passwords.
                self._purse.closed = (
                    f"{answer.url.copy_with(query=None)} answered {answer.status}{quoted}. "
                    f"The source does not accept the credentials: correct {keys}."
                )
                raise self.error(self._purse.closed)
            if not 200 <= answer.status < 300:
                raise self._refusal(answer)
            try:
                return call.read(cast(Mapping[str, Any], self._read(answer, OBJECT)))
            except (KeyError, TypeError, ValueError) as error:
                shape = ShapeError(f"there is no token in it ({type(error).__name__})")
                raise self.misshapen(str(answer.url.copy_with(query=None)), shape) from None

        return self._repeat(once)

    def _send(self, call: _Call, headers: Mapping[str, str]) -> Answer:
        """One request, and the redirects it is sent through within its own host."""
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._receive(call, headers)
            if answer.status not in _REDIRECTS:
                return answer
            target = answer.url.join(answer.headers.get("Location", ""))
            if _origin(target) != _origin(call.url):
                raise self.error(
                    f"{call.url} redirects to {target.scheme}://{target.netloc.decode()}, which was not followed: "
                    "credentials must not go elsewhere. If the API has moved there, correct the connection's url."
                )
            if call.method == "POST" and answer.status not in (307, 308):
                raise self.error(f"{call.url} redirects a query to {target}. Correct the connection's url.")
            call = _Call(call.method, target, None, json=call.json, form=call.form)
        raise self.error(f"{call.url} redirects in circles. Check the connection's url.")

    def _receive(self, call: _Call, headers: Mapping[str, str]) -> Answer:
        for throttle in self._throttles:
            throttle.wait()
        began = time.monotonic()
        try:
            with self._http.stream(
                call.method, call.url, params=call.query, json=call.json, data=call.form, headers=headers
            ) as response:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() - began > self._patience.answer:
                        raise httpx.ReadTimeout("the answer did not end")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise TroubleError(
                f"{self.connection.url} cannot be reached ({self.clean(str(error)) or 'no answer'})",
                "Check that it is running and that the connection's url is right.",
                is_quick=True,
            ) from error
        except httpx.TimeoutException as error:
            raise TroubleError(f"{call.url} took too long to answer", LATER, is_slow=True) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise TroubleError(f"{call.url} broke off its answer ({self.clean(str(error))})", LATER) from error
        served_at = http_date(response.headers.get("Date")) or datetime.now(UTC)
        answer = Answer(response.status_code, response.headers, bytes(body), response.url, served_at)
        self._heed(answer)
        self.served_at = self.served_at or served_at
        return answer

    def hold(self, seconds: float) -> None:
        """Let no reader of this address send for so long."""
        for throttle in self._throttles:
            throttle.hold(seconds)

    def _heed(self, answer: Answer) -> None:
        """Hold all readers of this address back when its counter says that nothing remains, or when it says wait."""
        wait: float | None = None
        if answer.headers.get("X-RateLimit-Remaining") == "0" and (
            reset := answer.headers.get("X-RateLimit-Reset", "")
        ):
            wait = float(reset) - answer.served_at.timestamp() if reset.isdecimal() else None
        if answer.status == 429:
            wait = retry_after(answer.headers.get("Retry-After"), answer.served_at) or wait or self._patience.first
        if wait is not None and wait > 0:
            longest = max((rate.seconds for rate in self.source.limits), default=0)
            for throttle in self._throttles:
                throttle.hold(min(wait, longest))

    def _refusal(self, answer: Answer) -> Exception:
        """What a status other than success means."""
        said, code, param = self._said(answer)
        quoted = f" ({said})" if said else ""
        what = f"{answer.url.copy_with(query=None)} answered {answer.status}{quoted}{answer.request_id}"
        if code == "resource_missing" and param in ("starting_after", "ending_before"):
            return BorderGoneError(what)
        verdict = answer.headers.get(self.source.verdict_header or "", "").lower()
        passes = answer.status in PASSING | self.source.repeats
        if answer.status == 429 or verdict == "true" or (passes and verdict != "false"):
            wait = retry_after(answer.headers.get("Retry-After"), answer.served_at)
            return TroubleError(what, LATER, wait=wait)
        error = self.error(f"{what}. {refusals.advice(answer.status, self.connection, self.what)}")
        return TooMuchError(error.connection, error.message) if code in self.source.too_much else error

    def _said(self, answer: Answer) -> Said:
        """The source's own words, without our secrets and not at any length."""
        found = refusals.said(answer)
        return found._replace(message=self.clean(found.message)[:200].rstrip("."))

    def _secret(self, key: str) -> str:
        secret = self.connection.secret(key)
        self._unsaid.add([secret])
        return secret


@dataclass(frozen=True)
class _Call:
    """One request as it is sent."""

    method: str
    url: httpx.URL
    query: Query | None
    json: Any = None
    form: Mapping[str, Any] | None = None


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust, read once: reading them takes longer than a request."""
    return httpx.create_ssl_context()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
