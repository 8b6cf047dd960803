"""The headers that everything is sent with."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pages import security_headers


class SecurityHeaders:
    """Adds them to every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """What answers inside."""
        self._get_response = get_response
        self._headers = security_headers(settings.ISSUER)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers as what is inside does, with the headers."""
        response = self._get_response(request)
        for name, value in self._headers.items():
            response.headers[name] = value
        if request.path.startswith("/api/"):
            # What a person has written is not for caches.
            response.headers["Cache-Control"] = "no-store"
        return response
