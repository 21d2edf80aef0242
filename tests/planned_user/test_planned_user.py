"""A planned user in real runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario import PlannedTurn, PlannedUserAgent, Slot, checks
from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.files.estimate import estimate
from scenario.testing import AgentServer
from tests.cli_run.command import typed

_FILE = """
name: return
agent: {url}
user:
  plan:
    turns: [I want to return my shoes, {{says: How long does it take?, when: {{matches: refund(ed)?}}}}]
    slots: {{order number: 4711, postcode: {{value: 1010, asked: zip, says: "It is {{value}}."}}}}
    done_when: days
    farewell: Thanks, bye.
judge: [{{text_contains: Bye}}, {{tool_not_called: pay}}]
"""


def clerk(body: dict[str, Any]) -> str:
    """An agent that asks before it answers."""
    said = str(body["messages"][-1]["content"])
    for words, answer in (
        ("return", "Sure. What is your order number, and your zip?"),
        ("4711", "Thank you: it will be refunded."),
        ("long", "Ten days."),
    ):
        if words in said:
            return answer
    return "Bye!"


SAID = [
    "I want to return my shoes",
    "The order number is 4711. It is 1010.",
    "How long does it take?",
    "Thanks, bye.",
]


def said_to(agent: AgentServer) -> list[str]:
    """What the user has said, in the last request."""
    body: Any = agent.requests[-1]
    return [one["content"] for one in body["messages"] if one["role"] == "user"]


@pytest.mark.usefixtures("clean_room")
async def test_a_whole_conversation_needs_no_model() -> None:
    """Free play with a plan and checks: neither a key nor a name, and the same twice with one object."""
    user = PlannedUserAgent(
        ["I want to return my shoes", PlannedTurn("How long does it take?", when="refunded")],
        slots={"order number": 4711, "postcode": Slot("1010", asked=["zip"], says="It is {value}.")},
        done_when="days",
        farewell="Thanks, bye.",
    )
    judge = scenario.JudgeAgent(criteria=[checks.text_contains("Bye")])
    for _ in range(2):
        async with AgentServer(clerk) as agent:
            result = await scenario.run(
                name="return", description="d", agents=[scenario.RemoteAgent(agent.url), user, judge]
            )
            assert said_to(agent) == SAID
        assert result.success


async def test_it_speaks_in_steps_and_falls_silent() -> None:
    """`user()` asks it for its next line; where it has none, the script goes on without."""
    async with AgentServer("Fine.") as agent:
        result = await scenario.run(
            name="steps",
            description="d",
            agents=[scenario.RemoteAgent(agent.url), PlannedUserAgent(["One", "Two"])],
            script=[scenario.user(), scenario.agent(), scenario.user(), scenario.agent(), scenario.succeed()],
        )
        assert said_to(agent) == ["One", "Two"]
    assert result.success


@pytest.mark.usefixtures("clean_room")
async def test_a_scenario_file_has_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is run, estimated and frozen without a model."""
    monkeypatch.chdir(tmp_path)
    async with AgentServer(clerk) as agent:
        (tmp_path / "a.yaml").write_text(_FILE.format(url=agent.url))
        assert (await typed("run", "a.yaml", "--dry-run")).code == 0
        done = await typed("run", "a.yaml")
        assert done.code == 0, done
        assert said_to(agent) == SAID
        assert (await typed("freeze", "last", "-o", "f.yaml")).code == 0
        assert (await typed("run", "f.yaml")).code == 0
        assert said_to(agent) == SAID
    (case,) = load(tmp_path / "a.yaml")
    assert estimate(case.block).user_calls == 0


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("{plan: {turns: [a]}, model: openai/m}", "user.model: model has no effect beside a plan"),
        ("{plan: {turns: []}}", "the list is empty"),
        (
            "{plan: {turns: [a], patience: 1}}",
            "user.plan: PlannedUserAgent(patience=...) has no effect",
        ),
        ("{plan: {turns: [{says: a, when: {matches: '('}}, b]}}", "'(' is no regular expression"),
        ("{plan: {turns: ['a {b}'], slots: {c: d}}}", "is no slot. There are: c"),
        ("{plan: {turn: [a]}}", "there is no 'turn' in user.plan"),
    ],
)
def test_mistakes_in_a_plan_are_told_with_their_line(tmp_path: Path, user: str, words: str) -> None:
    """Before anything runs."""
    (tmp_path / "a.yaml").write_text(f"agent: http://localhost:1\njudge: [It greets]\nuser: {user}\n")
    with pytest.raises(ScenarioFileError, match=r"a\.yaml:3") as caught:
        load(tmp_path / "a.yaml")
    assert words in str(caught.value)
