"""What an agent says of its own tokens: shown as its own, bounded, and in no sum of what the user pays for."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from aiohttp import web

import scenario
from scenario.dialogue.events import RunEvent
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.terminal.summary import figures_of
from scenario.runner.spending import Spending
from scenario.types import ScenarioResult, Usage
from scenario.usage import MOST_TOKENS, implausible
from tests.websocket.http_server import serving


class Paid(scenario.UserSimulatorAgent):
    """A simulated user whose model is called here."""

    def __init__(self) -> None:
        pass

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        input.observer.model_called("m", Usage(input_tokens=90, output_tokens=10), seconds=0.1, cost=0.25)
        return "Hi"


async def played(tokens: str, *subscribers: object) -> tuple[ScenarioResult, RunRecord]:
    """A run with an agent whose answer tells so many tokens."""

    async def answer(request: web.Request) -> web.Response:
        usage = f'{{"prompt_tokens": {tokens}, "completion_tokens": 20}}'
        message = '{"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}'
        body = f'{{"object": "chat.completion", "choices": [{message}], "usage": {usage}}}'
        return web.Response(text=body, content_type="application/json")

    records: list[RunRecord] = []
    hear = RunRecorder(lambda record, *_: records.append(record))
    with ExitStack() as scope:
        for subscriber in (hear, *subscribers):
            scope.enter_context(scenario.subscribed(subscriber))  # type: ignore[arg-type]
        async with serving(answer) as url:
            result = await scenario.run(
                name="usage",
                description="",
                agents=[scenario.RemoteAgent(f"{url}/v1/chat/completions"), Paid()],
                script=[scenario.user(), scenario.agent(), scenario.succeed()],
                verbose=False,
            )
    return result, records[0]


async def test_what_an_agent_tells_of_its_tokens_is_shown_as_its_own() -> None:
    """The user's sum holds the simulator's call alone; the agent's stands beside it, and says whose count it is."""
    result, record = await played("400")
    assert (record.tokens, record.agent_tokens) == (100, 420)
    assert result.usage["agent"].usage.input_tokens == 400
    assert figures_of(record)[-2:] == ["$0.25", "agent's own: 420 tokens"]


async def test_an_agents_own_tokens_do_not_spend_the_users_limit() -> None:
    """It may say that it has used a million: the suite goes on, until what is paid for is too much."""
    stopped: list[str] = []
    spending = Spending(max_tokens=150, on_limit=stopped.append)
    await played("999999", spending)
    assert (spending.tokens, stopped) == (100, [])
    await played("1", spending)
    assert stopped == ["200 tokens were used (--max-tokens 150)"]


@pytest.mark.parametrize("tokens", [str(10**30), str(MOST_TOKENS + 1)])
async def test_numbers_of_tokens_that_no_call_can_have_are_left_out_with_a_word(tokens: str) -> None:
    """They are in no sum, and the record of the call says what became of them."""
    events: list[RunEvent] = []
    result, record = await played(tokens, events.append)
    (exchange,) = result.exchanges
    assert (record.agent_tokens, exchange.reply.usage) == (0, None)
    assert "agent" not in result.usage
    assert "tokens is left out: input_tokens" in " ".join(exchange.reply.reading.notes)


@pytest.mark.parametrize("tokens", ["-5", "1.5", "true", '"12"', "null"])
async def test_what_is_no_count_at_all_is_never_added_up(tokens: str) -> None:
    """The count beside it that is one stays."""
    _, record = await played(tokens)
    assert record.agent_tokens == 20


@pytest.mark.parametrize("count", [-1, MOST_TOKENS + 1, float("nan"), float("inf"), 1.5, True, "7"])
def test_what_is_no_number_of_tokens_is_named(count: object) -> None:
    """By the field that it stands in."""
    assert implausible(Usage(output_tokens=count)) == "output_tokens"  # type: ignore[arg-type]
    assert implausible(Usage(output_tokens=MOST_TOKENS)) == ""
