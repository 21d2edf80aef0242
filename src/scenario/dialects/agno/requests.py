"""What AgentOS is sent: a form with the user's text, in a session that the server keeps; or the answer to a pause.

Source: AgentOS's own OpenAPI document (agno 3.1): `POST /agents/{id}/runs` and `/agents/{id}/runs/{run}/continue`, and
the same of `/teams`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from scenario.errors import AgentError
from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in
from scenario.protocols.json_text import read_json, write_json
from scenario.protocols.multipart import FormFile, content_type, multipart
from scenario.protocols.new_words import file_of, new_messages, new_words
from scenario.protocols.protocol import Answered, RequestDraft, Turn
from scenario.protocols.rejection import refusal

_RUNS: Final = late_pattern(r"/(?:agents|teams)/[^/]+/runs/?\Z")
# What a pause asks for, in the tool that waits.
CONFIRMATION: Final = "requires_confirmation"
_INPUT: Final = "requires_user_input"
_ELSEWHERE: Final = "external_execution_required"


def requests(turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
    """The run; before it, where the URL is AgentOS's own, which agent there is."""
    path = turn.path.rstrip("/")
    if not _RUNS.search(path):
        path = turn.session.get("runs") or (yield from _only_agent(path))
    return run(turn, path)


def run(turn: Turn, path: str) -> RequestDraft:
    """The run at an agent's path, or the rest of one that was paused."""
    if turn.resume is not None and isinstance(turn.interrupt, Mapping) and turn.interrupt.get("run_id"):
        return _continued(turn, path)
    session = turn.session.get("session_id") or turn.thread_id
    fields: list[tuple[str, str | FormFile]] = [
        ("message", new_words(turn)),
        ("stream", "true" if turn.stream else "false"),
        *([("session_id", str(session))] if session else []),
    ]
    fields += [("files", file) for file in _files(turn)]
    return _form(turn, path, fields)


def _form(turn: Turn, path: str, fields: Sequence[tuple[str, str | FormFile]]) -> RequestDraft:
    boundary = f"scenario-{turn.request_id}"
    return RequestDraft(
        body=multipart(fields, boundary),
        url=path,
        headers={"Content-Type": content_type(boundary)},
        session={"runs": path.partition("/runs/")[0].removesuffix("/runs") + "/runs"},
    )


def _only_agent(root: str) -> Generator[RequestDraft, Answered, str]:
    """The runs of the one agent that the server has.

    Raises:
        AgentError: there is none, or there are several, which are named.
    """
    answer = yield RequestDraft(method="GET", url=f"{root}/agents")
    value = read_json(answer.body)
    if answer.head.status >= 300 or not isinstance(value, list):
        raise AgentError(f"AgentOS does not list its agents: {refusal(answer.head, answer.body).message}.")
    names = [str(one["id"]) for one in value if isinstance(one, dict) and one.get("id")]
    if len(names) != 1:
        there = ", ".join(names[:20]) or "none"
        raise AgentError(
            f"Which of AgentOS's agents is meant? Name it in the URL: {root}/agents/NAME/runs. There are: {there}."
        )
    return f"{root}/agents/{quote(names[0], safe='')}/runs"


def _continued(turn: Turn, path: str) -> RequestDraft:
    """A paused run, with what it waits for."""
    waiting = turn.interrupt
    tools = [_answered(one, turn.resume) for one in waiting.get("interrupts", ()) if isinstance(one, dict)]
    session = waiting.get("session_id") or turn.session.get("session_id") or turn.thread_id
    is_team = "/teams/" in path
    told = [{**one, "tool_execution": tool} for one, tool in zip(_requirements(waiting), tools, strict=False)]
    fields: list[tuple[str, str | FormFile]] = [
        ("requirements", write_json(told)) if is_team else ("tools", write_json(tools)),
        ("session_id", str(session)),
        ("stream", "true" if turn.stream else "false"),
    ]
    return _form(turn, f"{path}/{quote(str(waiting['run_id']), safe='')}/continue", fields)


def _requirements(waiting: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in waiting.get("requirements", ()) if isinstance(one, dict)]


def _answered(tool: dict[str, Any], answer: Any) -> dict[str, Any]:
    """A tool that waits, with the answer: confirmed or not, the user's fields, or what came of it elsewhere."""
    approve = answer.get("approve") if isinstance(answer, Mapping) else answer if isinstance(answer, bool) else None
    reason = answer.get("reason") if isinstance(answer, Mapping) else None
    if tool.get(_ELSEWHERE):
        return tool | {"result": answer if isinstance(answer, str) else write_json(answer)}
    if tool.get(_INPUT):
        fields = [dict(one) for one in _fields(tool) if isinstance(one, Mapping)]
        values = answer if isinstance(answer, Mapping) else {str(one.get("name")): answer for one in fields}
        filled = [one | {"value": values.get(str(one.get("name")), one.get("value"))} for one in fields]
        return tool | {"user_input_schema": filled, "answered": True}
    note = {"confirmation_note": str(reason)} if reason else {}
    return tool | {"confirmed": approve is not False if approve is not None else bool(answer)} | note


def _fields(tool: Mapping[str, Any]) -> list[Any]:
    given = tool.get("user_input_schema")
    return given if isinstance(given, list) else []


def _files(turn: Turn) -> Iterator[FormFile]:
    for media in media_in(new_messages(turn)):
        if not media.data:
            cannot_carry(media, "AgentOS", "it takes files by their bytes")
        yield file_of(media)
