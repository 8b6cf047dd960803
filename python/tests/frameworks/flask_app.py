"""The application of the tests in Flask."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask
from flask_cors import CORS
from frameworks.setup import APP, Setup, setup_of_environment

from latchstring.flask import Latchstring, current_principal


def create_app(setup: Setup | None = None) -> Flask:
    chosen = setup or setup_of_environment()
    app = Flask(__name__)
    CORS(app, origins=[APP], supports_credentials=True, expose_headers=["X-Own"])
    latchstring = Latchstring(verifier=chosen.verifier, on_refusal=chosen.on_refusal)
    if chosen.verifier is None:
        app.config.from_mapping({f"LATCHSTRING_{name}": value for name, value in chosen.settings.items()})
    latchstring.init_app(app)

    @app.route("/me", methods=["GET", "POST"])
    @latchstring.required()
    def me() -> Any:
        return {"subject": current_principal.subject}

    @app.get("/async/me")
    @latchstring.required()
    async def me_async() -> Any:
        return {"subject": current_principal.subject}

    @app.get("/admin")
    @latchstring.required(role="admin")
    def admin() -> Any:
        return {"subject": current_principal.subject}

    @app.get("/open")
    @latchstring.required(on_stale="open")
    def stays_open() -> Any:
        return {"subject": current_principal.subject}

    @app.get("/maybe")
    @latchstring.optional(on_stale="open")
    def maybe() -> Any:
        return {"subject": current_principal.subject if bool(current_principal) else None}

    blueprint = Blueprint("scope", __name__, url_prefix="/scope")
    blueprint.before_request(latchstring.guard(any_role=["admin", "auditor"]))

    @blueprint.get("/me")
    def scope_me() -> Any:
        return {"subject": current_principal.subject}

    app.register_blueprint(blueprint)
    return app
