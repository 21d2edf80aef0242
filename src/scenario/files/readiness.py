"""What keeps scenarios from being run here, found before the first of them is: variables, models, modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from scenario.cassette.tapes import may_be_played
from scenario.config import NOT_GIVEN
from scenario.errors import ScenarioError
from scenario.files.building import Overrides, judge_of, needs_judge, needs_user, user_of
from scenario.files.case import ScenarioCase
from scenario.files.node import Node, Path as Place, Problem, problem
from scenario.files.python_agent import attribute, is_agent
from scenario.late_pattern import late_pattern

Obstacle: TypeAlias = tuple[Place, str]
_VARIABLE: Final = late_pattern(r"\$env\.([A-Za-z_][A-Za-z0-9_]*)")
_SENT: Final = ("url", "events_url", "headers", "request", "secrets")
# What an error of a participant begins with: "judge.api_key: …", "timeout='abc': …".
_SETTING: Final = late_pattern(r"(?:(?:user|judge)\.(?P<name>[\w.]+): |(?P<argument>\w+)=)")
_UNSET: Final = late_pattern(r"environment variable \w+ is not set")
_NO_MODEL: Final = "No model is named"


def obstacles(
    cases: Iterable[ScenarioCase], overrides: Overrides, environ: Mapping[str, str], *, elsewhere: bool = False
) -> list[Problem]:
    """What is missing, each once; rows of one scenario are looked at once.

    Args:
        cases: what is to be run.
        overrides: what the caller wants otherwise than the files say.
        environ: the environment.
        elsewhere: leave out what may be there where it is run: a model that is named, a variable that is set.
    """
    told: dict[str, Problem] = {}
    for case in {(case.file, case.line): case for case in cases}.values():
        for path, text in _of(case, overrides, environ):
            # Without a model neither the user nor the judge can play: that is one thing to mend.
            key = _NO_MODEL if text.startswith(_NO_MODEL) else text
            if not (elsewhere and (key == _NO_MODEL or _UNSET.search(text))):
                told.setdefault(key, problem(case.node.find(path), (*case.place, *path), text))
    return list(told.values())


def _of(case: ScenarioCase, overrides: Overrides, environ: Mapping[str, str]) -> Iterator[Obstacle]:
    try:
        cassette = case.cassette(overrides)
    except ScenarioError as error:
        yield ("cassette",), str(error)
        return
    if cassette is not NOT_GIVEN and may_be_played(cassette, environ):
        yield from _of_checks(case)
        return
    yield from _of_agent(case, environ)
    yield from _of_checks(case)
    for who, is_needed, make in (
        ("user", needs_user(case.block), lambda: user_of(case.block, overrides)),
        ("judge", needs_judge(case.block), lambda: judge_of(case.block, case.folder, overrides)),
    ):
        if is_needed:
            yield from _without_model(case, who, make)


def _of_agent(case: ScenarioCase, environ: Mapping[str, str]) -> Iterator[Obstacle]:
    agent = case.node.mapping["agent"]
    for path, text in _texts(agent, ("agent",)):
        if len(path) == 1 or path[1] in _SENT:
            for name in dict.fromkeys(_VARIABLE.findall(text)):
                if name not in environ:
                    yield path, f"the environment variable {name} is not set. Set it, or export it."
    if "python" in agent.mapping:
        yield from _not_found(agent.mapping["python"], ("agent", "python"), case)


def _of_checks(case: ScenarioCase) -> Iterator[Obstacle]:
    script = case.node.find(("script",))
    places: list[Place] = [("judge",), ("judge", "criteria")]
    for index, _ in enumerate(script.items):
        places += [("script", index, *rest) for rest in (("check",), ("checks",), ("judge",), ("judge", "criteria"))]
    for place in places:
        for path, checks in _checks(case.node.find(place), place):
            if "python" in checks.mapping:
                yield from _not_found(checks.mapping["python"], (*path, "python"), case, is_check=True)


def _texts(node: Node, path: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(node.value, str):
        yield path, node.value
    for name, inner in node.mapping.items():
        yield from _texts(inner, (*path, name))
    for index, item in enumerate(node.items):
        yield from _texts(item, (*path, index))


def _checks(node: Node | None, path: Place) -> Iterator[tuple[Place, Node]]:
    if node is not None:
        yield from [((*path, index), item) for index, item in enumerate(node.items)] or [(path, node)]


def _not_found(node: Node, path: Place, case: ScenarioCase, *, is_check: bool = False) -> Iterator[Obstacle]:
    try:
        found = attribute(str(node.value), case.folder)
    except ScenarioError as error:
        yield path, str(error).removeprefix("python: ")
    else:
        wanted = "a function that takes the state" if is_check else "an adapter, its class, or what makes one"
        if not callable(found) and (is_check or not is_agent(found)):
            yield path, f"{node.value!r} is {type(found).__name__}: name {wanted}."


def _without_model(case: ScenarioCase, who: str, make: Callable[[], Any]) -> Iterator[Obstacle]:
    try:
        make()
    except ScenarioError as error:
        text = str(error).removeprefix("python: ")
        match = _SETTING.match(text)
        name = match["name"] or match["argument"] if match else ""
        if match and match["name"]:
            text = text[match.end() :]
        parts = (name or "").split(".")
        paths = ((who, *parts), (who, "options", name), (name,), (who,))
        path = next((path for path in paths if _has(case.node, path)), (who,))
        if text.startswith(_NO_MODEL):
            text += " In a file it is `model: provider/model`, on the command line --model."
        yield path, text


def _has(node: Node, path: Place) -> bool:
    return bool(path[-1]) and str(path[-1]) in node.find(path[:-1]).mapping
