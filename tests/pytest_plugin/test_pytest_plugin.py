"""The plugin in real pytest sessions: inside this one, in processes of their own, and spread over workers."""

from __future__ import annotations

import re

import pytest

import scenario
from scenario import pytest_plugin
from scenario.pytest_plugin.session import ScenarioSession
from scenario.report.terminal.scenario_reporter import ScenarioReporter
from tests.pytest_plugin.sessions import AGENTS, SUITE, counts, section

pytest_plugins = ["pytester"]

DETAILS = [
    "    test_it.py::test_fails",
    "    It only repeats.",
    "    ✗ It helps",
    "      It is an echo.",
    "      assistant, message 2: “You said: hello”",
]


def test_the_summary(project: pytest.Pytester) -> None:
    """After the tests: each scenario, the failed criterion with reason and quotation, the exception and its fault."""
    project.makepyfile(test_it=SUITE)
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=3)
    lines = section(result)
    assert counts(result) == "4 scenarios: 1 passed, 3 failed"
    assert [line.split()[:2] for line in lines if line[:1] in {"✓", "✗", "!"}] == [
        ["✓", "greeting"],
        ["✗", "judged"],
        ["✗", "unreachable"],
        ["✗", "checked"],
    ]
    at = lines.index(DETAILS[0])
    assert lines[at : at + 5] == DETAILS
    assert "    AgentError: [Broken] no route to \\x1b[31mhost" in lines
    assert "    at fault: the agent" in lines
    assert "    AssertionError: no lookup" in lines
    assert "\x1b" not in "".join(lines)


def test_hooks_are_made_as_older_versions_know_them() -> None:
    """Version 7 of pytest would not start where a plugin asks for what came after it."""
    hooks = [*vars(pytest_plugin).values(), *vars(ScenarioSession).values()]
    made = {hook.__name__: hook.pytest_impl for hook in hooks if hasattr(hook, "pytest_impl")}
    assert len(made) >= 6
    # This one is made as the version at hand knows it.
    assert [name for name, one in made.items() if one["wrapper"]] == ["pytest_runtest_call"]


def test_a_run_belongs_to_the_test_that_began_it(project: pytest.Pytester) -> None:
    """Also where it ends in another, as tests do that run beside each other."""
    project.makepyfile(
        test_it=AGENTS
        + """
    tasks = []

    @pytest.mark.asyncio(loop_scope="module")
    async def test_begins():
        async def wait(state):
            await go.wait()
        global go
        go = asyncio.Event()
        tasks.append(asyncio.create_task(play("slow", wait, scenario.fail("no"))))
        await asyncio.sleep(0.01)

    @pytest.mark.asyncio(loop_scope="module")
    async def test_ends():
        go.set()
        await tasks[0]
        assert (await play("quick", scenario.fail("no"))).success
"""
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1, failed=1)
    lines = section(result)
    assert lines[lines.index("    test_it.py::test_begins") - 1].split()[:2] == ["✗", "slow"]
    assert lines[lines.index("    test_it.py::test_ends") - 1].split()[:2] == ["✗", "quick"]


def test_no_scenario_no_section(project: pytest.Pytester) -> None:
    """A session without scenarios ends as if the plugin were not there."""
    project.makepyfile(test_it="def test_it(): pass")
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    assert "scenarios" not in result.stdout.str().replace("plugins: scenario", "")


def test_how_much_is_told(project: pytest.Pytester) -> None:
    """-q tells of what did not pass, and why; -v also of the criteria that were met; -qq is silent."""
    project.makepyfile(test_it=SUITE)
    quiet = section(project.runpytest_inprocess("-q"))
    assert [line for line in quiet if not line.startswith("  ")][:3] == [
        "✗ judged  test_it.py::test_fails",
        "✗ unreachable  test_it.py::test_breaks",
        "✗ checked  test_it.py::test_checks",
    ]
    at = quiet.index(DETAILS[1])
    assert quiet[at : at + 4] == DETAILS[1:]
    assert "greeting" not in "".join(quiet)
    assert "    ✓ It answers" in section(project.runpytest_inprocess("-v"))
    assert "scenarios" not in project.runpytest_inprocess("-qq").stdout.str()


