"""C3: what Django and Django REST framework alone have."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from frameworks.exchange import exchange
from frameworks.setup import APP, Setup
from frameworks.stacks import DJANGO, DJANGO_ASGI, Stack

# isort: split
# The stacks have brought Django's settings.
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.views import View
from frameworks.django_app import Rest, me
from frameworks.django_setup import settings_of

from latchstring.django import LatchstringMiddleware, PrincipalRequiredMixin, current_verifier, principal_of
from latchstring.django.checks import check_settings
from latchstring.testing import Issuer

ISSUER = Issuer("http://localhost:4000", "http://localhost:4000")
ADA = "018f6d2a-0000-7000-8000-000000000001"
OURS = "latchstring.django.LatchstringMiddleware"
CORS = "corsheaders.middleware.CorsMiddleware"


@pytest.fixture(scope="module", params=[DJANGO, DJANGO_ASGI], ids=lambda stack: stack.name)
def port(request: pytest.FixtureRequest) -> Generator[int, None, None]:
    stack: Stack = request.param
    with stack.serve(Setup(ISSUER.verifier(origins=[APP]))) as listening:
        yield listening


@pytest.mark.parametrize("path", ["/class/me", "/async-class/me", "/async/me", "/rest/me"])
def test_every_kind_of_view_is_guarded(port: int, path: str) -> None:
    assert exchange(port, path, ISSUER.bearer(ADA)).json["subject"] == ADA
    assert exchange(port, path).code == "credentials_missing"


def test_attack_65_a_view_that_looks_at_the_principal_does_not_take_a_broken_one_for_none(port: int) -> None:
    assert exchange(port, "/unguarded").json == {"subject": None}
    assert exchange(port, "/unguarded", ISSUER.bearer(ADA)).json == {"subject": ADA}
    broken = exchange(port, "/unguarded", {"Authorization": "Bearer x", "Origin": APP})
    assert (broken.status, broken.code) == (401, "token_malformed")
    assert broken.header("access-control-allow-origin") == APP
    assert exchange(port, "/unguarded", {"Cookie": ISSUER.cookie()["Cookie"]}, "POST").code == "csrf_failed"


def test_pages_that_do_not_look_at_it_go_on_as_before(port: int) -> None:
    assert exchange(port, "/untouched", {"Authorization": "Bearer x"}).status == 200
    assert exchange(port, "/site/login/", ISSUER.bearer(lifetime=-60)).status == 200


def test_django_s_own_csrf_check_is_left_out_on_guarded_views_alone(port: int) -> None:
    """B3: the admin site, and whatever Latchstring does not authenticate, keep it."""
    proof = ISSUER.cookie(ADA)
    for path in ("/me", "/class/me", "/rest/me"):
        assert exchange(port, path, proof, "POST").json["subject"] == ADA
    for path in ("/site/login/", "/untouched", "/maybe"):
        answer = exchange(port, path, proof, "POST")
        assert (answer.status, answer.header("content-type")) == (403, "text/html; charset=utf-8"), path


def test_roles_of_a_class_hold_for_all_it_overrides() -> None:
    reached: list[str] = []

    class Page(PrincipalRequiredMixin, View):
        required_roles = ("admin",)

        def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponse:
            reached.append("dispatch")
            return HttpResponse(principal_of(self.request).subject)

    with override_settings(LATCHSTRING=settings_of(Setup(ISSUER.verifier()))):
        request = RequestFactory().get("/", headers=ISSUER.bearer(ADA))
        assert Page.as_view()(request).status_code == 403
        # What is given to as_view counts as well.
        assert Page.as_view(required_roles=["other"])(request).status_code == 403
        assert reached == []
        assert Page.as_view(required_roles=[])(request).content.decode() == ADA


def test_the_principal_of_a_request_that_no_guard_has_seen_is_an_error() -> None:
    with pytest.raises(TypeError):
        principal_of(RequestFactory().get("/"))


def test_guards_work_without_the_middleware() -> None:
    with override_settings(LATCHSTRING=settings_of(Setup(ISSUER.verifier()))):
        factory = RequestFactory()
        assert me(factory.get("/")).status_code == 401
        refused = Rest.as_view()(factory.get("/"))
        assert (refused.status_code, refused["www-authenticate"]) == (401, "Bearer")
        assert refused.data["detail"].code == "credentials_missing"
        assert Rest.as_view()(factory.get("/", headers=ISSUER.bearer(ADA))).data["subject"] == ADA


def ids(**settings: Any) -> list[str | None]:
    with override_settings(**settings):
        return [message.id for message in check_settings()]


GOOD = {"ISSUER": "https://auth.example.com", "AUDIENCE": "https://api.example.com", "ORIGINS": [APP]}


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({}, []),
        ({"LATCHSTRING": None}, ["latchstring.E001"]),
        ({"LATCHSTRING": {**GOOD, "ISSUER": "http://auth.example.com"}}, ["latchstring.E001"]),
        ({"LATCHSTRING": {**GOOD, "ORIGIN": APP}}, ["latchstring.E001"]),
        ({"LATCHSTRING": {**GOOD, "VERIFIER": "nowhere.verifier"}}, ["latchstring.E001"]),
        ({"LATCHSTRING": {**GOOD, "CLOCK_TOLERANCE": 61}}, ["latchstring.E001"]),
        ({"MIDDLEWARE": [CORS]}, ["latchstring.W002"]),
        ({"MIDDLEWARE": [OURS, CORS]}, ["latchstring.E003"]),
        ({"CORS_ALLOW_ALL_ORIGINS": True}, ["latchstring.E004"]),
        ({"CORS_ALLOWED_ORIGINS": ["https://other.example"]}, ["latchstring.W005"]),
        ({"CORS_ALLOW_HEADERS": ["content-type"]}, ["latchstring.W006"]),
        ({"CORS_EXPOSE_HEADERS": ["X-Own"]}, ["latchstring.W007"]),
        ({"CORS_EXPOSE_HEADERS": []}, []),
    ],
)
def test_attack_75_the_system_checks_say_what_is_wrong(settings: dict[str, Any], found: list[str]) -> None:
    """F6: before the server runs."""
    assert ids(**{"LATCHSTRING": GOOD, **settings}) == found


def test_wrong_settings_stop_the_server_at_its_start() -> None:
    with override_settings(LATCHSTRING={"ISSUER": "http://auth.example.com", "AUDIENCE": "x"}):
        with pytest.raises(SystemCheckError, match=r"latchstring\.E001"):
            call_command("check")
        with pytest.raises(ImproperlyConfigured, match="https"):
            LatchstringMiddleware(lambda _: HttpResponse())
        with pytest.raises(ImproperlyConfigured):
            current_verifier()
