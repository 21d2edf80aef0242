"""The pytest plugin: options, marker, fixture, and the scenarios' summary after the tests.

It is loaded into every pytest session where this package is installed, so it imports nothing that a session without
scenarios does not need: everything else is loaded when the first run is heard of.

Each test's runs travel on that test's report, as JSON: so they arrive wherever reports do, from the workers of
pytest-xdist too.
"""

from __future__ import annotations

import argparse
import inspect
import os
import sys
import traceback
from collections.abc import Generator
from contextlib import ExitStack
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scenario.dialogue.subscribers import subscribed_alone, subscribers

if TYPE_CHECKING:
    from scenario.dialogue.events import RunEvent
    from scenario.report.terminal.lines import Tone
    from scenario.report.terminal.scenario_reporter import ScenarioReporter
    from scenario.store.pytest_recording import PytestRecording

_RECORDS = "scenario_records"
_current_test: ContextVar[str | None] = ContextVar("scenario_current_test", default=None)
# Plugins that run tests beside each other enter the new style of wrappers only; older versions of pytest know the old.
_NEW_STYLE = "wrapper" in inspect.signature(pytest.hookimpl).parameters
_wraps = pytest.hookimpl(wrapper=True) if _NEW_STYLE else pytest.hookimpl(hookwrapper=True)


class _Listener:
    """The subscriber of a test session. The reporter behind it is made when it first hears of a run.

    Attributes:
        store: what stores the runs; None where nothing does.
    """

    def __init__(self) -> None:
        self._reporter: ScenarioReporter | None = None
        self._tests: dict[str, str] = {}
        self._waiting: list[dict[str, Any]] = []
        self.store: PytestRecording | None = None

    def __call__(self, event: RunEvent) -> None:
        if event.run_id not in self._tests and (test := _current_test.get()) is not None:
            self._tests[event.run_id] = test
        self.reporter(event)
        if self.store is not None:
            self.store.take(event, self._tests.get(event.run_id))

    @property
    def reporter(self) -> ScenarioReporter:
        if self._reporter is None:
            from scenario.report.terminal.scenario_reporter import ScenarioReporter

            self._reporter = ScenarioReporter()
        return self._reporter

    def take(self, test: str | None = None) -> list[dict[str, Any]]:
        """The runs that ended since they were last taken, as JSON: those of this test, or all of them."""
        ended = [] if self._reporter is None else [record.to_json() for record in self._reporter.take()]
        for record in ended:
            # A run that began outside of every test, in a fixture or a thread, is told with the test that is on.
            record["test"] = self._tests.pop(record["run_id"], test or "")
        self._waiting += ended
        taken = [record for record in self._waiting if test is None or record["test"] == test]
        self._waiting = [] if test is None else [record for record in self._waiting if record["test"] != test]
        return taken


class _ScenarioSession:
    """The hooks of one test session, with what it has heard of scenarios."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._scope = ExitStack()
        self._records: list[dict[str, Any]] = []
        self.listener = _Listener()

    def open(self) -> None:
        """From here on, this session hears of every run; a session around this one does not."""
        others = (one for one in subscribers.get() if not isinstance(one, _Listener))
        self._scope.enter_context(subscribed_alone(*others, self.listener))
        self._configure()

    def _configure(self) -> None:
        changes = {
            name: True
            for name, option in (("headless", "scenario_headless"), ("debug", "scenario_debug"))
            if self._config.getoption(option, default=False)
        }
        if not changes:
            return
        from scenario.config import configure, in_force

        default = in_force()
        before = {name: getattr(default, name) if name in default.given else None for name in changes}
        configure(**changes)
        self._scope.callback(configure, **before)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        self._scope.close()

    @_wraps
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Runs that begin from here on are this test's, whenever they end, and whatever else runs beside it."""
        token = _current_test.set(item.nodeid)
        try:
            return (yield)
        finally:
            _current_test.reset(token)

    # Not `wrapper=`, which older versions of pytest refuse: they would not even start where this package is installed.
    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        if call.excinfo is not None:
            _hide_own_frames()
        report: pytest.TestReport = (yield).get_result()
        records = self.listener.take(item.nodeid)
        if records:
            setattr(report, _RECORDS, records)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for record in getattr(report, _RECORDS, ()):
            expected = hasattr(report, "wasxfail")
            if report.skipped and not expected and record["outcome"] == "errored":
                continue  # a step has skipped the test
            if report.when == "call":
                record["test_outcome"] = "xfailed" if expected and report.skipped else report.outcome
            self._records.append(record)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What ended outside of every test: in a thread that outlived its own, or in another plugin's hook."""
        left = self.listener.take()
        if left and hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_RECORDS] = left
        else:
            self._records += left

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """A worker of pytest-xdist is done; one that crashed has left nothing."""
        self._records += getattr(node, "workeroutput", {}).get(_RECORDS, ())

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        verbosity = self._config.option.verbose
        if not self._records or verbosity < -1:
            return
        from scenario.record.run_record import RunRecord
        from scenario.report.terminal.glyphs import glyphs_for
        from scenario.report.terminal.summary import summary_lines

        writer = self._config.get_terminal_writer()
        records = [RunRecord.from_json(record) for record in self._records]
        glyphs = glyphs_for(getattr(sys.stdout, "encoding", None))
        terminalreporter.section("scenarios")
        for line in summary_lines(records, glyphs=glyphs, width=writer.fullwidth, verbosity=verbosity):
            for span in line:
                writer.write(span.text, **_markup(span.tone))
            writer.line()


