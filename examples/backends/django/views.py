"""The pages, and errors as JSON in the form that Latchstring's own have."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from pages import Pages, cache_control

pages = Pages(settings.PAGES, settings.ISSUER)


def show_page(request: HttpRequest) -> HttpResponseBase:
    """A file of the frontend, or its page."""
    file = pages.find(request.path)
    if file is None and not pages.is_page(request.path):
        return nothing(request)
    response = HttpResponse(pages.index) if file is None else FileResponse(file.open("rb"))
    response.headers["Cache-Control"] = cache_control(request.path)
    return response


def by_method(**views: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for each method; the others are a route that is not there."""

    def dispatch(request: HttpRequest, *_: str) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else request.method
        return views.get(method or "", nothing)(request)

    return dispatch


def problem(status: int, code: str, detail: str) -> JsonResponse:
    """An error's document."""
    return JsonResponse({"status": status, "code": code, "detail": detail}, status=status)


def nothing(_: HttpRequest, *_args: str, exception: Exception | None = None) -> HttpResponse:
    """What no route answers."""
    return problem(404, "not_found", "There is no such route.")


def answer_bad_request(_: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What Django itself does not take."""
    return problem(400, "request_invalid", "The request could not be answered.")


def answer_failure(_: HttpRequest) -> HttpResponse:
    """Says nothing of what is not the sender's fault."""
    return problem(500, "internal_error", "The request could not be answered.")
