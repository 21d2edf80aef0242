"""`scenario.run`: set a run up, play it on the caller's loop, and tell how it ended."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from scenario.cassette.tapes import Tapes, current_tapes
from scenario.config import NOT_GIVEN, ScenarioConfig, resolve
from scenario.config.cassette import cassette_of
from scenario.config.without_effect import tell_without_effect
from scenario.dialogue.adapter import resolve_agent_name
from scenario.dialogue.current_run import current_config
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.events import RunFinished, RunStarted, Subscriber
from scenario.dialogue.interrupt_answers import answers_interrupts
from scenario.dialogue.missing_participants import check_participants
from scenario.dialogue.state import ScenarioState
from scenario.dialogue.steps import ScriptStep
from scenario.dialogue.subscribers import in_force
from scenario.dialogue.tolerance import tolerates_malformed
from scenario.errors import ConfigurationError, InternalError, ScenarioError, ScriptTypeError, fault_of
from scenario.found_secrets import secrets_found
from scenario.masking import change_error, mask_error
from scenario.metrics.run_timing import run_timing
from scenario.patterns.run_end import ending_searches
from scenario.record.plain import json_text
from scenario.redaction import NO_SECRETS, Secrets, environment_secrets
from scenario.report.terminal.runner_commands import reads_commands, unobeyed_text
from scenario.report.terminal.verbosity import display_for
from scenario.runner.awaitable_run import awaitable_run
from scenario.runner.executor import ScenarioExecutor
from scenario.runner.failures import ending_words, is_check
from scenario.runner.masked_events import texts_of_reply
from scenario.runner.participants import criteria_of, participants
from scenario.runner.recording import Recording
from scenario.runner.start_line import start_line
from scenario.runner.taping import tapes_of_run
from scenario.runner.time_limit import time_limit
from scenario.types import ScenarioResult


@awaitable_run
async def run(
    name: str,
    description: str,
    agents: Sequence[Any] = (),
    max_turns: int | None = None,
    min_turns: Any = NOT_GIVEN,
    verbose: bool | int | None = None,
    cache_key: Any = NOT_GIVEN,
    debug: bool | None = None,
    fetch_remote_traces: bool | None = None,
    trace_wait_timeout: float | None = None,
    script: Iterable[ScriptStep] | None = None,
    set_id: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    on_audio_chunk: object = None,
    on_voice_event: object = None,
    audio_playback: bool = False,
    parameters: Any = None,
    fields: Mapping[str, Any] | None = None,
    evaluators: Sequence[Any] | None = None,
    *,
    cassette: Any = NOT_GIVEN,
) -> ScenarioResult:
    """Play a scenario and judge it, on the caller's event loop; cancelling it ends it at once.

    Args:
        name: what the scenario is called in reports.
        description: the situation; context for the simulated user and the judge.
        agents: the participants: the agent under test, a user simulator, a judge.
        max_turns: how many turns free play may last; None takes what is configured.
        min_turns: turns before the built-in judge may end free play; None for no floor.
        verbose: print the conversation; 2 prefixes each line with the scenario's name. None takes what is configured.
        cache_key: serve model calls and `@scenario.cache` functions from disk; None switches a configured key off.
        debug: ask on the terminal before each simulated user line.
        fetch_remote_traces: without effect, as a warning says: there is no tracing yet.
        trace_wait_timeout: see `fetch_remote_traces`.
        script: the steps; None (or none) is free play.
        set_id: groups runs in reports.
        metadata: goes into the run's events.
        on_audio_chunk: without effect, as a warning says: voice is not part of this package.
        on_voice_event: see `on_audio_chunk`.
        audio_playback: see `on_audio_chunk`.
        parameters: for connected agents.
        fields: values of the test case, readable as `state.fields`.
        evaluators: need a vendor's platform, which is not part of this package.
        cassette: what the run's calls are recorded into or played from: a path, or a `scenario.Cassette`; None switches
            a configured one off.

    Returns:
        The result; a failed scenario is one with `success=False`, not an exception.

    Raises:
        AgentError: the agent raised, could not be reached, or gave no whole answer (a RuntimeError).
        JudgeError: the judge's model failed (a RuntimeError).
        UserSimulatorError: the user simulator's model failed (a RuntimeError).
        ScriptError: a step cannot be played (a ValueError); ScriptTypeError (a TypeError) for a value of a wrong kind.
        ConfigurationError: a setting has no meaning (a ValueError).
        Exception: whatever a step or callback of the test raises, as it is.
    """
    _check_loop()
    await start_line().turn()
    _refuse_evaluators(evaluators)
    _check_texts(name, description)
    _check_mappings(metadata, fields)
    config = resolve(
        max_turns=max_turns,
        min_turns=min_turns,
        verbose=verbose,
        cache_key=cache_key,
        debug=debug,
        fetch_remote_traces=fetch_remote_traces,
        trace_wait_timeout=trace_wait_timeout,
        cassette=cassette_of(cassette) if cassette is not NOT_GIVEN else NOT_GIVEN,
    )
    tell_without_effect(
        "scenario.run",
        fetch_remote_traces=fetch_remote_traces,
        trace_wait_timeout=trace_wait_timeout,
        on_audio_chunk=on_audio_chunk,
        on_voice_event=on_voice_event,
        audio_playback=audio_playback,
    )
    steps = _checked_script(script)
    adapters = participants(agents)
    if steps is None or isinstance(steps, Sequence):
        check_participants(steps or (), [adapter.role for adapter in adapters], max_turns=config.max_turns)
    tapes = tapes_of_run(config, adapters, name)
    executor = _executor(adapters, name, description, config, fields, parameters, tapes)
    if isinstance(steps, Sequence):
        executor.state.tolerates_malformed = tolerates_malformed(steps)
    if executor.recording.heard:
        executor.recording.emit(_started(executor, set_id, metadata))
    return await _played(executor, steps, tapes)


arun = run


def _executor(
    adapters: Sequence[Any],
    name: str,
    description: str,
    config: ScenarioConfig,
    fields: Mapping[str, Any] | None,
    parameters: Any,
    tapes: Tapes | None,
) -> ScenarioExecutor:
    """The loop, the dialogue and the state of one run, tied together."""
    run_id = os.urandom(8).hex()
    # A row of parameters has secrets under their names, as what is sent has.
    given = secrets_found(json_text(dict(fields)).encode()) if fields else NO_SECRETS
    recording = Recording(
        run_id=run_id,
        names=[resolve_agent_name(adapter) for adapter in adapters],
        subscribers=(*in_force(), *_terminal(config)),
        clock=time.perf_counter if tapes is None or tapes.clock is None else tapes.clock.now,
        secrets=lambda: environment_secrets(os.environ) | given | Secrets((), named=config.secrets or ()),
    )
    dialogue = Dialogue(
        roles=[adapter.role for adapter in adapters],
        max_turns=config.max_turns,
        observer=recording,
        criteria=lambda: criteria_of(adapters),
        answers=lambda player: answers_interrupts(adapters[player]),
    )
    executor = ScenarioExecutor(
        agents=adapters, dialogue=dialogue, recording=recording, ask=input if config.debug else None
    )
    thread_id = f"thread_{run_id}"
    if tapes is not None:
        thread_id = tapes.thread_id = tapes.thread_id or thread_id
        executor.trace_id = thread_id.removeprefix("thread_")
        tapes.secrets = lambda: recording.secrets
        # What has come in pieces is a secret in the texts that they make.
        tapes.texts = lambda: (text for one in state.exchanges for text in texts_of_reply(one.reply))
    executor.state = state = ScenarioState(
        name=name,
        description=description,
        thread_id=thread_id,
        config=config,
        dialogue=dialogue,
        play=executor.play_step,
        timing=lambda: run_timing(state.exchanges),
        fields=fields,
        parameters=parameters,
    )
    return executor


async def _played(executor: ScenarioExecutor, steps: Iterable[Any] | None, tapes: Tapes | None) -> ScenarioResult:
    state, recording = executor.state, executor.recording
    line = start_line()
    line.under_way += 1
    token = current_config.set(state.config)
    taped = current_tapes.set(tapes)
    failure: BaseException | None = None
    result: ScenarioResult | None = None
    try:
        played = await _in_time(executor, steps)
        executor.check_steps()
        result = _completed(played, state, recording)
        if tapes is not None:
            tapes.keep()
        return result
    except BaseException as error:
        failure = error
        if tapes is not None and result is None:
            _keep_failed(tapes, error)
        _explain(error, state)
        _make_printable(error, recording)
        raise
    finally:
        line.under_way -= 1
        current_config.reset(token)
        current_tapes.reset(taped)
        try:
            await executor.close()
        finally:
            if recording.heard:
                recording.emit(_finished(recording, state, result, failure))


def _keep_failed(tapes: Tapes, error: BaseException) -> None:
    """Keep what was recorded of a run that failed; one that was cancelled has no end, and replaces nothing."""
    if not isinstance(error, Exception):
        return
    try:
        tapes.keep()
    except ConfigurationError as unwritten:
        error.add_note(str(unwritten))


async def _in_time(executor: ScenarioExecutor, steps: Iterable[Any] | None) -> ScenarioResult | None:
    """Play the script; where a time limit is set and passed, that is the verdict."""
    seconds = time_limit.get()
    tapes = current_tapes.get()
    # What is played slowly takes longer than the time that it tells of; what is not played at all may never answer.
    deadline = asyncio.timeout(None if tapes is not None and tapes.is_slow else seconds)
    if tapes is not None and tapes.clock is not None:
        tapes.clock.limit(seconds, lambda: deadline.reschedule(asyncio.get_running_loop().time()))
    try:
        async with deadline:
            # Nothing that a run starts inherits its limit: a run inside of a step has none of its own.
            token = time_limit.set(None)
            try:
                with ending_searches():
                    return await executor.play(executor.dialogue.script(steps))
            finally:
                time_limit.reset(token)
    except TimeoutError:
        if seconds is None or not deadline.expired():
            raise
        return executor.dialogue.out_of_time(seconds, executor.recording.waited_for)


def _completed(played: ScenarioResult | None, state: ScenarioState, recording: Recording) -> ScenarioResult:
    """The dialogue's result with what was measured."""
    if played is None:
        raise InternalError("A whole script always ends with a result; this one did not. Please report it.")
    return msgspec.structs.replace(
        played,
        total_time=recording.now(),
        agent_time=recording.agent_time,
        timing=state.timing,
        usage=dict(recording.usage),
        exchanges=list(state.exchanges),
        interrupt=state.interrupt,
        judgments=list(recording.judgments),
    )


