"""The API of the application: its own data, and Latchstring's word on who asks."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from latchstring.django import principal_of, required

from notebooks import Notebooks, RequestError, note_text
from views import nothing, problem

notebooks = Notebooks()


def public(request: HttpRequest) -> HttpResponse:
    """For everyone."""
    if request.method not in ("GET", "HEAD"):
        return nothing(request)
    return JsonResponse({"notes": notebooks.count()})


@required()
def notes(request: HttpRequest) -> HttpResponse:
    """For whoever is logged in. For a POST, origin and CSRF token are checked by the decorator as well: nothing to do here."""
    subject = principal_of(request).subject
    if request.method != "POST":
        return JsonResponse({"notes": notebooks.of(subject)})
    try:
        return JsonResponse(notebooks.add(subject, note_text(request.body)), status=201)
    except RequestError as error:
        return problem(400, "request_invalid", str(error))
    except RequestDataTooBig:
        return problem(413, "request_too_large", "The request could not be answered.")


@required(role="admin")
def report(_: HttpRequest) -> HttpResponse:
    """For administrators."""
    return JsonResponse({"notes": notebooks.count(), "people": notebooks.people()})
