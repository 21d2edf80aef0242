"""The Vercel AI SDK's `fullStream`, sent as it is by VoltAgent, Mastra and others: as events or as lines of JSON.

It is of the same family as the UI message stream and told from it by its parts' fields. A stream is whole when its
`finish` has come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

import msgspec

from scenario.dialects.vercel.full_parts import own_mark
from scenario.dialects.vercel.ui_stream import VercelUIReader
from scenario.protocols.protocol import (
    CERTAIN,
    Brought,
    Detection,
    Dialect,
    Framing,
    Head,
    Reader,
    ReadOptions,
    RequestDraft,
    Sample,
    Turn,
)
from scenario.wire.sse import ServerSentEvent


class VercelFull(Dialect):
    """An endpoint that streams what `streamText(…).fullStream` yields."""

    name: ClassVar[str] = "vercel-full"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "ndjson")

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation, as the SDK's own messages are."""
        return RequestDraft(body={"messages": turn.messages})

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply."""
        return VercelFullReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By what only its parts have."""
        for sample in samples:
            if mark := own_mark(sample.fields):
                return Detection(certainty=CERTAIN, reason=mark)
        return None


class _TextPart(msgspec.Struct, gc=False):
    """A part that brings nothing but text."""

    type: Literal["text-delta"]
    delta: str = msgspec.field(name="text")
    id: str = ""


class VercelFullReader(VercelUIReader):
    """Folds parts into a reply, as the chunks of the UI stream that they stand for."""

    decode_text: ClassVar[Callable[..., Any] | None] = msgspec.json.Decoder(_TextPart).decode

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one part; what servers write when they close the stream is no end of its own."""
        brought = super().read(event)
        if self.over and not self._finished and not self._aborted:
            self.reply.cut = True
        return brought
