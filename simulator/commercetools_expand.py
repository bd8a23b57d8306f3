"""commercetools' reference expansion: `expand=paymentInfo.payments[*]` puts the object beside its reference.

A reference to what is gone, and a path that leads nowhere, stay as they are: neither is an error.
"""

import re
from collections.abc import Callable
from typing import Any

from simulator.commercetools_parts import Object

Find = Callable[[str, str], Object | None]
_PART = re.compile(r"([^\[\]]+)(?:\[(\*|\d+)\])?")


def expand(shown: Object, paths: list[str], find: Find) -> Object:
    """Return the object with the references on the paths expanded."""
    for path in paths:
        _walk(shown, path.split("."), find)
    return shown


def _walk(value: Any, parts: list[str], find: Find) -> None:
    if not isinstance(value, dict):
        return
    if "typeId" in value and "id" in value:
        if "obj" not in value:
            found = find(value["typeId"], value["id"])
            if found is not None:
                value["obj"] = found
        if parts and "obj" in value:
            _walk(value["obj"], parts, find)
        return
    if not parts:
        return
    matched = _PART.fullmatch(parts[0])
    inner = value.get(matched[1]) if matched else None
    if matched and matched[2] and isinstance(inner, list):
        members = inner if matched[2] == "*" else inner[int(matched[2]) : int(matched[2]) + 1]
        for member in members:
            _walk(member, parts[1:], find)
    else:
        _walk(inner, parts[1:], find)
