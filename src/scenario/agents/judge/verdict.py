"""The verdict: the shape in which a judge is asked for it, and the reading of what comes. Pure.

The verdicts are keyed by the criteria's numbers, never by their text, so that no two criteria can share one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.agents.judge.naming import Named, items, names_of
from scenario.agents.judge.statements import denies, disowns, has_status, key_name, stated
from scenario.agents.judge.status import status_of
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
_CONTAINERS: Final = (
    "criteria", "results", "verdicts", "evaluations", "assessments", "judgments", "judgements", "criteria_results",
    "criteria_verdicts", "criterion_results", "criterion_verdicts", "criteria_evaluations", "criteria_evaluation",
    "statuses",
)  # fmt: skip
# What a model may call its answer, where it puts it into an object of its own.
_WRAPPERS: Final = (
    "verdict", "answer", "final_answer", "final_verdict", "response", "output", "result", "evaluation", "assessment",
    "judgment", "judgement", "decision", "arguments", "parameters", "args", "input", "data", "json", FINISH,
)  # fmt: skip

# A reasoning that ends in a status of its own.
_SAYS_FAILED: Final = re.compile(
    r"(?:\A|[.!?;\n])\s*\W{0,3}(?:final |overall )?(?:status|verdict|conclusion|decision|result)\W{0,3}[:=]\W{0,4}"
    r"(?:not[ _]\w+|fail(?:ed|s)?|unmet|inconclusive)\W*\Z"
    r"|\b(?:so|therefore|thus|hence|overall)\W? (?:this|the) criterion (?:is|was|has) (?:not (?:been )?(?:met|passed"
    r"|satisfied)|failed)\W*\Z",
    re.IGNORECASE,
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge decided, one result for each criterion, in order. Quotes are not checked yet.

    Attributes:
        controls: how many statements whose truth is known were put to it beside them.
        missed: how many of these it missed.
    """

    criteria: tuple[CriterionResult, ...]
    reasoning: str = ""
    controls: int = 0
    missed: int = 0


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
    if other := next(filter(None, (_other_function(call.arguments) for call in calls)), ""):
        raise Unreadable(f"It gives {FINISH} the arguments of {other!r:.60}: give it its own.")
    if CONTINUE in names:
        raise Unreadable(f"It calls both {CONTINUE} and {FINISH}: call one of them.")
    given = [_parsed(call.arguments) for call in calls if call.name == FINISH]
    results = _results(given, criteria, blind)
    statuses = {index + 1: result.status for index, result in results.items()}
    if any(takes_back(call.beside, statuses) for call in calls):
        raise Unreadable("What is said before the verdict may take it back: give the verdict alone.")
    missing = [str(index + 1) for index in range(len(criteria)) if index not in results]
    # Of the whole it is understood only where it names a criterion: much may fail in a conversation that passes.
    overall = " ".join(_text(one.get("reasoning")) for one in given if isinstance(one, Mapping))
    if takes_back(overall, statuses | {0: "failed"}):
        raise Unreadable("The reasoning on the whole says another thing than the verdicts on the criteria.")
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
    parts = [_parts(arguments, criteria) for arguments in given]
    containers = [container for part in parts for container in part.containers]
    # What is said beside them: of all of it, or of what is no criterion.
    beside = [one for part in parts for one in part.beside]
    if not all(part.containers for part in parts):
        raise Unreadable(
            f'{FINISH} needs "criteria", an object with one verdict for each criterion, by its number.',
            is_other=not any(denies(value, key) for key, value in beside),
        )
    named = Named(criteria, [name for container in containers for name in names_of(container)])
    results: dict[int, CriterionResult] = {}
    for index, key, item in items(containers, named, len(criteria)):
        if index is None:
            beside.append((key, item))
            continue
        result = _result(item, criteria[index], index, blind)
        if results.setdefault(index, result).status != result.status:
            raise Unreadable(f"It says two things of criterion {index + 1}.")
    if disowned := next((key for key, value in beside if disowns(key, value)), None):
        raise Unreadable(
            f"What it holds under {str(disowned)!r:.40} says that it is no verdict: give the verdict alone."
        )
    denied = any(denies(_parsed(value), key) for key, value in beside)
    if denied and all(result.status == "passed" for result in results.values()):
        raise Unreadable("The verdict as a whole says another thing than the verdicts on the criteria.")
    return results


