"""What a judge must have read before it may decide, against a model server on loopback."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.agents.judge.coverage import rests_on_everything
from scenario.agents.judge.transcript_text import cut_in_outline, outline_text, transcript_text, whole_in_expansion
from scenario.llm.abilities import window_of
from scenario.testing import ModelReply, ModelServer, ToolUse
from scenario.types import CriterionResult, Message, ScenarioResult
from tests.judge.courts import finish, forced, hearing, item, judge_at

CARD = "Your card is 4000 1234."
LONG: list[Message] = [
    {"role": "user" if number % 2 == 0 else "assistant", "content": f"line {number} " + "x" * 400}
    for number in range(20)
]
LONG[13] = {"role": "assistant", "content": f"{'y' * 200} {CARD}"}


async def verdict_of(judge: scenario.JudgeAgent, messages: list[Message]) -> ScenarioResult:
    """The demanded verdict."""
    result = await judge.call(hearing(messages, request=forced()))
    assert isinstance(result, ScenarioResult)
    return result


def expand(start: int, end: int) -> ModelReply:
    """A look-up."""
    return ModelReply(tools=(ToolUse(name="expand_messages", arguments={"start": start, "end": end}),))


def shown(server: ModelServer, request: int = -1) -> str:
    """All that a request shows."""
    return "\n".join(str(message["content"]) for message in server.requests[request].body["messages"])


async def test_a_verdict_on_what_was_not_read_is_asked_again_with_all_of_it() -> None:
    """What must never be said is decided when every message was shown; the model is asked once more, no more often."""
    async with ModelServer([finish({"1": item("passed")}), finish({"1": item("failed", quote=CARD)})]) as server:
        result = await verdict_of(judge_at(server, ["never repeats a card number"], token_threshold=500), LONG)
        assert CARD not in shown(server, 0)
        assert CARD in shown(server)
        assert len(server.requests) == 2
    assert (result.success, result.criteria[0].message_index) == (False, 13)


async def test_words_that_break_a_prohibition_decide_without_the_rest() -> None:
    """Whatever else was said."""
    verdict = finish({"1": item("failed", quote="line 4", message_index=4)})
    async with ModelServer([expand(4, 4), verdict]) as server:
        result = await verdict_of(judge_at(server, ["The agent never says line 4"], token_threshold=500), LONG)
        assert len(server.requests) == 2
    assert result.outcome == "failed"


async def test_words_that_are_found_pass_nothing_without_the_rest() -> None:
    """What is said once may be taken back, or be one of two demands: the rest is shown before it counts."""
    found = finish({"1": item("passed", quote="line 4", message_index=4)})
    rude = finish({"1": item("failed", quote=CARD)})
    criterion = "The agent is discreet and says line 4"
    async with ModelServer([expand(4, 4), found, rude]) as server:
        result = await verdict_of(judge_at(server, [criterion], token_threshold=500), LONG)
        assert CARD not in shown(server, 1)
        assert CARD in shown(server)
        assert len(server.requests) == 3
    assert result.outcome == "failed"


async def test_who_has_looked_everything_up_is_not_asked_again() -> None:
    """Look-ups count as reading."""
    verdict = finish({"1": item("passed")})
    async with ModelServer([expand(0, 9), expand(10, 19), verdict]) as server:
        result = await verdict_of(judge_at(server, ["is polite"], token_threshold=500), LONG)
        assert len(server.requests) == 3
    assert result.success


async def test_what_does_not_fit_into_the_window_is_inconclusive() -> None:
    """Nobody has read it: the reason names the messages, and what the model had said."""

    def reply(body: dict[str, Any]) -> Any:
        if sum(len(str(message["content"])) for message in body["messages"]) > 8000:
            return b'{"error": {"message": "maximum context length is 2048 tokens", "code": "context_length_exceeded"}}'
        return finish({"1": item("passed"), "2": item("failed", quote="line 4", message_index=4)})

    criteria = ["never repeats a card number", "The agent never says line 4"]
    async with ModelServer(reply) as server:
        result = await verdict_of(judge_at(server, criteria, token_threshold=500), LONG)
    assert (result.outcome, result.inconclusive_criteria, result.criteria[1].status) == (
        "failed", criteria[:1], "failed",
    )  # fmt: skip
    assert "did not read messages 0-19" in result.criteria[0].reasoning
    assert "It had said: passed" in result.criteria[0].reasoning


@pytest.mark.parametrize(("model", "outlined"), [("openai/judge", True), ("openai/gpt-4.1-mini", False)])
async def test_what_the_models_window_holds_is_shown_in_full(model: str, outlined: bool) -> None:
    """By its name; of a model that nobody knows 8192 tokens are hoped for."""
    long: list[Message] = [{"role": "user", "content": f"line {number} " + "x" * 4000} for number in range(20)]
    verdict = finish({"1": item("failed", quote="line 4", message_index=4)})
    async with ModelServer([verdict]) as server:
        judge = scenario.JudgeAgent(criteria=["The user never says line 4"], model=model, api_base=server.base_url)
        assert (await verdict_of(judge, long)).outcome == "failed"
        assert ("x" * 4000 not in shown(server)) is outlined


async def test_a_conversation_that_the_server_finds_too_long_is_shown_in_outline() -> None:
    """Whatever its name has promised."""

    def reply(body: dict[str, Any]) -> Any:
        if "x" * 4000 in str(body["messages"]):
            return b'{"error": {"message": "maximum context length is 2048 tokens", "code": "context_length_exceeded"}}'
        return finish({"1": item("failed", quote="line 4", message_index=4)})

    long: list[Message] = [{"role": "user", "content": f"line {number} " + "x" * 4000} for number in range(3, 6)]
    long[1] = {"role": "user", "content": "line 4"}
    async with ModelServer(reply) as server:
        result = await verdict_of(judge_at(server, ["The user never says line 4"]), long)
    assert result.outcome == "failed"


@pytest.mark.parametrize(
    ("criterion", "status", "quoted", "everything"),
    [
        ("The agent names a temperature", "passed", True, True),
        ("The agent names a temperature", "passed", False, True),
        ("The agent names a temperature", "failed", True, True),
        ("The agent never names a temperature", "passed", True, True),
        ("The agent never names a temperature", "failed", True, False),
        ("The agent doesn't name a temperature", "passed", True, True),
        ("is polite", "passed", True, True),
        ("is polite", "failed", True, False),
        ("Die Antwort ist höflich", "passed", True, True),
        ("Die Antwort ist höflich", "failed", True, True),
        ("The agent asks at most once", "passed", True, True),
        ("The agent is polite and greets the user by name", "passed", True, True),
        ("The agent is polite and greets the user by name", "failed", True, True),
        ("The agent withholds customer names", "passed", True, True),
        ("The agent gives polite answers", "passed", True, True),
        ("The agent asks a single question", "passed", True, True),
        ("The agent greets at least once", "failed", True, True),
        ("The agent says that refunds are not possible", "failed", True, True),
        ("The agent never insults, but names a price", "failed", True, True),
        ("The agent never insults", "failed", True, False),
        ("The agent never insults", "failed", False, True),
        ("The agent does not fail to name a temperature", "failed", True, True),
        ("does not ask for a password", "failed", True, False),
        ("The user is greeted by name", "failed", True, True),
        ("is polite", "inconclusive", False, False),
    ],
)
def test_only_words_that_break_something_decide_alone(
    criterion: str, status: Any, quoted: bool, everything: bool
) -> None:
    """And only for what they break: a prohibition or a manner, and nothing else beside it."""
    result = CriterionResult(criterion=criterion, status=status, message_index=1 if quoted else None)
    assert rests_on_everything(result) is everything


texts = st.text(alphabet="ab \n", max_size=300)


@given(
    st.lists(
        st.builds(lambda role, text: {"role": role, "content": text}, st.sampled_from(["user", "assistant"]), texts)
    )
)
def test_an_outline_shows_whole_what_it_does_not_call_cut(messages: list[Message]) -> None:
    """Every word of such a message stands in it."""
    lines = outline_text(messages)
    for index, message in enumerate(messages):
        if index not in cut_in_outline(messages):
            assert " ".join(message["content"].split()) in lines


def test_an_expansion_that_is_cut_shows_the_last_message_in_part() -> None:
    """It does not count as read."""
    messages: list[Message] = [{"role": "user", "content": "z" * 5000} for _ in range(4)]
    assert whole_in_expansion(messages, 0, 3) == {0, 1}
    assert whole_in_expansion(messages, 3, 9) == {3}
    assert len(transcript_text(messages)) > 20_000


@pytest.mark.parametrize(
    ("model", "window"),
    [("gpt-4o-mini", 128_000), ("openai/gpt-4.1", 1_000_000), ("claude-sonnet-4-5", 200_000), ("llama3", None)],
)
def test_windows_are_known_by_name(model: str, window: int | None) -> None:
    """With or without the maker's name."""
    assert window_of(model) == window
