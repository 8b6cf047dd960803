"""An issuer, time, and a verifier that follows the one by the other. Nothing sleeps: time stands still until it is moved."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any, Literal

from latchstring import Requirements, RevocationOptions, RevocationStatus, Verifier
from latchstring.fetch import FetchRequest
from support import ISSUER, KEY, NOW, Key, bearer, compact, dumps, judge, token, verdict, verifier_of

# What a test waits for at the most before it fails, in seconds of the machine.
_GUARD = 10


class World:
    """Time, and the threads of a feed: a test goes on when all of them wait for more."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.elapsed = 0.0
        # How far the wall clock of the verifier's machine is off, in seconds.
        self.skew = 0.0
        self._threads = 0
        self._waiting: list[Callable[[], bool]] = []

    @property
    def time(self) -> float:
        """The right time, in seconds since the Unix epoch."""
        return NOW + self.elapsed

    def now(self) -> float:
        """The verifier's wall clock."""
        return self.time + self.skew

    def monotonic(self) -> float:
        return 5000 + self.elapsed

    def start_thread(self, action: Callable[[], None], name: str) -> None:
        with self.changed:
            self._threads += 1

        def run() -> None:
            try:
                action()
            finally:
                with self.changed:
                    self._threads -= 1
                    self.changed.notify_all()

        Thread(target=run, name=name, daemon=True).start()

    @property
    def threads(self) -> int:
        return self._threads

    def ends(self) -> bool:
        """Whether all threads end. They do a moment after the feed has said that it is closed."""
        with self.changed:
            return self.changed.wait_for(lambda: self._threads == 0, _GUARD)

    def wait(self, end: Event, seconds: float) -> None:
        due = self.elapsed + seconds
        self.block(lambda: end.is_set() or self.elapsed >= due)

    def block(self, is_over: Callable[[], bool]) -> None:
        """Blocks a thread of the feed until something is over."""
        with self.changed:
            self._waiting.append(is_over)
            self.changed.notify_all()
            # An event that is set tells nobody: it is looked for now and then.
            while not is_over():
                self.changed.wait(0.02)
            self._waiting.remove(is_over)

    def settle(self) -> None:
        """Lets the threads work until all of them wait."""

        def is_settled() -> bool:
            return len(self._waiting) == self._threads and not any(is_over() for is_over in self._waiting)

        with self.changed:
            self.changed.notify_all()
            assert self.changed.wait_for(is_settled, _GUARD), "The threads do not come to rest."

    def advance(self, seconds: float) -> None:
        """Moves time in small steps, and lets the threads do what is due on the way."""
        end = self.elapsed + seconds
        while self.elapsed < end:
            self.elapsed = min(end, self.elapsed + 0.25)
            self.settle()


def sign_event(claims: Mapping[str, Any], key: Key = KEY, header: Mapping[str, Any] | None = None) -> str:
    """An event as the issuer signs it, with whatever is changed about it."""
    full = {"alg": key.alg, "kid": key.kid, "typ": "revocations+jwt", **(header or {})}
    return compact(dumps(full), dumps(claims), key.sign)


class Line:
    """An answer whose body comes in pieces, as the test sends them."""

    def __init__(self, world: World, content_type: str, status: int = 200) -> None:
        self.status = status
        self.content_type = content_type
        self.is_closed = False
        self._world = world
        self._chunks: deque[bytes | None] = deque()
        self._is_aborted = False

    def send(self, chunk: bytes | None) -> None:
        """None ends the body."""
        self._chunks.append(chunk)

    def read(self, timeout: float) -> bytes:
        due = self._world.elapsed + timeout
        self._world.block(lambda: bool(self._chunks) or self._is_aborted or self._world.elapsed >= due)
        if self._chunks:
            chunk = self._chunks.popleft()
            return b"" if chunk is None else chunk
        if self._is_aborted:
            raise ConnectionAbortedError
        raise TimeoutError

    def abort(self) -> None:
        self._is_aborted = True

    def close(self) -> None:
        self.is_closed = True


Entry = dict[str, Any]


