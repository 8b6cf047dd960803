"""Attacks 23 to 39: the form of tokens, and how they travel."""

from __future__ import annotations

import gzip
import string
import time
from collections.abc import Sequence

import pytest

from support import (
    APP,
    AUDIENCE,
    COOKIE,
    COOKIE_CLAIMS,
    KEY,
    Json,
    base64url,
    bearer,
    claims,
    dumps,
    judge,
    request,
    token,
    token_of,
    token_under,
    verdict,
    verifier_of,
)

HEADER = f'"alg":"ES256","kid":"{KEY.kid}","typ":"at+jwt"'
PAYLOAD = dumps(claims())
LETTERS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


def with_member(member: str) -> str:
    return PAYLOAD.replace("{", "{" + member + ",", 1)


@pytest.mark.parametrize("crit", [["exp"], ["x"], [], ["alg"], ["b64"], "exp", None, {}, 0, [""]])
def test_attack_23_critical_extensions(crit: object) -> None:
    assert judge(token(header={"crit": crit})) == "token_malformed"
    assert judge(token(header={"crit": crit, "exp": 1, "x": 1})) == "token_malformed"


@pytest.mark.parametrize("b64", [False, True, "false", None])
def test_attack_24_b64(b64: object) -> None:
    assert judge(token(header={"b64": b64})) == "token_malformed"
    assert judge(token(header={"b64": b64, "crit": ["b64"]})) == "token_malformed"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(token_under(f'{{{HEADER},"alg":"ES256"}}'), id="in the header"),
        pytest.param(token_under(f'{{"alg":"none",{HEADER}}}'), id="in the header, the first being none"),
        pytest.param(token_under(f'{{{HEADER},"\\u0061lg":"none"}}'), id="in the header, with an escape"),
        pytest.param(token_of(with_member('"sub":"somebody-else"')), id="in the claims"),
        pytest.param(token_of(with_member('"ver":1')), id="in the claims, the same value"),
        pytest.param(token_of(with_member('"s\\u0075b":"somebody-else"')), id="in the claims, with an escape"),
        pytest.param(token_of(with_member('"extra":{"a":1,"a":2}')), id="deep inside a claim"),
    ],
)
def test_attack_25_duplicate_names(text: str) -> None:
    assert judge(text) == "token_malformed"


@pytest.mark.parametrize("value", ["1", '"a"', "[]", '["a","b"]', '[["a"],{"a":"b"}]', "{}", "1.5", "null", '"a:\\\\"'])
def test_attack_25_duplicates_of_every_claim_with_values_of_every_kind(value: str) -> None:
    for name, own in claims(**COOKIE_CLAIMS).items():
        before = dumps(claims(**COOKIE_CLAIMS)).replace("{", f'{{"{name}":{value},', 1)
        after = f'{dumps(claims(**COOKIE_CLAIMS))[:-1]},"{name}":{dumps(own)}}}'
        assert (judge(token_of(before)), judge(token_of(after))) == ("token_malformed", "token_malformed")


def test_attack_25_every_way_to_write_the_same_claims_is_read_alike() -> None:
    members = claims(aud=[AUDIENCE, "https://other.example.com"], roles=[], ver=0, **COOKIE_CLAIMS)
    expected = verifier_of().verify_token(token_of(dumps(members)))
    for text in (
        dumps(members).replace(":", ": ", 1),
        dumps(members) + "\n",
        dumps(members).replace('"sub"', '"s\\u0075b"'),
        dumps(dict(reversed(list(members.items())))),
    ):
        assert verifier_of().verify_token(token_of(text)) == expected


@pytest.mark.parametrize("ver", ["-0", "-1", "9007199254740992", "1.0", "1e0", "true", "NaN", "9" * 5000])
def test_attack_25_numbers_that_parsers_read_in_several_ways(ver: str) -> None:
    assert judge(token_of(PAYLOAD.replace('"ver":1', f'"ver":{ver}'))) == "token_malformed"
    assert judge(token_of(PAYLOAD.replace('"ver":1', '"ver":9007199254740991'))) == "accept"


def test_attack_26_other_serialisations() -> None:
    header, payload, signature = token().split(".")
    for text in (
        dumps({"protected": header, "payload": payload, "signature": signature}),
        dumps({"payload": payload, "signatures": [{"protected": header, "signature": signature}]}),
        f'{{"a":"{token()}"}}',
        # CVE-2022-39227.
        f'{{"protected":"{header}"}}.{payload}.{signature}',
        f'{header}.{{"x":1}}.{signature}',
        dumps([token()]),
        dumps(token()),
    ):
        assert judge(text) == "token_malformed"


