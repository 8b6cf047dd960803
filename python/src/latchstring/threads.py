"""Threads in the background."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from threading import Thread

from .errors import ConfigurationError

Spawn = Callable[[Callable[[], None], str], None]
"""Runs an action in the background, under a name.

Raises :class:`RuntimeError` where no thread can be made, such as while the interpreter ends.
"""


def spawn(action: Callable[[], None], name: str) -> None:
    """Runs an action on a thread that does not keep the process alive."""
    Thread(target=action, name=name, daemon=True).start()


def require_threads() -> None:
    """Refuses to start under uWSGI without threads, where nothing would ever run in the background.

    Raises :class:`ConfigurationError`.
    """
    try:
        # uWSGI itself brings the module: there is none elsewhere.
        uwsgi = importlib.import_module("uwsgi")
    except ImportError:
        return
    options = getattr(uwsgi, "opt", {})
    if _is_on(options.get("enable-threads")) or _is_on(options.get("threads")):
        return
    raise ConfigurationError(
        "uWSGI runs without threads, so keys and revocations could not be loaded in the background: "
        "start it with --enable-threads (enable-threads = true)."
    )


def _is_on(value: object) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
    return text.strip().lower() not in ("", "none", "false", "off", "no", "0")
