"""A suite on the terminal: played with its progress shown, stored, and stopped in good order by Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from scenario.cli.selection import origin_of
from scenario.cli.stop_signals import StopSignals, installed
from scenario.config.cassette import Cassette
from scenario.dialogue.events import Subscriber
from scenario.files.building import Overrides
from scenario.files.case import ScenarioCase
from scenario.record.account import RunAccount
from scenario.record.account_recorder import AccountRecorder
from scenario.record.findings import findings_of
from scenario.record.run_record import RunRecord
from scenario.report.terminal.lines import Span
from scenario.report.terminal.progress import SuiteProgress
from scenario.report.terminal.verbosity import display_for
from scenario.runner.seeds import seed_of
from scenario.runner.spending import Spending
from scenario.runner.suite import Job, Suite, SuiteResult
from scenario.store.writer import StoreWriter

_REASONS: Final = {1: "the terminal has gone", 2: "interrupted", 15: "terminated"}  # by the signal's number


class SuiteOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a suite is played; see `scenario run --help`."""

    at_once: int = 4
    retry_invalid: int = 0
    fail_fast: bool = False
    max_time: float | None = None
    max_tokens: int | None = None
    max_cost: float | None = None
    seed: int | None = None
    verbose: bool = False
    user_model: str | None = None
    judge_model: str | None = None
    bands: Path | None = None
    keep_accounts: bool = False
    cassette: Cassette | None = None
    cassette_mode: str | None = None


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a suite.

    Attributes:
        signal_code: what the process is to end with because of a signal; 0 where none came.
    """

    result: SuiteResult
    accounts: list[RunAccount]
    signal_code: int = 0


async def play(todo: Sequence[tuple[ScenarioCase, int]], options: SuiteOptions, writer: StoreWriter | None) -> Played:
    """Play cases, each in the repetition that is named.

    Args:
        todo: the cases, each with its repetition, from 0.
        options: how.
        writer: stores the runs; None where nothing is stored.
    """
    accounts: list[RunAccount] = []
    suite: Suite | None = None

    def stop(reason: str) -> None:
        if suite is not None:
            suite.stop(reason)

    spending = Spending(max_tokens=options.max_tokens, max_cost=options.max_cost, on_limit=stop)
    jobs = [_job(case, repeat, options, spending, writer, accounts) for case, repeat in todo]
    display = (
        "quiet"
        if options.verbose
        else display_for(verbose=True, verbose_given=False, stream=sys.stdout, environ=os.environ)
    )
    with SuiteProgress(
        len(jobs),
        stream=sys.stdout,
        display=display,
        environ=os.environ,
        spent=lambda: (spending.tokens, spending.cost),
    ) as progress:
        suite = Suite(
            jobs,
            at_once=options.at_once,
            retry_invalid=options.retry_invalid,
            fail_fast=options.fail_fast,
            max_time=options.max_time,
            audience=_Shown(progress, writer, accounts),
        )
        with _stopped_by_signals(stop, progress) as signals:
            result = await suite.run()
    return Played(result=result, accounts=accounts, signal_code=signals.code)


class _Shown:
    """Hands on what happens: to the progress, which knows no jobs; to what is kept, that a try counts no more."""

    def __init__(self, progress: SuiteProgress, writer: StoreWriter | None, accounts: list[RunAccount]) -> None:
        self._progress = progress
        self._writer = writer
        self._accounts = accounts

    def started(self, job: Job) -> None:
        self._progress.started(id(job), job.name)

    def tried_again(self, job: Job, record: RunRecord) -> None:
        del job
        self._progress.tried_again(record)
        if self._writer is not None and record.run_id:
            self._writer.tried_again(record.run_id)
        for account in self._accounts:
            if account.row.id == record.run_id:
                account.row.status, account.row.tries = "retried", record.tries

    def ended(self, job: Job, record: RunRecord) -> None:
        self._progress.ended(id(job), record)
        for account in self._accounts:
            if account.row.id == record.run_id:
                account.row.tries, account.row.tried_for = record.tries, list(record.tried_for)


def _job(
    case: ScenarioCase,
    repeat: int,
    options: SuiteOptions,
    spending: Spending,
    writer: StoreWriter | None,
    accounts: list[RunAccount],
) -> Job:
    overrides = Overrides(
        user_model=options.user_model,
        judge_model=options.judge_model,
        bands=options.bands,
        seed=None if options.seed is None else seed_of(options.seed, str(case), repeat),
        cassette=options.cassette,
        cassette_mode=options.cassette_mode,
    )
    subscribers: list[Subscriber] = [spending]
    if writer is not None:
        subscribers.append(writer.of(origin_of(case, repeat)))
    if options.keep_accounts:
        subscribers.append(_accounting(case, repeat, accounts))
    return Job(
        name=case.name,
        play=lambda: case.run(verbose=options.verbose, overrides=overrides),
        file=case.file,
        tags=case.tags,
        parameters=case.parameters,
        repeat=repeat,
        subscribers=tuple(subscribers),
    )


def _accounting(case: ScenarioCase, repeat: int, accounts: list[RunAccount]) -> Subscriber:
    recorder = AccountRecorder(lint=findings_of)

    def hear(event: object) -> None:
        recorder(event)  # type: ignore[arg-type]
        while recorder.accounts:
            account = recorder.accounts.pop()
            account.row.file, account.row.repeat = case.file, repeat
            account.parameters, account.tags = case.parameters, list(case.tags)
            accounts.append(account)

    return hear


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[str], None], progress: SuiteProgress) -> Iterator[StopSignals]:
    """Within the block a signal stops the suite in good order, as does one that came before it."""
    loop = asyncio.get_running_loop()

    def interrupt(number: int) -> None:
        progress.say((Span("Stopping what runs. Press Ctrl-C again to leave at once.", "unsure"),))
        stop(_REASONS.get(number, "interrupted"))

    with _heeded() as signals, signals.heard_by(lambda number: _called(loop, interrupt, number)):
        if signals.caught:
            stop(_REASONS.get(signals.caught[0], "interrupted"))
        yield signals


def _called(loop: asyncio.AbstractEventLoop, interrupt: Callable[[int], None], number: int) -> None:
    loop.call_soon_threadsafe(interrupt, number)  # which wakes the loop up, where it waits


@contextlib.contextmanager
def _heeded() -> Iterator[StopSignals]:
    """The handler that the process began with; else one for the block, where signals can be heeded."""
    if (signals := installed()) is not None:
        yield signals
        return
    signals = StopSignals()
    before = {number: signal.getsignal(number) for number in _REASONS if number in set(signal.Signals)}
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield signals
        return
    signals.install()
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
