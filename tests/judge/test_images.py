"""Images in the conversation, against a model server on loopback."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

import scenario
from scenario.agents.judge.images import is_about_an_image, sendable
from scenario.llm.abilities import sees_images
from scenario.testing import ModelReply, ModelServer
from scenario.testing.model_reply import openai_completion
from scenario.types import Message, ScenarioResult
from tests.judge.courts import finish, forced, hearing, item
from tests.llm.odd_server import OddServer, complaint

PIXEL = "data:image/png;base64,iVBORw0KGgo="
SHOWN: list[Message] = [
    {
        "role": "user",
        "content": [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": PIXEL}}],
    },
    {"role": "assistant", "content": "A red square."},
]
CRITERIA = ["The agent describes the picture rightly", "The agent is polite"]
BOTH = finish({number: item("passed", depends_on_image=False) for number in ("1", "2")})


async def judged(server: ModelServer, model: str, **settings: Any) -> ScenarioResult:
    """The demanded verdict of that model."""
    judge = scenario.JudgeAgent(criteria=CRITERIA, model=model, api_base=server.base_url, **settings)
    result = await judge.call(hearing(SHOWN, request=forced()))
    assert isinstance(result, ScenarioResult)
    return result


@pytest.mark.parametrize(("model", "settings"), [("openai/gpt-4o", {}), ("openai/own", {"sees_images": True})])
async def test_a_model_that_sees_is_sent_the_images(model: str, settings: dict[str, Any]) -> None:
    """After the transcript, in order."""
    async with ModelServer([BOTH]) as server:
        assert (await judged(server, model, **settings)).success
        parts = server.requests[0].body["messages"][1]["content"]
    assert [part["type"] for part in parts] == ["text", "image_url"]
    assert parts[1]["image_url"]["url"] == PIXEL


@pytest.mark.parametrize(("model", "settings"), [("openai/own", {}), ("openai/gpt-4o", {"sees_images": False})])
async def test_what_is_about_an_image_is_inconclusive_where_it_was_not_shown(
    model: str, settings: dict[str, Any]
) -> None:
    """Whatever the model says; the other criteria are decided."""
    async with ModelServer([BOTH]) as server:
        result = await judged(server, model, **settings)
        assert isinstance(server.requests[0].body["messages"][1]["content"], str)
    assert (result.inconclusive_criteria, result.passed_criteria, result.outcome) == (
        CRITERIA[:1], CRITERIA[1:], "undecided",
    )  # fmt: skip
    assert "was not shown it" in result.criteria[0].reasoning


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"depends_on_image": True}, "inconclusive"),
        ({}, "inconclusive"),
        ({"depends_on_image": None}, "inconclusive"),
        ({"depends_on_image": False}, "passed"),
        ({"depends_on_image": "false"}, "passed"),
    ],
)
async def test_a_model_that_is_shown_no_image_says_whether_it_needs_one(said: dict[str, Any], status: str) -> None:
    """Of each criterion, whatever its words are; where it does not, it has decided nothing."""
    async with ModelServer([finish({"1": item("passed", **said)})]) as server:
        judge = scenario.JudgeAgent(criteria=["names the breed"], model="openai/own", api_base=server.base_url)
        result = await judge.call(hearing(SHOWN, request=forced()))
        shape = server.requests[0].body["tools"][0]["function"]["parameters"]["properties"]["criteria"]
        assert "depends_on_image" in shape["properties"]["1"]["required"]
    assert isinstance(result, ScenarioResult)
    assert result.criteria[0].status == status
    if status == "inconclusive":
        assert "It had said: passed" in result.criteria[0].reasoning


async def test_who_sees_the_images_is_not_asked_about_them() -> None:
    """Nor is anybody where there are none."""
    for model, messages in (("openai/gpt-4o", SHOWN), ("openai/own", SHOWN[1:])):
        async with ModelServer([finish({"1": item("passed")})]) as server:
            judge = scenario.JudgeAgent(criteria=["names the breed"], model=model, api_base=server.base_url)
            result = await judge.call(hearing(messages, request=forced()))
            assert "depends_on_image" not in str(server.requests[0].body)
        assert isinstance(result, ScenarioResult)
        assert result.success


async def test_a_server_that_refuses_images_is_asked_without() -> None:
    """And not sent any again."""

    def reply(body: dict[str, Any]) -> ModelReply | bytes:
        if isinstance(body["messages"][1]["content"], list):
            return (
                b'{"error": {"message": "image_url is not supported by this model", "type": "invalid_request_error"}}'
            )
        return BOTH

    async with ModelServer(reply) as server:
        judge = scenario.JudgeAgent(criteria=CRITERIA, model="openai/gpt-4o", api_base=server.base_url)
        for requests in (2, 3):
            result = await judge.call(hearing(SHOWN, request=forced()))
            assert isinstance(result, ScenarioResult)
            assert result.inconclusive_criteria == CRITERIA[:1]
            assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("words", "refused"), [("image input is not supported", True), ("the image decoder has crashed", False)]
)
async def test_an_outage_is_no_refusal_of_images(words: str, *, refused: bool) -> None:
    """The next judge shows them again; a server may refuse them for good under 500, too."""

    def answer(_path: str, body: Any) -> web.Response:
        if isinstance(body["messages"][1]["content"], list):
            return complaint(words, 500)
        return web.json_response(openai_completion(BOTH, "m"))

    async with OddServer(answer) as server:
        settings = {"api_base": f"{server.url}/v1", "max_retries": 0}
        judge = scenario.JudgeAgent(criteria=CRITERIA, model="openai/gpt-4o", **settings)
        await judge.call(hearing(SHOWN, request=forced()))
        shown = len(server.asked)
        await judge.call(hearing(SHOWN, request=forced()))
    assert isinstance(server.asked[shown][1]["messages"][1]["content"], str) is refused


async def test_anthropic_is_sent_images_in_its_own_way() -> None:
    """As a source."""
    async with ModelServer([BOTH]) as server:
        assert (await judged(server, "anthropic/claude-sonnet-4-5")).success
        content = server.requests[0].body["messages"][0]["content"]
    assert content[1]["source"] == {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}


@pytest.mark.parametrize(
    "image",
    [
        {"type": "input_image", "image_url": PIXEL},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
        {"type": "image", "image": PIXEL},
    ],
)
def test_images_in_other_shapes_are_sent_too(image: dict[str, Any]) -> None:
    """Of Responses, Anthropic, and the AI SDK."""
    assert sendable([image]) == [{"type": "image_url", "image_url": {"url": PIXEL}}]


@pytest.mark.parametrize(
    "image", [{"type": "image", "image": "file:///etc/hosts"}, {"type": "input_image", "file_id": "f"}]
)
def test_what_has_no_address_is_not_sent(image: dict[str, Any]) -> None:
    """Nor is anything then: the order would be another one."""
    assert sendable([image, {"type": "image", "image": PIXEL}]) is None


@pytest.mark.parametrize(
    ("criterion", "about"),
    [
        ("The agent reads the total off the screenshot", True),
        ("Describes the chart", True),
        ("Das Bild wird richtig beschrieben", True),
        ("画像を正しく説明する", True),
        ("The agent reads the total off the receipt correctly", True),
        ("The agent says what is in the attachment", True),
        ("The agent names the right colour of the car", True),
        ("The agent transcribes the handwriting without mistakes", True),
        ("L'agent décrit la photographie", True),
        ("L'agent décrit la capture d'écran", True),
        ("El agente describe la captura de pantalla", True),
        ("Agentti kuvailee kuvan oikein", True),
        ("Agenten beskriver billedet korrekt", True),
        ("Agent opisuje zdjęcie poprawnie", True),
        ("Ajan resmi doğru anlatıyor", True),
        ("The agent receives the user kindly", False),
        ("The agent is polite", False),
        ("The agent does not imagine things", False),
    ],
)
def test_criteria_about_images_are_known_by_their_words(criterion: str, about: bool) -> None:
    """In a few languages."""
    assert is_about_an_image(criterion) is about


@pytest.mark.parametrize(
    ("model", "sees"),
    [("gpt-4o-mini", True), ("claude-haiku-4-5", True), ("ollama/llava", True), ("qwen2.5-vl-7b", True),
     ("gpt-3.5-turbo", False), ("o3-mini", False), ("llama3.1", False), ("deepseek-chat", False), ("test", False)],
)  # fmt: skip
def test_who_sees_is_known_by_name(model: str, sees: bool) -> None:
    """Nobody is believed to see whose name does not tell."""
    assert sees_images(model) is sees
