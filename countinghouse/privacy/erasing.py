"""Erasing a person from one row: pure functions over a parsed payload."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from countinghouse.privacy.kept import META_KEYS, Rule

Pseudonym = Callable[[str], str | None]  # what stands for an address from now on; None for nothing
Json = Any

# RFC 2606: a name under .invalid never resolves.
REDACTED_HOST = "@redacted.invalid"
_META = "meta_data"
_REFERENCES = frozenset(
    {
        *("customer", "order", "cart", "transactions", "charge", "latest_charge", "invoice", "payment_intent"),
        *("balance_transaction", "source"),
    }
)
# Shorter ones are found in half the world's texts.
_SHORTEST_TELLING = 7
# A day and many postal codes have eight digits or fewer, and are everywhere.
_PHONE_DIGITS = 9


def erased(rule: Rule, payload: Mapping[str, Json], pseudonym: Pseudonym) -> dict[str, Json]:
    """The payload with nothing but what stays, and pseudonyms in the place of addresses."""
    return cast(dict[str, Json], _kept(payload, "", rule, pseudonym))


def _kept(value: Json, path: str, rule: Rule, pseudonym: Pseudonym) -> Json:
    if isinstance(value, list):
        members = (_kept(one, path, rule, pseudonym) for one in cast(list[Json], value))
        return [one for one in members if one not in (None, {})]
    if not isinstance(value, dict):
        return None
    found: dict[str, Json] = {}
    for name, inner in cast(dict[str, Json], value).items():
        step = f"{path}.{name}" if path else name
        if step in rule.email:
            found[name] = pseudonym(inner) if isinstance(inner, str) and inner.strip() else None
        elif step in rule.kept:
            found[name] = _only_known_keys(inner) if name == _META else _as_id(inner) if name in _REFERENCES else inner
        elif isinstance(inner, dict | list) and _leads_on(step, rule):
            found[name] = _kept(inner, step, rule, pseudonym)
    return found


def _leads_on(path: str, rule: Rule) -> bool:
    return any(one.startswith(f"{path}.") for one in (*rule.kept, *rule.email))


def _as_id(value: Json) -> Json:
    """A reference, which a platform may send as the whole object, as no more than its id."""
    if isinstance(value, list):
        return [_as_id(one) for one in cast(list[Json], value)]
    return {"id": cast(dict[str, Json], value).get("id")} if isinstance(value, dict) else value


def _only_known_keys(value: Json) -> Json:
    entries = cast(list[Json], value) if isinstance(value, list) else []
    return [
        {"key": entry["key"], "value": entry.get("value")}
        for entry in (cast(dict[str, Json], one) for one in entries if isinstance(one, dict))
        if entry.get("key") in META_KEYS
    ]


def without(rule: Rule, payload: Mapping[str, Json], is_theirs: Callable[[str], bool], pseudonym: Pseudonym) -> Json:
    """The payload of a row that is nobody's, or another's, less the addresses that are theirs.

    An entry of a list in `rule.entries` that holds such an address keeps only what the rule keeps.
    """
    return _without(payload, "", rule, is_theirs, pseudonym)


def _without(value: Json, path: str, rule: Rule, is_theirs: Callable[[str], bool], pseudonym: Pseudonym) -> Json:
    if isinstance(value, str):
        return None if is_theirs(value) else value
    if isinstance(value, dict):
        return {
            name: _without(inner, f"{path}.{name}" if path else name, rule, is_theirs, pseudonym)
            for name, inner in cast(dict[str, Json], value).items()
        }
    if not isinstance(value, list):
        return value
    members: list[Json] = []
    for one in cast(list[Json], value):
        if isinstance(one, str) and is_theirs(one):
            continue
        if path in rule.entries and isinstance(one, dict) and any(is_theirs(text) for text in texts(one)):
            members.append(_kept(one, path, rule, pseudonym))
        else:
            members.append(_without(one, path, rule, is_theirs, pseudonym))
    return members


def texts(value: Json) -> Iterator[str]:
    """Every text in a payload."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in cast(dict[str, Json], value).values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in cast(list[Json], value):
            yield from texts(inner)


def telling(before: Json, after: Json) -> set[str]:
    """What was erased that by itself says who somebody is: addresses of all kinds and telephone numbers.

    A name does not: others bear it too, and it would be found in rows that are theirs.
    """
    return {text.strip() for text in set(texts(before)) - set(texts(after)) if _is_telling(text.strip())}


def _is_telling(text: str) -> bool:
    if is_pseudonym(text) or len(text) < _SHORTEST_TELLING or "\n" in text or len(text) > 200:
        return False
    if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text):
        return True
    if re.fullmatch(r"\+?[0-9()\s./-]+", text):
        return text.startswith(("+", "0", "(")) and sum(letter.isdigit() for letter in text) >= _PHONE_DIGITS
    # 12 Elm Street, Hauptstraße 4a
    return bool(re.fullmatch(r"\d+\w?\s+[^\W\d][\w\s.'-]{3,}|[^\W\d][\w\s.'-]{3,}\s\d+\w?", text)) and "://" not in text


def is_pseudonym(text: str) -> bool:
    """Whether a text stands where an address stood."""
    return text.endswith(REDACTED_HOST)


def normalised(email: str) -> str:
    """As the models compare addresses: trimmed, in small letters."""
    return email.strip().lower()


def at(payload: Mapping[str, Json], path: str) -> list[Json]:
    """The values at a path, through lists."""
    values: list[Json] = [payload]
    for name in path.split("."):
        inner = [cast(dict[str, Json], value).get(name) for value in values if isinstance(value, dict)]
        values = [one for value in inner for one in (cast(list[Json], value) if isinstance(value, list) else [value])]
    return [value for value in values if value is not None]


def ids_at(payload: Mapping[str, Json], path: str) -> list[str]:
    """The ids at a path, of which each may be the whole object; WooCommerce's 0 is nobody."""
    found = [
        cast(dict[str, Json], value).get("id") if isinstance(value, dict) else value for value in at(payload, path)
    ]
    return [str(one) for one in found if isinstance(one, str | int) and str(one) not in ("", "0")]
