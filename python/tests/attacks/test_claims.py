"""Attacks 40 to 49 and 52: claims."""

from __future__ import annotations

import math

import pytest

from latchstring import ConfigurationError
from support import (
    AUDIENCE,
    CSRF_TOKEN,
    ISSUER,
    KEY,
    LEFT_OUT,
    NOW,
    claims,
    dumps,
    generate,
    judge,
    token,
    token_of,
    verifier_of,
)

REQUIRED = ["exp", "iss", "aud", "sub", "sid", "ver", "jti", "iat", "client_id", "auth_time", "amr", "roles"]


@pytest.mark.parametrize("name", REQUIRED)
def test_attack_40_claims_that_are_missing(name: str) -> None:
    assert judge(token({name: LEFT_OUT})) == "token_malformed"
    assert judge(token({name: None})) == "token_malformed"


LATER = str(NOW + 890)
VALUES = [f'"{LATER}"', f"{LATER}.5", f"{LATER}.0", "1.8e9", "-1", "-0", "1e999", "true", f"[{LATER}]", "{}", "null"]
BEYOND = ["9007199254740992", "99999999999999999999"]


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "auth_time", "ver"])
@pytest.mark.parametrize("value", VALUES + BEYOND)
def test_attack_41_times_of_the_wrong_type(name: str, value: str) -> None:
    payload = dumps(claims(nbf=NOW - 10, **{name: "HERE"})) if name != "nbf" else dumps(claims(nbf="HERE"))
    assert judge(token_of(payload.replace('"HERE"', value))) == "token_malformed"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "0x6b49d200", "01800000890", "1_800_000_890", "+1800000890"]
)
def test_attack_41_what_is_no_number(value: str) -> None:
    assert judge(token_of(dumps(claims(exp="HERE")).replace('"HERE"', value))) == "token_malformed"


def at(now: float = NOW, **changes: object) -> str:
    return judge(token(changes), verifier_of(clock_tolerance=30, now=lambda: now))


def test_attack_42_times_beyond_the_tolerance() -> None:
    assert at(exp=NOW - 29) == "accept"
    assert at(exp=NOW - 30) == "token_expired"
    assert at(exp=0) == "token_expired"
    assert at(nbf=NOW + 30) == "accept"
    assert at(nbf=NOW + 31) == "token_not_yet_valid"
    assert at(iat=NOW + 30) == "accept"
    assert at(iat=NOW + 31) == "token_not_yet_valid"
    assert at(iat=NOW + 10 * 365 * 86_400, exp=NOW + 20 * 365 * 86_400) == "token_not_yet_valid"


def test_attack_42_a_token_that_was_seen_before_expires_all_the_same() -> None:
    now = float(NOW)
    verifier = verifier_of(clock_tolerance=0, now=lambda: now)
    text = token({"exp": NOW + 5})
    assert judge(text, verifier) == "accept"
    now = NOW + 4.999
    assert judge(text, verifier) == "accept"
    now = NOW + 5
    assert judge(text, verifier) == "token_expired"
    now = NOW - 3600
    assert judge(text, verifier) == "token_not_yet_valid"


@pytest.mark.parametrize("tolerance", [61, 300, -1, math.inf, math.nan, "5", True, None])
def test_attack_43_a_tolerance_over_60_seconds_is_refused(tolerance: object) -> None:
    with pytest.raises(ConfigurationError, match="NTP"):
        verifier_of(clock_tolerance=tolerance)


@pytest.mark.parametrize(
    "iss",
    [
        "https://auth.example.co",
        "https://auth.example.com.attacker.example",
        "https://auth.example.com/",
        "https://auth.example.com/realm",
        "https://AUTH.example.com",
        "HTTPS://auth.example.com",
        "http://auth.example.com",
        "https://auth.example.com:443",
        "https://auth.example.com ",
        "https://attacker.example/https://auth.example.com",
        "auth.example.com",
        "https://\u0430uth.example.com",
    ],
)
def test_attack_44_the_issuer_is_that_very_string(iss: str) -> None:
    assert judge(token({"iss": iss})) == "token_wrong_issuer"


