"""The run's events as its subscribers are told of them: without the secrets that the run has come to know.

This is the one place between what happens in a run and whatever keeps, prints or sends it. What stays in the process
(the state, the result, the exchanges, what a judge is shown) is as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    ExchangeRecorded,
    JudgmentGiven,
    MessageAdded,
    RunEvent,
    RunFinished,
    RunStarted,
    TextDelta,
)
from scenario.exchange import Exchange
from scenario.found_secrets import secrets_found, secrets_in_texts
from scenario.lint.secret_values import secrets_in
from scenario.masking import ArrivingText, masked, parts_of
from scenario.redaction import NO_SECRETS, Secrets
from scenario.types import Reply, ScenarioResult

# These say that a call's text has gone on to something else, so that nothing may wait any more.
_OF_A_CALL: Final = (CallStarted, CallFinished, ExchangeRecorded, JudgmentGiven, MessageAdded)


class MaskedEvents:
    """What the subscribers of one run are told.

    Args:
        known: gives what is secret before the run begins; it is asked when somebody is first told something.
    """

    def __init__(self, known: Callable[[], Secrets]) -> None:
        self._known = known
        self._kept = NO_SECRETS
        self._secrets: Secrets | None = None
        self._arriving: dict[int, tuple[TextDelta, ArrivingText]] = {}
        # The exchanges that were told of, what was secret then, and how they were told.
        self._told: dict[int, tuple[Exchange, Secrets, Exchange]] = {}

    @property
    def secrets(self) -> Secrets:
        """What is masked."""
        if self._secrets is None:
            self._secrets = self._known() | self._kept
        return self._secrets

    def keep(self, secrets: Secrets) -> None:
        """Mask these, too, from now on."""
        self._kept |= secrets
        self._secrets = None if self._secrets is None else self._secrets | secrets

    def of(self, event: RunEvent) -> Sequence[RunEvent]:
        """What is told instead of an event: that, masked, after text that waited for it; of text, maybe nothing."""
        if found := _found_in(event):
            self.keep(found)
        secrets = self._secrets or self.secrets
        if not secrets:
            return (event,)
        if isinstance(event, TextDelta):
            return self._piece(event, secrets)
        told: list[RunEvent] = []
        if isinstance(event, RunFinished):
            for call_id in list(self._arriving):
                told += self._rest(call_id, event.at)
        elif isinstance(event, _OF_A_CALL) and event.call_id in self._arriving:
            told += self._rest(event.call_id, event.at)
        return [*told, self._masked(event, secrets)]

    def _masked(self, event: RunEvent, secrets: Secrets) -> RunEvent:
        if isinstance(event, ExchangeRecorded):
            told = masked(event, secrets)
            if told is not event:
                told = msgspec.structs.replace(told, exchange=_with_leaks(told.exchange, event.exchange))
            self._told[id(event.exchange)] = event.exchange, secrets, told.exchange
            return told
        if isinstance(event, RunFinished) and event.result is not None and event.result.exchanges:
            return self._with_exchanges(event, event.result, secrets)
        return masked(event, secrets)

    def _with_exchanges(self, event: RunFinished, result: ScenarioResult, secrets: Secrets) -> RunFinished:
        """The end of a run, masked, with the exchanges as they were told of, unless more is secret since then."""
        replace = msgspec.structs.replace
        bare = replace(event, result=replace(result, exchanges=[]))
        told = masked(bare, secrets)
        exchanges = []
        for one in result.exchanges:
            came, known, shown = self._told.get(id(one), (None, None, None))
            exchanges.append(shown if came is one and known is secrets else masked(one, secrets))
        if told is bare and all(old is new for old, new in zip(result.exchanges, exchanges, strict=True)):
            return event
        return replace(told, result=replace(told.result or result, exchanges=exchanges))

    def _piece(self, event: TextDelta, secrets: Secrets) -> Sequence[TextDelta]:
        so_far = self._arriving.get(event.call_id)
        arriving = ArrivingText() if so_far is None else so_far[1]
        self._arriving[event.call_id] = event, arriving
        text = arriving.shown(event.text, secrets)
        if not text:
            return ()
        return (event if text == event.text else msgspec.structs.replace(event, text=text),)

    def _rest(self, call_id: int, at: float) -> Sequence[TextDelta]:
        last, arriving = self._arriving.pop(call_id)
        text = arriving.rest(self.secrets)
        return (msgspec.structs.replace(last, at=at, text=text),) if text else ()


def _found_in(event: RunEvent) -> Secrets:
    """What is a secret in an event by its form or its name, though nobody has said so."""
    match event:
        case RunStarted():
            return secrets_in_texts([event.name, event.description, *event.agents])
        case MessageAdded():
            return secrets_in_texts(_texts_of(event.message))
        case ExchangeRecorded():
            return _found_in_exchange(event.exchange)
        case CallFinished(error=str(error)):
            return secrets_in_texts([error])
        case RunFinished(result=result, error=error):
            return secrets_in_texts([error or "", (result and result.reasoning) or ""])
        case _:
            return NO_SECRETS


def _found_in_exchange(exchange: Exchange) -> Secrets:
    found = secrets_found(exchange.request.body)
    # A body of many megabytes is not put together for this.
    for part in parts_of([chunk.data for chunk in exchange.chunks]):
        found |= secrets_found(part)
    found |= secrets_in_texts([exchange.request.url, *exchange.headers.values(), exchange.error or ""])
    return found | secrets_in_texts(texts_of_reply(exchange.reply))


def texts_of_reply(reply: Reply) -> Iterator[str]:
    """The texts of a reply, put together of their pieces."""
    yield from (reply.text, reply.reasoning)
    yield from (call.arguments_raw for call in reply.tool_calls)
    yield from (str(result.output) for result in reply.tool_results)
    for message in reply.messages:
        yield from _texts_of(message)


def _texts_of(message: Mapping[str, Any]) -> Iterator[str]:
    """The texts of a message: what was said, and what tools were called with."""
    content = message.get("content")
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        yield from (str(part.get("text") or "") for part in content if isinstance(part, Mapping))
    for call in message.get("tool_calls") or ():
        if isinstance(call, Mapping) and isinstance(function := call.get("function"), Mapping):
            yield str(function.get("arguments") or "")


def _with_leaks(told: Exchange, came: Exchange) -> Exchange:
    """The masked exchange with what the lint would have seen in it: that an agent streams secrets is to be told."""
    leaked = [
        (index, kind)
        for index, (event, shown) in enumerate(zip(came.events, told.events, strict=True))
        if event is not shown
        for kind in secrets_in(event.data)
        if kind not in secrets_in(shown.data)
    ]
    return msgspec.structs.replace(told, leaked=leaked) if leaked else told
