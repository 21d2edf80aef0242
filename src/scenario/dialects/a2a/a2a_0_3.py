"""A2A 0.3, the Agent2Agent protocol before 1.0, over JSON-RPC.

Source: https://a2a-protocol.org/v0.3.0/specification and the package a2a-sdk 1.3.0, which serves both. It differs from
1.0 in names: methods, roles, states, and a `kind` that says what each object is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final

from scenario.dialects.a2a.a2a_1_0 import A2A, content_of, waiting_task
from scenario.protocols.content_parts import Media, cannot_carry
from scenario.protocols.protocol import CERTAIN, Detection, Head, RequestDraft, Sample, Turn

_KINDS: Final = ("task", "status-update", "artifact-update", "message")


class A2A03(A2A):
    """A2A 0.3 over JSON-RPC."""

    name: ClassVar[str] = "a2a-0.3"

    def request(self, turn: Turn) -> RequestDraft:
        """A message in the context, and in the task that waits for it."""
        message: dict[str, Any] = {
            "kind": "message",
            "messageId": turn.request_id,
            "role": "user",
            "parts": list(_parts(turn)),
        }
        params: dict[str, Any] = {"message": message | waiting_task(turn)}
        if not turn.stream:
            params["configuration"] = {"blocking": True}
        method = "message/stream" if turn.stream else "message/send"
        return RequestDraft(body={"jsonrpc": "2.0", "id": turn.request_id, "method": method, "params": params})

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By the kind of the JSON-RPC result."""
        for sample in samples:
            value = sample.value
            if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
                continue
            result = value.get("result")
            if isinstance(result, dict) and result.get("kind") in _KINDS:
                return Detection(certainty=CERTAIN, reason=f'a JSON-RPC result is of "kind": "{result["kind"]}"')
        return None


def _parts(turn: Turn) -> Iterator[dict[str, Any]]:
    for part in content_of(turn) or [""]:
        if isinstance(part, str):
            yield {"kind": "text", "text": part}
        elif not isinstance(part, Media):
            yield {"kind": "data", "data": part}
        else:
            yield {"kind": "file", "file": _file(part)}


def _file(part: Media) -> dict[str, str]:
    if not (part.data or part.url):
        cannot_carry(part, "A2A", "it takes files by their bytes or their URL")
    file = {"bytes": part.data} if part.data else {"uri": part.url}
    return file | {key: value for key, value in (("mimeType", part.media_type), ("name", part.name)) if value}