@pytest.mark.parametrize("iss", [[ISSUER], [ISSUER, "https://attacker.example"], "", 1, {}, None])
def test_attack_44_an_issuer_that_is_no_text(iss: object) -> None:
    assert judge(token({"iss": iss})) == "token_malformed"


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        "https://api.example.com/",
        "https://api.example.co",
        "https://api.example.com.attacker.example",
        [],
        ["https://other.example.com"],
        ["https://api.example.com/v1", "api.example.com"],
    ],
)
def test_attack_45_the_audience_is_that_very_member(aud: object) -> None:
    assert judge(token({"aud": aud})) == "token_wrong_audience"


@pytest.mark.parametrize("aud", [1, "", {"0": AUDIENCE}, [1], [AUDIENCE, 1], [[AUDIENCE]], [AUDIENCE, ""]])
def test_attack_45_an_audience_of_the_wrong_type(aud: object) -> None:
    assert judge(token({"aud": aud})) == "token_malformed"


def test_attack_45_a_list_with_the_audience_among_others_is_taken() -> None:
    assert judge(token({"aud": ["https://other.example.com", AUDIENCE]})) == "accept"


@pytest.mark.parametrize(
    "typ",
    [
        "JWT",
        "id+jwt",
        "refresh+jwt",
        "reset+jwt",
        "email+jwt",
        "dpop+jwt",
        "logout+jwt",
        "revocations+jwt",
        "",
        "AT+JWT",
        "at+jwt ",
        "application/JWT",
        LEFT_OUT,
    ],
)
def test_attack_46_tokens_for_other_uses(typ: object) -> None:
    assert judge(token(header={"typ": typ})) == "token_wrong_type"


@pytest.mark.parametrize("typ", [None, ["at+jwt"], 1])
def test_attack_46_a_type_that_is_no_text(typ: object) -> None:
    assert judge(token(header={"typ": typ})) == "token_malformed"


def test_attack_46_both_spellings_of_the_media_type_are_taken_and_a_csrf_token_is_not() -> None:
    assert judge(token(header={"typ": "application/at+jwt"})) == "accept"
    assert judge(CSRF_TOKEN) == "token_malformed"


def test_attack_47_a_refresh_token_is_no_access_token() -> None:
    # A refresh token is opaque: about 130 letters of base64url without a dot, or with another number of parts.
    assert judge("l1" * 65) == "token_malformed"
    assert judge(f"{'A' * 86}.{'B' * 43}") == "token_malformed"


@pytest.mark.parametrize("sub", ["", 1, ["user"], {}, True])
def test_attack_48_subjects(sub: object) -> None:
    assert judge(token({"sub": sub})) == "token_malformed"


def test_attack_48_a_subject_that_is_a_client() -> None:
    assert judge(token({"sub": "native"})) == "token_malformed"
    assert judge(token({"sub": "web", "client_id": "web"})) == "token_malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sid", ""),
        ("sid", 5),
        ("jti", ""),
        ("client_id", ""),
        ("roles", "admin"),
        ("roles", {"admin": True}),
        ("roles", ["admin", 1]),
        ("roles", ["admin", ""]),
        ("roles", [["admin"]]),
        ("amr", "pwd"),
        ("csrf", ""),
        ("csrf", 1),
        ("csrf", None),
        ("csrf", "AAAA"),
        ("csrf", "A" * 21 + "B"),
        ("csrf", "A" * 43),
    ],
)
def test_attack_48_claims_of_the_wrong_type(name: str, value: object) -> None:
    assert judge(token({name: value})) == "token_malformed"


def test_attack_49_environments_do_not_mix() -> None:
    staging = generate("ES256", "staging")
    assert judge(token(key=staging)) == "token_untrusted"
    assert judge(token(header={"kid": KEY.kid}, key=staging)) == "token_untrusted"
    assert judge(token({"iss": "https://auth.staging.example.com"})) == "token_wrong_issuer"


def test_attack_49_a_verifier_does_not_know_what_another_one_has_seen() -> None:
    production = verifier_of()
    text = token({"aud": "https://staging.example.com"})
    assert judge(text, verifier_of(audience="https://staging.example.com")) == "accept"
    assert judge(text, production) == "token_wrong_audience"


@pytest.mark.parametrize("cnf", [{"jkt": "AAAA"}, {"x5t#S256": "AAAA"}, {}, None, "x"])
def test_attack_52_a_token_that_is_bound_to_a_key_is_no_bearer_token(cnf: object) -> None:
    assert judge(token({"cnf": cnf})) == "token_untrusted"
