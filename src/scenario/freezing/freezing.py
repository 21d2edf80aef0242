"""From a stored run to one that is fixed: by its scenario file where there is one, else by the store alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from scenario.criterion import is_of_check
from scenario.errors import ConfigurationError
from scenario.files.blocks import AgentBlock, JudgeBlock, LimitsBlock, ScenarioBlock, StepBlock
from scenario.files.building import agent_block, judge_block, steps_of
from scenario.files.case import ScenarioCase
from scenario.files.check_blocks import ChecksBlock
from scenario.files.checks import COMBINED, inline_criteria
from scenario.files.loading import load
from scenario.freezing.fixed_script import fixed_script
from scenario.freezing.frozen_run import UNKNOWN_AGENT, FrozenRun
from scenario.freezing.masked_text import is_masked
from scenario.freezing.said_steps import steps_of_record
from scenario.freezing.schemas import with_schemas
from scenario.store.origin import scenario_key
from scenario.store.records import ScenarioRecord

_UNFINISHED: Final = frozenset({"running", "retried"})


def frozen(record: ScenarioRecord) -> FrozenRun:
    """The run, fixed.

    Raises:
        ConfigurationError: it goes on still, nobody speaks in it, or its file has changed since.
        ScenarioFileError: its file has mistakes.
    """
    if record.scenario.status in _UNFINISHED:
        raise ConfigurationError(
            f"The run {record.scenario.run_id[:8]} is {record.scenario.status}: freeze one that has ended."
        )
    found = _of_file(record) if record.scenario.file else _of_store(record)
    steps = steps_of(found.block)
    notes = list(found.notes)
    if not any(isinstance(step, StepBlock) and (step.user is not None or step.message) for step in steps):
        raise ConfigurationError(
            f"Nobody says a word in the run {record.scenario.run_id[:8]}: there is nothing to fix."
        )
    if any(is_masked(_texts(step)) for step in steps if isinstance(step, StepBlock)):
        notes.append("Secrets in what the user said are masked in the store: put them where [redacted] or **** stands.")
    return msgspec.structs.replace(found, notes=tuple(notes))


def _texts(step: StepBlock) -> str:
    return str((step.user, step.message, step.resume, step.reject))


def _of_file(record: ScenarioRecord) -> FrozenRun:
    case = _case(record)
    block = case.block
    steps, notes = fixed_script(block, record)
    if isinstance(block.judge, JudgeBlock):
        # When it is asked in free play has no meaning where there is none.
        block = msgspec.structs.replace(block, judge=msgspec.structs.replace(block.judge, every=None))
    row = case.parameters if _reads_row(block) else {}
    fixed = msgspec.structs.replace(
        block,
        name=block.name or record.scenario.name if row else record.scenario.name,
        script=steps,
        agent=msgspec.structs.replace(agent_block(block), cassette=None),
        user=None,
        parameters=None,
        cassette=None,
        limits=LimitsBlock(max_time=block.limits.max_time),
    )
    fixed = with_schemas(fixed, case.folder)
    return FrozenRun(record=record, block=fixed, folder=case.folder, row=row, notes=tuple(notes))


def _case(record: ScenarioRecord) -> ScenarioCase:
    """The case of the file that the run was one of."""
    row = record.scenario
    path = Path(row.file)
    if not path.is_file():
        raise ConfigurationError(
            f"{row.file}, which the run is of, is not there. Call this in the folder that the run was started in."
        )
    cases = load(path)
    for case in cases:
        key = scenario_key(case.name, set_id=case.block.set_id, file=row.file, parameters=case.parameters)
        if case.name == row.name and (key == row.key or len(cases) == 1):
            return case
    raise ConfigurationError(f"There is no scenario {row.name!r:.80} in {row.file} any more, with the row of that run.")


def _reads_row(block: ScenarioBlock) -> bool:
    """Whether code of Python's may read the row of parameters: all else has its values filled in."""
    if agent_block(block).python is not None:
        return True
    return any(one.python is not None for one in checks_in(block))


def checks_in(block: ScenarioBlock) -> list[ChecksBlock]:
    """All blocks of checks in a script and among criteria, those within others too."""
    found: list[ChecksBlock] = []
    for one in judge_block(block).criteria:
        found += [] if isinstance(one, str) else _with_inner(one)
    for step in steps_of(block):
        for one in inline_criteria(step):
            found += [] if isinstance(one, str) else _with_inner(one)
        for checks in (step.check, step.checks) if isinstance(step, StepBlock) else ():
            found += _with_inner(checks)
    return found


def _with_inner(checks: list[ChecksBlock] | ChecksBlock | None) -> list[ChecksBlock]:
    given = checks if isinstance(checks, list) else [checks] if checks is not None else []
    return [
        one for block in given for one in (block, *(i for name in COMBINED for i in _with_inner(getattr(block, name))))
    ]


def _of_store(record: ScenarioRecord) -> FrozenRun:
    """Of a Python test: its turns and its criteria are known; its agent and its functions are not."""
    at_the_end = dict.fromkeys(one.result.criterion for one in record.verdicts if one.turn is None)
    criteria: list[str | ChecksBlock] = [one for one in at_the_end if not is_of_check(one)]
    checks = dict.fromkeys(one.result.criterion for one in record.verdicts if is_of_check(one.result.criterion))
    steps = steps_of_record(record)
    not_known = ""
    failed_by_code = record.scenario.status == "failed" and bool(record.scenario.error) and not record.scenario.fault
    if criteria:
        steps.append("judge")
    if failed_by_code or checks or not criteria:
        where = record.scenario.test or "the test"
        said = record.scenario.error or ", ".join(checks) or "the store knows no criterion of this run"
        not_known = f"Write here what {where} checks: {said}"
    block = ScenarioBlock(
        name=record.scenario.name,
        description=record.description,
        agent=UNKNOWN_AGENT,
        judge=JudgeBlock(criteria=criteria) if criteria else None,
        script=steps,
        set_id=record.scenario.set_id,
        tags=list(record.tags),
        metadata=record.metadata or None,
    )
    notes = ["It is of a Python test: its functions (checks, callbacks) are not in the store, and not in here."]
    if len([agent for agent in record.agents if agent]) > 1 and _several_agents(record):
        notes.append("Several agents spoke in it: list them in the order in which they did.")
    return FrozenRun(record=record, block=block, folder=Path(), not_known=not_known, notes=tuple(notes))


def _several_agents(record: ScenarioRecord) -> bool:
    return len({call.agent for call in record.calls if call.role.casefold() == "agent"}) > 1


def agent_named(reference: str) -> AgentBlock:
    """The agent of `--agent`: a URL, or `module:attribute`.

    Raises:
        ConfigurationError: it is neither.
    """
    if "://" in reference:
        return AgentBlock(url=reference)
    module, colon, attribute = reference.partition(":")
    if not colon or not all(part.isidentifier() for part in f"{module}.{attribute}".split(".")):
        raise ConfigurationError(f"--agent {reference!r:.80}: give a URL, or module:attribute, such as my_agent:agent.")
    return AgentBlock(python=reference)
