"""Server-sent events (HTML standard, section 9.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..errors import RevocationFeedError

_LINE_END: Final = re.compile("\r\n|\r|\n")


def too_large() -> RevocationFeedError:
    """What is raised for more bytes than the options allow."""
    return RevocationFeedError("not_a_feed", "An event of the revocation feed is larger than max_bytes allows.")


def read_server_sent_events(chunks: Iterable[bytes], maximum: int) -> Iterator[str]:
    """Takes server-sent events apart and gives the data of each. Only ``data`` counts here: what an event says is in its signed text,
    and its place too.

    ``maximum``: the most bytes of one event; beyond them :class:`RevocationFeedError` ``not_a_feed`` is raised.
    """
    data: list[str] = []
    taken = 0
    for line, pending in _read_lines(chunks):
        if taken + pending > maximum:
            raise too_large()
        if line is None:
            continue
        if line == "":
            if data:
                yield "\n".join(data)
            data = []
            taken = 0
            continue
        taken += len(line)
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))


def _read_lines(chunks: Iterable[bytes]) -> Iterator[tuple[str | None, int]]:
    """Lines that end in LF, CR or CRLF, each with its length; None with the length of one that has not ended yet. What follows the
    last end is no line, as the standard has it.
    """
    begun: list[str] = []
    length = 0
    skips_line_feed = False
    for chunk in chunks:
        # A JWS is ASCII. Whatever else comes is no part of one under any encoding.
        text = chunk.decode("latin-1")
        if skips_line_feed:
            text = text.removeprefix("\n")
        # The other half of a CRLF may come with the next chunk.
        skips_line_feed = chunk.endswith(b"\r")
        first, *more = _LINE_END.split(text)
        begun.append(first)
        length += len(first)
        for rest in more:
            yield "".join(begun), length
            begun = [rest]
            length = len(rest)
        yield None, length
