"""The verdict: the shape in which a judge is asked for it, and the reading of what comes. Pure.

The verdicts are keyed by the criteria's numbers, never by their text, so that no two criteria can share one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.llm.functions import Call, Function, Unreadable
from scenario.llm.json_in_text import json_objects
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.types import CriterionResult, CriterionStatus

CONTINUE: Final = "continue_test"
FINISH: Final = "finish_test"
LEFT_OUT: Final = "The judge left this criterion out."

_STATUSES: Final[dict[str, CriterionStatus]] = {
    **dict.fromkeys(("passed", "pass", "met", "true", "yes", "satisfied", "success", "ok", "fulfilled"), "passed"),
    **dict.fromkeys(("failed", "fail", "not met", "unmet", "false", "no", "violated", "not satisfied"), "failed"),
    **dict.fromkeys(("inconclusive", "unknown", "undecided", "unclear", "not applicable", "n/a"), "inconclusive"),
}
_STATUS_KEYS: Final = ("status", "result", "verdict", "outcome", "decision", "met", "passed", "pass", "satisfied")
_NAME_KEYS: Final = ("index", "number", "criterion_number", "criterion_index", "criterion_id", "id", "criterion")
_CONTAINERS: Final = ("criteria", "results", "verdicts")
_NUMBER: Final = re.compile(r"(?:criterion|criteria|number|no)?[\s_.:#-]*(\d{1,6})[\s.:)]*", re.IGNORECASE)
# What stands around a word for looks: "**PASSED**", "✅ passed", "met.".
_AROUND: Final = re.compile(r"\A\W+|\W+\Z")
_NO_NAME: Final = re.compile(r"[^a-z0-9]+")
_NUMBERED: Final = re.compile(r"(\d{1,6})[.:)]\s+(.+)", re.DOTALL)
# Names as long as this may be cut.
_CUT_NAME: Final = 60


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge decided, one result for each criterion, in order. Quotes are not checked yet."""

    criteria: tuple[CriterionResult, ...]
    reasoning: str = ""


def continue_function() -> Function:
    """The function by which a judge lets the conversation go on."""
    reasoning = {"type": "string", "description": "In one sentence: what is still to be seen."}
    return Function(
        name=CONTINUE,
        description="Let the conversation go on, because it cannot be judged yet.",
        parameters=_object({"reasoning": reasoning}),
    )


def finish_function(criteria: Sequence[str]) -> Function:
    """The function by which a judge gives its verdict on these criteria."""
    verdicts = {str(number): _criterion_schema(criterion) for number, criterion in enumerate(criteria, start=1)}
    return Function(
        name=FINISH,
        description="End the conversation with a verdict on every criterion.",
        parameters=_object(
            {
                "criteria": _object(verdicts, "One verdict for each criterion, by its number."),
                "reasoning": {"type": "string", "description": "The verdict as a whole, in one or two sentences."},
            }
        ),
    )


def _criterion_schema(criterion: str) -> dict[str, Any]:
    # The reasoning comes before the status, so that the status follows from it.
    return _object(
        {
            "requirement": {"type": "string", "description": "What the criterion demands, in your own words."},
            "reasoning": {"type": "string", "description": "What in the conversation decides it, and how."},
            "quote": {
                "type": "string",
                "description": "The deciding words, copied exactly from one message; empty where no words decide it.",
            },
            "message_index": {
                "type": "integer",
                "description": "The number of the message that is quoted; -1 where none is.",
            },
            "status": {"type": "string", "enum": ["passed", "failed", "inconclusive"]},
        },
        criterion,
    )


def _object(properties: dict[str, Any], description: str = "") -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return schema | ({"description": description} if description else {})


def read_verdict(call: Call, criteria: Sequence[str]) -> Verdict | None:
    """The verdict in a judge's call; None where it lets the conversation go on.

    Raises:
        Unreadable: there is no verdict in it, or it leaves criteria out; these count as failed in `partial`.
    """
    if call.name == CONTINUE:
        return None
    arguments = _parsed(call.arguments)
    container = _container(arguments, criteria)
    if container is None:
        raise Unreadable(f'{FINISH} needs "criteria", an object with one verdict for each criterion, by its number.')
    items = _by_index(container, criteria)
    results = [
        _result(items[index], criterion, index) if index in items else None for index, criterion in enumerate(criteria)
    ]
    reasoning = arguments.get("reasoning") if isinstance(arguments, Mapping) else None
    verdict = Verdict(
        criteria=tuple(
            result or CriterionResult(criterion=criterion, status="failed", reasoning=LEFT_OUT)
            for result, criterion in zip(results, criteria, strict=True)
        ),
        reasoning=_text(reasoning),
    )
    missing = [str(index + 1) for index, result in enumerate(results) if result is None]
    if missing:
        raise Unreadable(f"The verdict on criterion {', '.join(missing)} is missing.", partial=verdict)
    return verdict


