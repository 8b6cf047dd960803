"""Claims as the issuer writes them, read in one pass."""

from __future__ import annotations

import gc
import json
from typing import Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from latchstring import VerificationError
from latchstring.claims import AccessTokenClaims, Expectations, parse_claims
from latchstring.compact import TokenHeader
from latchstring.issued_claims import IssuedClaims
from latchstring.keys import parse_key_set
from support import AUDIENCE, ISSUER, KEY, NOW, base64url, claims

VERIFICATION_KEY = next(key for key in [parse_key_set({"keys": [KEY.jwk]}).find(KEY.kid, KEY.alg)] if key is not None)
ISSUED = IssuedClaims(ISSUER, AUDIENCE)


class _Never:
    def read(self, *_: Any) -> None:
        return None


def _strictly(payload: bytes, audience: str = AUDIENCE) -> AccessTokenClaims | None:
    """What strict JSON and the rules for claims say by themselves, at any time; None for a refusal."""
    expected = Expectations(ISSUER, audience, float("inf"), cast("IssuedClaims", _Never()))
    header = TokenHeader(KEY.alg, KEY.kid, None, None)
    try:
        return parse_claims(VERIFICATION_KEY, (header, b"", b"", payload, b""), expected, NOW)
    except VerificationError:
        return None


def _read(payload: bytes, issued: IssuedClaims = ISSUED) -> AccessTokenClaims | None:
    return issued.read(VERIFICATION_KEY, payload)


def _members(read: AccessTokenClaims | None) -> Any:
    """All that is known of claims, with the kinds of the values: to Python 1.0 is 1."""
    if read is None:
        return None
    own = (read.key, read.sid, read.ver, read.jti, read.begin, read.exp, read.csrf)
    return own, [(name, type(value), value) for name, value in read.every.items()], read.make_principal()


def _write(**changes: Any) -> bytes:
    """The text of claims in the order in which the server writes them."""
    return json.dumps(dict(claims(**changes)), separators=(",", ":"), ensure_ascii=False).encode()


_text = st.text("aZ0 !#[]~,:{", min_size=1, max_size=8)
_list = st.lists(_text, max_size=3)
_moment = st.integers(0, NOW)
_changes = st.fixed_dictionaries(
    {
        "sub": _text,
        "sid": _text,
        "ver": st.integers(0, 2**31),
        "jti": _text,
        "iat": _moment,
        "auth_time": _moment,
        "amr": _list,
        "roles": _list,
    },
    optional={"csrf": st.binary(min_size=16, max_size=16).map(base64url)},
)


@given(_changes)
def test_they_are_what_strict_json_reads(changes: dict[str, Any]) -> None:
    assume(changes["sub"] != "native")
    payload = _write(**changes)
    read = _members(_read(payload))
    assert read is not None
    assert read == _members(_strictly(payload))


_PIECES = [
    *'"\\,: \n0-.e1[]{}\0\u00e9\u007füA\u0664',
    *("null", '""', '"cnf":{}', '"sub":"b"', ',"exp":9', ',"nbf":1', "\\u0061", "9" * 16, "[]", '"a","b"'),
]
_edit = st.tuples(st.integers(0, 400), st.integers(0, 3), st.sampled_from(_PIECES), st.booleans())


@settings(max_examples=1000, deadline=None)
@given(_changes, st.lists(_edit, min_size=1, max_size=3))
def test_they_are_read_as_strict_json_reads_them_or_not_at_all(
    changes: dict[str, Any], edits: list[tuple[int, int, str, bool]]
) -> None:
    payload = _write(**changes)
    for at, length, piece, is_raw in edits:
        start = at % len(payload)
        piece_bytes = piece.encode("latin-1", "ignore") if is_raw else piece.encode()
        payload = payload[:start] + piece_bytes + payload[start + length :]
    read = _members(_read(payload))
    assert read is None or read == _members(_strictly(payload))


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(_write(sub="native"), id="a subject that is the client"),
        pytest.param(_write()[:-1] + b',"sub":"another"}', id="a name twice"),
        pytest.param(_write()[:-1] + b',"cnf":{}}', id="a key of the holder"),
        pytest.param(_write(iss=f"{ISSUER}.example"), id="another issuer"),
        pytest.param(_write(aud=AUDIENCE.replace(".", "x")), id="another audience"),
        pytest.param(_write(aud=[AUDIENCE]), id="several audiences"),
        pytest.param(_write() + b"\n", id="a line after the object"),
        pytest.param(_write(sub="usxr").replace(b"usxr", rb"us\u0065r"), id="an escaped character"),
        pytest.param(_write(sub="zoë"), id="letters beyond ASCII"),
        pytest.param(_write(sid=""), id="an empty text"),
        pytest.param(_write(csrf="C" * 22), id="a CSRF digest whose unused bits are set"),
        pytest.param(_write(ver=10**15), id="an integer with sixteen digits"),
        pytest.param(_write(ver=7).replace(b'"ver":7', b'"ver":-0'), id="a negative zero"),
        pytest.param(_write(ver=7).replace(b'"ver":7', b'"ver":7.0'), id="a fraction"),
        pytest.param(_write(ver=7).replace(b'"ver":7', '"ver":\u0667'.encode()), id="a digit of another script"),
    ],
)
def test_all_else_is_left_to_strict_json(payload: bytes) -> None:
    assert _read(payload) is None


def test_they_are_left_to_strict_json_where_the_audience_could_be_read_in_two_ways() -> None:
    for audience in ("käse", 'a"b', "a\\b", "a\0b"):
        payload = _write(aud=audience)
        issued = IssuedClaims(ISSUER, audience)
        assert _read(payload, issued) is None
        assert _read(payload.decode().encode("latin-1"), issued) is None
        assert _strictly(payload, audience) is not None
    odd = "a.b*c(d)[e]^f$g|h?i+j-k/l"
    assert _read(_write(aud=odd), IssuedClaims(ISSUER, odd)) is not None
    assert _read(_write(aud=odd.replace(".", "x")), IssuedClaims(ISSUER, odd)) is None


def test_the_lists_that_are_remembered_are_bounded() -> None:
    issued = IssuedClaims(ISSUER, AUDIENCE)
    for number in range(1000):
        read = _read(_write(roles=[f"role-{number}", "user"]), issued)
        assert read is not None
        assert read.every["roles"] == (f"role-{number}", "user")
    lists = [held for held in gc.get_referents(issued) if isinstance(held, dict)]
    assert [len(held) <= 64 for held in lists] == [True]
