"""What home-made streams call their events, by SSE name or by `type` in the JSON, and what each name means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from scenario.late_pattern import late_pattern
from scenario.protocols.json_text import read_json
from scenario.types import ReceivedEvent
from scenario.wire.sse import ServerSentEvent

_KEEP_ALIVE: Final = frozenset({"ping", "pong", "heartbeat", "keepalive", "keep_alive"})
_LIKE_ONE: Final = late_pattern(r"p[io]ng|heartbeat|keep.?alive", re.IGNORECASE)
# A sign of life has little to say.
_SHORT: Final = 256


_LONGEST_KIND: Final = 200
_TYPE: Final = late_pattern(r'"(?:type|event|kind|object)"\s*:\s*"([^"\\]{1,60})"')


class Role(Enum):
    """What an event is there for."""

    TEXT = "text"
    REASONING = "reasoning"
    TOOL_CALL = "tool call"
    TOOL_PIECE = "piece of a tool call"
    TOOL_RESULT = "tool result"
    ERROR = "error"
    END = "end"
    SILENT = "silent"


_NAMES: Final[Mapping[Role, str]] = {
    Role.REASONING: "thinking thought thoughts reasoning thinking_delta reasoning_delta",
    Role.TOOL_CALL: "tool_call tool_calls tool_use tool_start function_call",
    Role.TOOL_RESULT: "tool_result tool_response tool_output tool_end function_result",
    Role.ERROR: (
        "error exception failed failure fatal rate_limit rate_limited rate_limit_exceeded quota_exceeded "
        "access_denied permission_denied denied terminated crash crashed"
    ),
    Role.END: (
        "done end complete completed finish finished final close closed stop stopped eof [done] "
        "stream_end message_end response_end stream_complete stream_done end_of_stream end_stream"
    ),
    Role.SILENT: (
        "ping pong heartbeat keepalive keep_alive status progress metadata meta start started begin init connected "
        "connection open session usage debug log info step state ack typing source sources citation citations title "
        "user_message message_start stream_start warning warnings warn notice"
    ),
}
_ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {name: role for role, names in _NAMES.items() for name in names.split()}
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Names of several words are known by them. What an agent looked up, planned, was asked or tells about itself is no
# part of what it says, whatever the rest of the name is.
_SILENT: Final = _words(
    "document documents doc docs context contexts retrieved retrieval retriever search source sources citation "
    "citations reference references passage passages annotation annotations step steps plan plans planning planner "
    "status progress title titles suggestion suggestions suggested followup followups follow related system user "
    "human metadata meta usage debug log logs trace info start started begin init session ping ack typing feedback "
    "prompt query input heartbeat memory memories knowledge observation action actions intermediate intent route "
    "router routing classification queue queued moderation guardrail guardrails notice warning warnings metrics stats "
    "cost cache recommendation recommendations handoff handover transfer"
)
_THINKING: Final = _words("thinking thought thoughts reasoning think reflection scratchpad rationale")
_PLANS: Final = _words("plan plans planning planner thought thoughts choice")
_TOOL_RESULTS: Final = _words("result results output outputs response observation")
_TOOL_ENDS: Final = _words("end ended return returned finished complete completed done success")
_CALLS: Final = _words("call calls use toolcall invocation")
_PIECES: Final = _words("token tokens delta deltas chunk chunks stream streaming partial")
_WHOLES: Final = _words(
    "final result message answer response complete completed finish finished end done reply refusal apology "
    "clarification fallback conclusion confirmation utterance question"
)
# Who speaks says it only where nothing else is said: an agent_action is no answer.
_SPEAKERS: Final = _words("assistant ai bot agent output summary text content event turn")
_TEXTS: Final = _words("text content")
_ANSWERS: Final = _words("answer response reply")
_ASKERS: Final = _words("user human system follow followup")
# What names of answers are made of.
_OF_ANSWERS: Final = (
    _PIECES
    | _WHOLES
    | _SPEAKERS
    | _words("on my chat model llm client run team openai generation generated completion completions new data sse raw")
    | _words("messages msg conversation thread item part block success type v1 v2 v3 1 2 3 sub update created streamed")
)
# Names that only carry an event, whose own name is inside.
_CARRIERS: Final = _words(
    "data update updates event events chunk stream message msg custom agent raw response item trace step output sse"
)
# What runs around a model and hands its pieces on.
_AROUND: Final = _words("chain parser runnable graph node workflow")


_CAMEL: Final = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN: Final = late_pattern(r"[^a-z0-9]+")
_FAILURES: Final = frozenset(
    {"error", "errors", "err", "failed", "failure", "fail", "exception", "fatal", "cancelled", "canceled"}
    | {"abort", "aborted", "timeout", "timedout", "unauthorized", "unauthenticated", "forbidden", "unavailable"}
    | {"crashed", "overloaded"}
)
# Names whose words are run together: runtimeerror, timeoutexception.
_FAILING_ENDS: Final = ("error", "errors", "exception", "failure")
_ALIKE: Final = frozenset({"terror", "noerror", "noerrors"})
_WARNINGS: Final = frozenset({"warning", "warnings", "warn"})
_LOGS: Final = frozenset({"log", "logs", "debug", "info", "trace"})
_LOG_NAMES: Final = _LOGS | {"event", "message", "entry", "line", "error", "errors"}
# Where JSON says what kind of event it is.
_KINDS: Final = (
    *("type", "event", "kind", "event_type", "eventType", "action", "op", "msg_type", "msgType", "message_type"),
    "object",
)
# MCP servers are where the Responses API has tools: response.mcp_call.failed is told to the model.
_TOOLS: Final = frozenset(("tool", "tools", "function", "toolcall", "mcp"))
_STEPS: Final = frozenset(
    ("step", "steps", "node", "nodes", "task", "tasks", "attempt", "retry", "chunk", "warning", "subagent")
)


def parts_of(name: str) -> frozenset[str]:
    """The words of a name, in lower case: of on_error, run-failed, serializedError and response.error alike."""
    return _parts_of(name[:_SHORT])


@lru_cache(maxsize=1024)
def _parts_of(name: str) -> frozenset[str]:
    return frozenset(_BETWEEN.split(_CAMEL.sub("_", name[:_SHORT]).lower()))


def says_failure(name: str) -> bool:
    """Whether a name says that something went wrong, was cancelled or took too long."""
    return _says_failure(name[:_SHORT])


@lru_cache(maxsize=1024)
def _says_failure(name: str) -> bool:
    return _ROLES.get(_plain(name)) is Role.ERROR or _fails(parts_of(name))


def says_warning(name: str) -> bool:
    """Whether a name is of a warning, or of a line of a log: they tell of errors and are none."""
    words = parts_of(name)
    return not words.isdisjoint(_WARNINGS) or (words <= _LOG_NAMES and not words.isdisjoint(_LOGS))


def says_tool(name: str) -> bool:
    """Whether a name is of a tool's."""
    return not _TOOLS.isdisjoint(parts_of(name))