@dataclass
class ScriptedIssuer:
    """Plays the issuer by the script of a test."""

    world: World
    epoch: str = "first"
    seq: int = 10
    retention: float = 1020
    key: Key = KEY
    # Seconds by which its clock is off.
    skew: float = 0
    # How its streams go: held back by a proxy with or without the head of the answer, or as they should.
    streaming: Literal["right", "held", "headless"] = "right"
    is_down: bool = False
    # What it answers instead of all else: a status and a content type.
    refuses: tuple[int, str] | None = None
    entries: list[Entry] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    streams: list[Line] = field(default_factory=list)
    polls: list[tuple[Line, int, float]] = field(default_factory=list)
    snapshot: Callable[[], str] | None = None
    _events: list[tuple[int, str]] = field(default_factory=list)
    _last_time: float = 0

    def fetch(self, request: FetchRequest) -> Line:
        if self.is_down:
            raise ConnectionRefusedError
        if self.refuses is not None:
            return self._line(self.refuses[1], self.refuses[0], b"<html>")
        if request.headers["accept"] == "text/event-stream":
            position = request.headers["last-event-id"]
            self.requests.append(f"stream {position}")
            if self.streaming == "headless":
                due = self.world.elapsed + request.timeout
                self.world.block(lambda: self.world.elapsed >= due)
                raise TimeoutError
            stream = Line(self.world, "text/event-stream; charset=utf-8")
            self.streams.append(stream)
            if self.streaming == "right":
                stream.send("".join(frame(jws) for jws in self._after(position)).encode() or b":\n\n")
            return stream
        _, _, query = request.url.partition("?")
        if not query:
            self.requests.append("snapshot")
            body = self.snapshot() if self.snapshot else self._snapshot()
            return self._line("application/jwt", 200, body.encode())
        return self._poll(dict(part.split("=") for part in query.split("&")))

    def _poll(self, query: dict[str, str]) -> Line:
        position, wait = query["after"], float(query["wait"])
        self.requests.append(f"poll {position}")
        line = Line(self.world, "application/jwt")
        events = self._after(position)
        if events:
            line.send("\n".join(events).encode())
            line.send(None)
        else:
            self.polls.append((line, self.seq, self.world.elapsed + wait))
        return line

    def _line(self, content_type: str, status: int, body: bytes) -> Line:
        line = Line(self.world, content_type, status)
        line.send(body)
        line.send(None)
        return line

    def _after(self, position: str) -> list[str]:
        return [jws for seq, jws in self._events if seq > int(position.rpartition(".")[2])]

    def _snapshot(self) -> str:
        return sign_event(self.claims(snapshot=True, entries=self.entries), self.key)

    def claims(self, **changes: Any) -> dict[str, Any]:
        self._last_time = max(self.world.time + self.skew, self._last_time + 1e-6)
        return {
            "iss": ISSUER,
            "epoch": self.epoch,
            "seq": self.seq,
            "after": self.seq,
            "time": self._last_time,
            "retention": self.retention,
            "entries": [],
            **changes,
        }

    def record(self, *entries: Entry) -> str:
        """Signs an event and moves on in the log, without a word to anybody."""
        self.entries.extend(entries)
        self.seq += 1
        jws = sign_event(self.claims(after=self.seq - 1, entries=list(entries)), self.key)
        self._events.append((self.seq, jws))
        return jws

    def set_right(self) -> None:
        """Somebody sets its clock right, which may turn its time back."""
        self.skew = 0
        self._last_time = 0

    def restore(self, epoch: str, seq: int, *entries: Entry) -> None:
        """Another database, restored from an older copy."""
        self.epoch, self.seq, self.entries, self._events = epoch, seq, list(entries), []

    def tell(self, *texts: str) -> None:
        """Sends the very texts to all who listen."""
        for stream in self.streams if self.streaming == "right" else []:
            if not stream.is_closed:
                stream.send("".join(frame(jws) for jws in texts).encode())
        self.world.settle()

    def revoke(self, *entries: Entry) -> None:
        """Revokes and tells all."""
        self.tell(self.record(*entries))
        self.answer_polls()

    def beat(self) -> None:
        self.tell(sign_event(self.claims(), self.key))

    def answer_polls(self) -> None:
        """Answers the long polls that have waited long enough, or for which there is news."""
        waiting, self.polls = self.polls, []
        for line, seq, due in waiting:
            events = [jws for at, jws in self._events if at > seq]
            if self.world.elapsed >= due and not events:
                events = [sign_event(self.claims(), self.key)]
            if events:
                line.send("\n".join(events).encode())
                line.send(None)
            elif not line.is_closed:
                self.polls.append((line, seq, due))
        self.world.settle()


def frame(jws: str) -> str:
    return f"id: x\r\ndata: {jws}\r\n\r\n"


class Scene:
    """What a test of the feed works with."""

    def __init__(self, revocations: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.world = World()
        self.issuer = ScriptedIssuer(self.world)
        self.failures: list[str] = []
        own: dict[str, Any] = {
            "clock": self.world,
            "random": lambda: 0.5,
            "fetch": self.issuer.fetch,
            "on_failure": lambda error: self.failures.append(error.code),
            "start_thread": self.world.start_thread,
        }
        self.verifier: Verifier = verifier_of(
            now=self.world.now, revocations=RevocationOptions(**{**own, **(revocations or {})}), **options
        )

    @property
    def status(self) -> RevocationStatus:
        return self.verifier.revocations.status

    def token(self, **changes: Any) -> str:
        now = int(self.world.now())
        return token({"iat": now, "exp": now + 900, **changes})

    def judge(self, **changes: Any) -> str:
        """What the verifier says about a token with these claims, issued now."""
        return judge(self.token(**changes), self.verifier)

    def judge_route(self, on_stale: Literal["closed", "open"]) -> str:
        """What it says about a request to a route that chose its policy."""
        requirements = Requirements(on_stale=on_stale)
        return verdict(lambda: self.verifier.verify_request(bearer(self.token()), requirements))

    def follow(self) -> None:
        """Lets a stream stand and be up to date."""
        self.verifier.start()
        self.world.settle()
        self.issuer.beat()
        assert self.status.state == "fresh"

    def live(self, seconds: int) -> None:
        """Lets seconds pass, with a heartbeat each."""
        for _ in range(seconds):
            self.world.advance(1)
            self.issuer.beat()

    def pass_time(self, seconds: float) -> None:
        """Lets seconds pass while the issuer answers what it is asked, and beats no more."""
        for _ in range(round(4 * seconds)):
            self.world.advance(0.25)
            self.issuer.answer_polls()

    def catch_up(self) -> None:
        """Lets a broken connection be made anew, and be up to date."""
        for _ in range(40):
            self.world.advance(0.25)
            self.issuer.beat()
            if self.status.staleness == 0:
                return
        raise AssertionError(f"It does not catch up: {self.status}")

    def close(self) -> None:
        self.verifier.close()
        assert self.world.ends()
