"""A conversation of two turns with what is about to be pasted: whether it works, and whether the agent remembers."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal, TypeAlias

import msgspec

from scenario.agents.remote.agent import RemoteAgent
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentError, ConfigurationError
from scenario.exchange import Exchange
from scenario.probe.asking import Observer, default_transport, remote_agent
from scenario.probe.conversation_ids import path_to_id, with_session
from scenario.probe.ledger import Ledger, Sent
from scenario.probe.probing import TIMEOUTS, Attempt, pasted_shape
from scenario.probe.shape import Shape
from scenario.probe.target import DEFAULT_MESSAGE, Target
from scenario.transport.transport import Transport

# What two conversations of two turns need, with the requests that prepare them.
MOST_REQUESTS: Final = 10
_REMEMBER: Final = "{said} Please remember this word, too: {word}."
_RECALL: Final = "Which word did I ask you to remember? Answer with that word."

# Dialects whose requests hold what was said last, and nothing of what was said before.
_KEPT_BY_THE_SERVER: Final = frozenset(
    {
        "adk", "dify", "agentcore", "langgraph", "langgraph-v3", "a2a-1.0", "a2a-1.0-rest", "a2a-0.3", "llamaindex",
        "mcp", "chatkit", "agno", "gradio",
    }
)  # fmt: skip

Memory: TypeAlias = Literal["sent", "seen", "not seen"]


class TwoTurns(msgspec.Struct, frozen=True, kw_only=True):
    """What came of two turns.

    Attributes:
        shape: the settings that they were had with.
        error: why they did not work; empty where they did.
        turn: of the two, the one that did not.
        memory: "sent" where each request holds the whole conversation, "seen" where the agent knew in the second turn
            what was said in the first, "not seen" where nothing shows that it does.
        takes_text: whether anything in the request takes what is said.
        protocol: the dialect that the first answer was read as.
        sets_cookie: whether the first answer set a cookie, which the settings let go back where that is of use.
        waits: whether the agent waited for a human after the first turn, so that there was no second.
    """

    shape: Shape
    error: str = ""
    turn: int = 2
    memory: Memory = "not seen"
    takes_text: bool = True
    waits: bool = False
    sets_cookie: bool = False
    protocol: str = ""

    @property
    def warning(self) -> str:
        """What is to be looked at where nothing but the server holds the conversation; empty where all is well."""
        if self.error or self.waits or self.memory != "not seen" or self.protocol not in _KEPT_BY_THE_SERVER:
            return ""
        return (
            f"memory: not seen. With {self.protocol} only the server keeps the conversation, and in the second turn "
            "the agent did not say the word of the first one that it was asked for. See that the server keeps what is "
            "said under the conversation's id; one that does not do as it is asked may be asked for something else."
        )


async def two_turns(
    target: Target,
    attempt: Attempt,
    *,
    transport: Transport | None = None,
    timeouts: Timeouts = TIMEOUTS,
    on_sent: Callable[[Sent], None] | None = None,
) -> TwoTurns:
    """Have two turns with what is to be pasted for an attempt that was answered.

    Where the first way does not work, or shows no memory, an id that the agent gives itself is tried, and a cookie that
    it sets.

    Args:
        target: the endpoint.
        attempt: the one that was answered.
        transport: how requests travel; by default over the network.
        timeouts: the deadlines of each answer.
        on_sent: is told of each request.
    """
    ledger = Ledger(transport or default_transport(target), limit=MOST_REQUESTS, on_sent=on_sent)
    best: TwoTurns | None = None
    for shape in _candidates(attempt):
        came = await _had(target, shape, _said(target, attempt, shape), ledger, timeouts)
        if best is None or _is_better(came, best):
            best = came
        if not best.error and best.memory != "not seen":
            break
    assert best is not None  # noqa: S101 - there is one candidate at least
    if not best.sets_cookie or best.waits or (best.memory != "not seen" and not best.error) or transport is not None:
        return best
    kept = msgspec.structs.replace(best.shape, cookies="conversation")
    keeping = ledger.over(default_transport(target, keeps_cookies=True))
    came = await _had(target, kept, _said(target, attempt, kept), keeping, timeouts)
    return came if _is_better(came, best) else best


def _is_better(came: TwoTurns, best: TwoTurns) -> bool:
    return not came.error and (bool(best.error) or came.memory == "seen")


def _said(target: Target, attempt: Attempt, shape: Shape) -> str:
    """What is said first: what was given, if anything was."""
    given = _said_in(attempt.shape.template, shape.template)
    return given or (target.message if target.message != DEFAULT_MESSAGE else "Hello!")


def _candidates(attempt: Attempt) -> Iterator[Shape]:
    """The settings as they are, and those by which the agent's own id of the conversation goes back."""
    shape = pasted_shape(attempt)
    place = path_to_id(attempt.exchange) if attempt.exchange is not None else None
    own = None if place is None else with_session(shape.template, place)
    if own is not None and place is not None:
        own_id = msgspec.structs.replace(shape.sending(own), session=place)
        # An empty id in what was given asks the agent for one.
        yield from (own_id, shape) if _has_empty_id(attempt.shape.template, own) else (shape, own_id)
    else:
        yield shape