def _explain(error: BaseException, state: ScenarioState) -> None:
    """Give the exception the conversation, so that a failure can be understood where it is shown."""
    messages = state.messages
    if isinstance(error, ScenarioError):
        error.fault = fault_of(error) or error.fault
        if not error.messages:
            error.messages = tuple(messages)
    elif isinstance(error, Exception) and messages:
        said = f"{messages[-1].get('role')}: {messages[-1].get('content')!r}"
        shown = said if len(said) <= 200 else said[:197] + "..."
        error.add_note(f"In the scenario {state.name!r}, turn {state.current_turn + 1}, after the message {shown}")


def _make_printable(error: BaseException, recording: Recording) -> None:
    """Take secrets out of what the exception says, and commands to a CI service: whoever gets it prints it."""
    mask_error(error, recording.secrets)
    if reads_commands(os.environ):
        change_error(error, lambda said: unobeyed_text(said, os.environ) if isinstance(said, str) else said)


def _started(executor: ScenarioExecutor, set_id: str | None, metadata: Mapping[str, Any] | None) -> RunStarted:
    state, recording = executor.state, executor.recording
    config = state.config
    return RunStarted(
        run_id=recording.run_id,
        at=recording.now(),
        name=state.name,
        description=state.description,
        thread_id=state.thread_id,
        set_id=set_id,
        metadata=dict(metadata or {}),
        agents=tuple(recording.names),
        max_turns=config.max_turns,
        verbose=config.verbose,
        verbose_given="verbose" in config.given,
    )


