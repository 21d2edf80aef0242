"""A stream that answers in a POST's place, over connections that end and are made again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from hypothesis import given, strategies as st

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.protocols.protocol import Answered
from scenario.transport.aiohttp_transport import AiohttpTransport
from scenario.transport.event_position import ConnectionReader, StreamPosition
from scenario.transport.event_source import EventSourceTransport
from scenario.transport.transport import TransportError
from scenario.wire.sse import EventStreamParser, ServerSentEvent
from tests.remote.raw_server import CHUNKED, LAST, Connection, RawServer, chunk, whole

Behaviour = Callable[[Connection], Awaitable[None]]
ACCEPTED = whole(b"{}", "application/json", status="202 Accepted")
NO_MORE = b"HTTP/1.1 204 No Content\r\n\r\n"


def stream(body: str | bytes, *, broken: bool = False) -> bytes:
    """A response with these events, ended as it should be, or in the midst of it."""
    data = body.encode() if isinstance(body, str) else body
    return CHUNKED + chunk(data) + (b"" if broken else LAST)


class Agent:
    """A server whose GETs are answered one after the other; what it does not know it answers with 204."""

    def __init__(self, *streams: bytes, posted: bytes = ACCEPTED) -> None:
        self.streams = list(streams)
        self.posted = posted
        self.order: list[str] = []
        self.last_ids: list[str | None] = []

    async def __call__(self, connection: Connection) -> None:
        request = connection.request
        self.order.append(request.method)
        if request.method == "POST":
            await connection.send(self.posted)
            return
        self.last_ids.append(request.headers.get("last-event-id"))
        await connection.send(self.streams.pop(0) if self.streams else NO_MORE)


@pytest_asyncio.fixture
async def serve() -> AsyncIterator[Callable[[Behaviour], Awaitable[RawServer]]]:
    """Starts servers; they end with the test."""
    async with AsyncExitStack() as stack:

        async def start(behaviour: Behaviour) -> RawServer:
            return await stack.enter_async_context(RawServer(behaviour))

        yield start


Serve = Callable[[Behaviour], Awaitable[RawServer]]


class Read:
    """What was read of a stream.

    Attributes:
        waits: the seconds before each reconnection.
    """

    def __init__(self) -> None:
        self.status = 0
        self.chunks: list[Chunk] = []
        self.waits: list[float] = []

    @property
    def body(self) -> bytes:
        return b"".join([chunk.data for chunk in self.chunks])

    @property
    def data(self) -> list[str]:
        return [event.data for event in EventStreamParser().feed(self.body)]

    async def of(self, server: RawServer, position: StreamPosition | None = None, **timeouts: float) -> Read:
        """Send a POST and read what comes for it."""

        async def events(_answer: Answered | None) -> HttpRequest:
            return HttpRequest(method="GET", url=server.url)

        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        transport = EventSourceTransport(AiohttpTransport(), events, position=position, sleep=sleep)
        request = HttpRequest(url=server.url, body=b"{}")
        async with transport.open(request, timeouts=Timeouts(**timeouts)) as response:
            self.status = response.status
            async for piece in response.chunks():
                self.chunks.append(piece)
        return self


async def test_the_stream_is_opened_before_the_request_is_sent(serve: Serve) -> None:
    """Nothing of the answer is missed."""
    agent = Agent(stream("data: a\n\n"))
    assert (await Read().of(await serve(agent))).data == ["a"]
    assert agent.order[:2] == ["GET", "POST"]


async def test_a_connection_that_ends_is_made_again_until_the_server_says_no_more(serve: Serve) -> None:
    """204 is how it says so."""
    agent = Agent(stream("data: a\n\n"), stream("data: b\n\n", broken=True), stream("data: c\n\n"))
    assert (await Read().of(await serve(agent))).data == ["a", "b", "c"]
    assert agent.order.count("GET") == 4
    assert agent.order.count("POST") == 1


async def test_what_a_connection_leaves_unfinished_is_dropped(serve: Serve) -> None:
    """Neither its data nor its id nor its name becomes part of what follows."""
    agent = Agent(stream("id: abc\ndata: a\n\nevent: x\nid: def\ndata: b", broken=True), stream("data: c\n\n"))
    read = await Read().of(await serve(agent))
    events = EventStreamParser().feed(read.body)
    assert [(event.event, event.data) for event in events] == [("message", "a"), ("message", "c")]
    assert agent.last_ids[:2] == [None, "abc"]


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("data: a\n\n", None),
        ("id: 7\ndata: a\n\ndata: b\n\n", "7"),
        ("id: 7\ndata: a\n\nid\ndata: b\n\n", None),
        ("id: x\0\ndata: a\n\n", None),
        ("id: …\ndata: a\n\n", "…"),
        ("id: 8\n\n", "8"),
        ("id: a\x01\x7f\ndata: a\n\n", None),
    ],
)
async def test_the_last_id_goes_back(serve: Serve, body: str, sent: str | None) -> None:
    """As UTF-8, and only where there is one that a header can hold; a block without data sets it too."""
    agent = Agent(stream(body))
    await Read().of(await serve(agent))
    got = agent.last_ids[1]
    assert (None if got is None else got.encode("latin-1").decode()) == sent


async def test_an_id_holds_for_the_connections_that_follow(serve: Serve) -> None:
    """Events without one do not take it away."""
    agent = Agent(stream("id: 7\ndata: a\n\n"), stream("data: b\n\n"))
    await Read().of(await serve(agent))
    assert agent.last_ids == [None, "7", "7"]


async def test_events_that_are_sent_again_are_dropped_by_their_ids(serve: Serve) -> None:
    """The same id twice on one connection is none's repetition."""
    first = "id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 2\ndata: b2\n\n"
    agent = Agent(stream(first, broken=True), stream(first + "id: 3\ndata: c\n\ndata: c2\n\n"))
    assert (await Read().of(await serve(agent))).data == ["a", "b", "b2", "c", "c2"]


