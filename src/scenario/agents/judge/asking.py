"""One answer of one model: the conversation is shown to it, looked up where it is long, and its verdict is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec

from scenario.agents.judge.answer import GoesOn, fails, read_founded, statuses_of, words_of
from scenario.agents.judge.coverage import open_criteria, without_the_unread
from scenario.agents.judge.images import images_of, sendable, without_the_unseen
from scenario.agents.judge.look_up import LOOK_UPS, LookUp, read_look_up
from scenario.agents.judge.prompt import judge_messages, looked_up, rest_shown
from scenario.agents.judge.transcript_text import cut_in_outline, transcript_text
from scenario.agents.judge.verdict import ON_IMAGE, Verdict, continue_function, finish_function
from scenario.agents.model_calls import reporter
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ModelResponseError
from scenario.llm.abilities import sees_images, window_of
from scenario.llm.functions import Call, Function
from scenario.llm.model import Model
from scenario.llm.structured import ask
from scenario.types import Message

T = TypeVar("T")

# What a token has of bytes, roughly, in the languages that models are fed with most.
_BYTES_A_TOKEN: Final = 4
# Of a window that is known; the rest is for instructions and the answer, and for what an estimate is wrong by.
_SHARE_OF_WINDOW: Final = 0.6
# Where the window is not known.
_UNKNOWN_WINDOW: Final = 8192
_NOT_SENT: Final = "they cannot be sent to a model, or are too many"
_NOT_SEEN: Final = "it takes none"
_REFUSED: Final = "its server refused them"
_BLIND: Final = (
    f'You cannot see the conversation\'s images ({{count}}). Say of each criterion in "{ON_IMAGE}" whether its verdict '
    "depends on what one shows, as on whether something is described or read rightly; then it is inconclusive."
)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What one model is asked.

    Attributes:
        criteria: in the order in which they are shown.
        may_go_on: whether it may let the conversation go on.
        number: of all askings of this verdict, from 0: each is one of its own, and none is served another's answer.
        system_prompt: instructions in the place of the built-in ones.
        token_threshold: conversations of up to about so many tokens are shown in full; None: what its window holds.
        max_discovery_steps: how many look-ups there may be in longer ones.
        sees_images: whether the model takes images; None: what its name tells.
        controls: how many statements whose truth is known stand among the criteria; None: as its model needs.
    """

    criteria: tuple[str, ...]
    may_go_on: bool
    number: int = 0
    system_prompt: str | None = None
    token_threshold: int | None = None
    max_discovery_steps: int = 10
    sees_images: bool | None = None
    controls: int | None = None


async def answer_to(question: Question, model: Model, input: AgentInput) -> Verdict | GoesOn:  # noqa: A002
    """The model's verdict, or that it lets the conversation go on.

    Raises:
        ModelError: the server failed, or gave nothing that can be read.
        ConfigurationError: a key or the embedded model is missing.
    """
    may_look_up = question.max_discovery_steps > 0 and model.profile.tools
    outlined = may_look_up and _tokens(input.messages) > _threshold(question, model)
    try:
        return await _Asking(question, model, input, outlined=outlined).answer()
    except ModelResponseError as error:
        if outlined or not may_look_up or not _is_too_long(error):
            raise
        return await _Asking(question, model, input, outlined=True).answer()


def _tokens(messages: Sequence[Message]) -> float:
    return len(transcript_text(messages).encode()) / _BYTES_A_TOKEN


def _threshold(question: Question, model: Model) -> float:
    if question.token_threshold is not None:
        return question.token_threshold
    window = window_of(model.target.model)
    return _UNKNOWN_WINDOW if window is None else window * _SHARE_OF_WINDOW


def _is_too_long(error: ModelResponseError) -> bool:
    return error.reason == "context_length"


