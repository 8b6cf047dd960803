"""The API of the application: its own data, and Latchstring's word on who asks."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from latchstring.django import principal_of, required

from notebooks import Notebooks, RequestError, note_text
from views import problem

notebooks = Notebooks()


def public(_: HttpRequest) -> HttpResponse:
    """For everyone."""
    return JsonResponse({"notes": notebooks.count()})


@required()
def read_notes(request: HttpRequest) -> HttpResponse:
    """For whoever is logged in."""
    return JsonResponse({"notes": notebooks.of(principal_of(request).subject)})


@required()
def add_note(request: HttpRequest) -> HttpResponse:
    """Origin and CSRF token are checked by the decorator as well: nothing to do here."""
    try:
        note = notebooks.add(principal_of(request).subject, note_text(request.body))
    except RequestError as error:
        return problem(400, "request_invalid", str(error))
    except RequestDataTooBig:
        return problem(413, "request_too_large", "The request could not be answered.")
    return JsonResponse(note, status=201)


@required(role="admin")
def report(_: HttpRequest) -> HttpResponse:
    """For administrators."""
    return JsonResponse({"notes": notebooks.count(), "people": notebooks.people()})
