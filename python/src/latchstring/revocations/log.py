"""The issuer's log as far as this process knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from .clock import FeedClock
from .entries import RevocationEntries
from .event import RevocationEvent
from .freshness import Freshness

Step = Literal["followed", "repeated", "lost"]
"""What an event was: the next one, one that says nothing new, or one that does not follow on what is known."""


class Position(NamedTuple):
    """A place in the log."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        """As it is written in ``Last-Event-ID`` and in ``?after=``."""
        return f"{self.epoch}.{self.seq}"


class RevocationLog:
    """The issuer's log as far as this process knows it. One thread takes events, any number look up what is revoked."""

    entries: RevocationEntries
    freshness: Freshness
    position: Position | None
    """Where the next event must follow on; None where a snapshot must come first."""

    def __init__(self, clock: FeedClock, wall: Callable[[], float]) -> None:
        self.entries = RevocationEntries(clock.monotonic())
        self.freshness = Freshness(clock, wall)
        self.position = None
        self._clock = clock
        self._retention = 0.0

    def restart(self) -> None:
        """Begins anew with a snapshot. What is known stays."""
        self.position = None

    def take(self, event: RevocationEvent) -> Step:
        """Takes an event of the issuer. Its entries count whatever its place: nothing revoked is ever allowed again."""
        # It rises only, as the longest lifetime ever configured does.
        self._retention = max(self._retention, event.retention)
        self.entries.forget(self._clock.monotonic(), self._retention)
        self.entries.add(event.entries)
        step = self._judge(event)
        if step == "lost":
            self.restart()
        if step == "followed":
            self.position = Position(event.epoch, event.seq)
            self.freshness.hear(event.time)
        return step

    def _judge(self, event: RevocationEvent) -> Step:
        position = self.position
        if position is None:
            return "followed" if event.is_snapshot else "lost"
        is_risen = self.freshness.is_risen(event.time)
        is_same_epoch = event.epoch == position.epoch
        if event.is_snapshot:
            return "followed" if is_risen or not is_same_epoch or event.seq > position.seq else "repeated"
        if not is_same_epoch or event.after > position.seq:
            return "lost"
        if event.seq > position.seq:
            return "followed"
        # Known already: repeated, or said anew because the log has gone back.
        if not is_risen:
            return "repeated"
        return "followed" if event.seq == position.seq and event.after == event.seq else "lost"
