"""Reading Payload's collections: who sees which rows, relations followed to a depth, join lists, pages."""

import math
from dataclasses import replace
from typing import Any

from simulator.payload_accounts import Accounts, Caller, admin
from simulator.payload_query import PayloadError, Query, condition, in_order, selected
from simulator.payload_rows import Document, Rows
from simulator.payload_schema import SCHEMA, Join

JOIN_LIMIT = 10


class Reading:
    """One caller's view of all collections at one instant."""

    def __init__(self, rows: Rows, accounts: Accounts, caller: Caller | None, opened: int, now: int) -> None:
        self._rows = rows
        self._accounts = accounts
        self._caller = caller
        self._opened = opened
        self._now = now
        self._joined: dict[tuple[str, str], dict[int, list[Document]]] = {}

    def page(self, collection: str, query: Query) -> Document:
        """Return one page in its envelope. Raises 400, 403 and 500."""
        found = self._found(collection, query)
        total, limit, page = len(found), query.limit, query.page
        if not query.has_paging:
            # Looks complete and is not: the total is what is sent.
            found = found if limit is None else found[:limit]
            total, page, pages, shown = len(found), 1, 1, found
        elif limit is None:
            pages, shown = 1, found
        else:
            pages, shown = max(1, math.ceil(total / limit)), found[(page - 1) * limit : page * limit]
        has_next = query.has_paging and page < pages
        first = None if isinstance(query.echoed_limit, str) else (page - 1) * query.echoed_limit + 1
        return {
            "docs": [self._shown(collection, row, query) for row in shown],
            "hasNextPage": has_next,
            "hasPrevPage": page > 1,
            "limit": query.echoed_limit,
            "nextPage": page + 1 if has_next else None,
            "page": page,
            "pagingCounter": first,
            "prevPage": page - 1 if page > 1 else None,
            "totalDocs": total,
            "totalPages": pages,
        }

    def count(self, collection: str, query: Query) -> int:
        """Return how many rows there are. Raises as `page` does."""
        return len(self._found(collection, query))

    def one(self, collection: str, id: int, query: Query) -> Document:
        """Return one row by its id. Raises 403, and 404 for one in the trash too."""
        self._check_right(collection)
        row = self._row(collection, id)
        if row is None or not self._is_seen(collection, row, query.has_trash):
            raise PayloadError(404, "Not Found")
        return self._shown(collection, row, query)

    def user(self, id: int, depth: int) -> Document:
        """Return a user as login and /me show it."""
        row = self._row("users", id)
        assert row is not None
        return self._shown("users", row, replace(Query(), depth=depth))

    def _found(self, collection: str, query: Query) -> list[Document]:
        self._check_right(collection)
        matches = condition(collection, query.where, self._row)
        rows = [
            row for row in self._all(collection) if self._is_seen(collection, row, query.has_trash) and matches(row)
        ]
        return in_order(collection, rows, query.sort, self._row)

    def _check_right(self, collection: str) -> None:
        schema = SCHEMA[collection]
        if schema.is_public or (self._caller and (self._caller.is_admin or schema.owner)):
            return
        raise PayloadError(403, "You are not allowed to perform this action.")

    def _is_seen(self, collection: str, row: Document, has_trash: bool = False) -> bool:
        schema = SCHEMA[collection]
        if schema.has_trash and row["deletedAt"] is not None and not has_trash:
            return False
        if self._caller is not None and self._caller.is_admin:
            return True
        if schema.owner is not None:
            return self._caller is not None and row[schema.owner] == self._caller.id
        return schema.is_public and row.get("_status", "published") == "published"

    def _all(self, collection: str) -> list[Document]:
        rows = self._rows.of(collection)
        if collection != "users":
            return rows
        return [self._accounts.shown(row, self._now) for row in [*rows, admin(self._opened)]]

    def _row(self, collection: str, id: int) -> Document | None:
        row = self._rows.one(collection, id)
        if collection != "users":
            return row
        books = admin(self._opened)
        row = books if id == books["id"] else row
        return None if row is None else self._accounts.shown(row, self._now)

    def _shown(self, collection: str, row: Document, query: Query) -> Document:
        # What is left out is not followed: at depth 2 that would be most of the work.
        kept = selected(self._allowed(collection, row), query.select)
        with_joins = kept | self._joins(collection, row, query.depth, query.joins, query.select)
        return self._followed(collection, with_joins, query.depth)

    def _allowed(self, collection: str, row: Document) -> Document:
        """Leave out the fields only admins see."""
        if self._caller is not None and self._caller.is_admin:
            return row
        hidden = {"orders": "transactions", "users": "roles"}.get(collection)
        return {name: value for name, value in row.items() if name != hidden}

    def _joins(
        self, collection: str, row: Document, depth: int, options: Document | bool, select: Document
    ) -> Document:
        lists: Document = {}
        for name, join in SCHEMA[collection].joins.items():
            chosen = options.get(name, {}) if isinstance(options, dict) else "false"
            if chosen == "false" or (select and name not in select):
                continue
            lists[name] = self._join(join, row["id"], depth, chosen if isinstance(chosen, dict) else {})
        return lists

    def _join(self, join: Join, id: int, depth: int, options: Document) -> Document:
        limit, page = int(options.get("limit", JOIN_LIMIT)), int(options.get("page", 1))
        rows = [row for row in self._pointing(join).get(id, []) if self._is_seen(join.collection, row)]
        rows = in_order(join.collection, rows, (str(options.get("sort") or join.sort),), self._row)
        shown = rows[(page - 1) * limit : page * limit] if limit > 0 else rows
        docs = [self._target(join.collection, row, depth - 1) if depth > 0 else row["id"] for row in shown]
        counted = {"totalDocs": len(rows)} if options.get("count") == "true" else {}
        return {"docs": docs, "hasNextPage": limit > 0 and page * limit < len(rows)} | counted

    def _pointing(self, join: Join) -> dict[int, list[Document]]:
        key = (join.collection, join.on)
        if key not in self._joined:
            index = self._joined[key] = {}
            for row in self._rows.of(join.collection):
                index.setdefault(row[join.on], []).append(row)
        return self._joined[key]

    def _target(self, collection: str, row: Document, depth: int) -> Document:
        allowed = self._allowed(collection, row)
        return self._followed(collection, allowed | self._joins(collection, row, depth, {}, {}), depth)

    def _followed(self, collection: str, row: Document, depth: int) -> Document:
        """Put rows in the place of ids, as deep as asked; what the caller may not see, or is in the trash, is null."""
        if depth <= 0:
            return row
        copy = dict(row)
        for path, target in SCHEMA[collection].relations.items():
            head, _, inner = path.partition(".")
            if head not in copy:
                continue
            if inner:
                copy[head] = [item | {inner: self._linked(target, item[inner], depth)} for item in copy[head]]
            else:
                value = copy[head]
                ids: list[Any] = value if isinstance(value, list) else [value]
                linked = [self._linked(target, id, depth) for id in ids]
                copy[head] = linked if isinstance(value, list) else linked[0]
        return copy

    def _linked(self, collection: str, id: int | None, depth: int) -> Document | None:
        row = None if id is None else self._row(collection, id)
        if row is None or not self._is_seen(collection, row):
            return None
        return self._target(collection, row, depth - 1)
