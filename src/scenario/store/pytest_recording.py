"""The runs of a test session, stored: one invocation, also where the workers of pytest-xdist play them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from scenario.dialogue.events import RunEvent
from scenario.store.invocation import Invocation, new_invocation
from scenario.store.origin import Origin
from scenario.store.writer import StoreWriter

WORKER_INPUT = "scenario_store"
_WARNINGS = "scenario_store_warnings"


class PytestRecording:
    """A subscriber and a pytest plugin: what it hears of belongs to the test that runs.

    Args:
        config: the session's. A worker's says which invocation it is part of.
        folder: the store's.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._warnings: list[str] = []
        self._invocation = _invocation(config)
        self._writer = StoreWriter(folder, invocation=self._invocation, warn=self._warnings.append)
        self._subscriber = self._writer.of(Origin())

    def __call__(self, event: RunEvent) -> None:
        """Store an event."""
        self._subscriber(event)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """From here on, runs are those of this test."""
        self._subscriber = self._writer.of(Origin(test=nodeid))

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
