"""A decision model of which only the address is known: both protocols' routes are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

import scenario
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError, JudgeError
from scenario.llm.endpoint import url_of
from scenario.llm.learned import forget_memory
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.testing import DecisionServer
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult
from tests.judge.courts import Observed

_CONVERSATION: list[Message] = [
    {"role": "user", "content": "Is it warm in Bonn today?"},
    {"role": "assistant", "content": "Yes, it is 20 degrees and sunny there."},
]


async def _judged(server: DecisionServer, observer: Observed | None = None, **settings: Any) -> ScenarioResult:
    judge = scenario.JudgeAgent(
        criteria=["The agent greets."], model="decide/jev", api_base=server.base_url, **settings
    )
    given = AgentInput(
        thread_id="t",
        messages=_CONVERSATION,
        judgment_request=FinalJudgmentRequest(criteria=None),
        observer=observer or Observed(),
    )
    result = await judge.call(given)
    assert isinstance(result, ScenarioResult)
    return result


def _routes(server: DecisionServer) -> list[str]:
    return [request.path.rpartition("/")[2] for request in server.requests]


@pytest.mark.parametrize(
    ("speaks", "spoken"),
    [(["systemone"], "System One"), (["decisions"], "OpenAI Decisions"), (["systemone", "decisions"], "System One")],
)
async def test_the_route_that_answers_is_taken(speaks: Sequence[str], spoken: str) -> None:
    """Whichever of the two a server has is found, once, and the verdict says which."""
    async with DecisionServer(speaks=speaks) as server:
        results = [await _judged(server), await _judged(server)]
    assert [result.criteria[0].status for result in results] == ["passed"] * 2
    assert all(f"found to speak {spoken} (/{speaks[0]})" in result.reasoning for result in results)
    assert set(_routes(server)) == {speaks[0]}
    asked = [len(request.body["questions"]) for request in server.requests]
    assert asked.count(1) == 1, "it is asked once what it speaks"
    assert "Bonn" not in str(server.requests[0].body), "and not about the conversation"


async def test_it_is_remembered_by_later_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """What one process has found the next one knows."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path))
    async with DecisionServer(speaks=["decisions"]) as server:
        await _judged(server)
        first = len(server.requests)
        forget_memory()
        await _judged(server)
    assert len(server.requests) - first == first - 1


async def test_what_is_remembered_and_refused_is_asked_anew() -> None:
    """Another server may listen at the address: the next verdict finds out again."""
    async with DecisionServer(statuses=[200, 200, 200, 404]) as server:
        await _judged(server)
        with pytest.raises(JudgeError, match="no route /systemone"):
            await _judged(server)
        result = await _judged(server)
    assert result.criteria[0].status == "passed"


async def test_a_question_that_finds_out_is_paid_for() -> None:
    """Its tokens are told like any other request's."""
    observer = Observed()
    async with DecisionServer() as server:
        await _judged(server, observer)
    assert len(observer.calls) == len(server.requests)


@pytest.mark.parametrize("speaks", [["systemone", "decisions"], []])
async def test_where_neither_is_there_both_are_named(speaks: Sequence[str]) -> None:
    """With what each said; nothing is guessed."""
    async with DecisionServer(speaks=speaks, statuses=[501, 404]) as server:
        with pytest.raises(JudgeError, match="neither as System One nor as OpenAI Decisions") as error:
            await _judged(server)
    told = str(error.value)
    first = "501: The test's decision server was told to answer with 501" if speaks else "404"
    assert f"/systemone answered with HTTP {first}" in told
    assert "/decisions answered with HTTP 404" in told
    assert error.value.fault == "configuration"


_PAGE = b"<!doctype html><html><title>Welcome</title></html>"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (_PAGE, "an HTML page: Welcome"),
        ({}, "{}"),
        ({"answers": []}, "answers"),
        ({"answers": {}}, "answers"),
        ({"answers": {"q1": 0.9}}, "answers"),
        ({"answers": [{"type": "predicate", "probability": 0.9}]}, "answers"),
        ({"choices": [{"message": {"content": "yes"}}]}, "choices"),
        ({"error": {"message": "no such model"}}, "no such model"),
    ],
)
async def test_an_answer_that_is_not_clear_is_an_error(reply: Any, told: str) -> None:
    """A page, another protocol's answer and an error under 200 are no protocol, and the remedy is to name it."""
    async with DecisionServer(replies=lambda _: reply) as server:
        with pytest.raises(JudgeError, match="which protocol it speaks is not clear") as error:
            await _judged(server)
    assert told in str(error.value)
    assert "model='systemone/jev' or model='decisions/jev'" in str(error.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "fault", "told"), [(401, "configuration", "Check the key"), (503, "judge", "503"), (429, "judge", "429")]
)
async def test_a_key_and_an_outage_prove_nothing(status: int, fault: str, told: str) -> None:
    """The other route is not taken instead, and nothing is remembered of it."""
    async with DecisionServer(statuses=[status]) as server:
        with pytest.raises(JudgeError, match=told) as error:
            await _judged(server, max_retries=0)
        result = await _judged(server)
    assert error.value.fault == fault
    assert set(_routes(server)) == {"systemone"}
    assert result.criteria[0].status == "passed"


async def test_a_refused_request_is_no_answer() -> None:
    """400 shows that the route is there, and not that it would answer."""
    async with DecisionServer(statuses=[400]) as server:
        with pytest.raises(JudgeError, match="not clear: /systemone answered with HTTP 400: The test's"):
            await _judged(server)


_KEYS = {"OPENAI_API_KEY": "sk-1", "TYPESAFE_API_KEY": "ts-1", "OPENROUTER_API_KEY": "or-1"}


@pytest.mark.parametrize(
    ("api_base", "url", "key"),
    [
        ("http://localhost:8000", "http://localhost:8000/v1", None),
        ("http://localhost:8000/api/", "http://localhost:8000/api", None),
        ("http://localhost:8000/v1/decisions", "http://localhost:8000/v1/decisions", None),
        ("http://localhost:8000/v1/systemone/", "http://localhost:8000/v1/systemone", None),
        ("https://api.typesafe.ai/v1", "https://api.typesafe.ai/v1", "ts-1"),
        ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1", "or-1"),
        ("https://openrouter.ai.example.org/api/v1", "https://openrouter.ai.example.org/api/v1", None),
    ],
)
def test_a_key_goes_to_the_server_that_it_belongs_to(api_base: str, url: str, key: str | None) -> None:
    """A provider's own address gets that provider's key, and no other address gets any."""
    target = _resolved(api_base)
    assert (url_of(target), target.api_key) == (url, key)


@pytest.mark.parametrize("dialect", ["systemone", "decisions"])
def test_an_address_that_ends_with_a_route_is_not_asked(dialect: str) -> None:
    """It says itself which protocol is meant."""
    assert _resolved(f"http://localhost:8000/v1/{dialect}").dialect == dialect
    assert _resolved("http://localhost:8000/v1").dialect == "decide"


def test_without_an_address_there_is_nobody_to_ask() -> None:
    """What is missing is told, with both other names."""
    with pytest.raises(ConfigurationError, match="give api_base=, or name the protocol, 'systemone/jev'"):
        _resolved(None)


def _resolved(api_base: str | None, environ: Mapping[str, str] = _KEYS) -> Any:
    return resolve_model(ModelSettings(model="decide/jev", api_base=api_base), environ, ollama=lambda: False)
