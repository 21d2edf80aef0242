"""LangChain's messages folded into a reply, each counted once in however many forms it comes."""

from __future__ import annotations

from collections import deque
from typing import Final

from scenario.dialects.langgraph.langchain_messages import (
    ChatMessage,
    Fields,
    ToolCall,
    call_pieces,
    finish_reason_in,
    more_comes,
    text_and_thought,
    usage_in,
    whole_calls,
    word,
)
from scenario.dialects.openai.tool_calls import ToolCallDeltas
from scenario.protocols.assembly import Assembly, MessageDraft
from scenario.protocols.json_text import read_json, write_arguments
from scenario.protocols.protocol import NOTHING, REASONING, TOOL_CALL, Brought
from scenario.protocols.shapes import misfit
from scenario.types import Usage

# So many streamed messages are remembered as possibly coming again under another id.
_REMEMBERED: Final = 8


class MessageFolding:
    """Takes in pieces of messages, messages so far, and whole ones.

    Args:
        reply: what they are folded into.

    Attributes:
        unfinished: messages whose pieces say that more of them come.
    """

    def __init__(self, reply: Assembly) -> None:
        self._reply = reply
        self._drafts: dict[str, MessageDraft] = {}
        self._thoughts: dict[str, list[str]] = {}
        self._usages: dict[str, Usage] = {}
        self._deltas: dict[str, ToolCallDeltas] = {}
        self._channels: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._results: set[str] = set()
        self._unconfirmed: deque[str] = deque(maxlen=_REMEMBERED)
        # Messages that came without an id, by what is in them: a state gives them one.
        self._nameless: dict[str, str] = {}
        self.unfinished: set[str] = set()

    def add(self, message: ChatMessage, channel: str) -> Brought:
        """Take in a piece. Of a message whose pieces come by several channels, one channel is read."""
        key = message.id
        if self._channels.setdefault(key, channel) != channel:
            return NOTHING
        if (more := more_comes(message)) is not None:
            if more:
                self.unfinished.add(key)
            elif key in self.unfinished:
                self.unfinished.discard(key)
            else:
                # LangChain ends a message whose model gave it an id with an empty piece under the run's own.
                self.unfinished.clear()
        text, thought = text_and_thought(message)
        if thought:
            self._thoughts.setdefault(key, []).append(thought)
            self._reply.reasoning(thought)
        called = self._add_calls(message, key)
        if (usage := usage_in(message)) is not None:
            # The pieces' usages are parts of the message's.
            self._usages[key] = self._reply.usage = self._usages.get(key, Usage()) + usage
        self._reply.finish_reason = finish_reason_in(message) or self._reply.finish_reason
        if text or called:
            self._streamed(key)
        told = ""
        if text:
            self._draft(key)
            told = self._reply.text(text, key)
        return _brought(told, thought=bool(thought), called=called)

    def more_text(self, texts: list[str], ids: set[str], channel: str) -> list[str] | None:
        """Take in pieces of the messages of these ids; None, and nothing is, where they begin one or mix several."""
        key, *others = ids
        if others or self._channels.get(key) != channel:
            return None
        return self._reply.more_text(texts, key)

    def take(self, message: ChatMessage, *, growing: bool = False) -> Brought:
        """Take in a message that is whole, or, if it is growing, as whole as it is now."""
        if message.speaker == "tool":
            return self._result(message)
        if (wrong := misfit(message.fields, Fields)) is not None:
            return wrong
        text, thought = text_and_thought(message)
        calls = whole_calls(message)
        key = self._key_of(message, text, calls)
        if growing and (text or calls):
            self._streamed(key)
        thinks = bool(thought) and self._thinks(thought, key)
        called = bool(calls) and self._called(calls, key)
        if (usage := usage_in(message)) is not None:
            self._usages[key] = self._reply.usage = usage
        self._reply.finish_reason = finish_reason_in(message) or self._reply.finish_reason
        told = self.tell(text, key) if text else ""
        return _brought(told, thought=thinks, called=called)

    def complete(self, call: ToolCall, key: str) -> bool:
        """Take in one whole tool call of a message; whether it is new or has grown."""
        return self._called([call], key)

    def tell(self, text: str, key: str) -> str:
        """Take in all that there is of a message's text: what that adds to the whole text."""
        draft = self._draft(key)
        known = draft.text
        if text == known:
            return ""
        if text.startswith(known):
            return self._reply.text(text[len(known) :], key)
        draft.texts.clear()
        self._reply.text(text, key)
        return ""

    def _draft(self, key: str) -> MessageDraft:
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = self._reply.message(key)
        return draft

    def _streamed(self, key: str) -> None:
        if key not in self._names:
            self._names[key] = key
            self._unconfirmed.append(key)

    def _key_of(self, message: ChatMessage, text: str, calls: list[ToolCall]) -> str:
        """The message's own id, or that under which it was streamed: models rename their messages when they end."""
        content = f"{text}\0{[call.id for call in calls]}"
        name = message.id or content
        if name in self._names or not (text or calls):
            return self._names.get(name, name)
        if message.id and content in self._nameless:
            self._names[name] = self._nameless.pop(content)
            return self._names[name]
        ids = {call.id for call in calls}
        for key in self._unconfirmed:
            draft = self._draft(key)
            if draft.text == text and {call.id for call in draft.calls or ()} == ids:
                self._unconfirmed.remove(key)
                self._names[name] = key
                return key
        self._names[name] = name
        if not message.id:
            self._nameless[content] = name
        return name

    def _thinks(self, thought: str, key: str) -> bool:
        """Take in all that there is of a message's thinking; whether that adds to it."""
        known = "".join(self._thoughts.get(key, ()))
        if not thought.startswith(known) or thought == known:
            return False
        self._thoughts[key] = [thought]
        self._reply.reasoning(thought[len(known) :])
        return True

    def _add_calls(self, message: ChatMessage, key: str) -> bool:
        """Take in the pieces of a piece's tool calls, or the calls, where it has them whole."""
        pieces = call_pieces(message)
        if not pieces:
            return bool(message.fields.get("tool_calls")) and self._called(whole_calls(message), key)
        if key not in self._deltas:
            self._deltas[key] = ToolCallDeltas(self._reply, key)
        return self._deltas[key].add(pieces)

    def _called(self, calls: list[ToolCall], key: str) -> bool:
        """Take in whole tool calls; whether any is new or has grown."""
        drafts = self._draft(key).calls or []
        by_id = {draft.id: draft for draft in drafts if draft.id}
        grown = False
        for position, call in enumerate(calls):
            draft = by_id.get(call.id) if call.id else (drafts[position] if position < len(drafts) else None)
            if draft is None:
                draft = self._reply.begin_call(object(), id=call.id, name=call.name, message=key)
                by_id[call.id] = draft
                grown = True
            draft.name = call.name or draft.name
            raw = "".join(draft.arguments)
            if not raw or read_json(raw) != call.arguments:
                arguments = {} if call.arguments is None else call.arguments
                written = arguments if isinstance(arguments, str) else write_arguments(arguments)
                grown = grown or written != raw
                draft.arguments[:] = [written]
        return grown

    def _result(self, message: ChatMessage) -> Brought:
        fields = message.fields
        call_id = word(fields.get("tool_call_id"))
        key = call_id or message.id
        if key not in self._results:
            self._results.add(key)
            failed = fields.get("status") == "error"
            self._reply.result(call_id, fields.get("content"), name=word(fields.get("name")), is_error=failed)
        return NOTHING


def _brought(text: str, *, thought: bool, called: bool) -> Brought:
    if called:
        return Brought("tool_call", text) if text else TOOL_CALL
    if text:
        return Brought("text", text)
    return REASONING if thought else NOTHING