async def test_a_later_turn_goes_on_where_the_stream_stood(serve: Serve) -> None:
    """Its answer is not mixed with the earlier one, even if the server sends all again."""
    position = StreamPosition()
    agent = Agent(stream("id: 1\ndata: a\n\n"), NO_MORE, stream("id: 1\ndata: a\n\nid: 2\ndata: b\n\n"))
    server = await serve(agent)
    assert (await Read().of(server, position)).data == ["a"]
    assert (await Read().of(server, position)).data == ["b"]
    assert agent.last_ids[2] == "1"


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ("retry:03000\ndata: x\n\n", 3.0),
        ("retry:3000\nretry:1000x\ndata: x\n\n", 3.0),
        ("retry: 20\n\ndata: x\n\n", 0.02),
        ("data: x\n\n", 1.0),
    ],
)
async def test_the_server_says_how_long_to_wait(serve: Serve, body: str, wait: float) -> None:
    """A number of milliseconds, and nothing else."""
    read = await Read().of(await serve(Agent(stream(body))))
    assert read.waits == [wait]


async def test_no_wait_is_longer_than_the_call(serve: Serve) -> None:
    """However long the number of milliseconds is."""
    (wait,) = (await Read().of(await serve(Agent(stream(f"retry: {'9' * 400}\ndata: x\n\n"))))).waits
    assert 0 < wait <= 300


async def test_connections_that_bring_nothing_new_come_to_an_end(serve: Serve) -> None:
    """Each waits longer than the one before."""
    agent = Agent(stream("data: a\n\n"), *[stream(": nothing\n\n")] * 20)
    read = await Read().of(await serve(agent))
    assert read.data == ["a"]
    assert read.waits == [1.0, 1.0, 2.0, 4.0, 8.0]


async def test_connections_that_break_and_bring_nothing_are_an_error(serve: Serve) -> None:
    """The last one's."""
    agent = Agent(*[stream("data: half", broken=True)] * 20)
    with pytest.raises(TransportError) as caught:
        await Read().of(await serve(agent))
    assert caught.value.kind == "broken"


@pytest.mark.parametrize("status", ["201 Created", "205 Reset Content", "404 Not Found", "503 Unavailable"])
async def test_any_other_status_ends_it(serve: Serve, status: str) -> None:
    """At first it is the response; later the stream has not ended as it should."""
    other = whole(b"data: no\n\n", "text/event-stream", status=status)
    agent = Agent(other)
    read = await Read().of(await serve(agent))
    assert read.status == int(status[:3])
    assert agent.order == ["GET"]
    agent = Agent(stream("data: a\n\n"), other, stream("data: b\n\n"))
    with pytest.raises(TransportError, match=status[:3]):
        await Read().of(await serve(agent))
    assert agent.order.count("GET") == 2


@pytest.mark.parametrize("kind", ["x bogus", "text/x-bogus", "application/json"])
async def test_any_other_type_ends_it(serve: Serve, kind: str) -> None:
    """Whatever the body may look like."""
    other = whole(b"data: no\n\n", kind)
    for streams in ([other], [stream("data: a\n\n"), other]):
        with pytest.raises(TransportError, match=kind):
            await Read().of(await serve(Agent(*streams)))


