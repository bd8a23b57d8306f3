"""JSON read so that nothing is lost: numbers keep their text, and one unreadable row does not spoil its page."""

import codecs
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# 99.94999999999999 must not pass through a float.
OBJECT = msgspec.json.Decoder(float_hook=Decimal)
ENVELOPE = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])

# What a decoder may say of text that is no JSON, or of a number or a depth beyond all bounds.
UNREADABLE = (msgspec.DecodeError, RecursionError, ArithmeticError)

# Any escape, so that an escaped backslash before a "u" is not mistaken; pairs that make one character come first.
_HALVES = rb"u[dD][89abAB][0-9a-fA-F]{2}", rb"u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPES = re.compile(rb"\\(?:%b\\%b|(%b|%b)|.)" % (*_HALVES, *_HALVES), re.DOTALL)


@dataclass(frozen=True)
class Unreadable:
    """A row that cannot be read inside an answer that can; it is only counted and set aside."""

    reason: str
    size: int


def decoded(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """The body as the decoder's type; one of `UNREADABLE` where it is torn or no JSON."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        # A name cut in the middle of an emoji leaves half a character, which JavaScript sends as it is.
        text = body.decode("utf-8", "replace").encode()
        return decoder.decode(_ESCAPES.sub(lambda escape: rb"\ufffd" if escape[1] else escape[0], text))


def before_json(body: bytes) -> str:
    """What stands in front of the JSON, in a few words; nothing where the body begins as JSON does."""
    if body.startswith(codecs.BOM_UTF8):
        return "a byte order mark"
    text = body.decode("utf-8", "replace").lstrip()
    if text[:1] in ("{", "[", ""):
        return ""
    words = " ".join(re.sub(r"<[^>]*>", " ", text[:400]).split())
    return f"text ('{words[:80]}…')" if words else "HTML"


def rows(raw: msgspec.Raw) -> list[Any]:
    """The rows of a list, one that cannot be read as `Unreadable`; ValidationError where it is no list."""
    return [_row(row) for row in _LIST.decode(raw)]


def _row(raw: msgspec.Raw) -> Any:
    try:
        return OBJECT.decode(raw)
    except UNREADABLE as error:
        return Unreadable(str(error) or type(error).__name__, len(bytes(raw)))
