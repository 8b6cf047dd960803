"""The verifier as an application uses it."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latchstring import ConfigurationError, Principal, Requirements, VerificationError, parse_key_set
from latchstring.errors import ERRORS
from latchstring.keys import VerificationKey
from latchstring.waiting import Pending
from support import (
    APP,
    COOKIE,
    COOKIE_CLAIMS,
    CSRF_TOKEN,
    ISSUER,
    KEY,
    NOW,
    bearer,
    generate,
    judge,
    request,
    token,
    verdict,
    verifier_of,
)

TOKEN = token()
ALPHABET = "ABCXYZabcxyz0189-_=+/. \n\0é"


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(TOKEN)), removed=st.integers(0, 3), insert=st.text(ALPHABET, max_size=3))
def test_never_accepts_a_token_in_which_anything_was_changed(at: int, removed: int, insert: str) -> None:
    changed = TOKEN[:at] + insert + TOKEN[at + removed :]
    expected = {"accept"} if changed == TOKEN else {"token_malformed", "token_untrusted", "token_wrong_type"}
    assert judge(changed) in expected


@pytest.mark.parametrize("what", [None, 1, b"bytes", [], {}, object()])
def test_refuses_whatever_is_no_text_at_all(what: object) -> None:
    assert judge(what) == "token_malformed"


def test_checks_in_the_order_of_the_contract() -> None:
    """A6: form, type, algorithm, key, signature, claims."""
    other = generate("ES256", "other")
    assert judge(token({"exp": 1}, {"typ": "JWT", "alg": "none"})) == "token_wrong_type"
    assert judge(token({"exp": 1}, {"alg": "none", "crit": []})) == "token_untrusted"
    assert judge(token({"exp": 1}, {"crit": []}, other)) == "token_malformed"
    assert judge(token({"exp": 1}, key=other)) == "token_untrusted"
    assert judge(token({"exp": 1, "iss": "x", "sub": None})) == "token_malformed"
    assert judge(token({"exp": 1, "iat": NOW + 999, "iss": "x"})) == "token_expired"
    assert judge(token({"iat": NOW + 999, "iss": "x"})) == "token_not_yet_valid"
    assert judge(token({"iss": "x", "aud": "x"})) == "token_wrong_issuer"


def test_gives_a_frozen_principal() -> None:
    text = token({"roles": ["user", "editor"], "extra": {"list": [1, {"a": []}]}})
    principal = verifier_of().verify_request(bearer(text))
    assert (principal.roles, principal.mode) == (("user", "editor"), "bearer")
    assert (principal.subject, principal.session_id) == (principal.claims["sub"], principal.claims["sid"])
    assert principal.has_role("editor")
    assert not principal.has_role("admin")
    with pytest.raises(AttributeError):
        principal.subject = "x"  # type: ignore[misc]
    with pytest.raises(TypeError):
        principal.claims["extra"]["list"] = ()
    assert principal.claims["extra"]["list"][1]["a"] == ()
    cookie = request({"cookie": f"{COOKIE}={token(COOKIE_CLAIMS)}"})
    assert verifier_of().verify_request(cookie).mode == "cookie"


def test_what_was_seen_before_gives_the_same_principal() -> None:
    verifier = verifier_of()
    assert verifier.verify_request(bearer(TOKEN)) is verifier.verify_request(bearer(TOKEN))


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ({}, "accept"),
        ({"roles": "user"}, "accept"),
        ({"roles": ["user", "editor"]}, "accept"),
        ({"roles": ["user", "admin"]}, "role_missing"),
        ({"roles": "User"}, "role_missing"),
        ({"any_role": ["admin", "editor"]}, "accept"),
        ({"any_role": "admin"}, "role_missing"),
        ({"any_role": []}, "role_missing"),
        ({"roles": ["user"], "any_role": ["admin"]}, "role_missing"),
        ({"policy": lambda principal: principal.has_role("editor")}, "accept"),
        ({"policy": lambda principal: False}, "role_missing"),
        ({"policy": lambda principal: "yes"}, "role_missing"),
        ({"policy": lambda principal: None}, "role_missing"),
        ({"roles": "admin", "policy": lambda principal: True}, "role_missing"),
    ],
)
def test_requirements(requirements: dict[str, Any], expected: str) -> None:
    """C6: roles and policies are checked on every request."""
    verifier = verifier_of()
    text = token({"roles": ["user", "editor"]})
    # The second time the token is one that was seen before.
    for _ in range(2):
        assert verdict(lambda: verifier.verify_request(bearer(text), Requirements(**requirements))) == expected


async def asynchronous(_: Principal) -> bool:
    return True


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": asynchronous},
        {"policy": "admin"},
        {"roles": [1]},
        {"roles": [""]},
        {"any_role": [None]},
        {"on_stale": "opne"},
    ],
)
def test_requirements_that_are_wrong_are_refused_where_they_are_made(wrong: dict[str, Any]) -> None:
    """C6: a policy that could only ever be true is no policy."""
    with pytest.raises(ConfigurationError):
        Requirements(**wrong)


@pytest.mark.parametrize(
    ("facts", "code", "challenge"),
    [
        (request(), "credentials_missing", "Bearer"),
        (bearer("x"), "token_malformed", 'Bearer error="invalid_token", error_description="token_malformed"'),
        (bearer(token({"exp": 1})), "token_expired", 'Bearer error="invalid_token", error_description="token_expired"'),
        (
            bearer("a,b"),
            "credentials_ambiguous",
            'Bearer error="invalid_request", error_description="credentials_ambiguous"',
        ),
        (bearer(TOKEN), "role_missing", 'Bearer error="insufficient_scope", error_description="role_missing"'),
        (request({"cookie": f"{COOKIE}={token(COOKIE_CLAIMS)}"}, "POST"), "csrf_failed", None),
    ],
)
def test_every_refusal_has_its_status_its_challenge_and_its_problem_document(
    facts: Any, code: Any, challenge: str | None
) -> None:
    """C5: what a client may rely on."""
    with pytest.raises(VerificationError) as refused:
        verifier_of().verify_request(facts, Requirements(roles="admin"))
    error = refused.value
    status, title = ERRORS[code]
    assert (error.code, error.status, error.retry_after) == (code, status, None)
    assert error.headers.get("www-authenticate") == challenge
    assert error.to_problem("trace") == {
        "type": f"urn:latchstring:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": str(error),
        "trace_id": "trace",
    }
    assert pickle.loads(pickle.dumps(error)).code == code
    assert copy.copy(error).detail == error.detail


def test_no_refusal_holds_a_part_of_a_token() -> None:
    """F5: logs travel."""
    secret = "canary-7f3a"
    for text in (
        token({"sub": secret, "exp": 1}),
        token({"roles": secret}),
        f"{secret}.{secret}.{secret}",
        secret * 1000,
    ):
        with pytest.raises(VerificationError) as refused:
            verifier_of().verify_request(bearer(text))
        error: BaseException | None = refused.value
        while error is not None:
            told = f"{error!r} {error} {vars(error)}"
            assert secret not in told
            assert not any(part and part in told for part in text.split("."))
            error = error.__cause__


def test_optional_takes_none_and_refuses_what_is_broken() -> None:
    verifier = verifier_of()
    assert verifier.verify_optional(request()) is None
    assert verifier.verify_optional(bearer(TOKEN)) is not None
    assert verdict(lambda: verifier.verify_optional(bearer("x"))) == "token_malformed"

    async def optional() -> list[object]:
        return [await verifier.verify_optional_async(request()), await verifier.verify_optional_async(bearer(TOKEN))]

    assert asyncio.run(optional())[0] is None


SET = parse_key_set({"keys": [KEY.jwk]})


class Source:
    def __init__(self, find: Callable[[str | None, str], Any]) -> None:
        self.find = find

    def holds(self, key: VerificationKey) -> bool:
        return SET.holds(key)


def test_a_key_source_may_answer_later() -> None:
    done: Future[None] = Future()
    verifier = verifier_of(keys=Source(lambda kid, alg: Pending(done, 5, lambda: SET.find(kid, alg))))
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(judge, token(), verifier) for _ in range(4)]
        done.set_result(None)
        assert {one.result(5) for one in waiting} == {"accept"}

    async def judge_later() -> str:
        later: Future[None] = Future()
        source = Source(lambda kid, alg: Pending(later, 5, lambda: SET.find(kid, alg)))
        checking = asyncio.ensure_future(verifier_of(keys=source).verify_token_async(token()))
        # The loop goes round while somebody waits for the key.
        for _ in range(3):
            await asyncio.sleep(0)
        assert not checking.done()
        later.set_result(None)
        return str((await checking)["iss"])

    assert asyncio.run(judge_later()) == ISSUER


def test_a_key_source_that_fails_is_an_outage_and_never_a_bad_token() -> None:
    def fail(*_: object) -> None:
        raise OSError("connection refused")

    done: Future[None] = Future()
    done.set_result(None)
    for find in (fail, lambda kid, alg: Pending(done, 5, fail)):
        with pytest.raises(VerificationError) as refused:
            verifier_of(keys=Source(find)).verify_token(token())
        assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("keys_unavailable", 503, 1)


def test_a_key_source_cannot_hand_out_a_key_that_does_not_fit() -> None:
    verifier = verifier_of(keys=Source(lambda kid, alg: SET.find(KEY.kid, "ES256")))
    assert judge(token(header={"alg": "RS256"}), verifier) == "token_untrusted"


def test_many_threads_check_at_once() -> None:
    verifier = verifier_of(cache_entries=10)
    texts = [token({"sub": f"user-{n}"}) for n in range(40)]

    def check(number: int) -> bool:
        text = texts[number % 40]
        return verifier.verify_request(bearer(text)).subject == f"user-{number % 40}"

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(check, range(2000)))


COOKIE_HEADER = f"{COOKIE}={token(COOKIE_CLAIMS)}"
VERIFIER = verifier_of()
PROOF = {"x-csrf-token": CSRF_TOKEN}


def check(headers: dict[str, Any], method: str = "POST") -> str:
    return verdict(lambda: VERIFIER.verify_request(request({"cookie": COOKIE_HEADER, **headers}, method)))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": APP},
        {"origin": ISSUER},
        {"sec-fetch-site": "same-origin"},
        {"origin": APP, "sec-fetch-site": "cross-site"},
    ],
)
def test_unsafe_requests_by_cookie_prove_where_they_come_from(headers: dict[str, str]) -> None:
    """B3: the CSRF token and a fitting origin."""
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert check({**PROOF, **headers}, method) == "accept"
    assert check(headers) == "csrf_failed"


@pytest.mark.parametrize(
    "value", ["", "D" * 43, COOKIE_CLAIMS["csrf"], f"{CSRF_TOKEN}, {CSRF_TOKEN}", [CSRF_TOKEN] * 2, "\ud800", "é"]
)
def test_another_csrf_token_is_refused(value: Any) -> None:
    """B3: the token of the very session."""
    assert check({"origin": APP, "x-csrf-token": value}) == "csrf_failed"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://app.example.com.attacker.example",
        "https://attacker.example/https://app.example.com",
        "https://xapp.example.com",
        "https://app.example.com.",
        "https://app.example.com/",
        "https://app.example.com:443",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://APP.example.com",
        "https://app.example.com@attacker.example",
        "https://app.example.com, https://attacker.example",
        "https://app%2eexample.com",
        "*",
        ["https://app.example.com", "https://app.example.com"],
    ],
)
def test_attack_73_an_origin_that_is_not_on_the_list(origin: Any) -> None:
    assert check({**PROOF, "origin": origin}) == "csrf_failed"
    assert check({**PROOF, "origin": origin, "sec-fetch-site": "same-origin"}) == "csrf_failed"


SITES = [{"sec-fetch-site": site} for site in ("same-site", "cross-site", "none", "")]


@pytest.mark.parametrize("headers", [{}, {"referer": f"{APP}/page"}, *SITES])
def test_attack_73_no_origin_and_nothing_that_takes_its_place(headers: dict[str, str]) -> None:
    assert check({**PROOF, **headers}) == "csrf_failed"


def test_attack_74_a_method_that_is_not_known_to_be_safe_is_unsafe() -> None:
    for method in ("get", "PURGE", "CONNECT", "", "Post"):
        assert check({"origin": APP}, method) == "csrf_failed"
    assert check({"origin": APP, "x-http-method-override": "GET"}) == "csrf_failed"


def test_asks_nothing_of_safe_methods_and_of_bearer_requests() -> None:
    for method in ("GET", "HEAD", "OPTIONS", "TRACE"):
        assert check({"origin": "https://attacker.example"}, method) == "accept"
    facts = request({"authorization": f"Bearer {TOKEN}", "origin": "https://attacker.example"}, "POST")
    assert verdict(lambda: VERIFIER.verify_request(facts)) == "accept"


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket", "h2c, websocket", ["h2c", "websocket"]])
def test_a_websocket_handshake_needs_a_listed_origin(upgrade: Any) -> None:
    assert check({"upgrade": upgrade, "origin": APP}, "GET") == "accept"
    for headers in ({"origin": "https://attacker.example"}, {"origin": "null"}, {"sec-fetch-site": "same-origin"}, {}):
        assert check({"upgrade": upgrade, **headers}, "GET") == "csrf_failed"
