"""Time as the feed sees it. Handed in by tests."""

from __future__ import annotations

import time
from threading import Event
from typing import Protocol


class FeedClock(Protocol):
    """Monotonic time, and waiting."""

    def monotonic(self) -> float:
        """Seconds that never go back, from any beginning."""
        ...

    def wait(self, end: Event, seconds: float) -> None:
        """Waits for so many seconds, or until the event is set."""
        ...


class SystemClock:
    """The clock of this machine."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    def wait(self, end: Event, seconds: float) -> None:
        """Waits for so many seconds, or until the event is set."""
        end.wait(seconds)
