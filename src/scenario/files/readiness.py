"""What keeps scenarios from being run here, found before the first of them is: variables, models, modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from scenario.errors import ScenarioError
from scenario.files.blocks import ChecksBlock, ScenarioBlock
from scenario.files.building import Overrides, agent_block, models_of, steps_of
from scenario.files.case import ScenarioCase
from scenario.files.node import Problem
from scenario.files.python_agent import attribute

_VARIABLE: Final = re.compile(r"\$env\.([A-Za-z_][A-Za-z0-9_]*)")


def obstacles(cases: Iterable[ScenarioCase], overrides: Overrides, environ: Mapping[str, str]) -> list[Problem]:
    """What is missing, each once; rows of one scenario are looked at once."""
    told: dict[str, Problem] = {}
    for case in {(case.file, case.line): case for case in cases}.values():
        for text in _of(case, overrides, environ):
            told.setdefault(text, Problem(case.file, case.line, "", text))
    return list(told.values())


def _of(case: ScenarioCase, overrides: Overrides, environ: Mapping[str, str]) -> Iterator[str]:
    agent = agent_block(case.block)
    template = msgspec.json.encode([agent.url, agent.events_url, agent.headers, agent.request], enc_hook=repr).decode()
    for name in dict.fromkeys(_VARIABLE.findall(template)):
        if name not in environ:
            yield f"agent: the environment variable {name} is not set. Set it, or export it."
    if agent.python is not None:
        try:
            attribute(agent.python, case.folder)
        except ScenarioError as error:
            yield f"agent: {error}"
    for checks in _checks_of(case.block):
        if checks.python is not None:
            try:
                attribute(checks.python, case.folder)
            except ScenarioError as error:
                yield f"script: check: {error}"
    try:
        models_of(case.block, overrides)
    except ScenarioError as error:
        yield str(error)


def _checks_of(block: ScenarioBlock) -> Iterator[ChecksBlock]:
    for step in steps_of(block):
        for given in () if isinstance(step, str) else (step.check, step.checks):
            yield from given if isinstance(given, list) else [given] if given is not None else []
