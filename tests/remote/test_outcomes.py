"""Every way in which an answer can fail to be whole is told apart, against servers that misbehave so."""

from __future__ import annotations

import asyncio
import tracemalloc
import zlib

import msgspec
import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.errors import (
    AbortedReplyError,
    AgentError,
    AgentUnreachableError,
    ErrorReplyError,
    IncompleteReplyError,
    MalformedReplyError,
    StalledReplyError,
    TimedOutReplyError,
    TruncatedReplyError,
)
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import CHUNKED, LAST, STREAM, Behaviour, Connection, chunk, whole

HELLO = b'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"
ERROR = b'data: {"error":{"message":"out of memory","code":"oom"}}\n\n'
QUICK = Timeouts(connect=5, first_byte=0.2, idle=0.2, total=5)


def sends(*pieces: bytes) -> Behaviour:
    """Writes these pieces and closes the connection cleanly."""

    async def behave(connection: Connection) -> None:
        for piece in pieces:
            await connection.send(piece)

    return behave


def sends_and_holds(*pieces: bytes) -> Behaviour:
    """Writes these pieces and is silent."""

    async def behave(connection: Connection) -> None:
        await sends(*pieces)(connection)
        await connection.hold()

    return behave


async def resets(connection: Connection) -> None:
    """Writes a piece of a body without a length, waits until it has been read, and breaks the connection off."""
    await connection.send(STREAM + b"\r\n" + HELLO)
    await asyncio.sleep(0.02)
    await connection.reset()


async def drips(connection: Connection) -> None:
    """Never ends, and is never silent for long."""
    await connection.send(CHUNKED + chunk(HELLO))
    while True:
        await connection.send(chunk(b": still here\n\n"))
        await asyncio.sleep(0.01)


TRUNCATED = {
    "a clean close without the terminal event": sends(STREAM + b"\r\n" + HELLO),
    "a clean end of the chunks without the terminal event": sends(CHUNKED + chunk(HELLO) + LAST),
    "no last chunk": sends(CHUNKED + chunk(HELLO)),
    "no last chunk after [DONE]": sends(CHUNKED + chunk(HELLO) + chunk(STOP + DONE)),
    "an end inside a chunk": sends(CHUNKED + b"ff\r\n" + HELLO),
    "a body shorter than its Content-Length": sends(STREAM + b"Content-Length: 999\r\n\r\n" + HELLO + STOP + DONE),
    "a reset": resets,
    "an event that no blank line ends": sends(CHUNKED + chunk(HELLO + STOP + b'data: {"choi') + LAST),
    "a chunk of nonsense size": sends_and_holds(CHUNKED + chunk(HELLO), b"zz\r\n"),
}


@pytest.mark.parametrize("behaviour", TRUNCATED.values(), ids=TRUNCATED.keys())
async def test_a_cut_answer_is_truncated_and_keeps_its_text(
    behaviour: Behaviour, serve: Serve, observer: Observer
) -> None:
    """However a transfer is cut, the error says so, carries what was read, and the exchange is recorded."""
    server = await serve(behaviour)
    with pytest.raises(TruncatedReplyError) as caught:
        await RemoteAgent(server.url, timeout=Timeouts(total=20)).call(given(observer))
    assert caught.value.text == "Hello"
    assert caught.value.exchange is observer.exchange
    assert observer.exchange.outcome == "truncated"
    assert observer.deltas == ["Hello"]
    assert server.url in str(caught.value)


