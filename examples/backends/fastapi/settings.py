"""Where the application listens and finds its pages, and what it needs to know of the Latchstring server."""

from __future__ import annotations

import os
from pathlib import Path

PORT = int(os.environ.get("PORT", "5173"))
HOST = os.environ.get("HOST", "127.0.0.1")

PAGES = os.environ.get("PAGES") or str(Path(__file__).resolve().parent.parent / "frontend" / "dist")
"""The folder with what the frontend's ``npm run build`` has made."""

# The very variables that the Latchstring server reads, so that both agree.
ISSUER = os.environ.get("LATCHSTRING_ISSUER", "http://localhost:4000")
AUDIENCE = os.environ.get("LATCHSTRING_AUDIENCE", ISSUER)
ORIGINS = os.environ.get("LATCHSTRING_ORIGINS", f"http://localhost:{PORT}")