def _other_function(arguments: Any) -> str:
    """The function that the arguments of a call say they are for, where that is another one; else ""."""
    arguments = _parsed(arguments)
    if not isinstance(arguments, Mapping) or not any(key in arguments for key in ("arguments", "parameters", "args")):
        return ""
    named = (arguments[key] for key in ("name", "function", "tool", "action") if isinstance(arguments.get(key), str))
    return next((name for name in named if name.rpartition(".")[2].casefold() != FINISH), "")


def _parsed(value: Any) -> Any:
    """JSON that came as a string, once or twice encoded."""
    found = sole_values(value) if isinstance(value, str) else []
    return found[0][0] if len(found) == 1 else value


class _Parts(msgspec.Struct, frozen=True):
    """What the arguments of a call hold: objects and lists of verdicts, and what stands beside them, with its keys."""

    containers: list[Mapping[str, Any] | list[Any]]
    beside: list[tuple[Any, Any]]


def _parts(arguments: Any, criteria: Sequence[str], *, inner: bool = False) -> _Parts:
    """Where the verdicts stand: under "criteria" and the like, at the top, or in an only object, called the answer."""
    if isinstance(arguments, list):
        return _Parts([arguments], [])
    if not isinstance(arguments, Mapping):
        return _Parts([], [("", arguments)])
    named = Named(criteria, list(arguments))
    held = {key: _parsed(value) for key, value in arguments.items() if key_name(key) in _CONTAINERS}
    filled = {key: container for key, value in held.items() if (container := _container(value, criteria)) is not None}
    at_top = {key: value for key, value in arguments.items() if key not in filled and named.by_key(key)}
    # A number at the top is a criterion's also where there is none of that number.
    numbered = any(named.by_key(key) for key in arguments)
    rest = {key: value for key, value in arguments.items() if key not in filled and key not in at_top}
    containers = [*filled.values(), *([at_top] if numbered and at_top else [])]
    beside = list(rest.items())
    if containers or held:
        return _Parts(containers, beside)
    if _is_verdict_alone(arguments, criteria, named):
        return _Parts([[arguments]], [])
    # One that is called the answer, beside which there are at most words.
    objects = {key: value for key, one in rest.items() if isinstance(value := _parsed(one), Mapping)}
    if len(objects) == 1 and not inner and key_name(next(iter(objects))) in _WRAPPERS:
        ((key, only),) = objects.items()
        wrapped = _parts(only, criteria, inner=True)
        return _Parts(wrapped.containers, [*wrapped.beside, *((k, v) for k, v in rest.items() if k != key)])
    return _Parts([], beside)


def _container(value: Any, criteria: Sequence[str]) -> Mapping[str, Any] | list[Any] | None:
    """What stands under the name of a container, if that is one; of one criterion it may be its verdict itself."""
    if isinstance(value, list):
        # The criteria themselves may be listed there.
        return None if value and all(isinstance(one, str) and status_of(one) is None for one in value) else value
    if not isinstance(value, Mapping):
        return {"1": value} if len(criteria) == 1 and status_of(value) is not None else None
    named = Named(criteria, list(value))
    return [value] if _is_verdict_alone(value, criteria, named) else value


def _is_verdict_alone(details: Mapping[str, Any], criteria: Sequence[str], named: Named) -> bool:
    """Whether an object is the verdict on one criterion: on the only one, or on the one that it names."""
    if any(named.by_key(key) for key in details) or not has_status(details):
        return False
    meant = named.by_entry(details)
    return bool(meant) or (meant is None and len(criteria) == 1)


def _result(item: Any, criterion: str, index: int, blind: bool) -> CriterionResult:
    item = _parsed(item)
    details: Mapping[str, Any] = item if isinstance(item, Mapping) else {"status": item}
    status = stated(details, f"criterion {index + 1}")
    reasoning = _text(details.get("reasoning"))
    if status == "passed" and _SAYS_FAILED.search(reasoning):
        raise Unreadable(f"The verdict on criterion {index + 1} says two things: passed, and another in its reasoning.")
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
