"""OpenAI's Responses API, streaming and not, and the servers that are compatible with it.

Source: https://platform.openai.com/docs/api-reference/responses-streaming. A stream is whole when `response.completed`
or `response.incomplete` has come. Output items are told apart by `output_index`, which is steadier than their ids:
some gateways write new ids into each event. What the last event of an item says of its arguments replaces what the
deltas have said; its texts count only where no delta has brought one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from scenario.dialects.openai.responses_input import build_body
from scenario.dialects.openai.responses_reader import OpenAIResponsesReader
from scenario.late_pattern import late_pattern
from scenario.protocols.protocol import (
    CERTAIN,
    LIKELY,
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

_MARKS: Final = ("response", "sequence_number", "output_index", "item_id", "response_id")
# What its events are called: a home-made "response.delta" is none of them.
_KINDS: Final = late_pattern(
    r"response\.(created|queued|in_progress|completed|incomplete|failed|cancelled|done|output_\w+|content_part|refusal|"
    r"reasoning\w*|function_call\w*|mcp_\w+|custom_tool_\w+|web_search_\w+|file_search_\w+|code_interpreter_\w+|"
    r"image_\w+|audio|computer_\w+|error)(\.|\Z)"
)


class OpenAIResponses(Dialect):
    """`/v1/responses`."""

    name: ClassVar[str] = "openai-responses"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json", "ndjson")
    url_endings: ClassVar[tuple[str, ...]] = ("/responses",)

    def request(self, turn: Turn) -> RequestDraft:
        """The whole conversation, or what is new after a response that the server keeps."""
        return RequestDraft(body=build_body(turn), suffix="/responses")

    def reader(self, options: ReadOptions) -> Reader:  # noqa: ARG002 - a whole response is told by its shape
        """A reader for one reply, events or the whole response."""
        return OpenAIResponsesReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the events' types, or by the object's name."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict):
                continue
            kind = value.get("type")
            if value.get("object") == "response":
                return Detection(certainty=CERTAIN, reason='it says "object": "response"')
            if kind is None and _KINDS.match(sample.event.event):
                return Detection(certainty=LIKELY, reason=f'an event is named "{sample.event.event[:40]}"')
            marked = any(mark in value for mark in _MARKS)
            if isinstance(kind, str) and (_KINDS.match(kind) or (marked and kind.startswith("response."))):
                certainty = CERTAIN if marked else LIKELY
                return Detection(certainty=certainty, reason=f'an event says "type": "{kind[:40]}"')
            if kind == "error" and isinstance(value.get("sequence_number"), int):
                return Detection(certainty=CERTAIN, reason='an error event has a "sequence_number"')
        return None
