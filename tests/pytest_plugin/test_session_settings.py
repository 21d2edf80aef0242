"""What can be set of a session: the plugin's options, and whether there is a plugin at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import scenario
from scenario.warning import forget_warnings
from tests.pytest_plugin.sessions import AGENTS, INI, SUITE, counts

pytest_plugins = ["pytester"]


def test_options_are_settings_of_the_session(project: pytest.Pytester) -> None:
    """--headless and --scenario-debug hold within the session, and what was set before holds again after it."""
    project.makepyfile(
        test_it="""
    import scenario

    def test_it():
        assert scenario.default_config.headless is True
        assert scenario.default_config.debug is True
"""
    )
    config = scenario.default_config
    before = (config.headless, config.debug, config.given)
    project.runpytest_inprocess("--headless", "--scenario-debug").assert_outcomes(passed=1)
    assert (config.headless, config.debug, config.given) == before


def test_debug_asks_on_the_terminal(project: pytest.Pytester) -> None:
    """With --scenario-debug, and without -s, the person's line is read and joins the conversation."""
    project.makepyfile(
        test_it=AGENTS
        + """
    class Simulator(scenario.AgentAdapter):
        role = scenario.AgentRole.USER
        async def call(self, input):
            return "simulated"

    async def test_it():
        result = await scenario.run(name="asked", description="", agents=[Simulator(), Echo()],
                                    script=[scenario.user(), scenario.agent(), scenario.succeed()])
        assert result.messages[0]["content"] == "typed by hand"
"""
    )
    result = project.run(sys.executable, "-m", "pytest", "--scenario-debug", stdin=b"typed by hand\n")
    result.assert_outcomes(passed=1)


def test_debug_and_workers_do_not_go_together(project: pytest.Pytester) -> None:
    """Workers have no terminal: that is said, instead of waiting for an answer that cannot come."""
    project.makepyfile(test_it="def test_it(): pass")
    result = project.runpytest_subprocess("--scenario-debug", "-n2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*leave out -n*"])


def test_an_option_of_the_same_name(project: pytest.Pytester) -> None:
    """Another plugin's --headless is no conflict: it is that plugin's option, and ours is left out."""
    project.makepyfile(
        browsers="""
    def pytest_addoption(parser):
        parser.addoption("--headless", action="store_true")
""",
        test_it="def test_it(pytestconfig): assert pytestconfig.getoption('--headless')",
    )
    project.syspathinsert()
    result = project.runpytest_subprocess("-p", "browsers", "-p", "scenario.pytest_plugin", "--headless")
    result.assert_outcomes(passed=1)


def test_registered_once(project: pytest.Pytester) -> None:
    """Installation and -p are one registration: the marker is known, and each run is counted once."""
    project.makepyfile(test_it=SUITE)
    for arguments in ([], ["-p", "scenario.pytest_plugin"]):
        result = project.runpytest_subprocess("--strict-markers", "-k", "passes", *arguments)
        result.assert_outcomes(passed=1, deselected=3)
        assert counts(result) == "1 scenario: 1 passed"


def test_it_can_be_switched_off(project: pytest.Pytester) -> None:
    """With -p no:scenario.pytest_plugin there is neither fixture nor summary, and scenarios still run."""
    project.makeini(INI.replace("addopts = --strict-markers", ""))
    Path(project.path, "pytest.ini").unlink()
    project.makepyfile(
        test_it=AGENTS + "\n    async def test_it(): assert (await play('x', scenario.succeed())).success\n"
    )
    result = project.runpytest_subprocess("-p", "no:scenario.pytest_plugin", "-o", "asyncio_mode=auto")
    result.assert_outcomes(passed=1)
    assert "1 scenario" not in result.stdout.str()


def test_it_imports_nothing_heavy() -> None:
    """A session without scenarios loads neither the package's values nor what they need."""
    code = """if True:
        import sys, contextvars, pytest
        before = set(sys.modules)
        import scenario.pytest_plugin
        print(*sorted(name for name in set(sys.modules) - before))
    """
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == [
        "scenario",
        "scenario._version",
        "scenario.dialogue",
        "scenario.dialogue.handed_out",
        "scenario.dialogue.subscribers",
        "scenario.pytest_plugin",
        "scenario.pytest_plugin.reruns",
        "scenario.pytest_plugin.session",
        "scenario.pytest_plugin.taping",
        "scenario.pytest_plugin.tracebacks",
        "scenario.run_source",
    ]


def test_a_setting_without_effect_stands_among_the_warnings(project: pytest.Pytester) -> None:
    """Where all warnings are errors, too: the test passes, as existing suites are to run."""
    project.makeini(INI + "    filterwarnings = error\n")
    project.makepyfile(
        test_it=AGENTS
        + """
    async def test_it():
        await scenario.run("n", "d", [Echo()], script=[scenario.succeed()], fetch_remote_traces=True)
"""
    )
    forget_warnings()
    result = project.runpytest_inprocess("-W", "error")
    forget_warnings()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*ScenarioWarning: scenario.run(fetch_remote_traces=True) has no effect here*"])
