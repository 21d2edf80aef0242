"""`scenario run --dry-run`: what would be run, and roughly what it would take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from scenario.cli.suite_run import SuiteOptions
from scenario.config import in_force
from scenario.errors import ConfigurationError
from scenario.files.blocks import CallBlock
from scenario.files.building import judge_block, user_block
from scenario.files.case import ScenarioCase
from scenario.files.estimate import Estimate, estimate
from scenario.llm.cost import cost_of
from scenario.llm.resolve import ModelSettings, ModelTarget, resolve_model
from scenario.prices import PRICES_AS_OF
from scenario.report.terminal.lines import Line, Span, counted, dollars
from scenario.types import Usage

_MOST_LISTED: Final = 40


def estimate_lines(
    todo: Sequence[tuple[ScenarioCase, int]], options: SuiteOptions, environ: Mapping[str, str]
) -> Iterator[Line]:
    """The scenarios that would be run, and the sums."""
    runs = Counter(id(case) for case, _ in todo)
    cases = list({id(case): case for case, _ in todo}.values())
    priced = _Priced(options, environ)
    agent_calls = model_calls = 0
    for index, case in enumerate(cases):
        estimated = estimate(case.block)
        times = runs[id(case)]
        agent_calls += estimated.agent_calls * times
        model_calls += (estimated.user_calls + estimated.judge_calls + estimated.above_calls) * times
        priced.add(case, estimated, times)
        if index < _MOST_LISTED:
            tags = f"  [{', '.join(case.tags)}]" if case.tags else ""
            calls = counted(estimated.agent_calls, "agent call")
            repeats = f", {times} times" if times > 1 else ""
            yield (
                Span(f"{case.file}:{case.line}  "),
                Span(case.name, "strong"),
                Span(f"  {calls}{repeats}{tags}", "dim"),
            )
    if len(cases) > _MOST_LISTED:
        yield (Span(f"and {len(cases) - _MOST_LISTED:,} more", "dim"),)
    yield ()
    yield (Span(f"{counted(len(todo), 'run')} of {counted(len(cases), 'scenario')}; nothing was run.", "strong"),)
    calls = f"{counted(agent_calls, 'agent call')}, {counted(model_calls, 'model call')}"
    yield (Span(f"At the most, roughly: {calls}; more where a model has to be asked again."),)
    yield from priced.lines()


def unpriced(todo: Sequence[tuple[ScenarioCase, int]], options: SuiteOptions, environ: Mapping[str, str]) -> list[str]:
    """The models that would be asked, and whose price is not known."""
    priced = _Priced(options, environ)
    for case in {id(case): case for case, _ in todo}.values():
        priced.add(case, estimate(case.block), 1)
    return priced.without_price()


def _shared(usage: Usage, models: Sequence[str | None], votes: int | None) -> Iterator[tuple[str | None, Usage]]:
    """What each of a judge's models takes of its tokens: they vote in turn."""
    count = votes or len(models)
    for index, model in enumerate(models):
        share = len(range(index, count, len(models))) / count
        yield (
            model,
            Usage(
                input_tokens=round(usage.input_tokens * share),
                output_tokens=round(usage.output_tokens * share),
                total_tokens=round(usage.total_tokens * share),
            ),
        )


class _Priced:
    """Tokens and cost by model."""

    def __init__(self, options: SuiteOptions, environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ
        self._usage: dict[str, Usage] = {}
        self._cost: dict[str, float | None] = {}
        self._missing = ""
        # Looked at once: nothing here is worth a connection for each scenario.
        self._targets: dict[tuple[str | None, str | None], ModelTarget | None] = {}

    def add(self, case: ScenarioCase, estimated: Estimate, times: int) -> None:
        user, judge = user_block(case.block), judge_block(case.block)
        parts = [
            (self._options.user_model, user.model, user.api_base, estimated.user, estimated.user_calls),
        ]
        panel = None if self._options.judge_model else judge.models
        for model, usage in _shared(estimated.judge, panel or [judge.model], judge.votes):
            parts.append((self._options.judge_model, model, judge.api_base, usage, estimated.judge_calls))
        above = CallBlock(model=judge.escalate_to) if isinstance(judge.escalate_to, str) else judge.escalate_to
        if above is not None:
            parts.append((None, above.model, above.api_base, estimated.above, estimated.above_calls))
        for override, model, api_base, usage, calls in parts:
            if not calls:
                continue
            target = self._target(override or model or case.block.model, None if override else api_base)
            name = target.name if target is not None else "no model"
            cost = None if target is None else cost_of(target.model, usage, api_base=target.api_base)
            for _ in range(times):
                self._usage[name] = self._usage.get(name, Usage()) + usage
            if cost is not None:
                self._cost[name] = (self._cost.get(name) or 0.0) + cost * times

    def _target(self, model: str | None, api_base: str | None) -> ModelTarget | None:
        if (model, api_base) not in self._targets:
            settings = ModelSettings(model=model, api_base=api_base)
            default = in_force().default_model
            try:
                self._targets[model, api_base] = resolve_model(settings, self._environ, default, who="user and judge")
            except ConfigurationError as error:
                self._missing = self._missing or str(error)
                self._targets[model, api_base] = None
        return self._targets[model, api_base]

    def without_price(self) -> list[str]:
        return [name for name in self._usage if name not in self._cost]

    def lines(self) -> Iterator[Line]:
        for name, usage in self._usage.items():
            cost = self._cost.get(name)
            price = f"{dollars(cost)} (prices of {PRICES_AS_OF})" if cost is not None else "price not known"
            yield (Span(f"  {name}: {counted(usage.total_tokens, 'token')}, {price}"),)
        if self._missing:
            yield (Span(self._missing, "unsure"),)
