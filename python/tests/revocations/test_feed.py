"""The revocation feed, from the issuer to the refusal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fakes import JsonIssuer
from latchstring import RemoteKeys
from scene import Entry, Scene, sign_event
from support import ISSUER, KEY, NOW, Key, bearer, claims, generate, hmac_signer, judge, token, verdict

SESSION = str(claims()["sid"])
ENDED: Entry = {"kind": "session", "id": SESSION}
Make = Callable[..., Scene]


def other(number: int) -> Entry:
    return {"kind": "session", "id": f"other-{number}"}


@pytest.fixture
def make() -> Iterator[Make]:
    scenes: list[Scene] = []

    def create(*args: Any, **options: Any) -> Scene:
        scenes.append(Scene(*args, **options))
        return scenes[-1]

    yield create
    for one in scenes:
        one.close()


@pytest.fixture
def scene(make: Make) -> Scene:
    return make()


def test_attack_50_an_ended_session_is_refused_by_tokens_that_were_seen_before_too(scene: Scene) -> None:
    seen = token()
    assert judge(seen, scene.verifier) == "accept"
    scene.follow()
    scene.issuer.revoke(ENDED)
    assert judge(seen, scene.verifier) == "token_revoked"
    assert scene.judge(ver=99) == "token_revoked"
    assert scene.judge(sid="another") == "accept"


def test_attack_50_one_token_by_its_jti_and_all_sessions_of_a_user(scene: Scene) -> None:
    scene.follow()
    scene.issuer.revoke({"kind": "token", "jti": "a"}, other(1), other(2))
    assert scene.judge(jti="a") == "token_outdated"
    assert scene.judge(jti="b") == "accept"
    assert scene.judge(sid="other-1") == "token_revoked"
    assert scene.judge(sid="other-2") == "token_revoked"


def test_attack_51_tokens_from_before_a_change_of_rights_are_outdated(scene: Scene) -> None:
    scene.follow()
    scene.issuer.revoke({**ENDED, "below": 3})
    assert scene.judge(ver=2) == "token_outdated"
    assert scene.judge(ver=3) == "accept"
    # A lower mark takes nothing back, and an end goes before all marks.
    scene.issuer.revoke({**ENDED, "below": 2})
    assert scene.judge(ver=2) == "token_outdated"
    scene.issuer.revoke(ENDED)
    scene.issuer.revoke({**ENDED, "below": 3})
    assert scene.judge(ver=3) == "token_revoked"


def test_attack_21_a_revoked_key_is_outdated_before_it_is_looked_for(scene: Scene) -> None:
    seen = token()
    judge(seen, scene.verifier)
    scene.follow()
    scene.issuer.revoke({"kind": "key", "kid": KEY.kid}, {"kind": "key", "kid": "gone"})
    assert judge(seen, scene.verifier) == "token_outdated"
    assert scene.judge() == "token_outdated"
    assert judge(token(header={"kid": "gone"}), scene.verifier) == "token_outdated"
    # Nor does it sign the feed from then on.
    scene.issuer.revoke(other(1))
    assert scene.status.rejected == 1


def test_checks_in_the_order_of_the_contract(scene: Scene) -> None:
    scene.follow()
    scene.issuer.revoke(ENDED, {"kind": "key", "kid": "gone"})
    assert judge(token({"exp": 1}, {"kid": "gone"}), scene.verifier) == "token_outdated"
    assert judge(token({"exp": 1}, {"kid": "gone", "typ": "JWT"}), scene.verifier) == "token_wrong_type"
    assert scene.judge(exp=1) == "token_expired"


def test_no_request_makes_a_call_once_the_feed_is_there(scene: Scene) -> None:
    """A10: the verifier asks the issuer nothing for a request."""
    scene.follow()
    for _ in range(100):
        scene.judge()
    assert scene.issuer.requests == ["snapshot", "stream first.10"]


def test_what_was_revoked_before_the_start_is_in_the_snapshot(scene: Scene) -> None:
    """A9: a request that comes first waits for the snapshot."""
    scene.issuer.entries.append(ENDED)
    assert scene.judge() == "token_revoked"
    assert scene.judge(sid="another") == "accept"


def test_an_event_loop_waits_for_the_snapshot_and_later_for_nothing(scene: Scene) -> None:
    scene.issuer.entries.append(ENDED)

    async def judge_all() -> list[str]:
        found = []
        for changes in ({}, {"sid": "another"}, {"sid": "another"}):
            try:
                await scene.verifier.verify_request_async(bearer(scene.token(**changes)))
                found.append("accept")
            except Exception as error:
                found.append(getattr(error, "code", repr(error)))
        # What is at hand is answered in the first step of the coroutine.
        step = scene.verifier.verify_request_async(bearer(scene.token(sid="another")))
        with pytest.raises(StopIteration):
            step.send(None)
        return found

    assert asyncio.run(judge_all()) == ["token_revoked", "accept", "accept"]


def test_ignores_what_is_repeated(scene: Scene) -> None:
    scene.follow()
    first, second = scene.issuer.record(other(1)), scene.issuer.record(other(2))
    scene.issuer.tell(first, first, second, first, second)
    scene.live(3)
    status = scene.status
    assert (status.state, status.gaps, status.reconnects, status.entries) == ("fresh", 0, 0, 2)


@pytest.mark.parametrize("order", [[1], [1, 0], [0, 2], [2, 1, 0]], ids=["dropped", "swapped", "gap", "reversed"])
def test_a_gap_loads_a_snapshot_and_loses_nothing(scene: Scene, order: list[int]) -> None:
    scene.follow()
    texts = [scene.issuer.record(ENDED), scene.issuer.record(other(1)), scene.issuer.record(other(2))]
    scene.issuer.tell(*(texts[at] for at in order))
    scene.catch_up()
    assert scene.judge() == "token_revoked"
    assert scene.judge(sid="other-1") == "token_revoked"
    assert scene.judge(sid="other-2") == "token_revoked"
    assert scene.status.gaps == 1


def test_finds_by_the_next_heartbeat_that_the_last_event_was_dropped(scene: Scene) -> None:
    scene.follow()
    scene.issuer.record(ENDED)
    scene.world.advance(1)
    scene.issuer.beat()
    assert scene.status.gaps == 1
    scene.catch_up()
    assert scene.judge() == "token_revoked"


FORGER = generate("ES256", KEY.kid)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda claims: sign_event(claims, FORGER), id="another key"),
        pytest.param(lambda claims: sign_event(claims, generate("ES256", "unknown")), id="an unknown key"),
        pytest.param(lambda claims: sign_event(claims, header={"typ": "at+jwt"}), id="the type of a token"),
        pytest.param(lambda claims: sign_event(claims, header={"typ": "JWT"}), id="another type"),
        pytest.param(lambda claims: sign_event(claims, header={"alg": "none"}), id="none"),
        pytest.param(lambda claims: sign_event({**claims, "iss": "https://other.example.com"}), id="another issuer"),
        pytest.param(lambda claims: sign_event({**claims, "seq": "11"}), id="a seq that is text"),
        pytest.param(lambda claims: sign_event({**claims, "time": None}), id="no time"),
        pytest.param(lambda claims: sign_event({**claims, "snapshot": False}), id="a snapshot that is none"),
        pytest.param(
            lambda claims: sign_event({**claims, "entries": [{"kind": "user", "id": "x"}]}), id="an unknown kind"
        ),
        pytest.param(lambda claims: sign_event({**claims, "entries": [{"kind": "session"}]}), id="no id"),
        pytest.param(lambda claims: sign_event({**claims, "after": claims["seq"]}), id="entries in a heartbeat"),
        pytest.param(lambda claims: token(), id="an access token"),
        pytest.param(lambda claims: "x", id="no token"),
        pytest.param(lambda claims: "\xff\xfe", id="no text"),
    ],
)
def test_an_event_that_is_not_the_issuers_counts_for_nothing(scene: Scene, forge: Callable[[Any], str]) -> None:
    """Attack 46 too: an access token is no event."""
    scene.follow()
    forged = scene.issuer.claims(seq=11, after=10, entries=[{"kind": "session", "id": SESSION}])
    scene.issuer.tell(forge(forged))
    assert scene.status.rejected == 1
    assert scene.judge() == "accept"
    scene.live(2)
    assert (scene.status.state, scene.status.gaps) == ("fresh", 0)


def test_attack_46_an_event_is_no_access_token(scene: Scene) -> None:
    assert judge(sign_event(scene.issuer.claims()), scene.verifier) == "token_wrong_type"


def test_comes_back_after_a_restart_of_the_issuer_and_hears_what_it_missed(scene: Scene) -> None:
    scene.follow()
    scene.issuer.record(ENDED)
    scene.issuer.streams[0].send(None)
    scene.catch_up()
    assert scene.judge() == "token_revoked"
    assert scene.issuer.requests == ["snapshot", "stream first.10", "stream first.10"]
    assert scene.failures == []


def test_another_epoch_loads_a_snapshot_and_keeps_what_was_known(scene: Scene) -> None:
    scene.follow()
    scene.issuer.revoke(ENDED)
    scene.issuer.restore("second", 3, other(1))
    scene.live(1)
    scene.catch_up()
    assert scene.status.position == "second.3"
    assert scene.judge() == "token_revoked"
    assert scene.judge(sid="other-1") == "token_revoked"


def test_does_not_begin_with_a_snapshot_that_is_not_to_be_trusted(scene: Scene) -> None:
    scene.issuer.key = FORGER
    assert scene.judge() == "revocations_stale"
    assert (scene.status.state, scene.status.rejected, scene.failures) == ("starting", 1, ["untrusted_event"])
    scene.issuer.key = KEY
    scene.catch_up()
    assert scene.judge() == "accept"


def test_does_not_begin_with_what_is_no_snapshot(scene: Scene) -> None:
    scene.issuer.snapshot = lambda: sign_event(scene.issuer.claims())
    assert scene.judge() == "revocations_stale"
    assert scene.failures == ["not_a_feed"]


@pytest.mark.parametrize(
    "answer",
    [(302, "application/jwt"), (200, "text/html"), (404, "application/problem+json"), (503, "application/jwt")],
)
def test_an_answer_that_is_no_feed_changes_nothing(scene: Scene, answer: tuple[int, str]) -> None:
    scene.issuer.refuses = answer
    assert scene.judge() == "revocations_stale"
    assert scene.failures == ["not_a_feed"]
    scene.issuer.refuses = None
    scene.catch_up()
    assert scene.judge() == "accept"


def test_stops_reading_what_is_larger_than_an_event_may_be(make: Make) -> None:
    streaming = make({"max_bytes": 2000})
    streaming.follow()
    streaming.issuer.tell("x" * 2001)
    assert streaming.failures == ["not_a_feed"]
    beginning = make({"max_bytes": 2000})
    beginning.issuer.entries = [other(number) for number in range(100)]
    assert beginning.judge() == "revocations_stale"
    assert beginning.failures == ["not_a_feed"]


def test_with_a_shared_secret_events_are_signed_under_a_key_that_is_derived_from_it(make: Make) -> None:
    secret = os.urandom(32)
    derived = HKDF(algorithm=SHA256(), length=32, salt=b"", info=b"latchstring/revocations/v1").derive(secret)
    scene = make(secret=secret)

    def signer(key: bytes) -> Key:
        return Key("revocations", "HS256", {}, None, hmac_signer(key))

    def judge_shared() -> str:
        return judge(token({"exp": NOW + 900}, key=signer(secret)), scene.verifier)

    scene.issuer.key = signer(secret)
    assert judge_shared() == "revocations_stale"
    assert scene.failures == ["untrusted_event"]
    scene.issuer.key = signer(derived)
    scene.catch_up()
    assert judge_shared() == "accept"
    assert judge(token(key=signer(derived)), scene.verifier) == "token_untrusted"


def test_an_unknown_key_in_the_feed_reloads_the_keys(make: Make) -> None:
    following = generate("ES256", "next")
    issuer = JsonIssuer(KEY.jwk)
    scene = make(keys=RemoteKeys(f"{ISSUER}/keys", fetch=issuer.fetch, now=lambda: 100 + scenes[0].world.elapsed))
    scenes = [scene]
    scene.follow()
    assert issuer.loads == 1
    issuer.answer = JsonIssuer(KEY.jwk, following.jwk).answer
    scene.world.advance(1)
    scene.issuer.key = following
    scene.issuer.revoke(ENDED)
    assert issuer.loads == 2
    assert scene.judge() == "token_revoked"
    assert scene.status.rejected == 0
    assert judge(token(key=following), scene.verifier) == "token_revoked"
    # One that stays unknown causes a load a second at the most.
    scene.issuer.key = generate("ES256", "unknown")
    for _ in range(5):
        scene.issuer.beat()
    assert issuer.loads == 2
    assert verdict(lambda: scene.verifier.verify_token(token())) == "token_revoked"
