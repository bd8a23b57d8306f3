"""commercetools' HTTP API, as far as someone who only reads needs it.

docs    https://docs.commercetools.com/api
paging  limit (20, at most 500) and offset (at most 10,000), or keyset by `where` and `sort`; `total` only on request
limit   none is published; 503 OverCapacity and 502 are to be repeated with growing waits
quirks  without `sort` the order means nothing; deletions are hard and told by messages for 15 days; a token of one
        store shows fewer rows and no error; a change can become visible after later ones
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from simulator.clock import Clock
from simulator.commercetools_expand import expand
from simulator.commercetools_parts import Object, Refusal, at, uuid
from simulator.commercetools_predicates import predicate
from simulator.commercetools_resources import RESOURCES, Resource, opened_at
from simulator.commercetools_tokens import PROJECT, CommercetoolsTokens, Token, failure
from simulator.trade.model import Shop
from simulator.web import Answer, Request, to_json

__all__ = ["Commercetools", "CommercetoolsTokens"]

LARGEST_PAGE, LARGEST_OFFSET = 500, 10_000
_SORT = re.compile(r"\s*([A-Za-z][\w.-]*)(?:\s+(asc|desc))?\s*")


@dataclass(slots=True, frozen=True)
class Found:
    """One thing of the world as a resource's row."""

    id: str
    created: int
    modified: int
    source: Any


class Commercetools:
    """Answers requests below the project's key.

    is_modular  the project has the modular catalogue: products without master variant and variants
    """

    def __init__(
        self,
        shop: Callable[[int], Shop],
        clock: Clock,
        tokens: CommercetoolsTokens,
        is_limited: bool = True,
        is_modular: bool = False,
    ) -> None:
        self._shop, self._clock, self._tokens = shop, clock, tokens
        self._is_modular = is_modular
        self._kept: dict[str, tuple[int, list[Found]]] = {}
        self.is_limited = is_limited

    def answer(self, request: Request) -> Answer:
        """Answer one request; never raises for what a client can do."""
        try:
            return Answer(200, to_json(self._route(request)))
        except Refusal as refusal:
            return Answer(refusal.status, to_json(refusal.body()))

    def refusal(self, request: Request, status: int) -> Answer:
        """Word a failure as commercetools does."""
        error = Refusal(401, "invalid_token", "invalid_token") if status == 401 else failure(status)
        return Answer(status, to_json(error.body()))

    def _route(self, request: Request) -> Object:
        token = self._tokens.read(request)
        parts = request.path.strip("/").split("/")
        if parts[0] != PROJECT:
            raise Refusal(404, "ResourceNotFound", f"The project '{parts[0]}' was not found.")
        now = self._clock.now()
        shop = self._shop(now)
        if len(parts) == 1:
            token.stores("view_project_settings")
            return _project(shop)
        resource = RESOURCES.get(parts[1])
        if resource is None or len(parts) > 3:
            raise Refusal(404, "ResourceNotFound", f"Route {request.method}:{request.path} not found")
        if request.method not in ("GET", "HEAD"):
            # No client of the simulator may write.
            token.stores(resource.right.replace("view_", "manage_"))
        rows = self._visible(parts[1], resource, token, shop, now)
        if len(parts) == 3:
            return self._single(resource, rows, parts[2], request, shop, now)
        return self._list(resource, rows, request, shop, now)

    def _visible(self, name: str, resource: Resource, token: Token, shop: Shop, now: int) -> list[Found]:
        """Return what a token shows of a list, in the order of change and id."""
        stores = token.stores(resource.right)
        rows = self._rows(name, resource, shop, now)
        if stores is None or resource.store is None:
            return rows
        return [row for row in rows if resource.store(row.source) in stores]

    def _rows(self, name: str, resource: Resource, shop: Shop, now: int) -> list[Found]:
        kept = self._kept.get(name)
        if kept is None or kept[0] != now:
            kind = "product" if name == "product-projections" else resource.kind.removesuffix("-entry")
            found = [
                Found(uuid(kind, number), created, modified, source)
                for number, created, modified, source in resource.find(shop, now)
            ]
            kept = self._kept[name] = (now, sorted(found, key=lambda row: (at(row.modified), row.id)))
        return kept[1]

    def _single(
        self, resource: Resource, rows: list[Found], wanted: str, request: Request, shop: Shop, now: int
    ) -> Object:
        field, is_by_field, value = wanted.partition("=")
        names = {"key": "key", "order-number": "orderNumber"}
        for row in rows:
            if row.id == wanted:
                return self._shown(resource, [row], request, shop, now)[0]
            if is_by_field and field in names and self._write(resource, row, shop, now).get(names[field]) == value:
                return self._shown(resource, [row], request, shop, now)[0]
        raise Refusal(404, "ResourceNotFound", f"The Resource with ID '{wanted}' was not found.")

    def _list(self, resource: Resource, rows: list[Found], request: Request, shop: Shop, now: int) -> Object:
        parameters = request.parameters
        limit = _number(parameters, "limit", 20, LARGEST_PAGE)
        offset = _number(parameters, "offset", 0, LARGEST_OFFSET)
        sorts = [_sort(value, resource.fields) for name, value in parameters if name == "sort"]
        variables: dict[str, list[str]] = {}
        for name, value in parameters:
            if name.startswith("var."):
                variables.setdefault(name[4:], []).append(value)
        wheres = [value for name, value in parameters if name == "where"]
        tests = [predicate(where, variables, resource.fields) for where in wheres]
        has_total = dict(parameters).get("withTotal", "true") != "false"
        views = (_View(row, self._write, resource, shop, now) for row in rows)
        kept = (view for view in views if all(test(view) for test in tests)) if tests else views
        page, total = _page(kept, sorts, offset, limit, has_total)
        answer: Object = {"limit": limit, "offset": offset, "count": len(page)}
        if has_total:
            answer["total"] = min(total, LARGEST_OFFSET) if tests else total
        return answer | {"results": self._shown(resource, [view.row for view in page], request, shop, now)}

    def _shown(self, resource: Resource, rows: list[Found], request: Request, shop: Shop, now: int) -> list[Object]:
        shown = [self._write(resource, row, shop, now) for row in rows]
        paths = [value for name, value in request.parameters if name == "expand"]
        if not paths:
            return shown

        def find(kind: str, wanted: str) -> Object | None:
            name = next((name for name, other in RESOURCES.items() if other.kind == kind), None)
            if name is None:
                return None
            rows = self._rows(name, RESOURCES[name], shop, now)
            row = next((row for row in rows if row.id == wanted), None)
            return None if row is None else self._write(RESOURCES[name], row, shop, now)

        return [expand(one, paths, find) for one in shown]

    def _write(self, resource: Resource, row: Found, shop: Shop, now: int) -> Object:
        shown = resource.write(shop, row.source, now)
        if self._is_modular:
            for data in (shown, *(shown.get("masterData", {}).get(part, {}) for part in ("current", "staged"))):
                if data.pop("masterVariant", None) is not None:
                    data["variants"] = []
        return shown


