"""Keys that are loaded, without a network and over real sockets."""

from __future__ import annotations

import http.server
import json
import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes import Answer, JsonIssuer, json_answer
from latchstring import RemoteKeys, VerificationError
from latchstring.fetch import FetchRequest, http_fetch
from latchstring.revocations.server_sent_events import read_server_sent_events
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


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    respond: Callable[[Handler], None]
    seen: list[str]

    def do_GET(self) -> None:
        type(self).seen.append(self.path)
        type(self).respond(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        # Readers that go away are what is tested here.
        pass


Serve = Callable[[Callable[[Handler], None]], tuple[str, list[str]]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    servers: list[Server] = []

    def start(respond: Callable[[Handler], None]) -> tuple[str, list[str]]:
        handler = type("Responding", (Handler,), {"respond": staticmethod(respond), "seen": []})
        server = Server(("localhost", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://localhost:{server.server_port}/keys", handler.seen  # type: ignore[attr-defined]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


BODY = json.dumps({"keys": [KEY.jwk]}).encode()


def load(url: str, **options: Any) -> str:
    failures: list[str] = []
    keys = RemoteKeys(url, on_failure=lambda error: failures.append(error.code), **options)
    found = judge(token(), verifier_of(keys=keys, revocations="none"))
    return " ".join([found, *failures])


def test_loads_a_key_set_over_http(serve: Serve) -> None:
    url, seen = serve(lambda handler: handler.answer(BODY))
    assert load(url) == "accept"
    assert seen == ["/keys"]


def test_loads_one_that_comes_in_chunks(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/jwk-set+json; charset=utf-8")
        handler.send_header("transfer-encoding", "chunked")
        handler.end_headers()
        for byte in BODY:
            handler.wfile.write(b"1\r\n" + bytes([byte]) + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    assert load(serve(respond)[0]) == "accept"


def test_follows_no_redirect(serve: Serve) -> None:
    good, seen = serve(lambda handler: handler.answer(BODY))
    url, _ = serve(lambda handler: handler.answer(BODY, 302, location=good))
    assert load(url) == "keys_unavailable not_a_key_set"
    assert seen == []


def test_stops_reading_an_answer_that_has_no_end(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * 65536)
        except OSError:
            pass

    assert load(serve(respond)[0]) == "keys_unavailable not_a_key_set"


def test_gives_up_on_an_answer_that_trickles_in(serve: Serve) -> None:
    ended = threading.Event()

    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.end_headers()
        try:
            while not ended.wait(0.02):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            pass

    assert load(serve(respond)[0], timeout=0.4) == "keys_unavailable unreachable"
    ended.set()


def test_gives_up_on_headers_that_trickle_in(serve: Serve) -> None:
    ended = threading.Event()

    def respond(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        try:
            while not ended.wait(0.02):
                handler.wfile.write(b"x")
                handler.wfile.flush()
        except OSError:
            pass

    assert load(serve(respond)[0], timeout=0.4) == "keys_unavailable unreachable"
    ended.set()


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 500]
)
def test_what_is_no_http_is_an_outage(serve: Serve, answer: bytes) -> None:
    def respond(handler: Handler) -> None:
        handler.wfile.write(answer)
        handler.close_connection = True

    assert load(serve(respond)[0]) == "keys_unavailable unreachable"


def test_a_body_that_breaks_off_is_an_outage(serve: Serve) -> None:
    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(BODY) + 10))
        handler.end_headers()
        handler.wfile.write(BODY)
        handler.close_connection = True

    assert load(serve(respond)[0]).startswith("keys_unavailable")


def test_another_thread_can_end_a_read_that_is_under_way(serve: Serve) -> None:
    ended = threading.Event()

    def respond(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "text/event-stream")
        handler.end_headers()
        handler.wfile.flush()
        ended.wait(10)

    response = http_fetch()(FetchRequest(serve(respond)[0], {}, 5))
    threading.Timer(0.05, response.abort).start()
    started = time.monotonic()
    try:
        assert response.read(30) == b""
    except OSError:
        # Either is an end.
        pass
    assert time.monotonic() - started < 10
    ended.set()
    response.close()
    response.close()


def test_nobody_there() -> None:
    assert load("http://localhost:1/keys") == "keys_unavailable unreachable"
    assert load("https://latchstring.invalid/keys") == "keys_unavailable unreachable"


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([b"data: a\n\n"], ["a"]),
        ([b"data:a\r\n\r\nda", b"ta: b\r", b"\n\r", b"\n"], ["a", "b"]),
        ([b"data: a\r\rdata\r\r"], ["a", ""]),
        ([b"id: 1\nevent: x\n: comment\ndata: a\ndata: b\n\n"], ["a\nb"]),
        ([b"data: never ended\n"], []),
        ([b"datax: a\n\n", b"\n\n\n"], []),
        ([bytes([byte]) for byte in b"data: abc\r\n\r\n"], ["abc"]),
    ],
)
def test_server_sent_events(chunks: list[bytes], expected: list[str]) -> None:
    assert list(read_server_sent_events(iter(chunks), 1000)) == expected