@pytest.mark.parametrize("kind", ["text/event-stream;", "text/event-stream;charset=windows-1252", "TEXT/Event-Stream"])
async def test_the_types_parameters_do_not_matter(serve: Serve, kind: str) -> None:
    """Event streams are always UTF-8."""
    assert (await Read().of(await serve(Agent(whole("data: ok…\n\n".encode(), kind))))).data == ["ok…"]


async def test_a_refused_request_is_the_response(serve: Serve) -> None:
    """No event is waited for."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(whole(b'{"error": "no"}', "application/json", status="400 Bad Request"))
        else:
            await connection.send(CHUNKED)
            await connection.hold()

    read = await Read().of(await serve(behaviour))
    assert (read.status, read.body) == (400, b'{"error": "no"}')


async def test_a_refused_request_does_not_wait_for_the_streams_headers(serve: Serve) -> None:
    """They may come with the first event, and there will be none."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(whole(b"", "text/plain", status="500 Internal Server Error"))
        else:
            await connection.hold()

    assert (await Read().of(await serve(behaviour), first_byte=30.0)).status == 500


async def test_a_request_that_answers_with_a_stream_itself_is_the_response(serve: Serve) -> None:
    """Some agents do both."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(stream("data: mine\n\n"))
        else:
            await connection.send(CHUNKED)
            await connection.hold()

    assert (await Read().of(await serve(behaviour))).data == ["mine"]


async def test_headers_that_come_with_the_first_event_only_do_not_hold_the_request_back(serve: Serve) -> None:
    """Some servers send nothing before there is something to say."""
    posted = asyncio.Event()

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            posted.set()
            await connection.send(ACCEPTED)
        elif not posted.is_set():
            await posted.wait()
            await connection.send(stream("data: late\n\n"))
        else:
            await connection.send(NO_MORE)

    assert (await Read().of(await serve(behaviour))).data == ["late"]


async def test_silence_has_its_deadline(serve: Serve) -> None:
    """It is not taken for an end."""

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            await connection.send(ACCEPTED)
        else:
            await connection.send(CHUNKED + chunk(b"data: a\n\n"))
            await connection.hold()

    with pytest.raises(TransportError) as caught:
        await Read().of(await serve(behaviour), idle=0.05)
    assert caught.value.kind == "idle"


async def test_the_whole_call_has_its_deadline(serve: Serve) -> None:
    """Over all its connections."""
    agent = Agent(*[stream("data: a\n\n")] * 100_000)
    with pytest.raises(TransportError) as caught:
        await Read().of(await serve(agent), total=0.2)
    assert caught.value.kind == "total"


async def test_it_can_be_cancelled_while_it_waits(serve: Serve) -> None:
    """The connection is closed, and no task is left."""
    posted = asyncio.Event()

    async def behaviour(connection: Connection) -> None:
        if connection.request.method == "POST":
            posted.set()
        else:
            await connection.send(CHUNKED)
        await connection.hold()

    server = await serve(behaviour)
    before = asyncio.all_tasks()
    reading = asyncio.create_task(Read().of(server))
    await posted.wait()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await server.closed_by_client.wait()
    assert not {task for task in asyncio.all_tasks() - before if "event_source" in repr(task.get_coro())}


STREAMS = st.lists(
    st.sampled_from(
        [
            "data: a",
            "data:b",
            ": c",
            ":",
            "id: 1",
            "id",
            "event: x",
            "retry: 5",
            "data",
            "odd",
            "\ufeff",
            "",
            "\n",
            "\n\n",
        ]
    ),
    max_size=12,
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(STREAMS, ENDS, st.lists(st.integers(1, 7), min_size=1), st.booleans())
def test_whole_events_are_given_on_as_they_came(lines: list[str], end: str, sizes: list[int], first: bool) -> None:
    """However the body is cut: the events are those that a reader of the body itself would see."""
    body = "".join(f"{line}{end}" for line in lines).encode()
    reader = ConnectionReader(StreamPosition(), first=first)
    given_on: list[bytes] = []
    at = 0
    for index in range(len(body)):
        size = sizes[index % len(sizes)]
        given_on += [piece.data for piece in reader.feed(Chunk(float(index), body[at : at + size]))]
        at += size
    expected = [(event.event, event.data) for event in EventStreamParser().feed(body)]
    seen: list[ServerSentEvent] = EventStreamParser().feed(b"".join(given_on))
    assert [(event.event, event.data) for event in seen] == expected