async def test_a_reset_is_no_end_where_the_end_of_the_connection_is(serve: Serve, observer: Observer) -> None:
    """A body without a length and without a terminal event: only the reset shows that it was cut."""

    async def behave(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nHello")
        await observer.first_delta.wait()
        await connection.reset()

    server = await serve(behave)
    with pytest.raises(TruncatedReplyError, match="reset"):
        await RemoteAgent(server.url).call(given(observer))
    assert observer.exchange.text == "Hello"


ERRORS = {
    "an error event": (sends(CHUNKED + chunk(HELLO + ERROR) + LAST), "out of memory"),
    "an error event before [DONE]": (sends(CHUNKED + chunk(HELLO + ERROR + DONE) + LAST), "out of memory"),
    "status 500 with JSON": (
        sends(whole(b'{"error":{"message":"database down"}}', "application/json", status="500 Oh")),
        "status 500: database down",
    ),
    "status 429 with a detail": (
        sends(whole(b'{"detail":"slow down"}', "application/json", status="429 Oh")),
        "status 429: slow down",
    ),
    "an HTML page of a proxy": (sends(whole(b"<html>Bad gateway</html>", "text/html", status="502 Oh")), "Bad gateway"),
    "an HTML page with status 200": (sends(whole(b"<!DOCTYPE html><p>Sign in</p>", "text/html")), "a web page"),
    "an empty body": (sends(whole(b"", "text/event-stream")), "the body is empty"),
    "JSON that says nothing": (sends(whole(b'{"id": 7}', "application/json")), '{"id": 7}'),
    "a stream of nothing but comments": (sends(CHUNKED + chunk(b": ping\n\n") + LAST), ": ping"),
    "a picture": (sends(whole(b"\x89PNG", "image/png")), "image/png"),
    "a redirect that would drop the conversation": (
        sends(whole(b"", "text/plain", status="302 Found", more="Location: /login\r\n")),
        "/login",
    ),
}


@pytest.mark.parametrize(("behaviour", "said"), ERRORS.values(), ids=ERRORS.keys())
async def test_what_is_no_answer_is_an_error(behaviour: Behaviour, said: str, serve: Serve, observer: Observer) -> None:
    """An error in the stream or by status, a page, an empty or unreadable body: never an empty pass."""
    server = await serve(behaviour)
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(server.url).call(given(observer))
    assert said in str(caught.value)
    assert observer.exchange.outcome == "error"
    assert observer.exchange.reply.error is not None


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("422 Unprocessable Entity", "request={…}"),
        ("400 Bad Request", "`scenario probe`"),
        ("401 Unauthorized", 'headers={"Authorization"'),
        ("404 Not Found", "Is the address right"),
        ("503 Service Unavailable", "the agent's own log"),
    ],
)
async def test_a_refusal_says_what_to_change(status: str, remedy: str, serve: Serve, observer: Observer) -> None:
    """A status that blames the request names the setting that changes it; one of the server names its log."""
    server = await serve(sends(whole(b'{"detail": "no"}', "application/json", status=status)))
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(server.url).call(given(observer))
    assert remedy in str(caught.value)


async def test_an_error_in_the_agents_words_can_be_printed(serve: Serve, observer: Observer) -> None:
    """Of any length and with any character: the exception is short and holds no control codes, the record has all."""
    message = "\x1b[2Jboom\r\n" + "A" * 100_000
    event = b"data: " + msgspec.json.encode({"error": {"message": message}}) + b"\n\n"
    server = await serve(sends(CHUNKED + chunk(HELLO) + chunk(event) + LAST))
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(server.url).call(given(observer))
    assert "\\x1b[2Jboom" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 2000
    assert observer.exchange.reply.error is not None
    assert observer.exchange.reply.error.message == message


async def test_silence_in_the_body_is_a_stall(serve: Serve, observer: Observer) -> None:
    """The idle deadline runs from one piece of the body to the next."""
    server = await serve(sends_and_holds(CHUNKED + chunk(HELLO)))
    with pytest.raises(StalledReplyError) as caught:
        await RemoteAgent(server.url, timeout=QUICK).call(given(observer))
    assert caught.value.text == "Hello"
    assert observer.exchange.outcome == "stalled"


async def test_the_first_byte_may_take_longer_than_silence_may(serve: Serve, observer: Observer) -> None:
    """From the first piece on the idle deadline holds, however long the first piece was given."""

    async def behave(connection: Connection) -> None:
        await connection.send(CHUNKED)
        await asyncio.sleep(0.3)
        await connection.send(chunk(HELLO))
        await connection.hold()

    server = await serve(behave)
    with pytest.raises(StalledReplyError) as caught:
        await RemoteAgent(server.url, timeout=Timeouts(first_byte=30, idle=0.2, total=20)).call(given(observer))
    assert caught.value.text == "Hello"


async def test_headers_without_a_body_are_a_stall(serve: Serve, observer: Observer) -> None:
    """The deadline of the first byte is that of the body's first byte."""
    server = await serve(sends_and_holds(CHUNKED))
    with pytest.raises(StalledReplyError):
        await RemoteAgent(server.url, timeout=Timeouts(first_byte=0.2, idle=60)).call(given(observer))
    assert observer.exchange.status == 200


async def test_a_drip_cannot_pass_the_deadline_of_the_call(serve: Serve, observer: Observer) -> None:
    """A server that always sends something is cut off by the total deadline."""
    server = await serve(drips)
    with pytest.raises(TimedOutReplyError) as caught:
        await RemoteAgent(server.url, timeout=Timeouts(total=0.3)).call(given(observer))
    assert caught.value.text == "Hello"
    assert observer.exchange.outcome == "timed_out"


