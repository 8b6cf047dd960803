"""Protects views of Django, and with :mod:`latchstring.django.rest` those of Django REST framework.

::

    # settings.py
    INSTALLED_APPS = [..., "latchstring.django"]
    MIDDLEWARE = [..., "latchstring.django.LatchstringMiddleware"]
    LATCHSTRING = {"ISSUER": "https://auth.example.com", "AUDIENCE": "https://api.example.com"}

    # views.py
    @required()
    def me(request):
        return JsonResponse({"id": request.principal.subject})
"""

from .decorators import optional, required
from .middleware import LatchstringMiddleware
from .mixins import PrincipalRequiredMixin
from .requests import PrincipalRequest, principal_of
from .verifiers import current_verifier

__all__ = [
    "LatchstringMiddleware",
    "PrincipalRequest",
    "PrincipalRequiredMixin",
    "current_verifier",
    "optional",
    "principal_of",
    "required",
]
