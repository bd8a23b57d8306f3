"""Whose rows they are: everything that one connection has of a person, found by customer id, address and order.

A customer is an id. A guest is an address: rows that name it and no customer are the guest's, as `account_key` of the
models has it. An address that many share, or that stands for nobody, finds nothing: the models' own judgement
(`int_customer_identifiers`) says which those are.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import duckdb
import msgspec

from countinghouse.privacy.erasing import at, ids_at, is_pseudonym, normalised
from countinghouse.privacy.kept import RULES, Rule
from countinghouse.sources import SOURCES
from countinghouse.warehouse.tables import raw_name

Connection = duckdb.DuckDBPyConnection


class Asked(msgspec.Struct, frozen=True):
    """What a request names: ids as raw has them, addresses normalised.

    is_shop  everybody of the connection
    """

    connection: str
    kind: str
    customers: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    is_shop: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether it names nobody."""
        return not (self.customers or self.emails or self.orders or self.is_shop)


@dataclass
class Found:
    """What a connection has of a person.

    rows       ids of the rows that are theirs, by resource
    customers  ids of their accounts
    emails     addresses that are theirs alone, normalised: by these they are found, now and in later loads
    """

    asked: Asked
    rows: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    customers: set[str] = field(default_factory=set[str])
    emails: set[str] = field(default_factory=set[str])

    @property
    def count(self) -> int:
        """How many rows are theirs."""
        return sum(len(ids) for ids in self.rows.values())


def row_id(kind: str, resource: str, number: str) -> str:
    """An id as raw has it, of what a person types or the models have: Shopify's is longer."""
    if kind == "shopify" and number.isdigit():
        return f"gid://shopify/{resource.removesuffix('s').title()}/{number}"
    return number


def rules_of(kind: str) -> Iterator[tuple[str, Rule]]:
    """The resources of a kind that can hold somebody, with their rules."""
    for resource in SOURCES[kind].resources:
        if rule := RULES.get(f"{kind}__{resource.name}"):
            yield resource.name, rule


def find(con: Connection, asked: Asked) -> Found:
    """Everything a connection has of whom a request names."""
    found = Found(asked, customers=set(asked.customers), emails=_own(con, asked.emails))
    if asked.is_shop:
        _take_all(con, found)
        return found
    if asked.orders:
        _take(found, "orders", asked.orders)
        found.emails |= _own(con, _guests(con, found, asked.orders))
    known = -1
    while known != (known := found.count + len(found.customers) + len(found.emails)):
        for resource, rule in rules_of(asked.kind):
            _take(found, resource, _matching(con, found, resource, rule))
            if rule.is_person:
                found.customers |= found.rows.get(resource, set())
                found.emails |= _own(con, _addresses(con, found, resource, rule))
    return found


def everywhere(con: Connection, first: Found, connections: Iterable[tuple[str, str]]) -> list[Asked]:
    """The same person's accounts in the other connections (name, kind): by address, and by what the models know."""
    accounts = _accounts_of_person(con, first)
    asked: list[Asked] = []
    for name, kind in connections:
        if name == first.asked.connection or not list(rules_of(kind)):
            continue
        theirs = [(customer, email) for store, customer, email in accounts if store == name]
        customers = frozenset(row_id(kind, "customers", customer) for customer, _ in theirs if customer)
        emails = frozenset(normalised(email) for _, email in accounts_emails(theirs)) | frozenset(first.emails)
        asked.append(Asked(name, kind, customers, emails))
    return asked


def accounts_emails(accounts: Iterable[tuple[str | None, str | None]]) -> Iterator[tuple[str | None, str]]:
    """Those that have an address."""
    for customer, email in accounts:
        if email:
            yield customer, email


def has_table(con: Connection, schema: str, table: str) -> bool:
    """Whether the models have been run as far as this."""
    row = con.execute(
        "SELECT count(*) > 0 FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = ? AND table_name = ?",
        [schema, table],
    ).fetchone()
    return bool(row and row[0])


def _take(found: Found, resource: str, ids: Iterable[str]) -> None:
    found.rows.setdefault(resource, set()).update(ids)


def _take_all(con: Connection, found: Found) -> None:
    asked = found.asked
    for resource, rule in rules_of(asked.kind):
        if rule.entries:
            continue
        rows = con.execute(
            f"SELECT id FROM {raw_name(asked.kind, resource)} WHERE connection = ?", [asked.connection]
        ).fetchall()
        _take(found, resource, (row for (row,) in rows))
        found.emails |= _own(con, _addresses(con, found, resource, rule))