def _hide_own_frames() -> None:
    """Tracebacks of tests are to show the test's own lines; pytest shows the others with --full-trace."""
    for name, module in list(sys.modules.items()):
        if _is_own(name):
            vars(module).setdefault("__tracebackhide__", _is_to_be_hidden)


def _is_own(module: str) -> bool:
    return module == "scenario" or module.startswith("scenario.")


def _is_to_be_hidden(excinfo: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """Whether our frames say nothing about this exception: not where Scenario itself seems to be at fault."""
    if excinfo is None:
        return True
    from scenario.errors import InternalError, ScenarioError

    error = excinfo.value
    if isinstance(error, ScenarioError | AssertionError):
        return not isinstance(error, InternalError)
    *_, (raised_in, _) = traceback.walk_tb(excinfo.tb)
    # A name that is not there was asked for by somebody else.
    return raised_in.f_code.co_name == "__getattr__" or not _is_own(str(raised_in.f_globals.get("__name__")))


def _markup(tone: Tone) -> dict[str, bool]:
    """A tone as pytest's own terminal writer shows it, if it shows any."""
    markups: dict[Tone, dict[str, bool]] = {
        "good": {"green": True, "bold": True},
        "bad": {"red": True, "bold": True},
        "unsure": {"yellow": True, "bold": True},
        "agent": {"cyan": True},
        "strong": {"bold": True},
        "dim": {"light": True},
    }
    return markups.get(tone, {})


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Annotations of fixtures import the reporter's class from here; it is loaded when it is asked for."""
        if name != "ScenarioReporter":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from scenario.report.terminal.scenario_reporter import ScenarioReporter

        return ScenarioReporter


_SESSION = pytest.StashKey[_ScenarioSession]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of scenarios."""
    group = parser.getgroup("scenario", "scenarios")
    group.addoption(
        "--scenario-debug",
        action="store_true",
        dest="scenario_debug",
        help="ask for each simulated user line on the terminal (implies -s)",
    )
    group.addoption(
        "--scenario-store",
        nargs="?",
        const="",
        metavar="DIR",
        dest="scenario_store",
        help="record runs into the store in DIR, written with = (default: SCENARIO_STORE or .scenario); "
        "on by itself where .scenario is there; 'off' records nothing",
    )
    try:
        group.addoption(
            "--headless", action="store_true", dest="scenario_headless", help="scenarios open no browser window"
        )
    except (ValueError, argparse.ArgumentError):
        # Plugins that drive browsers have an option of this name, too; theirs stays, and is no reason to stop pytest.
        return


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, None]:
    """Whoever is to be asked must be seen and heard: capturing would take the question and refuse the answer."""
    if getattr(early_config.known_args_namespace, "scenario_debug", False):
        early_config.known_args_namespace.capture = "no"
    yield


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and begin to hear of runs."""
    config.addinivalue_line("markers", "agent_test: a test that runs scenarios against an agent.")
    if config.getoption("scenario_debug", default=False) and config.getoption("numprocesses", default=None):
        raise pytest.UsageError(
            "--scenario-debug asks on the terminal, which the workers of -n do not have: leave out -n."
        )
    session = config.stash[_SESSION] = _ScenarioSession(config)
    session.open()
    config.pluginmanager.register(session, "scenario-session")
    folder = _store_folder(config)
    if folder is not None:
        from scenario.store.pytest_recording import PytestRecording

        session.listener.store = recording = PytestRecording(config, folder)
        config.pluginmanager.register(recording, "scenario-store")


def _store_folder(config: pytest.Config) -> Path | None:
    """Where runs are to be stored; None where they are not. A worker of pytest-xdist does as it is told."""
    if hasattr(config, "workerinput"):
        told = config.workerinput.get("scenario_store")
        return Path(told["folder"]) if told else None
    given = config.getoption("scenario_store", default=None)
    if given == "off":
        return None
    if given and "--scenario-store" in map(str, config.invocation_params.args):
        raise pytest.UsageError(f"--scenario-store {given}: write --scenario-store={given}, or put the option last.")
    default = config.invocation_params.dir / ".scenario"
    named = given or os.environ.get("SCENARIO_STORE")
    if named:
        return config.invocation_params.dir / Path(named).expanduser()
    return default if given is not None or default.is_dir() else None


@pytest.fixture(scope="session")
def scenario_reporter(pytestconfig: pytest.Config) -> ScenarioReporter:
    """The scenarios of this test session so far: `results`, `get_summary()`, `print_report()`."""
    return pytestconfig.stash[_SESSION].listener.reporter
