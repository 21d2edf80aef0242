"""What decision servers have really answered, read by `read_decisions`."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest

from scenario.errors import ConfigurationError, ModelResponseError
from scenario.llm.complaint import is_final
from scenario.llm.decisions.asking import read_decisions
from scenario.llm.decisions.question import Decisions, Question
from scenario.llm.decisions.refused import refusal_of
from scenario.llm.fetch import Answer, answer_of
from scenario.llm.resolve import ModelTarget

_FOLDER: Final = Path(__file__).parents[1] / "data" / "decisions"

# The probabilities of yes; None for what is no answer of that kind: a refusal, none at all, another type, out of range.
_ANSWERED: Final[dict[str, list[float | None]]] = {
    "decisions-all-types-litellm": [0.9, None, None],
    "decisions-booleans": [None],
    "decisions-duplicate-names": [0.9, 0.9],
    "decisions-empty-input": [0.9],
    "decisions-empty-name": [0.9],
    "decisions-from-systemone-litellm": [0.9, None, None],
    "decisions-missing-becomes-refusal": [0.9, None, None],
    "decisions-missing-raw": [0.9, None, None],
    "decisions-no-names": [None, None],
    "decisions-order-broken": [None, None, None],
    "decisions-order-broken-raw": [0.9, None, None],
    "decisions-probability-over-one": [None],
    "decisions-refusal": [None, None, None],
    "decisions-stream-asked": [0.9],
    "decisions-truncated-lost": [0.9, None, None],
    "systemone-all-types": [0.4560698072345028, None, None],
    "systemone-all-types-litellm": [0.9, None, None],
    "systemone-duplicate-ids": [0.9],
    "systemone-extra-fields-devdouble": [0.7914, None, None],
    "systemone-fake-half": [0.5, None, None],
    "systemone-from-decisions-litellm": [0.9, None, None],
    "systemone-noul-one": [1.0],
    "systemone-noul-zero": [0.0],
    "systemone-real-small-model": [0.8699, None, None],
    "systemone-refusal-becomes-missing": [None, None, None],
    "systemone-stream-asked-mock": [0.4560698072345028],
    "systemone-truncated": [None, None, None],
    "systemone-unknown-answer-type": [None, None, None],
}
# What an error response means, and words of its server that are told.
_REFUSED: Final = {
    "decisions-129-questions": ("configuration", "at most 128 items after validation, not 129"),
    "decisions-401": ("key", "Incorrect API key provided"),
    "decisions-404": ("route", "File Not Found"),
    "decisions-429": ("passing", "Rate limit reached"),
    "decisions-429-litellm": ("passing", "Rate limit reached"),
    "decisions-assistant-message": ("configuration", "Input should be a valid string"),
    "decisions-chat-model": ("configuration", "Supported providers: openai, openrouter"),
    "decisions-extra-question-field": ("configuration", "Extra inputs are not permitted"),
    "decisions-function-call": ("configuration", "Input should be a valid string"),
    "decisions-malformed-request": ("configuration", "Invalid JSON payload"),
    "decisions-no-key-litellm": ("key", "No api key passed in"),
    "decisions-no-key-litellm-500": ("passing", "Internal Server Error"),
    "decisions-no-questions": ("configuration", "at least 1 item"),
    "decisions-score-11-levels": ("configuration", "at most 10 items"),
    "decisions-state-field": ("passing", "Input should be a valid dictionary"),
    "decisions-unknown-model": ("configuration", "Invalid model name passed in model=nope"),
    "decisions-unknown-type": ("configuration", "Input tag 'boolean'"),
    "decisions-wrong-key-litellm": ("configuration", "No connected db"),
    "systemone-429-laya": ("passing", "Rate limit exceeded"),
    "systemone-answer-not-json-litellm": ("passing", "Invalid JSON: expected value"),
    "systemone-empty-id": ("configuration", "String should have at least 1 character"),
    "systemone-extra-top-field-laya": ("configuration", "Extra inputs are not permitted"),
    "systemone-malformed-request": ("configuration", "body.9: JSON decode error"),
    "systemone-model-not-registered": ("configuration", "model is not registered: jev-latest"),
    "systemone-no-instructions": ("configuration", "requires instructions or criteria"),
    "systemone-no-key": ("key", "HTTP 403: Must supply an API key!"),
    "systemone-no-key-laya": ("key", "Missing or invalid API key."),
    "systemone-one-sided-criteria-jcs": ("configuration", "body.questions.a.ChoiceQuestion.type: Input should be"),
    "systemone-refusal-500-litellm": ("passing", "returned an unexpected response"),
    "systemone-too-long-413": ("too long", "state is 70001 bytes"),
    "systemone-too-long-devdouble": ("too long", "must not exceed 64 KiB"),
    "systemone-too-long-for-the-window": ("too long", "exceeds the available context size"),
    "systemone-unknown-model": ("configuration", "HTTP 400: Unknown model: nope."),
    "systemone-unknown-type-422": ("configuration", "body.questions.a: Input tag 'boolean'"),
    "systemone-unknown-type-devdouble": ("configuration", "questions.a: Input tag 'boolean'"),
    "systemone-unknown-type-jcs": ("configuration", "Field required"),
    "systemone-unknown-type-laya": ("configuration", "Input tag 'boolean'"),
    "systemone-unsupported-501": ("route", "This model is not a decision model"),
    "systemone-wrong-key": ("key", "HTTP 401: Cannot authenticate with the server."),
}
_UNREADABLE: Final = ("systemone-answer-cut", "systemone-answer-not-json")


def test_every_recorded_exchange_is_held_against_something() -> None:
    """No exchange lies in the folder of which these tests say nothing."""
    assert {path.stem for path in _FOLDER.glob("*.json")} == {*_ANSWERED, *_REFUSED, *_UNREADABLE}


@pytest.mark.parametrize("name", _ANSWERED)
def test_probabilities_are_read_one_by_one(name: str) -> None:
    """Each answer that counts is read, and each that does not has a reason, and spoils no other."""
    decisions = _read(name)
    assert [answer.probability for answer in decisions.answers] == _ANSWERED[name]
    assert all((answer.probability is None) == bool(answer.why_none) for answer in decisions.answers)


@pytest.mark.parametrize("name", _REFUSED)
def test_an_error_is_classed_and_told_in_its_servers_words(name: str) -> None:
    """Whose fault it is follows from status and words together, and the words are those of the server, in any shape."""
    kind, words = _REFUSED[name]
    assert refusal_of(_answer(name)) == kind
    is_configuration = kind in ("key", "route", "configuration")
    with pytest.raises(ConfigurationError if is_configuration else ModelResponseError) as error:
        _read(name)
    assert words in str(error.value)
    assert '"loc"' not in str(error.value)
    assert '"error_type": "authentication' not in str(error.value)


_SHAPES: Final[dict[str, Any]] = {
    "OpenAI's": {"error": {"message": "MESSAGE", "type": "t", "param": None, "code": None}},
    "laya-serve's": {"error": {"message": "MESSAGE", "field": "state"}},
    "llama.cpp's": {"error": {"code": 501, "message": "MESSAGE", "type": "not_supported_error"}},
    "Ollama's": {"error": "MESSAGE"},
    "FastAPI's": {"detail": "MESSAGE"},
    "TypeSafe's": {"detail": {"error_type": "api_usage_error", "message": "MESSAGE"}},
    "a list of mistakes": {"detail": [{"loc": ["body", "state"], "msg": "MESSAGE", "type": "t"}]},
    "an error in a detail": {"detail": {"error": {"message": "MESSAGE"}}},
    "an error in an error": {"error": {"error": {"message": "MESSAGE"}}},
    "RFC 9457's": {"title": "Bad request", "detail": "MESSAGE", "status": 400},
    "a message": {"message": "MESSAGE"},
    "a list of errors": {"errors": [{"message": "MESSAGE"}]},
    "a text": "MESSAGE",
    "plain text": b"MESSAGE",
}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((400, "configuration"), (402, "configuration"), (422, "configuration"), (401, "key"), (403, "key")),
        *((404, "route"), (405, "route"), (501, "route")),
        *((408, "passing"), (429, "passing"), (500, "passing"), (502, "passing"), (503, "passing"), (529, "passing")),
    ],
)
def test_every_shape_is_read_under_every_status(status: int, kind: str) -> None:
    """Also where a gateway puts one server's shape under another's status: the status classes, the words are told."""
    target = ModelTarget(name="systemone/m", dialect="systemone", model="m", api_base="http://127.0.0.1:1/v1")
    for shape, told in _SHAPES.items():
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        answer = answer_of(body.replace(b"MESSAGE", b"The model nope is strange"), status=status)
        assert refusal_of(answer) == kind, shape
        with pytest.raises((ConfigurationError, ModelResponseError)) as refused:
            read_decisions(target, answer, [Question(id="q1", text="?")])
        assert "The model nope is strange" in str(refused.value), shape


@pytest.mark.parametrize(
    "words",
    [
        "state is 70001 bytes, the limit is 65536",
        "request body must not exceed 64 KiB without images.",
        "String should have at most 65536 characters",
        "the question exceeds 32768 tokens",
        "payload exceeds 1 MiB",
        "input is too long",
        "This model's maximum context length is 4096 tokens",
        "request (12088 tokens) exceeds the available context size (4096 tokens), try increasing it",
    ],
)
def test_what_is_too_long_is_told_by_its_words(words: str) -> None:
    """Whatever the status and the shape: nobody has judged the conversation, and no setting is to blame."""
    for status, shape in product((400, 413, 422, 500, 503), _SHAPES):
        told = _SHAPES[shape]
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        answer = answer_of(body.replace(b"MESSAGE", words.encode()), status=status)
        assert refusal_of(answer) == "too long", (status, shape)


@pytest.mark.parametrize(
    ("words", "status", "kind"),
    [
        ("Value should have at most 128 items after validation, not 129 [type=too_long]", 400, "configuration"),
        ("at most 64 questions", 400, "configuration"),
        ("Rate limit of 10000 tokens per minute exceeded", 429, "passing"),
        ("limit of 10000 tokens per minute", 503, "passing"),
    ],
)
def test_other_limits_are_no_length(words: str, status: int, kind: str) -> None:
    """How many questions there may be, and how much in a minute, is something else."""
    assert refusal_of(answer_of(json.dumps({"error": {"message": words}}).encode(), status=status)) == kind


def test_a_length_that_is_refused_under_200_is_told_too() -> None:
    """A gateway's own status says nothing of its upstream's error."""
    body = {"error": {"code": "context_length_exceeded", "message": "maximum context length is 4096 tokens"}}
    target = ModelTarget(name="systemone/m", dialect="systemone", model="m", api_base="http://127.0.0.1:1/v1")
    with pytest.raises(ModelResponseError) as error:
        read_decisions(target, answer_of(json.dumps(body).encode()), [Question(id="q1", text="?")])
    assert error.value.reason == "context_length"


def test_a_length_is_not_tried_again() -> None:
    """Though the status says that the server failed, the next answer would be the same."""
    name = "systemone-too-long-for-the-window"
    assert is_final(_recorded(name)["status"], _answer(name).body)


@pytest.mark.parametrize("name", _UNREADABLE)
def test_what_is_no_json_is_the_servers_fault(name: str) -> None:
    """A web page and a cut answer under status 200 are errors, and no answers."""
    with pytest.raises(ModelResponseError, match="no systemone response"):
        _read(name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("systemone-fake-half", "exactly 0.5"),
        ("systemone-fake-half", "read 0 tokens"),
        ("systemone-all-types", "'jevcompat-mock-0.1' answered, where 'jev-latest' was asked"),
        ("systemone-extra-fields-devdouble", "answered by the configured model 'mock-overlap'"),
    ],
)
def test_what_a_reader_has_to_know_is_told(name: str, told: str) -> None:
    """Another model's name, a server's warning, and signs of a server without a model are told."""
    assert told in " ".join(_read(name).remarks)


def test_a_real_answer_of_a_real_model_has_no_remarks() -> None:
    """Nothing is remarked on where there is nothing to be."""
    assert _read("systemone-real-small-model").remarks == ()


def _recorded(name: str) -> dict[str, Any]:
    recorded: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return recorded


def _answer(name: str) -> Answer:
    recorded = _recorded(name)
    body = json.dumps(recorded["body"]) if "body" in recorded else recorded["text"]
    return answer_of(body.encode(), status=recorded["status"])


def _read(name: str) -> Decisions:
    recorded = _recorded(name)
    kind = recorded["path"].rpartition("/")[2]
    model = recorded["model"] or ""
    target = ModelTarget(name=f"{kind}/{model}", dialect=kind, model=model, api_base="http://127.0.0.1:1/v1")
    # Ours always have names; a question that was put without one stands for one whose name did not come back.
    questions = [Question(id="q1" if name is None else name, text="?") for name in recorded["ids"] or ["a"]]
    return read_decisions(target, _answer(name), questions)
