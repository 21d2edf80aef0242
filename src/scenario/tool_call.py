"""Messages, and the tool calls in them as checks read them: by function, in order, by turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, SupportsIndex, TypeAlias, overload

import msgspec

from scenario.kinds import TEXT, WHOLE, Kinds, demand_kinds, one_of, optional

# An OpenAI-style chat message. Its values are whatever JSON the participants exchange, hence `Any`: the contract
# lets code written for this API index into them without a cast.
Message: TypeAlias = dict[str, Any]


class ToolCall(msgspec.Struct):
    """A tool call as checks read it; empty and falsy where there was none.

    Attributes:
        name: the function's.
        input: the parsed JSON arguments, or the raw string where they are no JSON.
        output: the content of the matching tool message, as it stands there.
        turn: the index of the turn it was made in.
        source: where it was seen: "message"; None where there was no call.
    """

    _kinds: ClassVar[Kinds] = {
        "name": TEXT,
        "turn": optional(WHOLE),
        "source": optional(one_of("message", "span")),
    }

    name: str = ""
    input: Any = None
    output: Any = None
    turn: int | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no call.

        Raises:
            ScriptTypeError: a value is of a wrong kind (a ValueError and a TypeError).
        """
        demand_kinds("ToolCall", self._kinds, self)

    def __bool__(self) -> bool:
        """Whether there was a call at all."""
        return self.source is not None


class ToolCalls(Sequence[ToolCall]):
    """The tool calls of a conversation, in order.

    Args:
        name: the function that was asked for; an empty call bears it.
    """

    def __init__(self, calls: Iterable[ToolCall] = (), name: str | None = None) -> None:
        self._calls = tuple(calls)
        self._name = name

    def __len__(self) -> int:
        return len(self._calls)

    @overload
    def __getitem__(self, index: SupportsIndex) -> ToolCall: ...
    @overload
    def __getitem__(self, index: slice) -> ToolCalls: ...
    def __getitem__(self, index: Any) -> Any:
        return ToolCalls(self._calls[index], self._name) if isinstance(index, slice) else self._calls[index]

    def __iter__(self) -> Iterator[ToolCall]:
        return iter(self._calls)

    def __repr__(self) -> str:
        return f"ToolCalls({list(self._calls)!r})"

    @property
    def first(self) -> ToolCall:
        """The first call; an empty, falsy one where there is none."""
        return self._calls[0] if self._calls else ToolCall(name=self._name or "")

    @property
    def last(self) -> ToolCall:
        """The last call; an empty, falsy one where there is none."""
        return self._calls[-1] if self._calls else ToolCall(name=self._name or "")

    @property
    def inputs(self) -> list[Any]:
        """The input of each call."""
        return [call.input for call in self._calls]

    @property
    def outputs(self) -> list[Any]:
        """The output of each call."""
        return [call.output for call in self._calls]


class TurnView(msgspec.Struct, kw_only=True):
    """One turn of the conversation.

    Attributes:
        index: from 0.
        messages: what was said in it, OpenAI-style.
        calls: the tool calls in it.
    """

    index: int
    messages: list[Message]
    calls: ToolCalls = msgspec.field(default_factory=ToolCalls)

    @property
    def trace(self) -> None:
        """The turn's trace: none, as traces are not part of this package."""
        return

    def tool_calls(self, name: str | None = None) -> ToolCalls:
        """The tool calls of this turn, all of them or those of one function."""
        return ToolCalls((call for call in self.calls if name is None or call.name == name), name)
