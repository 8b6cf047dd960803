"""What a route asks of whoever calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Literal

from .errors import ConfigurationError, VerificationError
from .principal import Principal

StalePolicy = Literal["closed", "open"]
"""What happens to requests while the revocation feed is more than ``max_staleness`` behind: ``closed`` refuses them (503), ``open``
lets them pass until their token expires."""

Policy = Callable[[Principal], bool]
"""A rule of the application's own. Anything but True refuses."""


class Requirements:
    """What a route asks of whoever calls it, checked once when the route is made."""

    __slots__ = ("any_role", "is_demanding", "on_stale", "policy", "roles")

    roles: tuple[str, ...]
    any_role: tuple[str, ...] | None
    policy: Policy | None
    on_stale: StalePolicy | None
    is_demanding: bool
    """Whether any principal could fail to meet roles and policy."""

    def __init__(
        self,
        *,
        roles: str | Iterable[str] = (),
        any_role: str | Iterable[str] | None = None,
        policy: Policy | None = None,
        on_stale: StalePolicy | None = None,
    ) -> None:
        """``roles``: the principal must have all of them. ``any_role``: one of them. ``policy``: must answer True; it may not be
        asynchronous. ``on_stale``: where it is left out, what the verifier's option ``revocations`` says.

        Raises :class:`ConfigurationError`.
        """
        self.roles = _role_names(roles)
        self.any_role = None if any_role is None else _role_names(any_role)
        if policy is not None and (not callable(policy) or _is_asynchronous(policy)):
            raise ConfigurationError(
                "A policy is a function, not an asynchronous one, of a principal that answers True or False."
            )
        self.policy = policy
        if on_stale not in (None, "closed", "open"):
            raise ConfigurationError('on_stale is "closed" or "open".')
        self.on_stale = on_stale
        self.is_demanding = bool(self.roles) or self.any_role is not None or policy is not None

    def check(self, principal: Principal) -> None:
        """Raises :class:`VerificationError` ``role_missing`` where a principal does not meet roles and policy."""
        held = principal.roles
        if (
            (self.roles and not all(role in held for role in self.roles))
            or (self.any_role is not None and not any(role in held for role in self.any_role))
            # What is not a plain True, such as a coroutine, must not pass for one.
            or (self.policy is not None and self.policy(principal) is not True)
        ):
            raise VerificationError("role_missing", "The route needs a role that the principal does not have.")


def _role_names(roles: str | Iterable[str]) -> tuple[str, ...]:
    names = (roles,) if isinstance(roles, str) else tuple(roles)
    if all(isinstance(name, str) and name for name in names):
        return names
    raise ConfigurationError('Roles are a name or a list of names, such as "admin" or ["admin", "auditor"].')


def _is_asynchronous(policy: Policy) -> bool:
    return inspect.iscoroutinefunction(policy) or inspect.iscoroutinefunction(getattr(policy, "__call__", None))  # noqa: B004
