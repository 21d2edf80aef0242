"""The pytest plugin: options, marker, fixture, and the scenarios' summary after the tests.

It is loaded into every pytest session where this package is installed, so it imports nothing that a session without
scenarios does not need: everything else is loaded when the first run is heard of.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from scenario.pytest_plugin.session import ScenarioSession

if TYPE_CHECKING:
    from scenario.report.terminal.scenario_reporter import ScenarioReporter

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """Annotations of fixtures import the reporter's class from here; it is loaded when it is asked for."""
        if name != "ScenarioReporter":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from scenario.report.terminal.scenario_reporter import ScenarioReporter

        return ScenarioReporter


_SESSION = pytest.StashKey[ScenarioSession]()


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
    group.addoption(
        "--scenario-cassette-mode",
        choices=("auto", "record", "replay", "off"),
        dest="scenario_cassette_mode",
        help="the mode of every cassette: auto plays what is recorded and records what is not; replay opens no socket",
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
    config.addinivalue_line(
        "markers",
        "scenario(cassette=PATH, cassette_mode=MODE): what the test's runs are recorded into or played from; the path "
        "is one from the test's file on, or a scenario.Cassette.",
    )
    if config.getoption("scenario_debug", default=False) and config.getoption("numprocesses", default=None):
        raise pytest.UsageError(
            "--scenario-debug asks on the terminal, which the workers of -n do not have: leave out -n."
        )
    session = config.stash[_SESSION] = ScenarioSession(config)
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
