"""What LangGraph Server is sent: which graph, which thread, what the user said, or the answer to an interrupt.

Source: https://langchain-ai.github.io/langgraph/cloud/reference/api/api_ref.html. The path of the given URL says how
runs are made: `…/threads/ID/runs/stream` in that thread, `…/runs/stream` without one, anything else in a thread that
is made for the conversation.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final
from urllib.parse import quote, unquote
from uuid import UUID

from scenario.errors import AgentError, ConfigurationError
from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal
from scenario.types import Message

# Pieces as they come, and each step's outcome: interrupts and answers that no model streamed are in these.
_STREAM_MODES: Final = ("messages-tuple", "updates")
# The name that the templates give their graph.
_USUAL_GRAPH: Final = "agent"
_PATH: Final = late_pattern(r"(?P<root>.*?)(?:/threads/(?P<thread>[^/]+))?(?P<runs>/runs)(?:/stream|/wait)?/?\Z")
_KEPT_FIELDS: Final = ("role", "content", "name", "tool_calls", "tool_call_id")


def run(turn: Turn, *, graph: str = "", thread_id: str = "") -> RequestDraft:
    """The request that makes a run.

    Args:
        turn: what is to be put.
        graph: the assistant's id, or its graph's name.
        thread_id: the thread that has just been made for it.
    """
    root, in_path, stateless = places(turn.path)
    known = in_path or _text(turn.session.get("thread_id"))
    thread = thread_id or ("" if stateless else known)
    body: dict[str, Any] = {"assistant_id": graph or chosen_graph(turn) or _USUAL_GRAPH}
    if turn.resume is not None:
        body["command"] = {"resume": resume_of(turn.resume, turn.interrupt)}
    else:
        messages = (turn.new_messages or turn.messages[-1:]) if thread and not thread_id else turn.messages
        body["input"] = {"messages": [kept(message) for message in messages]}
    if turn.stream:
        body |= {"stream_mode": list(_STREAM_MODES), "on_disconnect": "cancel"}
    ending = "/runs/stream" if turn.stream else "/runs/wait"
    session = {"assistant_id": body["assistant_id"]} | ({"thread_id": thread} if thread else {})
    place = f"/threads/{quote(thread, safe='')}" if thread else ""
    return RequestDraft(body=body, url=f"{root}{place}{ending}", session=session)


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """Find the graph and make the thread, where neither is known, then the run."""
    root, in_path, stateless = places(turn.path)
    graph = yield from found_graph(turn, root)
    thread = ""
    if not (in_path or stateless or turn.session.get("thread_id")):
        thread = yield from made_thread(turn, root)
    return run(turn, graph=graph, thread_id=thread)


def found_graph(turn: Turn, root: str) -> Generator[RequestDraft, Answered, str]:
    """The graph that is known, or that the server has."""
    if graph := chosen_graph(turn):
        return graph
    return _graph_among((yield RequestDraft(body={"limit": 100}, url=f"{root}/assistants/search")))


def made_thread(turn: Turn, root: str) -> Generator[RequestDraft, Answered, str]:
    """A thread for the conversation."""
    return _thread_of((yield RequestDraft(body=_new_thread(turn), url=f"{root}/threads")))


def places(path: str) -> tuple[str, str, bool]:
    """Where the API begins, the thread that the path names, and whether it asks for runs without one."""
    found = _PATH.match(path)
    if found is None:
        return path.rstrip("/"), "", False
    thread = unquote(found["thread"] or "")
    return found["root"], thread, not thread


def chosen_graph(turn: Turn) -> str:
    """The graph that the user named, or that an earlier turn found; empty where there is none."""
    return turn.model or _text(turn.session.get("assistant_id"))


def resume_of(answer: Any, interrupt: object) -> Any:
    """The answer to an interrupt in the form that what asked for it understands."""
    asked = interrupt.get("interrupts") if isinstance(interrupt, Mapping) else None
    pending = [one for one in asked if isinstance(one, dict)] if isinstance(asked, list) else []
    ids = [_text(one.get("id")) for one in pending]
    if len(pending) > 1 and all(ids):
        if isinstance(answer, Mapping) and set(answer) <= set(ids):
            return answer
        return {id_: _answer(answer, one.get("value")) for id_, one in zip(ids, pending, strict=True)}
    return _answer(answer, pending[0].get("value") if pending else None)


def _answer(answer: Any, question: object) -> Any:
    """One answer: an approval in the words of LangChain's middleware, of its older form, or as a plain yes or no."""
    if not isinstance(answer, Mapping) or not isinstance(approve := answer.get("approve"), bool):
        return answer
    said = _text(answer.get("message")) or _text(answer.get("reason"))
    if isinstance(question, dict) and isinstance(actions := question.get("action_requests"), list):
        decision = {"type": "approve" if approve else "reject"} | ({"message": said} if said and not approve else {})
        return {"decisions": [dict(decision) for _ in actions]}
    first = question[0] if isinstance(question, list) and question else question
    if isinstance(first, dict) and "action_request" in first:
        return [{"type": "accept" if approve else "ignore", "args": said or None}]
    return dict(answer) if len(answer) > 1 else approve


def _graph_among(answer: Answered) -> str:
    """The graph to run, among those that the server has."""
    found = read_json(answer.body) if answer.head.status == 200 else NOT_JSON
    names = [
        (_text(one.get("assistant_id")), _text(one.get("graph_id")), _text(one.get("name")))
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict)
    ]
    if not names:
        return _USUAL_GRAPH
    if len(names) == 1:
        return names[0][0] or names[0][1]
    if any(_USUAL_GRAPH in one for one in names):
        return _USUAL_GRAPH
    shown = ", ".join(sorted({repr(graph or id_) for id_, graph, _ in names}))
    raise ConfigurationError(
        f"The LangGraph server has several graphs: {shown}. Say which one is to be tested: RemoteAgent(url, model=…)."
    )


def _new_thread(turn: Turn) -> dict[str, Any]:
    """The conversation's own id is the thread's where it can be: the server takes UUIDs alone."""
    try:
        return {"thread_id": str(UUID(turn.thread_id)), "if_exists": "do_nothing"}
    except ValueError:
        return {}


def _thread_of(answer: Answered) -> str:
    value = read_json(answer.body)
    thread = _text(value.get("thread_id")) if isinstance(value, dict) else ""
    if answer.head.status >= 300 or not thread:
        raise AgentError(
            "The LangGraph server made no thread for the conversation: "
            f"{refusal(answer.head, answer.body).message}. For a graph without state, give the URL of its /runs/stream."
        )
    return thread


def kept(message: Message) -> dict[str, Any]:
    """What of a message a graph takes."""
    return {key: message[key] for key in _KEPT_FIELDS if key in message}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
