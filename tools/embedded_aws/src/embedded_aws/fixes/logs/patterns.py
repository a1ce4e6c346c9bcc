"""CloudWatch Logs filter patterns: terms and JSON selectors, as functions of a message.

Understood: `term`, `"a phrase"`, `-not_this`, `?either ?or`, `%regular expression%`, and
`{ $.key = "value" && ( $.list[0].n >= 3 || $.other NOT EXISTS ) }` with `=`, `!=`, `<`, `<=`, `>`, `>=`,
`IS NULL`, `IS TRUE`, `IS FALSE`, `NOT EXISTS`, and `*` in values. Space-delimited patterns (`[a, b]`)
are not.
"""

import json
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

Test = Callable[[Any], bool]
MISSING = object()

_TOKEN = re.compile(
    r"""\s*(?: (?P<operator>&&|\|\||!=|<=|>=|[=<>(){}])
             | (?P<selector>\$(?:\.[\w@-]+|\[\d+\]|\["[^"]*"\])+)
             | (?P<string>"(?:[^"\\]|\\.)*")
             | (?P<regex>%[^%]+%)
             | (?P<word>[^\s&|=<>(){}!"]+) )""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class InvalidPattern(ValueError):
    """The filter pattern cannot be understood"""


def compile_pattern(pattern: str | None) -> Callable[[str], bool]:
    """A test for one log message. Raises InvalidPattern; NotImplementedError for space-delimited ones."""
    text = (pattern or "").strip()
    if not text:
        return lambda message: True
    if text.startswith("["):
        raise NotImplementedError("space-delimited filter patterns are not supported")
    return _json_test(text) if text.startswith("{") else _terms_test(text)


def _terms_test(text: str) -> Callable[[str], bool]:
    required: list[Callable[[str], bool]] = []
    either: list[Callable[[str], bool]] = []
    for sign, term in re.findall(r'([?-]?)("[^"]*"|%[^%]+%|\S+)', text):
        test = _contains(term)
        if sign == "?":
            either.append(test)
        else:
            required.append(_negated(test) if sign == "-" else test)
    return lambda message: (
        all(test(message) for test in required) and (not either or any(test(message) for test in either))
    )


def _contains(term: str) -> Callable[[str], bool]:
    if term.startswith("%") and term.endswith("%"):
        expression = re.compile(term[1:-1])
        return lambda message: expression.search(message) is not None
    wanted = term.strip('"')
    return lambda message: wanted in message


def _negated(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda message: not test(message)


def _json_test(text: str) -> Callable[[str], bool]:
    test = _Parser(text).parse()

    def matches(message: str) -> bool:
        try:
            document = json.loads(message)
        except ValueError:
            return False
        return isinstance(document, dict | list) and test(document)

    return matches


class _Parser:
    """Recursive descent over `{ condition && (condition || condition) }`."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0

    def parse(self) -> Test:
        self._expect("{")
        test = self._either()
        self._expect("}")
        if self._next != len(self._tokens):
            raise InvalidPattern
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._take("||"):
            tests.append(self._all())
        return lambda document: any(test(document) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._take("&&"):
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self) -> Test:
        if self._take("("):
            test = self._either()
            self._expect(")")
            return test
        kind, selector = self._pop()
        if kind != "selector":
            raise InvalidPattern
        path = re.findall(r'\.([\w@-]+)|\[(\d+)\]|\["([^"]*)"\]', selector)
        _, sign = self._pop()
        if sign in _COMPARE:
            check = _value_check(sign, *self._pop())
        else:
            check = _word_check(sign.upper(), self._pop()[1].upper())
        return lambda document: check(_select(document, path))

    def _pop(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise InvalidPattern
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, text: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next] == ("operator", text):
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            raise InvalidPattern


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise InvalidPattern
        position = match.end()
        yield match.lastgroup, match.group(match.lastgroup)


def _select(document: Any, path: list[tuple[str, str, str]]) -> Any:
    for name, index, quoted in path:
        if index:
            if not isinstance(document, list) or int(index) >= len(document):
                return MISSING
            document = document[int(index)]
        elif isinstance(document, dict) and (name or quoted) in document:
            document = document[name or quoted]
        else:
            return MISSING
    return document


def _word_check(first: str, second: str) -> Test:
    checks: dict[tuple[str, str], Test] = {
        ("NOT", "EXISTS"): lambda value: value is MISSING,
        ("IS", "NULL"): lambda value: value is None,
        ("IS", "TRUE"): lambda value: value is True,
        ("IS", "FALSE"): lambda value: value is False,
    }
    if (first, second) not in checks:
        raise InvalidPattern
    return checks[first, second]


def _value_check(sign: str, kind: str, text: str) -> Test:
    if kind == "word" and re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        number, compare = float(text), _COMPARE[sign]
        return lambda value: (
            isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)
        )
    if sign not in {"=", "!="} or kind not in {"string", "word", "regex"}:
        raise InvalidPattern
    if kind == "regex":
        expression = re.compile(text[1:-1])
    else:
        plain = json.loads(text) if kind == "string" else text
        expression = re.compile(
            "^" + ".*".join(re.escape(part) for part in plain.split("*")) + "$", re.DOTALL
        )
    wanted = sign == "="
    return lambda value: isinstance(value, str) and (expression.search(value) is not None) is wanted
