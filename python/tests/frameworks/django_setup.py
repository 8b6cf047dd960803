"""The settings of the tests' project in Django."""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from frameworks.setup import APP, Setup

# Tests put their own in its place.
NOWHERE = {"ISSUER": "http://localhost:9", "AUDIENCE": "http://localhost:9", "REVOCATIONS": "none"}


def configure(setup: Setup | None = None) -> None:
    """Once in a process."""
    settings.configure(
        SECRET_KEY="for these tests alone, and no one else",
        ALLOWED_HOSTS=["localhost"],
        ROOT_URLCONF="frameworks.django_app",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django.contrib.admin",
            "corsheaders",
            "rest_framework",
            "latchstring.django",
        ],
        MIDDLEWARE=[
            "corsheaders.middleware.CorsMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "latchstring.django.LatchstringMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        CORS_ALLOWED_ORIGINS=[APP],
        CORS_ALLOW_CREDENTIALS=True,
        CORS_ALLOW_HEADERS=["x-csrf-token"],
        CORS_EXPOSE_HEADERS=["X-Own", "WWW-Authenticate", "Retry-After", "X-Trace-Id"],
        LATCHSTRING=settings_of(setup or Setup(settings=NOWHERE)),
        USE_TZ=True,
    )
    django.setup()


def settings_of(setup: Setup) -> dict[str, Any]:
    return {**setup.settings, "VERIFIER": setup.verifier, "ON_REFUSAL": setup.on_refusal}
