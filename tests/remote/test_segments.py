"""Answers of several runs or model calls in one body, and servers that keep it open after the end."""

from __future__ import annotations

import pytest

import scenario
from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import ConfigurationError, ErrorReplyError, TruncatedReplyError
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, chunk
from tests.remote.test_outcomes import DONE, HELLO, STOP, sends, sends_and_holds

CALL = (
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":'
    b'{"name":"look","arguments":"{}"}}]}}]}\n\n'
)
ASKS = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}\n\n'
BYE = b'data: {"choices":[{"index":0,"delta":{"content":"Bye"}}]}\n\n'


def stops_for(reason: str) -> bytes:
    """The end of a chunked answer for this reason."""
    return STOP.replace(b"stop", reason.encode())


async def test_what_begins_after_an_end_is_a_part_of_the_answer(serve: Serve, observer: Observer) -> None:
    """A model call, its end, and another one: each piece is heard, and the last end is the answer's."""
    server = await serve(sends(CHUNKED + chunk(CALL + ASKS + DONE), chunk(HELLO + STOP + DONE) + LAST))
    await RemoteAgent(server.url).call(given(observer))
    reply = observer.exchange.reply
    assert (reply.text, [call.name for call in reply.tool_calls]) == ("Hello", ["look"])
    assert (reply.reading.segments, reply.reading.end, "".join(observer.deltas)) == (2, "marked", "Hello")


async def test_a_second_answer_that_is_cut_makes_the_whole_one_so(serve: Serve, observer: Observer) -> None:
    """It owes an end of its own."""
    server = await serve(sends(CHUNKED + chunk(HELLO + STOP + DONE + BYE) + LAST))
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url).call(given(observer))
    assert caught.value.text == "Hello\nBye"


@pytest.mark.parametrize("end", [STOP + DONE, STOP])
async def test_a_body_that_stays_open_is_waited_for_a_moment_only(end: bytes, serve: Serve, observer: Observer) -> None:
    """The moment is in no timing, and neither a deadline nor the body's end is needed."""
    server = await serve(sends_and_holds(CHUNKED + chunk(HELLO + end)))
    answer = await RemoteAgent(server.url, linger=0.3, timeout=Timeouts(idle=60)).call(given(observer))
    exchange = observer.exchange
    assert (answer, exchange.outcome, exchange.reading.end) == ("Hello", "complete", "marked")
    assert exchange.lingered >= 0.3 > exchange.timing.total


async def test_silence_after_an_end_that_asks_for_a_tool_is_no_stall(serve: Serve, observer: Observer) -> None:
    """The answer may go on, and is waited for under the usual deadlines; but it had reached an end."""
    server = await serve(sends_and_holds(CHUNKED + chunk(CALL + ASKS + DONE)))
    await RemoteAgent(server.url, linger=0.05, timeout=Timeouts(idle=0.2)).call(given(observer))
    assert observer.exchange.outcome == "complete"


async def test_a_limit_cuts_an_answer_unless_the_user_says_otherwise(serve: Serve, observer: Observer) -> None:
    """The error says which setting takes such an answer."""
    server = await serve(sends(CHUNKED + chunk(HELLO + stops_for("length") + DONE) + LAST))
    with pytest.raises(TruncatedReplyError, match=r'finish_reasons=\{"length": "complete"\}'):
        await RemoteAgent(server.url).call(given(observer))
    assert await RemoteAgent(server.url, finish_reasons={"length": "complete"}).call(given(observer)) == "Hello"


@pytest.mark.parametrize("reason", ["content_filter", "network_error", "MALFORMED_FUNCTION_CALL", "upstreamTimeout"])
async def test_a_bad_reason_is_an_error(reason: str, serve: Serve, observer: Observer) -> None:
    """Whatever it is written like, it is named."""
    server = await serve(sends(CHUNKED + chunk(HELLO + stops_for(reason) + DONE) + LAST))
    with pytest.raises(ErrorReplyError, match=reason):
        await RemoteAgent(server.url).call(given(observer))


@pytest.mark.parametrize("reason", ["stop", "STOP", "stop_sequence", "end_turn", "eos_token", "refusal"])
async def test_a_good_reason_is_none(reason: str, serve: Serve, observer: Observer) -> None:
    """In the words of whichever provider."""
    server = await serve(sends(CHUNKED + chunk(HELLO + stops_for(reason) + DONE) + LAST))
    assert await RemoteAgent(server.url).call(given(observer)) == "Hello"
    assert observer.exchange.reading.end == "marked"


async def test_a_reason_that_nobody_knows_is_told(serve: Serve, observer: Observer) -> None:
    """The answer stands, and its end is only assumed."""
    server = await serve(sends(CHUNKED + chunk(HELLO + stops_for("mood") + DONE) + LAST))
    assert await RemoteAgent(server.url).call(given(observer)) == "Hello"
    assert observer.exchange.reading.end == "assumed"
    assert any("mood" in note for note in observer.exchange.reading.notes)


def test_settings_of_ends_that_mean_nothing_are_refused() -> None:
    """Where they have no effect, too."""
    for settings in ({"linger": -1}, {"finish_reasons": {"length": "fine"}}, {"malformed": "ignore"}):
        with pytest.raises(ConfigurationError):
            RemoteAgent("http://127.0.0.1:1/chat", **settings)
    with pytest.raises(ConfigurationError, match="linger"):
        RemoteAgent("ws://127.0.0.1:1/chat", linger=2)


async def test_checks_of_how_an_answer_ended(serve: Serve) -> None:
    """An end of the agent's own can be demanded, and a check that counts damage lets the answer go on past it."""

    async def run(body: bytes, check: object) -> bool:
        server = await serve(sends(CHUNKED + chunk(body) + LAST))
        result = await scenario.arun(
            name="ends",
            description="",
            agents=[RemoteAgent(server.url)],
            script=[scenario.user("Hi"), scenario.agent(), check, scenario.succeed()],
            verbose=False,
        )
        return result.success

    marked = scenario.checks.outcome("complete", end="marked")
    assert await run(HELLO + STOP + DONE, marked)
    with pytest.raises(AssertionError, match="assumed, not marked"):
        await run(b'data: {"text": "Hello"}\n\n', marked)
    spoilt = HELLO + HELLO.replace(b"}]}", b"}]") + STOP + DONE
    assert await run(spoilt, scenario.checks.malformed_at_most(1))
    with pytest.raises(AssertionError, match="malformed_at_most"):
        await run(spoilt, scenario.checks.malformed_at_most(0))
    with pytest.raises(scenario.AgentError, match="cannot be read"):
        await run(spoilt, marked)
