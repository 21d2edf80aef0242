"""A reply in the making: pieces are kept in lists and joined once, so that a long reply costs no more per piece."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

from scenario.protocols.call_arguments import settled
from scenario.protocols.json_text import NOT_JSON, is_cut_json, read_json, repaired, shortened, write_json
from scenario.types import FunctionCall, FunctionResult, Message, Outcome, Reply, ReplyError, Usage

# What arguments that are meant to be JSON begin with.
_JSON_STARTS: Final = frozenset('{["')


class CallDraft:
    """A tool call whose fragments are still coming.

    Attributes:
        free_text: what the tool is given is text of any kind, and need not be JSON.
    """

    __slots__ = ("arguments", "free_text", "id", "name")

    def __init__(self, id: str = "", name: str = "") -> None:  # noqa: A002 - the name of the field
        self.id: str = id
        self.name: str = name
        self.arguments: list[str] = []
        self.free_text = False

    def settle(self) -> str:
        """Make one text of the fragments of the arguments; what was decided about them, empty where nothing was."""
        text, note = settled(self.arguments)
        if note:
            self.arguments[:] = [text]
        return note

    def build(self) -> FunctionCall:
        """The call with its arguments joined and, where they are JSON, parsed."""
        raw = repaired(settled(self.arguments).text)
        parsed = read_json(raw) if raw else NOT_JSON
        return FunctionCall(
            id=repaired(self.id),
            name=repaired(self.name),
            arguments_raw=raw,
            arguments=None if parsed is NOT_JSON else parsed,
        )


class MessageDraft:
    """An assistant message whose pieces are still coming.

    Many are open at once in a run of many streams, so what most messages do not have is made when it is asked for.
    """

    __slots__ = ("_calls", "_refusal", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._refusal: list[str] | None = None
        self._calls: list[CallDraft] | None = None

    @property
    def refusal(self) -> list[str]:
        """The pieces of a refusal."""
        if self._refusal is None:
            self._refusal = []
        return self._refusal

    @property
    def calls(self) -> list[CallDraft]:
        """The tool calls."""
        if self._calls is None:
            self._calls = []
        return self._calls

    @property
    def text(self) -> str:
        """The text so far."""
        return repaired("".join(self.texts))

    def build(self, text: str, calls: list[FunctionCall]) -> Message | None:
        """The OpenAI-style message with this text and these calls; None where there is nothing in it."""
        refusal = repaired("".join(self._refusal or ()))
        if not text and not refusal and not calls:
            return None
        message: Message = {"role": "assistant", "content": text or None}
        if refusal:
            message["refusal"] = refusal
        if calls:
            message["tool_calls"] = [_openai_call(call) for call in calls]
        return message


_Item: TypeAlias = MessageDraft | FunctionResult


class Assembly:
    """What the events of one reply have brought so far.

    Attributes:
        usage: the last usage that was reported.
        finish_reason: in the agent's own words.
        error: the first error that the agent reported.
        session: values that go back on the next turn.
        carried: what else goes back, which is none of the conversation's names.
        interrupt: what the agent waits for, where it stopped for a human.
        cut: a part of the answer began before the one in front of it had ended.
        contradiction: where the agent told a thing twice and not alike: what contradicts what.
        notes: what the reader decided that the reading is to tell.
    """

    def __init__(self, protocol: str) -> None:
        self.protocol = protocol
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.error: ReplyError | None = None
        self.interrupt: Any = None
        self.session: dict[str, Any] = {}
        self.carried: dict[str, Any] = {}
        # Many replies are assembled at once: what may stay empty is made when it is needed.
        self._items: list[_Item] = []
        self._drafts: dict[object, MessageDraft] = {}
        self._calls: dict[object, CallDraft] = {}
        self._reasoning: list[str] | None = None
        self._has_text = False
        self._before: Assembly | None = None
        self.cut = False
        self.contradiction: str | None = None
        self.notes: tuple[str, ...] = ()

    @property
    def has_text(self) -> bool:
        """Whether any text has come."""
        return self._has_text

    @property
    def is_empty(self) -> bool:
        """Whether nothing of an answer has come: no text, no reasoning, no tool call, no result."""
        return not self._items and not self._reasoning

    def message(self, key: object = "") -> MessageDraft:
        """The message of that key, begun where it is new; dialects with one message leave the key out."""
        draft = self._drafts.get(key)
        if draft is None:
            draft = self._drafts[key] = MessageDraft()
            self._items.append(draft)
        return draft

    def follows(self, before: Assembly) -> None:
        """Stand after another: its messages are known here, and what is said here begins a line of its own."""
        self._before = before
        self._has_text = before.has_text

    def has_begun(self, key: object) -> bool:
        """Whether there is a message of that key."""
        return key in self._drafts or (self._before is not None and self._before.has_begun(key))

    def has_own(self, key: object) -> bool:
        """The same, of this segment alone."""
        return key in self._drafts

    def arrange(self, keys: Sequence[object]) -> None:
        """Let the messages of these keys stand in this order, in the places that they have together."""
        drafts = [self._drafts[key] for key in keys if key in self._drafts]
        places = {id(item): place for place, item in enumerate(self._items)}
        for place, draft in zip(sorted(places[id(draft)] for draft in drafts), drafts, strict=True):
            self._items[place] = draft

    def texts(self) -> set[str]:
        """The text of each message so far."""
        own = {draft.text for draft in self._drafts.values()}
        return own if self._before is None else own | self._before.texts()

    @property
    def has_calls(self) -> bool:
        """Whether any tool call has begun."""
        return any(item.calls for item in self._items if isinstance(item, MessageDraft))

    def has_open_calls(self) -> bool:
        """Whether a tool call has no result yet."""
        calls = [call.id for item in self._items if isinstance(item, MessageDraft) for call in item.calls]
        if not calls:
            return False
        results = [item.id for item in self._items if isinstance(item, FunctionResult)]
        # Some agents give neither an id: then they are counted.
        return len(results) < len(calls) and not set(calls) <= set(results)

    def contradict(self, said: str) -> None:
        """Note that the agent has contradicted itself; the first time stays."""
        if self.contradiction is None:
            self.contradiction = said

    def text(self, piece: str, key: object = "") -> str:
        """Add text to a message, and return what that adds to the whole text: messages are a line apart."""
        texts = self.message(key).texts
        if not piece:
            return ""
        begins = not texts and self._has_text
        texts.append(piece)
        self._has_text = True
        return f"\n{piece}" if begins else piece

    def more_text(self, pieces: list[str], key: object = "", *, apart: bool = False) -> list[str] | None:
        """Add pieces to a message that has text already; None, and nothing is, where it has none or one is empty.

        Args:
            pieces: the pieces.
            key: the message's.
            apart: keep each by itself, as a reader needs it that looks at single ones later: a text for each of many
                takes more memory than what it says.
        """
        draft = self._drafts.get(key)
        if draft is None or not draft.texts or not all(pieces):
            return None
        draft.texts += pieces if apart else ("".join(pieces),)
        return pieces

    def reasoning(self, piece: str) -> None:
        """Add to the thinking that the agent showed."""
        if piece:
            if self._reasoning is None:
                self._reasoning = []
            self._reasoning.append(piece)

    def call(self, key: object, *, message: object = "") -> CallDraft | None:
        """The tool call of that key, if it has begun."""
        return self._calls.get((message, key))

    def begin_call(self, key: object, *, id: str = "", name: str = "", message: object = "") -> CallDraft:  # noqa: A002
        """Begin a tool call in a message; a later `call` of that key finds it."""
        draft = CallDraft(id, name)
        self._calls[message, key] = draft
        self.message(message).calls.append(draft)
        return draft

    def result(self, id: str, output: Any, *, name: str = "", is_error: bool = False) -> None:  # noqa: A002
        """Add a tool's result."""
        self._items.append(FunctionResult(id=id, name=name, output=output, is_error=is_error))

    def note(self, said: str) -> None:
        """Note what the reading is to tell, once; nothing where it is empty."""
        if said and said not in self.notes:
            self.notes += (said,)

    def fail(self, message: str, code: str = "") -> None:
        """Note an error that the agent reported; the first one stays."""
        if self.error is None:
            self.error = ReplyError(message=repaired(message), code=repaired(code))

    def _check_arguments(self, calls: list[FunctionCall]) -> None:
        """An answer that is whole has no half a call; arguments that were never meant to be JSON stay as they are."""
        for call in calls:
            raw = call.arguments_raw
            if call.arguments is None and raw.lstrip()[:1] in _JSON_STARTS and is_cut_json(raw):
                self.contradict(f"the arguments of the call {call.name[:60]!r} are no JSON together: {shortened(raw)}")

    def build(self, outcome: Outcome) -> Reply:
        """The reply as it stands; where it is to be complete, what contradicts that is noted."""
        texts: list[str] = []
        messages: list[Message] = []
        calls: list[FunctionCall] = []
        results: list[FunctionResult] = []
        for item in self._items:
            if isinstance(item, FunctionResult):
                results.append(item)
                messages.append({"role": "tool", "tool_call_id": item.id, "content": _as_text(item.output)})
                continue
            for draft in item.calls:
                self.note(draft.settle())
            built = [draft.build() for draft in item.calls]
            calls += built
            if outcome == "complete":
                self._check_arguments(
                    [call for call, draft in zip(built, item.calls, strict=True) if not draft.free_text]
                )
            text = item.text
            if item.texts:
                texts.append(text)
            if (message := item.build(text, built)) is not None:
                messages.append(message)
        return Reply(
            protocol=self.protocol,
            text="\n".join(texts),
            messages=messages,
            reasoning=repaired("".join(self._reasoning or ())),
            tool_calls=calls,
            tool_results=results,
            usage=self.usage,
            finish_reason=self.finish_reason,
            error=self.error,
            interrupt=self.interrupt,
            session=self.session,
            carried=self.carried,
            outcome=outcome,
            complete=outcome == "complete",
        )


def _openai_call(call: FunctionCall) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments_raw or "{}"}}


def _as_text(output: object) -> str:
    return output if isinstance(output, str) else write_json(output)
