"""Whether anything in a body could be read at all."""

from __future__ import annotations

from collections.abc import Sequence

from scenario.exchange import Chunk
from scenario.protocols.folding import Folding
from scenario.protocols.json_text import is_cut_json
from scenario.protocols.protocol import Framing
from scenario.types import Reply


def is_unread(reply: Reply, folding: Folding, *, framing: Framing | None, events: int, chunks: Sequence[Chunk]) -> bool:
    """Whether nothing in the body could be read: no event that brought anything, no end, no reason for one.

    Args:
        reply: what was made of it.
        folding: what it was made by.
        framing: how it was cut into events.
        events: how many there were.
        chunks: its pieces.
    """
    if reply.outcome == "error":
        return False
    if framing == "text" and reply.outcome == "complete" and reply.text.isspace():
        return True  # a text of line ends alone is no more an answer than an empty body
    malformed = folding.malformed
    reader = folding.reader
    ended = reader.over and not (reader.puzzled or reader.doubted or malformed)
    if (
        reply.text
        or reply.messages
        or reply.reasoning
        or ended
        or (reply.finish_reason is not None and not reader.puzzled)
        or reply.interrupt is not None
    ):
        return False
    if malformed and (framing == "json" or (framing == "ndjson" and events == 1)):
        # JSON whose end is missing has been cut; anything else in it is no answer that anybody could read.
        return not is_cut_json(b"".join([chunk.data for chunk in chunks]))
    # Pieces of text are as long as they happen to be: how many of them cannot be read says nothing.
    return reply.outcome == "complete" or (framing != "text" and events == malformed)
