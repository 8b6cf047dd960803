"""Requests that know who makes them."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from django.http import HttpRequest

from ..errors import VerificationError
from ..facts import AsgiFacts, RequestFacts, WsgiFacts
from ..principal import Principal

Found = Principal | VerificationError | None
"""What came of looking for a principal."""


class PrincipalRequest(HttpRequest):
    """A request on which a guard or the middleware has looked for the principal. For annotations: nobody makes one."""

    principal: Principal | None
    """Who makes the request, None where nobody was asked for and nobody logged in. Raises :class:`VerificationError` for a credential
    that was refused, which the middleware answers."""


def principal_of(request: HttpRequest) -> Principal:
    """The principal of a request that a guard has let pass.

    Raises :class:`TypeError` on a view that no guard protects, or that takes anonymous requests.
    """
    principal: Principal | None = getattr(request, "principal", None)
    if principal is None:
        raise TypeError("The request has no principal: put @required() on the view.")
    return principal


def request_facts(request: HttpRequest) -> RequestFacts:
    """What a verifier reads of a request."""
    # Under ASGI, Django joins headers that came twice with a comma, cookies too.
    scope: dict[str, Any] | None = getattr(request, "scope", None)
    return WsgiFacts(request.META) if scope is None else AsgiFacts(scope)


class _Finding:
    """Added to the class of a request."""

    _latchstring_found: Found = None

    @property
    def principal(self) -> Principal | None:
        found = self._latchstring_found
        if isinstance(found, VerificationError):
            raise found
        return found

    @principal.setter
    def principal(self, principal: Principal | None) -> None:
        self._latchstring_found = principal


Request = TypeVar("Request", bound=HttpRequest)
_classes: dict[type[HttpRequest], type[HttpRequest]] = {}


def keep(request: HttpRequest, found: Found) -> None:
    """Makes what was found the request's ``principal``, which raises where that is an error: a view that looks at the principal of a
    request with a broken credential must not take it for an anonymous one."""
    kind = type(request)
    if not issubclass(kind, _Finding):
        finding = _classes.get(kind)
        if finding is None:
            finding = _classes[kind] = cast("type[HttpRequest]", type(kind.__name__, (_Finding, kind), {}))
        request.__class__ = finding
    cast("Any", request)._latchstring_found = found


def promise_answer(request: HttpRequest) -> None:
    """The middleware will answer a refusal that the view raises."""
    cast("Any", request)._latchstring_answers = True


def is_answered(request: HttpRequest) -> bool:
    """Whether the middleware will answer a refusal that the view raises."""
    return getattr(request, "_latchstring_answers", False)
