"""Who makes a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Mode = Literal["bearer", "cookie"]
"""How a session's tokens travel. Fixed at login for the life of the session."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request. Frozen, and shared by all requests with the same token."""

    subject: str
    """The user's id: the claim ``sub``."""
    session_id: str
    """The session's id: the claim ``sid``."""
    roles: tuple[str, ...]
    mode: Mode
    """How the token travelled."""
    claims: Mapping[str, Any]
    """All claims of the token, the unknown ones too. It cannot be changed; lists are tuples."""

    def has_role(self, role: str) -> bool:
        """Whether the principal has a role."""
        return role in self.roles
