"""What a file says of the simulated user has the effect that it has in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.files.estimate import estimate
from scenario.testing import AgentServer, ModelReply, ModelServer, ToolUse
from tests.human_input.agents import FINAL, AgUi
from tests.websocket.http_server import serving

FILE = """\
name: bill
description: A customer pays a bill.
agent: {{url: {agent}, protocol: {protocol}}}
model: openai/test
user:
  api_base: {model}
  persona: elderly_person
  goal: Pay the bill
  knows: {{bill number: 4711, member: true, e-mail: anna@example.com}}
  traits: [impatient, {{other_language: German}}, Collects stamps]
  {more}
script: [proceed: 2, succeed]
"""


def written(folder: Path, agent: str, model: str, more: str, protocol: str = "auto") -> Path:
    """The file, with a line more about the user."""
    path = folder / "bill.yaml"
    path.write_text(FILE.format(agent=agent, model=model, more=more, protocol=protocol))
    return path


async def test_the_model_is_told_of_the_character(tmp_path: Path) -> None:
    """Persona and traits by name, facts as they stand in the file."""
    async with AgentServer(lambda _: "ok") as agent, ModelServer() as model:
        (case,) = load(written(tmp_path, agent.url, model.base_url, "monitor: rules"))
        assert (await case.run()).success
    told = model.requests[0].body["messages"][0]["content"]
    for words in (
        "An elderly person",
        "- bill number: 4711\n- member: yes\n",
        "Impatient:",
        "in German",
        "Collects stamps.",
    ):
        assert words in told


def test_all_that_is_wrong_with_a_user_is_told_at_once(tmp_path: Path) -> None:
    """Names and facts, also where another setting does not fit at all."""
    path = tmp_path / "bill.yaml"
    path.write_text(
        "agent: http://localhost:1\nuser:\n  persona: expertt\n  knows:\n    number: null\n    name: ''\n"
        "  traits: [impatiant, vagu]\n  monitor: off\n"
    )
    with pytest.raises(ScenarioFileError) as failed:
        list(load(path))
    told = str(failed.value)
    for words in ("'expert'", "'impatient'", "'vague'", "Write false", "knows['name']", "knows"):
        assert words in told


async def test_the_monitor_is_the_files(tmp_path: Path) -> None:
    """Switched off, or a model that is asked of each line, which the estimate counts."""
    async with AgentServer(lambda _: "ok") as agent, ModelServer(["How can I help you today?", "Hi."]) as model:
        (case,) = load(written(tmp_path, agent.url, model.base_url, "monitor: false"))
        assert (await case.run()).messages[0]["content"] == "How can I help you today?"
        plain = estimate(case.block).user_calls
    fine = ModelReply(tools=(ToolUse(name="report", arguments={"fine": True, "rule": "none", "reason": ""}),))
    async with AgentServer(lambda _: "ok") as agent, ModelServer(["Hi.", fine, "Thanks.", fine]) as model:
        (case,) = load(written(tmp_path, agent.url, model.base_url, "monitor: model"))
        assert (await case.run()).success
        assert len(model.requests) == 4
        assert (plain, estimate(case.block).user_calls) == (2, 4)


async def test_an_agent_that_waits_is_answered_over_the_wire(tmp_path: Path) -> None:
    """In its protocol's own way, in free play."""
    agent = AgUi()
    async with serving(agent.handle) as url, ModelServer(["Pay the bill."]) as model:
        (case,) = load(written(tmp_path, url, model.base_url, "on_interrupt: approve", "ag-ui"))
        result = await case.run()
    assert result.messages[-1]["content"] == FINAL
    assert [answer["status"] for answer in agent.answers[0]] == ["resolved", "resolved"]
