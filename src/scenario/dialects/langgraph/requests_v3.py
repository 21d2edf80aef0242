"""What a LangGraph Server is sent in its event protocol, version 3: a command that starts or answers, then a reading.

Source: the packages langchain-protocol 0.0.19 and langgraph-api 0.16.7. Both go to the thread: the command is answered
at once, and what comes of it is read from the thread's events, after those that have been read before.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote

from scenario.dialects.langgraph import requests as langgraph_requests
from scenario.errors import AgentError
from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal

# What no model streams is in the states alone: the server's version 0.16.7 sends no updates.
_CHANNELS: Final = ("messages", "tools", "updates", "values", "input", "lifecycle")
_PATH: Final = late_pattern(r"(?P<root>.*?)(?:/threads/(?P<thread>[^/]+))?(?:/stream/events|/commands)?/?\Z")


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """Find the graph and make the thread, where neither is known; the command; then the thread's events."""
    root, thread = _place(turn)
    graph = yield from langgraph_requests.found_graph(turn, root)
    known = thread or _text(turn.session.get("thread_id"))
    new = not known
    if new:
        known = yield from langgraph_requests.made_thread(turn, root)
    session = {"assistant_id": graph, "thread_id": known}
    answered = yield RequestDraft(
        body=_command(turn, graph, new=new), url=f"{root}{_of(known)}/commands", session=session, puts_turn=True
    )
    _check(answered)
    return stream(turn, thread=known)


def stream(turn: Turn, *, thread: str = "") -> RequestDraft:
    """The request for the thread's events."""
    root, in_path = _place(turn)
    known = thread or in_path or _text(turn.session.get("thread_id")) or turn.thread_id
    body: dict[str, Any] = {"channels": list(_CHANNELS)}
    if isinstance(seq := turn.session.get("seq"), int):
        body["since"] = seq
    return RequestDraft(body=body, url=f"{root}{_of(known)}/stream/events")


def _command(turn: Turn, graph: str, *, new: bool) -> dict[str, Any]:
    if turn.resume is None:
        said = turn.messages if new else turn.new_messages or turn.messages[-1:]
        given = {"messages": [langgraph_requests.kept(message) for message in said]}
        return {"id": 1, "method": "run.start", "params": {"assistant_id": graph, "input": given}}
    found = turn.interrupt.get("interrupts") if isinstance(turn.interrupt, Mapping) else None
    asked = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
    answer = langgraph_requests.resume_of(turn.resume, turn.interrupt)
    responses = [
        {
            "namespace": one.get("namespace") or [],
            "interrupt_id": one.get("id"),
            "response": answer.get(one.get("id")) if len(asked) > 1 and isinstance(answer, Mapping) else answer,
        }
        for one in asked
    ]
    params = responses[0] if len(responses) == 1 else {"responses": responses}
    return {"id": 1, "method": "input.respond", "params": params}


def _check(answered: Answered) -> None:
    value = read_json(answered.body)
    failed = isinstance(value, dict) and value.get("type") == "error"
    if answered.head.status < 300 and not failed:
        return
    words = refusal(answered.head, answered.body).message
    if isinstance(value, dict) and failed:
        words = f"{_text(value.get('error'))}: {_text(value.get('message'))}"
    raise AgentError(f"The LangGraph server refused the command: {words}.")


def _place(turn: Turn) -> tuple[str, str]:
    """Where the API begins, and the thread that the path names."""
    found = _PATH.match(turn.path)
    return (turn.path.rstrip("/"), "") if found is None else (found["root"], unquote(found["thread"] or ""))


def _of(thread: str) -> str:
    return f"/threads/{quote(thread, safe='')}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
