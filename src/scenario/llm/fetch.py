"""One request to a model's server and its whole answer, with the network's failures in the words of the model layer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from scenario.config import Timeouts
from scenario.errors import ModelResponseError, ModelUnreachableError
from scenario.exchange import HttpRequest
from scenario.llm.endpoint import headers_of, server_of
from scenario.llm.resolve import ModelTarget
from scenario.protocols.json_text import repaired
from scenario.protocols.protocol import Framing
from scenario.redaction import redacted_url
from scenario.transport.redirects import not_followed
from scenario.transport.transport import Response, Transport, TransportError

# An answer that is not streamed comes in one piece at its end, so that the first byte may take as long as the whole.
_WHOLE_CALL: Final = 300.0
_CONNECT: Final = 10.0
_EVENT_STREAM: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")

_WORDS: Final = {
    "connect": "no connection could be made. Is it running, and is api_base= right?",
    "first_byte": "no answer in time; timeout= sets another deadline.",
    "idle": "the answer stopped in the middle; timeout= sets another deadline.",
    "total": "the answer was not whole in time; timeout= sets another deadline.",
    "broken": "the connection broke.",
    "protocol": "that is no HTTP, or more than can be read.",
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response with its whole body."""

    status: int
    framing: Framing
    body: bytes


def answer_of(body: bytes, *, status: int = 200) -> Answer:
    """A body with its framing, by its own beginning: servers name a stream as they like, and JSON begins otherwise."""
    return Answer(status=status, framing="sse" if _EVENT_STREAM.match(body) else "json", body=body)


async def fetch(transport: Transport, target: ModelTarget, url: str, body: Mapping[str, Any] | None) -> Answer:
    """Send a JSON body (without one, ask with GET) and wait for the whole answer, whatever its status.

    Raises:
        ModelUnreachableError: none came, or it broke.
        ModelResponseError: it is a redirect that is not followed.
    """
    seconds = target.settings.timeout or _WHOLE_CALL
    timeouts = Timeouts(connect=min(_CONNECT, seconds), first_byte=seconds, idle=seconds, total=seconds)
    request = HttpRequest(
        method="POST" if body is not None else "GET",
        url=url,
        headers=headers_of(target, streamed=body is not None and bool(body.get("stream"))),
        body=b"" if body is None else _encoded(body),
    )
    try:
        async with transport.open(request, timeouts=timeouts) as response:
            _refuse_redirect(target, request, response)
            pieces = [chunk.data async for chunk in response.chunks()]
            return answer_of(b"".join(pieces), status=response.status)
    except TransportError as error:
        reason = _WORDS.get(error.kind, "the connection failed.")
        raise ModelUnreachableError(f"{target.name} at {server_of(target)}: {reason} ({error})") from error


def _refuse_redirect(target: ModelTarget, request: HttpRequest, response: Response) -> None:
    if not 300 <= response.status < 400:
        return
    said = f"{target.name} at {server_of(target)} answered with HTTP {response.status}"
    where = response.headers.get("location", "")
    refused = not_followed(request.method, request.url, response.status, where)
    if refused is not None:
        said += f", a redirect to {redacted_url(where)}, which is not followed. {refused.why}"
    remedy = "Give api_base= the address that you mean."
    raise ModelResponseError(f"{said.removesuffix('.')}. {remedy}", status=response.status)


def _encoded(body: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        # Half a surrogate pair in what somebody said: UTF-8 cannot hold it, and strict servers refuse its escape.
        return repaired(json.dumps(body, ensure_ascii=False)).encode()
