"""JSON that no two parsers can read in two ways."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Final, NoReturn, cast

from .errors import StrictJsonError

DEFAULT_DEPTH: Final = 32
"""The most arrays and objects inside each other."""

MAXIMUM_SAFE_INTEGER: Final = 2**53 - 1

# Of 2^53 - 1, with a sign.
_LONGEST_INTEGER: Final = 17

_WHITE_SPACE: Final = " \t\n\r"


class _DuplicateNameError(Exception):
    pass


class _ZeroError(Exception):
    """There is a zero, and perhaps it is a negative one: the quicker parser cannot tell."""


def _refuse_constant(name: str) -> NoReturn:
    # RFC 8259 section 6: NaN and Infinity are no JSON.
    raise ValueError


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateNameError
    return members


def _signed_integer(digits: str) -> int | float:
    # An integer has no negative zero, a double has: the walk refuses it. So it does infinity, which stands for what is far too long
    # for Python to read at all.
    if digits == "-0":
        return -0.0
    return int(digits) if len(digits) <= _LONGEST_INTEGER else math.inf


Scan = Callable[[str, int], tuple[object, int]]
"""The parser itself, in C, without what its callers do before and after: from a text and an index to a value and its end."""


def _scanner(decoder: json.JSONDecoder) -> Scan:
    return cast("Scan", decoder.scan_once)  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


_PLAIN: Final = _scanner(json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant))
_SIGNED: Final = _scanner(
    json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_signed_integer)
)
_LAST_WINS: Final = _scanner(json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_signed_integer))


def parse_strict_json(data: str | bytes, *, depth: int = DEFAULT_DEPTH) -> object:
    """Parses JSON and refuses whatever two parsers could read in two ways (RFC 8259 section 4, RFC 7493 section 2).

    Takes text, or bytes in UTF-8. Beyond the grammar it refuses: invalid UTF-8, a byte order mark, NaN and Infinity, lone
    surrogates (raw or escaped), a name that occurs twice in one object (escapes resolved), more than ``depth`` arrays and objects
    inside each other, and numbers that a double does not hold: beyond its range, integers beyond 2^53 - 1, negative zero. A number with
    a fraction or an exponent is a float, whatever its value. The caller bounds the length.

    Raises :class:`StrictJsonError`: ``syntax``, ``encoding``, ``duplicate_name``, ``depth`` or ``number``.
    """
    text = _decode(data)
    has_escapes = "\\u" in text
    try:
        value = _parse(text, _PLAIN)
        _walk(value, depth, has_escapes, "-0" in text)
    except _DuplicateNameError:
        # The other rules come first: what they say must not depend on where the duplicate stands.
        _walk(_parse(text, _LAST_WINS), depth, has_escapes, False)
        # RFC 7515 section 4 and RFC 7519 section 4: names within an object are unique.
        raise StrictJsonError("duplicate_name", "A name occurs twice in one object.") from None
    except _ZeroError:
        value = _parse(text, _SIGNED)
        _walk(value, depth, has_escapes, False)
    return value


def _decode(data: str | bytes) -> str:
    if isinstance(data, str):
        _refuse_lone_surrogates(data)
        return data
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # RFC 8259 section 8.1: JSON between systems is UTF-8. The error itself would hold the text.
        raise StrictJsonError("encoding", "The text is not UTF-8.") from None


def _parse(text: str, scan: Scan) -> object:
    start = 0 if text[:1] == "{" else len(text) - len(text.lstrip(_WHITE_SPACE))
    try:
        value, end = scan(text, start)
    except RecursionError:
        raise StrictJsonError("depth", "The text is nested too deeply.") from None
    except (ValueError, StopIteration) as error:
        # Of too many digits int() itself complains.
        if scan is _PLAIN and type(error) is ValueError and error.args:
            return _parse(text, _SIGNED)
        # The parser's own message quotes the text, so it is not kept as the cause.
        raise StrictJsonError("syntax", "The text is not JSON.") from None
    if end != len(text) and text[end:].strip(_WHITE_SPACE):
        raise StrictJsonError("syntax", "The text is not JSON.")
    return value


def _walk(value: object, depth: int, has_escapes: bool, stops_at_zero: bool) -> None:
    """Looks for what the parser lets pass. The depth bounds the recursion."""
    kind = type(value)
    if kind is dict or kind is list:
        if depth == 0:
            raise StrictJsonError("depth", "The text is nested too deeply.")
        members: Iterable[object] = value.values() if kind is dict else value  # type: ignore[attr-defined,assignment]
        if has_escapes and kind is dict:
            for name in value:  # type: ignore[attr-defined]
                _refuse_lone_surrogates(name)
        for member in members:
            # Most are text without escapes or usual integers, and a call takes longer than a look.
            if type(member) is str:
                if has_escapes:
                    _refuse_lone_surrogates(member)
            elif type(member) is not int or not 0 < member <= MAXIMUM_SAFE_INTEGER:
                _walk(member, depth - 1, has_escapes, stops_at_zero)
    elif kind is int:
        # RFC 7493 section 2.2: no number whose value another reader would round differently.
        if not -MAXIMUM_SAFE_INTEGER <= value <= MAXIMUM_SAFE_INTEGER:  # type: ignore[operator]
            raise StrictJsonError("number", "A number is out of range.")
        if stops_at_zero and value == 0:
            raise _ZeroError
    elif kind is float:
        _refuse_unheld(cast("float", value))
    elif kind is str and has_escapes:
        _refuse_lone_surrogates(cast("str", value))


def _refuse_unheld(number: float) -> None:
    # Infinity and what is beyond 2^53 - 1 fail the comparison where there is no fraction.
    is_held = -MAXIMUM_SAFE_INTEGER <= number <= MAXIMUM_SAFE_INTEGER
    if not is_held or (number == 0 and str(number)[0] == "-"):
        raise StrictJsonError("number", "A number is out of range.")


def _refuse_lone_surrogates(text: str) -> None:
    # RFC 7493 section 2.1: no unpaired surrogates.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise StrictJsonError("encoding", "The text has a lone surrogate.") from None
