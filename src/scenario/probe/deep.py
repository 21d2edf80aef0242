"""Rules that need requests of their own: sessions, compression, resumption, interrupts. Twenty requests at most.

What could not be looked at is told with its reason: a rule that is silent is not taken for one that holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentError, ConfigurationError, WireLimitError
from scenario.exchange import Chunk, Exchange, HttpRequest
from scenario.lint.evidence import Evidence
from scenario.lint.finding import Finding, Level
from scenario.lint.rules import RULES
from scenario.lint.time_rules import is_held_back
from scenario.probe.asking import Observer, default_transport, remote_agent
from scenario.probe.ledger import Ledger
from scenario.probe.probing import TIMEOUTS
from scenario.probe.shape import Shape
from scenario.probe.shapes import pasted
from scenario.probe.target import Target
from scenario.reading import read_exchange
from scenario.transport.transport import Response, Transport, TransportError

MOST_REQUESTS: Final = 20
_TEXTS: Final = ("$message", "$messages", "$new_messages")
_FEWEST_IDS: Final = 2
# A stream that is taken up again may stay open: so long and so much of it is read.
_RESUMED: Final = Timeouts(connect=10, first_byte=10, idle=3, total=15)
_MOST_RESUMED: Final = 4 * 1024 * 1024
_REMEMBER: Final = "Please remember this word for me: {word}. Answer with nothing but OK."
_RECALL: Final = "Which word did I ask you to remember? Answer with that word."
# Values that every answer of a conversation has in common.
_CONVERSATION_KEYS: Final = frozenset(
    {"thread_id", "threadId", "session_id", "sessionId", "conversation_id", "contextId", "session"}
)
_TITLES: Final = {rule.id: (rule.level, rule.title) for rule in RULES}
# Words by which an agent says that it does as it was asked.
_AGREES: Final = re.compile(
    r"\b(?:ok|okay|sure|noted|understood|remember|will do|got it)\b|plum[0-9a-f]{6}", re.IGNORECASE
)
_UNSEEN_FROM_OUTSIDE: Final = (
    "from outside nothing tells whether an agent goes on working once its client has gone; its log does, "
    "and what its tools have done"
)


class Deepened(msgspec.Struct, frozen=True, kw_only=True):
    """What more requests showed.

    Attributes:
        findings: in the order of the rules.
        unchecked: rules that could not be looked at, each with the reason.
    """

    findings: list[Finding]
    unchecked: dict[str, str]


async def deepened(
    target: Target, shape: Shape, *, transport: Transport | None = None, timeouts: Timeouts = TIMEOUTS
) -> Deepened:
    """What more requests show.

    Args:
        target: the endpoint.
        shape: the way to ask that it answers.
        transport: how requests travel; by default over the network.
        timeouts: the deadlines of each answer.
    """
    ledger = Ledger(transport or default_transport(target), limit=MOST_REQUESTS)
    deep = _Deep(target, pasted(shape), ledger, timeouts)
    found: list[Finding] = []
    first = await deep.sessions(found)
    await deep.compression(found)
    await deep.resumption(first, found)
    await deep.interrupt(first, found)
    told = {finding.rule for finding in found}
    return Deepened(
        findings=sorted(dict.fromkeys(found), key=lambda finding: finding.rule),
        unchecked={rule: why for rule, why in sorted(deep.unchecked.items()) if rule not in told},
    )


class _Deep:
    def __init__(self, target: Target, shape: Shape, ledger: Ledger, timeouts: Timeouts) -> None:
        self.unchecked = {"L55": _UNSEEN_FROM_OUTSIDE}
        self._target = target
        self._shape = shape
        self._ledger = ledger
        self._timeouts = timeouts

    async def sessions(self, found: list[Finding]) -> Exchange | None:
        """L53, L57: two conversations at once, each with a word of its own; the first answer is handed on."""
        if self._shape.template is not None and not _takes(self._shape.template, *_TEXTS):
            self.unchecked |= dict.fromkeys(("L53", "L57"), "nothing in the request takes what is said to the agent")
            return None
        agent = self._agent()
        names = [_name(), _name()]
        words = [_word(), _word()]
        told = [_REMEMBER.format(word=word) for word in words]
        turns = zip(told, names, strict=True)
        first = await asyncio.gather(*[self._say(agent, [line], name) for line, name in turns])
        turns = zip(told, names, strict=True)
        second = await asyncio.gather(*[self._say(agent, [line, "OK", _RECALL], name) for line, name in turns])
        for before, after, own, other in zip(first, second, words, words[::-1], strict=True):
            if before is None or after is None or not before.outcome == after.outcome == "complete":
                self.unchecked |= dict.fromkeys(("L53", "L57"), "a turn of two conversations at once had no answer")
                continue
            found += _changed_ids(before, after)
            found += self._recalled(before, after, own)
            if any(other.encode() in exchange.body for exchange in (before, after)):
                remedy = "Keep what is remembered under the conversation's id."
                found.append(_finding("L57", "an answer holds what was said in another conversation", remedy))
        found += _shared_ids(first)
        return first[0]

    async def compression(self, found: list[Finding]) -> None:
        """L11: a client that takes gzip gets the same, and as soon."""
        exchange = await self._say(self._agent({"Accept-Encoding": "gzip"}), [self._target.message], _name())
        if exchange is None:
            self.unchecked["L11"] = "no answer came to a client that takes gzip"
            return
        if not Evidence(exchange).is_compressed:
            # What a client may have compressed and does not get so is the same stream.
            return
        remedy = "Leave event streams out of compression, or flush the compressor after each event."
        if exchange.outcome != "complete":
            found.append(_finding("L11", f"compressed, the answer is {exchange.outcome}: {exchange.error}", remedy))
        elif is_held_back(Evidence(exchange)):
            found.append(_finding("L11", "compressed, the answer comes in one burst at its end", remedy))

    async def resumption(self, exchange: Exchange | None, found: list[Finding]) -> None:
        """L56: a reconnection goes on after the id that it names, at the stream's own place or at the endpoint's."""
        ids = list(dict.fromkeys(event.id for event in exchange.events if event.id)) if exchange is not None else []
        if exchange is None or len(ids) < _FEWEST_IDS:
            self.unchecked["L56"] = "the stream's events have no ids to go on from"
            return
        last = ids[len(ids) // 2 - 1]
        try:
            again = await self._reconnected(exchange, last)
        except (TransportError, WireLimitError) as error:
            self.unchecked["L56"] = f"a GET with Last-Event-ID had no whole answer: {error}"
            return
        if again.status != 200 or not again.events:
            what = f"status {again.status}" if again.status != 200 else "nothing"
            self.unchecked["L56"] = f"a GET with Last-Event-ID was answered with {what}"
            return
        earlier = [event.id for event in again.events if event.id in ids[: ids.index(last) + 1]]
        if earlier:
            what = f"after Last-Event-ID {last[:60]!r}, {len(earlier)} events came again, from {earlier[0][:60]!r} on"
            found.append(_finding("L56", what, "Send only what comes after the id that the client names."))

    async def _reconnected(self, exchange: Exchange, last: str) -> Exchange:
        """What a reconnection brings, as much as comes within a few seconds: such streams may stay open."""
        place = exchange.headers.get("location", "")
        # Only the path is taken: nothing is sent to another host.
        url = self._target.at(urlsplit(place).path) if place else self._shape.url or self._target.url
        headers = {"Accept": "text/event-stream", "Last-Event-ID": last, **self._target.headers}
        if name := exchange.headers.get("mcp-session-id"):
            headers["Mcp-Session-Id"] = name
        request = HttpRequest(method="GET", url=url, headers=headers)
        chunks: list[Chunk] = []
        async with self._ledger.open(request, timeouts=_RESUMED) as response:
            try:
                async for chunk in response.chunks():
                    chunks.append(chunk)
                    if sum(len(one.data) for one in chunks) > _MOST_RESUMED:
                        break
            except TransportError as error:
                if error.kind not in ("idle", "total"):
                    raise
            return read_exchange(chunks, headers=response.headers, status=response.status)

    def _recalled(self, before: Exchange, after: Exchange, word: str) -> Iterator[Finding]:
        """L53: the second turn sees the first; only an agent that does as it is asked can show that it does not."""
        if word in after.reply.text.lower():
            return
        if not _AGREES.search(before.reply.text):
            self.unchecked["L53"] = "the agent did not say that it would remember a word when it was asked to"
            return
        what = "asked in the second turn for a word of the first, the agent did not say it"
        remedy = "If it is meant to remember: see that the conversation's id is read, and that it keeps what is said."
        has_key = bool(_CONVERSATION_KEYS & before.reply.session.keys()) or _takes(self._shape.template, "$thread_id")
        yield _finding("L53", what, remedy, level="error" if has_key else "warning")

    async def interrupt(self, exchange: Exchange | None, found: list[Finding]) -> None:
        """L54: an answer to an interrupt that nobody asked about is refused."""
        if exchange is None or exchange.reply.interrupt is None:
            self.unchecked["L54"] = "the agent did not wait for a human"
            return
        tampering = _Tampering(self._ledger)
        agent, name = self._agent(transport=tampering), _name()
        asked = await self._say(agent, [self._target.message], name)
        if asked is None or asked.reply.interrupt is None:
            self.unchecked["L54"] = "the agent waited for a human once, and not when it was asked again"
            return
        tampering.ids = [text.encode() for text in _ids_in(asked.reply.interrupt)]
        answer = await self._say(agent, [self._target.message], name, resume={"approve": True})
        if not tampering.tampered:
            self.unchecked["L54"] = "what answers its interrupts names none of them"
        elif answer is not None and answer.outcome == "complete" and answer.reply.interrupt is None:
            remedy = "Refuse an answer whose id is not that of a waiting interrupt, with an error event."
            found.append(_finding("L54", "an answer with a made-up id was taken for the interrupt's", remedy))

    def _agent(self, headers: dict[str, str] | None = None, transport: Transport | None = None) -> RemoteAgent:
        target = msgspec.structs.replace(self._target, headers={**self._target.headers, **(headers or {})})
        return remote_agent(target, self._shape, transport=transport or self._ledger, timeouts=self._timeouts)

    async def _say(self, agent: RemoteAgent, lines: list[str], name: str, *, resume: Any = None) -> Exchange | None:
        """What comes of a turn; user and agent alternate in `lines`."""
        roles = ("user", "assistant")
        messages = [{"role": roles[number % 2], "content": line} for number, line in enumerate(lines)]
        observer = Observer()
        asked = AgentInput(
            thread_id=name, messages=messages, new_messages=messages[-1:], observer=observer, resume=resume
        )
        # What it would have raised is in the exchange; what was not sent at all shows nothing.
        with contextlib.suppress(AgentError, ConfigurationError):
            await agent.call(asked)
        exchange = observer.exchange
        return exchange if exchange is not None and exchange.status is not None else None


class _Tampering:
    """A transport that puts made-up ids in the place of those that it is told."""

    def __init__(self, transport: Transport) -> None:
        self.ids: list[bytes] = []
        self.tampered = False
        self._transport = transport

    @contextlib.asynccontextmanager
    async def open(self, request: HttpRequest, *, timeouts: Timeouts) -> AsyncIterator[Response]:
        body = request.body
        for name in self.ids:
            body = body.replace(name, b"x" * len(name))
        self.tampered = self.tampered or body != request.body
        changed = msgspec.structs.replace(request, body=body)
        async with self._transport.open(changed, timeouts=timeouts) as response:
            yield response


def _changed_ids(before: Exchange, after: Exchange) -> Iterator[Finding]:
    """L53: the conversation's ids stay."""
    for key in _CONVERSATION_KEYS & before.reply.session.keys() & after.reply.session.keys():
        if before.reply.session[key] != after.reply.session[key]:
            remedy = "Answer with the conversation's own id, the same on every turn."
            yield _finding("L53", f"{key} changed from the first turn to the second", remedy)


