"""Servers of no use, of every kind that could be thought of: none of them passes or fails anybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import scenario
from scenario.agents.judge.kept_bands import server_of_judge
from scenario.agents.judge.wording import wording_of
from scenario.dialogue.adapter import AgentInput
from scenario.errors import JudgeError
from scenario.testing import AgentServer, DecisionServer
from scenario.types import FinalJudgmentRequest, Message, ScenarioResult

_GREETS: Final = "The agent greets the user."
_RUDE: Final = "The agent is not rude to the user."
_CONVERSATION: Final[list[Message]] = [
    {"role": "user", "content": "Good morning, I was charged twice for order 4411. Can you help me with that?"},
    {"role": "assistant", "content": "Let me look for it. I see two charges."},
    {"role": "assistant", "content": "I have sent one of them back to your card just now."},
]
_KINDS: Final = ("systemone/test", "decisions/test")
_CRITERIA: Final = {
    "one": [_GREETS],
    "one negated": [_RUDE],
    "two": [_GREETS, _RUDE],
    "many": [_GREETS, _RUDE, *(f"The agent says thing {number}." for number in range(8))],
}
_BANDS: Final[dict[str, dict[str, float | None] | None]] = {
    "no band": None,
    "a yes-bias": {"false_to": 0.8, "true_from": 0.9},
    "a no-bias": {"false_to": 0.1, "true_from": 0.2},
    "passes only": {"false_to": None, "true_from": 0.6},
    "fails only": {"false_to": 0.4, "true_from": None},
    "no room between": {"false_to": 0.5, "true_from": 0.5000001},
    "the ends": {"false_to": 0.0, "true_from": 1.0},
}

Reply = Callable[[dict[str, Any]], Any]


class _Asked(NamedTuple):
    """What a request asks: a name and a text each."""

    kind: str
    questions: list[tuple[str, str]]


def _asked(body: Mapping[str, Any]) -> _Asked:
    questions = body["questions"]
    if isinstance(questions, dict):
        return _Asked("systemone", [(name, one["instructions"]) for name, one in questions.items()])
    return _Asked("decisions", [(one["name"], one["instructions"]) for one in questions])


def _answers(kind: str, given: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    if kind == "systemone":
        return {"model": "test", "answers": {name: {"type": "noul", "noul": value} for name, value in given}}
    told = [{"type": "predicate", "name": name, "probability": value} for name, value in given]
    return {"model": "test", "answers": told}


def _each(value: Callable[[str], Any]) -> Reply:
    """Each question is answered by itself alone."""

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(body)
        return _answers(asked.kind, [(name, value(text)) for name, text in asked.questions])

    return reply


def _raw(written: str) -> Reply:
    """Each is answered with what JSON of Python's does not write."""

    def reply(body: dict[str, Any]) -> bytes:
        asked = _asked(body)
        text = json.dumps(_answers(asked.kind, [(name, "HERE") for name, _ in asked.questions]))
        return text.replace('"HERE"', written).encode()

    return reply


def _named(names: Callable[[list[str]], list[str]]) -> Reply:
    """Right answers under other names."""

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(body)
        text = body.get("state", body.get("input"))
        values = [_read(question, text) for _, question in asked.questions]
        return _answers(asked.kind, list(zip(names([name for name, _ in asked.questions]), values, strict=True)))

    return reply


def _read(question: str, text: str) -> float:
    """What a server says that can read."""
    if "“" not in question:
        return 0.99
    quoted = question.partition("“")[2].rpartition("”")[0]
    return 0.99 if quoted in " ".join(text.replace("|", " ").split()) else 0.01


def _opposite(body: dict[str, Any]) -> dict[str, Any]:
    asked = _asked(body)
    text = body.get("state", body.get("input"))
    values = [_read(question, text) for _, question in asked.questions][::-1]
    return _answers(asked.kind, [(name, value) for (name, _), value in zip(asked.questions, values, strict=True)])


def _hashed(text: str) -> float:
    return (0.01, 0.99)[sha256(text.encode()).digest()[0] % 2]


