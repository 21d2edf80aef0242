"""The verdict: the shape in which a judge is asked for it, and the reading of what comes. Pure.

The verdicts are keyed by the criteria's numbers, never by their text, so that no two criteria can share one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.agents.judge.status import denied, stated
from scenario.agents.judge.taking_back import takes_back
from scenario.llm.functions import Call, Function, Unreadable
from scenario.llm.json_in_text import sole_values
from scenario.types import CriterionResult

CONTINUE: Final = "continue_test"
FINISH: Final = "finish_test"
ON_IMAGE: Final = "depends_on_image"
LEFT_OUT: Final = "The judge left this criterion out: nobody has judged it."

_UNSEEN: Final = (
    "The judge's model was not shown the conversation's images, and did not say that this does not depend on them. It "
    "had said: {status}."
)
_NAME_KEYS: Final = ("index", "number", "criterion_number", "criterion_index", "criterion_id", "id", "criterion")
_CONTAINERS: Final = ("criteria", "results", "verdicts")
# What a model may call its answer, where it puts it into an object of its own.
_WRAPPERS: Final = (
    "verdict", "answer", "final_answer", "final_verdict", "response", "output", "result", "evaluation", "assessment",
    "judgment", "judgement", "decision", "arguments", "parameters", "args", "input", "data", "json", FINISH,
)  # fmt: skip
_NUMBER: Final = re.compile(r"(?:criterion|criteria|number|no)?[\s_.:#-]*(\d{1,6})[\s.:)]*", re.IGNORECASE)
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


def finish_function(criteria: Sequence[str], *, blind: bool = False) -> Function:
    """The function by which a judge gives its verdict on these criteria; `blind`: who is not shown the images."""
    verdicts = {str(number): _criterion_schema(criterion, blind) for number, criterion in enumerate(criteria, start=1)}
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


def _criterion_schema(criterion: str, blind: bool) -> dict[str, Any]:
    told = "Whether the verdict depends on what an image shows that you cannot see."
    on_image = {ON_IMAGE: {"type": "boolean", "description": told}} if blind else {}
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
            **on_image,
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


def read_verdict(calls: Sequence[Call], criteria: Sequence[str], *, blind: bool = False) -> Verdict | None:
    """The verdict in a judge's calls, whose parts may stand in several; None where it lets the conversation go on.

    Of a judge that is not shown the images, `blind`, what it does not call independent of them is undecided.

    Raises:
        Unreadable: there is no verdict in them, they contradict each other, or they leave criteria out; these count as
            inconclusive in `partial`.
    """
    names = {call.name for call in calls}
    if FINISH not in names:
        return None
    if CONTINUE in names:
        raise Unreadable(f"It calls both {CONTINUE} and {FINISH}: call one of them.")
    given = [_parsed(call.arguments) for call in calls if call.name == FINISH]
    results = _results(given, criteria, blind)
    if all(result.status == "passed" for result in results.values()) and any(takes_back(call.beside) for call in calls):
        raise Unreadable("What is said before the verdict may take it back: give the verdict alone.")
    missing = [str(index + 1) for index in range(len(criteria)) if index not in results]
    reasoning = list(dict.fromkeys(_text(one.get("reasoning")) for one in given if isinstance(one, Mapping)))
    if missing and any(reasoning):
        reasoning.insert(0, f"The judge left criterion {', '.join(missing)} out.")
    verdict = Verdict(
        criteria=tuple(
            results.get(index) or CriterionResult(criterion=criterion, status="inconclusive", reasoning=LEFT_OUT)
            for index, criterion in enumerate(criteria)
        ),
        reasoning=" ".join(filter(None, reasoning)),
    )
    if missing:
        raise Unreadable(f"The verdict on criterion {', '.join(missing)} is missing.", partial=verdict)
    return verdict


def _results(given: Sequence[Any], criteria: Sequence[str], blind: bool) -> dict[int, CriterionResult]:
    """The verdicts in the arguments of all calls together, by the index of their criterion."""
    found = [container for arguments in given if (container := _container(arguments, criteria)) is not None]
    if len(found) < len(given):
        raise Unreadable(f'{FINISH} needs "criteria", an object with one verdict for each criterion, by its number.')
    results: dict[int, CriterionResult] = {}
    # What is said beside them: of all of it, or of what is no criterion.
    beside: list[Any] = [one for one in given if isinstance(one, Mapping)]
    beside += [only for one in beside if len(one) == 1 and isinstance(only := _parsed(*one.values()), Mapping)]
    for index, item in _items(found, criteria):
        if index is None:
            beside.append(item)
            continue
        result = _result(item, criteria[index], index, blind)
        if results.setdefault(index, result).status != result.status:
            raise Unreadable(f"It says two things of criterion {index + 1}.")
    if any(map(denied, beside)) and all(result.status == "passed" for result in results.values()):
        raise Unreadable("The verdict as a whole says another thing than the verdicts on the criteria.")
    return results


def _parsed(value: Any) -> Any:
    """JSON that came as a string, once or twice encoded."""
    found = sole_values(value) if isinstance(value, str) else []
    return found[0][0] if len(found) == 1 else value


def _container(arguments: Any, criteria: Sequence[str], *, inner: bool = False) -> Mapping[str, Any] | list[Any] | None:
    """Where the verdicts stand: under "criteria", at the top, or in an only object that is called the answer."""
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
    name = _identifier(str(next(iter(arguments)))) if len(arguments) == 1 and not inner else ""
    only = _parsed(next(iter(arguments.values()))) if name in _WRAPPERS else None
    return _container(only, criteria, inner=True) if isinstance(only, Mapping) else None


def _items(
    containers: Sequence[Mapping[str, Any] | list[Any]], criteria: Sequence[str]
) -> list[tuple[int | None, Any]]:
    """The verdicts, each with the index of its criterion; None where it is on nothing that was asked."""
    named = [
        [(_named(item), item) for item in container] if isinstance(container, list) else list(container.items())
        for container in containers
    ]
    # What one part counts from, all do.
    numbers = {int(found[1]) for pairs in named for key, _ in pairs if (found := _NUMBER.fullmatch(str(key)))}
    first = 0 if 0 in numbers and len(criteria) not in numbers else 1
    texts: dict[str, list[int]] = {}
    for index, criterion in enumerate(criteria):
        texts.setdefault(_folded(criterion), []).append(index)
    items: list[tuple[int | None, Any]] = []
    for container, pairs in zip(containers, named, strict=True):
        meant = [_indexes(str(key).strip(), criteria, texts, first) for key, _ in pairs]
        is_list = isinstance(container, list)
        if is_list and len(pairs) == len(criteria) and all(not at or n in at for n, at in enumerate(meant)):
            # In order; what the entries say of themselves does not speak against it.
            meant = [[n] for n in range(len(pairs))]
        for (_, item), indexes in zip(pairs, meant, strict=True):
            items += [(index, item) for index in indexes] or [(None, item)]
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


def _result(item: Any, criterion: str, index: int, blind: bool) -> CriterionResult:
    item = _parsed(item)
    details: Mapping[str, Any] = item if isinstance(item, Mapping) else {"status": item}
    status = stated(details, f"criterion {index + 1}")
    reasoning = _text(details.get("reasoning"))
    if blind and status != "inconclusive" and str(details.get(ON_IMAGE)).lower() != "false":
        status, reasoning = "inconclusive", f"{_UNSEEN.format(status=status)} {reasoning}".rstrip()
    message_index = details.get("message_index")
    is_index = isinstance(message_index, int) and not isinstance(message_index, bool) and message_index >= 0
    quote = details.get("quote")
    if isinstance(quote, list):
        said = [part for part in map(_text, quote) if part]
        quote = said[0] if len(said) == 1 else " / ".join(f'"{part}"' for part in said)
    return CriterionResult(
        criterion=criterion,
        requirement=_text(details.get("requirement")),
        status=status,
        reasoning=reasoning,
        quote=_text(quote) or None,
        message_index=message_index if is_index else None,
    )


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
