"""Follows the issuer's feed on a thread in the background."""

from __future__ import annotations

import math
from concurrent.futures import Future
from threading import Event
from typing import Final, Literal

from ..errors import RevocationFeedError, VerificationError
from ..waiting import Pending
from .event import EventReader, RevocationEvent
from .log import RevocationLog, Step
from .options import RevocationSettings
from .transport import Connection, EndedError, FeedTransport

# All in seconds.
_HEARTBEAT_INTERVAL: Final = 1
# A stream over which nothing new came for this long is dead.
_SILENCE: Final = 3 * _HEARTBEAT_INTERVAL
# What an answer may take beyond what it waits for; so long is the feed fresh without news.
_ALLOWANCE: Final = 2
_SNAPSHOT_TIMEOUT: Final = 10
_POLL_WAIT: Final = 10
# The first long poll does not wait long: what came while the stream was tried is to be known soon.
_FIRST_POLL_WAIT: Final = 1.5
_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 5
# A connection that lived this long was a good one.
_GOOD_LIFE: Final = 5
# How soon a stream is tried again where long polls had to take its place.
_FIRST_PROBE: Final = 60
_LONGEST_PROBE: Final = 600
# What closing waits for the thread: it may be looking up a name, which nothing can end.
_CLOSING: Final = 2

# Streams in a row that gave nothing, after which a proxy is taken to hold them back.
_STRIKES: Final = 2