# They answer, and there is nothing in it by which anything could be decided.
_USELESS: Final[dict[str, Reply]] = {
    **{f"{value} to everything": _each(lambda _, value=value: value) for value in (0, 0.01, 0.05, 0.5, 0.95, 0.99, 1)},
    **{
        f"{value!r}, which is no probability": _each(lambda _, value=value: value)
        for value in (1.2, -0.1, -0.0001, 1.0000001, "0.9", None, True, [0.9], {"yes": 0.9}, 10**400)
    },
    **{f"{written} in the JSON": _raw(written) for written in ("NaN", "Infinity", "1e999", "-1e999")},
    "by the statement's text": _each(_hashed),
    "by whether it quotes": _each(lambda text: 0.01 if "“" in text else 0.99),
    "by whether it is about what was said": _each(lambda text: 0.99 if "4411" in text or "card" in text else 0.01),
    "no to what sounds odd": _each(lambda text: 0.99 if "order" in text or "sent" in text or "agent" in text else 0.02),
    "in the opposite order": _opposite,
}
# So that names tell nothing.
_MISNAMED: Final[dict[str, Reply]] = {
    "names that nobody gave": _named(lambda names: [f"{name}x" for name in names]),
    "one name for all": _named(lambda names: ["q1"] * len(names)),
    "no name": _named(lambda names: [""] * len(names)),
    "the next one's name": _named(lambda names: [*names[1:], names[0]]),
    "names from behind": _named(lambda names: names[::-1]),
}
# No answer at all: an error, and nobody's verdict.
_BROKEN: Final[dict[str, Any]] = {
    "an error under 200": {"error": {"message": "overloaded", "type": "server_error"}},
    "a page": b"<!doctype html><title>502 Bad Gateway</title>",
    "an empty body": b"",
    "cut JSON": b'{"model": "test", "answers": {"q1": {"type": "noul", "noul": 0.9',
    "a number that is none": _raw("0.99.1"),
    "a list": b"[]",
    "a text": b'"yes"',
    "chat": {"choices": [{"message": {"role": "assistant", "content": "yes"}}]},
}


def _keep_band(folder: Path, band: Mapping[str, float | None] | None, judge: scenario.JudgeAgent) -> None:
    judge.bands = folder / "judge.json"
    if band is None:
        return
    (model,) = judge.models_of_run(None)
    kept = {
        "server": server_of_judge(model),
        "model": model.name,
        "wording": wording_of(None, way="decisions"),
        "labels": "",
        "band": band,
        "answered": "test",
    }
    judge.bands.write_text(json.dumps({"bands": [kept]}))


async def _judged(
    reply: Any,
    criteria: Sequence[str],
    model: str,
    folder: Path,
    band: Mapping[str, float | None] | None = None,
) -> ScenarioResult:
    replies = reply if callable(reply) else lambda _: reply
    async with DecisionServer(replies=replies) as server:
        judge = scenario.JudgeAgent(criteria=criteria, model=model, api_base=server.base_url, max_retries=0)
        _keep_band(folder, band, judge)
        given = AgentInput(thread_id="t", messages=_CONVERSATION, judgment_request=FinalJudgmentRequest(criteria=None))
        result = await judge.call(given)
    assert isinstance(result, ScenarioResult)
    return result


def _decided(result: ScenarioResult) -> list[str]:
    return [one.status for one in result.criteria if one.status != "inconclusive"]


@pytest.mark.parametrize("model", _KINDS)
@pytest.mark.parametrize("band", _BANDS)
async def test_a_server_that_reads_decides(band: str, model: str, tmp_path: Path) -> None:
    """What follows refuses nobody who is of use: read rightly, criteria are decided, by any band."""
    reply = _named(lambda names: names)
    result = await _judged(reply, [_GREETS, _RUDE], model, tmp_path, _BANDS[band])
    assert _decided(result) == ([] if band in ("fails only", "the ends") else ["passed", "failed"])


@pytest.mark.parametrize("model", _KINDS)
@pytest.mark.parametrize("useless", _USELESS)
async def test_what_tells_nothing_decides_nothing(useless: str, model: str, tmp_path: Path) -> None:
    """With one criterion, with many, with negated ones, and whichever band is kept."""
    every = [(criteria, band) for criteria in _CRITERIA.values() for band in _BANDS]
    # A quarter of them, another one for each server: all of them would take minutes.
    for number, (criteria, band) in enumerate(every[list(_USELESS).index(useless) % 4 :: 4]):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = await _judged(_USELESS[useless], criteria, model, folder, _BANDS[band])
        assert not _decided(result), (criteria, band, result.reasoning)
        assert result.outcome == "undecided"
        assert len(result.criteria) == len(criteria)


