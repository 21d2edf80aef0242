"""Small models judge by log-odds and simulate by continuing a log: how the participants use them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiohttp import web

import scenario
from scenario.errors import JudgeError
from scenario.testing.local_server import LocalServer
from scenario.types import ScenarioResult
from tests.judge.courts import WEATHER, Observed, forced, hearing

NAME = "embedded/qwen2.5-coder-1.5b-instruct"


class SmallModelServer(LocalServer):
    """Says yes to what is about a temperature, and continues logs with the lines that it was given."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []
        self._lines = list(lines)

    def _routes(self) -> list[web.RouteDef]:
        return [web.post("/v1/chat/completions", self._judge), web.post("/v1/completions", self._continue)]

    async def _judge(self, request: web.Request) -> web.Response:
        body = msgspec.json.decode(await request.read(), type=dict[str, Any])
        self.asked.append(body)
        question = body["messages"][-1]["content"]
        yes = "Statement: It names a temperature" in question
        top = [{"token": "Yes", "logprob": -0.1 if yes else -9.0}, {"token": "No", "logprob": -9.0 if yes else -0.1}]
        if "Statement: It may" in question:
            top = [{"token": "Yes", "logprob": -0.7}, {"token": "No", "logprob": -0.7}]
        usage = {"prompt_tokens": 7, "completion_tokens": 1}
        choice = {"index": 0, "logprobs": {"content": [{"token": "Yes", "top_logprobs": top}]}}
        return web.json_response({"choices": [choice], "usage": usage})

    async def _continue(self, request: web.Request) -> web.Response:
        self.asked.append(msgspec.json.decode(await request.read(), type=dict[str, Any]))
        return web.json_response({"choices": [{"text": self._lines.pop(0), "finish_reason": "stop"}]})


def judge_at(server: SmallModelServer) -> scenario.JudgeAgent:
    """A judge of two criteria."""
    criteria = ["It names a temperature", "It sings"]
    return scenario.JudgeAgent(criteria=criteria, model=NAME, api_base=f"{server.url}/v1")


async def test_each_criterion_is_asked_by_itself() -> None:
    """The verdict says which model gave it, and that it is experimental."""
    observed = Observed()
    async with SmallModelServer() as server:
        result = await judge_at(server).call(hearing(request=forced(), observer=observed))
    assert isinstance(result, ScenarioResult)
    assert (result.passed_criteria, result.failed_criteria) == (["It names a temperature"], ["It sings"])
    assert "experimental" in (result.reasoning or "")
    assert [(model, usage.input_tokens) for model, usage, _ in observed.calls] == [(NAME, 7)] * 2


async def test_what_it_leaves_open_needs_a_stronger_judge() -> None:
    """Only what lies within its band; what it has decided needs nothing."""
    async with SmallModelServer() as server:
        judge = scenario.JudgeAgent(
            criteria=["It names a temperature", "It may rain"], model=NAME, api_base=f"{server.url}/v1"
        )
        result = await judge.call(hearing(request=forced()))
    assert isinstance(result, ScenarioResult)
    assert [(one.status, one.needs) for one in result.criteria] == [
        ("passed", ""),
        ("inconclusive", "a stronger judge"),
    ]


async def test_one_that_nobody_measured_decides_nothing_without_a_calibration() -> None:
    """The band was measured with another model: a smaller one is as sure of what is wrong. The verdict says why."""
    async with SmallModelServer() as server:
        judge = scenario.JudgeAgent(
            criteria=["It names a temperature", "It sings"],
            model="embedded/smollm2-135m-instruct",
            api_base=f"{server.url}/v1",
        )
        result = await judge.call(hearing(request=forced()))
    assert isinstance(result, ScenarioResult)
    assert [(one.status, one.needs) for one in result.criteria] == [("inconclusive", "a stronger judge")] * 2
    assert "nobody has measured how it judges" in result.criteria[0].reasoning


async def test_what_the_script_adds_is_shown_to_it() -> None:
    """`scenario.judge(additional_context=…)` stands before the conversation, and the verdict says so."""
    async with SmallModelServer() as server:
        result = await judge_at(server).call(hearing(request=forced(context="The thermometer\nis broken.")))
    question = server.asked[0]["messages"][-1]["content"]
    assert question.startswith("Known beside the conversation: The thermometer is broken.\n\nThe conversation:\nUser: ")
    assert isinstance(result, ScenarioResult)
    assert "additional context" in (result.reasoning or "")


async def test_instructions_that_it_would_not_heed_are_refused() -> None:
    """It is asked in fixed words; nobody is left to believe that it reads others."""
    async with SmallModelServer() as server:
        judge = scenario.JudgeAgent(
            criteria=["It sings"], model=NAME, api_base=f"{server.url}/v1", system_prompt="Be kind."
        )
        with pytest.raises(JudgeError, match=r"system_prompt=: without effect with embedded/.*additional_context="):
            await judge.call(hearing(request=forced()))
        assert server.asked == []


async def test_in_free_play_it_is_asked_only_when_the_user_is_silent() -> None:
    """As long as the user talks the judge costs nothing; when nothing comes any more, it decides."""
    async with SmallModelServer() as server:
        assert await judge_at(server).call(hearing()) == []
        assert server.asked == []
        silent = scenario.AgentInput(thread_id="t", messages=WEATHER, new_messages=WEATHER[3:])
        assert isinstance(await judge_at(server).call(silent), ScenarioResult)


async def test_a_server_without_log_probabilities_is_the_judges_fault() -> None:
    """The error is the judge's, as any other of its model."""
    async with scenario.testing.ModelServer() as server:
        judge = scenario.JudgeAgent(criteria=["a"], model=NAME, api_base=server.base_url)
        with pytest.raises(JudgeError, match=r"^\[JudgeAgent\] "):
            await judge.call(hearing(request=forced()))


async def test_the_user_continues_the_log_and_may_be_done() -> None:
    """A line is said; the mark of the end is silence."""
    async with SmallModelServer(" And in Rome?", " [END]") as server:
        user = scenario.UserSimulatorAgent(model=NAME, api_base=f"{server.url}/v1", persona="A sailor")
        assert await user.call(hearing()) == {"role": "user", "content": "And in Rome?"}
        assert await user.call(hearing()) == []
    assert "A sailor" in server.asked[0]["prompt"]