@pytest.mark.parametrize("alg", ["ECDH-ES", "dir", "RSA-OAEP"])
def test_attack_27_an_encrypted_token(alg: str) -> None:
    header = base64url(dumps({"alg": alg, "enc": "A256GCM", "kid": KEY.kid}))
    assert judge(f"{header}.AAAA.AAAA.AAAA.AAAA") == "token_malformed"
    assert judge(token(header={"alg": alg, "enc": "A256GCM"})) == "token_untrusted"
    assert judge(f"{token()}..") == "token_malformed"
    assert judge(f"{token()}.") == "token_malformed"


def test_attack_28_a_compressed_bomb() -> None:
    bomb = gzip.compress(bytes(1_000_000))
    header = base64url('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')
    assert judge(f"{header}..AAAA.{base64url(bomb)}.AAAA") == "token_malformed"
    assert judge(token_of(bomb, {"zip": "DEF"})) == "token_malformed"


def test_attack_29_a_huge_count_of_iterations() -> None:
    header: Json = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647, "p2s": "AAAAAAAAAAA"}
    assert judge(f"{base64url(dumps(header))}.AAAA.AAAA.AAAA.AAAA") == "token_malformed"
    assert judge(token(header=header)) == "token_untrusted"


@pytest.mark.parametrize("cty", ["JWT", "jwt", "application/jwt"])
def test_attack_30_a_nested_token(cty: str) -> None:
    assert judge(token_of(token(), {"cty": cty})) == "token_malformed"
    assert judge(token_of(PAYLOAD, {"cty": cty})) == "token_malformed"
    assert judge(token_of(dumps(token()))) == "token_malformed"


@pytest.mark.parametrize(
    "insert",
    [
        " ",
        "\n",
        "\r\n",
        "\t",
        "=",
        "==",
        "+",
        "/",
        "?",
        "\0",
        "\xe9",
        "\u0141",
        "\U0001f600",
        "%41",
        ".",
        "\xa0",
        "~",
        "\ud800",
    ],
    ids=ascii,
)
def test_attack_31_only_the_letters_of_base64url(insert: str) -> None:
    whole = token()
    ends = [-1, *(at for at, char in enumerate(whole) if char == "."), len(whole)]
    places = {end + step for end in ends for step in (0, 1, 5, 6) if 0 <= end + step <= len(whole)}
    for at in places:
        assert judge(whole[:at] + insert + whole[at:]) == "token_malformed"


def test_attack_31_letters_of_the_other_alphabet_in_the_place_of_their_twins() -> None:
    found = 0
    while found < 2:
        text = token({"x": "~~~???>>>"})
        other = text.replace("-", "+").replace("_", "/")
        if other != text:
            found += 1
            assert judge(other) == "token_malformed"


def test_attack_31_padding_of_a_part_to_a_multiple_of_four() -> None:
    parts = [part + "=" * (-len(part) % 4) for part in token_of(f"{PAYLOAD} ").split(".")]
    assert judge(".".join(parts)) == "token_malformed"


def stray(part: str) -> str:
    return part[:-1] + LETTERS[LETTERS.index(part[-1]) + 1]


def test_attack_32_stray_bits_at_the_end() -> None:
    # 64 bytes fill 86 letters with 4 bits left over, which are zero in the canonical form.
    header, payload, signature = token().split(".")
    assert judge(f"{header}.{payload}.{stray(signature)}") == "token_malformed"
    uneven = next(text for text in (base64url(PAYLOAD + " " * n) for n in range(3)) if len(text) % 4)
    assert judge(f"{header}.{stray(uneven)}.{signature}") == "token_malformed"


@pytest.mark.parametrize("signature", ["A", "AB"])
def test_attack_32_a_single_letter_is_no_byte(signature: str) -> None:
    assert judge(f"{token().rpartition('.')[0]}.{signature}") == "token_malformed"


