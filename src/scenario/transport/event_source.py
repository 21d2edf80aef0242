"""EventSource-style agents: a POST that only accepts, and a GET event stream that answers.

The stream is read as browsers read it (https://html.spec.whatwg.org/multipage/server-sent-events.html): a connection
that ends is made again after the server's `retry`, with `Last-Event-ID`; any other status than 200 and any other type
than `text/event-stream` ends it. What all connections brought is handed on as one response, in whole events.

The stream is opened first, so that nothing of the answer is missed; where its URL depends on what the POST answers, it
comes after. A POST that is refused, or that answers with a stream itself, is the response.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final, TypeAlias

import msgspec

from scenario.config import Timeouts
from scenario.exchange import Chunk, HttpRequest
from scenario.late_pattern import late_pattern
from scenario.protocols.protocol import Answered, Head
from scenario.transport.event_position import ConnectionReader, StreamPosition
from scenario.transport.retrying import WholeResponse
from scenario.transport.transport import Response, Transport, TransportError

# Makes the request for the events; it is given the POST's answer, where that was waited for.
EventsRequest: TypeAlias = Callable[[Answered | None], Awaitable[HttpRequest]]

# Some servers send a stream's headers with its first event only: after so many seconds without them, the POST goes out.
_HEADERS_GRACE: Final = 1.0
# Some agents answer the POST when they have answered in the stream: so long is waited for a refusal.
_ANSWER_GRACE: Final = 0.5
# Where the server names no time: browsers take a few seconds.
DEFAULT_WAIT: Final = 1.0
LONGEST_WAIT: Final = 30.0
# So many connections in a row that bring nothing new are enough.
MAX_FRUITLESS: Final = 4
_MAX_ANSWER: Final = 1024 * 1024
_CONTROL: Final = late_pattern(r"[\x00-\x08\x0a-\x1f\x7f]")


class EventSourceTransport:
    """A transport whose response comes by another way than its request went.

    Args:
        inner: what sends.
        events: makes the request for the events.
        after_answer: whether that needs the POST's answer.
        position: where the stream stood when it was last read.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        inner: Transport,
        events: EventsRequest,
        *,
        after_answer: bool = False,
        position: StreamPosition | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inner = inner
        self._events = events
        self._after_answer = after_answer
        self._position = StreamPosition() if position is None else position
        self._sleep = sleep

    @asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        """Send `request` and open the stream that answers it; see `Transport.open`."""
        stream = _EventStream(self._inner, self._position, timeouts, self._sleep)
        try:
            if self._after_answer:
                yield await stream.after(request, self._events)
            else:
                yield await stream.before(request, await self._events(None))
        finally:
            await stream.close()


