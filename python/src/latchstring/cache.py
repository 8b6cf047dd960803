"""What was used last, in bounded memory."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from .fork import after_fork_in_child

Value = TypeVar("Value")


class CacheBounds(NamedTuple):
    """How much a cache may hold."""

    entries: int
    bytes: int


class RecentCache(Generic[Value]):
    """Keeps what was used last by whole token, bounded by entries and by bytes. For many threads at once: no one ever waits."""

    __slots__ = ("__weakref__", "_bytes", "_items", "_most", "_most_bytes", "_overhead", "_writing")

    def __init__(self, bounds: CacheBounds, overhead: int = 0) -> None:
        """``overhead``: the bytes that an entry counts for beside its token."""
        self._most, self._most_bytes = bounds
        self._overhead = overhead
        self._items: OrderedDict[str, Value] = OrderedDict()
        self._bytes = 0
        self._writing = Lock()
        after_fork_in_child(self, RecentCache._forget_lock)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def bytes(self) -> int:
        """The bytes that its entries count for."""
        return self._bytes

    def get(self, token: str) -> Value | None:
        """What is kept for a token; it is now the one used last."""
        value = self._items.get(token)
        if value is not None:
            try:
                self._items.move_to_end(token)
            except KeyError:
                # Another thread has just dropped it; what was found is still true.
                pass
        return value

    def set(self, token: str, value: Value) -> None:
        """Keeps a value, unless it is too large or another thread is writing: it is only a cache."""
        weight = len(token) + self._overhead
        if self._most < 1 or weight > self._most_bytes or not self._writing.acquire(False):
            return
        try:
            items = self._items
            before = len(items)
            items[token] = value
            if len(items) > before:
                self._bytes += weight
            else:
                items.move_to_end(token)
            while self._bytes > self._most_bytes or len(items) > self._most:
                self._bytes -= len(items.popitem(last=False)[0]) + self._overhead
        finally:
            self._writing.release()

    def delete(self, token: str) -> None:
        """Drops what is kept for a token. While another thread is writing it may stay, for the next request to drop."""
        if not self._writing.acquire(False):
            return
        try:
            if self._items.pop(token, None) is not None:
                self._bytes -= len(token) + self._overhead
        finally:
            self._writing.release()

    def _forget_lock(self) -> None:
        # Whichever thread held it is not in this process.
        self._writing = Lock()
