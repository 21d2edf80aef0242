"""The state of a run: what checks and own steps read, and the few ways in which they may change it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Final, NoReturn

from scenario.config import ScenarioConfig, in_force
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.message import whole_message
from scenario.dialogue.observer import Unobserved
from scenario.dialogue.steps import Step
from scenario.dialogue.tool_calls import function_name, raw_tool_calls, tool_calls_by_turn
from scenario.dumpable import selected
from scenario.errors import ScriptError
from scenario.exchange import Exchange
from scenario.types import Message, RunTiming, ScenarioResult, ToolCall, ToolCalls, TurnView, newest_exchange

_LEFT_OUT: Final = {
    **dict.fromkeys(("spans", "traces", "contexts"), "traces are not part of this package"),
    **dict.fromkeys(("set_effects",), "voice is not part of this package"),
}


class ScenarioState:
    """A run as its checks see it.

    One can be made by hand, to try a check on a conversation: with `description`, `messages`, `thread_id`,
    `current_turn` and `config`. It has no participants, and plays no steps.

    Attributes:
        name: the scenario's name.
        description: the scenario's description.
        thread_id: the conversation's id, unique to this run.
        config: the settings in force (`config.max_turns` and so on).
        parameters: what `run(parameters=...)` was given.
        exchanges: every recorded call over the wire so far, in order.
        tolerates_malformed: whether a check of the script counts events that cannot be read, which then end no answer.
    """

    def __init__(
        self,
        *,
        name: str = "",
        description: str = "",
        messages: Sequence[Mapping[str, Any]] = (),
        thread_id: str = "",
        current_turn: int = 0,
        config: ScenarioConfig | None = None,
        dialogue: Dialogue | None = None,
        play: Callable[[Step], Awaitable[ScenarioResult | None]] | None = None,
        timing: Callable[[], RunTiming] = RunTiming,
        fields: Mapping[str, Any] | None = None,
        parameters: Any = None,
    ) -> None:
        self.name = name
        self.description = description
        self.thread_id = thread_id
        self.config: ScenarioConfig = in_force() if config is None else config
        self.parameters = parameters
        self.exchanges: list[Exchange] = []
        self.tolerates_malformed = False
        self._dialogue = _by_hand(messages, current_turn) if dialogue is None else dialogue
        self._play = _cannot_play if play is None else play
        self._timing = timing
        self._fields = dict(fields or {})

    # --- the conversation ---

    @property
    def messages(self) -> list[Message]:
        """The conversation: the live list. Add to it with `add_message`, so that everybody gets to see it."""
        return self._dialogue.transcript.messages

    @property
    def current_turn(self) -> int:
        """The index of the turn being played; 0 in the first one. What people read counts turns from 1."""
        return self._dialogue.turns.current

    def add_message(self, message: Mapping[str, Any]) -> None:
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

    def has_tool_call(self, tool_name: str) -> bool:
        """Whether a function of this name was called."""
        return self.last_tool_call(tool_name) is not None

    def last_tool_call(self, tool_name: str) -> dict[str, Any] | None:
        """The newest tool-call dictionary of this function, as it stands in its message; None where there is none."""
        calls = [call for call in raw_tool_calls(self.messages) if function_name(call) == tool_name]
        return calls[-1] if calls else None

    def tool_calls(self, name: str | None = None) -> ToolCalls:
        """The tool calls of the conversation, all of them or those of one function."""
        return ToolCalls((call for call in self._all_tool_calls() if name is None or call.name == name), name)

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
    def last_exchange(self) -> Exchange:
        """The newest recorded call over the wire.

        Raises:
            ScriptError: there is none yet, and `exchanges` is empty (a ValueError).
        """
        return newest_exchange(self.exchanges, "state.last_exchange")

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

    def model_dump(
        self, *, mode: str = "python", include: Collection[str] | None = None, exclude: Collection[str] | None = None
    ) -> dict[str, Any]:
        """The conversation and what it was played by, as a new dictionary.

        Args:
            mode: taken for compatibility, without effect.
            include: what to dump, by name; None for all.
            exclude: what to leave out.
        """
        del mode
        values = {
            "description": self.description,
            "messages": [whole_message(message) for message in self.messages],
            "thread_id": self.thread_id,
            "current_turn": self.current_turn,
            "config": self.config.model_dump(),
        }
        return selected(values, include=include, exclude=exclude)

    @property
    def timeline(self) -> list[Any]:
        """Events of voice, which this package does not have: none."""
        return []

    def __getattr__(self, name: str) -> NoReturn:
        why = f": {_LEFT_OUT[name]}" if name in _LEFT_OUT else ""
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}{why}")

    def __repr__(self) -> str:
        # People read it, in pytest's account of a failed assertion: for them turns count from 1, as on every page.
        count = len(self.messages)
        said = "1 message" if count == 1 else f"{count} messages"
        return f"<ScenarioState {self.name!r}, turn {self.current_turn + 1}, {said}>"


def _by_hand(messages: Sequence[Mapping[str, Any]], current_turn: int) -> Dialogue:
    """A conversation among nobody."""
    dialogue = Dialogue(roles=[], max_turns=1, observer=Unobserved())
    for message in messages:
        dialogue.add(message)
    for _ in range(current_turn + 1):
        dialogue.turns.begin()
    return dialogue


def _cannot_play(step: Step) -> NoReturn:
    raise ScriptError(f"{step!r} was called with a state that was made by hand: no run is there that could play it.")


def _text(message: Message) -> str:
    """A message's text; of a content in parts, the texts of its parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    return ""
