"""Agno's own events, as AgentOS streams them: `RunStarted`, `RunContent`, `RunCompleted`, and those of teams.

Source: the event types of agno 3.1 (`agno/run/agent.py`, `agno/run/team.py`) and what its server sends. The kind stands
in each event's JSON, and as the event's name; a team's begin with "Team", and between them stand those of its members,
whose words are none of the answer's. `RunCompleted` tells the whole answer once more and ends it; `RunPaused` ends it
where a tool waits for a human.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, ClassVar, Final

import msgspec

from scenario.dialects.agno import requests as agno_requests
from scenario.protocols.json_text import NOT_JSON, read_json, shortened, write_arguments, write_json
from scenario.protocols.protocol import (
    CERTAIN,
    END,
    ERROR,
    MALFORMED,
    NOTHING,
    REASONING,
    TOOL_CALL,
    Answered,
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
from scenario.protocols.shapes import misfit
from scenario.types import Usage
from scenario.wire.sse import ServerSentEvent

PAUSED: Final = "run_paused"
_TEAM: Final = "Team"
_RUNS: Final = frozenset({"RunStarted", "RunContinued", "RunContent", "RunCompleted", "RunError", "RunPaused"})
_REWRITES: Final = ("PostHook", "OutputModel", "ParserModel", "RunIntermediate")
_STATUSES: Final = frozenset({"COMPLETED", "PAUSED", "ERROR", "CANCELLED", "RUNNING", "PENDING"})


class Agno(Dialect):
    """`/agents/{id}/runs` and `/teams/{id}/runs` of AgentOS."""

    name: ClassVar[str] = "agno"
    framings: ClassVar[tuple[Framing, ...]] = ("sse", "json")

    def request(self, turn: Turn) -> RequestDraft:
        """The run, where the URL names its agent."""
        return agno_requests.run(turn, turn.path.rstrip("/"))

    def requests(self, turn: Turn) -> Generator[RequestDraft, Answered, RequestDraft]:
        """The user's new text as a form, in the session that the server keeps."""
        return agno_requests.requests(turn)

    def reader(self, options: ReadOptions) -> Reader:
        """A reader for one reply, a stream or the whole run."""
        return AgnoReader(self.name, whole=options.framing == "json")

    def detect(self, _head: Head, samples: Sequence[Sample], /) -> Detection | None:
        """By an event's kind beside the ids that Agno gives to each."""
        for sample in samples:
            value = sample.fields
            owner = next((key for key in ("agent_id", "team_id") if isinstance(value.get(key), str)), None)
            if owner is None or not isinstance(value.get("run_id"), str):
                continue
            if isinstance(kind := value.get("event"), str) and kind.removeprefix(_TEAM) in _RUNS:
                return Detection(certainty=CERTAIN, reason=f'an event is a {kind} with a "run_id" and a "{owner}"')
            if _word(value.get("status")) in _STATUSES and "content" in value and "session_id" in value:
                return Detection(certainty=CERTAIN, reason=f'it is a run with a "status" and a "{owner}"')
        return None


class _ToolPlace(msgspec.Struct, gc=False):
    tool_name: str | None = None


class _Places(msgspec.Struct, gc=False):
    """What the places that are read in an event may hold."""

    content: str | dict[str, Any] | list[Any] | None = None
    content_type: str | None = None
    reasoning_content: str | None = None
    tool: _ToolPlace | None = None


