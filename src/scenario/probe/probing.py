"""The probe: ask the agent's own description, then try one way to ask after the other, until an answer can be read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentError, AgentUnreachableError, ConfigurationError
from scenario.exchange import Exchange, HttpRequest
from scenario.probe.asking import Observer, default_transport, remote_agent
from scenario.probe.descriptions import DESCRIPTIONS
from scenario.probe.final_answers import final_answer, misses_model
from scenario.probe.ledger import Ledger, Sent
from scenario.probe.own_errors import ENOUGH, is_wordless, repeated_error
from scenario.probe.refusals import shape_of_refusal
from scenario.probe.shape import Shape
from scenario.probe.shapes import (
    common_shapes,
    given_shape,
    named_shapes,
    pasted,
    shape_of_path,
    shapes_below,
    with_every_name,
)
from scenario.probe.target import Target
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.nearest import UNREADABLE, text_places
from scenario.protocols.protocol import Head
from scenario.protocols.registry import AUTO
from scenario.protocols.rejection import is_page
from scenario.reading import read_exchange
from scenario.transport.transport import Transport, TransportError

MOST_REQUESTS: Final = 10
# Dialects in which the endpoint decides whether there is a terminal event.
_ENDS_AS_IT_LIKES: Final = frozenset({"sse", "ndjson"})
TIMEOUTS: Final = Timeouts(connect=10, first_byte=60, idle=60, total=180)
_DESCRIPTION_SECONDS: Final = 10.0
_LARGEST_DESCRIPTION: Final = 4 * 1024 * 1024
# From here on an answer is one that the way to ask was right for, be it sound or not.
UNDERSTOOD: Final = 3
_NO_TEXT: Final = 2
_WHOLE: Final = 4
_NO_HTTP: Final = (
    "something takes connections there and answers with no HTTP: another port may be meant, or https:// and not http://"
)
_NOTHING_THERE: Final = frozenset({404, 405})
_REFUSES_EVERYTHING: Final = frozenset({401, 403, 407, 429, 503})


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One way to ask, and what came of it.

    Attributes:
        exchange: the call as it was recorded; None where it was never made.
        error: what the agent's participant would have raised; empty where it answered.
    """

    shape: Shape
    exchange: Exchange | None = None
    error: str = ""

    @property
    def merit(self) -> int:
        """How much of an answer came: 4 a whole one, 3 a part, 2 nothing that can be read, 1 a refusal, 0 nothing."""
        exchange = self.exchange
        if exchange is None or exchange.status is None:
            return 0
        if not 200 <= exchange.status < 300:
            return 1
        reply = exchange.reply
        # An end alone says nothing of whose events they were.
        if not (reply.text.strip() or reply.tool_calls or reply.interrupt is not None):
            return 2
        return _WHOLE if exchange.outcome == "complete" else UNDERSTOOD


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a probe found.

    Attributes:
        sent: every request, in order.
        attempts: every way to ask that was tried, in order.
        unreachable: why there is no server to ask; empty where there is one.
        stopped: why no other way to ask was tried, although none was answered; empty where all were, or one was.
        failing: whether that is an error that the agent reports of itself.
    """

    target: Target
    sent: list[Sent]
    attempts: list[Attempt]
    unreachable: str = ""
    stopped: str = ""
    failing: bool = False

    @property
    def best(self) -> Attempt | None:
        """The attempt that brought most; the first of equals. None where nothing was tried."""
        return max(self.attempts, key=lambda attempt: attempt.merit, default=None)

    @property
    def answered(self) -> bool:
        """Whether a whole answer came that can be read."""
        return self.best is not None and self.best.merit >= _WHOLE


async def probe(
    target: Target,
    *,
    transport: Transport | None = None,
    limit: int = MOST_REQUESTS,
    timeouts: Timeouts = TIMEOUTS,
    on_sent: Callable[[Sent], None] | None = None,
) -> Probed:
    """Find out how an agent is spoken to.

    Args:
        target: the endpoint; see `scenario.probe.target.checked`.
        transport: how requests travel; by default over the network.
        limit: the most requests that are sent.
        timeouts: the deadlines of each attempt.
        on_sent: is told of each request.
    """
    ledger = Ledger(transport or default_transport(target), limit=limit, on_sent=on_sent)
    prober = _Prober(target, ledger, timeouts)
    await prober.run()
    return Probed(
        target=target,
        sent=ledger.sent,
        attempts=prober.attempts,
        unreachable=prober.unreachable,
        stopped=prober.stopped,
        failing=prober.failing,
    )


class _Prober:
    def __init__(self, target: Target, ledger: Ledger, timeouts: Timeouts) -> None:
        self.attempts: list[Attempt] = []
        self.unreachable = ""
        self.stopped = ""
        self.failing = False
        self._target = target
        self._ledger = ledger
        self._timeouts = timeouts
        self._tried: list[Shape] = []
        # Where no other body would help, and why.
        self._closed: dict[str, str] = {}
        self._pages: set[bytes] = set()

    async def run(self) -> None:
        if (given := given_shape(self._target)) is not None:
            await self._try(given)
            self._stop_where_it_fails(at_least=1)
            return
        by_path = shape_of_path(self._target)
        if by_path is not None and await self._try(by_path):
            return
        shapes = [] if self.unreachable else await self._described()
        for shape in (*shapes, *common_shapes(self._target)):
            if self.unreachable or self._ledger.left <= 0 or await self._try(shape):
                break
            is_first = shape.is_plain and len(self.attempts) == 1
            if is_first and is_wordless(self.attempts[0].exchange) and await self._try_every_name():
                break
        await self._try_below()
        if self._ledger.left > 0 and not any(attempt.merit >= UNDERSTOOD for attempt in self.attempts):
            self.stopped = self.stopped or "; ".join(dict.fromkeys(self._closed.values()))

    async def _try_below(self) -> None:
        """Where there is nothing at the base of an API itself, ask at its endpoints."""
        last = self.attempts[-1].exchange if self.attempts else None
        if self.stopped or last is None or last.status not in _NOTHING_THERE:
            return
        for shape in shapes_below(self._target):
            settled = self._ledger.left <= 0 or await self._try(shape)
            last = self.attempts[-1].exchange
            if settled or last is None or last.status not in _NOTHING_THERE or misses_model(last):
                # What was said at the base itself is of no use any more.
                self._closed.pop(self._target.url, None)
                return

    async def _try_every_name(self) -> bool:
        """Whether it is settled by a body with the text under every usual name; the name is then found out."""
        if not await self._try(with_every_name()):
            return False
        every = self.attempts[-1]
        if every.merit < UNDERSTOOD:
            return True
        for shape in named_shapes():
            if self._ledger.left <= 0:
                break
            if await self._try(shape) and self.attempts[-1].merit >= every.merit:
                self.attempts.remove(every)
                break
        return True

    def _stop_where_it_fails(self, *, at_least: int = ENOUGH) -> bool:
        """Whether so many ways were answered with one and the same error of the agent's own, and none otherwise."""
        if self.stopped or any(attempt.merit >= UNDERSTOOD for attempt in self.attempts):
            return False
        said = repeated_error([attempt.exchange for attempt in self.attempts], at_least=at_least)
        self.stopped, self.failing = said, bool(said)
        return self.failing

    async def _described(self) -> list[Shape]:
        """The ways to ask that the agent's own descriptions name, those of the first that says anything."""
        for path, read in DESCRIPTIONS:
            value = await self._fetch(path)
            if self.unreachable or value is None:
                return []
            if value is not NOT_JSON and (shapes := list(read(self._target, value))):
                return shapes
        return []

    async def _fetch(self, path: str) -> Any:
        """The JSON at a path; `NOT_JSON` where there is none, None where nothing came in time: nor would the next."""
        headers = {"Accept": "application/json", **self._target.headers}
        request = HttpRequest(method="GET", url=self._target.at(path), headers=headers)
        try:
            async with self._ledger.open(request, timeouts=self._description_timeouts()) as response:
                if response.status != 200 or "json" not in response.headers.get("content-type", "json"):
                    return NOT_JSON
                pieces: list[bytes] = []
                async for chunk in response.chunks():
                    pieces.append(chunk.data)
                    if sum(map(len, pieces)) > _LARGEST_DESCRIPTION:
                        return NOT_JSON
                return read_json(b"".join(pieces))
        except TransportError as error:
            if error.kind == "connect":
                self.unreachable = str(error)
            # What hangs or breaks here would do so at the next path.
            return None

    def _description_timeouts(self) -> Timeouts:
        most = self._timeouts.first_byte or _DESCRIPTION_SECONDS
        seconds = min(most, _DESCRIPTION_SECONDS)
        return Timeouts(connect=_DESCRIPTION_SECONDS, first_byte=seconds, idle=seconds, total=seconds)

    async def _try(self, shape: Shape) -> bool:
        """Whether it is settled: an answer that can be read, or that no other way to ask would bring one."""
        for one in self._with_follow_up(shape):
            attempt = with_text_found(await self._ask(one))
            self.attempts.append(attempt)
            exchange = attempt.exchange
            if attempt.merit >= UNDERSTOOD:
                return True
            if exchange is not None and exchange.broke == "connect":
                self.unreachable = exchange.error or "no connection"
                return True
            if exchange is None:
                continue
            if exchange.broke in ("broken", "protocol") and not any(sent.status for sent in self._ledger.sent):
                self.stopped = _NO_HTTP
                return True
            if exchange.status in _REFUSES_EVERYTHING or exchange.outcome in ("timed_out", "stalled"):
                self.stopped = final_answer(exchange)
                return True
            if closed := final_answer(exchange):
                self._closed[one.url or self._target.url] = closed
            if self._stop_where_it_fails():
                return True
            if self._is_known_page(exchange):
                self.stopped = "the server answers with the same page wherever it is asked"
                return True
        return False

    def _is_known_page(self, exchange: Exchange) -> bool:
        """Whether another URL was answered with the same page."""
        if not is_page(Head(status=exchange.status or 0, headers=exchange.headers), exchange.body[:1024]):
            return False
        known = exchange.body in self._pages
        self._pages.add(exchange.body)
        return known

    def _with_follow_up(self, shape: Shape) -> Iterator[Shape]:
        """A way to ask, and what its refusals ask for, one after the other."""
        if (shape.url or self._target.url) in self._closed:
            return
        asked: Shape | None = shape
        while asked is not None and _key(asked) not in {_key(one) for one in self._tried}:
            self._tried.append(asked)
            yield asked
            exchange = self.attempts[-1].exchange
            if self._target.is_given or exchange is None or self._ledger.left <= 0:
                return
            # Some refuse with a 200.
            is_told = exchange.status == 200 and exchange.reply.error is not None
            status = 400 if is_told else exchange.status
            following = shape_of_refusal(status, exchange.headers, exchange.body, sent=asked)
            if exchange.status == 404 and (shape.url or self._target.path == "/" or misses_model(exchange)):
                # A guessed path, or a root, has more likely other paths than another method.
                following = None
            if exchange.status in _NOTHING_THERE and self._target.is_base:
                following = None
            asked = None if following is None else msgspec.structs.replace(following, url=shape.url)

    async def _ask(self, shape: Shape) -> Attempt:
        agent = remote_agent(self._target, shape, transport=self._ledger, timeouts=self._timeouts)
        observer = Observer()
        message = {"role": "user", "content": self._target.message}
        asked = AgentInput(
            thread_id=f"scenario-probe-{uuid.uuid4()}", messages=[message], new_messages=[message], observer=observer
        )
        error = ""
        try:
            await agent.call(asked)
        except AgentUnreachableError as unreachable:
            error = str(unreachable)
            observer.exchange = observer.exchange or unreachable.exchange
        except (AgentError, ConfigurationError) as failed:
            error = str(failed)
        finally:
            await agent.conversation_over(asked.thread_id)
        return Attempt(shape=shape, exchange=observer.exchange, error=error)


