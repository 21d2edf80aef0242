"""The runs of a test session, stored: one invocation, also where the workers of pytest-xdist play them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from scenario.dialogue.events import RunEvent, RunFinished, Subscriber
from scenario.store.invocation import Invocation, new_invocation
from scenario.store.origin import Origin
from scenario.store.writer import StoreWriter

WORKER_INPUT = "scenario_store"
_WARNINGS = "scenario_store_warnings"


class PytestRecording:
    """A pytest plugin that hears of runs: each belongs to the test that began it, else to the one that runs.

    Args:
        config: the session's. A worker's says which invocation it is part of.
        folder: the store's.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._warnings: list[str] = []
        self._invocation = _invocation(config)
        self._writer = StoreWriter(folder, invocation=self._invocation, warn=self._warnings.append)
        self._running = ""
        self._subscribers: dict[str, Subscriber] = {}

    def take(self, event: RunEvent, test: str | None = None) -> None:
        """Store an event of a run that this test began, where that is known."""
        subscriber = self._subscribers.get(event.run_id)
        if subscriber is None:
            subscriber = self._writer.of(Origin(test=test or self._running))
            self._subscribers[event.run_id] = subscriber
        subscriber(event)
        if isinstance(event, RunFinished):
            del self._subscribers[event.run_id]

    def tried_again(self, run_ids: Iterable[str]) -> None:
        """Say of runs that their test failed and is tried again. Those that another process stored are left to it."""
        for run_id in run_ids:
            self._writer.tried_again(run_id)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """From here on, runs of which nobody knows better are those of this test."""
        self._running = nodeid

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Tell a worker which invocation it is part of."""
        told = {"folder": str(self._writer.folder), "invocation": msgspec.to_builtins(self._invocation)}
        getattr(node, "workerinput")[WORKER_INPUT] = told  # noqa: B009 - xdist's type is not known here

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker has to say."""
        self._warnings += getattr(node, "workeroutput", {}).get(_WARNINGS, ())

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Write what is left."""
        self._writer.close()
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_WARNINGS] = self._warnings

    def pytest_unconfigure(self) -> None:
        """Where the session ended before it finished."""
        self._writer.close()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say, once, why runs are not in the store."""
        for warning in dict.fromkeys(self._warnings):
            terminalreporter.write_line(warning, yellow=True)


def _invocation(config: pytest.Config) -> Invocation:
    told = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    if told is not None:
        return msgspec.convert(told["invocation"], Invocation)
    return new_invocation("pytest", argv=["pytest", *map(str, config.invocation_params.args)])
