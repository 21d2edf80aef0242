"""Mistakes that the shape alone does not show: a script without a verdict, a pattern that is none, an unknown model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from scenario.errors import ScenarioError
from scenario.files.blocks import CallBlock, CheckpointBlock, ScenarioBlock, StepBlock, UserBlock
from scenario.files.building import (
    CHARACTER,
    agent_block,
    agent_of,
    check_character,
    judge_block,
    needs_judge,
    steps_of,
    user_block,
)
from scenario.files.check_blocks import ChecksBlock
from scenario.files.checks import COMBINED, checks_of
from scenario.files.fitting import fitted, misfits
from scenario.files.node import (
    Node,
    Path as Place,
    Problem,
    list_node,
    mapping_node,
    nearest,
    problem,
    shown_value,
)
from scenario.files.plan_block import PlanBlock
from scenario.files.planned_user import planned_user
from scenario.late_pattern import late_pattern
from scenario.llm.any_llm_transport import is_installed
from scenario.llm.extras import INSTALL_ANY_LLM
from scenario.llm.model_name import ANY_LLM, EMBEDDED, PROVIDERS, parse_model_name

_CONCLUDING: Final = frozenset({"judge", "proceed", "succeed", "fail"})
_ROLES: Final = ("user", "assistant", "system", "developer", "tool")
# What makes the steps behind one that ends the scenario count.
_BEFORE: Final = {
    "judge": "Put it last, or give this one criteria of its own, which makes it a checkpoint: - judge: [...].",
    "proceed": "Put it last, or say for how many turns at the most: - proceed: 2.",
    "succeed": "Put it last, or take out what stands behind it.",
    "fail": "Put it last, or take out what stands behind it.",
}
_NO_CHECK: Final = "there is no check. Give one, such as text_contains: Paris."
_VARIABLE: Final = late_pattern(r"(?<!\$)\$env\.[A-Za-z_][A-Za-z0-9_]*")
_OF_TEXTS: Final = frozenset({"text_contains", "text_lacks"})
_ABOVE: Final[Place] = ("judge", "escalate_to")
_REFERENCE: Final = late_pattern(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
# What Python's words say of the argument itself stands in the file's path.
_PYTHON: Final = late_pattern(r"^RemoteAgent\((?:url=)?(.*?)\)(?=: | is )")
_ARGUMENT: Final = late_pattern(r"(?:RemoteAgent\()?([a-z_]+)(?:=|\[|\b has| )")


def mistakes(block: ScenarioBlock, node: Node, place: Place, folder: Path) -> Iterator[Problem]:
    """What makes no sense in a scenario whose shape is right.

    Args:
        block: the scenario.
        node: what it was read from.
        place: where the node stands in its file.
        folder: the file's.
    """
    yield from _agent(block, node, place, folder)
    yield from _named_by_variables(node.find(("agent",)), (*place, "agent"))
    yield from _models(block, node, place)
    yield from user_mistakes(node, place)
    yield from _criteria(block, node, place, folder)
    yield from _limits(block, node, place)
    yield from _script(block, node, place, folder)


def _agent(block: ScenarioBlock, node: Node, place: Place, folder: Path) -> Iterator[Problem]:
    agent, at, here = agent_block(block), node.mapping["agent"], (*place, "agent")
    if (agent.url is None) == (agent.python is None):
        said = "url and python stand side by side" if agent.url else "there is neither"
        yield problem(at, here, f"give the agent's url, or `python: module:attribute` ({said}).")
    elif agent.python is not None:
        if not _REFERENCE.fullmatch(agent.python):
            text = f"{agent.python!r} is no module:attribute. Write it as my_agent:agent."
            yield problem(at.find(("python",)), (*here, "python"), text)
    elif agent.arguments is not None:
        text = "arguments are for what `python` names, which is not given here. Take them out, or name it."
        yield problem(at.find(("arguments",)), (*here, "arguments"), text)
    else:
        yield from _refused(lambda: agent_of(agent, folder), at, here)


def _named_by_variables(node: Node, here: Place) -> Iterator[Problem]:
    """Names that are to come from the environment: only values are filled in, and these would be sent as they stand."""
    for name, inner in node.mapping.items():
        if found := _VARIABLE.search(name):
            text = f"{found[0]} is sent as it stands in a name. Write the name out: only values are filled in."
            yield problem(inner, (*here, name), text)
        yield from _named_by_variables(inner, (*here, name))
    for index, item in enumerate(node.items):
        yield from _named_by_variables(item, (*here, index))


def _refused(make: Callable[[], object], at: Node, here: Place) -> Iterator[Problem]:
    """What making it complains about, at the setting that it names."""
    try:
        make()
    except ScenarioError as error:
        said = str(error)
        match = _ARGUMENT.match(said)
        name = {"timeout": "timeouts"}.get(match[1], match[1]) if match else ""
        found = at.mapping.get(name)
        if found is None:
            yield problem(at, here, said)
        else:
            yield problem(found, (*here, name), _PYTHON.sub(r"\1", said).replace("=…", "", 1))


def _models(block: ScenarioBlock, node: Node, place: Place) -> Iterator[Problem]:
    if block.model is not None:
        yield from _model(block.model, None, node.mapping["model"], (*place, "model"))
    judge = judge_block(block)
    participants: list[tuple[Place, CallBlock]] = [(("user",), user_block(block)), (("judge",), judge)]
    if isinstance(judge.escalate_to, str):
        yield from _model(judge.escalate_to, None, node.find(_ABOVE), (*place, *_ABOVE))
    elif judge.escalate_to is not None:
        participants.append((_ABOVE, judge.escalate_to))
        if judge.escalate_to.model is None:
            text = "there is no model. Give one: escalate_to: {model: openai/gpt-4o-mini}."
            yield problem(node.find(_ABOVE), (*place, *_ABOVE), text)
    for name, participant in participants:
        at, here = node.find(name), (*place, *name)
        if participant.model is not None:
            yield from _model(participant.model, participant.api_base, at.find(("model",)), (*here, "model"))
        base = participant.api_base
        if base is not None and "$env." not in base and not base.startswith(("http://", "https://")):
            text = (
                f"{shown_value(base)} is no URL. Give one with http:// or https://, such as http://127.0.0.1:8000/v1."
            )
            yield problem(at.find(("api_base",)), (*here, "api_base"), text)
        if participant.api_key is not None and "$env." not in participant.api_key:
            text = "a key in a file is soon everybody's. Write $env.NAME, and set that variable."
            yield problem(at.find(("api_key",)), (*here, "api_key"), text)


def user_mistakes(node: Node, place: Place) -> Iterator[Problem]:
    """A persona, a fact or a trait of a user that is none; what does not fit at all is passed over here."""
    at, here = node.find(("user",)), (*place, "user")
    if (plan := at.mapping.get("plan")) is not None:
        yield from _plan(plan, at, here)
        return
    if isinstance(at.value, str):
        yield from _character("persona", at, here)
    for name in CHARACTER:
        value = at.mapping.get(name)
        if value is None:
            continue
        found: list[Problem] = []
        # Each by itself first, so that all of them are told.
        for index, item in enumerate(value.items):
            found += _character(name, list_node([item], item.file, item.line), (*here, name, index))
        for key, item in value.mapping.items():
            found += _character(name, mapping_node({key: item}, item.file, item.line), (*here, name, key))
        yield from found or _character(name, value, (*here, name))


def _plan(plan: Node, at: Node, here: Place) -> Iterator[Problem]:
    for name in [name for name in at.mapping if name != "plan"]:
        text = f"{name} has no effect beside a plan, by which the user needs no model. Take out one of the two."
        yield problem(at.mapping[name], (*here, name), text)
    if any(misfits(plan, PlanBlock, (*here, "plan"))):
        return
    try:
        planned_user(fitted(plan, PlanBlock, (*here, "plan")))
    except ScenarioError as error:
        yield problem(plan, (*here, "plan"), str(error).removeprefix("plan: "))


def _character(name: str, value: Node, here: Place) -> Iterator[Problem]:
    if any(misfits(mapping_node({name: value}, value.file, value.line), UserBlock, here)):
        return
    said = value.plain()
    if name in ("persona", "goal") and isinstance(said, str) and not said.strip():
        yield problem(value, here, f"the {name} is empty, and would say nothing of the user. Write it, or take it out.")
    try:
        check_character(UserBlock(**{name: said}), name)
    except ScenarioError as error:
        yield problem(value, here, str(error))


def _model(name: str, api_base: str | None, at: Node, here: Place) -> Iterator[Problem]:
    if "$env." in name:
        return
    try:
        parsed = parse_model_name(name)
    except ScenarioError as error:
        yield problem(at, here, str(error))
        return
    if parsed.provider == "decide" and api_base is None:
        rest = f"name the protocol: systemone/{parsed.model} or decisions/{parsed.model}."
        yield problem(at, here, f"{name!r} has no api_base: its server is asked what it speaks. Give it, or {rest}")
    if is_installed() or parsed.provider in PROVIDERS or parsed.provider == EMBEDDED:
        return  # what any-llm does not know shows when it is asked, as loading it takes long
    if parsed.provider == ANY_LLM:
        yield problem(at, here, f"any-llm, which {name!r} is to go through, is not installed. {INSTALL_ANY_LLM}")
    elif api_base is None and parsed.prefix:
        there = nearest(parsed.prefix, [*sorted(PROVIDERS), EMBEDDED])
        text = f"the provider {parsed.prefix!r} of {name!r} is not known, and there is no api_base. {there}"
        yield problem(at, here, f"{text} Or {INSTALL_ANY_LLM}, if any-llm knows it.")


def _criteria(block: ScenarioBlock, node: Node, place: Place, folder: Path) -> Iterator[Problem]:
    judge = node.mapping.get("judge")
    if judge is None:
        return
    given = judge.items or judge.find(("criteria",)).items
    here = (*place, "judge") if judge.items else (*place, "judge", "criteria")
    yield from _listed(judge_block(block).criteria, given, here, folder)


def _inline_criteria(block: ScenarioBlock, script: Node, here: Place, folder: Path) -> Iterator[Problem]:
    for index, step in enumerate(steps_of(block)):
        at = step.judge if isinstance(step, StepBlock) else None
        node = script.items[index].find(("judge",))
        if isinstance(at, list):
            yield from _listed(at, node.items, (*here, index, "judge"), folder)
        elif isinstance(at, CheckpointBlock) and at.criteria is not None:
            below = (*here, index, "judge", "criteria")
            yield from _listed(at.criteria, node.find(("criteria",)).items, below, folder)


def _listed(
    criteria: Sequence[str | ChecksBlock], nodes: Sequence[Node], here: Place, folder: Path
) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, (criterion, node) in enumerate(zip(criteria, nodes, strict=True)):
        text = criterion.strip() if isinstance(criterion, str) else repr(node.plain())
        if not text:
            yield problem(node, (*here, index), "a criterion is empty. Write a sentence, or take it out.")
        elif text in seen:
            yield problem(node, (*here, index), f"the criterion {text!r} stands here twice. Keep one.")
        seen.add(text)
        if isinstance(criterion, ChecksBlock):
            yield from _block(criterion, node, (*here, index), folder)


def _limits(block: ScenarioBlock, node: Node, place: Place) -> Iterator[Problem]:
    most, floor = block.limits.max_turns or 10, block.limits.min_turns or 0
    if floor > most:
        text = f"min_turns ({floor}) is above max_turns ({most}). Lower the floor, or raise the limit."
        yield problem(node.find(("limits", "min_turns")), (*place, "limits", "min_turns"), text)


def _script(block: ScenarioBlock, node: Node, place: Place, folder: Path) -> Iterator[Problem]:
    script = node.mapping.get("script")
    if script is None or not script.items:
        if needs_judge(block) and not judge_block(block).criteria:
            yield problem(node, place, "the judge has no criteria. Give it some: judge: {criteria: [...]}.")
        return
    here = (*place, "script")
    for index, step in enumerate(script.items):
        yield from _step(step, (*here, index))
    names = [str(next(iter(step.mapping), step.value)) for step in script.items]
    if not _CONCLUDING & set(names):
        text = "the script ends without a verdict. End it with - judge, - proceed, - succeed or - fail."
        yield problem(script.items[-1], (*here, len(names) - 1), text)
    for index, (name, step) in enumerate(zip(names, script.items, strict=True)):
        bare = not step.mapping or not step.mapping[name].mapping.get("criteria", step.mapping[name]).items
        is_text = bool(step.mapping) and isinstance(step.mapping[name].value, str)
        if name == "judge" and step.mapping and step.mapping[name].value == []:
            text = "an empty list judges nothing. Give criteria, or write judge alone for those of the judge."
            yield problem(step, (*here, index, name), text)
        elif name == "judge" and bare and not is_text and not judge_block(block).criteria:
            text = "there is nothing to judge: neither the judge nor this step has criteria. Give one of them some."
            yield problem(step, (*here, index), text)
    yield from _never_reached(script, here)
    yield from _inline_criteria(block, script, here, folder)
    yield from _checks(block, script, here, folder)


def _never_reached(script: Node, here: Place) -> Iterator[Problem]:
    """The first step behind one that ends the scenario whatever happens: what it promises would never be looked at."""
    for index, step in enumerate(script.items[:-1]):
        if (ending := _ending(step)) is not None:
            after = script.items[index + 1]
            last = index + 2 == len(script.items)
            text = (
                f"{'this step is' if last else 'this step and those after it are'} never reached: `{ending}` in line "
                f"{step.line} ends the scenario. {_BEFORE[ending]}"
            )
            yield problem(after, (*here, index + 1), text)
            return


def _ending(step: Node) -> str | None:
    """The name of a step that ends the scenario, whatever happens; None for any other."""
    name = str(next(iter(step.mapping), step.value))
    given = step.mapping.get(name)
    if name in ("succeed", "fail") or (name == "proceed" and given is None):
        return name
    if name == "judge" and (
        given is None or (given.mapping and given.find(("criteria",)).value in (given.value, None))
    ):
        return name
    return None


def _step(step: Node, here: Place) -> Iterator[Problem]:
    names = list(step.mapping)
    if isinstance(step.value, dict) and len(names) != 1:
        said = f"{' and '.join(names)} stand in one step" if names else "the step is empty"
        yield problem(step, here, f"a step says one thing ({said}). Put a dash before each.")
    elif names == ["message"] and (role := step.mapping["message"].find(("role",))).value not in _ROLES:
        if "role" in step.mapping["message"].mapping:
            text = f"{shown_value(role.value, 'role')} is no role of a message. {nearest(str(role.value), _ROLES)}"
            yield problem(role, (*here, "message", "role"), text)
        else:
            yield problem(role, (*here, "message"), f"'role' is missing. There are: {', '.join(_ROLES)}.")
    elif names and step.mapping[names[0]].value is None:
        yield problem(step, here, f"{names[0]!r} has no value. Give one, or take the step out.")


def _checks(block: ScenarioBlock, script: Node, here: Place, folder: Path) -> Iterator[Problem]:
    for index, step in enumerate(steps_of(block)):
        if isinstance(step, str):
            continue
        for name in ("check", "checks"):
            given = getattr(step, name)
            nodes = script.items[index].find((name,))
            for at, checks in enumerate(given if isinstance(given, list) else [given] if given is not None else []):
                found = nodes.items[at] if isinstance(given, list) else nodes
                place = (*here, index, name, at) if isinstance(given, list) else (*here, index, name)
                yield from _block(checks, found, place, folder)
            if given == []:
                yield problem(nodes, (*here, index, name), _NO_CHECK)


def _combined(checks: ChecksBlock, check: str, value: Node, place: Place, folder: Path) -> Iterator[Problem]:
    given = getattr(checks, check)
    several = isinstance(given, list)
    blocks = given if several else [given]
    if not blocks:
        yield problem(value, place, _NO_CHECK)
    for at, inner in enumerate(blocks):
        yield from _block(inner, *((value.items[at], (*place, at)) if several else (value, place)), folder)


def _block(checks: ChecksBlock, node: Node, place: Place, folder: Path) -> Iterator[Problem]:
    if not node.mapping:
        yield problem(node, place, _NO_CHECK)
    for check, value in node.mapping.items():
        yield from _check(checks, check, value, (*place, check), folder)


def _check(checks: ChecksBlock, check: str, value: Node, place: Place, folder: Path) -> Iterator[Problem]:
    """What is wrong with one check, above all that it would hold whatever the agent says."""
    if value.value is None:
        yield problem(value, place, f"{check} has no value, and would check nothing. Give one, or take it out.")
    elif check in _OF_TEXTS and any(text.value == "" for text in value.items or [value]):
        yield problem(value, place, "'' is in every text. Give the text that is meant, or take the check out.")
    elif check in COMBINED:
        yield from _combined(checks, check, value, place, folder)
    elif check != "python":
        try:
            list(checks_of(type(checks)(**{check: getattr(checks, check)}), folder))
        except ScenarioError as error:
            yield problem(value, place, str(error).removeprefix("scenario.checks."))
