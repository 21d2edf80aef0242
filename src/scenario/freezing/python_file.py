"""A fixed run as a test of pytest's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from scenario.files.blocks import AgentBlock, CallBlock, JudgeBlock, TimeoutsBlock
from scenario.files.building import judge_block, needs_judge
from scenario.freezing.beside import is_file_field, moved
from scenario.freezing.frozen_run import UNKNOWN_AGENT, FrozenRun
from scenario.freezing.heading import heading
from scenario.freezing.literals import Code, call, from_environment, literal
from scenario.freezing.python_steps import criteria_code, step_lines

_UNKNOWN: Final = (
    "Return the agent under test here: the store does not say how it is made. `scenario freeze --agent URL` writes it."
)
_MODEL: Final = ("model", "api_base", "api_key", "temperature", "max_tokens", "system_prompt")


def python_of(run: FrozenRun, file: Path, cassette: Path | None = None) -> str:
    """The text of the file.

    Args:
        run: what is written.
        file: where it is to stand.
        cassette: what its calls are to be recorded into, from the working directory on.

    Raises:
        ConfigurationError: it names what only stands beside the run's own file, or a value has no literal.
    """
    run = moved(run, file.parent)
    body = [*_agent_lines(run), "", "", *_not_known_lines(run), *_test_lines(run, file, cassette)]
    return "\n".join([*_top(run, file, body), "", "", *body]) + "\n"


def _top(run: FrozenRun, file: Path, body: list[str]) -> list[str]:
    code = "\n".join(body)
    plain = {"os": "os.environ" in code, "Path": "HERE" in code}
    imports = ["import asyncio", *(["import os"] if plain["os"] else [])]
    imports += ["from pathlib import Path"] if plain["Path"] else []
    ours = ["import scenario"]
    ours += ["from scenario import checks"] if "checks." in code else []
    for module, name in (
        ("scenario.files.lenient_judge", "LenientJudge"),
        ("scenario.files.python_agent", "attribute"),
        ("scenario.files.python_agent", "python_agent"),
        ("scenario.runner.time_limit", "within"),
    ):
        ours += [f"from {module} import {name}"] if f"{name}(" in code else []
    comments = [f"# {line}" for line in heading(run, f"pytest {file}")]
    here = ["", "HERE = Path(__file__).parent"] if plain["Path"] else []
    return [*comments, "", *imports, "", *ours, *here]


# --- the agent ---


def _agent_lines(run: FrozenRun) -> list[str]:
    lines = ["def agent() -> object:", '    """The agent under test, a new one for each run."""']
    if run.agent == UNKNOWN_AGENT:
        names = ", ".join(name for name in run.record.agents if name)
        lines += [f"    # In the run took part: {literal(names)}"] if names else []
        lines += [f"    # It answered at {literal(url)}" for url in _addresses(run)]
        return [*lines, f"    raise NotImplementedError({literal(_UNKNOWN)})"]
    return [*lines, f"    return {_agent_code(run.agent)}"]


def _addresses(run: FrozenRun) -> list[str]:
    return list(dict.fromkeys(stored.exchange.request.url for stored in run.record.exchanges))[:3]


def _agent_code(agent: AgentBlock) -> str:
    if agent.python is not None:
        return call("python_agent", agent.python, agent.arguments, Code("HERE"))
    given = {name: value for name in agent.__struct_fields__ if (value := getattr(agent, name)) is not None}
    defaults = AgentBlock(url=agent.url)
    given = {name: value for name, value in given.items() if value != getattr(defaults, name)}
    timeouts = given.pop("timeouts", None)
    if timeouts is not None:
        fields = {name: getattr(timeouts, name) for name in getattr(timeouts, "__struct_fields__", ())}
        is_block = isinstance(timeouts, TimeoutsBlock)
        given["timeout"] = call("scenario.Timeouts", **fields) if is_block else timeouts
    for name in ("verify", "cassette"):
        if isinstance(given.get(name), str):
            given[name] = _text_path(given[name])
    if "cert" in given:
        cert = given["cert"]
        given["cert"] = _text_path(cert) if isinstance(cert, str) else tuple(map(_text_path, cert))
    if "form" in given:
        given["form"] = {name: _field(value) for name, value in given["form"].items()}
    return call("scenario.RemoteAgent", agent.url, **given)


def _path(name: str) -> Code:
    return Code(f"HERE / {literal(name)}")


def _text_path(name: str) -> Code:
    return Code(f"str({_path(name)})")


def _field(value: Any) -> Any:
    if isinstance(value, list):
        return [_field(one) for one in value]
    if not is_file_field(value):
        return value
    path = _path(value["file"])
    if "type" not in value:
        return path
    return (Path(value["file"]).name, Code(f"({path}).read_bytes()"), str(value["type"]))


# --- the judge ---


def _judge_code(run: FrozenRun) -> Code:
    block = judge_block(run.block)
    given = {
        "criteria": criteria_code(block.criteria),
        **_model(block, None if block.models is not None else run.block.model),
    }
    for name, argument in (("votes", "votes"), ("models", "models"), ("ask", "ask"), ("controls", "controls")):
        if (value := getattr(block, name)) is not None:
            given[argument] = value
    if block.escalate_to is not None:
        above = block.escalate_to if isinstance(block.escalate_to, CallBlock) else CallBlock(model=block.escalate_to)
        given["escalate_to"] = call("scenario.ModelConfig", **_model(above, None))
    judge = call("scenario.JudgeAgent", **given)
    return judge if block.threshold == 1 else call("LenientJudge", judge, block.threshold)


def _model(block: CallBlock | JudgeBlock, model: str | None) -> dict[str, Any]:
    given = {name: value for name in _MODEL if (value := getattr(block, name, None)) is not None}
    given = {**dict(block.options or {}), **given}
    if model is not None:
        given.setdefault("model", model)
    return {
        name: from_environment(value) if isinstance(value, str) and name != "system_prompt" else value
        for name, value in given.items()
    }


# --- the test ---


def _not_known_lines(run: FrozenRun) -> list[str]:
    if not run.not_known:
        return []
    return [
        "def what_must_hold(state: scenario.ScenarioState) -> None:",
        '    """What the test checks, which the store does not know."""',
        f"    raise NotImplementedError({literal(run.not_known)})",
        "",
        "",
    ]


def _test_lines(run: FrozenRun, file: Path, cassette: Path | None) -> list[str]:
    block = run.block
    agents = ["agent()", *([str(_judge_code(run))] if needs_judge(block) else [])]
    steps = step_lines(block.script or ())
    if run.not_known:
        # Before the verdict, which ends the run.
        is_judged = bool(steps) and steps[-1] == "scenario.judge()"
        steps.insert(len(steps) - is_judged, "what_must_hold")
        steps += [] if is_judged else ["scenario.succeed()"]
    given: dict[str, Any] = {"name": block.name, "description": block.description}
    more: dict[str, Any] = {"set_id": block.set_id, "metadata": block.metadata, "cache_key": block.cache_key}
    more |= {"parameters": run.row or None, "fields": run.row or None}
    if cassette is not None:
        more["cassette"] = Code(f"str(HERE / {literal(run.beside(cassette, file.parent))})")
    lines = [f"{name}={literal(value)}," for name, value in given.items()]
    lines += ["agents=[", *(f"    {one}," for one in agents), "],"]
    lines += ["script=[", *(f"    {one}," for one in steps), "],"]
    lines += [f"{name}={literal(value)}," for name, value in more.items() if value is not None]
    limit = block.limits.max_time
    start = ["    async def play() -> scenario.ScenarioResult:", "        return await scenario.run("]
    played = [*start, *(f"            {line}" for line in lines), "        )", ""]
    end = ["    result = asyncio.run(play())", "    assert result.success, result.reasoning"]
    if limit is not None:
        end = [f"    with within({literal(limit)}):", f"    {end[0]}", end[1]]
    return ["def test_the_frozen_run() -> None:", *played, *end]
