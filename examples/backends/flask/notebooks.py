"""Everyone's notes, newest first. In memory, where your application has its database."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from threading import Lock
from typing import Final, TypedDict
from uuid import uuid4

LONGEST_BODY: Final = 4096
"""The largest body of a request, in bytes."""

_LONGEST_TEXT: Final = 200
_NOTES_AT_MOST: Final = 20


class Note(TypedDict):
    """One note of a person; ``createdAt`` is as in RFC 3339."""

    id: str
    text: str
    createdAt: str


class Person(TypedDict):
    """How much one person has written. ``subject`` is Latchstring's id of them: the one thing that your own tables need."""

    subject: str
    notes: int


class RequestError(Exception):
    """A request that is not as it should be; the message is for its sender."""


class Notebooks:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        """Empty notebooks."""
        self._notes: dict[str, list[Note]] = {}
        self._lock = Lock()

    def of(self, subject: str) -> list[Note]:
        """The notes of a person."""
        return self._notes.get(subject, [])

    def add(self, subject: str, text: str) -> Note:
        """Writes a note. What is older than the newest twenty is forgotten."""
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        note = Note(id=str(uuid4()), text=text, createdAt=now.replace("+00:00", "Z"))
        with self._lock:
            self._notes[subject] = [note, *self.of(subject)][:_NOTES_AT_MOST]
        return note

    def people(self) -> list[Person]:
        """Who has written, and how much."""
        return [Person(subject=subject, notes=len(notes)) for subject, notes in list(self._notes.items())]

    def count(self) -> int:
        """How many notes there are."""
        return sum(person["notes"] for person in self.people())


def note_text(body: bytes) -> str:
    """The text of a note out of a request's body. Raises :class:`RequestError`."""
    try:
        value = json.loads(body)
        text = value["text"].strip()
        # What is no text, such as half a surrogate pair, could not be sent back.
        text.encode()
    # Whatever the body is: no JSON, no object, no text in it, or nested too deeply.
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        text = ""
    if not 0 < len(text) <= _LONGEST_TEXT:
        raise RequestError(f"A note has 1 to {_LONGEST_TEXT} characters.")
    return str(text)