def with_text_found(attempt: Attempt) -> Attempt:
    """The attempt; where its answer can be read as nobody's dialect, or by a path alone, read so."""
    exchange = attempt.exchange
    if exchange is None or exchange.status is None or not 200 <= exchange.status < 300 or attempt.merit != _NO_TEXT:
        return attempt
    if not (exchange.error or UNREADABLE).startswith(UNREADABLE):
        return attempt
    for place in (None, *text_places(exchange.body)):
        read = read_exchange(exchange.chunks, headers=exchange.headers, status=exchange.status, reply=place)
        if read.outcome == "complete" and read.reply.text.strip():
            kept = {"request": exchange.request, "timing": exchange.timing, "http_version": exchange.http_version}
            shape = msgspec.structs.replace(attempt.shape, reply=place, protocol=AUTO)
            return Attempt(shape=shape, exchange=msgspec.structs.replace(read, **kept))
    return attempt


def pasted_shape(attempt: Attempt) -> Shape:
    """The way of asking as it goes into code."""
    exchange = attempt.exchange
    spoken = exchange.protocol if exchange is not None else ""
    is_marked = exchange is not None and exchange.reading.end == "marked"
    return pasted(attempt.shape, spoken=spoken, has_own_end=is_marked and spoken in _ENDS_AS_IT_LIKES)


def _key(shape: Shape) -> tuple[object, ...]:
    """What a way to ask sends, whyever it is tried."""
    return shape.url, shape.protocol, shape.method, repr((shape.request, shape.form, shape.multipart))
