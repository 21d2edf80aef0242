"""The built-in judge: a model that decides for each criterion whether the conversation meets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from scenario.agents.judge.look_up import LOOK_UPS, LookUp, read_look_up
from scenario.agents.judge.prompt import judge_messages, looked_up
from scenario.agents.judge.quotes import checked_quote
from scenario.agents.judge.transcript_text import transcript_text
from scenario.agents.judge.verdict import Verdict, continue_function, finish_function, read_verdict
from scenario.agents.model_attributes import ModelParticipant
from scenario.agents.model_calls import BlamedOn, reported_post, reporter
from scenario.config import NOT_GIVEN, ModelConfig
from scenario.config.without_effect import tell_without_effect
from scenario.dialogue.adapter import AgentInput, AgentReturnTypes
from scenario.errors import JudgeError, SettingTypeError
from scenario.kinds import COUNT, TEXT, TEXTS, Kinds, demand_kinds, optional
from scenario.llm.model import Model
from scenario.llm.structured import Call, ask
from scenario.types import AgentRole, CriterionResult, Message, ScenarioResult

_NO_CRITERIA = "There is nothing to judge: the judge has no criteria. Give it some: JudgeAgent(criteria=[...])."
# What a token has of characters, roughly, in the languages that models are fed with most.
_CHARACTERS_A_TOKEN = 4
_KINDS: Final[Kinds] = {
    "criteria": TEXTS,
    "system_prompt": optional(TEXT),
    "token_threshold": COUNT,
    "max_discovery_steps": COUNT,
}


class JudgeAgent(ModelParticipant):
    """A judge played by a model.

    In free play it is asked after each turn whether to go on. A verdict that it gives of its own accord ends the run,
    unless criteria are undecided and none has failed. In a `judge()` step, a checkpoint and the last turn a verdict is
    demanded, and undecided criteria fail. Without criteria it lets free play go on, and fails a verdict that is
    demanded; it calls no model for that.

    A model whose profile is "log-odds" (the embedded one) gives verdicts only: in free play it is asked when the user
    has nothing more to say, else at the end.

    Args:
        criteria: what the conversation must meet, each a sentence.
        model: "provider/model", or a `ModelConfig`; the configured one by default, else what the environment offers.
        api_base: the base URL of any OpenAI-compatible server.
        api_key: its key.
        temperature: the configured one by default, else 0.0; given here, it wins, 0.0 too.
        max_tokens: the longest answer, in tokens.
        system_prompt: replaces the built-in instructions; the criteria are sent all the same.
        token_threshold: conversations of up to about so many tokens are shown in full, longer ones in outline with
            look-ups.
        max_discovery_steps: how many look-ups there may be.
        span_collector: of tracing, which is not part of this version: without effect, as the next five are, and as a
            warning says where they ask for something.
        remote_trace_fetcher: see `span_collector`.
        include_audio: see `span_collector`.
        include_timeline: see `span_collector`.
        include_traces: see `span_collector`.
        modality: see `span_collector`.
        extra: settings of the call (`timeout` in seconds, `extra_headers`, `max_retries`), or keys of the request's
            body; a warning names those that no server is known to take.

    Attributes:
        criteria: may be changed between runs.

    Raises:
        ConfigurationError: there is no model anywhere, or a setting has no meaning or is of a wrong kind (a
            ValueError).
    """

    role = AgentRole.JUDGE

    def __init__(
        self,
        *,
        criteria: Sequence[str] | None = None,
        model: str | ModelConfig | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        temperature: Any = NOT_GIVEN,
        max_tokens: int | None = None,
        system_prompt: str | None = None,
        span_collector: Any = None,
        remote_trace_fetcher: Any = None,
        token_threshold: int = 8192,
        max_discovery_steps: int = 10,
        include_audio: Any = None,
        include_timeline: Any = None,
        include_traces: Any = None,
        modality: Any = None,
        **extra: Any,
    ) -> None:
        tell_without_effect(
            type(self).__name__,
            span_collector=span_collector,
            remote_trace_fetcher=remote_trace_fetcher,
            include_audio=include_audio,
            include_timeline=include_timeline,
            include_traces=include_traces,
            modality=modality,
        )
        if isinstance(criteria, str):
            raise SettingTypeError(f"criteria={criteria!r}: give a list of criteria, [{criteria!r}].")
        if criteria is not None and not isinstance(criteria, Iterable):
            raise SettingTypeError(f"criteria={criteria!r:.120}: give a list of texts.")
        self.criteria: list[str] = list(criteria or ())
        self.system_prompt = system_prompt
        self.token_threshold = token_threshold
        self.max_discovery_steps = max_discovery_steps
        demand_kinds(type(self).__name__, _KINDS, self, SettingTypeError)
        self._be_played_by(
            model=model,
            api_base=api_base,
            api_key=api_key,
            temperature=None if temperature is NOT_GIVEN else temperature,
            max_tokens=max_tokens,
            extra=extra,
        )

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """A verdict, or [] to let the conversation go on.

        Raises:
            JudgeError: the model failed, or gave no verdict that can be read.
        """
        request = input.judgment_request
        demanded = list(request.criteria) if request is not None and request.criteria is not None else None
        criteria = list(self.criteria) if demanded is None else demanded
        if request is None and (not criteria or self._too_early(input)):
            return []
        if not criteria:
            return ScenarioResult(success=False, messages=input.messages, reasoning=_NO_CRITERIA)
        with BlamedOn(JudgeError, self):
            verdict = await self._verdict(input, criteria)
        if verdict is None:
            return []
        result = _result(verdict, input.messages)
        undecided = result.inconclusive_criteria
        if request is None and undecided and len(undecided) == len(result.failed_criteria):
            return []
        return result

    def _too_early(self, input: AgentInput) -> bool:  # noqa: A002 - as in `call`
        state = input.scenario_state
        floor = None if state is None else state.config.min_turns
        return state is not None and isinstance(floor, int) and state.current_turn + 1 < floor

    async def _verdict(self, input: AgentInput, criteria: list[str]) -> Verdict | None:  # noqa: A002 - as in `call`
        state = input.scenario_state
        model = self.played_by.of_run(None if state is None else state.config)
        if model.profile.judge == "log-odds":
            return await _by_log_odds(model, input, criteria)
        description = "" if state is None else state.description
        request = input.judgment_request
        forced = request is not None
        tokens = len(transcript_text(input.messages)) / _CHARACTERS_A_TOKEN
        outlined = tokens > self.token_threshold and self.max_discovery_steps > 0 and model.profile.tools
        asked = judge_messages(
            description=description,
            criteria=criteria,
            messages=input.messages,
            system_prompt=self.system_prompt,
            additional_context=None if request is None else request.additional_context,
            forced=forced,
            outlined=outlined,
        )
        decisions = [finish_function(criteria)] if forced else [continue_function(), finish_function(criteria)]

        def read(call: Call) -> Verdict | LookUp | None:
            return read_look_up(call, input.messages) or read_verdict(call, criteria)

        answered = reporter(model, input.observer)
        for step in range(self.max_discovery_steps if outlined else 0):
            answer = await ask(model, asked, [*decisions, *LOOK_UPS], read, answered=answered)
            if not isinstance(answer, LookUp):
                return answer
            asked += looked_up(answer.call, answer.result, last=step + 1 == self.max_discovery_steps)
        return await ask(model, asked, decisions, lambda call: read_verdict(call, criteria), answered=answered)


async def _by_log_odds(model: Model, input: AgentInput, criteria: list[str]) -> Verdict | None:  # noqa: A002
    if input.judgment_request is None and any(message.get("role") == "user" for message in input.new_messages):
        return None
    from scenario.llm.embedded.log_odds import judge_criteria  # nobody else needs it

    state = input.scenario_state
    results = await judge_criteria(
        reported_post(model, input.observer),
        messages=input.messages,
        criteria=criteria,
        description="" if state is None else state.description,
    )
    agreement = model.profile.agreement
    measured = f" Its measured agreement with labels: {agreement}." if agreement else ""
    return Verdict(criteria=tuple(results), reasoning=f"Judged by {model.name}, experimental.{measured}")


def _result(verdict: Verdict, messages: list[Message]) -> ScenarioResult:
    results = [_with_checked_quote(result, messages) for result in verdict.criteria]
    by_status: dict[str, list[str]] = {"passed": [], "failed": [], "inconclusive": []}
    for result in results:
        by_status[result.status].append(result.criterion)
    failed = [result for result in results if result.status != "passed"]
    reasoning = verdict.reasoning or " ".join(result.reasoning for result in failed or results if result.reasoning)
    return ScenarioResult(
        success=not failed,
        messages=messages,
        reasoning=reasoning or f"{len(results) - len(failed)} of {len(results)} criteria passed.",
        passed_criteria=by_status["passed"],
        failed_criteria=[result.criterion for result in failed],
        inconclusive_criteria=by_status["inconclusive"],
        criteria=results,
    )


def _with_checked_quote(result: CriterionResult, messages: list[Message]) -> CriterionResult:
    found = None if result.quote is None else checked_quote(messages, result.quote, result.message_index)
    quote, index = found or (None, None)
    return msgspec.structs.replace(result, quote=quote, message_index=index)
