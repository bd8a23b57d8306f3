"""What an answer other than success means, in a sentence for the person who runs the books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import msgspec

from countinghouse.sources.answer import Answer

if TYPE_CHECKING:
    from countinghouse.connections import Connection

# Timeouts aside, these statuses may pass by themselves; 520-524 are a proxy's words for a server that did not answer.
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
LATER = "Nothing is lost: the next run reads it again from where the last one ended."
INTRUDER = (
    "Something at the source prints into its answers, such as a plugin's warnings or a file saved with a byte order "
    "mark: switch that off there. Nothing of the answer was taken."
)


class Said(NamedTuple):
    """The source's own message, its code and the parameter it complains of; empty where it sent none."""

    message: str = ""
    code: str = ""
    param: str = ""


def said(answer: Answer) -> Said:
    """What the source says itself, wherever in the answer its kind puts it."""
    try:
        body: object = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return Said()
    thing = cast(dict[str, Any], body) if isinstance(body, dict) else {}
    several = cast(list[Any], thing["errors"]) if isinstance(thing.get("errors"), list) else []
    first: object = several[0] if several else thing.get("error")
    error = cast(dict[str, Any], first) if isinstance(first, dict) else thing
    message, code, param = (str(error.get(key) or "") for key in ("message", "code", "param"))
    return Said(" ".join(message.split()), code, param)


def advice(status: int, connection: Connection, what: str) -> str:
    """What to do about a status that does not pass by itself."""
    keys = variables(connection)
    match status:
        case 401 if keys:
            return f"The source does not accept the credentials: correct {keys}."
        case 401:
            return "The source wants credentials, which this kind has none of: check the connection's url."
        case 403 if keys:
            return f"The key has no right to read {what}: give the key of {keys} read access to them."
        case 403:
            return "The source does not let us read this: check the connection's url."
        case 404:
            return f"There is nothing at this address: check the connection's url, {connection.url}."
        case _ if status >= 500:
            return LATER
        case _:
            return "The request itself was refused, so repeating it is no use: the API may have changed."


def variables(connection: Connection) -> str:
    """The variables that hold the credentials, in words; nothing where there are none."""
    return " and ".join(connection.variable(key) for key in connection.auth)