def _finished(
    recording: Recording, state: ScenarioState, result: ScenarioResult | None, error: BaseException | None
) -> RunFinished:
    return RunFinished(
        run_id=recording.run_id,
        at=recording.now(),
        result=result,
        error=ending_words(error),
        fault=fault_of(error),
        check=is_check(error),
        messages=tuple(state.messages),
        seconds=recording.now(),
        cancelled=isinstance(error, asyncio.CancelledError),
    )


def _terminal(config: ScenarioConfig) -> tuple[Subscriber, ...]:
    """The conversation on the terminal, where one is to be shown."""
    given = "verbose" in config.given
    verbose = config.verbose
    if display_for(verbose=verbose, verbose_given=given, stream=sys.stdout, environ=os.environ) == "quiet":
        return ()
    from scenario.report.terminal.terminal import terminal_subscriber  # loaded only where something is shown

    subscriber = terminal_subscriber(verbose=verbose, verbose_given=given, stream=sys.stdout, environ=os.environ)
    return () if subscriber is None else (subscriber,)


def _check_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(
            "Scenarios run on asyncio's event loop, and none runs here: use asyncio.run(...), pytest-asyncio, or "
            "anyio's asyncio backend instead of trio."
        ) from None


def _check_texts(name: object, description: object) -> None:
    for label, text in (("name", name), ("description", description)):
        if not isinstance(text, str):
            raise ConfigurationError(f"{label}={text!r}: give a text; it may be empty.")


def _check_mappings(metadata: object, fields: object) -> None:
    for label, given in (("metadata", metadata), ("fields", fields)):
        if given is not None and not isinstance(given, Mapping):
            raise ScriptTypeError(f"{label}={given!r}: give a dictionary.")


def _checked_script(script: Any) -> Iterable[Any] | None:
    if script is None or (isinstance(script, Iterable) and not isinstance(script, str | bytes | Mapping)):
        return script
    raise ScriptTypeError(f"script={script!r}: give a list of steps, such as [scenario.user('Hi'), scenario.agent()].")


def _refuse_evaluators(evaluators: Sequence[Any] | None) -> None:
    """They decide whether a run succeeds: going on without them would be a verdict that nobody gave."""
    if evaluators:
        raise ConfigurationError(
            "Evaluators run on a vendor's platform, which is not part of this package: leave "
            "`evaluators` out, and check with functions of the state in the script."
        )
