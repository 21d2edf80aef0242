"""The calls in what a model answered: those that it made, else those that it wrote as JSON in its text. Pure.

A call in text is taken at once only where the text is nothing else. Where the text ends with it, set apart, it counts
when it is said twice: what stands behind sentences may be quoted, or a draft.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec

from scenario.llm.endpoint import without_secrets
from scenario.llm.functions import CHOICE, Call, Function, Unreadable
from scenario.llm.json_in_text import NO_VALUE, json_objects, json_value, last_value, sole_values, without_thoughts
from scenario.llm.model import Model
from scenario.llm.repeated_json import repeats
from scenario.llm.template_marks import another_begins, another_speaks
from scenario.protocols.finish_reasons import explained, is_refusal_reason, judged
from scenario.types import FunctionCall, Reply

T = TypeVar("T")

_SHOWN: Final = 200
_LONGEST_NAME: Final = 80
_COUNTED: Final = re.compile(r":\d+\Z")
_SPACE: Final = re.compile(r"\A(?:(?:functions?|tools?|default_api|api|namespace)\.)+", re.IGNORECASE)
# What a call has beside its name and arguments, and what may be said of both.
_OF_A_CALL: Final = frozenset({"type", "id", "index", "function", "call_id", "tool_call_id"})
_WORDS: Final = frozenset({"reasoning", "thought", "explanation"})
_CUT: Final = "It ended before it was finished."
_MORE_THAN_JSON: Final = (
    "There are words beside the JSON in it, so that the JSON may be quoted or a draft: write the JSON alone."
)
_TWO_NAMES: Final = "The function that it names is not the one whose arguments stand in it."
_REPEATED: Final = (
    "Its JSON only repeats what stands in the conversation that you were shown: give an answer of your own."
)
_ANOTHERS: Final = (
    "There is a turn of another role in it (a user's, a system's or a tool's), whose words are not your answer: write"
    " the JSON alone."
)
_THOUGHT: Final = "An answer that stands in the reasoning only is none."


def _never(_: object) -> bool:
    return False


def read_calls(
    reply: Reply,
    functions: Sequence[Function],
    read: Callable[[Sequence[Call]], T],
    *,
    shown: Sequence[str] = (),
    fails: Callable[[T], bool] = _never,
) -> T:
    """Read all calls of the reply together; where it made none, those in its text, else in its reasoning.

    Args:
        reply: the answer.
        functions: those that may be called.
        read: makes a value of all the calls, or raises `Unreadable`.
        shown: what the model was shown of others' words: JSON that only repeats them is no call.
        fails: whether a value is one that nobody plants, so that it counts if it is said again.

    Raises:
        Unreadable: there is no call that can be read, or one that counts only if it is said again.
    """
    if problem := _broken_off(reply):
        raise Unreadable(problem)
    if reply.tool_calls:
        made = _known([_made(call, functions) for call in reply.tool_calls], functions)
        made = [msgspec.structs.replace(call, beside=without_thoughts(reply.text)) for call in made]
        # What is written beside calls may be anything; but if it reads as a call, it must not speak against them.
        written = _written(reply, functions, shown)
        beside = [] if written.is_repeated else written.calls
        return read([*made, *(call for call in beside if _is_answer(call, functions, read))])
    written = _written(reply, functions, shown)
    if written.calls:
        return _heard(written, _known(written.calls, functions), read, fails)
    names = " or ".join(function.name for function in functions)
    raise Unreadable(" ".join(filter(None, [f"There was no call of {names}.", written.problem])))


def _heard(written: _Written, calls: list[Call], read: Callable[[Sequence[Call]], T], fails: Callable[[T], bool]) -> T:
    """What calls in a text say, if they count at once."""
    if written.is_alone and not written.is_repeated:
        return read(calls)
    try:
        value = read(calls)
    except Unreadable as unreadable:
        # Of what may be another's nothing is kept.
        raise Unreadable(unreadable.problem, fault=unreadable.fault) from unreadable
    counts = not written.is_repeated or fails(value)
    raise Unreadable(written.problem, claim=(value,) if counts else None)


def _is_answer(call: Call, functions: Sequence[Function], read: Callable[[Sequence[Call]], T]) -> bool:
    """Whether a call that is written beside others says something of its own, be it in part, or wrong."""
    try:
        read([call])
    except Unreadable as unreadable:
        if unreadable.is_other is not None:
            return not unreadable.is_other
        known = {name for function in functions for name in function.parameters.get("properties", {})}
        return unreadable.partial is not None or (isinstance(call.arguments, dict) and bool(known & {*call.arguments}))
    return True


def _broken_off(reply: Reply) -> str:
    """Why an answer is none, whatever is in it; "" where it may be one."""
    if any(message.get("refusal") for message in reply.messages) or is_refusal_reason(reply.finish_reason):
        return "It is a refusal, or has one beside it."
    if judged(reply.finish_reason) == "error":
        return f"It was broken off: {explained(reply.finish_reason or '')}."
    return ""


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


class _Written(msgspec.Struct, frozen=True, kw_only=True):
    """The calls in a text.

    Attributes:
        problem: why there are none, or why they do not count at once.
        is_alone: whether the text is nothing else.
        is_repeated: whether their JSON stands in what the model was shown.
    """

    calls: list[Call] = []
    problem: str = ""
    is_alone: bool = True
    is_repeated: bool = False


def _written(reply: Reply, functions: Sequence[Function], shown: Sequence[str]) -> _Written:
    """The calls that the text consists of or ends with, or those in the reasoning where there is no text."""
    whole = judged(reply.finish_reason) in ("complete", "")
    text = without_thoughts(reply.text)
    # Also as it came, since thoughts are cut together with the mark before them.
    if another_begins(reply.text) or another_speaks(text):
        return _Written(problem=_ANOTHERS)
    thought = not reply.text.strip() and not reply.tool_calls and bool(reply.reasoning.strip())
    # Cut, or among thoughts, an announcement may be one of a draft.
    strict = thought or not whole
    names = [function.name for function in functions]
    found = sole_values(reply.reasoning if thought else text, [] if strict else names, announced=not strict)
    if thought and (not whole or len(found) != 1):
        return _Written(problem=_THOUGHT)
    if not whole and len(found) != 1:
        return _Written(problem=_CUT)
    last = last_value(text, names) if not found and not strict else None
    if not found and last is None:
        return _Written(problem=_MORE_THAN_JSON if json_objects(text) else "")
    values, beside = (found, "") if last is None else ([last[:2]], last[2])
    repeated = any(repeats(value, written, shown) for value, written in values)
    calls = [call for value, _ in values for call in _calls_of(value, functions)]
    around = text
    for _, written in values:
        around = around.replace(written, " ")
    named = [name for name in names if re.search(rf"\b{re.escape(name)}\b", around, re.IGNORECASE)]
    if len(named) == 1 and any(call.name != named[0] for call in calls):
        return _Written(problem=_TWO_NAMES)
    return _Written(
        calls=[msgspec.structs.replace(call, beside=beside) for call in calls],
        problem=_REPEATED if repeated else "" if last is None else _MORE_THAN_JSON,
        is_alone=last is None,
        is_repeated=repeated,
    )


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
    """A function's name without a known space of names ("functions.give:0"), in the letters it was given in."""
    last = _SPACE.sub("", _COUNTED.sub("", name)).casefold()
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
            return Call(name=value[key], arguments=_arguments({k: v for k, v in value.items() if k != key}))
    if len(value) == 1 and (only := next(iter(value))) in names:
        return Call(name=only, arguments=value[only])
    if not {"arguments", "parameters", "args"}.isdisjoint(value):
        # A call of another function: nobody makes it one of ours.
        for key in ("name", "tool", "action", "function"):
            if isinstance(other := value.get(key), str) and other:
                return Call(name=_plain_name(other, functions), arguments=_arguments({**value, key: None}))
    # Without a name it is the one that demands what is there, and all of it where several do.
    taken = {function.name: function.parameters.get("properties", {}).keys() for function in functions}
    most = max(len(value.keys() & keys) for keys in taken.values())
    fit = [name for name, keys in taken.items() if most and len(value.keys() & keys) == most]
    whole = [name for name in fit if value.keys() <= taken[name]]
    many = _taking_many(functions)
    return Call(name=[*whole, *(name for name in fit if many not in fit), many][0], arguments=value)


def _arguments(rest: dict[str, Any]) -> Any:
    """What stands beside a name: the arguments, with what is said beside them; all of it, where they differ."""
    keys = [key for key in ("arguments", "parameters", "args") if rest.get(key) is not None]
    if not keys:
        return rest
    inner = rest[keys[0]]
    if any(rest[key] != inner for key in keys):
        return rest
    beside = {key: value for key, value in rest.items() if key not in (*keys, *_OF_A_CALL)}
    if not beside:
        return inner
    inner = json_value(inner) if isinstance(inner, str) else inner
    if not isinstance(inner, dict) or any(inner[key] != beside[key] for key in inner.keys() & beside.keys() - _WORDS):
        return rest
    return beside | inner
