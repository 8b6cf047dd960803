"""Processes that are copied from one that runs already (gunicorn --preload, multiprocessing)."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

Owner = TypeVar("Owner")

_owners: weakref.WeakKeyDictionary[Any, Callable[[Any], None]] = weakref.WeakKeyDictionary()


def after_fork_in_child(owner: Owner, action: Callable[[Owner], None]) -> None:
    """Calls an action on an object in every process that is forked while the object lives."""
    _owners[owner] = action


def _run() -> None:
    for owner, action in list(_owners.items()):
        action(owner)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_run)