def test_colours_are_pytest_s_own(project: pytest.Pytester) -> None:
    """Colours come with pytest's setting, and go with it."""
    project.makepyfile(test_it=SUITE)
    assert "\x1b[31m\x1b[1m✗\x1b[0m judged" not in project.runpytest_inprocess("--color=no").stdout.str()
    coloured = project.runpytest_inprocess("--color=yes").stdout.str()
    assert re.search(r"\x1b\[31m\x1b\[1m✗", coloured)


def test_inside_this_session(project: pytest.Pytester, scenario_reporter: ScenarioReporter) -> None:
    """Scenarios of a session inside this one are reported there, and this one hears its own again afterwards."""
    before = len(scenario_reporter.results)
    project.makepyfile(test_it=SUITE)
    result = project.runpytest_inprocess("-p", "scenario.pytest_plugin")
    assert counts(result) == "4 scenarios: 1 passed, 3 failed"
    assert len(scenario_reporter.results) == before


async def test_this_session_hears_its_own(scenario_reporter: ScenarioReporter) -> None:
    """A scenario of this very test is in this session's reporter, with its name, description and result."""
    result = await scenario.run(name="own", description="Of this test.", script=[scenario.succeed("so be it")])
    last = scenario_reporter.results[-1]
    assert (last["scenario"].name, last["scenario"].description) == ("own", "Of this test.")
    assert last["result"].success
    assert last["result"].reasoning == result.reasoning == "so be it"


def test_sessions_inside_one_after_the_other(project: pytest.Pytester) -> None:
    """A session inside this one unloads what it loaded; names that the next one asks for first fit the others still."""
    for step in ("succeed()", "fail()", "sleep(0)"):
        project.makepyfile(test_it=AGENTS + f"\n    async def test_it(): await play('inside', scenario.{step})\n")
        project.runpytest_inprocess().assert_outcomes(passed=1)


def test_other_subscribers_go_on_hearing(project: pytest.Pytester) -> None:
    """A session inside a `subscribed` block takes nothing from whoever subscribed there."""
    project.makepyfile(test_it=SUITE)
    heard: list[str] = []
    with scenario.subscribed(lambda event: heard.append(type(event).__name__)):
        project.runpytest_inprocess()
    assert heard.count("RunFinished") == 4


LOOPS = (
    AGENTS
    + """
    @pytest_asyncio.fixture(scope="session", loop_scope="session")
    async def made():
        return await play("session fixture", scenario.succeed())

    @pytest_asyncio.fixture
    async def made_here():
        yield await play("fixture", scenario.succeed())
        await play("teardown", scenario.succeed())

    @pytest.mark.asyncio(loop_scope="session")
    async def test_session(made):
        assert (await play("session loop", scenario.succeed())).success

    @pytest.mark.asyncio(loop_scope="module")
    async def test_module():
        assert (await play("module loop", scenario.succeed())).success

    async def test_function(made_here):
        await asyncio.gather(*(play(f"gathered {i}", scenario.succeed()) for i in range(3)))

    def test_own_loop():
        asyncio.run(play("own loop", scenario.succeed()))

    def test_thread():
        thread = threading.Thread(target=lambda: asyncio.run(play("bare thread", scenario.succeed())))
        thread.start()
        thread.join()

    async def test_to_thread():
        await asyncio.to_thread(lambda: asyncio.run(play("thread with context", scenario.succeed())))
"""
)


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_every_kind_of_loop(project: pytest.Pytester, workers: list[str]) -> None:
    """Runs are heard in fixtures, on loops of every scope, on loops of one's own, and in threads."""
    project.makepyfile(test_it=LOOPS)
    result = project.runpytest_subprocess("-v", *workers)
    result.assert_outcomes(passed=6)
    assert counts(result) == "11 scenarios: 11 passed"


def test_workers_of_xdist(project: pytest.Pytester) -> None:
    """Spread over two workers, the summary is the same: records travel to the controller."""
    project.makepyfile(test_it=SUITE)
    apart = project.runpytest_subprocess("-n2")
    apart.assert_outcomes(passed=1, failed=3)
    lines = section(apart)
    assert counts(apart) == "4 scenarios: 1 passed, 3 failed"
    assert all(line in lines for line in DETAILS)


