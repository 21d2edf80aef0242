"""What a Google ADK server is sent: a session for the conversation, then what the user said or the answer asked for.

Source: https://google.github.io/adk-docs/get-started/testing/ and the server's own OpenAPI description.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import quote

from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.content_parts import Media, cannot_carry, parts_of
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal
from scenario.types import Message

CONFIRMATION: Final = "adk_request_confirmation"
_USER: Final = "scenario"
_ENDINGS: Final = ("/run_sse", "/run")


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """Find the app and make the session, where neither is known, then the run."""
    root = root_of(turn.path)
    app = turn.model or _text(turn.session.get("appName"))
    if not app:
        app = _app_among((yield RequestDraft(method="GET", url=f"{root}/list-apps")))
    session = _text(turn.session.get("sessionId"))
    if not session:
        user = quote(_USER, safe="")
        answer = yield RequestDraft(body={}, url=f"{root}/apps/{quote(app, safe='')}/users/{user}/sessions")
        session = _session_of(answer, app)
    return run(turn, app=app, session=session)


def run(turn: Turn, *, app: str = "", session: str = "") -> RequestDraft:
    """The request that makes the agent answer."""
    known = {"appName": app or turn.model or _text(turn.session.get("appName"))}
    known["sessionId"] = session or _text(turn.session.get("sessionId")) or turn.thread_id
    body: dict[str, Any] = {**known, "userId": _USER, "newMessage": _new_message(turn), "streaming": turn.stream}
    ending = "/run" if turn.path.rstrip("/").endswith("/run") else "/run_sse"
    return RequestDraft(body=body, url=f"{root_of(turn.path)}{ending}", session=known)


def root_of(path: str) -> str:
    """Where the server's paths begin, given the path of the user's URL."""
    path = path.rstrip("/")
    for ending in _ENDINGS:
        if path.endswith(ending):
            return path.removesuffix(ending)
    return path


def _new_message(turn: Turn) -> dict[str, Any]:
    if turn.resume is not None and isinstance(turn.interrupt, Mapping):
        asked = turn.interrupt.get("interrupts", [turn.interrupt])
        parts = [
            {"functionResponse": {"id": one.get("id"), "name": one.get("kind"), "response": _answer(turn.resume, one)}}
            for one in (asked if isinstance(asked, list) else ())
            if isinstance(one, Mapping)
        ]
        return {"role": "user", "parts": parts}
    said = [_part(part) for message in _said(turn) for part in parts_of(message.get("content"))]
    return {"role": "user", "parts": said or [{"text": ""}]}


def _answer(answer: Any, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a call that waits for a human."""
    approve = answer.get("approve") if isinstance(answer, Mapping) else answer
    if asked.get("kind") == CONFIRMATION and isinstance(approve, bool):
        rest = {key: value for key, value in answer.items() if key != "approve"} if isinstance(answer, Mapping) else {}
        # The server refuses fields of its own invention; what an app adds stands in the payload.
        payload = rest if rest and "payload" not in rest else rest.get("payload")
        return {"confirmed": approve} | ({} if payload is None else {"payload": payload})
    return dict(answer) if isinstance(answer, Mapping) else {"result": answer}


def _said(turn: Turn) -> list[Message]:
    """The user's new messages; the server keeps the others."""
    new = [message for message in turn.new_messages if message.get("role") == "user"]
    return new or [message for message in turn.messages if message.get("role") == "user"][-1:]


def _part(part: str | Media) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if part.data:
        named = {"displayName": part.name} if part.name else {}
        return {"inlineData": {"mimeType": part.type_or_any, "data": part.data} | named}
    if not part.url:
        cannot_carry(part, "an ADK server", "it takes files by their bytes or their URL")
    return {"fileData": {"mimeType": part.type_or_any, "fileUri": part.url}}


def _app_among(answer: Answered) -> str:
    found = read_json(answer.body)
    apps = [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
    if answer.head.status != 200 or not apps:
        raise AgentError(
            f"The ADK server names no app at /list-apps: {refusal(answer.head, answer.body).message}. "
            "Say which app is to be tested: RemoteAgent(url, model=…)."
        )
    if len(apps) > 1:
        raise ConfigurationError(
            f"The ADK server has several apps: {', '.join(map(repr, sorted(apps)))}. "
            "Say which one is to be tested: RemoteAgent(url, model=…)."
        )
    return apps[0]


def _session_of(answer: Answered, app: str) -> str:
    value = read_json(answer.body)
    session = _text(value.get("id")) if isinstance(value, dict) else ""
    if answer.head.status >= 300 or not session:
        raise AgentError(
            f"The ADK server made no session for the app {app!r}: {refusal(answer.head, answer.body).message}."
        )
    return session


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
