"""The views of the tests in Django and Django REST framework. Its settings must be there before it is imported."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from latchstring import Principal
from latchstring.django import PrincipalRequest, PrincipalRequiredMixin, optional, principal_of, required
from latchstring.django.rest import LatchstringAuthentication, requires


def _answer(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"subject": principal_of(request).subject})


@required()
def me(request: HttpRequest) -> HttpResponseBase:
    return _answer(request)


@required()
async def me_async(request: HttpRequest) -> HttpResponseBase:
    return _answer(request)


@required(role="admin")
def administer(request: HttpRequest) -> HttpResponseBase:
    return _answer(request)


@required(any_role=["admin", "auditor"])
def scope_me(request: HttpRequest) -> HttpResponseBase:
    return _answer(request)


@required(on_stale="open")
def stays_open(request: HttpRequest) -> HttpResponseBase:
    return _answer(request)


@optional(on_stale="open")
def maybe(request: HttpRequest) -> HttpResponseBase:
    principal = cast("PrincipalRequest", request).principal
    return JsonResponse({"subject": principal and principal.subject})


@csrf_exempt
def unguarded(request: HttpRequest) -> HttpResponseBase:
    """Looks at the principal that the middleware has found."""
    principal = cast("PrincipalRequest", request).principal
    return JsonResponse({"subject": principal and principal.subject})


def untouched(_: HttpRequest) -> HttpResponseBase:
    """Does not look at it. Django's own CSRF check stands before it."""
    return JsonResponse({"subject": None})


class Class(PrincipalRequiredMixin, View):
    @staticmethod
    def required_policy(principal: Principal) -> bool:
        return principal.subject != ""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return _answer(request)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        return _answer(request)


class AsyncClass(PrincipalRequiredMixin, View):
    async def get(self, request: HttpRequest) -> HttpResponseBase:
        return _answer(request)


class Rest(APIView):
    authentication_classes = (LatchstringAuthentication,)
    permission_classes = (requires(),)

    def get(self, request: Request) -> Response:
        return Response({"subject": request.user.pk, "principal": cast("Principal", request.auth).subject})

    def post(self, request: Request) -> Response:
        return Response({"subject": request.user.pk})


class RestAdmin(Rest):
    permission_classes = (requires(role="admin"),)


class RestScope(Rest):
    permission_classes = (requires(any_role=["admin", "auditor"]),)


class RestOpen(Rest):
    class Authentication(LatchstringAuthentication):
        on_stale = "open"

    authentication_classes = (Authentication,)


class RestMaybe(APIView):
    authentication_classes = (LatchstringAuthentication,)

    def get(self, request: Request) -> Response:
        return Response({"subject": request.auth and cast("Principal", request.auth).subject})


urlpatterns = [
    path("me", me),
    path("async/me", me_async),
    path("admin", administer),
    path("scope/me", scope_me),
    path("open", stays_open),
    path("maybe", maybe),
    path("unguarded", unguarded),
    path("untouched", untouched),
    path("class/me", Class.as_view()),
    path("async-class/me", AsyncClass.as_view()),
    path("rest/me", Rest.as_view()),
    path("rest/admin", RestAdmin.as_view()),
    path(
        "rest/scope/me",
        RestScope.as_view(),
    ),
    path("rest/open", RestOpen.as_view()),
    path("rest/maybe", RestMaybe.as_view()),
    path("site/", admin.site.urls),
]


def create_wsgi() -> Any:
    return get_wsgi_application()


def create_asgi() -> Any:
    return get_asgi_application()
