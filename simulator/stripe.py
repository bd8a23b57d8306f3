"""Stripe's HTTP API, as far as someone who only reads needs it.

docs    https://docs.stripe.com/api, version 2026-06-24.dahlia
paging  starting_after / ending_before an id, newest first, at most 100; `has_more` decides
limit   25 requests a second for each endpoint; 429 names the reason and promises no Retry-After
quirks  no list can be asked for changes: events tell them, for 30 days; a refund is often told by `charge.refunded`
        only
"""

import itertools
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from simulator.clock import Clock
from simulator.hooks import Hooks
from simulator.payments import DAY
from simulator.stripe_expand import NotExpandable, expand
from simulator.stripe_invoices import invoice_line
from simulator.stripe_objects import API_VERSION, WRITERS
from simulator.stripe_parts import Object, list_object, secret
from simulator.stripe_query import Query, StripeError, check_right, check_version, envelope, key_of, read_query
from simulator.stripe_versions import is_before_basil, to_old_shape
from simulator.stripe_webhooks import StripeManners, endpoints, happened
from simulator.trade.card_account import CardAccount
from simulator.web import Answer, Request, to_json
from simulator.world import Shelf, World

REQUESTS_A_SECOND = 25
EVENTS_KEPT = 30 * DAY


def _event_delivered(row: Any, wanted: str, now: int) -> bool:
    return wanted == "true"


Filter = Callable[[Any, str, int], bool]
# What a list can be filtered by, besides `created`: the contract's table. A filter sees the object, the wanted text
# and the instant.
_FILTERS: dict[str, dict[str, Filter]] = {
    "charges": {
        "customer": lambda row, wanted, now: row.intent.account is not None and row.intent.account.id == wanted,
        "payment_intent": lambda row, wanted, now: row.intent.id == wanted,
        "transfer_group": lambda row, wanted, now: False,
    },
    "payment_intents": {"customer": lambda row, wanted, now: row.account is not None and row.account.id == wanted},
    "refunds": {
        "charge": lambda row, wanted, now: row.charge.id == wanted,
        "payment_intent": lambda row, wanted, now: row.charge.intent.id == wanted,
    },
    "balance_transactions": {
        "type": lambda row, wanted, now: row.kind == wanted,
        "source": lambda row, wanted, now: row.source == wanted,
        "payout": lambda row, wanted, now: (
            row.payout is not None and row.payout.created <= now and row.payout.id == wanted
        ),
        "currency": lambda row, wanted, now: wanted == "usd",
    },
    "invoices": {
        "customer": lambda row, wanted, now: row.account.id == wanted,
        "status": lambda row, wanted, now: row.status(now) == wanted,
        "collection_method": lambda row, wanted, now: wanted == "send_invoice",
        "subscription": lambda row, wanted, now: False,
    },
    "invoice_payments": {
        "invoice": lambda row, wanted, now: row.invoice.id == wanted,
        "status": lambda row, wanted, now: WRITERS["invoice_payments"](row, now)["status"] == wanted,
        "payment[type]": lambda row, wanted, now: (
            ("payment_intent" if row.invoice.intent else "payment_record") == wanted
        ),
        "payment[payment_intent]": lambda row, wanted, now: (
            row.invoice.intent is not None and row.invoice.intent.id == wanted
        ),
    },
    "customers": {"email": lambda row, wanted, now: row.email == wanted},
    "payouts": {
        "status": lambda row, wanted, now: row.status(now) == wanted,
        "destination": lambda row, wanted, now: wanted == "ba_3countinghousebank",
    },
    "disputes": {
        "charge": lambda row, wanted, now: row.charge.id == wanted,
        "payment_intent": lambda row, wanted, now: row.charge.intent.id == wanted,
    },
    "events": {"type": lambda row, wanted, now: _is_type(row.type, wanted), "delivery_success": _event_delivered},
}
_MORE_TIMES: dict[str, dict[str, Callable[[Any], int]]] = {
    "invoices": {"due_date": lambda row: row.due},
    "payouts": {"arrival_date": lambda row: row.arrival},
}
_NAMES = {
    "charges": "charge",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "balance_transactions": "balance transaction",
    "customers": "customer",
    "invoices": "invoice",
    "invoice_payments": "invoice payment",
    "disputes": "dispute",
    "payouts": "payout",
    "events": "event",
}