def test_a_worker_that_crashes(project: pytest.Pytester) -> None:
    """A worker that dies takes the scenarios of the test it died in with it, and no others."""
    project.makepyfile(
        test_it=AGENTS
        + """
    @pytest.mark.parametrize("i", range(6))
    async def test_it(i):
        await play(f"number {i}", scenario.succeed())
        if i == 3:
            os._exit(1)
"""
    )
    result = project.runpytest_subprocess("-n2", "-v")
    assert counts(result) == "5 scenarios: 5 passed"
    assert "number 3" not in "".join(section(result))


def test_what_ends_after_the_tests(project: pytest.Pytester) -> None:
    """A run that outlived its test is in the summary, from a worker too."""
    project.makeconftest(
        AGENTS
        + """
    def pytest_sessionfinish(session):
        if not hasattr(session.config, "workerinput") and session.config.getoption("numprocesses", None):
            return
        asyncio.run(play("afterwards", scenario.succeed()))
"""
    )
    project.makepyfile(test_it="def test_it(): pass")
    for arguments in ([], ["-n1"]):
        assert counts(project.runpytest_subprocess(*arguments)) == "1 scenario: 1 passed"


def test_outcomes_of_tests(project: pytest.Pytester) -> None:
    """A test that wants its scenario to fail is not contradicted; one that a step skips has no scenario."""
    project.makepyfile(
        test_it=AGENTS
        + """
    async def test_wants_it():
        assert not (await play("wanted", scenario.fail())).success

    @pytest.mark.xfail
    async def test_expects_it():
        assert (await play("expected", scenario.fail())).success

    async def test_skips():
        await play("skipped", lambda state: pytest.skip("not today"))

    async def test_cancels():
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(play("cancelled", scenario.sleep(60)), 0.01)
"""
    )
    result = project.runpytest_inprocess()
    result.assert_outcomes(passed=2, skipped=1, xfailed=1)
    lines = section(result)
    assert counts(result) == "3 scenarios: 2 failed, 1 cancelled"
    assert "    test_it.py::test_wants_it (the test passed)" in lines
    assert "    test_it.py::test_expects_it (expected to fail)" in lines
    assert "    the run was cancelled" in lines


def test_the_fixture(project: pytest.Pytester) -> None:
    """`scenario_reporter` has the session's results so far, their figures, and prints them."""
    project.makepyfile(
        test_it=AGENTS
        + """
    async def test_before():
        await play("first", scenario.succeed())

    async def test_after(scenario_reporter, capsys):
        with pytest.raises(RuntimeError):
            await play("second", agent=Broken)
        await play("third", scenario.fail("no"))
        names = [one["scenario"].name for one in scenario_reporter.results]
        assert names == ["first", "second", "third"]
        assert [str(one["scenario"]) for one in scenario_reporter.results] == names
        second = scenario_reporter.results[1]["result"]
        assert not second.success and "no route" in second.reasoning
        assert [message["role"] for message in second.messages] == ["user"]
        assert scenario_reporter.get_summary() == {"total": 3, "passed": 1, "failed": 2, "success_rate": 33.33}
        scenario_reporter.print_report()
        assert "3 scenarios: 1 passed, 2 failed" in capsys.readouterr().out

    def test_by_hand(scenario_reporter):
        scenario_reporter.add_result("own", scenario.ScenarioResult(success=True, messages=[]))
        assert scenario_reporter.get_summary()["success_rate"] == 50.0
"""
    )
    project.runpytest_inprocess().assert_outcomes(passed=3)


def test_an_empty_reporter(project: pytest.Pytester) -> None:
    """Without any run the fixture is there, and empty."""
    project.makepyfile(
        test_it="""
    def test_it(scenario_reporter):
        assert scenario_reporter.results == []
        assert scenario_reporter.get_summary() == {"total": 0, "passed": 0, "failed": 0, "success_rate": 0.0}
"""
    )
    project.runpytest_inprocess().assert_outcomes(passed=1)