JSON = PAYLOAD.encode()
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(BOM + JSON, id="a byte order mark"),
        pytest.param(PAYLOAD.encode("utf-16-le"), id="UTF-16LE"),
        pytest.param(PAYLOAD.encode("utf-16"), id="UTF-16LE with a mark"),
        pytest.param(PAYLOAD.encode("utf-32-le"), id="UTF-32"),
        pytest.param(PAYLOAD.replace("user", "us\xe9r").encode("latin-1"), id="an invalid byte in a claim"),
        pytest.param(JSON[:-1] + b",\xc0\xa2", id="an overlong quote"),
        pytest.param(PAYLOAD.replace("user", "\\ud800").encode(), id="a lone surrogate as an escape"),
        pytest.param(PAYLOAD.replace("user", "\\udc00\\ud800").encode(), id="surrogates in the wrong order"),
        pytest.param(with_member('"\\udc00":1').encode(), id="a lone surrogate in a name"),
        pytest.param(with_member('"a":"').encode() + b"\xed\xa0\x80", id="a surrogate in UTF-8"),
    ],
)
def test_attack_33_only_utf_8_without_a_mark(payload: bytes) -> None:
    assert judge(token_of(payload)) == "token_malformed"


def test_attack_33_in_the_header() -> None:
    assert judge(token_under(BOM + f"{{{HEADER}}}".encode())) == "token_malformed"
    assert judge(token_under(f'{{{HEADER},"x":"\\ud800"}}')) == "token_malformed"
    assert judge(token_under(f'{{{HEADER},"x":"\xe9"}}'.encode("latin-1"))) == "token_malformed"
    assert judge(token_under(f'{{{HEADER},"x":"\xe9\U0001f600\\ud83d\\ude00"}}')) == "accept"


@pytest.mark.parametrize(
    "payload",
    [
        "[]",
        "[{}]",
        '"text"',
        "1",
        "null",
        "true",
        "",
        " ",
        "{",
        "{}x",
        f"[{PAYLOAD}]",
        f"{PAYLOAD}{PAYLOAD}",
        "NaN",
        "{'a':1}",
    ],
)
def test_attack_34_a_payload_that_is_no_object(payload: str) -> None:
    assert judge(token_of(payload)) == "token_malformed"


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param("[" * 100_000, id="100,000 arrays"),
        pytest.param('{"a":' + "[" * 2500 + "]" * 2500 + "}", id="arrays as deep as the length allows"),
        pytest.param('{"a":' * 800 + "1" + "}" * 800, id="objects as deep as the length allows"),
        pytest.param(with_member('"a":' + "[" * 32 + "]" * 32), id="arrays one deeper than the bound"),
        pytest.param(with_member('"x":1e400'), id="1e400"),
        pytest.param(with_member('"x":-0'), id="-0"),
        pytest.param(with_member('"x":-0.0'), id="-0.0"),
        pytest.param(with_member('"x":[{"y":-0}]'), id="-0 deep inside"),
        pytest.param(with_member('"x":9007199254740993'), id="an integer beyond 2^53"),
        pytest.param(with_member('"x":1e20'), id="an integer beyond 2^53 with an exponent"),
        pytest.param(with_member('"x":' + "9" * 3000), id="a number of 3,000 digits"),
        pytest.param(with_member('"x":' + "9" * 5000), id="a number of 5,000 digits"),
        pytest.param(with_member('"x":NaN'), id="NaN"),
        pytest.param(with_member('"x":-Infinity'), id="-Infinity"),
    ],
)
def test_attack_35_structures_and_numbers_that_break_parsers(payload: str) -> None:
    assert judge(token_of(payload)) == "token_malformed"


def test_attack_35_in_the_header() -> None:
    assert judge(token_under(f'{{{HEADER},"x":{"[" * 2000}{"]" * 2000}}}')) == "token_malformed"
    assert judge(token_under(f'{{{HEADER},"x":1e999}}')) == "token_malformed"


def test_attack_35_numbers_within_the_bounds_are_taken() -> None:
    assert judge(token_of(with_member('"x":[0,-1,0.5,-0.5,1e-400,9007199254740991,"-0"]'))) == "accept"
    assert judge(token_of(with_member('"a":' + "[" * 31 + "]" * 31))) == "accept"


def test_attack_36_length_comes_first() -> None:
    started = time.perf_counter()
    assert judge("." * 1_000_000) == "token_malformed"
    assert judge("A" * 100_000_000) == "token_malformed"
    # Far above what a look at the length takes, far below what a look at the letters does.
    assert time.perf_counter() - started < 1


def test_attack_36_8_kib_are_taken_and_one_byte_more_is_not() -> None:
    filler = 5000
    while len(token({"x": "x" * filler})) < 8192:
        filler += 1
    exact = token({"x": "x" * filler})
    assert judge(exact) == ("accept" if len(exact) == 8192 else "token_malformed")
    assert judge(token({"x": "x" * (filler - 1)})) == "accept"
    assert judge(token({"x": "x" * (filler + 2)})) == "token_malformed"


