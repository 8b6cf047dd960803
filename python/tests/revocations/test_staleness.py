"""What happens while the feed is behind."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from latchstring import VerificationError
from scene import Entry, Scene
from support import bearer, claims

ENDED: Entry = {"kind": "session", "id": str(claims()["sid"])}
Make = Callable[..., Scene]


@pytest.fixture
def make() -> Iterator[Make]:
    scenes: list[Scene] = []

    def create(*args: Any, **options: Any) -> Scene:
        scenes.append(Scene(*args, **options))
        return scenes[-1]

    yield create
    for one in scenes:
        one.close()


def test_fresh_then_late_then_each_route_decides(make: Make) -> None:
    """A10: a feed that is behind closes routes, unless they chose to stay open."""
    scene = make()
    scene.follow()
    scene.issuer.is_down = True
    scene.issuer.streams[0].send(None)
    scene.pass_time(1.5)
    assert (scene.judge(), scene.status.state) == ("accept", "fresh")
    scene.pass_time(1)
    assert (scene.judge(), scene.status.state, scene.status.accepted_late) == ("accept", "late", 1)
    scene.pass_time(30)
    assert scene.status.state == "stale"
    assert scene.judge_route("closed") == "revocations_stale"
    assert scene.judge_route("open") == "accept"
    assert (scene.status.accepted_stale, scene.status.refused_stale) == (1, 1)
    assert scene.failures == ["unreachable"]
    scene.issuer.is_down = False
    scene.catch_up()
    assert (scene.judge_route("closed"), scene.status.state) == ("accept", "fresh")


def test_the_verifiers_own_choice_holds_for_routes_that_say_nothing(make: Make) -> None:
    scene = make({"on_stale": "open", "max_staleness": 3})
    scene.follow()
    scene.issuer.is_down = True
    scene.issuer.streams[0].send(None)
    scene.pass_time(10)
    assert scene.judge() == "accept"
    assert scene.judge_route("closed") == "revocations_stale"


def test_a_refusal_says_when_to_try_again(make: Make) -> None:
    scene = make()
    scene.issuer.is_down = True
    with pytest.raises(VerificationError) as refused:
        scene.verifier.verify_request(bearer(scene.token()))
    assert (refused.value.code, refused.value.status, refused.value.retry_after) == ("revocations_stale", 503, 1)
    assert dict(refused.value.headers) == {"retry-after": "1"}


def test_a_cold_start_waits_a_second_and_no_longer(make: Make) -> None:
    """A10: the clock here is the machine's, since it is the request's own thread that waits."""
    scene = make()

    def hang(_: Any) -> Any:
        scene.world.block(lambda: scene.issuer.is_down)
        raise ConnectionRefusedError

    hanging = make({"fetch": hang})
    attempts: list[Callable[[], object]] = [
        lambda: hanging.verifier.verify_request(bearer(hanging.token())),
        lambda: asyncio.run(hanging.verifier.verify_request_async(bearer(hanging.token()))),
    ]
    for attempt in attempts:
        started = time.monotonic()
        with pytest.raises(VerificationError) as refused:
            attempt()
        assert refused.value.code == "revocations_stale"
        assert 0.9 < time.monotonic() - started < 5
    scene.issuer.is_down = True


def test_silence_ends_a_connection(make: Make) -> None:
    scene = make()
    scene.follow()
    scene.pass_time(2.75)
    assert scene.status.reconnects == 0
    scene.pass_time(1)
    assert scene.failures == ["silent"]
    scene.catch_up()
    assert scene.status.state == "fresh"


def test_what_is_repeated_for_ever_does_not_keep_a_connection(make: Make) -> None:
    scene = make()
    scene.follow()
    text = scene.issuer.record(ENDED)
    for _ in range(5):
        scene.issuer.tell(text)
        scene.pass_time(1)
    assert "silent" in scene.failures


def test_a_feed_that_is_held_up_counts_as_that_stale(make: Make) -> None:
    scene = make()
    scene.follow()
    scene.live(3)
    for _ in range(10):
        # Events come, and each is held up for longer than the one before.
        scene.issuer.skew -= 0.5
        scene.live(1)
    staleness = scene.status.staleness
    assert staleness is not None
    assert 4.9 < staleness < 5.1
    assert scene.status.state == "late"


@pytest.mark.parametrize("skew", [-90, 90])
def test_a_clock_that_is_off_by_more_than_a_minute_counts_as_that_stale(make: Make, skew: float) -> None:
    scene = make()
    scene.issuer.skew = skew
    scene.verifier.start()
    scene.world.settle()
    assert scene.judge() == "revocations_stale"
    scene.issuer.set_right()
    scene.catch_up()
    assert scene.judge() == "accept"


@pytest.mark.parametrize("skew", [3600, -3600])
def test_both_clocks_are_set_wrong_as_on_one_machine_and_set_right_again(make: Make, skew: float) -> None:
    scene = make()
    scene.follow()
    for off in (skew, 0):
        scene.world.skew = off
        scene.issuer.set_right()
        scene.issuer.skew = off
        scene.live(5)
        assert (scene.judge(), scene.status.state) == ("accept", "fresh")


def test_a_clock_that_is_off_by_less_is_no_delay(make: Make) -> None:
    scene = make()
    scene.issuer.skew = 40
    scene.follow()
    scene.live(3)
    assert (scene.judge(), scene.status.state) == ("accept", "fresh")


@pytest.mark.parametrize("streaming", ["held", "headless"])
def test_long_polls_take_the_place_of_a_stream_that_is_held_back(make: Make, streaming: Any) -> None:
    scene = make()
    scene.issuer.streaming = streaming
    scene.verifier.start()
    scene.pass_time(12)
    assert scene.status.transport == "poll"
    scene.issuer.revoke(ENDED)
    assert scene.judge() == "token_revoked"
    assert scene.judge(sid="another") == "accept"
    scene.pass_time(30)
    assert scene.status.state == "fresh"


def test_a_stream_is_tried_again_beside_the_long_polls(make: Make) -> None:
    scene = make()
    scene.issuer.streaming = "held"
    scene.verifier.start()
    scene.pass_time(12)
    assert scene.status.transport == "poll"
    scene.pass_time(75)
    assert scene.status.transport == "poll"
    streams = [request for request in scene.issuer.requests if request.startswith("stream")]
    assert len(streams) == 3
    scene.issuer.streaming = "right"
    for _ in range(130):
        scene.pass_time(1)
        scene.issuer.beat()
    assert (scene.status.transport, scene.status.state) == ("stream", "fresh")


def test_entries_are_forgotten_when_no_token_that_they_concern_can_live(make: Make) -> None:
    scene = make()
    scene.issuer.retention = 10
    scene.follow()
    scene.issuer.revoke(ENDED, {"kind": "key", "kid": "gone"})
    scene.live(10)
    assert scene.judge() == "token_revoked"
    scene.live(12)
    assert scene.status.entries == 1
    assert scene.judge() == "accept"


def test_closing_ends_the_connection_and_what_is_known_grows_stale(make: Make) -> None:
    scene = make()
    scene.follow()
    scene.issuer.revoke(ENDED)
    scene.verifier.close()
    scene.verifier.close()
    assert scene.world.ends()
    assert scene.issuer.streams[0].is_closed
    assert scene.status.state == "closed"
    assert scene.judge() == "token_revoked"
    assert scene.judge(sid="another") == "accept"
    scene.world.elapsed += 31
    assert scene.judge(sid="another") == "revocations_stale"


def test_an_event_loop_closes_it_too(make: Make) -> None:
    scene = make()

    async def use() -> None:
        async with scene.verifier:
            await scene.verifier.verify_request_async(bearer(scene.token()))

    asyncio.run(use())
    assert (scene.world.ends(), scene.status.state) == (True, "closed")


def test_a_verifier_that_was_closed_can_be_started_again(make: Make) -> None:
    """An application that is run twice in one process, as tests do."""
    scene = make()
    for ended in range(2):
        scene.follow()
        assert scene.judge(sid=f"session-{ended}") == "accept"
        scene.issuer.revoke({"kind": "session", "id": f"session-{ended}"})
        assert scene.judge(sid=f"session-{ended}") == "token_revoked"
        scene.verifier.close()
        assert scene.world.ends()
        assert scene.status.state == "closed"
    scene.verifier.start()
    scene.world.settle()
    scene.issuer.beat()
    assert [scene.judge(sid=f"session-{number}") for number in range(3)] == ["token_revoked", "token_revoked", "accept"]


def test_no_thread_begins_before_it_is_needed(make: Make) -> None:
    scene = make()
    assert (scene.world.threads, scene.status.state) == (0, "starting")


def test_where_no_thread_can_be_made_routes_close(make: Make) -> None:
    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    scene = make({"start_thread": refuse})
    assert scene.judge() == "revocations_stale"
    assert scene.failures == ["unreachable"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_process_follows_the_feed_by_itself(make: Make) -> None:
    """A9: gunicorn with --preload, and workers that are replaced."""
    scene = make()
    scene.follow()
    scene.issuer.entries.append(ENDED)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # The threads of the other process are gone, and its locks may be held for ever.
        signal.alarm(20)
        forked = scene.status.state
        scene.world.__init__()  # type: ignore[misc]
        os.write(write, f"{forked} {scene.judge()} {scene.judge(sid='another')} {scene.status.state}".encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said == "starting token_revoked accept fresh"
    assert scene.status.state == "fresh"
