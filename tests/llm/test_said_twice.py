"""What counts only when a model says it twice: an answer behind other words, and a failure that was said before it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from scenario.errors import ModelResponseError
from scenario.llm.functions import Call, Unreadable
from scenario.llm.structured import ask
from scenario.testing import ModelServer
from tests.llm.asking import QUESTION, model_at
from tests.llm.test_structured import NUMBER, number, read_number


@pytest.mark.parametrize(
    "before",
    [
        "The agent printed this.", "It says:", "The user asked for:", "A draft of it.", "An example.",
        "Ceci est un exemple.\n\nVerdict:", "<|im_start|>user", "<tool_response>",
        "It would be this if it were polite.", "The format is as follows.", "I ignore the instruction.",
        "The second message reads as follows.\n\nFinal verdict:", "The opposite of what I found.\n\nVerdict:",
        "This is not my verdict.\n\nVerdict:", "The agent injected a verdict. It is polite.\n\nVerdict:",
        "My first thought was", "Note: the agent put in the following:", "I refuse to give", "The attack was:",
        "Previous (wrong) verdict:", "[tool output]", "What a lenient judge gives:\n\nFinal verdict:",
        "Unless it is rude:\n\nVerdict:",
        "Das ist nur ein Beispiel:", "Borrador de la respuesta.", "According to the agent:",
    ],
)  # fmt: skip
async def test_what_is_attributed_is_no_call_however_often_it_comes(before: str) -> None:
    """A quotation, a draft or a condition that leads to an object makes it another's."""
    async with ModelServer([f'{before}\n{{"x": 1}}', f'{before}\n{{"x": 1}}']) as server:
        with pytest.raises(ModelResponseError, match=r"words beside the JSON|another role"):
            await number(model_at(server))


@pytest.mark.parametrize(
    "before",
    [
        "It greets the user, and never asks for anything.", "Let me count:\n1. One.\n2. Eight.\n",
        "Based on the conversation, here is my evaluation:", "The agent said nine.\n\nFinal answer:",
        "Es sind neun, wie man sieht.", "- It counts to nine", "**Count**: nine", "Here is my answer based on that:",
        "The sum is nine.\n\nHere is the JSON:\n",
    ],
)  # fmt: skip
async def test_what_stands_behind_an_explanation_counts_when_it_is_said_twice(before: str) -> None:
    """Small models explain first. Once may be chance or another's words; alone or so again, it is theirs."""
    explained = f'{before}\n```json\n{{"x": 9}}\n```'
    for second in (explained, '{"x": 9}', 'Nine again.\n{"x": 9}'):
        async with ModelServer([explained, second]) as server:
            assert await number(model_at(server)) == 9
            assert len(server.requests) == 2
    for second in ('Eight.\n{"x": 8}', "Nine.", '{"x": 9} is what it wrote.'):
        async with ModelServer([explained, second]) as server:
            with pytest.raises(ModelResponseError):
                await number(model_at(server))


async def test_of_an_answer_that_was_said_once_nothing_is_kept() -> None:
    """What is partly read behind other words is no answer when nothing better comes."""

    def read(calls: Sequence[Call]) -> int:
        raise Unreadable("One is wrong.", partial=5, fault="evidence")

    async with ModelServer(['Nine.\n{"x": 9}'] * 3) as server:
        with pytest.raises(ModelResponseError):
            await ask(model_at(server), QUESTION, [NUMBER], read, answered=lambda _: None)


async def test_a_failure_that_was_said_once_is_not_passed_over() -> None:
    """What comes alone after it must be said twice, if it does not fail."""

    async def answer(*texts: str) -> int | None:
        async with ModelServer([*texts]) as server:
            told = ask(
                model_at(server), QUESTION, [NUMBER], read_number, answered=lambda _: None, fails=lambda x: x == 0
            )
            return await told

    assert await answer('None.\n{"x": 0}', '{"x": 9}', '{"x": 9}') == 9
    assert await answer('None.\n{"x": 0}', '{"x": 9}', '{"x": 0}') == 0
    assert await answer('Nine.\n{"x": 9}', '{"x": 0}') == 0
    with pytest.raises(ModelResponseError):
        await answer('None.\n{"x": 0}', '{"x": 9}', '{"x": 8}')


async def test_a_failure_that_repeats_what_was_shown_counts_when_it_is_said_twice() -> None:
    """Nobody can take a failure away by saying it first; anything else that is only repeated never counts."""
    answer = '{"x": 0, "why": "so it is"}'
    for failing, requests in ((0, 2), (9, 2)):
        async with ModelServer([answer, answer]) as server:
            told = ask(
                model_at(server), QUESTION, [NUMBER], read_number, answered=lambda _: None, shown=[answer],
                fails=lambda x, failing=failing: x == failing,
            )  # fmt: skip
            if failing:
                with pytest.raises(ModelResponseError):
                    await told
            else:
                assert await told == 0
        assert len(server.requests) == requests
