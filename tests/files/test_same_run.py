"""A file and the equivalent Python give the same run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.errors import AgentError, ConfigurationError
from scenario.files import load
from scenario.files.building import Overrides, script_of
from scenario.runner.time_limit import within
from scenario.testing import AgentServer, ModelServer

FILE = """\
name: weather
description: A traveller plans a day in Paris.
agent:
  url: $env.AGENT_URL
  headers: {authorization: Bearer $env.AGENT_TOKEN}
  request: {messages: $messages, thread: $thread_id}
  protocol: openai-chat
user: {persona: A hurried traveller, goal: to know what to wear, model: openai/test, api_base: $env.MODELS}
judge:
  model: openai/test
  api_base: $env.MODELS
  criteria: [The agent names a temperature, The agent is brief]
script:
  - user: What's the weather in Paris?
  - agent
  - check: {text_contains: [Paris, '18'], matches: '\\d+', outcome: complete, status: 200, ttft_below: 30}
  - judge: [The agent answers]
  - proceed: 2
  - judge
limits: {max_turns: 5, min_turns: 4}
metadata: {team: weather}
set_id: paris
"""


async def in_python(agent: str, models: str) -> scenario.ScenarioResult:
    """What the file says, as code."""
    model = {"model": "openai/test", "api_base": models}
    checks = scenario.checks
    return await scenario.run(
        name="weather",
        description="A traveller plans a day in Paris.",
        agents=[
            scenario.RemoteAgent(
                agent,
                headers={"authorization": "Bearer t0ken"},
                request={"messages": "$messages", "thread": "$thread_id"},
                protocol="openai-chat",
            ),
            scenario.UserSimulatorAgent(persona="A hurried traveller", goal="to know what to wear", **model),
            scenario.JudgeAgent(criteria=["The agent names a temperature", "The agent is brief"], **model),
        ],
        script=[
            scenario.user("What's the weather in Paris?"),
            scenario.agent(),
            checks.text_contains("Paris", "18"),
            checks.matches(r"\d+"),
            checks.ttft_below(30),
            checks.outcome("complete"),
            checks.status(200),
            scenario.judge(["The agent answers"]),
            scenario.proceed(2),
            scenario.judge(),
        ],
        max_turns=5,
        min_turns=4,
        metadata={"team": "weather"},
        set_id="paris",
        verbose=False,
    )


def without_chance(value: Any) -> Any:
    """A dump without times, ids and ports of servers."""
    if isinstance(value, dict):
        drop = {"total_time", "agent_time", "timing", "seconds", "thread", "server"}
        return {key: without_chance(inner) for key, inner in value.items() if key not in drop}
    return [without_chance(item) for item in value] if isinstance(value, list) else value


async def test_a_file_and_the_equivalent_python_give_the_same_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same result, the same requests to the agent, the same requests to the models."""
    (tmp_path / "weather.yaml").write_text(FILE)
    monkeypatch.setenv("AGENT_TOKEN", "t0ken")
    seen = []
    for from_file in (True, False):
        async with ModelServer() as models, AgentServer("It is 18 °C in Paris.") as agent:
            monkeypatch.setenv("AGENT_URL", agent.url)
            monkeypatch.setenv("MODELS", models.base_url)
            if from_file:
                (case,) = load(tmp_path / "weather.yaml")
                result = await case.run(verbose=False)
            else:
                result = await in_python(agent.url, models.base_url)
            requests = [request.body for request in models.requests]
            seen.append(without_chance([result.model_dump(), agent.requests, requests]))
            assert result.exchanges[0].request.headers["authorization"] != "Bearer t0ken", "it is redacted"
    assert seen[0] == seen[1]
    assert seen[0][0]["success"]
    assert len(seen[0][1]) == 3


async def test_models_are_named_otherwise_by_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An override is asked where its own name leads, not at the file's server; the seed goes along."""
    (tmp_path / "a.yaml").write_text(
        "agent: $env.AGENT_URL\njudge: {criteria: [Good], model: openai/a, api_base: 'http://127.0.0.1:9'}\n"
        "script: [{user: Hi}, agent, judge]\n"
    )
    async with ModelServer() as models, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("OPENAI_BASE_URL", models.base_url)
        (case,) = load(tmp_path / "a.yaml")
        result = await case.run(verbose=False, overrides=Overrides(judge_model="openai/b", seed=7))
        assert result.success
        assert [(request.body["model"], request.body["seed"]) for request in models.requests] == [("b", 7)]