class _EventStream:
    """One turn's stream, over all its connections."""

    def __init__(
        self,
        inner: Transport,
        position: StreamPosition,
        timeouts: Timeouts,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.connect: float | None = None
        self.opened = 0.0
        self._inner = inner
        self._position = position
        self._timeouts = timeouts
        self._sleep = sleep
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        self._request = HttpRequest(method="GET", url="")
        self._connection = AsyncExitStack()
        self._offset = 0.0
        self._response: Response | None = None
        self._reading: asyncio.Task[Chunk | None] | None = None
        self._posting: asyncio.Task[WholeResponse] | None = None
        self._chunks: AsyncIterator[Chunk] | None = None

    async def after(self, request: HttpRequest, events: EventsRequest) -> Response:
        """The response, where the POST's answer tells where the events are."""
        answer = await self._post(request)
        if _is_answer(answer):
            return answer
        body = b"".join([chunk.data async for chunk in answer.chunks()])
        self._request = await events(Answered(Head(status=answer.status, headers=answer.headers), body))
        await self._connect()
        return self._checked()

    async def before(self, request: HttpRequest, events: HttpRequest) -> Response:
        """The response, where the events can be listened to before the POST goes out."""
        self._request = events
        opened = asyncio.Event()
        posting = self._posting = asyncio.create_task(self._post_after(opened, request))
        try:
            async with asyncio.timeout(None) as scope:

                def interrupt(task: asyncio.Task[WholeResponse]) -> None:
                    # Without an accepted POST no event need ever come.
                    if not task.cancelled() and (task.exception() is not None or _is_answer(task.result())):
                        scope.reschedule(self._now())

                posting.add_done_callback(interrupt)
                try:
                    await self._connect()
                    response = self._checked()
                    if response is not self:
                        return response
                    opened.set()
                    await asyncio.wait({posting}, timeout=_ANSWER_GRACE)
                finally:
                    posting.remove_done_callback(interrupt)
        except TimeoutError:
            if not posting.done():
                raise
        if posting.done() and _is_answer(answer := await posting):
            return answer
        return self

    async def chunks(self) -> AsyncGenerator[Chunk, None]:
        """The stream's bytes in whole events, over all connections, with times since the call began."""
        fruitless, first = 0, True
        while True:
            reader = ConnectionReader(self._position, first=first)
            broken: TransportError | None = None
            try:
                while (chunk := await self._next()) is not None:
                    for whole in reader.feed(chunk):
                        yield Chunk(whole.at + self._offset, whole.data)
            except TransportError as error:
                if error.kind not in ("broken", "protocol"):
                    raise
                broken = error
            finally:
                reader.close()
            first = False
            fruitless = 0 if reader.brought else fruitless + 1
            if not await self._reconnected(fruitless, broken):
                return

    async def close(self) -> None:
        """Let go of everything."""
        tasks = [task for task in (self._reading, self._posting) if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._disconnect()

    async def _disconnect(self) -> None:
        chunks, self._chunks = self._chunks, None
        connection, self._connection = self._connection, AsyncExitStack()
        try:
            if (aclose := getattr(chunks, "aclose", None)) is not None:
                await aclose()
        finally:
            await connection.aclose()

    async def _post_after(self, opened: asyncio.Event, request: HttpRequest) -> WholeResponse:
        with suppress(TimeoutError):
            async with asyncio.timeout(_HEADERS_GRACE):
                await opened.wait()
        return await self._post(request)

    async def _post(self, request: HttpRequest) -> WholeResponse:
        async with self._inner.open(request, timeouts=self._remaining()) as response:
            body: list[Chunk] = []
            size = 0
            async for chunk in response.chunks():
                size += len(chunk.data)
                if size > _MAX_ANSWER and not is_stream(response):
                    raise TransportError(
                        f"the answer to the POST is longer than {_MAX_ANSWER} bytes", kind="protocol", at=chunk.at
                    )
                body.append(chunk)
            return WholeResponse(response, body)

    async def _connect(self) -> None:
        request = with_last_id(self._request, self._position)
        began = self._now()
        response = await self._connection.enter_async_context(self._inner.open(request, timeouts=self._remaining()))
        self._offset = began - self._began
        self._response, self._chunks = response, response.chunks()
        if not self.status:
            self.status, self.headers = response.status, response.headers
            self.connect = None if response.connect is None else response.connect + self._offset
            self.opened = response.opened + self._offset

    def _checked(self) -> Response:
        """This stream, or the first connection's response where it is none."""
        response = self._response
        assert response is not None, "there is no connection"  # noqa: S101 - a programming error
        if response.status != 200:
            return response
        if not is_stream(response):
            kind = response.headers.get("content-type", "missing")
            raise self._error(f"the Content-Type of the events is {kind}, not text/event-stream", "protocol")
        return self

    async def _read(self) -> Chunk | None:
        chunks = self._chunks
        return None if chunks is None else await anext(chunks, None)

    async def _next(self) -> Chunk | None:
        """The connection's next piece; as long as the POST is not answered, its refusal interrupts."""
        posting = self._posting
        if posting is not None and not posting.done():
            reading = self._reading = asyncio.create_task(self._read())
            await asyncio.wait({reading, posting}, return_when=asyncio.FIRST_COMPLETED)
            self._refuse_if_refused()
            self._reading = None
            return await reading
        self._refuse_if_refused()
        return await self._read()

    def _refuse_if_refused(self) -> None:
        posting = self._posting
        if posting is None or not posting.done():
            return
        if (error := posting.exception()) is not None:
            raise self._error(f"the POST failed: {error}", "refused") from error
        answer = posting.result()
        if not 200 <= answer.status < 300:
            raise self._error(f"the POST was refused with status {answer.status}", "refused")

    async def _reconnected(self, fruitless: int, broken: TransportError | None) -> bool:
        """Connect again; whether there is another connection."""
        while fruitless <= MAX_FRUITLESS:
            await self._disconnect()
            wait = DEFAULT_WAIT if self._position.wait is None else self._position.wait
            wait = min(wait * 2 ** max(0, fruitless - 1), max(wait, LONGEST_WAIT))
            total = self._remaining().total
            await self._sleep(wait if total is None else min(wait, total))
            try:
                await self._connect()
            except TransportError as error:
                if error.kind not in ("connect", "broken", "protocol"):
                    raise
                broken, fruitless = error, fruitless + 1
                continue
            return self._goes_on()
        if broken is not None:
            raise broken
        return False

    def _goes_on(self) -> bool:
        """Whether a further connection is a stream; 204 is how a server says that there is no more."""
        response = self._response
        if response is None or response.status == 204:
            return False
        if response.status != 200:
            raise self._error(f"the reconnection was answered with status {response.status}", "broken")
        if not is_stream(response):
            kind = response.headers.get("content-type", "missing")
            raise self._error(f"the reconnection was answered with Content-Type {kind}", "broken")
        return True

    def _remaining(self) -> Timeouts:
        timeouts = self._timeouts
        if timeouts.total is None:
            return timeouts
        left = self._began + timeouts.total - self._now()
        if left <= 0:
            raise self._error(f"not finished within {timeouts.total:g} s", "total")
        return msgspec.structs.replace(timeouts, total=left)

    def _error(self, message: str, kind: str) -> TransportError:
        return TransportError(message, kind=kind, at=self._now() - self._began)


def with_last_id(request: HttpRequest, position: StreamPosition) -> HttpRequest:
    """The request for what comes after the last event that has an id."""
    # An id with control characters cannot be sent; what comes again is known by it all the same.
    if not position.last_id or _CONTROL.search(position.last_id):
        return request
    return msgspec.structs.replace(request, headers={**request.headers, "Last-Event-ID": position.last_id})


def is_stream(response: Response) -> bool:
    """Whether a response is an event stream."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/event-stream"


def _is_answer(response: Response) -> bool:
    """Whether a POST's response is the reply itself: a refusal, or a stream."""
    return not 200 <= response.status < 300 or is_stream(response)
