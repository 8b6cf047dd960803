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

    __slots__ = ("__weakref__", "_bounds", "_bytes", "_items", "_writing")

    def __init__(self, bounds: CacheBounds) -> None:
        self._bounds = bounds
        self._items: OrderedDict[str, tuple[Value, int]] = OrderedDict()
        self._bytes = 0
        self._writing = Lock()
        after_fork_in_child(self, RecentCache._forget_lock)

    def __len__(self) -> int:
        return len(self._items)

    @property
    def bytes(self) -> int:
        """The bytes that its items count for."""
        return self._bytes

    def get(self, token: str) -> Value | None:
        """What is kept for a token; it is now the one used last."""
        item = self._items.get(token)
        if item is None:
            return None
        try:
            self._items.move_to_end(token)
        except KeyError:
            # Another thread has just dropped it; what was found is still true.
            pass
        return item[0]

    def set(self, token: str, value: Value, weight: int) -> None:
        """Keeps a value that counts for so many bytes, unless another thread is writing: it is only a cache."""
        if weight > self._bounds.bytes or self._bounds.entries < 1 or not self._writing.acquire(blocking=False):
            return
        try:
            self._drop(token)
            self._items[token] = (value, weight)
            self._bytes += weight
            while self._bytes > self._bounds.bytes or len(self._items) > self._bounds.entries:
                self._bytes -= self._items.popitem(last=False)[1][1]
        finally:
            self._writing.release()

    def delete(self, token: str) -> None:
        """Drops what is kept for a token. While another thread is writing it may stay, for the next request to drop."""
        if self._writing.acquire(blocking=False):
            try:
                self._drop(token)
            finally:
                self._writing.release()

    def _drop(self, token: str) -> None:
        item = self._items.pop(token, None)
        if item is not None:
            self._bytes -= item[1]

    def _forget_lock(self) -> None:
        # Whichever thread held it is not in this process.
        self._writing = Lock()
