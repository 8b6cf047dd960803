"""Attacks 1 to 7: algorithms, and keys that a token brings."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from fakes import JsonIssuer
from latchstring import ConfigurationError, RemoteKeys
from support import (
    ALL,
    KEY,
    LEFT_OUT,
    NOW,
    Json,
    Key,
    base64url,
    claims,
    compact,
    dumps,
    generate,
    hmac_signer,
    judge,
    judge_jws,
    token,
    verifier_of,
)

RSA = generate("RS256")
ATTACKER = generate("ES256", "attacker")


@pytest.mark.parametrize("alg", ALL)
def test_every_algorithm_that_is_allowed_works(alg: str) -> None:
    key = generate(alg)
    assert judge(token(key=key), verifier_of([key.jwk], algorithms=[alg])) == "accept"


def test_hs256_with_a_secret() -> None:
    secret = os.urandom(32)
    text = compact('{"alg":"HS256","kid":"any","typ":"at+jwt"}', dumps(claims()), hmac_signer(secret))
    assert judge(text, verifier_of(secret=secret)) == "accept"
    assert judge(text, verifier_of(secret=os.urandom(32))) == "token_untrusted"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "none ", ""])
def test_attack_1_none_is_no_algorithm(alg: str) -> None:
    text = token(header={"alg": alg})
    assert judge(text) == "token_untrusted"
    assert judge(f"{text.rpartition('.')[0]}.") == "token_untrusted"


@pytest.mark.parametrize("alg", [LEFT_OUT, None, ["none"], 1, {}])
def test_attack_1_an_algorithm_that_is_no_text(alg: object) -> None:
    assert judge(token(header={"alg": alg})) == "token_malformed"


def forms(key: Key) -> list[tuple[str, bytes]]:
    pem = key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    found = [
        ("PEM", pem),
        ("PEM without its last newline", pem.rstrip()),
        ("PEM with CRLF", pem.replace(b"\n", b"\r\n")),
        ("DER", der),
        ("DER with a newline after it", der + b"\n"),
        ("JWK", dumps(key.jwk).encode()),
        ("SSH", key.public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)),
    ]
    if key.alg.startswith("RS"):
        found.append(("DER of PKCS #1", key.public.public_bytes(Encoding.DER, PublicFormat.PKCS1)))
    return found


FORMS = [pytest.param(key, secret, id=f"{key.alg} {name}") for key in (KEY, RSA) for name, secret in forms(key)]


@pytest.mark.parametrize(("key", "secret"), FORMS)
def test_attack_2_a_public_key_is_no_shared_secret(key: Key, secret: bytes) -> None:
    for bits in (256, 384, 512):
        header = dumps({"alg": f"HS{bits}", "kid": key.kid, "typ": "at+jwt"})
        text = compact(header, dumps(claims()), hmac_signer(secret, bits))
        assert judge(text, verifier_of([KEY.jwk, RSA.jwk])) == "token_untrusted"
        # Not even where the algorithm is allowed: the key decides as well.
        assert judge_jws(text, KEY.jwk, RSA.jwk) == "token_untrusted"


@pytest.mark.parametrize(("key", "secret"), FORMS)
def test_attack_2_it_is_refused_as_a_secret_and_as_a_symmetric_key(key: Key, secret: bytes) -> None:
    with pytest.raises(ConfigurationError):
        verifier_of(secret=secret)
    jwk = {"kty": "oct", "kid": "k", "alg": "HS256", "k": base64url(secret)}
    assert judge_jws(compact('{"alg":"HS256","kid":"k"}', "{}", hmac_signer(secret)), jwk) == "token_untrusted"


@pytest.mark.parametrize(
    ("alg", "key_alg"), [("RS256", "PS256"), ("PS256", "RS256"), ("PS384", "PS256"), ("RS512", "RS256")]
)
def test_attack_3_the_key_names_its_algorithm(alg: str, key_alg: str) -> None:
    signer = generate(alg)
    text = token(header={"kid": "k"}, key=signer)
    assert judge_jws(text, {**signer.jwk, "kid": "k", "alg": key_alg}) == "token_untrusted"
    assert judge_jws(text, {**signer.jwk, "kid": "k", "alg": alg}) == "accept"


def test_attack_3_an_algorithm_that_fits_the_key_but_is_not_on_the_list() -> None:
    assert judge(token(), verifier_of(algorithms=["RS256"])) == "token_untrusted"


OWN_KEYS: list[Json] = [
    {"jwk": ATTACKER.jwk},
    {"jwk": ATTACKER.jwk, "kid": LEFT_OUT},
    {"jku": "https://attacker.example/jwks.json"},
    {"jku": "http://169.254.169.254/latest/meta-data"},
    {"x5u": "https://attacker.example/chain.pem"},
    {"x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA"},
]


@pytest.mark.parametrize("header", OWN_KEYS)
def test_attack_4_a_token_with_its_own_key_is_refused_without_a_call(header: Json) -> None:
    """Attacks 4 to 6: jwk, jku and x5u, certificates."""
    issuer = JsonIssuer(KEY.jwk, generate("ES256", "other").jwk)
    keys = RemoteKeys("https://auth.example.com/keys", fetch=issuer.fetch, now=lambda: NOW)
    verifier = verifier_of(keys=keys, revocations="none")
    assert judge(token(header=header, key=ATTACKER), verifier) == "token_untrusted"
    assert judge(token(header={"kid": KEY.kid, **header}, key=ATTACKER), verifier) == "token_untrusted"
    assert set(issuer.urls) == {"https://auth.example.com/keys"}


@pytest.mark.parametrize("header", OWN_KEYS)
def test_attack_6_what_a_token_brings_is_ignored_under_a_right_signature(header: Json) -> None:
    assert judge(token(header={**header, "kid": KEY.kid})) == "accept"


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/etc/passwd",
        "' UNION SELECT 'secret' --",
        "| sleep 5",
        "a\0b",
        "k" * 4000,
        "__proto__",
        "constructor",
        "__class__",
        "",
    ],
)
def test_attack_7_a_kid_is_a_name_and_nothing_else(kid: str) -> None:
    assert judge(token(header={"kid": kid})) == "token_untrusted"
    assert judge_jws(token(header={"kid": kid}), KEY.jwk) == "token_untrusted"


def test_attack_7_a_kid_of_10_kb_is_refused_by_length() -> None:
    assert judge(token(header={"kid": "k" * 10_000})) == "token_malformed"


@pytest.mark.parametrize("kid", [1, None, ["key-ES256"], {}, True])
def test_attack_7_a_kid_that_is_no_text(kid: object) -> None:
    assert judge(token(header={"kid": kid})) == "token_malformed"