@pytest.mark.parametrize("text", ["", ".", "..", "...", "a", "a.b", "a.b.c.d"])
def test_attack_36_what_has_no_three_parts_of_a_token(text: str) -> None:
    assert judge(text) == "token_malformed"


@pytest.mark.parametrize(
    "member",
    [
        '"__proto__":{"admin":true,"roles":["admin"]}',
        '"constructor":{"prototype":{"admin":true}}',
        '"__class__":"Admin","__dict__":{"roles":["admin"]}',
        '"extra":{"__proto__":{"admin":true}}',
    ],
)
def test_attack_37_no_pollution(member: str) -> None:
    principal = verifier_of().verify_request(bearer(token_of(with_member(member))))
    assert principal.roles == ("user",)
    assert not principal.has_role("admin")
    assert not hasattr(principal, "admin")
    with pytest.raises(AttributeError):
        principal.roles = ("admin",)  # type: ignore[misc]
    with pytest.raises(TypeError):
        principal.claims["roles"] = ("admin",)  # type: ignore[index]


BEARER = token()
COOKIE_TOKEN = token(COOKIE_CLAIMS)
Headers = dict[str, str | Sequence[str]]


def check(headers: Headers) -> str:
    return verdict(lambda: verifier_of().verify_request(request(headers)))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(
            {"authorization": f"Bearer {BEARER}", "cookie": f"{COOKIE}={COOKIE_TOKEN}"}, id="header and cookie"
        ),
        pytest.param(
            {"authorization": f"Bearer {COOKIE_TOKEN}", "cookie": f"{COOKIE}={COOKIE_TOKEN}"}, id="the same token"
        ),
        pytest.param({"authorization": f"Bearer {BEARER}", "cookie": f"{COOKIE}="}, id="a header and an empty cookie"),
        pytest.param({"authorization": [f"Bearer {BEARER}", f"Bearer {BEARER}"]}, id="two headers"),
        pytest.param({"authorization": ["Basic eDp5", f"Bearer {BEARER}"]}, id="two headers of different schemes"),
        pytest.param({"authorization": f"Bearer {BEARER}, Bearer {BEARER}"}, id="two tokens in one header"),
        pytest.param({"authorization": f"Bearer {BEARER},Bearer {BEARER}"}, id="joined without a space"),
        pytest.param({"authorization": f"Basic eDp5, Bearer {BEARER}"}, id="another scheme before it"),
        pytest.param({"cookie": f"{COOKIE}={COOKIE_TOKEN}; {COOKIE}={COOKIE_TOKEN}"}, id="two cookies"),
        pytest.param({"cookie": f"{COOKIE}=x; a=b;{COOKIE}={COOKIE_TOKEN}"}, id="two cookies, one of them broken"),
        pytest.param({"cookie": [f"{COOKIE}=x", f"{COOKIE}={COOKIE_TOKEN}"]}, id="two cookie headers"),
        pytest.param({"authorization": f"Bearer {COOKIE_TOKEN}"}, id="a cookie token in the header"),
        pytest.param({"cookie": f"{COOKIE}={BEARER}"}, id="a bearer token in the cookie"),
    ],
)
def test_attack_38_two_tokens_in_one_request(headers: Headers) -> None:
    assert check(headers) == "credentials_ambiguous"


def test_attack_38_one_token_in_its_channel_is_taken_in_any_case_of_the_scheme() -> None:
    for scheme in ("Bearer ", "bearer ", "BEARER   "):
        assert check({"authorization": f"{scheme}{BEARER}"}) == "accept"
    assert check({"cookie": f"a=b; {COOKIE}={COOKIE_TOKEN}"}) == "accept"
    assert check({"authorization": "Basic eDp5", "cookie": f"{COOKIE}={COOKIE_TOKEN}"}) == "accept"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer\tx", "Bearer  ", "bearer=x", f"Bearer {BEARER} {BEARER}"]
)
def test_attack_38_a_broken_credential_does_not_count_as_none(header: str) -> None:
    assert check({"authorization": header}) == "token_malformed"


def test_attack_39_a_token_in_the_query_string_or_the_body_is_never_read() -> None:
    asked: list[str] = []

    class Everywhere:
        method = "POST"
        url = f"/me?access_token={BEARER}#access_token={BEARER}"
        body = f"access_token={BEARER}"

        def header(self, name: str) -> str | None:
            asked.append(name)
            return {"referer": f"{APP}/?access_token={BEARER}", "x-access-token": BEARER}.get(name)

    assert verdict(lambda: verifier_of().verify_request(Everywhere())) == "credentials_missing"
    assert set(asked) == {"authorization", "cookie"}
