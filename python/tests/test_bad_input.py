"""Requests that no browser makes: a code, and never an exception that reaches the application."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latchstring import AsgiFacts, HeaderFacts, StrictJsonError, VerificationError, WsgiFacts
from latchstring.guard import refusal_of
from latchstring.strict_json import parse_strict_json
from support import COOKIE, COOKIE_CLAIMS, KEY, base64url, bearer, request, token, token_of, verdict, verifier_of

VERIFIER = verifier_of()
BEARER = token()
COOKIE_TOKEN = token(COOKIE_CLAIMS)


def check(facts: Any) -> str:
    return verdict(lambda: VERIFIER.verify_request(facts))


@pytest.mark.parametrize("name", ["authorization", "cookie"])
@pytest.mark.parametrize("filling", ["A", ".", "Bearer ", ",", ";", "=", f"{COOKIE}", f"{COOKIE}=;", " ", "\xff", "\0"])
def test_a_header_of_1_mb(name: str, filling: str) -> None:
    value = (filling * 1_000_000)[:1_000_000]
    refused = {"token_malformed", "credentials_ambiguous", "credentials_missing"}
    assert check(request({name: value})) in refused
    assert check(request({name: f"Bearer {value}"})) in refused
    assert check(request({name: f"{COOKIE}={value}"})) in refused


def test_10_000_cookies() -> None:
    others = "; ".join(f"c{number}=v" for number in range(10_000))
    assert check(request({"cookie": others})) == "credentials_missing"
    assert check(request({"cookie": f"{others}; {COOKIE}={COOKIE_TOKEN}; {others}"})) == "accept"
    assert check(request({"cookie": f"{COOKIE}=x; " * 10_000})) == "credentials_ambiguous"
    # Names that begin or end alike are others.
    alike = "; ".join(f"x{COOKIE}=a; {COOKIE}x=b; {COOKIE}" for _ in range(1000))
    assert check(request({"cookie": f"{alike}; {COOKIE}={COOKIE_TOKEN}"})) == "accept"


def test_attack_65_a_malformed_cookie_is_refused_and_not_passed_over() -> None:
    for value in ("", "x", "..", '"quoted"', "%7B%7D", "\ud800"):
        assert check(request({"cookie": f"{COOKIE}={value}"})) == "token_malformed"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\x00", bytes(range(1, 256))])
def test_bytes_that_are_no_utf_8(data: bytes) -> None:
    for value in (b"Bearer " + data, b"Bearer " + BEARER.encode() + data):
        scope = {"type": "http", "method": "GET", "headers": [(b"authorization", value)]}
        assert check(AsgiFacts(scope)) in {"token_malformed", "credentials_ambiguous"}
        environ = {"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": value.decode("latin-1")}
        assert check(WsgiFacts(environ)) in {"token_malformed", "credentials_ambiguous"}
    cookie = f"{COOKIE}=".encode() + data + b"; x=" + data
    assert check(AsgiFacts({"type": "http", "method": "GET", "headers": [(b"cookie", cookie)]})) == "token_malformed"
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"cookie", f"{COOKIE}={COOKIE_TOKEN}".encode()), (b"origin", data), (b"x-csrf-token", data)],
    }
    assert check(AsgiFacts(scope)) == "csrf_failed"


def test_facts_of_asgi_and_wsgi() -> None:
    pair = (b"authorization", f"Bearer {BEARER}".encode())
    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [pair]}
    assert check(AsgiFacts(scope)) == "accept"
    assert check(AsgiFacts({**scope, "headers": [pair, pair]})) == "credentials_ambiguous"
    assert check(AsgiFacts({**scope, "headers": []})) == "credentials_missing"
    # HTTP/2 sends cookies one by one.
    cookies = [(b"cookie", b"a=b"), (b"cookie", f"{COOKIE}={COOKIE_TOKEN}".encode())]
    assert check(AsgiFacts({**scope, "headers": cookies})) == "accept"
    socket = {"type": "websocket", "headers": cookies}
    assert check(AsgiFacts(socket)) == "csrf_failed"
    assert check(AsgiFacts({**socket, "headers": [*cookies, (b"origin", b"https://app.example.com")]})) == "accept"
    assert check(AsgiFacts({**socket, "headers": [pair]})) == "accept"
    assert check(WsgiFacts({"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": f"Bearer {BEARER}"})) == "accept"
    assert check(WsgiFacts({})) == "credentials_missing"
    assert WsgiFacts({"HTTP_X_OTHER": "1"}).header("x-other") == "1"
    assert HeaderFacts("GET", [("A", "1"), ("a", "2"), ("B", "3")]).header("a") == ["1", "2"]


text = st.text(st.characters(), max_size=60)
values = st.one_of(
    st.none(),
    text,
    st.lists(text, max_size=3),
    text.map(lambda tail: f"Bearer {tail}"),
    text.map(lambda tail: f"{COOKIE}={tail}"),
)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["GET", "POST", "", "\ud800"]), st.tuples(*[values] * 6))
def test_any_request_is_answered_with_a_code(method: str, found: tuple[Any, ...]) -> None:
    names = ("authorization", "cookie", "origin", "x-csrf-token", "upgrade", "sec-fetch-site")
    headers = {name: value for name, value in zip(names, found, strict=True) if value is not None}
    assert check(request(headers, method)) != "accept"
    with_token = {**headers, "authorization": None, "cookie": f"{COOKIE}={COOKIE_TOKEN}"}
    check(request({name: value for name, value in with_token.items() if value is not None}, method))


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes_in_a_token_are_answered_with_a_code(header: bytes, payload: bytes) -> None:
    assert check(bearer(f"{base64url(header)}.{base64url(payload)}.AAAA")) in {
        "token_malformed",
        "token_wrong_type",
        "token_untrusted",
    }
    assert check(bearer(token_of(payload))) == "token_malformed"


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4),
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(json_values, st.booleans(), st.sampled_from([None, 1]))
def test_strict_json_reads_what_json_writes(value: object, ensure_ascii: bool, indent: int | None) -> None:
    written = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    assert parse_strict_json(written) == value
    assert parse_strict_json(written.encode()) == value


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(st.sampled_from('{}[]",:\\u0123456789-+.eEtrufalsn \n')), st.binary(max_size=80)))
def test_strict_json_refuses_with_a_code_whatever_comes(data: Any) -> None:
    code = "none"
    try:
        parse_strict_json(data)
    except StrictJsonError as error:
        code = error.code
    assert code in {"none", "syntax", "encoding", "duplicate_name", "depth", "number"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "syntax"),
        ("{", "syntax"),
        ("NaN", "syntax"),
        ("[Infinity]", "syntax"),
        ("01", "syntax"),
        ("1.", "syntax"),
        ("\ufeff1", "syntax"),
        ("\x0b1", "syntax"),
        ('"\n"', "syntax"),
        ("1 2", "syntax"),
        ("9" * 5000 + "x", "syntax"),
        (b"\xff", "encoding"),
        ('"\\ud800"', "encoding"),
        ('"\ud800"', "encoding"),
        ('{"\\udfff":1}', "encoding"),
        ('{"a":1,"a":1}', "duplicate_name"),
        ('[{"a":{"b":1,"\\u0062":1}}]', "duplicate_name"),
        ("[" * 33 + "]" * 33, "depth"),
        ("[" * 100_000 + "]" * 100_000, "depth"),
        ("1e400", "number"),
        ("-0", "number"),
        ("-0.0", "number"),
        ("[-0e1]", "number"),
        ("9007199254740992", "number"),
        ("9007199254740993.0", "number"),
        ("9" * 5000, "number"),
        ("-" + "9" * 5000, "number"),
    ],
)
def test_strict_json_names_the_rule(written: Any, code: str) -> None:
    with pytest.raises(StrictJsonError) as refused:
        parse_strict_json(written)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


def test_a_refusal_becomes_an_answer() -> None:
    """C5: the same bytes as the adapters for Node send."""
    told: list[tuple[str, str]] = []
    with pytest.raises(VerificationError) as refused:
        VERIFIER.verify_request(bearer(token({"exp": 1})))
    refusal = refusal_of(refused.value, lambda error, trace: told.append((error.code, trace)))
    trace = refusal.headers["x-trace-id"]
    assert told == [("token_expired", trace)]
    assert refusal.status == 401
    assert dict(refusal.headers) == {
        "www-authenticate": 'Bearer error="invalid_token", error_description="token_expired"',
        "content-type": "application/problem+json",
        "cache-control": "no-store",
        "x-trace-id": trace,
    }
    assert refusal.exposed == "WWW-Authenticate, Retry-After, X-Trace-Id"
    assert refusal.body.decode() == (
        '{"type":"urn:latchstring:token_expired","title":"The access token has expired","status":401,"code":"token_expired",'
        f'"detail":"The token has expired.","trace_id":"{trace}"}}'
    )


def test_no_key_is_made_from_what_a_token_says() -> None:
    """Attack 5: nothing is opened or fetched. Whatever a kid names, it is only compared."""
    assert check(bearer(token(header={"kid": os.devnull, "jku": f"file://{os.devnull}"}))) == "token_untrusted"
    assert check(bearer(token(header={"kid": KEY.kid}))) == "accept"
