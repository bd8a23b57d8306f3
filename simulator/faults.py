"""Makes the pretended APIs fail on demand: a rule hits the requests below a path, from the n-th on, so many times.

Some kinds stand in for the answer, others spoil it on its way out. A rule that cannot do anything with an answer (a
page to repeat where none was sent yet) leaves it alone and is not used up. Rows that move between two pages are had by
a clock that moves between them.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from simulator.audit import credential
from simulator.faults_graphql import connection_of, half_page, page_key
from simulator.web import Answer, Api, Request, to_json

_NEXT_LINK = re.compile(r'<https?://[^/>]+([^>]*>;\s*rel="?next)')
_HTML = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"


class Kind(StrEnum):
    """Ways to fail."""

    STATUS_429 = "status_429"
    STATUS_429_RETRY_AFTER = "status_429_retry_after"
    STATUS_500 = "status_500"
    STATUS_502_HTML = "status_502_html"
    STATUS_502_EMPTY = "status_502_empty"
    STATUS_503 = "status_503"
    QUERY_TIMED_OUT = "query_timed_out"
    HTML_200 = "html_200"
    TORN_BODY = "torn_body"
    TORN_JSON = "torn_json"
    EMPTY_BODY = "empty_body"
    EMPTY_OBJECT = "empty_object"
    SLOW_BODY = "slow_body"
    CLOSED_SOCKET = "closed_socket"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    CHANGED_SHAPE = "changed_shape"
    EXPIRED_KEY = "expired_key"
    REPEATED_PAGE = "repeated_page"
    CLOCK_MOVES = "clock_moves"
    FOREIGN_NEXT = "foreign_next"
    EXPIRED_TOKEN = "expired_token"
    LATENCY = "latency"
    THROTTLED = "throttled"
    HALF_PAGE = "half_page"


@dataclass(slots=True)
class Rule:
    """One order to fail.

    path          prefix of the full path, such as /dummyjson/carts
    after         requests below the path that still go well
    times         how many fail then; None for all
    seconds       slow_body: how long the body takes; clock_moves: how far; retry_after: what the header says;
                  latency: how long the answer waits; throttled and half_page are GraphQL's, with status 200
    field         changed_shape: this field of every row becomes an object; without it the key of the rows is renamed
                  foreign_next: the links in this field of the body lead elsewhere too
    should_retry  status_429 and status_500 at Stripe: the value of Stripe-Should-Retry
    """

    path: str
    kind: Kind
    after: int = 0
    times: int | None = None
    seconds: float = 2.0
    field: str | None = None
    should_retry: bool | None = None
    seen: int = 0
    hits: int = 0

    def wants(self, path: str) -> bool:
        """Count a request and tell whether it is to fail."""
        if not path.startswith(self.path):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.hits < self.times)


@dataclass(slots=True)
class Faults:
    """The rules in force. The first that wants a request has it."""

    rules: list[Rule] = field(default_factory=list)
    _pages: dict[str, bytes] = field(default_factory=dict)
    _expired: dict[int, str] = field(default_factory=dict)  # the one key each rule of that kind let expire

    def clear(self) -> None:
        """Let everything go well again."""
        self.rules.clear()
        self._pages.clear()
        self._expired.clear()

    def claim(self, path: str, request: Request) -> Rule | None:
        """Return the rule that spoils this request; every rule counts it."""
        wanting = [rule for rule in self.rules if rule.wants(path) and self._applies(rule, request)]
        return wanting[0] if wanting else None

    def _applies(self, rule: Rule, request: Request) -> bool:
        """Whether the request carries the key that a rule lets expire: the first it meets, for good, and no other."""
        if rule.kind is not Kind.EXPIRED_TOKEN:
            return True
        key = credential(request)
        return key is not None and self._expired.setdefault(id(rule), key) == key

    def instead(self, rule: Rule, request: Request, api: Api) -> Answer | None:
        """Return what is sent without asking the API at all, or None."""
        answer = _failure(rule, request, api)
        if answer is not None:
            rule.hits += 1
        return answer

    def spoil(self, rule: Rule, path: str, request: Request, answer: Answer) -> None:
        """Bend an answer on its way out."""
        if _bend(rule, request, answer, self._pages.get(page_key(path, request))):
            rule.hits += 1

    def remember(self, path: str, request: Request, answer: Answer) -> None:
        """Keep the last good page of a list, to repeat it."""
        if answer.status == 200 and any(rule.kind is Kind.REPEATED_PAGE for rule in self.rules):
            self._pages[page_key(path, request)] = answer.body


def _failure(rule: Rule, request: Request, api: Api) -> Answer | None:
    match rule.kind:
        case Kind.STATUS_429 | Kind.STATUS_429_RETRY_AFTER:
            answer = api.refusal(request, 429)
            if rule.kind is Kind.STATUS_429_RETRY_AFTER:
                others = [header for header in answer.headers if header[0] != "Retry-After"]
                answer.headers = [*others, ("Retry-After", f"{rule.seconds:g}")]
        case Kind.STATUS_500:
            answer = api.refusal(request, 500)
        case Kind.STATUS_502_HTML:
            answer = Answer(502, _HTML % (b"502 Bad Gateway", b"502 Bad Gateway"), "text/html")
        case Kind.STATUS_502_EMPTY:
            answer = Answer(502, b"", content_type=None)
        case Kind.STATUS_503:
            answer = api.refusal(request, 503)
        case Kind.QUERY_TIMED_OUT:
            # commercetools: a window of time too wide for its database.
            answer = api.refusal(request, 400)
        case Kind.THROTTLED:
            answer = api.refusal(request, 200)
        case Kind.HTML_200:
            answer = Answer(200, _HTML % (b"Maintenance", b"We will be back shortly"), "text/html; charset=utf-8")
        case Kind.EMPTY_BODY:
            answer = Answer(200, b"")
        case Kind.EMPTY_OBJECT:
            answer = Answer(200, b"{}")
        case Kind.CLOSED_SOCKET:
            answer = Answer(is_hung_up=True)
        case Kind.EXPIRED_KEY | Kind.EXPIRED_TOKEN:
            answer = api.refusal(request, 401)
        case _:
            return None
    if rule.should_retry is not None:
        answer.headers.append(("Stripe-Should-Retry", str(rule.should_retry).lower()))
    return answer


def _bend(rule: Rule, request: Request, answer: Answer, earlier: bytes | None) -> bool:
    match rule.kind:
        case Kind.FOREIGN_NEXT:
            return _lead_astray(answer, request, rule.field)
        case Kind.LATENCY:
            answer.delay += rule.seconds
        case Kind.TORN_BODY:
            answer.torn_at = len(answer.body) // 2
        case Kind.TORN_JSON:
            answer.body = answer.body[: max(1, len(answer.body) * 2 // 3)]
        case Kind.SLOW_BODY:
            answer.slow_seconds = rule.seconds
        case Kind.WRONG_CONTENT_TYPE:
            answer.content_type = "text/plain"
        case Kind.REPEATED_PAGE if earlier is not None:
            answer.body = earlier
        case Kind.CHANGED_SHAPE | Kind.HALF_PAGE:
            shape = half_page(answer.body) if rule.kind is Kind.HALF_PAGE else _changed(answer.body, rule.field)
            if shape is None:
                return False
            answer.body = shape
        case _:
            return False
    return True


def _lead_astray(answer: Answer, request: Request, name: str | None) -> bool:
    """Point the next page to another host: this machine by its other name, so that who follows is heard here."""
    here = request.headers.get("host", "127.0.0.1")
    port = here.rpartition(":")[2] if ":" in here else "80"
    elsewhere = f"http://{'127.0.0.1' if here.startswith('localhost') else 'localhost'}:{port}"
    headers = [
        (key, _NEXT_LINK.sub(rf"<{elsewhere}\1", value) if key.lower() == "link" else value)
        for key, value in answer.headers
    ]
    body = answer.body
    if name is not None:
        in_body = re.compile(rb'("%s":")https?://[^/"]+' % re.escape(name.encode()))
        body = in_body.sub(rb"\1" + elsewhere.encode(), body)
    is_bent = headers != answer.headers or body != answer.body
    answer.headers, answer.body = headers, body
    return is_bent


def _changed(body: bytes, name: str | None) -> bytes | None:
    try:
        value: Any = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
    if not isinstance(value, dict):
        return None
    page = connection_of(value) or value
    rows_key = next((key for key, held in page.items() if isinstance(held, list)), None)
    if name is None:
        if rows_key is None:
            return None
        renamed = {("items" if key == rows_key else key): held for key, held in page.items()}
        page.clear()
        page.update(renamed)
        return to_json(value)
    is_page = rows_key is not None and "id" not in page
    rows = page[rows_key] if is_page and any(name in row for row in page[rows_key]) else [page]
    changed = [row for row in rows if isinstance(row, dict) and name in row]
    for row in changed:
        row[name] = {"value": row[name]}
    return to_json(value) if changed else None
