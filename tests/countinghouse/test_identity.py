"""Who is who: components of accounts, and the keys that people keep."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.identity import Account, groups, people

DAY = datetime.fromisoformat("2026-01-01")


def account(key: str, *identifiers: str, day: int | None = None, person: str | None = None) -> Account:
    at = None if day is None else DAY + timedelta(days=day)
    return Account(key, identifiers, at, at, person)


def told(accounts: Iterable[Account], marker: str = "") -> dict[str, str]:
    return {key: belonging.person for key, belonging in people(accounts, marker).items()}


def test_a_chain_over_two_kinds_of_identifiers_is_one_person_named_after_the_oldest() -> None:
    a, b = account("a", "email:x", day=3), account("b", "email:x", "phone:1", day=1)
    c, alone = account("c", "phone:1", day=2), account("d", "email:y")
    found = people([alone, c, a, b])
    assert {key: (one.person, one.evidence) for key, one in found.items()} == {
        "a": ("b", "email"),
        "b": ("b", "email, phone"),
        "c": ("b", "phone"),
        "d": ("d", None),
    }


def test_accounts_without_identifiers_are_nobody_elses() -> None:
    assert told([account("a"), account("b")]) == {"a": "a", "b": "b"}


def test_of_two_people_who_are_one_the_older_keeps_the_key() -> None:
    # Both had a key already; the new account c brings them together and is older than either.
    a = account("a", "email:x", day=2, person="a")
    b = account("b", "phone:1", day=1, person="b")
    c = account("c", "email:x", "phone:1", day=0)
    assert told([a, b, c]) == {"a": "b", "b": "b", "c": "b"}


def test_of_equally_old_people_the_smaller_key_stays() -> None:
    a, b = account("b", "email:x", person="b"), account("a", "email:x", person="a")
    assert told([a, b]) == {"a": "a", "b": "a"}


def test_of_one_who_is_two_those_with_the_account_the_key_was_made_of_keep_it() -> None:
    # b is older, but the person was named after a.
    a, b = account("a", day=2, person="a"), account("b", day=1, person="a")
    assert told([a, b]) == {"a": "a", "b": "b"}


def test_where_the_founding_account_left_for_an_older_person_the_others_keep_the_key() -> None:
    # a was with b and c; now it has the address of d, who is older. When a leaves d again its own key is another's.
    a, b = account("a", "email:d", day=2, person="a"), account("b", "email:b", day=3, person="a")
    c, d = account("c", "email:b", day=4, person="a"), account("d", "email:d", day=1, person="d")
    moved = told([a, b, c, d])
    assert moved == {"a": "d", "b": "a", "c": "a", "d": "d"}
    back = [replace(one, person=moved[one.key]) for one in (replace(a, identifiers=()), b, c, d)]
    again = told(back, marker="later")
    assert {key: again[key] for key in "bcd"} == {"b": "a", "c": "a", "d": "d"}
    assert again["a"] not in ("a", "d")
    assert told(back, marker="later") == again


def test_a_rule_ties_two_accounts_that_share_nothing() -> None:
    found = people([account("a", "rule:1"), account("b", "rule:1")])
    assert [(one.person, one.evidence) for one in found.values()] == [("a", "rule"), ("a", "rule")]


def test_a_rule_that_keeps_apart_beats_every_evidence_also_a_chain() -> None:
    a, b = account("a", "email:x", "never:1/0", day=1), account("b", "phone:1", "never:1/1", day=2)
    between = account("c", "email:x", "phone:1", day=3)
    # The address is the stronger evidence: c belongs to a.
    assert told([a, b, between]) == {"a": "a", "b": "b", "c": "a"}
    # A guest of b's address may not join the oldest of that address, and joins b.
    one, other = account("a", "email:x", "never:1/0", day=1), account("b", "email:x", "never:1/1", day=2)
    assert told([one, other]) == {"a": "a", "b": "b"}
    both = people([account("a", "rule:2", "never:1/0"), account("b", "rule:2", "never:1/1")])
    assert [(one.person, one.evidence) for one in both.values()] == [("a", None), ("b", None)]


def test_accounts_on_one_side_of_a_rule_may_be_one_person() -> None:
    # The rule names an address in a shop, which a guest and a customer have, and another account.
    guest, customer = account("a", "email:x", "never:1/0"), account("b", "email:x", "never:1/0")
    assert told([guest, customer, account("c", "email:x", "never:1/1")]) == {"a": "a", "b": "a", "c": "c"}


def test_who_may_not_join_the_oldest_joins_the_next() -> None:
    a, b = account("a", "email:x", "never:1/0", day=1), account("b", "email:x", day=2)
    c = account("c", "email:x", "phone:1", "never:1/1", day=3)
    d = account("d", "phone:1", day=4)
    assert told([a, b, c, d]) == {"a": "a", "b": "a", "c": "c", "d": "c"}


# --- against something simpler ---------------------------------------------------------------------------------------


def naive(accounts: Sequence[Account]) -> set[frozenset[str]]:
    """Groups that are joined while any two of them share an identifier."""
    parts = [({one.key}, set(one.identifiers)) for one in accounts]
    joined = True
    while joined:
        joined = False
        for first in range(len(parts)):
            for second in range(first + 1, len(parts)):
                if parts[first][1] & parts[second][1]:
                    keys, identifiers = parts.pop(second)
                    parts[first][0].update(keys)
                    parts[first][1].update(identifiers)
                    joined = True
                    break
            if joined:
                break
    return {frozenset(keys) for keys, _ in parts}


IDENTIFIERS = st.lists(st.sampled_from(["email:1", "email:2", "email:3", "phone:1", "phone:2", "rule:1"]), max_size=3)
WORLDS = st.lists(
    st.tuples(st.sampled_from("abcdefghij"), IDENTIFIERS, st.integers(0, 4) | st.none()),
    max_size=10,
    unique_by=lambda row: row[0],
)


def world(rows: list[tuple[str, list[str], int | None]]) -> list[Account]:
    return [account(key, *sorted(set(identifiers)), day=day) for key, identifiers, day in rows]


@given(WORLDS, st.randoms())
def test_groups_are_the_connected_components_in_whatever_order(
    rows: list[tuple[str, list[str], int | None]], rng: Random
) -> None:
    accounts = world(rows)
    found = {frozenset(one.key for one in group) for group in groups(accounts)}
    assert found == naive(accounts)
    shuffled = list(accounts)
    rng.shuffle(shuffled)
    assert people(shuffled) == people(accounts)


@given(WORLDS, st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("abcdefghij")), max_size=4))
def test_pairs_kept_apart_never_meet_and_nobody_joins_without_evidence(
    rows: list[tuple[str, list[str], int | None]], pairs: list[tuple[str, str]]
) -> None:
    apart = [(one, other) for one, other in pairs if one != other]
    kept_apart = {
        one.key: [f"never:{n}/{pair.index(one.key)}" for n, pair in enumerate(apart) if one.key in pair]
        for one in world(rows)
    }
    accounts = [replace(one, identifiers=(*one.identifiers, *kept_apart[one.key])) for one in world(rows)]
    where = told(accounts)
    for one, other in apart:
        assert one not in where or other not in where or where[one] != where[other]
    components = naive(world(rows))
    for group in groups(accounts):
        assert any({one.key for one in group} <= component for component in components)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), IDENTIFIERS, st.integers(0, 4) | st.none()), max_size=12))
def test_changes_one_by_one_end_in_the_groups_of_one_build_and_keys_stay(
    changes: list[tuple[str, list[str], int | None]],
) -> None:
    """Only the components a change touches are looked at, as the model does; the others are not even passed."""
    standing: dict[str, Account] = {}
    for key, identifiers, day in changes:
        before = dict(standing)
        standing[key] = replace(
            account(key, *sorted(set(identifiers)), day=day), person=before[key].person if key in before else None
        )
        touched = closure({key}, standing)
        for one, belonging in people([standing[one] for one in touched], marker=str(len(changes))).items():
            standing[one] = replace(standing[one], person=belonging.person)
        for person in {one.person for one in before.values()}:
            still = [one for one, old in before.items() if old.person == person]
            # Whoever is still together with all they were with, and with nobody else, has the key they had.
            now = {standing[one].person for one in still}
            others = {one for one in standing if standing[one].person in now} - set(still)
            assert len(now) > 1 or others or now == {person}
    by_person: dict[str | None, set[str]] = {}
    for one in standing.values():
        by_person.setdefault(one.person, set()).add(one.key)
    assert {frozenset(keys) for keys in by_person.values()} == naive(list(standing.values()))


def closure(keys: set[str], standing: dict[str, Account]) -> set[str]:
    """Everybody who shares an identifier or a person with one of these, or is named after one, and so on."""
    while True:
        ties = {tie for key in keys for tie in ties_of(standing[key])}
        wider = {one.key for one in standing.values() if ties_of(one) & ties}
        if wider == keys:
            return keys
        keys = wider


def ties_of(one: Account) -> set[str]:
    return {*one.identifiers, f"person:{one.key}", *([f"person:{one.person}"] if one.person else [])}


@pytest.mark.parametrize("size", [200_000])
def test_a_large_shop_takes_seconds(size: int) -> None:
    accounts = [account(f"{n:06}", f"email:{n // 2}", f"phone:{n}", day=n % 900) for n in range(size)]
    assert len(set(told(accounts).values())) == size // 2