class AgnoReader(Reader):
    """Folds events into a reply."""

    def __init__(self, protocol: str, *, whole: bool) -> None:
        super().__init__(protocol)
        self._whole = whole
        # "Team" or "", as the run's first event has it.
        self._prefix: str | None = None
        self._known_calls: set[str] = set()
        self._said: list[str] = []
        self._continued = False
        # What was streamed may be written anew before the run is over.
        self._rewritten = False

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event."""
        if self.over or not event.data:
            return NOTHING
        value = read_json(event.data)
        if value is NOT_JSON or not isinstance(value, dict):
            return MALFORMED
        if self._whole:
            return self._run(value)
        kind = value.get("event")
        if not isinstance(kind, str):
            return MALFORMED if "content" in value else NOTHING
        if (wrong := misfit(value, _Places)) is not None:
            return wrong
        self.begun = True
        prefix = _TEAM if kind.startswith(_TEAM) else ""
        if self._prefix is None:
            self._prefix = prefix
        is_inner = prefix != self._prefix or bool(value.get("nested_depth"))
        return self._inner(kind, value) if is_inner else self._event(kind.removeprefix(_TEAM), value)

    def is_whole(self) -> bool:
        """Never without the event that says so."""
        return False

    def _event(self, kind: str, value: dict[str, Any]) -> Brought:
        if isinstance(session := value.get("session_id"), str) and session:
            self.reply.session["session_id"] = session
        self._continued = self._continued or kind == "RunContinued"
        self._rewritten = self._rewritten or kind.startswith(_REWRITES)
        match kind:
            case "RunContent":
                return self._content(value)
            case "ReasoningContentDelta":
                return self._thought(value)
            case "ToolCallStarted" | "ToolCallCompleted" | "ToolCallError":
                return self._tool(kind, value.get("tool"), value)
            case "RunCompleted":
                return self._completed(value)
            case "RunPaused":
                return self._paused(value)
            case "RunError" | "RunCancelled":
                return self._failed(kind, value)
        return NOTHING

    def _inner(self, kind: str, value: dict[str, Any]) -> Brought:
        """An event of a member, or of a run within the run: its tools are the agent's acts, its words are not said."""
        kind = kind.removeprefix(_TEAM)
        if kind.startswith("ToolCall"):
            return self._tool(kind, value.get("tool"), value)
        return NOTHING

    def _content(self, value: dict[str, Any]) -> Brought:
        thinks = self._thought(value)
        if _is_misplaced(value):
            return MALFORMED
        text = _as_text(value.get("content"))
        self._said.append(text)
        return Brought("text", self.reply.text(text)) if text else thinks

    def _thought(self, value: dict[str, Any]) -> Brought:
        thought = value.get("reasoning_content")
        if not isinstance(thought, str) or not thought:
            return NOTHING
        self.reply.reasoning(thought)
        return REASONING

    def _tool(self, kind: str, tool: object, value: Mapping[str, Any]) -> Brought:
        if not isinstance(tool, dict):
            return NOTHING
        key, name = _word(tool.get("tool_call_id")), _word(tool.get("tool_name"))
        brought = NOTHING
        if key not in self._known_calls or not key:
            self._known_calls.add(key)
            draft = self.reply.begin_call(object(), id=key, name=name)
            draft.arguments.append(write_arguments(tool.get("tool_args") or {}))
            brought = TOOL_CALL
        if kind != "ToolCallStarted":
            failed = kind == "ToolCallError" or tool.get("tool_call_error") is True
            output = tool.get("result")
            if output is None and failed:
                output = value.get("error") or value.get("content")
            self.reply.result(key, output, name=name, is_error=failed)
        return brought

    def _completed(self, value: dict[str, Any]) -> Brought:
        if _is_misplaced(value):
            return MALFORMED
        self.over = True
        self._metrics(value.get("metrics"))
        text = _as_text(value.get("content"))
        if not text or self.reply.has_text:
            self.retold = bool(text)
            self._compare(value.get("content"))
            return END
        return Brought("end", self.reply.text(text))

    def _compare(self, told: object) -> None:
        """The end tells the whole text once more: where that differs, a piece was lost, or came twice."""
        said = "".join(self._said)
        # Of a run that was continued it may hold what was said before the pause, too.
        same = isinstance(told, str) and (told == said or (self._continued and told.endswith(said)))
        if isinstance(told, str) and not same and not self._rewritten:
            self.reply.contradict(f"the pieces are {shortened(said)}, and RunCompleted tells {shortened(told)}")

    def _paused(self, value: dict[str, Any]) -> Brought:
        self.over = True
        self.reply.interrupt = {
            "kind": PAUSED,
            "message": _as_text(value.get("content")),
            "run_id": value.get("run_id"),
            "session_id": value.get("session_id"),
            "interrupts": _listed(value.get("tools")) or [_tool_of(one) for one in _listed(value.get("requirements"))],
            "requirements": _listed(value.get("requirements")),
        }
        return END

    def _failed(self, kind: str, value: dict[str, Any]) -> Brought:
        said = _as_text(value.get("content")) or _word(value.get("reason"))
        cancelled = "the run was cancelled" if kind == "RunCancelled" else "the run failed"
        self.reply.fail(said or cancelled, _word(value.get("error_type")) or kind)
        return ERROR

    def _metrics(self, metrics: object) -> None:
        if not isinstance(metrics, dict):
            return
        counts = {name: metrics.get(name) for name in ("input_tokens", "output_tokens", "total_tokens")}
        told = {name: count for name, count in counts.items() if isinstance(count, int) and not isinstance(count, bool)}
        if any(told.values()):
            self.reply.usage = Usage(**told)

    def _run(self, value: dict[str, Any]) -> Brought:
        """A run that was not streamed."""
        status = value.get("status")
        if not isinstance(status, str):
            return MALFORMED
        if isinstance(session := value.get("session_id"), str) and session:
            self.reply.session["session_id"] = session
        for tool in _listed(value.get("tools")) if status == "COMPLETED" else ():
            self._tool("ToolCallCompleted", tool, value)
        if isinstance(thought := value.get("reasoning_content"), str):
            self.reply.reasoning(thought)
        match status:
            case "COMPLETED":
                if _is_misplaced(value) or not isinstance(value.get("content"), str | dict | list | None):
                    return MALFORMED
                self._metrics(value.get("metrics"))
                self.over = True
                text = _as_text(value.get("content"))
                return Brought("text", self.reply.text(text)) if text else END
            case "PAUSED":
                return self._paused(value)
            case "ERROR" | "CANCELLED":
                return self._failed("RunCancelled" if status == "CANCELLED" else "RunError", value)
        return NOTHING


def _is_misplaced(value: Mapping[str, Any]) -> bool:
    """Whether an output of a schema stands where a text is declared."""
    return isinstance(value.get("content"), dict | list) and value.get("content_type", "str") in ("str", None)


def _tool_of(requirement: object) -> Any:
    return requirement.get("tool_execution") if isinstance(requirement, dict) else None


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _as_text(content: object) -> str:
    """What was said: a text, or an output of a schema as JSON."""
    if content is None or isinstance(content, str):
        return content or ""
    return write_json(content)


def _word(value: object) -> str:
    return value if isinstance(value, str) else ""