def _parsed(value: Any) -> Any:
    """JSON that came as a string, once or twice encoded, alone or between words."""
    for _ in range(3):
        if not isinstance(value, str):
            return value
        decoded = read_json(value)
        if decoded is NOT_JSON:
            objects = json_objects(value)
            return objects[-1] if objects else value
        value = decoded
    return value


def _container(arguments: Any, criteria: Sequence[str], *, inner: bool = False) -> Mapping[str, Any] | list[Any] | None:
    """Where the verdicts stand: under "criteria", at the top, or in the only object there is."""
    if isinstance(arguments, list):
        return arguments
    if not isinstance(arguments, Mapping):
        return None
    for name in _CONTAINERS:
        if name in arguments:
            found = _parsed(arguments[name])
            return found if isinstance(found, Mapping | list) else None
    texts = {_folded(criterion) for criterion in criteria}
    if any(_NUMBER.fullmatch(str(key)) or _folded(str(key)) in texts for key in arguments):
        return arguments
    only = _parsed(next(iter(arguments.values()))) if len(arguments) == 1 and not inner else None
    return _container(only, criteria, inner=True) if isinstance(only, Mapping) else None


def _by_index(container: Mapping[str, Any] | list[Any], criteria: Sequence[str]) -> dict[int, Any]:
    """The verdicts by the index of their criterion."""
    is_list = isinstance(container, list)
    pairs = [(_named(item), item) for item in container] if is_list else list(dict(container).items())
    numbers = {int(found[1]) for key, _ in pairs if (found := _NUMBER.fullmatch(str(key)))}
    first = 0 if 0 in numbers and len(criteria) not in numbers else 1
    texts: dict[str, list[int]] = {}
    for index, criterion in enumerate(criteria):
        texts.setdefault(_folded(criterion), []).append(index)
    meant = [_indexes(str(key).strip(), criteria, texts, first) for key, _ in pairs]
    if is_list and len(pairs) == len(criteria) and all(not at or n in at for n, at in enumerate(meant)):
        # In order; what the entries say of themselves does not speak against it.
        return {index: item for index, (_, item) in enumerate(pairs)}
    items: dict[int, Any] = {}
    for (_, item), indexes in zip(pairs, meant, strict=True):
        for index in indexes:
            items.setdefault(index, item)
    return items


def _named(item: Any) -> Any:
    """What an entry of a list says it is about."""
    if not isinstance(item, Mapping):
        return ""
    return next((item[name] for name in _NAME_KEYS if name in item), "")


def _indexes(key: str, criteria: Sequence[str], texts: Mapping[str, list[int]], first: int) -> list[int]:
    """The criteria that a key means: by their number, by their text, which several may share, or by a name made of it.

    A bare number is always that: it is what was asked for, and a criterion may be called so.
    """
    found = _NUMBER.fullmatch(key)
    by_text = texts.get(_folded(key), [])
    if by_text and (found is None or found[0] != found[1]):
        return by_text
    if found is None and (numbered := _NUMBERED.fullmatch(key)) is not None:
        # "2. The agent is polite", as the list of criteria has it.
        index = int(numbered[1]) - first
        return [index] if index in texts.get(_folded(numbered[2]), ()) else []
    index = int(found[1]) - first if found else -1
    return [index] if 0 <= index < len(criteria) else _named_after(key, criteria)


def _named_after(key: str, criteria: Sequence[str]) -> list[int]:
    """The criterion of whose text models make such a name ("agent_is_polite"); none where it could be several."""
    name = _identifier(key)
    if not name:
        return []
    meant = [
        index
        for index, criterion in enumerate(criteria)
        if name == (made := _identifier(criterion)) or (len(key) >= _CUT_NAME and made.startswith(name))
    ]
    return meant if len(meant) == 1 else []


def _identifier(text: str) -> str:
    return _NO_NAME.sub("_", text.lower()).strip("_")


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _result(item: Any, criterion: str, index: int) -> CriterionResult:
    item = _parsed(item) if isinstance(item, str) and item.lstrip().startswith("{") else item
    details = item if isinstance(item, Mapping) else {"status": item}
    said = next((details[name] for name in _STATUS_KEYS if name in details), None)
    status = _status(said)
    if status is None:
        raise Unreadable(
            f'The status of criterion {index + 1} must be "passed", "failed" or "inconclusive", not {said!r:.80}.'
        )
    message_index = details.get("message_index")
    is_index = isinstance(message_index, int) and not isinstance(message_index, bool) and message_index >= 0
    return CriterionResult(
        criterion=criterion,
        requirement=_text(details.get("requirement")),
        status=status,
        reasoning=_text(details.get("reasoning")),
        quote=_text(details.get("quote")) or None,
        message_index=message_index if is_index else None,
    )


def _status(said: Any) -> CriterionStatus | None:
    if isinstance(said, bool):
        return "passed" if said else "failed"
    return _STATUSES.get(_AROUND.sub("", _folded(said).replace("_", " "))) if isinstance(said, str) else None


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
