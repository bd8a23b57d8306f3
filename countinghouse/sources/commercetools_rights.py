"""What an API client of commercetools may see: a scope is a right, its project, and perhaps one store of it."""

from __future__ import annotations

from typing import Any, cast

from countinghouse.sources.exact_json import OBJECT
from countinghouse.sources.inspection import Findings
from countinghouse.sources.session import Session

# What each right shows.
RIGHTS = {
    "view_orders": "orders and carts",
    "view_payments": "payments, and so no refunds",
    "view_customers": "customers",
    "view_products": "products, stocks and reviews",
    "view_categories": "categories",
    "view_project_settings": "the project's currencies and countries",
    "view_messages": "deletions of orders before the weekly reading of everything",
    "view_discount_codes": "the names of discount codes",
}
# Without these a run reads everything all the same.
_HELPFUL = ("view_messages", "view_discount_codes")
_COUNTED = {
    "orders": "view_orders",
    "customers": "view_customers",
    "products": "view_products",
    "payments": "view_payments",
    "categories": "view_categories",
    "carts": "view_orders",
    "reviews": "view_products",
    "inventory": "view_products",
}


def stores_of(scopes: frozenset[str], right: str, project: str) -> set[str] | None:
    """The stores to which a right is narrowed, none where it is missing; None means all of the project."""
    enough = {f"{right}:{project}", f"{right.replace('view_', 'manage_')}:{project}", f"manage_project:{project}"}
    if scopes & enough:
        return None
    return {scope.split(":")[2] for scope in scopes if scope.count(":") == 2 and scope.rpartition(":")[0] in enough}


def narrower(session: Session, right: str) -> tuple[str, ...]:
    """What people should know of a right that shows some rows only."""
    scopes, project = _scopes(session)
    stores = stores_of(scopes, right, project) if scopes else None
    if not stores:
        return ()
    return (
        f"the API client sees {RIGHTS[right]} of {', '.join(sorted(stores))} only: those of other stores are missing "
        f"without an error. Give it {right} for the whole project.",
    )


def inspect(session: Session) -> Findings:
    """The project's currency, how many rows there are, and rights that are missing, narrowed or wider than reading."""
    scopes, project = _scopes(session)
    problems: list[str] = []
    warnings: list[str] = []
    lacking: list[str] = []
    for right, shows in RIGHTS.items():
        if scopes and stores_of(scopes, right, project) == set():
            told = warnings if right in _HELPFUL else problems
            told.append(f"the API client has no {right}: without it, {shows} cannot be read.")
            lacking.append(right)
        if narrowed := narrower(session, right):
            warnings += narrowed
            lacking.append(right)
    wide = sorted(scope for scope in scopes if scope.startswith("manage_"))
    if wide:
        warnings.append(f"the API client may write ({', '.join(wide)}); reading is enough, take those scopes away.")
    rows = {
        name: total
        for name, right in _COUNTED.items()
        if _may(scopes, right, project) and (total := _total(session, f"/{project}/{name}")) is not None
    }
    currencies: list[Any] = []
    if _may(scopes, "view_project_settings", project):
        _, settings = session.ask(f"/{project}", None, OBJECT)
        currencies = cast(list[Any], settings.get("currencies") or [])
    return Findings(
        scopes=tuple(sorted(scopes)) or None,
        currency=str(currencies[0]) if len(currencies) == 1 else None,
        rows=rows,
        lacking=tuple(lacking),
        excess=tuple(wide),
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def _scopes(session: Session) -> tuple[frozenset[str], str]:
    """The scopes granted, empty where the answer does not tell them in a way we know, and the project."""
    project = str(session.connection.options["project_key"])
    token = session.token
    granted = token.scopes if token and token.scopes else frozenset[str]()
    return frozenset(scope for scope in granted if scope.split(":")[1:2] == [project]), project


def _may(scopes: frozenset[str], right: str, project: str) -> bool:
    return not scopes or stores_of(scopes, right, project) != set()


def _total(session: Session, path: str) -> int | None:
    _, envelope = session.ask(path, {"limit": 1}, OBJECT)
    total = envelope.get("total")
    return total if isinstance(total, int) else None
