"""The built-in judge: a model that decides for each criterion whether the conversation meets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Literal, cast

import msgspec

from scenario.agents.judge.asking import Question
from scenario.agents.judge.checked import by_models, told_criteria, with_checks
from scenario.agents.judge.controls import LEAST_CONTROLS, MOST_CONTROLS
from scenario.agents.judge.decision_settings import demand_sense
from scenario.agents.judge.deliberation import Decision, Deliberation, deliberate, with_verdicts_above
from scenario.agents.judge.panel import Ask, Panel, scores_of
from scenario.agents.judge.scored import Scores, joined
from scenario.agents.judge.told_settings import settings_told
from scenario.agents.model_attributes import ModelParticipant
from scenario.agents.model_calls import BlamedOn, told_of_secrets
from scenario.config import NOT_GIVEN, ModelConfig, ScenarioConfig
from scenario.config.without_effect import tell_without_effect
from scenario.criterion import Criterion
from scenario.dialogue.adapter import AgentInput, AgentReturnTypes
from scenario.errors import ConfigurationError, JudgeError, SettingTypeError
from scenario.kinds import COUNT, POSITIVE, TEXT, TEXTS, Kind, Kinds, demand_kinds, one_of, optional
from scenario.llm.model import Model
from scenario.llm.participant_model import ParticipantModel
from scenario.types import AgentRole, FinalJudgmentRequest, Message, ScenarioResult

_BLANK = "A criterion of the judge is empty, and every conversation would meet it: write it, or leave it out."
_NO_CRITERIA = "There is nothing to judge: the judge has no criteria. Give it some: JudgeAgent(criteria=[...])."

JudgeEvery = Literal["turn", "end"] | int


def _is_interval(value: object) -> bool:
    return value in ("turn", "end") or (isinstance(value, int) and not isinstance(value, bool) and value >= 1)


def _is_number_of_controls(value: object) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    return value is None or (number and LEAST_CONTROLS <= int(cast(int, value)) <= MOST_CONTROLS)


_KINDS: Final[Kinds] = {
    "votes": POSITIVE,
    "ask": one_of("all", "each"),
    "judge_every": Kind(_is_interval, "'turn', 'end', or a number of turns of at least 1"),
    "criteria": TEXTS,
    "system_prompt": optional(TEXT),
    "token_threshold": optional(COUNT),
    "sees_images": Kind(lambda value: value is None or isinstance(value, bool), "True, False or None"),
    "max_discovery_steps": COUNT,
    "controls": Kind(_is_number_of_controls, f"None, or a number from {LEAST_CONTROLS} to {MOST_CONTROLS}"),
}


class JudgeAgent(ModelParticipant):
    """A judge played by a model.

    In free play it is asked after each turn whether to go on. A verdict that it gives of its own accord ends the run,
    unless criteria are undecided and none has failed. A failure is believed when a second asking of its own, in another
    order and without sight of the first answer, finds it too; where it does not, the conversation goes on, and on the
    last turn the criterion is asked about again, twice at a time, until both answers agree or three rounds have passed.
    In a `judge()` step, a checkpoint and the last turn a verdict is demanded, and undecided criteria fail. Without
    criteria it lets free play go on, and gives no verdict where one is demanded; it calls no model for that.

    A criterion may be a check: one of `scenario.checks`, or a function of the state. It decides by itself, whenever a
    verdict is given; no model is asked about it, and a judge of checks alone needs none. In free play such a judge is
    silent until a verdict is demanded, and a model's pass ends nothing while a check does not hold.

    What a model answers counts where it is a whole verdict of its own. A criterion that it leaves out, or decides by
    words that stand nowhere in the conversation, is asked about again, and is then inconclusive.

    With several votes all must agree. Criteria on which they differ are asked about again, up to three rounds, and are
    then inconclusive.

    The embedded model and decision models ("systemone/jev", "decisions/gpt-6-luna"; "decide/jev" asks its server which
    protocol it speaks) give verdicts only: in free play they are asked when the user has nothing more to say, else at
    the end. A decision model's probability decides only far out, and only where it gets statements right whose truth
    the transcript settles (`controls`).

    Args:
        criteria: what the conversation must meet, each a sentence or a check.
        model: "provider/model", or a `ModelConfig`; the configured one by default, else what the environment offers.
        api_base: the base URL of any OpenAI-compatible server.
        api_key: its key.
        temperature: the configured one by default, else 0.0; given here, it wins, 0.0 too.
        max_tokens: the longest answer, in tokens.
        system_prompt: replaces the built-in instructions; the criteria are sent all the same.
        token_threshold: conversations of up to about so many tokens are shown in full, longer ones in outline with
            look-ups; by default what the model's window holds and, where its name does not tell that, 8192.
        max_discovery_steps: how many look-ups there may be.
        span_collector: of tracing, which is not part of this version: without effect, as the next five are, and as a
            warning says where they ask for something.
        remote_trace_fetcher: see `span_collector`.
        include_audio: see `span_collector`.
        include_timeline: see `span_collector`.
        include_traces: see `span_collector`.
        modality: see `span_collector`.
        votes: how many answers each verdict rests on; one for each of `models` by default, else 1.
        models: models that vote, in the place of `model`; with more votes than models they vote in turn.
        ask: "all" criteria in one request, or "each" in a request of its own: slower, dearer, and undistracted.
        judge_every: when it is asked in free play: after every "turn", at the "end" only, or after every so many turns.
        sees_images: whether the models take images; by default what their names tell. A criterion about an image that
            was not shown is inconclusive.
        controls: how many statements whose truth the transcript settles go in among the criteria, unannounced, 2 to
            16; by default 3 with a decision model, and none with others. A judge that misses one, and then another in
            its place, has judged nothing: every criterion is inconclusive.
        escalate_to: another judge's model, "provider/model" or a `ModelConfig`, which is asked about the criteria that
            `model` leaves undecided in a verdict, and about them alone.
        extra: settings of the call (`timeout` in seconds, `extra_headers`, `max_retries`), or keys of the request's
            body; a warning names those that no server is known to take.

    Attributes:
        criteria: may be changed between runs; a check is a text here, as which it is written.
        bands: the file of `scenario judge --calibrate`, whose band a model that gives probabilities goes by; by default
            `judge.json` in the store's folder.

    Raises:
        ConfigurationError: there is no model anywhere, or a setting has no meaning or is of a wrong kind (a
            ValueError).
    """

    role = AgentRole.JUDGE
    # Classes of users' own may leave our __init__ out.
    votes: int = 1
    ask: Ask = "all"
    judge_every: JudgeEvery = "turn"
    sees_images: bool | None = None
    controls: int | None = None
    bands: Path | None = None
    _others: tuple[ParticipantModel, ...] = ()
    _above: ParticipantModel | None = None

    def __init__(
        self,
        *,
        criteria: Sequence[Criterion] | None = None,
        model: str | ModelConfig | None = None,
        api_base: str | None = None,
        api_key: str | None = None,
        temperature: Any = NOT_GIVEN,
        max_tokens: int | None = None,
        system_prompt: str | None = None,
        span_collector: Any = None,
        remote_trace_fetcher: Any = None,
        token_threshold: int | None = None,
        max_discovery_steps: int = 10,
        include_audio: Any = None,
        include_timeline: Any = None,
        include_traces: Any = None,
        modality: Any = None,
        votes: int | None = None,
        models: Sequence[str | ModelConfig] | None = None,
        ask: Ask = "all",
        judge_every: JudgeEvery = "turn",
        sees_images: bool | None = None,
        controls: int | None = None,
        escalate_to: str | ModelConfig | None = None,
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
        self.criteria: list[str] = told_criteria(list(criteria or ()))
        self.system_prompt = system_prompt
        self.token_threshold = token_threshold
        self.max_discovery_steps = max_discovery_steps
        named = _named_models(models, model)
        self.votes = max(1, len(named)) if votes is None else votes
        self.ask = ask
        self.judge_every = judge_every
        self.sees_images = sees_images
        self.controls = controls
        demand_kinds(type(self).__name__, _KINDS, self, SettingTypeError)
        if self.votes < len(named):
            raise ConfigurationError(f"votes={votes} leaves some of the {len(named)} models without one: give more.")
        settings: dict[str, Any] = {
            "api_base": api_base,
            "api_key": api_key,
            "temperature": None if temperature is NOT_GIVEN else temperature,
            "max_tokens": max_tokens,
            "extra": extra,
        }
        self._others = tuple(self._participant_model(model=other, **settings) for other in named[1:])
        # Where checks decide everything, a model is missed by nobody.
        is_needed = not self.criteria or bool(by_models(self.criteria))
        self._be_played_by(model=named[0] if named else model, is_needed=is_needed, **settings)
        if escalate_to is not None:
            # Its key and its server are its own.
            alone: dict[str, Any] = {**dict.fromkeys(settings), "extra": {}}
            self._above = self._participant_model(model=escalate_to, **alone)

    async def call(self, input: AgentInput) -> AgentReturnTypes:  # noqa: A002 - the contract's name
        """A verdict, or [] to let the conversation go on.

        Raises:
            JudgeError: a model failed, or gave no verdict that can be read.
        """
        request = input.judgment_request
        demanded = None if request is None else request.criteria
        criteria = told_criteria(self.criteria if demanded is None else demanded)
        sentences = by_models(criteria)
        if request is None and (not sentences or self._too_early(input)):
            return []
        if any(not str(one).strip() for one in criteria):
            raise ConfigurationError(_BLANK)
        if not criteria:
            return ScenarioResult(success=False, messages=input.messages, reasoning=_NO_CRITERIA, undecided=True)
        decision = None
        if sentences:
            with BlamedOn(JudgeError, self):
                decision = await self._decision(input, sentences)
        if sentences and decision is None:
            return []
        decision = await with_checks(decision, criteria, input)
        return [] if decision is None else _result(decision, input.messages)

    def _too_early(self, input: AgentInput) -> bool:  # noqa: A002 - as in `call`
        state = input.scenario_state
        if state is None:
            return False
        floor = state.config.min_turns
        turns = state.current_turn + 1
        if isinstance(floor, int) and turns < floor:
            return True
        return self.judge_every != "turn" and (self.judge_every == "end" or turns % self.judge_every != 0)

    def models_of_run(self, config: ScenarioConfig | None) -> list[Model]:
        """The models that vote, with these settings.

        Raises:
            ConfigurationError: one cannot be found.
        """
        return [member.of_run(config) for member in (self.played_by, *self._others)]

    def model_above(self, config: ScenarioConfig | None) -> Model | None:
        """The model that is asked about what the others leave undecided; None where there is none.

        Raises:
            ConfigurationError: it cannot be found.
        """
        return None if self._above is None else self._above.of_run(config)

    def scoring_model(self, config: ScenarioConfig | None) -> Model | None:
        """The model that gives probabilities, where it alone decides; None where another one does.

        Raises:
            ConfigurationError: it cannot be found.
        """
        models = self.models_of_run(config)
        alone = len(models) == 1 and self._above is None and models[0].profile.judge != "structured"
        return models[0] if alone else None

    async def scores(self, input: AgentInput, criteria: Sequence[str]) -> Scores:  # noqa: A002 - as in `call`
        """What the model that gives probabilities makes of criteria, before a band makes verdicts of them.

        Raises:
            JudgeError: it failed, or there is no such model.
        """
        with BlamedOn(JudgeError, self):
            model = self.scoring_model(None if input.scenario_state is None else input.scenario_state.config)
            if model is None:
                raise ConfigurationError("This judge has no model of its own that gives probabilities.")
            demand_sense(self, [told_of_secrets(model, input.observer)])
            groups = [(one,) for one in criteria] if self.ask == "each" else [tuple(criteria)]
            asked = [Question(criteria=group, may_go_on=False, controls=self.controls) for group in groups]
            return joined([await scores_of(question, model, input) for question in asked])

    async def _decision(self, input: AgentInput, criteria: list[str]) -> Decision | None:  # noqa: A002 - as in `call`
        state, request = input.scenario_state, input.judgment_request
        config = None if state is None else state.config
        models = self.models_of_run(config)
        for model in models:
            told_of_secrets(model, input.observer)
        fixed = all(model.profile.judge != "structured" for model in models)
        above = self.model_above(config)
        demand_sense(self, models, above)
        if fixed and self.votes > len(models):
            raise ConfigurationError(
                f"votes={self.votes}: {models[0].name} says the same at every asking. Leave votes= out, or name "
                "another model."
            )
        template = Question(
            criteria=(),
            may_go_on=request is None,
            system_prompt=self.system_prompt,
            token_threshold=self.token_threshold,
            max_discovery_steps=self.max_discovery_steps,
            sees_images=self.sees_images,
            controls=self.controls,
        )
        settings = settings_told(self, models, above)
        decision = await _deliberated(
            Panel(models, criteria, template=template, ask=self.ask, input=input, bands=self.bands, settings=settings),
            deliberate(
                criteria,
                votes=self.votes,
                may_go_on=request is None,
                in_free_play=request is None or isinstance(request, FinalJudgmentRequest),
                confirms=not fixed,
            ),
        )
        if decision is None or above is None:
            return decision
        return await self._escalated(decision, template, input, above, settings)

    async def _escalated(
        self,
        decision: Decision,
        template: Question,
        input: AgentInput,  # noqa: A002 - as in `call`
        model: Model,
        settings: str,
    ) -> Decision:
        """The decision with the verdicts of the model above on what was left undecided."""
        left = {result.criterion for result in decision.results if result.status == "inconclusive"}
        open_ = [result.criterion for result in decision.results if result.criterion in left]
        if not open_:
            return decision
        told_of_secrets(model, input.observer)
        panel = Panel(
            [model],
            open_,
            template=msgspec.structs.replace(template, may_go_on=False),
            ask=self.ask,
            input=input,
            bands=self.bands,
            settings=settings,
        )
        in_free_play = input.judgment_request is None or isinstance(input.judgment_request, FinalJudgmentRequest)
        above = await _deliberated(
            panel, deliberate(open_, votes=1, may_go_on=False, in_free_play=in_free_play, confirms=True)
        )
        return decision if above is None else with_verdicts_above(decision, above, by=model.name)


async def _deliberated(panel: Panel, deliberation: Deliberation) -> Decision | None:
    try:
        asked = next(deliberation)
        while True:
            asked = deliberation.send(await panel.votes(asked))
    except StopIteration as end:
        return cast(Decision | None, end.value)


def _named_models(models: object, model: object) -> list[str | ModelConfig]:
    if models is None:
        return []
    if isinstance(models, str | ModelConfig) or not isinstance(models, Iterable):
        raise SettingTypeError(
            f"models={models!r:.120}: give a list of models, each 'provider/model' or a ModelConfig."
        )
    named = list(models)
    if model is not None or not named:
        raise ConfigurationError(
            "models= is the list of all that vote: leave model= out."
            if named
            else "models=[]: name at least one model."
        )
    return named


def _result(decision: Decision, messages: list[Message]) -> ScenarioResult:
    results = list(decision.results)
    by_status: dict[str, list[str]] = {"passed": [], "failed": [], "inconclusive": []}
    for result in results:
        by_status[result.status].append(result.criterion)
    failed = [result for result in results if result.status != "passed"]
    reasoning = decision.reasoning or " ".join(result.reasoning for result in failed or results if result.reasoning)
    return ScenarioResult(
        success=not failed,
        messages=messages,
        reasoning=reasoning or f"{len(results) - len(failed)} of {len(results)} criteria passed.",
        passed_criteria=by_status["passed"],
        failed_criteria=[result.criterion for result in failed],
        inconclusive_criteria=by_status["inconclusive"],
        criteria=results,
        agreement=decision.agreement,
    )
