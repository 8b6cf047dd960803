"""Listens: ``python start.py``. One process with threads, because the notes are in its memory."""

from __future__ import annotations

import runpy
import sys

import settings

if __name__ == "__main__":
    address = f"{settings.HOST}:{settings.PORT}"
    sys.argv = ["gunicorn", "--bind", address, "--threads", "16", "--log-level", "warning", "app:app"]
    runpy.run_module("gunicorn", run_name="__main__")
