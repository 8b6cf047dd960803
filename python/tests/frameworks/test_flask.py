"""C1: what Flask alone has."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from flask import Flask

from latchstring import ConfigurationError
from latchstring.flask import Latchstring, current_principal
from latchstring.testing import Issuer

ISSUER = Issuer()
OTHER = Issuer("https://auth.other.example")
SETTINGS = {"LATCHSTRING_ISSUER": "https://auth.example.com", "LATCHSTRING_AUDIENCE": "https://api.example.com"}


def application(latchstring: Latchstring) -> Flask:
    app = Flask(__name__)
    latchstring.init_app(app)
    return app


def test_reads_the_settings_of_each_application() -> None:
    latchstring = Latchstring()
    app = Flask(__name__)
    app.config.update(SETTINGS, LATCHSTRING_ORIGINS="https://a.example.com, https://b.example.com")
    latchstring.init_app(app)
    other = Flask("other", root_path=app.root_path)
    other.config.update(SETTINGS, LATCHSTRING_ISSUER="https://auth.other.example", LATCHSTRING_MAX_STALENESS=10)
    latchstring.init_app(other)
    with app.app_context():
        assert latchstring.verifier.origins == {
            SETTINGS["LATCHSTRING_ISSUER"],
            "https://a.example.com",
            "https://b.example.com",
        }
    with other.app_context():
        assert latchstring.verifier.issuer == "https://auth.other.example"
    with Flask("third", root_path=app.root_path).app_context(), pytest.raises(RuntimeError):
        latchstring.verifier.start()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LATCHSTRING_AUDIENCE": "x"}, "LATCHSTRING_ISSUER"),
        ({"LATCHSTRING_ISSUER": "https://auth.example.com"}, "LATCHSTRING_AUDIENCE"),
        ({**SETTINGS, "LATCHSTRING_ISSUER": "http://auth.example.com"}, "https"),
        ({**SETTINGS, "LATCHSTRING_CLOCK_TOLERANCE": 61}, "60"),
        ({**SETTINGS, "LATCHSTRING_ORIGINS": "*"}, "wildcard"),
        ({**SETTINGS, "LATCHSTRING_ORIGIN": "https://app.example.com"}, "LATCHSTRING_ORIGINS"),
        ({**SETTINGS, "LATCHSTRING_REVOCATIONS": "none", "LATCHSTRING_ON_STALE": "open"}, "LATCHSTRING_REVOCATIONS"),
        ({**SETTINGS, "LATCHSTRING_HS256_SECRET": "short"}, "32"),
    ],
)
def test_attack_43_a_wrong_setting_is_refused_at_start(settings: dict[str, Any], words: str) -> None:
    """F6: with a sentence that says how to mend it."""
    app = Flask(__name__)
    app.config.update(settings)
    with pytest.raises(ConfigurationError, match=words):
        Latchstring(app)


def test_two_applications_do_not_take_the_tokens_of_each_other() -> None:
    latchstring = Latchstring()
    apps = [Flask(name, root_path="/") for name in ("one", "two")]
    for app, issuer in zip(apps, (ISSUER, OTHER), strict=True):
        app.config.update(SETTINGS)
        latchstring.init_app(app)
        app.extensions["latchstring"] = issuer.verifier()

        @app.get("/")
        @latchstring.required()
        def subject() -> Any:
            return current_principal.subject

    statuses = [
        app.test_client().get("/", headers=issuer.bearer()).status_code for app in apps for issuer in (ISSUER, OTHER)
    ]
    assert statuses == [200, 401, 401, 200]


def test_a_guard_above_the_route_is_refused_at_start() -> None:
    latchstring = Latchstring(verifier=ISSUER.verifier())
    app = application(latchstring)
    with pytest.raises(ConfigurationError):

        @latchstring.required()
        @app.get("/me")
        def me() -> Any:
            return current_principal.subject


def test_options_never_reaches_a_view_that_is_guarded() -> None:
    latchstring = Latchstring(verifier=ISSUER.verifier())
    app = application(latchstring)
    reached: list[str] = []

    @app.route("/me", methods=["GET", "OPTIONS"])
    @latchstring.required()
    def me() -> Any:
        reached.append("me")
        return ""

    answer = app.test_client().options("/me")
    assert (answer.status_code, reached) == (200, [])
    assert {"GET", "OPTIONS"} <= set(str(answer.headers["allow"]).split(", "))


def test_the_principal_is_there_only_where_a_guard_has_found_one() -> None:
    latchstring = Latchstring(verifier=ISSUER.verifier())
    app = application(latchstring)
    app.testing = True

    @app.get("/unguarded")
    def unguarded() -> Any:
        assert not bool(current_principal)
        return current_principal.subject

    with pytest.raises(RuntimeError, match="required"):
        app.test_client().get("/unguarded", headers=ISSUER.bearer())
    with pytest.raises(RuntimeError):
        assert current_principal.subject


def test_a_refusal_that_a_view_raises_is_answered_alike() -> None:
    latchstring = Latchstring(verifier=ISSUER.verifier())
    app = application(latchstring)

    @app.get("/by-hand")
    def by_hand() -> Any:
        return dict(latchstring.verifier.verify_token("x"))

    answer = app.test_client().get("/by-hand")
    assert (answer.status_code, answer.json and answer.json["code"]) == (401, "token_malformed")
    assert answer.headers["x-trace-id"] == (answer.json or {})["trace_id"]


def test_a_view_keeps_its_name_and_its_form() -> None:
    latchstring = Latchstring(verifier=ISSUER.verifier())

    def item(number: int) -> Any:
        """One."""
        return str(number)

    guarded = latchstring.required(policy=lambda principal: principal.has_role("reader"))(item)
    assert (guarded.__name__, guarded.__doc__) == ("item", "One.")
    assert list(inspect.signature(guarded).parameters) == ["number"]
    app = application(latchstring)
    app.add_url_rule("/items/<int:number>", view_func=guarded)
    client = app.test_client()
    assert client.get("/items/7", headers=ISSUER.bearer(roles="reader")).text == "7"
    assert client.get("/items/7", headers=ISSUER.bearer()).status_code == 403


@pytest.mark.parametrize("wrong", [{"roles": [""]}, {"role": ["admin"]}, {"on_stale": "ajar"}, {"policy": "admin"}])
def test_requirements_that_are_none_are_refused_when_the_route_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Latchstring(verifier=ISSUER.verifier()).required(**wrong)
