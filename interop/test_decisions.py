"""What decision models are asked and answer, held against others' own shapes: a reference server, and a client's types.

`jevcompat mock` is the reference server of System One, which can break one requirement at a time; the types of OpenAI
Decisions are those of the `openai` package. Neither says anything about how well a model judges.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest

import scenario
from interop.environment import HERE, CannotInstallError, python_environment
from interop.serving import free_port, serving
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError, ModelResponseError
from scenario.llm.decisions.asking import decide
from scenario.llm.decisions.question import Decisions, Question
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.testing import DecisionServer
from scenario.types import FinalJudgmentRequest, Message

_QUESTIONS = [Question(id=f"q{number}", text=f"Does the agent say thing {number}?") for number in range(1, 5)]
_TEXT = "<transcript>\n[0] user:\n  | Hello\n</transcript>"
_CONVERSATION: list[Message] = [
    {"role": "user", "content": "Is it warm in Bonn today?"},
    {"role": "assistant", "content": "Yes, it is 20 degrees and sunny there."},
]
# The faults that yes-or-no questions meet, each with what is made of it; the others break what is not asked here.
_REFUSED: dict[str, tuple[type[Exception], str]] = {
    "wrong-route": (ConfigurationError, "No route /v1/systemone"),
    "reject-jev-latest": (ConfigurationError, "Model not served"),
    "xssi-200": (ModelResponseError, "no systemone response"),
}
_NO_ANSWER = {"boolean-type": "of the type 'boolean'", "noul-range": "which is none"}


def _programs(name: str) -> str:
    try:
        return str(python_environment(name))
    except CannotInstallError as error:
        pytest.skip(f"cannot be installed here: {error}")


def _mock(fault: str) -> AbstractContextManager[str]:
    port = free_port()
    options = ["--port", str(port), *(["--fault", fault] if fault else [])]
    return serving([f"{_programs('decisions')}/jevcompat", "mock", *options], port)


def _faults() -> list[str]:
    command = [f"{_programs('decisions')}/jevcompat", "mock", "--list-faults"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


def _decided(origin: str, questions: Sequence[Question] = _QUESTIONS) -> Decisions:
    settings = ModelSettings(model="systemone/jev-latest", api_base=f"{origin}/v1", extra={"max_retries": 0})
    model = open_model(resolve_model(settings, {}, ollama=lambda: False))
    return asyncio.run(decide(model, _TEXT, questions, lambda _usage, _seconds: None))


def _probabilities(decisions: Decisions) -> list[float | None]:
    return [answer.probability for answer in decisions.answers]


def test_the_reference_server_takes_what_is_asked() -> None:
    """Every question is answered with a probability, and the other name under which it answers is told."""
    with _mock("") as origin:
        decisions = _decided(origin)
    assert all(probability is not None for probability in _probabilities(decisions))
    assert "answered, where 'jev-latest' was asked" in " ".join(decisions.remarks)
    assert decisions.usage is not None


def test_its_protocol_is_found() -> None:
    """Of its address alone."""
    with _mock("") as origin:
        judge = scenario.JudgeAgent(criteria=["It greets."], model="decide/jev-latest", api_base=f"{origin}/v1")
        given = AgentInput(thread_id="t", messages=_CONVERSATION, judgment_request=FinalJudgmentRequest(criteria=None))
        result = asyncio.run(judge.call(given))
    assert isinstance(result, scenario.ScenarioResult)
    assert "System One" in str(result.reasoning)


def test_each_of_its_faults_is_told_or_touches_nothing() -> None:
    """What is broken in an answer is no probability, what is broken in the whole is an error, and nothing crashes."""
    with _mock("") as origin:
        right = _probabilities(_decided(origin))
    faults = _faults()
    assert set(_REFUSED) | set(_NO_ANSWER) <= set(faults)
    for fault in faults:
        with _mock(fault) as origin:
            if fault in _REFUSED:
                kind, words = _REFUSED[fault]
                with pytest.raises(kind, match=words):
                    _decided(origin)
                continue
            decisions = _decided(origin)
        given = _probabilities(decisions)
        if fault in _NO_ANSWER:
            assert given == [None] * 4, fault
            assert all(_NO_ANSWER[fault] in answer.why_none for answer in decisions.answers)
        elif fault == "first-question-only":
            assert given == [right[0], None, None, None]
        elif fault == "extra-answer":
            assert "questions that nobody asked" in " ".join(decisions.remarks)
        elif fault.endswith("-leaks"):
            # Its numbers are others, and nothing in an answer could tell.
            assert None not in given, fault
        else:
            assert given == right, fault


def _mistakes(*told: dict[str, Any]) -> list[str]:
    command = [f"{_programs('openai')}/python", str(HERE / "servers" / "decision_types.py")]
    lines = "\n".join(json.dumps(one) for one in told)
    answered = subprocess.run(command, input=lines, check=True, capture_output=True, text=True, timeout=120).stdout
    return [json.loads(line) for line in answered.splitlines()]


def test_requests_and_our_own_double_have_the_types_of_openai() -> None:
    """What a judge sends has no field that is not documented, and what the double answers is a whole `Decision`."""
    answers: list[dict[str, Any]] = []

    async def asked() -> list[dict[str, Any]]:
        async with DecisionServer({"greets": "refusal"}) as server:
            judge = scenario.JudgeAgent(
                criteria=["It greets.", "It is not rude."], model="decisions/m", api_base=server.base_url
            )
            given = AgentInput(
                thread_id="t", messages=_CONVERSATION, judgment_request=FinalJudgmentRequest(criteria=None)
            )
            await judge.call(given)
            bodies = [request.body for request in server.requests]
            answers.extend([await _answer(server, body) for body in bodies])
            return bodies

    bodies = asyncio.run(asked())
    told = [{"request": body} for body in bodies] + [{"answer": answer} for answer in answers]
    assert _mistakes(*told) == [""] * len(told)
    assert all(_mistakes({"request": bodies[0] | {"state": "x"}}, {"answer": {"model": "m", "answers": []}}))


async def _answer(server: DecisionServer, body: dict[str, Any]) -> dict[str, Any]:
    import aiohttp

    async with aiohttp.ClientSession() as session, session.post(f"{server.base_url}/decisions", json=body) as response:
        told: dict[str, Any] = await response.json()
        return told
