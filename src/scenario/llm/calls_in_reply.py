"""The calls in what a model answered: those that it made, else those that it wrote as JSON in its text. Pure.

A call in text is taken only where the text is nothing else, or ends with it, set apart: what stands between sentences
may be quoted, or a draft.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from scenario.llm.endpoint import without_secrets
from scenario.llm.functions import CHOICE, Call, Function, Unreadable
from scenario.llm.json_in_text import NO_VALUE, final_values, json_objects, json_value, sole_values, without_thoughts
from scenario.llm.model import Model
from scenario.llm.repeated_json import repeats
from scenario.llm.template_marks import another_begins, another_speaks
from scenario.protocols.finish_reasons import explained, judged
from scenario.types import FunctionCall, Reply

T = TypeVar("T")

_SHOWN: Final = 200
_LONGEST_NAME: Final = 80
_COUNTED: Final = re.compile(r":\d+\Z")
_CUT: Final = "It ended before it was finished."
_MORE_THAN_JSON: Final = (
    "There are words beside the JSON in it, so that the JSON may be quoted or a draft: write the JSON alone."
)
_REPEATED: Final = (
    "Its JSON only repeats what stands in the conversation that you were shown: give an answer of your own."
)
_ANOTHERS: Final = (
    "There is a turn of another role in it (a user's, a system's or a tool's), whose words are not your answer: write"
    " the JSON alone."
)
_THOUGHT: Final = "An answer that stands in the reasoning only is none."


def read_calls(
    reply: Reply, functions: Sequence[Function], read: Callable[[Sequence[Call]], T], *, shown: Sequence[str] = ()
) -> T:
    """Read all calls of the reply together; where it made none, those in its text, else in its reasoning.

    Args:
        reply: the answer.
        functions: those that may be called.
        read: makes a value of all the calls, or raises `Unreadable`.
        shown: what the model was shown of others' words: JSON that only repeats them is no call.

    Raises:
        Unreadable: there is no call that can be read.
    """
    if reply.tool_calls:
        made = _known([_made(call, functions) for call in reply.tool_calls], functions)
        # What is written beside calls may be anything; but if it reads as a call, it must not speak against them.
        for call in _written(reply, functions, shown, []):
            with contextlib.suppress(Unreadable):
                read([call])
                made.append(call)
        return read(made)
    problems: list[str] = []
    if calls := _written(reply, functions, shown, problems):
        return read(_known(calls, functions))
    names = " or ".join(function.name for function in functions)
    raise Unreadable(" ".join([f"There was no call of {names}.", *problems]))


def account_of(model: Model, reply: Reply) -> str:
    """What was answered in the place of what was asked for, shortened."""
    ended = judged(reply.finish_reason)
    if ended == "truncated":
        return "It was cut at its limit of tokens: max_tokens= sets a higher one."
    refusals = " ".join(str(message.get("refusal") or "") for message in reply.messages)
    why = f" ({explained(reply.finish_reason or '')})" if ended == "error" else ""
    if said := _shortened(model, reply.text or calls_as_text(reply) or refusals):
        return f"It answered{why}: {said}"
    if thought := _shortened(model, reply.reasoning):
        return f"Its answer was empty{why}; there was only its reasoning: {thought}"
    return f"Its answer was empty{why}."


def calls_as_text(reply: Reply) -> str:
    """The calls of a reply, a line each."""
    return "\n".join(f"{call.name}({call.arguments_raw})" for call in reply.tool_calls)


def _shortened(model: Model, text: str) -> str:
    said = without_secrets(model.target, " ".join(text.split()))
    return said[:_SHOWN] + ("…" if len(said) > _SHOWN else "")


def _known(calls: list[Call], functions: Sequence[Function]) -> list[Call]:
    """The calls, if there are such functions: who calls another beside them may mean something else."""
    names = [function.name for function in functions]
    for call in calls:
        if call.name not in names:
            unknown = re.sub(r"[^\w.:-]", "?", call.name)[:_LONGEST_NAME]
            raise Unreadable(f"There is no function {unknown!r}; there are: {', '.join(names)}.")
    return calls


def _made(call: FunctionCall, functions: Sequence[Function]) -> Call:
    raw = call.arguments_raw
    # What says two things under one key is left as it came: nobody can read it.
    is_one = call.arguments is not None and json_value(raw) is not NO_VALUE if raw else call.arguments is not None
    return Call(name=_plain_name(call.name, functions), arguments=call.arguments if is_one else raw)


def _written(reply: Reply, functions: Sequence[Function], shown: Sequence[str], problems: list[str]) -> list[Call]:
    """The calls that the text consists of, or the reasoning where there is no text; `problems`: why there are none."""
    whole = judged(reply.finish_reason) in ("complete", "")
    text = without_thoughts(reply.text)
    # Also as it came, since thoughts are cut together with the mark before them.
    if another_begins(reply.text) or another_speaks(text):
        problems.append(_ANOTHERS)
        return []
    thought = not reply.text.strip() and not reply.tool_calls and bool(reply.reasoning.strip())
    # Cut, or among thoughts, an announcement may be one of a draft.
    strict = thought or not whole
    names = [function.name for function in functions]
    beside = ""
    found = sole_values(reply.reasoning if thought else text, [] if strict else names, announced=not strict)
    if not found and not strict:
        found, beside = final_values(text, names)
    if thought and (not whole or len(found) != 1):
        problems.append(_THOUGHT)
        return []
    if not whole and len(found) != 1:
        problems.append(_CUT)
        return []
    if not found and json_objects(text):
        problems.append(_MORE_THAN_JSON)
    if any(repeats(value, written, shown) for value, written in found):
        problems.append(_REPEATED)
        return []
    calls = [call for value, _ in found for call in _calls_of(value, functions)]
    return [msgspec.structs.replace(call, beside=beside) for call in calls]


def _calls_of(value: Any, functions: Sequence[Function]) -> list[Call]:
    """The call that a JSON object is; of a list, its calls, else the one that the whole list is meant for."""
    if isinstance(value, dict):
        return [_named(value, functions)]
    names = [function.name for function in functions]
    called = [item for item in value if any(item.get(key) in names for key in (CHOICE, "name", "tool", "action"))]
    if len(called) == len(value):
        return [_named(item, functions) for item in called]
    return [Call(name=_taking_many(functions), arguments=value)]


def _plain_name(name: str, functions: Sequence[Function]) -> str:
    """A function's name without the space of names before it ("functions.give:0"), in the letters it was given in."""
    last = _COUNTED.sub("", name).rpartition(".")[2].casefold()
    return next((function.name for function in functions if function.name.casefold() == last), name)


def _taking_many(functions: Sequence[Function]) -> str:
    """The function that JSON without a name is meant for: the first that takes more than plain values."""
    shapes = {function.name: function.parameters.get("properties", {}).values() for function in functions}
    names = [name for name, inner in shapes.items() if any(one.get("type") in ("object", "array") for one in inner)]
    return [*names, functions[0].name][0]


def _named(value: dict[str, Any], functions: Sequence[Function]) -> Call:
    """Which function a JSON object in text calls: as we asked for it, or as models write calls on their own."""
    names = [function.name for function in functions]
    for key in (CHOICE, "name", "tool", "action"):
        if value.get(key) in names:
            inner = next((value[k] for k in ("arguments", "parameters", "args") if k in value), None)
            rest = {k: v for k, v in value.items() if k != key}
            return Call(name=value[key], arguments=inner if inner is not None else rest)
    if len(value) == 1 and (only := next(iter(value))) in names:
        return Call(name=only, arguments=value[only])
    # Without a name it is the one that demands what is there.
    shared = {f.name: len(value.keys() & f.parameters.get("properties", {}).keys()) for f in functions}
    fit = max(shared, key=lambda name: shared[name])
    return Call(name=fit if shared[fit] else _taking_many(functions), arguments=value)