@pytest.mark.parametrize(("threshold", "success"), [("0.5", True), ("0.6", False), ("1", False)])
async def test_a_threshold_makes_the_judge_content_with_a_share(
    threshold: str, success: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of two criteria is a half."""
    (tmp_path / "a.yaml").write_text(
        f"agent: $env.AGENT_URL\njudge: {{criteria: [Polite, Brief], threshold: {threshold}, model: openai/a, "
        "api_base: $env.MODELS}\nscript: [{user: Hi}, agent, judge]\n"
    )
    async with ModelServer(verdicts={"Brief": "failed"}) as models, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("MODELS", models.base_url)
        result = await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert result.success is success
    assert result.failed_criteria == ["Brief"]


async def test_a_panel_votes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models of a file vote in turn; one that the caller names judges alone."""
    (tmp_path / "a.yaml").write_text(
        "agent: $env.AGENT_URL\nmodel: openai/user\n"
        "judge: {criteria: [Polite], models: [openai/a, openai/b], votes: 3, api_base: $env.MODELS}\n"
        "script: [{user: Hi}, agent, judge]\n"
    )
    async with ModelServer() as models, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("MODELS", models.base_url)
        monkeypatch.setenv("OPENAI_BASE_URL", models.base_url)
        (case,) = load(tmp_path / "a.yaml")
        assert (await case.run(verbose=False)).success
        assert sorted(request.body["model"] for request in models.requests) == ["a", "a", "b"]
        del models.requests[:]
        await case.run(verbose=False, overrides=Overrides(judge_model="openai/c"))
        assert [request.body["model"] for request in models.requests] == ["c", "c", "c"]


async def test_a_share_that_may_still_be_reached_is_undecided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said that the agent failed where what is inconclusive would have sufficed."""
    (tmp_path / "a.yaml").write_text(
        "agent: $env.AGENT_URL\njudge: {criteria: [Polite, Brief, Kind], threshold: 0.6, model: openai/a, "
        "api_base: $env.MODELS}\nscript: [{user: Hi}, agent, judge]\n"
    )
    verdicts = {"Brief": "failed", "Kind": "inconclusive"}
    async with ModelServer(verdicts=verdicts) as models, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("MODELS", models.base_url)
        result = await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert (result.success, result.outcome) == (False, "undecided")


async def test_an_agent_in_this_process(tmp_path: Path) -> None:
    """A class beside the file, made anew for each run with its arguments; and a check of one's own."""
    (tmp_path / "agents_of_this_test.py").write_text(
        "import scenario\n\n\nclass Echo(scenario.AgentAdapter):\n"
        "    def __init__(self, mark):\n        self.mark = mark\n\n"
        "    async def call(self, input):\n        return input.last_new_user_message_str() + self.mark\n\n\n"
        "def shouts(state):\n    assert state.last_agent_message() == 'Hi!'\n"
    )
    (tmp_path / "echo.yaml").write_text(
        "agent: {python: 'agents_of_this_test:Echo', arguments: {mark: '!'}}\n"
        "script: [{user: Hi}, agent, {check: {python: 'agents_of_this_test:shouts'}}, succeed]\n"
    )
    (case,) = load(tmp_path / "echo.yaml")
    assert (await case.run(verbose=False)).success
    assert (await case.run(verbose=False)).messages[1]["content"] == "Hi!"


@pytest.mark.parametrize(
    ("python", "told"),
    [
        ("no_such_module:x", "cannot be imported"),
        ("json:lods", "Did you mean 'loads'"),
        ("json:decoder", "name an adapter"),
        ("json:dumps", "raised TypeError"),
    ],
)
async def test_an_agent_that_cannot_be_made_is_a_mistake_of_the_file(python: str, told: str, tmp_path: Path) -> None:
    """Told before anything runs."""
    (tmp_path / "a.yaml").write_text(f"agent: {{python: '{python}'}}\nscript: [{{user: Hi}}, agent, succeed]\n")
    with pytest.raises(ConfigurationError, match=told):
        await load(tmp_path / "a.yaml")[0].run(verbose=False)


async def test_a_check_that_does_not_hold_is_a_failed_assertion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same exception that a check in Python raises."""
    (tmp_path / "a.yaml").write_text(
        "agent: $env.AGENT_URL\nscript: [{user: Hi}, agent, {check: {text_contains: Rome}}, succeed]\n"
    )
    async with AgentServer("It is 18 °C in Paris.") as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        with pytest.raises(AssertionError, match="'Rome' is not in 'It is 18 °C in Paris"):
            await load(tmp_path / "a.yaml")[0].run(verbose=False)


async def test_what_an_agent_waits_for_is_answered(tmp_path: Path) -> None:
    """`resume`, `approve` and `reject` are the same steps as in Python."""
    (tmp_path / "a.yaml").write_text(
        "agent: http://127.0.0.1:9\nscript: [{user: Hi}, agent, {resume: {city: Paris}}, approve, {reject: too late}, "
        "reject, succeed]\n"
    )
    (case,) = load(tmp_path / "a.yaml")
    assert (script_of(case.block, tmp_path) or [])[2:6] == [
        scenario.resume({"city": "Paris"}),
        scenario.approve(),
        scenario.reject("too late"),
        scenario.reject(),
    ]


async def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    """What is not set is said where it is needed."""
    (tmp_path / "a.yaml").write_text(
        "agent: http://127.0.0.1:9\njudge: {criteria: [Good], api_key: $env.NOT_SET_AT_ALL, model: openai/x}\n"
        "script: [{user: Hi}, judge]\n"
    )
    with pytest.raises(ConfigurationError, match=r"judge\.api_key.*NOT_SET_AT_ALL"):
        await load(tmp_path / "a.yaml")[0].run(verbose=False)


async def test_a_run_that_takes_too_long_fails_with_a_verdict(tmp_path: Path) -> None:
    """Undecided criteria are inconclusive, what was said is kept, and nobody waits longer."""
    (tmp_path / "a.yaml").write_text(
        "agent: http://127.0.0.1:9\nlimits: {max_time: 0.05}\nscript: [{user: Hi}, {wait: 3600}, {succeed: never}]\n"
    )
    result = await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert not result.success
    assert "max_time=0.05" in (result.reasoning or "")
    assert [message["content"] for message in result.messages] == ["Hi"]


async def test_a_time_limit_says_who_was_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent and the judge are told apart: whoever reads it must not look at the wrong one."""
    (tmp_path / "a.yaml").write_text(
        "agent: http://127.0.0.1:9\njudge: {criteria: [Polite], model: openai/a, api_base: $env.MODELS}\n"
        "limits: {max_time: 1}\nscript: [{user: Hi}, {agent: Hello.}, judge]\n"
    )

    async def never(_: object) -> None:
        await asyncio.Event().wait()

    async with ModelServer(never) as models:
        monkeypatch.setenv("MODELS", models.base_url)
        result = await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert result.outcome == "undecided"
    assert "The judge (JudgeAgent) had been asked for" in str(result.reasoning)


async def test_the_agents_own_timeout_is_not_the_runs(tmp_path: Path) -> None:
    """A TimeoutError from inside of an agent is the agent's failure."""

    class Late(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
            raise TimeoutError("too late")

    with within(60), pytest.raises(AgentError, match="too late"):
        await scenario.run(name="x", description="", agents=[Late()], script=[scenario.user("Hi"), scenario.agent()])


async def test_a_form_and_its_file_are_beside_the_scenarios_file(tmp_path: Path) -> None:
    """With a type of its own where the name does not tell one."""
    (tmp_path / "letter.bin").write_bytes(b"Dear")
    got: list[tuple[str, bytes]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
        got.append((head, await reader.readexactly(length)))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/ask"
        (tmp_path / "form.yaml").write_text(
            f"agent:\n  url: {url}\n  cookies: conversation\n"
            "  form: {q: $message, letter: {file: letter.bin, type: text/x-letter}}\n"
            "script: [{user: Hello}, agent, {succeed: It answers}]\n"
        )
        (case,) = load(tmp_path / "form.yaml")
        result = await case.run(verbose=False)
    assert result.success
    assert b"Hello" in got[0][1]
    assert b'filename="letter.bin"\r\nContent-Type: text/x-letter\r\n\r\nDear' in got[0][1]


@pytest.mark.parametrize(
    ("setting", "said"),
    [("verify: no-such.pem", "no CA bundle"), ("cert: [a.pem, b.pem]", "no client certificate")],
)
def test_a_certificate_that_is_not_there_is_a_mistake_of_the_file(tmp_path: Path, setting: str, said: str) -> None:
    """Told when the file is read, with the whole path."""
    (tmp_path / "tls.yaml").write_text(
        f"agent:\n  url: https://127.0.0.1:1/\n  {setting}\nscript: [{{user: Hello}}, agent, {{succeed: x}}]\n"
    )
    with pytest.raises(ConfigurationError, match=said) as caught:
        load(tmp_path / "tls.yaml")
    assert str(tmp_path) in str(caught.value)