def _has_empty_id(given: Any, own: Any) -> bool:
    if isinstance(given, dict) and isinstance(own, dict):
        return any(_has_empty_id(given.get(name), value) for name, value in own.items())
    return (given, own) == ("", "$session")


def _said_in(given: Any, template: Any) -> str:
    """What a body that was given says where the template has the text; empty where that is not known."""
    if isinstance(given, str) and template == "$message":
        return "" if given == template else given.replace("$$", "$")
    if isinstance(given, dict) and isinstance(template, dict):
        return next(filter(None, (_said_in(given.get(name), inner) for name, inner in template.items())), "")
    return ""


async def _had(target: Target, shape: Shape, said: str, ledger: Ledger, timeouts: Timeouts) -> TwoTurns:
    agent = remote_agent(target, shape, transport=ledger, timeouts=timeouts)
    thread = str(uuid.uuid4())
    word = f"plum{secrets.token_hex(3)}"
    messages: list[Any] = [{"role": "user", "content": _REMEMBER.format(said=said, word=word)}]
    try:
        first, answer, error = await _turn(agent, thread, messages)
        takes_text = first is None or _is_in_request(word, first)
        sets_cookie = first is not None and "set-cookie" in first.headers
        protocol = first.protocol if first is not None else ""
        came = TwoTurns(shape=shape, takes_text=takes_text, sets_cookie=sets_cookie, protocol=protocol)
        if error or first is None:
            return msgspec.structs.replace(came, error=error or "nothing was sent", turn=1)
        if first.reply.interrupt is not None:
            return msgspec.structs.replace(came, waits=True)
        messages = [*messages, *answer, {"role": "user", "content": _RECALL}]
        second, _, error = await _turn(agent, thread, messages)
        if error or second is None:
            return msgspec.structs.replace(came, error=error or "nothing was sent")
        memory: Memory = "seen" if word in second.reply.text.lower() else "not seen"
        return msgspec.structs.replace(came, memory="sent" if _is_in_request(word, second) else memory)
    finally:
        await agent.conversation_over(thread)


async def _turn(agent: RemoteAgent, thread: str, messages: list[Any]) -> tuple[Exchange | None, list[Any], str]:
    """The exchange of a turn, what the agent said, and what was raised in its place."""
    observer = Observer()
    asked = AgentInput(thread_id=thread, messages=messages, new_messages=messages[-1:], observer=observer)
    try:
        answer = await agent.call(asked)
    except (AgentError, ConfigurationError) as failed:
        exchange = observer.exchange
        return exchange, [], (exchange.error if exchange is not None else "") or str(failed)
    if isinstance(answer, str):
        empty = "" if answer.strip() else "the answer has no text"
        return observer.exchange, [{"role": "assistant", "content": answer}], empty
    return observer.exchange, list(answer) if isinstance(answer, list) else [answer], ""


def _is_in_request(word: str, exchange: Exchange) -> bool:
    return word.encode() in exchange.request.body or word in exchange.request.url
