"""Django's settings: where the application listens and finds its pages, and what it needs to know of the Latchstring server."""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_urlsafe

from notebooks import LONGEST_BODY

PORT = int(os.environ.get("PORT", "5173"))
HOST = os.environ.get("HOST", "127.0.0.1")

PAGES = os.environ.get("PAGES") or str(Path(__file__).resolve().parent.parent / "frontend" / "dist")
"""The folder with what the frontend's ``npm run build`` has made."""

# The very variables that the Latchstring server reads, so that both agree.
ISSUER = os.environ.get("LATCHSTRING_ISSUER", "http://localhost:4000")
LATCHSTRING = {
    "ISSUER": ISSUER,
    "AUDIENCE": os.environ.get("LATCHSTRING_AUDIENCE", ISSUER),
    "ORIGINS": os.environ.get("LATCHSTRING_ORIGINS", f"http://localhost:{PORT}"),
}

INSTALLED_APPS = ["latchstring.django"]
MIDDLEWARE = [
    "middleware.SecurityHeaders",
    "django.middleware.common.CommonMiddleware",
    "latchstring.django.LatchstringMiddleware",
]
ROOT_URLCONF = "urls"
WSGI_APPLICATION = "wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = LONGEST_BODY
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")
DEBUG = False
USE_TZ = True
TIME_ZONE = "UTC"

# Nothing of this application is signed by Django: there is no session, no admin site, no form of its own.
SECRET_KEY = os.environ.get("SECRET_KEY") or token_urlsafe(32)