def says_step(name: str) -> bool:
    """Whether a name is of one step of several."""
    words = parts_of(name)
    steps = words & _STEPS
    return bool(steps) and (steps != {"chunk"} or _fails(words))


def kinds_of(name: str, value: Mapping[str, Any]) -> list[str]:
    """All names of an event: its SSE name, where it has one, and those that its JSON gives it."""
    kinds = [kind for key in _KINDS if key in value and isinstance(kind := value[key], str) and kind]
    return [name, *kinds] if name and name != "message" else kinds


def kind_of_event(name: str, data: str) -> str:
    """What kind of event it is: by its name, or by what its JSON calls itself; empty where nothing says it."""
    if name != "message":
        return name[:_LONGEST_KIND]
    found = _TYPE.search(data)
    return found[1] if found is not None else ""


def only_carries(name: str) -> bool:
    """Whether a name says nothing of what its event is for: data, update, message, agent_event."""
    return parts_of(name) <= _CARRIERS


def _plain(name: str) -> str:
    return _CAMEL.sub("_", name[:_SHORT]).lower().replace("-", "_")


def _fails(words: frozenset[str]) -> bool:
    return not _FAILURES.isdisjoint(words) or any(word.endswith(_FAILING_ENDS) and word not in _ALIKE for word in words)