class Stripe:
    """Answers requests below /v1.

    hooks  who is told of what
    """

    def __init__(self, world: World | CardAccount | None, clock: Clock, is_limited: bool = True) -> None:
        self._world = world
        self._clock = clock
        self._numbers = itertools.count(1)
        self.is_limited = is_limited
        self.hooks = Hooks(StripeManners(), lambda since, until: happened(self._shelf("events", until), since, until))
        self._seconds: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        request_id = f"req_{secret(f'{request.path}/{next(self._numbers)}', 14)}"
        version = request.headers.get("stripe-version", API_VERSION)
        headers = [("Request-Id", request_id), ("Stripe-Version", version)]
        try:
            check_version(version)
            shown = self._route(request)
            if is_before_basil(version) and self._world is not None:
                to_old_shape(shown, self._world, self._clock.now())
            answer = Answer(200, to_json(shown), "application/json")
        except StripeError as error:
            answer = Answer(error.status, to_json({"error": envelope(error, request_id)}), "application/json")
            if error.status == 429:
                headers.append(("Stripe-Rate-Limited-Reason", "endpoint-rate"))
        answer.headers = headers
        return answer

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as Stripe does."""
        error: Object = {"message": "An unknown error occurred", "type": "api_error"}
        if status == 401:
            key = request.headers.get("authorization", "")[-4:]
            error = {"code": "api_key_expired", "message": f"Expired API Key provided: ****{key}"}
        elif status == 429:
            error = {"code": "rate_limit", "message": "Request rate limit exceeded."}
        return Answer(status, to_json({"error": {"type": "invalid_request_error"} | error}))

    def _route(self, request: Request) -> Object:
        parts = request.path.strip("/").split("/")
        key = key_of(request)
        self._count("/".join(parts[:2]))
        if parts[:2] == ["v1", "webhook_endpoints"]:
            check_right(key, "webhook_endpoints")
            return endpoints(self.hooks, request, parts[2:], self._clock.now())
        if parts[0] != "v1" or len(parts) < 2 or parts[1] not in WRITERS:
            raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")
        resource = parts[1]
        if request.method not in ("GET", "HEAD"):
            raise StripeError(400, "The simulator's account only answers questions: nothing can be written to it.")
        check_right(key, resource)
        now = self._clock.now()
        match parts[2:]:
            case []:
                return self._list(resource, request, now)
            case [object_id]:
                return self._retrieve(resource, object_id, request, now)
            case [object_id, "lines"] if resource == "invoices":
                return self._lines(object_id, request, now)
            case [object_id, "refunds"] if resource == "charges":
                check_right(key, "refunds")
                return self._list("refunds", request, now, {"charge": object_id}, request.path)
        raise StripeError(404, f"Unrecognized request URL ({request.method}: {request.path}).")

    def _list(
        self, resource: str, request: Request, now: int, fixed: dict[str, str] | None = None, url: str | None = None
    ) -> Object:
        query = read_query(request, self._allowed(resource), self._times(resource), resource == "events")
        query.filters |= fixed or {}
        shelf = self._shelf(resource, now)
        first, last = self._window(resource, shelf, query, now)
        keep = _keeps(resource, query, now)
        backwards = query.before is None
        rows = shelf.between(first, last)
        found: list[Any] = []
        for row in reversed(rows) if backwards else rows:
            if keep(row):
                found.append(row)
                if len(found) > query.limit:
                    break
        has_more = len(found) > query.limit
        shown = found[: query.limit] if backwards else found[: query.limit][::-1]
        answer = list_object(url or f"/v1/{resource}", [WRITERS[resource](row, now) for row in shown], has_more)
        self._expand(answer, query.expand, now)
        return answer

    def _window(self, resource: str, shelf: Shelf, query: Query, now: int) -> tuple[int, int]:
        """Return the positions a list may use: visible, not too old, and on the right side of the border."""
        last = shelf.position(now)
        first = shelf.position(now - EVENTS_KEPT) if resource == "events" else 0
        for operator, instant in query.times.get("created", ()):
            if operator in ("gt", "gte"):
                first = max(first, shelf.position(instant if operator == "gt" else instant - 1))
            else:
                last = min(last, shelf.position(instant if operator == "lte" else instant - 1))
        for name, border in (("starting_after", query.after), ("ending_before", query.before)):
            if border is None:
                continue
            row = self._find(resource, border, now, name)
            position = shelf.index(row)
            if name == "starting_after":
                last = min(last, position)
            else:
                first = max(first, position + 1)
        return first, last

    def _retrieve(self, resource: str, object_id: str, request: Request, now: int) -> Object:
        paths = []
        for name, value in request.parameters:
            if not re.fullmatch(r"expand\[\d*\]", name):
                raise StripeError(400, f"Received unknown parameter: {name}", "parameter_unknown", name)
            paths.append(value)
        answer = WRITERS[resource](self._find(resource, object_id, now, "id", allow_deleted=True), now)
        self._expand(answer, paths, now)
        return answer

    def _lines(self, object_id: str, request: Request, now: int) -> Object:
        query = read_query(request)
        bill = self._find("invoices", object_id, now, "invoice")
        lines = [invoice_line(line, bill) for line in bill.lines]
        ids = [line["id"] for line in lines]
        for name, border in (("starting_after", query.after), ("ending_before", query.before)):
            if border is not None and border not in ids:
                raise StripeError(400, f"No such line item: {border}", "resource_missing", name)
        if query.before is not None:
            rest = lines[: ids.index(query.before)]
            return list_object(request.path, rest[-query.limit :], len(rest) > query.limit)
        rest = lines[ids.index(query.after) + 1 :] if query.after is not None else lines
        return list_object(request.path, rest[: query.limit], len(rest) > query.limit)

    def _find(self, resource: str, object_id: str, now: int, param: str, allow_deleted: bool = False) -> Any:
        found = self._shelf(resource, now).by_id.get(object_id)
        is_gone = (
            found is None
            or found.created > now
            or (resource == "events" and found.created <= now - EVENTS_KEPT)
            or (resource == "customers" and not allow_deleted and found.deleted is not None and found.deleted <= now)
        )
        if is_gone:
            status = 404 if param == "id" else 400
            raise StripeError(status, f"No such {_NAMES[resource]}: {object_id}", "resource_missing", param)
        return found

    def _shelf(self, resource: str, now: int) -> Shelf:
        if self._world is None:
            return Shelf()
        self._world.advance(now)
        return self._world.shelves[resource]

    def _expand(self, answer: Object, paths: list[str], now: int) -> None:
        def find(resource: str, object_id: str) -> Object | None:
            found = self._shelf(resource, now).by_id.get(object_id)
            return None if found is None or found.created > now else WRITERS[resource](found, now)

        def nested(name: str, owner_id: str) -> Object:
            if name == "refunds":
                charge = self._shelf("charges", now).by_id[owner_id]
                rows = [refund for refund in charge.refunds if refund.created <= now]
                url, resource = f"/v1/charges/{owner_id}/refunds", "refunds"
            else:
                bill = self._shelf("invoices", now).by_id[owner_id]
                rows = [bill.payment] if bill.payment.created <= now else []
                url, resource = f"/v1/invoice_payments?invoice={owner_id}", "invoice_payments"
            shown = sorted(rows, key=lambda row: row.created, reverse=True)
            return list_object(url, [WRITERS[resource](row, now) for row in shown[:10]], len(shown) > 10)

        try:
            expand(answer, paths, find, nested)
        except NotExpandable as error:
            raise StripeError(400, f"This property cannot be expanded ({error}).", param="expand") from None

    @staticmethod
    def _allowed(resource: str) -> set[str]:
        return set(_FILTERS[resource])

    @staticmethod
    def _times(resource: str) -> set[str]:
        created = set() if resource == "invoice_payments" else {"created"}
        return created | set(_MORE_TIMES.get(resource, ()))

    def _count(self, endpoint: str) -> None:
        second = int(time.monotonic())
        began, count = self._seconds[endpoint]
        count = count + 1 if began == second else 1
        self._seconds[endpoint] = (second, count)
        if self.is_limited and count > REQUESTS_A_SECOND:
            raise StripeError(
                429, "Request rate limit exceeded. Learn more about rate limits in our API docs.", "rate_limit"
            )


def _keeps(resource: str, query: Query, now: int) -> Callable[[Any], bool]:
    checks: list[Callable[[Any], bool]] = []
    if resource == "customers":
        checks.append(lambda row: row.deleted is None or row.deleted > now)
    for name, wanted in query.filters.items():
        checks.append(lambda row, test=_FILTERS[resource][name], wanted=wanted: test(row, wanted, now))
    if query.types:
        checks.append(lambda row: any(_is_type(row.type, wanted) for wanted in query.types))
    for name, bounds in query.times.items():
        if name != "created":
            checks.append(lambda row, read=_MORE_TIMES[resource][name], bounds=bounds: _within(read(row), bounds))
    return lambda row: all(check(row) for check in checks)


def _within(value: int, bounds: list[tuple[str, int]]) -> bool:
    tests = {"gt": value.__gt__, "gte": value.__ge__, "lt": value.__lt__, "lte": value.__le__}
    return all(tests[operator](bound) for operator, bound in bounds)


def _is_type(event_type: str, wanted: str) -> bool:
    return event_type.startswith(wanted[:-1]) if wanted.endswith(".*") else wanted in ("*", event_type)
