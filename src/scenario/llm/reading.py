"""What a model's server answered: the reply in it, and the models that it lists. Pure."""

from __future__ import annotations

import re
from typing import Final

from scenario.errors import ModelResponseError
from scenario.llm.complaint import PASSING, complaint_in_error
from scenario.llm.endpoint import PAGE, said_in, server_of, without_secrets
from scenario.llm.fetch import Answer
from scenario.llm.resolve import ModelTarget
from scenario.protocols.errors_in_json import error_in, error_of
from scenario.protocols.framing import framer
from scenario.protocols.json_text import read_json, write_json
from scenario.protocols.protocol import Ending, ReadOptions
from scenario.protocols.registry import dialect_named
from scenario.types import Reply, ReplyError
from scenario.wire.event import events_of

_MAX_EVENT_BYTES: Final = 64 * 1024 * 1024
_BLANK: Final = b" \t\r\n\0\xef\xbb\xbf"
_OBJECT_AS_CONTENT: Final = re.compile(rb'"content"\s*:\s*\{')
_SHOWN: Final = 200
_NO_CHAT: Final = ("embed", "whisper", "tts", "rerank", "dall-e", "moderation")


class PassingFailure(ModelResponseError):
    """An answer that was cut though its transfer did not break, or a busy server's word: another try may do better."""


def read_reply(target: ModelTarget, answer: Answer) -> Reply:
    """The reply in a successful answer; one that was streamed although nobody asked for that is read too.

    Raises:
        PassingFailure: it is empty, a web page, without any choice, or ended before it was whole; or it says that the
            server is busy.
        ModelResponseError: the answer holds an error, or nothing that can be read.
    """
    reader = dialect_named(target.dialect).reader(ReadOptions(framing=answer.framing))
    cutter = framer(answer.framing, max_event_bytes=_MAX_EVENT_BYTES)
    brought = [reader.read(event) for event in events_of([*cutter.feed(_with_text(answer.body)), *cutter.close()])]
    reply = reader.finish(Ending(half_event=cutter.half_event))
    where = f"{target.name} at {server_of(target)}"
    if (error := reply.error or _error_beside(answer, reply)) is not None:
        words = without_secrets(target, error.message)
        complaint = complaint_in_error(error)
        kind = PassingFailure if error.code in PASSING or complaint.may_pass else ModelResponseError
        raise kind(f"{where} answered with an error: {words}", status=answer.status, reason=complaint.reason)
    if (nothing := _nothing_in(answer, reply)) is not None:
        raise PassingFailure(f"{where} answered with HTTP {answer.status} and {nothing}.", status=answer.status)
    if answer.framing == "sse" and not (reader.over or reader.is_whole()):
        raise PassingFailure(f"{where}: the stream ended before the answer was whole.", status=answer.status)
    is_nothing = answer.framing == "json" and all(one.kind == "nothing" for one in brought) and _is_bare(reply)
    is_foreign = is_nothing and not reply.session and b'"choices"' not in answer.body
    if is_foreign or all(one.kind == "malformed" for one in brought):
        if not is_foreign and answer.body.lstrip().startswith(b"{"):
            raise PassingFailure(f"{where}: the answer ended before it was whole, or is no JSON.", status=answer.status)
        came = without_secrets(target, said_in(answer.body))[:_SHOWN]
        raise ModelResponseError(
            f"{where} answered with what is no {target.dialect} response: {came}", status=answer.status
        )
    return reply


def _error_beside(answer: Answer, reply: Reply) -> ReplyError | None:
    """The error in an object that stands in an answer's place, whatever a server names it; None where there is none."""
    value = read_json(answer.body) if answer.framing == "json" and _is_bare(reply) else None
    if not isinstance(value, dict) or value.get("choices"):
        return None
    if (error := error_in(value)) is not None:
        return error
    if "choices" in value:
        return None
    # FastAPI says what is wrong in "detail", and proxies in "message", in which other APIs answer.
    error = error_of(value)
    is_busy = isinstance(value.get("message"), str) and complaint_in_error(error).may_pass
    is_error = is_busy or value.get("success") is False or (isinstance(value.get("detail"), str) and value["detail"])
    return error if is_error else None


def _is_bare(reply: Reply) -> bool:
    return reply.finish_reason is None and not (reply.messages or reply.reasoning)


def _holds_something(choice: object) -> bool:
    return isinstance(choice, dict) and any(choice.get(key) is not None for key in ("message", "delta", "text"))


def _with_text(body: bytes) -> bytes:
    """The body with the content of a message as a text, where a server has read its model's JSON already."""
    value = read_json(body) if _OBJECT_AS_CONTENT.search(body) else None
    choices = value.get("choices") if isinstance(value, dict) else None
    if not isinstance(choices, list):
        return body
    for choice in choices:
        message = choice.get("message") if isinstance(choice, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(message, dict) and isinstance(content, dict) and not content.keys() & {"text", "thinking"}:
            message["content"] = write_json(content)
    return write_json(value).encode()


def _nothing_in(answer: Answer, reply: Reply) -> str | None:
    """What came in an answer's place, where that is nothing of a model's; None where something is."""
    if not answer.body.strip(_BLANK):
        return "an empty body"
    if (page := said_in(answer.body)).startswith(PAGE):
        return page[:_SHOWN]
    if reply.error is not None or not _is_bare(reply):
        return None
    if answer.framing == "sse":
        return "a stream with no choice in it" if b'"choices"' in answer.body and b"[DONE]" in answer.body else None
    value = read_json(answer.body)
    if not isinstance(value, dict) or ("choices" not in value and value):
        return None
    choices = value.get("choices")
    if choices:
        return None if any(map(_holds_something, choices)) else "a choice with nothing in it"
    return f'no choice in it ("choices": {write_json(choices)})' if "choices" in value else "an empty object"


def first_chat_model(body: bytes) -> str | None:
    """The first model of a server's list that can chat, as far as its name tells; None where there is none."""
    value = read_json(body)
    listed = value.get("data") if isinstance(value, dict) else None
    for model in listed if isinstance(listed, list) else ():
        name = model.get("id") if isinstance(model, dict) else None
        if isinstance(name, str) and name and not any(sign in name.lower() for sign in _NO_CHAT):
            return name
    return None