class RevocationFeed:
    """Follows the issuer's feed from its start until it is closed. Never raises, and holds no process up. What it has learned is read
    by any number of threads, which never wait for it but in :meth:`beginning`.
    """

    log: RevocationLog
    transport: Literal["stream", "poll"]
    reconnects: int
    gaps: int
    rejected: int

    def __init__(self, settings: RevocationSettings) -> None:
        context, clock = settings.context, settings.clock
        self.log = RevocationLog(clock, context.now)
        self.transport = "stream"
        self.reconnects = 0
        self.gaps = 0
        self.rejected = 0
        self._settings = settings
        self._clock = clock
        self._source = FeedTransport(settings.url, settings.fetch, settings.max_bytes)
        self._reader = EventReader(
            issuer=context.issuer,
            keys=context.keys,
            algorithms=context.algorithms,
            max_bytes=settings.max_bytes,
            revokes_key=self.log.entries.has_key,
        )
        self._closing = Event()
        self._ended: Future[None] = Future()
        # Until the first snapshot, or the end of the attempt to get it. The thread makes it anew for each attempt.
        self._begun: Future[None] = Future()
        self._connection = Connection(clock)
        self._strikes = 0
        # Connections in a row that did not live long.
        self._attempts = 0
        self._is_told = False
        self._probe_at = math.inf
        self._probe_pause: float = _FIRST_PROBE

    @property
    def poll_wait(self) -> float:
        """How long a long poll waits, so that the feed is not stale by it."""
        return min(_POLL_WAIT, max(_HEARTBEAT_INTERVAL, self._settings.max_staleness - _ALLOWANCE))

    @property
    def fresh_for(self) -> float:
        """How stale the feed may be and still be fresh: events come every second, long polls answer when they have waited."""
        return _ALLOWANCE if self.transport == "stream" else self.poll_wait + _ALLOWANCE

    def start(self) -> None:
        """Begins. Called once."""
        try:
            self._settings.start_thread(self._run, "latchstring-revocations")
        except RuntimeError as error:
            # The interpreter is ending, or there is no thread to be had: nothing will be known, and closed routes stay closed.
            self._fail(error)
            self._release()
            self._ended.set_result(None)

    def close(self) -> Pending[None]:
        """Ends the connection. Gives the end of the thread."""
        self._closing.set()
        self._connection.abort()
        return Pending(self._ended, _CLOSING, lambda: None)

    def beginning(self, seconds: float) -> Pending[None] | None:
        """The end of the attempt under way to get a first snapshot, or of so many seconds; None where there is none."""
        begun = self._begun
        if begun.done() or self._closing.is_set():
            return None
        return Pending(begun, seconds, lambda: None)

    def _run(self) -> None:
        settings = self._settings
        try:
            while not self._closing.is_set():
                started_at = self._clock.monotonic()
                self._connect()
                is_good = self._clock.monotonic() - started_at >= _GOOD_LIFE
                self._attempts = 0 if is_good else self._attempts + 1
                # Full jitter: verifiers that a restart of the issuer cut off must not come back all at once.
                longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(self._attempts, 16))
                if not self._closing.is_set():
                    self._clock.wait(self._closing, settings.random() * longest)
                self.reconnects += 1
        finally:
            self._release()
            self._ended.set_result(None)

    def _release(self) -> None:
        if not self._begun.done():
            self._begun.set_result(None)

    def _connect(self) -> None:
        """One connection, from its beginning to its end."""
        self._connection = connection = Connection(self._clock)
        if self._closing.is_set():
            return
        if self.log.position is None and self._begun.done():
            self._begun = Future()
        try:
            self._follow(connection)
        except EndedError:
            pass
        except Exception as error:
            # Whatever it was: a thread that dies would leave every route closed.
            self._fail(error)
        finally:
            self._release()

    def _follow(self, connection: Connection) -> None:
        self.log.freshness.connect()
        if self.log.position is None:
            connection.expect(_SNAPSHOT_TIMEOUT)
            if self._take(self._reader.read(self._source.snapshot(connection))) != "followed":
                raise RevocationFeedError("not_a_feed", "The answer of the issuer is no snapshot.")
            self._release()
        if self.transport == "stream":
            self._stream(connection)
        else:
            self._poll(connection)

    def _stream(self, connection: Connection) -> None:
        position = self.log.position
        if position is None:
            return
        connection.expect(_SILENCE)
        is_heard = False
        try:
            for jws in self._source.stream(position, connection):
                step = self._hear(jws)
                if step == "lost":
                    return
                if step == "followed":
                    is_heard = True
                    self._strikes = 0
                    connection.expect(_SILENCE)
            if not is_heard:
                raise RevocationFeedError("silent", "The revocation feed ended before it began.")
        except RevocationFeedError:
            if not is_heard:
                self._strike()
            raise

    def _strike(self) -> None:
        """A stream was opened and gave nothing, though the issuer answers."""
        # It may have begun with a snapshot that was too large to come in time; and that shows whether the issuer has anything to say.
        self.log.restart()
        self._strikes += 1
        if self._strikes < _STRIKES:
            return
        self._strikes = 0
        self.transport = "poll"
        self._probe_pause = _FIRST_PROBE
        self._probe_at = self._clock.monotonic() + self._probe_pause

    def _poll(self, connection: Connection) -> None:
        wait: float = _FIRST_POLL_WAIT
        while (position := self.log.position) is not None:
            self._probe_when_due()
            connection.expect(wait + _ALLOWANCE)
            steps = [self._hear(jws) for jws in self._source.poll(position, wait, connection)]
            # Asking again at once would be a storm.
            if "followed" not in steps:
                raise RevocationFeedError("silent", "A long poll brought nothing new.")
            wait = self.poll_wait

    def _hear(self, jws: str) -> Step:
        """An event that is not to be trusted is as good as none: if it matters, the next one shows a gap."""
        try:
            return self._take(self._reader.read(jws))
        except RevocationFeedError:
            self.rejected += 1
            return "repeated"

    def _take(self, event: RevocationEvent) -> Step:
        step = self.log.take(event)
        if step == "lost":
            self.gaps += 1
        elif step == "followed":
            self._is_told = False
        return step

    def _probe_when_due(self) -> None:
        """Tries now and then whether a stream gets through, beside the long polls, which go on."""
        if self._clock.monotonic() < self._probe_at:
            return
        self._probe_at = math.inf
        try:
            self._settings.start_thread(self._probe, "latchstring-probe")
        except RuntimeError:
            self._probe_at = self._clock.monotonic() + self._probe_pause

    def _probe(self) -> None:
        is_through = self._gets_through()
        if self._closing.is_set():
            return
        if is_through:
            self.transport = "stream"
            self._connection.abort()
        else:
            self._probe_pause = min(2 * self._probe_pause, _LONGEST_PROBE)
            self._probe_at = self._clock.monotonic() + self._probe_pause

    def _gets_through(self) -> bool:
        position = self.log.position
        if position is None:
            return False
        connection = Connection(self._clock)
        connection.expect(_SILENCE)
        try:
            events = self._source.stream(position, connection)
            try:
                return any(self._is_event(jws) for jws in events)
            finally:
                events.close()  # type: ignore[attr-defined]
        except Exception:
            return False

    def _is_event(self, jws: str) -> bool:
        try:
            self._reader.read(jws)
        except (RevocationFeedError, VerificationError):
            return False
        return True

    def _fail(self, error: Exception) -> None:
        if self._closing.is_set():
            return
        if isinstance(error, RevocationFeedError) and error.code == "untrusted_event":
            self.rejected += 1
        if self._is_told:
            return
        self._is_told = True
        if not isinstance(error, RevocationFeedError):
            # What went wrong may quote an address or what came, so only its kind is kept.
            error = RevocationFeedError("unreachable", "The revocation feed cannot be reached.")
        self._settings.on_failure(error)
