"""Looks for the principal of every request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ..errors import VerificationError
from .requests import keep, promise_answer, request_facts
from .responses import refusal_response
from .verifiers import project_verifier

GetResponse = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


class LatchstringMiddleware:
    """Gives every request its ``principal``, or None, and answers :class:`VerificationError` wherever a view raises it.

    It refuses nothing by itself, so pages that nobody protects, and the admin site, go on as before: views are protected by
    :func:`latchstring.django.required`. Where the credential of a request is broken, ``request.principal`` raises.

    It belongs below ``corsheaders.middleware.CorsMiddleware``, which the system checks look after.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        """Raises :class:`django.core.exceptions.ImproperlyConfigured` for settings that are wrong or unsafe, when the server starts."""
        self._get_response = get_response
        project_verifier()
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Answers, or a coroutine of the answer."""
        promise_answer(request)
        if self._is_async:
            return self._call_async(request)
        try:
            keep(request, project_verifier().verifier.verify_optional(request_facts(request)))
        except VerificationError as error:
            keep(request, error)
        return self._get_response(request)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        try:
            keep(request, await project_verifier().verifier.verify_optional_async(request_facts(request)))
        except VerificationError as error:
            keep(request, error)
        return await cast("Awaitable[HttpResponseBase]", self._get_response(request))

    def process_exception(self, _: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer to a view that raised a refusal."""
        return refusal_response(error) if isinstance(error, VerificationError) else None
