"""Protects views that are functions, asynchronous or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import wraps
from typing import Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from ..errors import VerificationError
from ..requirements import Policy, Requirements, StalePolicy
from ..settings import create_requirements
from .requests import keep, request_facts
from .responses import refusal_response
from .verifiers import project_verifier

View = TypeVar("View", bound=Callable[..., HttpResponseBase | Awaitable[HttpResponseBase]])


def required(
    *,
    role: str | None = None,
    roles: str | Iterable[str] = (),
    any_role: str | Iterable[str] | None = None,
    policy: Policy | None = None,
    on_stale: StalePolicy | None = None,
) -> Callable[[View], View]:
    """Lets requests of a principal who meets the requirements reach a view, as ``request.principal``, and answers all others.

    Django's own CSRF check is left out for the view: Latchstring is the one that authenticates it, and checks the CSRF token of its
    own cookies.

    ``roles``: all of them; ``any_role``: one of them; ``policy``: a function of the principal that must answer True; ``on_stale``:
    ``"open"`` or ``"closed"`` while the revocation feed is far behind.

    For a view that is a class: ``@method_decorator(required(), name="dispatch")``, or :class:`PrincipalRequiredMixin`.

    Not checked: whether the principal may touch the very record that the request names.

    Raises :class:`latchstring.ConfigurationError` for requirements that are none.
    """
    requirements = create_requirements(role=role, roles=roles, any_role=any_role, policy=policy, on_stale=on_stale)

    def decorate(view: View) -> View:
        guarded = _guard(view, requirements, is_optional=False)
        # Whoever comes without a credential of Latchstring is refused, and the cookie's CSRF token was checked before the view.
        cast("Any", guarded).csrf_exempt = True
        return guarded

    return decorate


def optional(*, on_stale: StalePolicy | None = None) -> Callable[[View], View]:
    """As :func:`required`, for views that take anonymous requests too, ``request.principal`` being None. A credential that is broken is
    refused all the same. Django's own CSRF check stays: such a view may know people by Django's session too."""
    requirements = Requirements(on_stale=on_stale)
    return lambda view: _guard(view, requirements, is_optional=True)


def _guard(view: View, requirements: Requirements, *, is_optional: bool) -> View:
    if iscoroutinefunction(view):

        @wraps(view)
        async def guarded_async(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            verifier = project_verifier().verifier
            verify = verifier.verify_optional_async if is_optional else verifier.verify_request_async
            try:
                keep(request, await verify(request_facts(request), requirements))
            except VerificationError as error:
                return refusal_response(error)
            return await cast("Awaitable[HttpResponseBase]", view(request, *args, **kwargs))

        return cast("View", guarded_async)

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        verifier = project_verifier().verifier
        verify = verifier.verify_optional if is_optional else verifier.verify_request
        try:
            keep(request, verify(request_facts(request), requirements))
        except VerificationError as error:
            return refusal_response(error)
        return view(request, *args, **kwargs)

    return cast("View", guarded)
