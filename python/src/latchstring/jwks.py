"""Keys from a JSON Web Key Set behind a URL (RFC 7517 section 5)."""

from __future__ import annotations

import logging
import math
import os
import re
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, NamedTuple

from .errors import ConfigurationError, KeySetError, VerificationError
from .fetch import Fetch, FetchRequest, FetchResponse, http_fetch, require_secure_url
from .keys import KeySet, VerificationKey, parse_key_set
from .strict_json import parse_strict_json
from .threads import Spawn, require_threads, spawn
from .waiting import Pending

_DAY: Final = 24 * 60 * 60

# The least time in seconds between two loads that the revocation feed asks for.
_RELOAD_COOLDOWN: Final = 1

# What a request waits beyond the time-out of a load, for a name server that takes long.
_GRACE: Final = 1

_JSON_TYPE: Final = re.compile(r"application/(?:[\w.-]+\+)?json\s*(?:;|\Z)", re.ASCII | re.IGNORECASE)

_log: Final = logging.getLogger("latchstring")


class _State(NamedTuple):
    """Replaced as a whole, so that no thread ever sees half of a change."""

    process: int
    keys: KeySet | None = None
    loaded_at: float = -math.inf
    attempted_at: float = -math.inf
    failures: int = 0
    """How many loads in a row have failed."""