def _matching(con: Connection, found: Found, resource: str, rule: Rule) -> set[str]:
    """Ids of rows that name one of the accounts, or an address and no account."""
    customers, emails = sorted(found.customers), sorted(found.emails)
    tests: list[str] = []
    named = [_id_sql(path) for path in rule.customer]
    tests += [f"list_contains($customers::TEXT[], {one})" for one in named]
    if rule.is_person:
        tests.append("list_contains($customers::TEXT[], id)")
    addresses = [_email_sql(path) for path in (*rule.email, *rule.mentions) if path not in _entries(rule)]
    # An order that names another account is that account's, whatever address stands on it.
    nobody = " AND ".join(["true", *(f"coalesce({one}, '0') IN ('', '0')" for one in named)])
    tests += [f"({nobody} AND list_contains($emails::TEXT[], {one}))" for one in addresses]
    parents = {resource: sorted(found.rows.get(resource, set())) for _, resource in rule.parents}
    tests += [f"list_contains(${name}::TEXT[], {_id_sql(path)})" for path, name in rule.parents]
    if not tests:
        return set()
    values: dict[str, object] = {"connection": found.asked.connection}
    text = " OR ".join(tests)
    values |= {
        name: value
        for name, value in {"customers": customers, "emails": emails, **parents}.items()
        if f"${name}::" in text
    }
    table = raw_name(found.asked.kind, resource)
    rows = con.execute(f"SELECT id FROM {table} WHERE connection = $connection AND ({text})", values).fetchall()
    return {row for (row,) in rows}


def _entries(rule: Rule) -> set[str]:
    return {path for path in rule.email if any(path.startswith(f"{entry}.") for entry in rule.entries)}


def _id_sql(path: str) -> str:
    return f"coalesce(json_extract_string(payload, '$.{path}.id'), json_extract_string(payload, '$.{path}'))"


def _email_sql(path: str) -> str:
    return f"lower(trim(json_extract_string(payload, '$.{path}')))"


def _addresses(con: Connection, found: Found, resource: str, rule: Rule) -> set[str]:
    """The addresses that the person's rows of a resource hold where it says who they are."""
    table, ids = raw_name(found.asked.kind, resource), sorted(found.rows.get(resource, set()))
    addresses: set[str] = set()
    for path in rule.email:
        rows = con.execute(
            f"SELECT DISTINCT {_email_sql(path)} FROM {table} WHERE connection = ? AND list_contains(?::TEXT[], id)",
            [found.asked.connection, ids],
        ).fetchall()
        addresses |= {address for (address,) in rows if address}
    return addresses


def _guests(con: Connection, found: Found, orders: Iterable[str]) -> set[str]:
    """The addresses of the orders that a request names and that name no customer."""
    kind = found.asked.kind
    rule = RULES.get(f"{kind}__orders", Rule())
    rows = con.execute(
        f"SELECT payload FROM {raw_name(kind, 'orders')} WHERE connection = ? AND list_contains(?::TEXT[], id)",
        [found.asked.connection, sorted(orders)],
    ).fetchall()
    payloads = [msgspec.json.decode(payload) for (payload,) in rows]
    return {
        normalised(address)
        for payload in payloads
        if not any(ids_at(payload, path) for path in rule.customer)
        for path in rule.email
        for address in at(payload, path)
        if isinstance(address, str) and address.strip()
    }


def _own(con: Connection, emails: Iterable[str]) -> set[str]:
    """The addresses that stand for one person, by the models' judgement."""
    emails = {normalised(email) for email in emails if not is_pseudonym(email)}
    if not emails or not has_table(con, "intermediate", "int_customer_identifiers"):
        return emails
    rows = con.execute(
        "SELECT DISTINCT value FROM intermediate.int_customer_identifiers "
        "WHERE kind = 'email' AND reason IN ('placeholder', 'shared') AND list_contains(?::TEXT[], value)",
        [sorted(emails)],
    ).fetchall()
    return emails - {value for (value,) in rows}


def _accounts_of_person(con: Connection, found: Found) -> list[tuple[str, str | None, str | None]]:
    """Store, customer id and address of every account of the person, as the models have them."""
    if not has_table(con, "intermediate", "int_customer_keys"):
        return []
    numbers = sorted(customer.rpartition("/")[2] for customer in found.customers)
    return con.execute(
        """
        WITH accounts AS (
            SELECT accounts.store, accounts.customer_id, accounts.email, people.customer_key
            FROM intermediate.int_customer_accounts AS accounts
            JOIN intermediate.int_customer_keys AS people ON people.account_key = accounts.account_key
        ), persons AS (
            SELECT DISTINCT customer_key FROM accounts
            WHERE store = $store AND (
                list_contains($customers::TEXT[], customer_id)
                OR (customer_id IS NULL AND list_contains($emails::TEXT[], email))
            )
        )
        SELECT store, customer_id, email FROM accounts JOIN persons ON persons.customer_key = accounts.customer_key
        """,
        {"store": found.asked.connection, "customers": numbers, "emails": sorted(found.emails)},
    ).fetchall()
