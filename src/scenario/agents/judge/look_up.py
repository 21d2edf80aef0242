"""The look-ups that a judge has for a conversation that it is shown in outline. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.agents.judge.transcript_text import LOOKED_UP, expanded_text, found_text, shown_name, whole_in_expansion
from scenario.llm.functions import Call, Function, Unreadable
from scenario.types import Message

_EXPAND: Final = "expand_messages"
_GREP: Final = "grep_messages"


class LookUp(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up that was made.

    Attributes:
        call: as it is shown.
        result: what it found.
        shown: the indexes of the messages that it shows whole.
    """

    call: str
    result: str
    shown: frozenset[int] = frozenset()


LOOK_UPS: Final = (
    Function(
        name=_EXPAND,
        description="Show messages of the conversation in full.",
        parameters={
            "type": "object",
            "properties": {
                "start": {"type": "integer", "description": "The number of the first message."},
                "end": {"type": "integer", "description": "The number of the last one."},
            },
            "required": ["start", "end"],
            "additionalProperties": False,
        },
    ),
    Function(
        name=_GREP,
        description="Find the lines of the conversation that hold a text, without regard to case.",
        parameters={
            "type": "object",
            "properties": {"text": {"type": "string", "description": "The text, as it stands there."}},
            "required": ["text"],
            "additionalProperties": False,
        },
    ),
)


def read_look_up(calls: Sequence[Call], messages: Sequence[Message]) -> LookUp | None:
    """The look-ups that calls ask for, with their results; None where there is none among them.

    Who looks something up beside giving a verdict has not seen it yet: the verdict is not heard.

    Raises:
        Unreadable: the arguments of one have no meaning.
    """
    looked = [look_up for call in calls if (look_up := _looked_up(call, messages)) is not None]
    if not looked:
        return None
    sizes = itertools.accumulate(len(one.result) for one in looked)
    made = [one for one, size in zip(looked, sizes, strict=True) if size <= LOOKED_UP or one is looked[0]]
    results = [one.result for one in made]
    if len(made) < len(looked):
        results.append(f"({len(looked) - len(made)} more look-ups were too much at once: ask again)")
    return LookUp(
        call="; ".join(one.call for one in made),
        result="\n".join(results),
        shown=frozenset[int]().union(*(one.shown for one in made)),
    )


def _looked_up(call: Call, messages: Sequence[Message]) -> LookUp | None:
    arguments: Mapping[str, Any] = call.arguments if isinstance(call.arguments, Mapping) else {}
    if call.name == _EXPAND:
        start = arguments.get("start")
        end = arguments.get("end", start)
        if not isinstance(start, int) or not isinstance(end, int):
            raise Unreadable(f"{_EXPAND} needs start and end, the numbers of messages.")
        return LookUp(
            call=f"{_EXPAND}({start}, {end})",
            result=expanded_text(messages, start, end),
            shown=whole_in_expansion(messages, start, end),
        )
    if call.name == _GREP:
        text = arguments.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Unreadable(f"{_GREP} needs a text.")
        text = text.strip()
        return LookUp(call=f"{_GREP}({shown_name(text)})", result=found_text(messages, text))
    return None
