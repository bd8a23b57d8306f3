"""commercetools' query predicates: `where=lastModifiedAt >= :from and (id > "…" or lineItems(quantity > 1))`.

docs    https://docs.commercetools.com/api/predicates/query
quirks  a condition on a list holds when it holds for one of its members; a missing field is unequal to everything;
        input variables arrive as text and take the field's type
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from simulator.commercetools_parts import Refusal

MOST_ALTERNATIVES = 200  # so many `or` the simulator bears; the real limit is not published
Test = Callable[[Any], bool]  # asks a row with `get` and `in`

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*") | (?P<number>-?\d+(?:\.\d+)?)(?![\w-]) | (?P<variable>:[A-Za-z_]\w*)
    | (?P<sign><=|>=|!=|<>|=|<|>) | (?P<mark>[(),])
    | (?P<name>`[^`]+`|[A-Za-z_][\w-]*)
    )""",
    re.VERBOSE,
)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?(?:Z|\+00:00)")
_IS_TIME = re.compile(r"(At|timestamp|returnDate)$")
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def predicate(text: str, variables: Mapping[str, list[str]], fields: frozenset[str]) -> Test:
    """Read a predicate; `fields` are the names it may begin with."""
    return _Reader(text, variables, fields).read()


class _Reader:
    """Recursive descent: one method for each rule of the grammar."""

    def __init__(self, text: str, variables: Mapping[str, list[str]], fields: frozenset[str]) -> None:
        self._text, self._variables, self._fields = text, variables, fields
        self._tokens: list[tuple[str, str, int]] = []
        self._next = 0
        self._alternatives = 0
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                self._syntax(text[position:].lstrip()[:1], position)
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind], found.start(kind)))
            position = found.end()

    def read(self) -> Test:
        test = self._either(depth=0)
        if self._next < len(self._tokens):
            self._unexpected("end of input")
        if self._alternatives > MOST_ALTERNATIVES:
            message = "The query is too complex. Reduce the number of expressions."
            raise Refusal(400, "QueryComplexityLimitExceeded", message)
        return test

    def _either(self, depth: int) -> Test:
        tests = [self._both(depth)]
        while self._take("or"):
            self._alternatives += 1
            tests.append(self._both(depth))
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _both(self, depth: int) -> Test:
        tests = [self._single(depth)]
        while self._take("and"):
            tests.append(self._single(depth))
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _single(self, depth: int) -> Test:
        if self._take("not"):
            self._expect("(")
            inner = self._either(depth)
            self._expect(")")
            return lambda row: not inner(row)
        if self._take("("):
            inner = self._either(depth)
            self._expect(")")
            return inner
        return self._condition(depth)

    def _condition(self, depth: int) -> Test:
        kind, name, _ = self._peek()
        if kind != "name":
            self._unexpected("field name")
        self._next += 1
        name = name.strip("`")
        if depth == 0 and name not in self._fields:
            raise Refusal(400, "InvalidInput", f"Malformed parameter: where: The field '{name}' does not exist.")
        if self._take("("):
            inner = self._either(depth + 1)
            self._expect(")")
            return lambda row: any(isinstance(one, Mapping) and inner(one) for one in _members(row.get(name)))
        if self._take("is"):
            return self._state(name)
        if self._take("contains"):
            needs_all = self._take("all")
            if not needs_all and not self._take("any"):
                self._unexpected("'all' or 'any'")
            wanted = self._values(name)
            check = all if needs_all else any
            return lambda row: check(value in _members(row.get(name)) for value in wanted)
        is_refused = self._take("not")
        if self._take("in"):
            wanted = self._values(name)
            return lambda row: any(one in wanted for one in _members(row.get(name))) is not is_refused
        return self._comparison(name)

    def _comparison(self, name: str) -> Test:
        kind, sign, _ = self._peek()
        if kind != "sign":
            self._unexpected("comparison operator")
        self._next += 1
        value = self._value(name)
        if sign in ("!=", "<>"):
            return lambda row: all(one != value for one in _members(row.get(name)))
        compare = _SIGNS[sign]

        def test(row: Mapping[str, Any]) -> bool:
            return any(compare(one, _like(one, value)) for one in _members(row.get(name)) if _matches(one, value))

        return test

    def _state(self, name: str) -> Test:
        is_negative = self._take("not")
        if self._take("defined"):
            return lambda row: (name in row) is not is_negative
        if self._take("empty"):
            return lambda row: (not row.get(name)) is not is_negative
        return self._unexpected("'defined' or 'empty'")

    def _values(self, name: str) -> list[Any]:
        kind, text, _ = self._peek()
        if kind == "variable":
            self._next += 1
            return [_timed(name, value) for value in self._variable(text)]
        self._expect("(")
        values = [self._value(name)]
        while self._take(","):
            values.append(self._value(name))
        self._expect(")")
        return values

    def _value(self, name: str) -> Any:
        kind, text, _ = self._peek()
        self._next += 1
        match kind:
            case "text":
                return _timed(name, re.sub(r"\\(.)", r"\1", text[1:-1]))
            case "number":
                return float(text) if "." in text else int(text)
            case "variable":
                return _timed(name, self._variable(text)[0])
            case "name" if text in ("true", "false"):
                return text == "true"
        self._next -= 1
        return self._unexpected("StringLiteral, NumberLiteral, boolean or inputParam")

    def _variable(self, text: str) -> list[str]:
        values = self._variables.get(text[1:])
        if not values:
            message = f"Malformed parameter: where: Missing value for input variable '{text[1:]}'."
            raise Refusal(400, "InvalidInput", message)
        return values

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "", len(self._text))

    def _take(self, word: str) -> bool:
        kind, text, _ = self._peek()
        is_it = kind in ("name", "mark") and (text.lower() if kind == "name" else text) == word
        self._next += is_it
        return is_it

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            self._unexpected(f"'{mark}'")

    def _unexpected(self, wanted: str) -> Any:
        kind, text, position = self._peek()
        found = "Unexpected end of input" if kind == "end" else f"Invalid input '{text}'"
        return self._syntax(found, position, wanted)

    def _syntax(self, found: str, position: int, wanted: str = "expression") -> Any:
        before = self._text[:position]
        place = f"line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"
        said = found if found.startswith(("Unexpected", "Invalid")) else f"Invalid input '{found}'"
        message = f"Malformed parameter: where: Syntax error while parsing 'where'. {said}, expected {wanted} ({place})"
        raise Refusal(400, "InvalidInput", message)


def _members(value: Any) -> list[Any]:
    """Return what a condition on a field looks at: each member of a list, the value, or nothing."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _timed(name: str, value: str) -> str:
    """Bring an instant to milliseconds, so that it compares as text."""
    if not _IS_TIME.search(name):
        return value
    found = _INSTANT.fullmatch(value)
    if found is None:
        raise Refusal(400, "InvalidInput", f"Malformed parameter: where: Invalid date-time for '{name}': {value}")
    return f"{found[1]}.{(found[2] or '').ljust(3, '0')}Z"


def _like(field: Any, value: Any) -> Any:
    """Give an input variable's text the field's type."""
    if isinstance(value, str) and not isinstance(field, str):
        return value == "true" if isinstance(field, bool) else float(value)
    return value


def _matches(field: Any, value: Any) -> bool:
    """Whether the two can be compared at all."""
    if isinstance(field, str) == isinstance(value, str):
        return True
    if isinstance(field, bool):
        return value in ("true", "false")
    return isinstance(field, (int, float)) and bool(re.fullmatch(r"-?\d+(\.\d+)?", str(value)))
