"""How far behind the issuer this process may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from .clock import FeedClock

# A feed whose time is off the local clock by more than this many seconds counts as that stale.
_MAXIMUM_SKEW: Final = 60

# Seconds that two clocks drift apart in a second, at the worst, where nothing sets them.
_DRIFT: Final = 1e-4


class Freshness:
    """How far behind the issuer this process may be, judged by the times in the events.

    The time of an event says up to when the log is known, by the issuer's clock. What that is by the local one follows from the
    least delay that was seen on this connection: an event that took longer than that was held up. One thread hears, any number ask.
    """

    __slots__ = ("_clock", "_known", "_last_time", "_least", "_least_at", "_wall")

    def __init__(self, clock: FeedClock, wall: Callable[[], float]) -> None:
        """``wall``: seconds since the Unix epoch."""
        self._clock = clock
        self._wall = wall
        self._last_time = -math.inf
        self._least = math.inf
        self._least_at = 0.0
        # Up to when the log is known, by the monotonic and by the other clock, and by how much the issuer's is off.
        self._known = (-math.inf, -math.inf, 0.0)

    def connect(self) -> None:
        """A new connection has delays of its own."""
        self._least = math.inf

    def is_risen(self, time: float) -> bool:
        """Whether a time is later than that of every event before."""
        self._forget_future()
        return time > self._last_time

    def hear(self, time: float) -> None:
        """An event has come after which the log is known up to its time. One whose time has not risen says nothing."""
        if not self.is_risen(time):
            return
        monotonic, wall = self._clock.monotonic(), self._wall()
        off = abs(wall - time)
        # A wrong clock must not set the mark for the times that follow when it is right again.
        if off > _MAXIMUM_SKEW:
            self._known = (self._known[0], self._known[1], off)
            return
        self._last_time = time
        held = self._held_up(monotonic - time, monotonic)
        self._known = (monotonic - held, wall - held, 0.0)

    def staleness(self) -> float:
        """Seconds since the log was known to be complete; infinite if it never was."""
        monotonic, wall, skew = self._known
        # The monotonic clock stands still while a machine sleeps, the other one does not.
        return max(self._clock.monotonic() - monotonic, self._wall() - wall, skew)

    def _forget_future(self) -> None:
        """A mark that is ahead of the clock was set when the clock was wrong: it must not outlast that, nor its delays."""
        if self._last_time <= self._wall() + _MAXIMUM_SKEW:
            return
        self._last_time = -math.inf
        self.connect()

    def _held_up(self, delay: float, now: float) -> float:
        """Seconds by which a delay exceeds the least one."""
        self._least = min(delay, self._least + (now - self._least_at) * _DRIFT)
        self._least_at = now
        return delay - self._least
