"""The state of a run: what checks and own steps read, and the few ways in which they may change it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from scenario.config import ScenarioConfig
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.steps import Step
from scenario.dialogue.tool_calls import function_name, raw_tool_calls, tool_calls_by_turn
from scenario.errors import ScriptError
from scenario.exchange import Exchange
from scenario.types import Message, RunTiming, ScenarioResult, ToolCall, ToolCalls, TurnView


class ScenarioState:
    """A run as its checks see it.

    Attributes:
        name: the scenario's name.
        description: the scenario's description.
        thread_id: the conversation's id, unique to this run.
        config: the settings in force (`config.max_turns` and so on).
        parameters: what `run(parameters=...)` was given.
        exchanges: every recorded call over the wire so far, in order.
    """

    def __init__(
        self,
        *,
        name: str,
        description: str,
        thread_id: str,
        config: ScenarioConfig,
        dialogue: Dialogue,
        play: Callable[[Step], Awaitable[ScenarioResult | None]],
        timing: Callable[[], RunTiming],
        fields: Mapping[str, Any] | None = None,
        parameters: Any = None,
    ) -> None:
        self.name = name
        self.description = description
        self.thread_id = thread_id
        self.config = config
        self.parameters = parameters
        self.exchanges: list[Exchange] = []
        self._dialogue = dialogue
        self._play = play
        self._timing = timing
        self._fields = dict(fields or {})

    # --- the conversation ---

    @property
    def messages(self) -> list[Message]:
        """The conversation: the live list. Add to it with `add_message`, so that everybody gets to see it."""
        return self._dialogue.transcript.messages

    @property
    def current_turn(self) -> int:
        """The index of the turn being played; 0 in the first one."""
        return self._dialogue.turns.current

    def add_message(self, message: Message) -> None:
        """Append a message (copied) and queue it for everybody.

        Raises:
            ScriptTypeError: it is no message dictionary with a role.
        """
        self._dialogue.add(message)

    def rollback_messages_to(self, index: int) -> list[Message]:
        """Cut the conversation from `index` on and take it back from everybody; returns what was cut.

        Raises:
            ScriptError: the index is negative (a ValueError).
        """
        return self._dialogue.rollback(index)

    def play(self, step: Step) -> Awaitable[ScenarioResult | None]:
        """Play one step now; the awaited value is a result where the step ended the conversation."""
        return self._play(step)

    # --- reading it ---

    def last_message(self) -> Message:
        """The newest message.

        Raises:
            ScriptError: there is none yet (a ValueError).
        """
        if not self.messages:
            raise ScriptError("There is no message yet: let somebody speak before this check.")
        return self.messages[-1]

    def last_user_message(self) -> Message:
        """The newest user message.

        Raises:
            ScriptError: there is none yet (a ValueError).
        """
        for message in reversed(self.messages):
            if message.get("role") == "user":
                return message
        raise ScriptError("There is no user message yet: let the user speak before this check.")

    def first_user_message(self) -> str:
        """The text of the first user message; "" where there is none."""
        return next((_text(message) for message in self.messages if message.get("role") == "user"), "")

    def last_agent_message(self) -> str:
        """The text of the newest agent message; "" where there is none."""
        return next((_text(message) for message in reversed(self.messages) if message.get("role") == "assistant"), "")

    def transcript(self) -> str:
        """The conversation as "role: content" lines, tool calls as JSON."""
        lines = []
        for message in self.messages:
            if message.get("tool_calls"):
                shown = json.dumps(message["tool_calls"], ensure_ascii=False, default=repr)
                text = _text(message)
                lines.append(f"{message.get('role')}: {text} {shown}" if text else f"{message.get('role')}: {shown}")
            else:
                lines.append(f"{message.get('role')}: {_text(message)}")
        return "\n".join(lines)

    # --- tool calls ---

    def has_tool_call(self, name: str) -> bool:
        """Whether a function of this name was called."""
        return self.last_tool_call(name) is not None

    def last_tool_call(self, name: str) -> dict[str, Any] | None:
        """The newest tool-call dictionary of this function, as it stands in its message; None where there is none."""
        calls = [call for call in raw_tool_calls(self.messages) if function_name(call) == name]
        return calls[-1] if calls else None

    def tool_calls(self, name: str | None = None) -> ToolCalls:
        """The tool calls of the conversation, all of them or those of one function."""
        return ToolCalls(call for call in self._all_tool_calls() if name is None or call.name == name)

    def _all_tool_calls(self) -> list[ToolCall]:
        return tool_calls_by_turn(self._dialogue.transcript.by_turn())

    @property
    def turns(self) -> list[TurnView]:
        """The turns so far, each with its messages and tool calls."""
        by_turn = self._dialogue.transcript.by_turn()
        calls = tool_calls_by_turn(by_turn)
        return [
            TurnView(index=turn, messages=messages, calls=ToolCalls(call for call in calls if call.turn == turn))
            for turn, messages in by_turn.items()
        ]

    # --- the wire ---

    @property
    def last_exchange(self) -> Exchange | None:
        """The newest recorded call over the wire; None where there was none."""
        return self.exchanges[-1] if self.exchanges else None

    @property
    def interrupt(self) -> Any:
        """What the agent waits for, where its last answer stopped for a human, as its protocol tells it; else None.

        `scenario.resume(value)`, `scenario.approve()` and `scenario.reject()` answer it.
        """
        return self._dialogue.interrupt

    @property
    def timing(self) -> RunTiming:
        """The timing of the calls so far."""
        return self._timing()

    # --- what the test handed over ---

    @property
    def criteria(self) -> list[str]:
        """The criteria of the run's judges."""
        return self._dialogue.criteria()

    @property
    def fields(self) -> dict[str, Any]:
        """What `run(fields=...)` was given."""
        return self._fields

    def field(self, name: str) -> Any:
        """One of the fields; None where it is missing or blank. 0 and False are kept."""
        value = self._fields.get(name)
        return None if isinstance(value, str) and not value.strip() else value

    def __repr__(self) -> str:
        return f"ScenarioState(name={self.name!r}, turn={self.current_turn}, messages={len(self.messages)})"


def _text(message: Message) -> str:
    """A message's text; of a content in parts, the texts of its parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return ""
