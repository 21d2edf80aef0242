"""One test session: it hears of every run, and tells of them after the tests.

Each test's runs travel on that test's report, as JSON: so they arrive wherever reports do, from the workers of
pytest-xdist too.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from scenario.dialogue.handed_out import HandedOut, runs_noted
from scenario.dialogue.subscribers import subscribed_alone, subscribers
from scenario.pytest_plugin.reruns import is_tried_again, lacks_plugin, plugin_is_missing, try_of
from scenario.pytest_plugin.taping import taped
from scenario.pytest_plugin.tracebacks import cut_below_models, hide_own_frames

if TYPE_CHECKING:
    from scenario.dialogue.events import RunEvent
    from scenario.report.terminal.lines import Tone
    from scenario.report.terminal.scenario_reporter import ScenarioReporter
    from scenario.store.pytest_recording import PytestRecording

# A test's node id, and which try of it, from 1.
Try: TypeAlias = tuple[str, int]

_RECORDS = "scenario_records"
_current_test: ContextVar[str | None] = ContextVar("scenario_current_test", default=None)
# Plugins that run tests beside each other enter the new style of wrappers only; older versions of pytest know the old.
_NEW_STYLE = "wrapper" in inspect.signature(pytest.hookimpl).parameters
_wraps = pytest.hookimpl(wrapper=True) if _NEW_STYLE else pytest.hookimpl(hookwrapper=True)


class Listener:
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
        """Take in one event of a run."""
        if event.run_id not in self._tests and (test := _current_test.get()) is not None:
            self._tests[event.run_id] = test
        self.reporter(event)
        if self.store is not None:
            self.store.take(event, self._tests.get(event.run_id))

    @property
    def reporter(self) -> ScenarioReporter:
        """What the fixture `scenario_reporter` gives."""
        if self._reporter is None:
            from scenario.report.terminal.scenario_reporter import ScenarioReporter

            self._reporter = ScenarioReporter()
        return self._reporter

    def tried_again(self, run_ids: Sequence[str]) -> None:
        """Say of runs that their test has failed, and is tried again."""
        if self._reporter is not None:
            self._reporter.tried_again(run_ids)
        if self.store is not None:
            self.store.tried_again(run_ids)

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


class ScenarioSession:
    """The hooks of one test session, with what it has heard of scenarios."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._scope = ExitStack()
        self._records: list[tuple[Try | None, dict[str, Any]]] = []
        self._played: dict[str, list[str]] = {}  # the runs of each test's present try, in this process
        self._again: set[Try] = set()
        self._warned = False
        self.listener = Listener()

    def open(self) -> None:
        """From here on, this session hears of every run; a session around this one does not."""
        others = (one for one in subscribers.get() if not isinstance(one, Listener))
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
        """The session is over."""
        self._scope.close()

    @_wraps
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Runs that begin from here on are this test's, whenever they end, and whatever else runs beside it."""
        token = _current_test.set(item.nodeid)
        try:
            with taped(item), runs_noted() as runs:
                try:
                    result = yield
                except (pytest.fail.Exception, pytest.skip.Exception) as refusal:
                    _tell_better(refusal, item, runs)
                    raise
                # The older wrappers are handed the failure, where newer ones see it raised.
                failed = not _NEW_STYLE and getattr(result, "excinfo", None) is not None
                if not failed and (left := runs.never_begun()):
                    from scenario.pytest_plugin.async_tests import never_awaited

                    raise pytest.fail.Exception(never_awaited(left, item), pytrace=False)
                return result
        finally:
            _current_test.reset(token)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """A mark without effect is told of, once."""
        if not self._warned and lacks_plugin(item):
            self._warned = True
            item.warn(plugin_is_missing())

    # Not `wrapper=`, which older versions of pytest refuse: they would not even start where this package is installed.
    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        """The runs that ended in this phase of the test go with its report."""
        if call.excinfo is not None:
            hide_own_frames()
            if not item.config.getoption("fulltrace", default=False):
                cut_below_models(call.excinfo.value)
        report: pytest.TestReport = (yield).get_result()
        records = self.listener.take(item.nodeid)
        if call.when == "setup":
            self._played[item.nodeid] = []
        self._played.setdefault(item.nodeid, []).extend(record["run_id"] for record in records)
        if records:
            setattr(report, _RECORDS, records)
            if report.failed:
                from scenario.pytest_plugin.undecided import tell_undecided

                tell_undecided(report, records)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A try of the test is over."""
        self._played.pop(nodeid, None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the runs of every report, in the process that tells of them."""
        this_try = (report.nodeid, try_of(report))
        if is_tried_again(report):
            self._again.add(this_try)
            self.listener.tried_again(self._played.get(report.nodeid, ()))
        for record in getattr(report, _RECORDS, ()):
            expected = hasattr(report, "wasxfail")
            if report.skipped and not expected and record["outcome"] == "cancelled":
                continue  # a step has skipped the test
            if report.when == "call":
                record["test_outcome"] = "xfailed" if expected and report.skipped else report.outcome
            record["tries"] = this_try[1]
            self._records.append((this_try, record))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What ended outside of every test: in a thread that outlived its own, or in another plugin's hook."""
        left = self.listener.take()
        if left and hasattr(self._config, "workeroutput"):
            self._config.workeroutput[_RECORDS] = left
        else:
            self._records += [(None, record) for record in left]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """A worker of pytest-xdist is done; one that crashed has left nothing."""
        self._records += [(None, record) for record in getattr(node, "workeroutput", {}).get(_RECORDS, ())]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the section of the scenarios."""
        verbosity = self._config.option.verbose
        if not self._records or verbosity < -1:
            return
        from scenario.record.run_record import RunRecord
        from scenario.report.terminal.glyphs import glyphs_for
        from scenario.report.terminal.known_judge import known_judge
        from scenario.report.terminal.runner_commands import Unobeyed, reads_commands
        from scenario.report.terminal.summary import summary_lines
        from scenario.store.place import store_folder

        writer = self._config.get_terminal_writer()
        records = [
            RunRecord.from_json(record | {"retried": this_try in self._again}) for this_try, record in self._records
        ]
        glyphs = glyphs_for(getattr(sys.stdout, "encoding", None))
        terminalreporter.section("scenarios")
        obeyed, unobeyed = reads_commands(os.environ), Unobeyed()
        lines = summary_lines(records, glyphs=glyphs, width=writer.fullwidth, verbosity=verbosity)
        for line in [*lines, *known_judge(store_folder(), records, glyphs)]:
            for span in line:
                writer.write(unobeyed.text(span.text) if obeyed else span.text, **_markup(span.tone))
            unobeyed.text("\n")
            writer.line()


def _tell_better(refusal: Any, item: pytest.Item, runs: HandedOut) -> None:
    """Where pytest cannot run an asynchronous test: say what is to be done about it here.

    Raises:
        the same kind of exception, with that.
    """
    from scenario.pytest_plugin.async_tests import never_awaited, why_not_run

    better = why_not_run(str(getattr(refusal, "msg", "")), item)
    if better is not None:
        left = runs.never_begun()
        raise type(refusal)(never_awaited(left, item) if left else better, pytrace=False) from None


def _markup(tone: Tone) -> dict[str, bool]:
    """A tone as pytest's own terminal writer shows it, if it shows any."""
    markups: dict[Tone, dict[str, bool]] = {
        "good": {"green": True, "bold": True},
        "bad": {"red": True, "bold": True},
        "unsure": {"yellow": True, "bold": True},
        "invalid": {"purple": True, "bold": True},
        "agent": {"cyan": True},
        "strong": {"bold": True},
        "dim": {"light": True},
    }
    return markups.get(tone, {})
