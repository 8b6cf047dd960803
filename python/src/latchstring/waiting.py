"""What is under way in the background, for threads and event loops to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from .errors import VerificationError

Value = TypeVar("Value")
Other = TypeVar("Other")


class Pending(Generic[Value]):
    """Work under way, and what there is to say once it is done or was waited for long enough."""

    __slots__ = ("_done", "_longest", "_result")

    def __init__(self, done: Future[None], longest: float, result: Callable[[], Value]) -> None:
        """``result`` is called by whoever waited, after at most ``longest`` seconds; it may raise."""
        self._done = done
        self._longest = longest
        self._result = result

    def then(self, change: Callable[[Value], Other]) -> Pending[Other]:
        """The same work, with more to do for whoever waited for it."""
        return Pending(self._done, self._longest, lambda: change(self._result()))

    def otherwise(self, refusal: Callable[[], VerificationError]) -> Pending[Value]:
        """The same work; where it fails, and not with a refusal of its own, that is the refusal."""

        def result() -> Value:
            try:
                return self._result()
            except VerificationError:
                raise
            except Exception as error:
                raise refusal() from error

        return Pending(self._done, self._longest, result)

    def wait(self) -> Value:
        """Blocks this thread."""
        wait([self._done], self._longest)
        return self._result()

    async def wait_async(self) -> Value:
        """Waits on the running event loop, which is not blocked, and takes no thread."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not woken.done():
                woken.set_result(None)

        def wake(_: Future[None]) -> None:
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:
                # The loop was closed meanwhile: nobody waits any more.
                pass

        self._done.add_done_callback(wake)
        await asyncio.wait([woken], timeout=self._longest)
        return self._result()