def _shared_ids(exchanges: list[Exchange | None]) -> Iterator[Finding]:
    """L57: two conversations have ids of their own."""
    first, second = exchanges
    if first is None or second is None:
        return
    for key in _CONVERSATION_KEYS & first.reply.session.keys() & second.reply.session.keys():
        if first.reply.session[key] == second.reply.session[key]:
            remedy = "Begin a conversation of its own for each id."
            yield _finding("L57", f"two conversations have the same {key}", remedy)


def _finding(rule: str, seen: str, remedy: str, *, level: Level | None = None) -> Finding:
    usual, title = _TITLES[rule]
    return Finding(rule=rule, level=level or usual, title=title, seen=seen, remedy=remedy)


def _takes(request: Any, *placeholders: str) -> bool:
    """Whether a template has one of these in it."""
    if isinstance(request, dict | list):
        return any(_takes(one, *placeholders) for one in (request.values() if isinstance(request, dict) else request))
    return request in placeholders


def _ids_in(value: Any) -> list[str]:
    """The ids in what an agent waits for."""
    if isinstance(value, list):
        return [found for item in value for found in _ids_in(item)]
    if not isinstance(value, dict):
        return []
    own = [
        item for key, item in value.items() if key.lower().endswith("id") and isinstance(item, str) and len(item) > 3
    ]
    return own + [found for item in value.values() for found in _ids_in(item)]


def _word() -> str:
    """A word that no agent says by chance."""
    return f"plum{secrets.token_hex(3)}"


def _name() -> str:
    return f"scenario-deep-{secrets.token_hex(8)}"