def role_of(name: str) -> Role:
    """What an event of that name is there for; text, where the name says nothing."""
    return _role_of(name[:_SHORT])


@lru_cache(maxsize=1024)
def _role_of(name: str) -> Role:
    if not name:
        return Role.TEXT
    known = _ROLES.get(_plain(name))
    if known is not None:
        return known
    words = parts_of(name)
    if _fails(words) and _TOOLS.isdisjoint(words):
        # What a step could not do is no word of the answer's; what comes after it decides whether it is an error.
        return Role.SILENT if not _STEPS.isdisjoint(words) else Role.ERROR
    if not _TOOLS.isdisjoint(words):
        return _tool_role(words)
    if not _THINKING.isdisjoint(words):
        return Role.REASONING
    if _SILENT.isdisjoint(words) or _may_answer(name, words):
        return Role.TEXT
    return Role.SILENT


def _may_answer(name: str, words: frozenset[str]) -> bool:
    """Whether a name ends as one of an answer does: a search_answer is one, an answer_source is none."""
    last = _BETWEEN.split(_plain(name))[-1]
    return last in _ANSWERS or (last == "message" and words.isdisjoint(_ASKERS))


def _tool_role(words: frozenset[str]) -> Role:
    if not _PLANS.isdisjoint(words):
        # Which tools are to be called, and why.
        return Role.SILENT
    if not _TOOL_RESULTS.isdisjoint(words) or _fails(words):
        return Role.TOOL_RESULT
    if not _PIECES.isdisjoint(words):
        return Role.TOOL_PIECE
    is_call = not _CALLS.isdisjoint(words)
    if words <= _TOOLS | {"message"} or (not is_call and not _TOOL_ENDS.isdisjoint(words)):
        return Role.TOOL_RESULT
    return Role.TOOL_CALL


class Telling(Enum):
    """How an event that may bring text tells it."""

    PIECE = "a piece"
    WHOLE = "a message, or the whole answer"
    UNSURE = "unsure"


def telling_of(name: str) -> Telling:
    """Whether the name says that the event's text is a piece of the answer, or a whole that may repeat it."""
    words = parts_of(name)
    if not _AROUND.isdisjoint(words):
        return Telling.UNSURE if _WHOLES.isdisjoint(words) else Telling.WHOLE
    if not words <= _OF_ANSWERS:
        # The delta of something else: of code, of a table, of another agent's work.
        return Telling.UNSURE
    if not _PIECES.isdisjoint(words):
        return Telling.PIECE
    if not _WHOLES.isdisjoint(words) or (words <= _SPEAKERS and not words <= _TEXTS):
        return Telling.WHOLE
    return Telling.UNSURE if _TEXTS.isdisjoint(words) else Telling.PIECE


def is_keep_alive(event: ServerSentEvent | ReceivedEvent) -> bool:
    """Whether an event is only there to keep the connection: it tells nothing, not even whose it is."""
    data = event.data
    if event.event.lower().replace("-", "_") in _KEEP_ALIVE or data.strip() in ("", "{}"):
        return True
    if len(data) > _SHORT or not data.startswith("{") or _LIKE_ONE.search(data) is None:
        return False
    value = read_json(data)
    kinds = (value.get("type"), value.get("event")) if isinstance(value, dict) else ()
    return any(isinstance(kind, str) and kind.lower().replace("-", "_") in _KEEP_ALIVE for kind in kinds)
