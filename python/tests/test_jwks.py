"""Keys that are loaded, without a network."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes import Answer, JsonIssuer, json_answer
from latchstring import RemoteKeys, VerificationError
from support import KEY, NOW, generate, judge, token, verifier_of

URL = "https://auth.example.com/keys"


class World:
    def __init__(self, *jwks: Any, **options: Any) -> None:
        self.now = float(NOW)
        self.issuer = JsonIssuer(*(jwks or (KEY.jwk,)))
        self.failures: list[str] = []
        self.keys = RemoteKeys(
            URL,
            fetch=self.issuer.fetch,
            now=lambda: self.now,
            on_failure=lambda error: self.failures.append(error.code),
            **options,
        )
        self.verifier = verifier_of(keys=self.keys, revocations="none")

    def judge(self, text: str | None = None) -> str:
        return judge(text or token(), self.verifier)

    def wait(self) -> None:
        """Lets the load under way come to its end."""
        self.keys.reload().wait()


def down() -> Answer:
    raise ConnectionRefusedError


def test_nothing_is_loaded_before_the_first_token_asks() -> None:
    world = World()
    assert world.issuer.loads == 0
    assert [world.judge() for _ in range(3)] == ["accept"] * 3
    assert world.issuer.urls == [URL]


def test_many_requests_at_once_wait_for_one_load() -> None:
    world = World()
    gate = threading.Event()
    good = world.issuer.answer

    def slow() -> Answer:
        gate.wait(10)
        return good()

    world.issuer.answer = slow
    with ThreadPoolExecutor(16) as pool:
        waiting = [pool.submit(world.judge) for _ in range(16)]
        gate.set()
        assert {one.result(10) for one in waiting} == {"accept"}
    assert world.issuer.loads == 1


def test_a_request_whose_key_is_at_hand_never_waits_for_a_load() -> None:
    """A10: while a load hangs, requests go on."""
    world = World(max_age=300)
    assert world.judge() == "accept"
    gate = threading.Event()
    good = world.issuer.answer

    def hang() -> Answer:
        gate.wait(10)
        return good()

    world.issuer.answer = hang
    world.now += 200
    started = time.monotonic()
    assert [world.judge() for _ in range(100)] == ["accept"] * 100
    assert time.monotonic() - started < 5
    assert world.issuer.loads == 2
    gate.set()
    world.wait()


def test_a_new_set_is_loaded_in_the_background_at_half_its_age() -> None:
    world = World(max_age=300)
    world.judge()
    world.now += 149
    world.judge()
    assert world.issuer.loads == 1
    world.now += 2
    world.judge()
    world.wait()
    assert world.issuer.loads == 2


def test_an_unknown_kid_finds_a_key_that_is_new() -> None:
    following = generate("ES256", "next")
    world = World(cooldown=30)
    world.judge()
    world.issuer.answer = JsonIssuer(KEY.jwk, following.jwk).answer
    world.now += 29
    assert world.judge(token(key=following)) == "token_untrusted"
    world.now += 1
    assert world.judge(token(key=following)) == "accept"
    assert world.issuer.loads == 2


def test_the_last_good_set_serves_while_loading_fails_for_a_day() -> None:
    world = World(max_age=300)
    assert world.judge() == "accept"
    world.issuer.answer = down
    for hour in range(24):
        world.now = NOW + 3600 * hour + 301 if hour < 23 else NOW + 86_399
        assert world.judge() == "accept"
        # While loading fails an unknown key may be a new one.
        assert world.judge(token(header={"kid": "x"})) == "keys_unavailable"
    world.now = NOW + 86_400 + 31
    assert world.judge() == "keys_unavailable"
    assert world.failures == ["unreachable"]


def test_is_ready_soon_after_an_issuer_that_started_later() -> None:
    world = World()
    good = world.issuer.answer
    world.issuer.answer = down
    with pytest.raises(VerificationError) as refused:
        world.verifier.verify_token(token())
    assert (refused.value.code, refused.value.retry_after) == ("keys_unavailable", 1)
    world.issuer.answer = good
    assert world.judge() == "keys_unavailable"
    world.now += 1
    assert world.judge() == "accept"
    assert world.issuer.loads == 2


def test_waits_grow_while_there_is_no_set() -> None:
    world = World()
    world.issuer.answer = down
    for second in range(120):
        world.now = NOW + second
        world.judge()
    assert 5 <= world.issuer.loads <= 9


def test_a_request_waits_no_longer_than_the_time_out_of_a_load() -> None:
    """The clock here is the machine's, since it is the request's own thread that waits."""
    world = World(timeout=0.2)
    gate = threading.Event()

    def hang() -> Answer:
        gate.wait(10)
        return json_answer({})

    world.issuer.answer = hang
    started = time.monotonic()
    assert world.judge() == "keys_unavailable"
    assert time.monotonic() - started < 5
    gate.set()
    world.wait()


def test_where_no_thread_can_be_made_keys_are_unavailable() -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    world = World(start_thread=refuse)
    assert world.judge() == "keys_unavailable"
    assert world.failures == ["unreachable"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_was_forked_in_the_middle_of_a_load_loads_by_itself() -> None:
    world = World()
    gate = threading.Event()
    good = world.issuer.answer

    def hang() -> Answer:
        gate.wait(20)
        return good()

    world.issuer.answer = hang
    loading = world.keys.reload()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        world.issuer.answer = good
        os.write(write, world.judge().encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        assert answer.read() == "accept"
    os.waitpid(child, 0)
    gate.set()
    loading.wait()
    assert world.judge() == "accept"
