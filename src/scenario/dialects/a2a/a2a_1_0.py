"""A2A, the Agent2Agent protocol, 1.0: over JSON-RPC and over REST.

Source: https://a2a-protocol.org and the package a2a-sdk 1.3.0. The agent keeps the conversation: only what is new is
sent, with the context that it belongs to, and with the task where the agent waits for an answer in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from scenario.dialects.a2a.reader import A2AReader
from scenario.protocols.content_parts import Media, cannot_carry, parts_of
from scenario.protocols.protocol import (
    CERTAIN,
    LIKELY,
    POSSIBLE,
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

_DOMAIN: Final = "a2a-protocol.org"
# What the specification has for its own errors; other protocols over JSON-RPC use some of these too.
_ERROR_CODES: Final = range(-32009, -32000)


def content_of(turn: Turn) -> list[str | Media | Mapping[str, Any]]:
    """What is said to the agent in a turn: text, pictures, or data that answers what it asked."""
    answer = turn.resume
    if isinstance(answer, str):
        return [answer]
    if isinstance(answer, Mapping) and isinstance(approve := answer.get("approve"), bool):
        # There is no approval in this protocol: a person would write it.
        comment = next((value for value in map(answer.get, ("text", "message", "reason")) if value), "")
        return ["yes" if approve else "no", *([str(comment)] if comment else [])]
    if answer is not None:
        return [dict(answer) if isinstance(answer, Mapping) else {"value": answer}]
    said = [message for message in turn.new_messages if message.get("role") == "user"]
    said = said or [message for message in turn.messages if message.get("role") == "user"][-1:]
    return [part for message in said for part in parts_of(message.get("content"))]


def waiting_task(turn: Turn) -> dict[str, str]:
    """The ids that a message carries: its context's, and its task's as long as the agent waits in it."""
    names = ("contextId", "taskId") if turn.interrupt is not None or turn.resume is not None else ("contextId",)
    return {name: value for name in names if isinstance(value := turn.session.get(name), str) and value}


class A2A(Dialect):
    """A2A 1.0 over JSON-RPC."""

    name: ClassVar[str] = "a2a-1.0"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")

    def request(self, turn: Turn) -> RequestDraft:
        """A message in the context, and in the task that waits for it."""
        method = "SendStreamingMessage" if turn.stream else "SendMessage"
        body = {"jsonrpc": "2.0", "id": turn.request_id, "method": method, "params": _params(turn)}
        return RequestDraft(body=body, headers={"A2A-Version": "1.0"})

    def reader(self, _options: ReadOptions, /) -> Reader:
        """A reader for one reply, streamed or whole."""
        return A2AReader(self.name)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the JSON-RPC result that holds a task, an update of one, or a message."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
                continue
            if (name := payload_name(value.get("result"))) is not None:
                return Detection(certainty=CERTAIN, reason=f'a JSON-RPC result has "{name}"')
            if (error := value.get("error")) is not None:
                return _by_error(error, named=sample.event.event == "error")
        return None


class A2ARest(A2A):
    """A2A 1.0 over REST: the same objects without JSON-RPC around them."""

    name: ClassVar[str] = "a2a-1.0-rest"
    url_endings: ClassVar[tuple[str, ...]] = ("/message:stream", "/message:send")

    def request(self, turn: Turn) -> RequestDraft:
        """A message in the context, and in the task that waits for it."""
        suffix = "/message:stream" if turn.stream else "/message:send"
        headers = {"A2A-Version": "1.0", "Content-Type": "application/a2a+json"}
        return RequestDraft(body=_params(turn), suffix=suffix, headers=headers)

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By an object that is a task, an update of one, or a message, and nothing else."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or "jsonrpc" in value:
                continue
            if len(value) == 1 and (name := payload_name(value)) is not None:
                return Detection(certainty=CERTAIN, reason=f'an event has "{name}" and nothing else')
            if len(value) == 1 and _is_of_a2a(value.get("error")):
                return Detection(certainty=CERTAIN, reason=f"an error is of the domain {_DOMAIN}")
        return None


def payload_name(result: object) -> str | None:
    """Under what name a result of version 1.0 holds its payload; None where it holds none."""
    if not isinstance(result, dict):
        return None
    for name, marks in _PAYLOADS.items():
        payload = result.get(name)
        if isinstance(payload, dict) and any(mark in payload for mark in marks):
            return name
    return None


_PAYLOADS: Final[Mapping[str, tuple[str, ...]]] = {
    "task": ("status",),
    "statusUpdate": ("status",),
    "artifactUpdate": ("artifact",),
    "message": ("messageId", "parts"),
    "msg": ("messageId", "parts", "content"),
}


def _by_error(error: object, *, named: bool) -> Detection | None:
    if _is_of_a2a(error):
        return Detection(certainty=CERTAIN, reason=f"an error is of the domain {_DOMAIN}")
    if named:
        return Detection(certainty=LIKELY, reason="a JSON-RPC error is in an event named error")
    if isinstance(error, dict) and error.get("code") in _ERROR_CODES:
        return Detection(certainty=POSSIBLE, reason=f"a JSON-RPC error has the code {error['code']}")
    return None


def _is_of_a2a(error: object) -> bool:
    if not isinstance(error, dict):
        return False
    details = error.get("data") if "data" in error else error.get("details")
    found = details if isinstance(details, list) else [details]
    return any(isinstance(detail, dict) and detail.get("domain") == _DOMAIN for detail in found)


def _params(turn: Turn) -> dict[str, Any]:
    message = {"messageId": turn.request_id, "role": "ROLE_USER", "parts": list(_parts(turn))}
    return {"message": message | waiting_task(turn)}


def _parts(turn: Turn) -> Iterator[dict[str, Any]]:
    for part in content_of(turn) or [""]:
        if isinstance(part, str):
            yield {"text": part}
        elif not isinstance(part, Media):
            yield {"data": part}
        else:
            yield _file(part)


def _file(part: Media) -> dict[str, Any]:
    if not (part.data or part.url):
        cannot_carry(part, "A2A", "it takes files by their bytes or their URL")
    file = {"raw": part.data} if part.data else {"url": part.url}
    return file | {key: value for key, value in (("mediaType", part.media_type), ("filename", part.name)) if value}
