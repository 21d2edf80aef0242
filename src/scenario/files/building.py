"""The participants and the script that a scenario's blocks stand for: the same objects that Python code would list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import ModelConfig, Timeouts
from scenario.config.cassette import Cassette
from scenario.dialogue import steps
from scenario.dialogue.adapter import AgentAdapter
from scenario.errors import ConfigurationError
from scenario.files.agent_files import files_of
from scenario.files.blocks import (
    AgentBlock,
    BareStep,
    CallBlock,
    CheckpointBlock,
    JudgeBlock,
    LineBlock,
    ScenarioBlock,
    StepBlock,
    TimeoutsBlock,
    UserBlock,
)
from scenario.files.checks import checks_of, criteria_of
from scenario.files.environment import from_environment
from scenario.files.planned_user import planned_user
from scenario.files.python_agent import python_agent
from scenario.llm.model_name import DECIDING

# What a user is described by.
CHARACTER: Final = ("persona", "goal", "knows", "traits")
# Anthropic's servers take no seed, and refuse the request that has one; so do those of decision models.
_WITHOUT_SEED: Final = ("anthropic/", "claude-", *(f"{name}/" for name in sorted(DECIDING)))
_BARE: Final[Mapping[str, Callable[[], Any]]] = {
    "user": steps.user,
    "agent": steps.agent,
    "judge": steps.judge,
    "proceed": steps.proceed,
    "succeed": steps.succeed,
    "fail": steps.fail,
    "approve": steps.approve,
    "reject": steps.reject,
}


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller wants otherwise than the file says.

    Attributes:
        user_model: the model of the user simulator.
        judge_model: the model of the judge.
        seed: handed to the models, where their servers take one.
        bands: the file with the bands of judges that were calibrated; that of the usual store by default.
        cassette: what is recorded into or played from.
        cassette_mode: the mode of the file's own cassette.
    """

    user_model: str | None = None
    judge_model: str | None = None
    seed: int | None = None
    bands: Path | None = None
    cassette: Cassette | None = None
    cassette_mode: str | None = None


def participants_of(block: ScenarioBlock, folder: Path, overrides: Overrides) -> list[Any]:
    """The agent, and where the scenario needs them the user simulator and the judge; new ones each time.

    Raises:
        ConfigurationError: one of them cannot be made.
    """
    return [agent_of(agent_block(block), folder), *models_of(block, folder, overrides)]


def models_of(block: ScenarioBlock, folder: Path, overrides: Overrides) -> list[AgentAdapter]:
    """The user simulator and the judge, those that the scenario needs.

    Raises:
        ConfigurationError: there is no model for one of them, or a setting has no meaning.
    """
    users = [user_of(block, overrides)] if needs_user(block) else []
    return [*users, *([judge_of(block, folder, overrides)] if needs_judge(block) else [])]


def user_of(block: ScenarioBlock, overrides: Overrides) -> AgentAdapter:
    """The user simulator.

    Raises:
        ConfigurationError: there is no model for it, or a setting has no meaning.
    """
    described = user_block(block)
    return _user(described, block.model, overrides) if described.plan is None else planned_user(described.plan)


def judge_of(block: ScenarioBlock, folder: Path, overrides: Overrides) -> AgentAdapter:
    """The judge.

    Raises:
        ConfigurationError: there is no model for it, or a setting has no meaning.
    """
    return _judge(judge_block(block), block.model, folder, overrides)


def agent_block(block: ScenarioBlock) -> AgentBlock:
    """The agent, in the long form."""
    return AgentBlock(url=block.agent) if isinstance(block.agent, str) else block.agent


def user_block(block: ScenarioBlock) -> UserBlock:
    """The user, in the long form."""
    return UserBlock(persona=block.user) if isinstance(block.user, str) else block.user or UserBlock()


def judge_block(block: ScenarioBlock) -> JudgeBlock:
    """The judge, in the long form."""
    return JudgeBlock(criteria=block.judge) if isinstance(block.judge, list) else block.judge or JudgeBlock()


def steps_of(block: ScenarioBlock) -> list[StepBlock | BareStep]:
    """The script's steps; none is free play."""
    return list(block.script or ())


def needs_user(block: ScenarioBlock) -> bool:
    """Whether somebody must play the user: one is described, or the script lets the user speak freely."""
    free = any(step in ("user", "proceed") or _is(step, "proceed") for step in steps_of(block))
    return block.user is not None or not block.script or free


def needs_judge(block: ScenarioBlock) -> bool:
    """Whether somebody must judge."""
    return block.judge is not None or any(step == "judge" or _is(step, "judge") for step in steps_of(block))


def _is(step: StepBlock | BareStep, name: str) -> bool:
    return isinstance(step, StepBlock) and getattr(step, name) is not None


def agent_of(block: AgentBlock, folder: Path) -> Any:
    """The agent under test.

    Raises:
        ConfigurationError: it cannot be made.
    """
    if block.python is not None:
        return python_agent(block.python, block.arguments, folder)
    if block.url is None:
        raise ConfigurationError("agent: give its url, or `python: module:attribute`.")
    given = {name: value for name, value in msgspec.structs.asdict(block).items() if value is not None}
    for name in ("url", "python", "arguments", "timeouts"):
        given.pop(name, None)
    given |= files_of(block, folder)
    timeout = Timeouts(**msgspec.structs.asdict(t)) if isinstance(t := block.timeouts, TimeoutsBlock) else t
    return RemoteAgent(block.url, timeout=timeout, **given)


