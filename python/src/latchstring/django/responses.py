"""Refusals as Django's responses."""

from __future__ import annotations

from django.http import HttpResponse

from ..errors import VerificationError
from ..guard import EXPOSE_HEADER, refusal_of
from .verifiers import project_verifier


def refusal_response(error: VerificationError) -> HttpResponse:
    """The answer to a refused request. It is a response like any other, so the CORS layer adds its headers."""
    refusal = refusal_of(error, project_verifier().on_refusal)
    headers = {**refusal.headers, EXPOSE_HEADER: refusal.exposed}
    return HttpResponse(refusal.body, status=refusal.status, headers=headers)
