"""Who is who: accounts of all shops put together to people, and the key that each person keeps.

An account is a shop's customer, or the email address of a guest in a shop. Accounts that share an identifier are one
person, and so are those a chain of them connects. A rule of the merchant's own ties two accounts together or keeps them
apart; one that keeps apart beats all evidence.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# What joins first where a rule keeps accounts apart, so that the stronger evidence decides who belongs to whom.
STRENGTH = {"rule": 0, "email": 1, "phone": 2}
APART = "never"


@dataclass(frozen=True, slots=True)
class Account:
    """One account and what is known of it.

    identifiers  `kind:value`; a rule that keeps accounts apart is `never:rule/side`, those of one side left together
    created_at   when the shop says it was opened; unknown for guests
    seen_at      the same, or its first order
    person       the key of the person it belonged to so far
    """

    key: str
    identifiers: tuple[str, ...] = ()
    created_at: datetime | None = None
    seen_at: datetime | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True)
class Belonging:
    """Which person an account belongs to, and the kinds of identifiers it shares with another account of theirs."""

    person: str
    evidence: str | None


def people(accounts: Iterable[Account], marker: str = "") -> dict[str, Belonging]:
    """Each account's person.

    accounts  whole components: with an account, whoever shares an identifier or the person so far, or is named after it
    marker    differs from one call to the next; goes into a key where no account's own is left for a person
    """
    found = groups(accounts)
    keys = named(found, marker)
    belongings: dict[str, Belonging] = {}
    for key, group in zip(keys, found, strict=True):
        shared = _shared(group)
        for account in group:
            kinds = {kind_of(identifier) for identifier in account.identifiers if identifier in shared} - {APART}
            belongings[account.key] = Belonging(key, ", ".join(sorted(kinds)) or None)
    return belongings


def groups(accounts: Iterable[Account]) -> list[list[Account]]:
    """The people among accounts: connected components over shared identifiers, less the pairs that a rule keeps apart.

    The same for the same accounts, in whatever order they come. Within a group the oldest account is the first.
    """
    ordered = sorted(accounts, key=_opened)
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, account in enumerate(ordered):
        for identifier in account.identifiers:
            holders[identifier].append(place)
    forest = _Forest(len(ordered))
    ties: list[str] = []
    sides: defaultdict[str, list[list[int]]] = defaultdict(list)
    for identifier, places in holders.items():
        if kind_of(identifier) == APART:
            sides[identifier.rpartition("/")[0]].append(places)
        elif len(places) > 1:
            ties.append(identifier)
    for kept_apart in sides.values():
        forest.keep_apart(kept_apart)
    for identifier in sorted(ties, key=lambda tie: (_strength(kind_of(tie)), tie)):
        places = holders[identifier]
        for count, place in enumerate(places[1:], start=1):
            # Who may not join the oldest may still join the next one.
            for earlier in places[:count]:
                if forest.join(earlier, place):
                    break
    found: defaultdict[int, list[Account]] = defaultdict(list)
    for place, account in enumerate(ordered):
        found[forest.root(place)].append(account)
    return list(found.values())


def named(groups: list[list[Account]], marker: str = "") -> list[str]:
    """A key for each group.

    A person keeps the key: of two who turn out to be one, that of the older; of one who turns out to be two, those who
    hold the account the key was made of. Who has none yet is named after the oldest account that names nobody else.
    """
    members: defaultdict[str, list[tuple[Account, int]]] = defaultdict(list)
    for number, group in enumerate(groups):
        for account in group:
            if account.person is not None:
                members[account.person].append((account, number))
    keys: dict[int, str] = {}
    used: set[str] = set()
    for person in sorted(members, key=lambda person: min(_seen(account) for account, _ in members[person])):
        heirs = [(account.key != person, _seen(account), number) for account, number in members[person]]
        for _, _, number in sorted(heirs):
            if number not in keys:
                keys[number] = person
                used.add(person)
                break
    for number, group in enumerate(groups):
        if number not in keys:
            own = (account.key for account in sorted(group, key=_seen) if account.key not in used)
            keys[number] = next(own, None) or hashlib.md5(f"{group[0].key}|{marker}".encode()).hexdigest()
            used.add(keys[number])
    return [keys[number] for number in range(len(groups))]


def kind_of(identifier: str) -> str:
    """`email` of `email:ann@example.com`."""
    return identifier.partition(":")[0]


class _Forest:
    """Union-find over places in a list, which keeps those apart that must not meet."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))
        self._foes: dict[int, set[int]] = {}

    def root(self, place: int) -> int:
        while (parent := self._parents[place]) != place:
            self._parents[place] = place = self._parents[parent]
        return place

    def keep_apart(self, sides: list[list[int]]) -> None:
        for side in sides:
            for place in side:
                self._foes.setdefault(place, set()).update(*(other for other in sides if other is not side))

    def join(self, one: int, other: int) -> bool:
        """Make the two one, and say whether they now are."""
        first, second = sorted((self.root(one), self.root(other)))
        if first == second:
            return True
        if any(self.root(foe) == second for foe in self._foes.get(first, ())):
            return False
        self._parents[second] = first
        if foes := self._foes.pop(second, None):
            self._foes.setdefault(first, set()).update(foes)
        return True


def _shared(group: list[Account]) -> set[str]:
    """Identifiers that more than one of a group have."""
    seen: set[str] = set()
    return {identifier for identifier in _identifiers(group) if identifier in seen or seen.add(identifier)}


def _identifiers(group: list[Account]) -> Iterator[str]:
    for account in group:
        yield from account.identifiers


def _strength(kind: str) -> tuple[int, str]:
    return STRENGTH.get(kind, len(STRENGTH)), kind


def _opened(account: Account) -> tuple[bool, Any, str]:
    return account.created_at is None, account.created_at, account.key


def _seen(account: Account) -> tuple[bool, Any, str]:
    return account.seen_at is None, account.seen_at, account.key
