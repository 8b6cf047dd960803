"""What was used lately, in bounded memory."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class CacheBounds(NamedTuple):
    """How much a cache may hold."""

    entries: int
    bytes: int


class RecentCache(Generic[Value]):
    """Keeps what was used lately by whole token, bounded by entries and by bytes. For many threads at once, without a lock.

    Two generations take turns, each with half of the bounds: what is used goes into the newer one, and the older one is dropped as a
    whole, so that nothing has to be moved or counted when it is used.
    """

    __slots__ = ("_bytes", "_most", "_most_bytes", "_newer", "_older", "_overhead")

    def __init__(self, bounds: CacheBounds, overhead: int = 0) -> None:
        """``overhead``: the bytes that an entry counts for beside its token."""
        self._most = bounds.entries // 2
        self._most_bytes = bounds.bytes // 2 if self._most > 0 else 0
        self._overhead = overhead
        self._newer: dict[str, Value] = {}
        self._older: dict[str, Value] = {}
        # Of the newer one. Threads that write at once may count wrongly, until the next turn.
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._newer | self._older)

    @property
    def bytes(self) -> int:
        """The bytes that its entries count for."""
        return sum(len(token) + self._overhead for token in self._newer | self._older)

    def get(self, token: str) -> Value | None:
        """What is kept for a token, which stays for another turn."""
        value = self._newer.get(token)
        if value is None:
            value = self._older.get(token)
            if value is not None:
                self.set(token, value)
        return value

    def set(self, token: str, value: Value) -> None:
        """Keeps a value, unless it is too large."""
        weight = len(token) + self._overhead
        if weight > self._most_bytes:
            return
        used = self._bytes if token in self._newer else self._bytes + weight
        if used > self._most_bytes or len(self._newer) >= self._most:
            self._older, self._newer, used = self._newer, {}, weight
        self._newer[token] = value
        self._bytes = used

    def delete(self, token: str) -> None:
        """Drops what is kept for a token."""
        self._newer.pop(token, None)
        self._older.pop(token, None)