UNREACHABLE = {
    "no headers in time": (sends_and_holds(), "no response headers"),
    "closed without a word": (sends(), "closed before a response came"),
    "no HTTP": (sends(b"SSH-2.0-OpenSSH\r\n\r\n"), "no HTTP response"),
    "endless headers": (sends(b"HTTP/1.1 200 OK\r\n", *[b"X-%d: y\r\n" % n for n in range(2000)]), "no HTTP response"),
    "one endless header": (sends(b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * 1000] * 500), "no HTTP response"),
    "endless interim responses": (sends(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 50), "before a response came"),
}


@pytest.mark.parametrize(("behaviour", "said"), UNREACHABLE.values(), ids=UNREACHABLE.keys())
async def test_without_a_response_the_agent_is_unreachable(
    behaviour: Behaviour, said: str, serve: Serve, observer: Observer
) -> None:
    """What never became a response is told apart from an answer that is not whole, and recorded too."""
    server = await serve(behaviour)
    with pytest.raises(AgentUnreachableError) as caught:
        await RemoteAgent(server.url, timeout=QUICK, on_incomplete="return").call(given(observer))
    assert said in str(caught.value)
    assert caught.value.exchange is observer.exchange
    assert observer.exchange.status is None


async def test_a_connection_that_brought_no_response_has_its_time(serve: Serve, observer: Observer) -> None:
    """What stood is told apart from what did not: the server was reached, and said nothing."""
    server = await serve(sends_and_holds())
    with pytest.raises(AgentUnreachableError):
        await RemoteAgent(server.url, timeout=QUICK).call(given(observer))
    connect = observer.exchange.timing.connect
    assert connect is not None
    assert 0 < connect < observer.exchange.timing.total
    assert observer.exchange.timing.headers is None


async def test_redirects_without_end_say_where_to_look(serve: Serve, observer: Observer) -> None:
    """They come from an HTTP server: whether it is one is not asked."""
    server = await serve(sends(whole(b"", "text/plain", status="307 T", more="Location: /chat\r\n")))
    with pytest.raises(AgentUnreachableError, match=r"redirects in a row\. They may lead in a circle") as caught:
        await RemoteAgent(server.url, timeout=20).call(given(observer))
    assert "Is that the port" not in str(caught.value)


async def test_a_closed_port_is_unreachable(serve: Serve, observer: Observer) -> None:
    """Nobody listens: the error names the address."""
    server = await serve(sends())
    url = server.url
    await server.__aexit__()
    with pytest.raises(AgentUnreachableError, match="no connection"):
        await RemoteAgent(url).call(given(observer))


def _bomb() -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([compressor.compress(b"a" * 1_000_000) for _ in range(20)]) + compressor.flush()


LIMITS = {
    "a body": (sends(STREAM + b"\r\n", *[HELLO * 100] * 100), "max_body_bytes"),
    "an event": (sends(STREAM + b"\r\n" + HELLO + b"data: ", *[b"x" * 10_000] * 5, b"\n\n"), "max_event_bytes"),
    "a line": (
        sends(STREAM.replace(b"text/event-stream", b"application/x-ndjson") + b"\r\n", *[b"x" * 10_000] * 5, b"\n"),
        "max_event_bytes",
    ),
    "events": (sends(STREAM + b"\r\n", b"data:x\n\n" * 3_001), "max_events"),
    "lines": (
        sends(STREAM.replace(b"text/event-stream", b"application/x-ndjson") + b"\r\n", b"{}\n" * 3_001),
        "max_events",
    ),
    "a compressed body": (sends(whole(_bomb(), "text/plain", more="Content-Encoding: gzip\r\n")), "max_body_bytes"),
}


@pytest.mark.parametrize(("behaviour", "limit"), LIMITS.values(), ids=LIMITS.keys())
async def test_what_is_too_large_is_not_read_on(
    behaviour: Behaviour, limit: str, serve: Serve, observer: Observer
) -> None:
    """A limit that is passed ends the reading; no more than the limit is kept."""
    server = await serve(behaviour)
    limits = {"max_body_bytes": 100_000, "max_event_bytes": 20_000, "max_events": 3_000}
    with pytest.raises(AbortedReplyError, match=rf"{limit} \(") as caught:
        await RemoteAgent(server.url, **limits).call(given(observer))
    assert observer.exchange.outcome == "aborted"
    assert f"{limit} ({limits[limit]}" in str(caught.value)
    assert "raise max_body_bytes=…, max_event_bytes=… or max_events=…" in str(caught.value)
    assert len(observer.exchange.events) <= 3_000
    assert observer.exchange.timing.bytes <= 100_000
    # The remedy names what can be set on the agent, and nothing inside of it.
    assert "Parser" not in str(caught.value)


