"""The merchant's own rules about who is who: `customer_links.toml` beside `sources.toml`.

    placeholders = ["till@my-shop.example"]       # addresses of nobody, beside those that are known everywhere

    [[never]]                                     # these are different people, whatever they share
    accounts = [{ store = "shop-us", customer_id = "7012" }, { store = "shop-eu", email = "ann@example.com" }]

    [[always]]                                    # these are one person, though they share nothing
    accounts = [{ store = "shop-us", customer_id = "7013" }, { store = "shop-eu", customer_id = "88" }]

An address stands for whoever has it in that store, customers and guests. A rule that is taken out of the file no longer
holds: people are put together, or parted, anew at the next run.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from countinghouse.connections import listed, read_toml, suggestion
from countinghouse.errors import SettingsError

KNOWN = ("placeholders", "never", "always")
Kind = Literal["never", "always"]


@dataclass(frozen=True)
class LinkedAccount:
    """An account as the merchant names it: by the store's own id, or by the email address there."""

    store: str
    customer_id: str | None = None
    email: str | None = None


@dataclass(frozen=True)
class LinkRule:
    """Accounts that are always one person, or of which no two ever are."""

    kind: Kind
    accounts: tuple[LinkedAccount, ...]

    @property
    def id(self) -> str:
        """The same for the same rule, wherever in the file it stands."""
        named = sorted((one.store, one.customer_id or "", one.email or "") for one in self.accounts)
        return hashlib.md5(json.dumps([self.kind, named]).encode()).hexdigest()


@dataclass(frozen=True)
class CustomerLinks:
    """Every rule of the file."""

    rules: tuple[LinkRule, ...] = ()
    placeholders: tuple[str, ...] = ()


def read_customer_links(path: Path, stores: Iterable[str], *, is_named: bool) -> CustomerLinks:
    """The rules of a file; SettingsError says which one is wrong and how to write it.

    stores  names of the connections: a rule about another one is a mistake
    """
    variable = "COUNTINGHOUSE_CUSTOMER_LINKS" if is_named else ""
    document = read_toml(path, variable=variable, remedy="unset the variable to have no such rules")
    for key in document:
        if key not in KNOWN:
            raise SettingsError(
                f"{path}: '{key}' is not known here{suggestion(key, KNOWN)}; it may have {listed(KNOWN)}."
            )
    placeholders = document.get("placeholders", [])
    if not isinstance(placeholders, list) or not all(_is_address(one) for one in cast(list[Any], placeholders)):
        raise SettingsError(f'{path}: placeholders is a list of email addresses, as in ["till@my-shop.example"].')
    names = tuple(stores)
    rules = tuple(
        _rule(f"{path}, {kind} {number}", kind, entry, names)
        for kind in ("never", "always")
        for number, entry in enumerate(_entries(path, kind, document.get(kind, [])), start=1)
    )
    _check_together(path, rules)
    return CustomerLinks(rules, tuple(sorted({_trimmed(one) for one in cast(list[str], placeholders)})))


def _entries(path: Path, kind: str, entries: Any) -> list[Any]:
    if not isinstance(entries, list):
        raise SettingsError(f"{path}: begin each rule with [[{kind}]], in double brackets.")
    return cast(list[Any], entries)


def _rule(where: str, kind: Kind, entry: Any, stores: tuple[str, ...]) -> LinkRule:
    fields = cast(dict[str, Any], entry) if isinstance(entry, dict) else {}
    unknown = [key for key in fields if key not in ("accounts", "note")]
    if unknown:
        raise SettingsError(
            f"{where}: '{unknown[0]}' is not known{suggestion(unknown[0], ['accounts', 'note'])}; a rule has accounts, "
            "and a note if you like."
        )
    accounts = fields.get("accounts")
    if not isinstance(accounts, list) or len(cast(list[Any], accounts)) < 2:
        raise SettingsError(
            f'{where}: name at least two accounts, as in accounts = [{{ store = "a", customer_id = "1" }}, '
            '{ store = "b", email = "ann@example.com" }].'
        )
    named = tuple(_account(where, one, stores) for one in cast(list[Any], accounts))
    if len(set(named)) < len(named):
        raise SettingsError(f"{where}: the same account is named twice.")
    return LinkRule(kind, named)


def _account(where: str, entry: Any, stores: tuple[str, ...]) -> LinkedAccount:
    fields = cast(dict[str, Any], entry) if isinstance(entry, dict) else {}
    store, id, email = (fields.get(key) for key in ("store", "customer_id", "email"))
    if set(fields) - {"store", "customer_id", "email"} or (id is None) == (email is None):
        raise SettingsError(f"{where}: an account has a store, and either a customer_id or an email.")
    if store not in stores:
        name = str(store or "")
        raise SettingsError(
            f"{where}: there is no store '{name}'{suggestion(name, stores)}; there are {listed(stores)}."
        )
    if id is not None and (isinstance(id, bool) or not isinstance(id, str | int) or not str(id).strip()):
        raise SettingsError(f'{where}: customer_id is the shop\'s own id as text, as in customer_id = "7012".')
    if email is not None and not _is_address(email):
        raise SettingsError(f'{where}: email is an address, as in email = "ann@example.com".')
    return LinkedAccount(store, None if id is None else str(id).strip(), None if email is None else _trimmed(email))


def _check_together(path: Path, rules: tuple[LinkRule, ...]) -> None:
    """Two rules that say the opposite of two accounts are a mistake that nobody could see in the books."""
    apart = [set(rule.accounts) for rule in rules if rule.kind == "never"]
    together = [set(rule.accounts) for rule in rules if rule.kind == "always"]
    for both in (one & other for one in apart for other in together):
        if len(both) > 1:
            names = " and ".join(sorted(f"{one.store} {one.customer_id or one.email}" for one in both))
            raise SettingsError(f"{path}: {names} are said to be one person always and never; keep one rule.")


def _is_address(email: Any) -> bool:
    return isinstance(email, str) and all(email.strip().partition("@")) and " " not in email.strip()


def _trimmed(email: str) -> str:
    """As the models normalise an address."""
    return email.strip().lower()