class _Asking:
    """One conversation with the model, which grows by what it looks up."""

    def __init__(self, question: Question, model: Model, input: AgentInput, *, outlined: bool) -> None:  # noqa: A002
        self._question = question
        self._model = model
        self._messages: Sequence[Message] = input.messages
        self._report = reporter(model, input.observer)
        self._outlined = outlined
        self._unread = cut_in_outline(self._messages) if outlined else frozenset[int]()
        self._blind = False
        state, request = input.scenario_state, input.judgment_request
        self._context = None if request is None else request.additional_context
        self._asked = judge_messages(
            description="" if state is None else state.description,
            criteria=question.criteria,
            messages=self._messages,
            system_prompt=question.system_prompt,
            additional_context=self._context,
            forced=not question.may_go_on,
            outlined=outlined,
            criteria_last=question.number % 2 == 1,
        )

    async def answer(self) -> Verdict | GoesOn:
        images = images_of(self._messages)
        if not images:
            return await self._read_verdict()
        parts = sendable(images)
        why = _NOT_SENT if parts is None else self._why_unseen()
        text = self._asked[1]["content"]
        if parts is not None and not why:
            told = f"The {len(parts)} images of the conversation follow, in the order in which they stand in it."
            self._asked[1]["content"] = [{"type": "text", "text": f"{text}\n\n{told}"}, *parts]
            try:
                return await self._read_verdict()
            except ModelResponseError as error:
                if "image" not in str(error).lower() or _is_too_long(error):
                    raise
                # An outage of what reads images there says nothing of what the server takes.
                if error.status < 500 or "support" in str(error).lower():
                    self._model.images_were_refused()
                why = _REFUSED
        self._blind = True
        self._asked[1]["content"] = f"{text}\n\n{_BLIND.format(count=len(images))}"
        verdict = await self._read_verdict()
        return verdict if isinstance(verdict, GoesOn) else without_the_unseen(verdict, why)

    def _why_unseen(self) -> str:
        """Why the model is sent no images; "" where it is."""
        if self._model.refuses_images:
            return _REFUSED
        takes = self._question.sees_images
        takes = sees_images(self._model.target.model) if takes is None else takes
        return "" if takes else _NOT_SEEN

    async def _read_verdict(self) -> Verdict | GoesOn:
        verdict = await self._looked_up()
        if isinstance(verdict, GoesOn) or not self._unread or not open_criteria(verdict):
            return verdict
        # It decided by what it has not read: that is shown to it, and it is asked once more.
        self._asked += rest_shown(verdict, self._messages, sorted(self._unread))
        try:
            return await self._ask()
        except ModelResponseError as error:
            if not _is_too_long(error):
                raise
            return without_the_unread(verdict, self._unread, "they do not fit into the model's window")

    async def _looked_up(self) -> Verdict | GoesOn:
        steps = self._question.max_discovery_steps if self._outlined else 0
        for step in range(steps):
            answer = await self._ask_of([*self._decisions(), *LOOK_UPS], self._read)
            if not isinstance(answer, LookUp):
                return answer
            self._unread -= answer.shown
            self._asked += looked_up(answer.call, answer.result, last=step + 1 == steps)
        return await self._ask()

    async def _ask(self) -> Verdict | GoesOn:
        return await self._ask_of(self._decisions(), self._read_answer)

    def _decisions(self) -> list[Function]:
        finish = finish_function(self._question.criteria, blind=self._blind)
        return [continue_function(), finish] if self._question.may_go_on else [finish]

    async def _ask_of(self, functions: Sequence[Function], read: Callable[[Sequence[Call]], T]) -> T:
        return await ask(
            self._model,
            self._asked,
            functions,
            read,
            answered=self._report,
            asking=self._question.number,
            shown=words_of(self._messages, self._context),
            essence=statuses_of,
            fails=fails,
        )

    def _read(self, calls: Sequence[Call]) -> Verdict | GoesOn | LookUp:
        return read_look_up(calls, self._messages) or self._read_answer(calls)

    def _read_answer(self, calls: Sequence[Call]) -> Verdict | GoesOn:
        return read_founded(
            calls,
            criteria=self._question.criteria,
            messages=self._messages,
            additional_context=self._context,
            blind=self._blind,
        )
