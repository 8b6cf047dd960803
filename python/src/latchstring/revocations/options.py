"""How the revocation feed is followed."""

from __future__ import annotations

from dataclasses import dataclass

from ..requirements import StalePolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationOptions:
    """How the revocation feed is followed. All times in seconds."""

    max_staleness: float = 30
    """How far behind the feed may be before ``on_stale`` decides: 3 to 900."""
    on_stale: StalePolicy = "closed"
    """For routes that do not say it themselves."""
