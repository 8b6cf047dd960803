"""Protects views of Django REST framework.

::

    class Me(APIView):
        authentication_classes = [LatchstringAuthentication]
        permission_classes = [requires(role="admin")]
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from ..errors import VerificationError, bearer_challenge
from ..principal import Principal
from ..requirements import Policy, Requirements, StalePolicy
from ..settings import create_requirements
from .requests import is_answered, keep, request_facts
from .verifiers import project_verifier


class PrincipalUser:
    """What ``request.user`` is where Latchstring has authenticated a request: no row of a table, and none is looked up."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    is_staff = False
    is_superuser = False

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.pk = self.id = self.username = principal.subject

    def get_username(self) -> str:
        """The user's id: Latchstring's tokens hold nothing else of a person."""
        return self.username

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrincipalUser) and self.pk == other.pk

    def __hash__(self) -> int:
        return hash(self.pk)

    def __str__(self) -> str:
        return self.username


class RefusedRequest(APIException):
    """A request was refused, where the middleware that answers with a problem document is missing: the framework does it."""

    def __init__(self, error: VerificationError) -> None:
        super().__init__(error.detail, error.code)
        self.status_code = error.status
        self.auth_header = error.headers.get("www-authenticate")
        self.wait = error.retry_after


class LatchstringAuthentication(BaseAuthentication):
    """Authenticates requests that carry a credential of Latchstring, and refuses those in which it is broken; what carries none is left
    to the authentication classes after it. ``request.user`` is a :class:`PrincipalUser`, ``request.auth`` the :class:`Principal`.

    The CSRF token of its cookies is checked here. Django REST framework itself exempts its views from Django's own check.
    """

    on_stale: StalePolicy | None = None
    """``"open"`` or ``"closed"`` while the revocation feed is far behind; for a view that differs, in a class derived from this one."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The user and the principal, or None without a credential."""
        inner = request._request
        requirements = None if self.on_stale is None else Requirements(on_stale=self.on_stale)
        try:
            principal = project_verifier().verifier.verify_optional(request_facts(inner), requirements)
        except VerificationError as error:
            raise _refused(error, inner) from None
        keep(inner, principal)
        return None if principal is None else (PrincipalUser(principal), principal)

    def authenticate_header(self, request: Request) -> str | None:
        """The challenge (RFC 6750 section 3), which makes the answer a 401."""
        return bearer_challenge("credentials_missing")


class PrincipalPermission(BasePermission):
    """Lets requests pass that :class:`LatchstringAuthentication` has authenticated and whose principal meets the requirements. It answers
    by itself, with the code; so in ``A | B`` it stands last. See :func:`requires`."""

    requirements = Requirements()

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or a refusal is raised."""
        principal = request.auth
        try:
            if not isinstance(principal, Principal):
                raise VerificationError("credentials_missing", "The request carries no access token.")
            self.requirements.check(principal)
        except VerificationError as error:
            raise _refused(error, request._request) from None
        return True


def requires(
    *,
    role: str | None = None,
    roles: str | Iterable[str] = (),
    any_role: str | Iterable[str] | None = None,
    policy: Policy | None = None,
) -> type[PrincipalPermission]:
    """A permission class: ``permission_classes = [requires(role="admin")]``. Without an argument any principal will do.

    Raises :class:`latchstring.ConfigurationError` for requirements that are none.
    """
    requirements = create_requirements(role=role, roles=roles, any_role=any_role, policy=policy)
    return cast(
        "type[PrincipalPermission]", type("RequiredPrincipal", (PrincipalPermission,), {"requirements": requirements})
    )


def _refused(error: VerificationError, request: HttpRequest) -> Exception:
    return error if is_answered(request) else RefusedRequest(error)
