"""How the revocation feed is followed."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from ..errors import ConfigurationError, RevocationFeedError
from ..fetch import Fetch, http_fetch, require_secure_url
from ..keys import KeySource, ReloadableKeySource
from ..requirements import StalePolicy
from ..threads import Spawn, require_threads, spawn
from .clock import FeedClock, SystemClock

_ROUTE: Final = "/auth/v1/revocations"

_log: Final = logging.getLogger("latchstring")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOptions:
    """How the revocation feed is followed. All times in seconds."""

    url: str | None = None
    """Where the feed is: https, or http on localhost. By default the issuer's."""
    max_staleness: float = 30
    """How far behind the feed may be before ``on_stale`` decides: 3 to 900."""
    on_stale: StalePolicy = "closed"
    """For routes that do not say it themselves."""
    max_bytes: int = 64 * 1024 * 1024
    """The most bytes of an event; a snapshot has about 85 an entry."""
    fetch: Fetch | None = None
    """Asks the issuer. By default the verifier's ``fetch``."""
    on_failure: Callable[[RevocationFeedError], None] | None = None
    """Told of the first failure of each series, on the feed's own thread. By default a warning in the log ``latchstring``."""
    clock: FeedClock | None = None
    """Monotonic time, and waiting."""
    random: Callable[[], float] | None = None
    """A number from 0 to below 1, for jitter."""
    start_thread: Spawn | None = None
    """Runs the feed. By default on a daemon thread."""


class RevocationContext(NamedTuple):
    """What the verifier's own options say."""

    issuer: str
    algorithms: frozenset[str]
    keys: KeySource
    """The keys that sign the feed."""
    now: Callable[[], float]
    """Seconds since the Unix epoch."""
    fetch: Fetch | None


class RevocationSettings(NamedTuple):
    """The options, checked and filled in."""

    context: RevocationContext
    url: str
    max_staleness: float
    on_stale: StalePolicy
    max_bytes: int
    fetch: Fetch
    on_failure: Callable[[RevocationFeedError], None]
    clock: FeedClock
    random: Callable[[], float]
    start_thread: Spawn


def read_revocation_options(
    context: RevocationContext, chosen: Literal["feed", "none"] | RevocationOptions | None
) -> RevocationSettings | None:
    """Checks the option ``revocations``; None where the feed is not followed. Left out, it is followed where the keys are loaded from
    the issuer too.

    Raises :class:`ConfigurationError` with a sentence that says how to mend it.
    """
    if chosen is None:
        chosen = "feed" if isinstance(context.keys, ReloadableKeySource) else "none"
    if chosen == "none":
        return None
    options = RevocationOptions() if chosen == "feed" else chosen
    if not isinstance(options, RevocationOptions):
        raise ConfigurationError('The option revocations is "feed", "none" or RevocationOptions(…).')
    _check(options)
    require_threads()
    return RevocationSettings(
        context=context,
        url=options.url or context.issuer + _ROUTE,
        max_staleness=options.max_staleness,
        on_stale=options.on_stale,
        max_bytes=options.max_bytes,
        fetch=options.fetch or context.fetch or http_fetch(),
        on_failure=options.on_failure or _warn,
        clock=options.clock or SystemClock(),
        random=options.random or random.random,
        start_thread=options.start_thread or spawn,
    )


def _check(options: RevocationOptions) -> None:
    if options.url is not None:
        require_secure_url(options.url, "revocation feed")
    if not isinstance(options.max_staleness, (int, float)) or not 3 <= options.max_staleness <= 900:
        raise ConfigurationError("The option max_staleness of the revocations must be 3 to 900 seconds.")
    if options.on_stale not in ("closed", "open"):
        raise ConfigurationError('The option on_stale of the revocations is "closed" or "open".')
    if not isinstance(options.max_bytes, int) or not options.max_bytes > 0:
        raise ConfigurationError("The option max_bytes of the revocations must be a number above 0.")


def _warn(error: RevocationFeedError) -> None:
    _log.warning("%s Routes close when this lasts, unless they chose to stay open. (%s)", error, error.code)
