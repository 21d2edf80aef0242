"""The two ends of a turn: from what the participant is handed to what is put, and from the reply to what it returns."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from scenario.agents.remote.learning import Learnt
from scenario.agents.remote.request import text_of
from scenario.agents.remote.settings import RemoteSettings
from scenario.agents.remote.thread import Thread
from scenario.dialogue.adapter import AgentInput, AgentReturnTypes
from scenario.protocols.interrupts import question_of, spoken
from scenario.protocols.protocol import Turn
from scenario.types import Message, Reply

# What a chat message may have; anything else in it is somebody's bookkeeping and is not sent.
_MESSAGE_KEYS: Final = frozenset(
    {"role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio", "function_call"}
)
# Messages that only show what an interrupt asks, and how it was answered: their keys, by their roles.
_INTERRUPT: Final = "interrupt"
_RESUME: Final = "resume"


def turn_of(
    input: AgentInput,  # noqa: A002
    thread: Thread,
    settings: RemoteSettings,
    learnt: Learnt,
    *,
    request_id: str,
) -> Turn:
    """What is to be put to the agent.

    Args:
        input: what the participant was handed.
        thread: what is remembered of its conversation.
        settings: what the agent was told.
        learnt: what its answers have taught.
        request_id: the request's.
    """
    # A body of the user's own may have no place for an answer to an interrupt: there it is a line of the user's.
    own = settings.plan.has_own_body
    new = _clean(input.new_messages, answers=own)
    whole = _clean(input.messages, answers=own)
    history = "full" if learnt.forgets else settings.history
    if history == "last":
        messages = [message for message in new if message.get("role") == "user"]
        if not messages and input.resume is None:
            messages = [one for one in whole if one.get("role") == "user"][-1:]
    else:
        messages = whole
    interrupt = None if thread.waiting is None else thread.waiting.interrupt
    resume = input.resume
    if interrupt is not None and resume is None:
        resume = spoken(interrupt, _last_text(new))
    return Turn(
        messages=messages,
        conversation=whole,
        history=history,
        new_messages=new,
        thread_id=input.thread_id,
        request_id=request_id,
        session=thread.session,
        model=learnt.model if settings.model is None else settings.model,
        path=urlsplit(settings.plan.url).path,
        interrupt=interrupt,
        resume=resume,
    )


def answer_of(reply: Reply) -> AgentReturnTypes:
    """What a participant returns for a reply: its text, or messages where it called tools or only asks something."""
    if reply.interrupt is not None and not reply.text:
        # The question is shown, and not sent back: it is not among what the agent has said in its protocol.
        asked: Message = {"role": "assistant", "content": question_of(reply.interrupt), _INTERRUPT: True}
        return [*reply.messages, asked]
    if reply.tool_calls or reply.tool_results:
        return reply.messages
    return reply.text or next((message["refusal"] for message in reply.messages if "refusal" in message), "")


def _clean(messages: list[Any], *, answers: bool) -> list[dict[str, Any]]:
    """Copies of messages with nothing but what a chat message has.

    What only shows an interrupt is left out: the agent knows what it asked, and is answered in its protocol's own way.

    Args:
        messages: a conversation.
        answers: whether the answers to interrupts stay in it, as lines of the user's.
    """
    return [
        {key: value for key, value in message.items() if key in _MESSAGE_KEYS}
        for message in messages
        if isinstance(message, dict) and _INTERRUPT not in message and (answers or _RESUME not in message)
    ]


def _last_text(messages: list[Message]) -> str:
    """The text of the newest line of the user's."""
    lines = [text_of(message.get("content")) for message in messages if message.get("role") == "user"]
    return lines[-1] if lines else ""