class RemoteKeys:
    """Keys from a JSON Web Key Set behind a URL. Nothing is loaded before the first token asks.

    One load at a time, on a thread of its own; redirects are refused; an answer that is not a good key set changes nothing, and the
    last good set serves for up to ``max_stale``. An unknown ``kid`` causes a load at most once per ``cooldown``. A request waits only
    where no good set is at hand, or its key is not in it, and never for a lock.

    Not checked: who answers beyond TLS. No token has any part in choosing the URL.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch | None = None,
        now: Callable[[], float] | None = None,
        cooldown: float = 30,
        timeout: float = 5,
        max_age: float = 300,
        max_stale: float = _DAY,
        max_bytes: int = 128 * 1024,
        on_failure: Callable[[KeySetError], None] | None = None,
        start_thread: Spawn = spawn,
    ) -> None:
        """All times in seconds.

        ``url``: https, or http on localhost. ``now``: any clock that never goes back. ``cooldown``: the least time between two loads
        while there is a good set, whatever tokens ask for. ``timeout``: how long one load may take. ``max_age``: how long a set serves
        before a request waits for a new one; at half of it one is loaded in the background. ``max_stale``: how long the last good set
        serves while loading fails, 24 hours at most. ``max_bytes``: the largest answer. ``on_failure``: told of the first failure of
        each series, by default a warning in the log ``latchstring``.

        Raises :class:`ConfigurationError` for options that cannot work.
        """
        require_secure_url(url, "keys")
        require_threads()
        if not 0 <= max_stale <= _DAY:
            raise ConfigurationError("max_stale must be 0 to 86400 seconds.")
        for name, value in (
            ("cooldown", cooldown),
            ("timeout", timeout),
            ("max_age", max_age),
            ("max_bytes", max_bytes),
        ):
            if not value > 0:
                raise ConfigurationError(f"{name} must be a number above 0.")
        self._url = url
        self._fetch = fetch or http_fetch()
        self._now = now or time.monotonic
        self._cooldown = cooldown
        self._timeout = timeout
        self._max_age = max_age
        self._max_stale = max_stale
        self._max_bytes = max_bytes
        self._on_failure = on_failure or _warn
        self._start_thread = start_thread
        self._last = _State(os.getpid())
        # The load under way, by process: those of the process that this one was forked from do not come to an end here. A
        # dictionary decides between threads without a lock, which could be held for ever in a forked process.
        self._loads: dict[int, Future[None]] = {}

    def find(self, kid: str | None, alg: str) -> VerificationKey | Pending[VerificationKey | None] | None:
        """The key of a token, or the load that has to be waited for first.

        Raises :class:`VerificationError`: ``keys_unavailable``.
        """
        serving = self._serving()
        key = None if serving is None else serving.find(kid, alg)
        if key is not None:
            return key
        load = self._begin(self._next_attempt)
        if load is None:
            return self._judge(kid, alg, is_over=True)
        return Pending(load, self._timeout + _GRACE, lambda: self._judge(kid, alg, is_over=load.done()))

    def holds(self, key: VerificationKey) -> bool:
        """Whether a key that was found before is still in the set, which may cause a load in the background."""
        serving = self._serving()
        return serving is not None and serving.holds(key)

    def reload(self) -> Pending[None]:
        """Loads what is new, at most once a second."""
        # Tokens gain nothing by it: a load, whoever asked for it, begins their cool-down anew.
        load = self._begin(lambda: self._state.attempted_at + _RELOAD_COOLDOWN)
        if load is None:
            load = Future()
            load.set_result(None)
        return Pending(load, self._timeout + _GRACE, lambda: None)

    @property
    def _state(self) -> _State:
        state = self._last
        process = os.getpid()
        if state.process != process:
            # A forked process makes attempts of its own: what the other one has begun is not known here.
            self._loads.clear()
            state = self._last = _State(process, state.keys, state.loaded_at)
        return state

    def _serving(self) -> KeySet | None:
        """The set if it serves at this moment without waiting."""
        state = self._state
        age = self._now() - state.loaded_at
        if age < self._max_age / 2:
            return state.keys
        self._begin(self._next_attempt)
        if age < self._max_age:
            return state.keys
        # Too old to serve unasked. After a failure it serves until the next attempt, so that not every request waits for one.
        state = self._state
        is_resting = state.failures > 0 and state.process not in self._loads and self._now() < self._next_attempt()
        return self._last_good(state) if is_resting else None

    def _last_good(self, state: _State) -> KeySet | None:
        return state.keys if self._now() - state.loaded_at < max(self._max_stale, self._max_age) else None

    def _next_attempt(self) -> float:
        state = self._state
        # Without any set the waits grow from one second, so that a backend that starts before its issuer is ready soon after it.
        is_empty = self._last_good(state) is None and state.failures > 0
        first = 2.0 ** min(state.failures - 1, 32) if is_empty else math.inf
        return state.attempted_at + min(first, self._cooldown)

    def _judge(self, kid: str | None, alg: str, *, is_over: bool) -> VerificationKey | None:
        """What there is to say with the keys at hand, after a load or when none may be made."""
        state = self._state
        last_good = self._last_good(state)
        key = None if last_good is None else last_good.find(kid, alg)
        # While loading fails an unknown key may be a new one: that is no reason to call the token untrusted.
        if key is None and (state.failures > 0 or not is_over):
            wait = max(1, math.ceil(self._next_attempt() - self._now()))
            raise VerificationError("keys_unavailable", "The keys of the issuer could not be loaded.", retry_after=wait)
        return key

    def _begin(self, earliest: Callable[[], float]) -> Future[None] | None:
        """The load under way, or a new one unless it is too early."""
        process = self._state.process
        current = self._loads.get(process)
        if current is not None:
            return current
        if self._now() < earliest():
            return None
        load: Future[None] = Future()
        current = self._loads.setdefault(process, load)
        if current is not load:
            return current
        # Looked at again by the one thread that has the turn: another load may have come and gone meanwhile.
        if self._now() < earliest():
            self._end(load)
            return None
        self._last = self._state._replace(attempted_at=self._now())
        try:
            self._start_thread(lambda: self._attempt(load), "latchstring-jwks")
        except RuntimeError as error:
            self._fail(error)
            self._end(load)
        return load

    def _end(self, load: Future[None]) -> None:
        self._loads.pop(os.getpid(), None)
        load.set_result(None)

    def _attempt(self, load: Future[None]) -> None:
        try:
            keys = self._request()
        except Exception as error:
            self._fail(error)
        else:
            self._last = self._state._replace(keys=keys, loaded_at=self._now(), failures=0)
        finally:
            self._end(load)

    def _fail(self, error: Exception) -> None:
        failures = self._state.failures + 1
        self._last = self._state._replace(failures=failures)
        if failures == 1:
            if not isinstance(error, KeySetError):
                # What went wrong may quote an address or the answer, so only its kind is kept.
                error = KeySetError("unreachable", "The key set of the issuer could not be loaded.")
            self._on_failure(error)

    def _request(self) -> KeySet:
        deadline = self._now() + self._timeout
        headers = {"accept": "application/jwk-set+json, application/json"}
        response = self._fetch(FetchRequest(self._url, headers, self._timeout))
        try:
            if response.status != 200 or _JSON_TYPE.match(response.content_type) is None:
                raise KeySetError("not_a_key_set", "The answer of the issuer is not JSON with status 200.")
            body = self._read(response, deadline)
        finally:
            response.close()
        keys = parse_key_set(parse_strict_json(body))
        if keys.size == 0:
            raise KeySetError("no_usable_key", "The key set of the issuer has no key that can be used.")
        return keys

    def _read(self, response: FetchResponse, deadline: float) -> bytes:
        body = bytearray()
        while chunk := response.read(max(0, deadline - self._now())):
            body += chunk
            if len(body) > self._max_bytes:
                raise KeySetError("not_a_key_set", "The answer of the issuer is too large.")
        return bytes(body)


def _warn(error: KeySetError) -> None:
    _log.warning("%s The last good one serves for up to a day, if there is one. (%s)", error, error.code)