async def test_what_comes_at_once_is_read_in_parts(serve: Serve, observer: Observer) -> None:
    """No part may hold so many events that reading it holds up the caller's loop, or a deadline."""
    server = await serve(sends(STREAM + b"\r\n" + HELLO * 5_000 + DONE))
    await RemoteAgent(server.url, timeout=Timeouts(total=60)).call(given(observer))
    assert observer.exchange.timing.bytes > 100_000
    assert max(len(chunk.data) for chunk in observer.exchange.chunks) <= 16 * 1024


async def test_an_answer_of_nothing_takes_no_more_than_its_bytes(serve: Serve, observer: Observer) -> None:
    """Neither reading it nor telling what is wrong makes a copy of it."""
    size = 6 * 1024 * 1024
    server = await serve(sends(STREAM + b"\r\n", *[b"\n" * 4096] * (size // 4096)))
    tracemalloc.start()
    try:
        with pytest.raises(ErrorReplyError, match="nothing in the answer can be read"):
            await RemoteAgent(server.url, timeout=120).call(given(observer))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert observer.exchange.timing.bytes == size
    assert peak < 1.7 * size


@pytest.mark.parametrize("behaviour", [*TRUNCATED.values(), ERRORS["an error event"][0]])
async def test_a_partial_answer_is_returned_where_that_is_wanted(
    behaviour: Behaviour, serve: Serve, observer: Observer
) -> None:
    """`on_incomplete="return"`: the text goes on, and the exchange still says that it is not whole."""
    server = await serve(behaviour)
    assert (
        await RemoteAgent(server.url, on_incomplete="return", timeout=Timeouts(total=20)).call(given(observer))
        == "Hello"
    )
    assert observer.exchange.outcome != "complete"


async def test_every_incomplete_answer_is_an_agent_error() -> None:
    """One `except` is enough for all of them, and for code that catches RuntimeError."""
    assert issubclass(IncompleteReplyError, AgentError)
    assert issubclass(AgentError, RuntimeError)


COMPLETE = {
    "[DONE] and the last chunk": sends(CHUNKED + chunk(HELLO + STOP + DONE) + LAST),
    "a finish reason and a clean end": sends(CHUNKED + chunk(HELLO + STOP) + LAST),
    "[DONE] on a stream that stays open": sends_and_holds(CHUNKED + chunk(HELLO + STOP + DONE)),
    "[DONE] alone": sends(CHUNKED + chunk(HELLO + DONE) + LAST),
    "[DONE] on a body that ends with the connection": sends(STREAM + b"\r\n" + HELLO + STOP + DONE),
}


@pytest.mark.parametrize("behaviour", COMPLETE.values(), ids=COMPLETE.keys())
async def test_a_whole_answer_is_complete(behaviour: Behaviour, serve: Serve, observer: Observer) -> None:
    """The answer's text comes back, and what was recorded says `complete`."""
    server = await serve(behaviour)
    assert await RemoteAgent(server.url).call(given(observer)) == "Hello"
    assert observer.exchange.outcome == "complete"
    assert observer.exchange.error is None


BROKEN_IN_THE_MIDST = sends(CHUNKED + chunk(HELLO + b'data: {"choices": [\n\n' + HELLO + STOP + DONE) + LAST)


async def test_an_event_that_cannot_be_read_may_be_a_part_of_the_answer(serve: Serve, observer: Observer) -> None:
    """The error has the text so far, the event and its place, and says how to read on."""
    server = await serve(BROKEN_IN_THE_MIDST)
    with pytest.raises(MalformedReplyError, match='malformed="skip"') as caught:
        await RemoteAgent(server.url).call(given(observer))
    assert (caught.value.text, caught.value.event, caught.value.position) == ("HelloHello", '{"choices": [', 1)
    assert (observer.exchange.outcome, caught.value.fault) == ("error", "agent")


async def test_a_malformed_event_is_skipped_and_counted_where_that_is_wanted(serve: Serve, observer: Observer) -> None:
    """One event of broken JSON does not end the answer, and can be seen."""
    server = await serve(BROKEN_IN_THE_MIDST)
    assert await RemoteAgent(server.url, malformed="skip").call(given(observer)) == "HelloHello"
    assert observer.exchange.malformed == observer.exchange.reply.malformed == 1
    assert [event.malformed for event in observer.exchange.events] == [False, True, False, False, False]