@pytest.mark.parametrize("misnamed", _MISNAMED)
@pytest.mark.parametrize("criteria", _CRITERIA)
async def test_answers_that_may_be_anothers_decide_nothing(misnamed: str, criteria: str, tmp_path: Path) -> None:
    """Whatever the probabilities are: nobody knows of what."""
    for model in _KINDS:
        folder = tmp_path / model.partition("/")[0]
        folder.mkdir()
        result = await _judged(_MISNAMED[misnamed], _CRITERIA[criteria], model, folder)
        assert not _decided(result), result.reasoning


@pytest.mark.parametrize("model", _KINDS)
@pytest.mark.parametrize("broken", _BROKEN)
async def test_what_is_no_answer_is_an_error(broken: str, model: str, tmp_path: Path) -> None:
    """Whose fault it is is said, and nobody is judged."""
    with pytest.raises(JudgeError):
        await _judged(_BROKEN[broken], [_GREETS], model, tmp_path)


async def test_a_server_that_hangs_up_is_an_error() -> None:
    """Half an answer, under a length that promised more, is none."""
    whole = json.dumps(_answers("systemone", [(f"q{number}", 0.99) for number in range(1, 5)])).encode()

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(whole) + 10}\r\n\r\n"
        writer.write(head.encode() + whole)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        judge = scenario.JudgeAgent(
            criteria=[_GREETS], model="systemone/test", api_base=f"http://127.0.0.1:{port}/v1", max_retries=0
        )
        given = AgentInput(thread_id="t", messages=_CONVERSATION, judgment_request=FinalJudgmentRequest(criteria=None))
        with pytest.raises(JudgeError, match="broke"):
            await judge.call(given)


@pytest.mark.parametrize("useless", ["0.99 to everything", "0.01 to everything", "by the statement's text"])
@pytest.mark.parametrize("script", ["free play", "a step"])
async def test_a_run_is_undecided(script: str, useless: str) -> None:
    """In free play and in a step: the run has neither passed nor failed."""
    async with DecisionServer(replies=_USELESS[useless]) as server, AgentServer("It is 20 degrees.") as agent:
        judge = scenario.JudgeAgent(criteria=[_GREETS, _RUDE], model="systemone/test", api_base=server.base_url)
        steps = [scenario.user("How warm is it in Bonn?"), scenario.agent()]
        result = await scenario.run(
            name="weather",
            description="A traveller asks about the weather.",
            agents=[scenario.RemoteAgent(agent.url), judge, _Silent()],
            script=[*steps, scenario.judge()] if script == "a step" else [*steps, scenario.proceed(turns=1)],
            max_turns=2,
        )
    assert result.outcome == "undecided"
    assert len(result.inconclusive_criteria) == 2


class _Silent(scenario.UserSimulatorAgent):
    """A user who says one thing more."""

    def __init__(self) -> None:
        pass

    async def call(self, input: AgentInput) -> str:  # noqa: A002 - the contract's name
        return "And tomorrow?"


_VALUES: Final = st.sampled_from([0.0, 0.01, 0.05, 0.3, 0.5, 0.7, 0.95, 0.99, 1.0]) | st.floats(0, 1)


@given(
    values=st.lists(_VALUES, min_size=1, max_size=6),
    salt=st.integers(0, 10**6),
    model=st.sampled_from(_KINDS),
    band=st.sampled_from(sorted(_BANDS)),
    criteria=st.sampled_from(sorted(_CRITERIA)),
    by=st.sampled_from(["text", "place", "name", "all questions"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_goes_by_the_questions_alone_decides_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[float],
    salt: int,
    model: str,
    band: str,
    criteria: str,
    by: str,
) -> None:
    """Any function of the request, but for the conversation: by a question's text, its place, its name, or by all."""

    def value(asked: _Asked, place: int) -> float:
        name, text = asked.questions[place]
        told = {"text": text, "place": place, "name": name, "all questions": (asked.questions, place)}[by]
        return values[sha256(f"{salt}{told}".encode()).digest()[0] % len(values)]

    def reply(body: dict[str, Any]) -> dict[str, Any]:
        asked = _asked(body)
        return _answers(asked.kind, [(name, value(asked, place)) for place, (name, _) in enumerate(asked.questions)])

    folder = tmp_path_factory.mktemp("kept")
    result = asyncio.run(_judged(reply, _CRITERIA[criteria], model, folder, _BANDS[band]))
    assert not _decided(result), result.reasoning
