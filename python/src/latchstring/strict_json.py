"""JSON that no two parsers can read in two ways."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from .errors import StrictJsonError

DEFAULT_DEPTH: Final = 32
"""The most arrays and objects inside each other."""

MAXIMUM_SAFE_INTEGER: Final = 2**53 - 1

_WHITE_SPACE: Final = " \t\n\r"


class _DuplicateNameError(Exception):
    pass


def _refuse_constant(name: str) -> NoReturn:
    # RFC 8259 section 6: NaN and Infinity are no JSON.
    raise ValueError


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateNameError
    return members


def _signed_integer(digits: str) -> int | float:
    # An integer has no negative zero, a double has: the walk refuses it.
    return -0.0 if digits == "-0" else int(digits)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant)
_SIGNED_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_int=_signed_integer
)
_LAST_WINS_DECODER: Final = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_signed_integer)


def parse_strict_json(
    data: str | bytes, *, depth: int = DEFAULT_DEPTH, integers: frozenset[str] = frozenset()
) -> object:
    """Parses JSON and refuses whatever two parsers could read in two ways (RFC 8259 section 4, RFC 7493 section 2).

    Takes text, or bytes in UTF-8. Beyond the grammar it refuses: invalid UTF-8, a byte order mark, NaN and Infinity, lone
    surrogates (raw or escaped), a name that occurs twice in one object (escapes resolved), more than ``depth`` arrays and objects
    inside each other, numbers that a double does not hold (beyond its range, integers beyond 2^53 - 1, negative zero), and members
    of the outermost object in ``integers`` whose number is written with a fraction or an exponent. The caller bounds the length.

    Raises :class:`StrictJsonError`: ``syntax``, ``encoding``, ``duplicate_name``, ``depth`` or ``number``.
    """
    text = _decode(data)
    try:
        value = _parse(text, _SIGNED_DECODER if "-0" in text else _DECODER)
    except _DuplicateNameError:
        # The other rules come first: what they say must not depend on where the duplicate stands.
        _walk(_parse(text, _LAST_WINS_DECODER), depth, "\\u" in text)
        # RFC 7515 section 4 and RFC 7519 section 4: names within an object are unique.
        raise StrictJsonError("duplicate_name", "A name occurs twice in one object.") from None
    _walk(value, depth, "\\u" in text)
    if integers and type(value) is dict:
        for name in integers & value.keys():
            if type(value[name]) is float:
                raise StrictJsonError("number", "An integer is written as a fraction.")
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


def _parse(text: str, decoder: json.JSONDecoder) -> object:
    start = 0
    if text[:1] != "{":
        start = len(text) - len(text.lstrip(_WHITE_SPACE))
    try:
        value, end = decoder.raw_decode(text, start)
    except RecursionError:
        raise StrictJsonError("depth", "The text is nested too deeply.") from None
    except ValueError as error:
        # The parser's own message quotes the text, so it is not kept as the cause. Only int() itself complains of too many digits.
        if type(error) is ValueError and error.args:
            raise StrictJsonError("number", "A number is out of range.") from None
        raise StrictJsonError("syntax", "The text is not JSON.") from None
    if end != len(text) and text[end:].strip(_WHITE_SPACE):
        raise StrictJsonError("syntax", "The text is not JSON.")
    return value


def _walk(value: object, depth: int, has_escapes: bool) -> None:
    """Looks for what the parser lets pass. The depth bounds the recursion."""
    kind = type(value)
    if kind is str:
        if has_escapes:
            _refuse_lone_surrogates(value)  # type: ignore[arg-type]
    elif kind is int:
        # RFC 7493 section 2.2: no number whose value another reader would round differently.
        if not -MAXIMUM_SAFE_INTEGER <= value <= MAXIMUM_SAFE_INTEGER:  # type: ignore[operator]
            raise StrictJsonError("number", "A number is out of range.")
    elif kind is dict:
        if depth == 0:
            raise StrictJsonError("depth", "The text is nested too deeply.")
        if has_escapes:
            for name in value:  # type: ignore[attr-defined]
                _refuse_lone_surrogates(name)
        for member in value.values():  # type: ignore[attr-defined]
            _walk(member, depth - 1, has_escapes)
    elif kind is list:
        if depth == 0:
            raise StrictJsonError("depth", "The text is nested too deeply.")
        for member in value:  # type: ignore[attr-defined]
            _walk(member, depth - 1, has_escapes)
    elif kind is float:
        _refuse_unheld(value)  # type: ignore[arg-type]


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