def _user(block: UserBlock, model: str | None, overrides: Overrides) -> AgentAdapter:
    # Here, as the simulator and the judge take several times as long to load as all the rest: many files need neither.
    from scenario.agents.user_simulator.agent import UserSimulatorAgent

    settings = _model(block, "user", model, overrides.user_model, overrides.seed)
    return UserSimulatorAgent(**_character(block), monitor=block.monitor, on_interrupt=block.on_interrupt, **settings)


def check_character(block: UserBlock, setting: str) -> None:
    """Refuse one of the settings of `CHARACTER` that no user can have.

    Raises:
        ConfigurationError: a name is no persona or trait.
    """
    from scenario.agents.user_simulator.character import character_of

    character_of(**{name: getattr(block, name) if name == setting else None for name in CHARACTER})


def _character(block: UserBlock) -> dict[str, Any]:
    return {name: getattr(block, name) for name in CHARACTER}


def _judge(block: JudgeBlock, model: str | None, folder: Path, overrides: Overrides) -> AgentAdapter:
    from scenario.agents.judge.agent import JudgeAgent
    from scenario.files.lenient_judge import LenientJudge

    settings = _model(block, "judge", model, overrides.judge_model, overrides.seed)
    asked: dict[str, Any] = {
        "votes": block.votes,
        "models": block.models,
        "ask": block.ask,
        "judge_every": block.every,
        "controls": block.controls,
    }
    if block.models is not None:
        # One that the caller names judges alone; the scenario's is for those who name none.
        named = overrides.judge_model is not None
        asked["models"] = None if named else block.models
        settings = settings if named or block.model is not None else _without_model(settings)
    given = {name: value for name, value in asked.items() if value is not None}
    if block.escalate_to is not None:
        given["escalate_to"] = _above(block.escalate_to)
    judge = JudgeAgent(criteria=criteria_of(block.criteria, folder), **settings, **given)
    judge.bands = overrides.bands
    return judge if block.threshold == 1 else LenientJudge(judge, block.threshold)


def _above(block: CallBlock | str) -> ModelConfig:
    """The model of the judge that is asked about what is left undecided, with its own server and key."""
    block = CallBlock(model=block) if isinstance(block, str) else block
    settings = _model(block, "judge.escalate_to", None, None, None)
    if not settings.get("model"):
        raise ConfigurationError("judge.escalate_to: name its model, such as openai/gpt-4o-mini.")
    return ModelConfig(**settings)


def _without_model(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "model"}


def _model(block: CallBlock, who: str, model: str | None, override: str | None, seed: int | None) -> dict[str, Any]:
    """The arguments that a participant's model is made with; one that the caller names is not asked at the file's."""
    names = ("model", "api_base", "api_key", "temperature", "max_tokens", "system_prompt")
    given = {name: value for name in names if (value := getattr(block, name, None)) is not None}
    given = {**dict(block.options or {}), **given}
    if model is not None:
        given.setdefault("model", model)
    if override is not None:
        given = {name: value for name, value in given.items() if name not in ("api_base", "api_key")}
        given["model"] = override
    if seed is not None and not str(given.get("model", "")).startswith(_WITHOUT_SEED):
        given.setdefault("seed", seed)
    return {
        name: from_environment(value, f"{who}.{name}") if isinstance(value, str) and name != "system_prompt" else value
        for name, value in given.items()
    }


def script_of(block: ScenarioBlock, folder: Path) -> list[Any] | None:
    """The steps that are played; None for free play.

    Raises:
        ScenarioError: a step or a check cannot be made.
    """
    if not block.script:
        return None
    return [played for step in steps_of(block) for played in _played(step, folder)]


def _played(step: StepBlock | BareStep, folder: Path) -> Iterator[Any]:
    if isinstance(step, str):
        yield _BARE[step]()
        return
    for block in (step.check, step.checks):
        for one in block if isinstance(block, list) else [block] if block else ():
            yield from checks_of(one, folder)
    for name in ("user", "proceed", "succeed", "fail", "message", "reject"):
        if (value := getattr(step, name)) is not None:
            make_step: Any = getattr(steps, name)
            yield make_step(value)
    if step.agent is not None:
        line = step.agent if isinstance(step.agent, LineBlock) else LineBlock(content=step.agent)
        yield steps.agent(line.content, wait=line.wait)
    if step.judge is not None:
        at = step.judge
        point = at if isinstance(at, CheckpointBlock) else CheckpointBlock(criteria=[at] if isinstance(at, str) else at)
        given = None if point.criteria is None else criteria_of(point.criteria, folder)
        yield steps.judge(given, additional_context=point.context)
    if step.wait is not None:
        yield steps.sleep(step.wait)
    if step.resume is not msgspec.UNSET:
        yield steps.resume(step.resume)