class _View:
    """A row as predicates and sorts see it: written out only when they ask for more than the times and the id."""

    __slots__ = ("_more", "_whole", "row")

    def __init__(self, row: Found, write: Callable[..., Object], *more: Any) -> None:
        self.row, self._more, self._whole = row, (write, *more), None

    def get(self, name: str) -> Any:
        if name == "lastModifiedAt":
            return at(self.row.modified)
        if name == "id":
            return self.row.id
        return at(self.row.created) if name == "createdAt" else self._written().get(name)

    def __contains__(self, name: str) -> bool:
        return name in self._written()

    def _written(self) -> Object:
        if self._whole is None:
            write, resource, shop, now = self._more
            self._whole = write(resource, self.row, shop, now)
        return self._whole


def _page(
    kept: Iterable[_View], sorts: list[tuple[str, bool]], offset: int, limit: int, has_total: bool
) -> tuple[list[_View], int]:
    """Return the page asked for, and how many rows there are."""
    if sorts == [("lastModifiedAt", False), ("id", False)] and not has_total:
        return list(islice(kept, offset, offset + limit)), 0
    views = sorted(kept, key=lambda view: view.row.id)
    for path, is_descending in reversed(sorts):
        views.sort(key=lambda view, path=path: _sortable(view, path), reverse=is_descending)
    return views[offset : offset + limit], len(views)


def _sortable(view: _View, path: str) -> tuple[bool, Any]:
    name, *rest = path.split(".")
    value = view.get(name)
    for part in rest:
        value = value.get(part) if isinstance(value, dict) else None
    return (value is not None, value if isinstance(value, (str, int, float)) else "")


def _sort(text: str, fields: frozenset[str]) -> tuple[str, bool]:
    found = _SORT.fullmatch(text)
    if found is None:
        raise Refusal(400, "InvalidInput", f"Malformed parameter: sort: Invalid sort expression '{text}'.")
    if found[1].split(".")[0] not in fields:
        raise Refusal(400, "InvalidInput", f"Malformed parameter: sort: The field '{found[1]}' does not exist.")
    return found[1], found[2] == "desc"


def _number(parameters: list[tuple[str, str]], name: str, default: int, largest: int) -> int:
    text = dict(parameters).get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d+", text):
        raise Refusal(400, "InvalidInput", f"Malformed parameter: {name}: '{text}' is not a number.")
    if not 0 <= int(text) <= largest:
        message = f"Invalid value for parameter '{name}'. It must be between 0 and {largest}."
        raise Refusal(400, "InvalidInput", f"Malformed parameter: {name}: {message}")
    return int(text)


def _project(shop: Shop) -> Object:
    return {
        "key": PROJECT,
        "name": shop.title,
        "version": 12,
        "countries": [shop.country],
        "currencies": [shop.currency],
        "languages": ["en", "ja"],
        "createdAt": at(opened_at(shop)),
        "messages": {"enabled": True, "deleteDaysAfterCreation": 15},
        "carts": {"deleteDaysAfterLastModification": 90, "countryTaxRateFallbackEnabled": False},
        "shoppingLists": {"deleteDaysAfterLastModification": 360},
    }
