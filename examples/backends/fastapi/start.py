"""Listens: ``python start.py``. One process, because the notes are in its memory."""

from __future__ import annotations

import uvicorn

import settings

if __name__ == "__main__":
    uvicorn.run("app:app", host=settings.HOST, port=settings.PORT, log_level="warning", server_header=False)
