"""One answer of one model: the conversation is shown to it, looked up where it is long, and its verdict is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from scenario.agents.judge.look_up import LOOK_UPS, LookUp, read_look_up
from scenario.agents.judge.prompt import judge_messages, looked_up
from scenario.agents.judge.quotes import checked_quote
from scenario.agents.judge.transcript_text import transcript_text
from scenario.agents.judge.verdict import Verdict, continue_function, finish_function, read_verdict
from scenario.agents.model_calls import reporter
from scenario.dialogue.adapter import AgentInput
from scenario.llm.model import Model
from scenario.llm.structured import Call, ask
from scenario.types import Message

# What a token has of characters, roughly, in the languages that models are fed with most.
_CHARACTERS_A_TOKEN: Final = 4


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What one model is asked.

    Attributes:
        criteria: in the order in which they are shown.
        may_go_on: whether it may let the conversation go on.
        number: of all askings of this verdict, from 0: each is one of its own, and none is served another's answer.
        system_prompt: instructions in the place of the built-in ones.
        token_threshold: conversations of up to about so many tokens are shown in full.
        max_discovery_steps: how many look-ups there may be in longer ones.
    """

    criteria: tuple[str, ...]
    may_go_on: bool
    number: int = 0
    system_prompt: str | None = None
    token_threshold: int = 8192
    max_discovery_steps: int = 10


async def answer_to(question: Question, model: Model, input: AgentInput) -> Verdict | None:  # noqa: A002
    """The model's verdict; None where it lets the conversation go on.

    Raises:
        ModelError: the server failed, or gave nothing that can be read.
        ConfigurationError: a key or the embedded model is missing.
    """
    criteria, messages = question.criteria, input.messages
    tokens = len(transcript_text(messages)) / _CHARACTERS_A_TOKEN
    outlined = tokens > question.token_threshold and question.max_discovery_steps > 0 and model.profile.tools
    state, request = input.scenario_state, input.judgment_request
    asked = judge_messages(
        description="" if state is None else state.description,
        criteria=criteria,
        messages=messages,
        system_prompt=question.system_prompt,
        additional_context=None if request is None else request.additional_context,
        forced=not question.may_go_on,
        outlined=outlined,
        criteria_last=question.number % 2 == 1,
    )
    finish = finish_function(criteria)
    decisions = [continue_function(), finish] if question.may_go_on else [finish]

    def read_answer(call: Call) -> Verdict | None:
        verdict = read_verdict(call, criteria)
        return None if verdict is None else _with_checked_quotes(verdict, messages)

    def read(call: Call) -> Verdict | LookUp | None:
        return read_look_up(call, messages) or read_answer(call)

    answered = reporter(model, input.observer)
    for step in range(question.max_discovery_steps if outlined else 0):
        answer = await ask(model, asked, [*decisions, *LOOK_UPS], read, answered=answered, asking=question.number)
        if not isinstance(answer, LookUp):
            return answer
        asked += looked_up(answer.call, answer.result, last=step + 1 == question.max_discovery_steps)
    return await ask(model, asked, decisions, read_answer, answered=answered, asking=question.number)


def _with_checked_quotes(verdict: Verdict, messages: Sequence[Message]) -> Verdict:
    criteria = []
    for result in verdict.criteria:
        found = None if result.quote is None else checked_quote(messages, result.quote, result.message_index)
        quote, index = found or (None, None)
        criteria.append(msgspec.structs.replace(result, quote=quote, message_index=index))
    return msgspec.structs.replace(verdict, criteria=tuple(criteria))
