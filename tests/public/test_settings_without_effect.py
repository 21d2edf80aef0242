"""Settings without effect are told, never swallowed: code that gives them runs, with one warning at its own line."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import scenario
from scenario import ModelConfig, ScenarioConfig, ScenarioWarning
from scenario.testing import ModelServer
from scenario.warning import forget_warnings
from tests.runner.players import play


@pytest.fixture(autouse=True)
def nothing_told() -> Iterator[None]:
    """Each test begins as a process does, and what is configured afterwards is what was before."""
    before = ScenarioConfig.default_config
    forget_warnings()
    yield
    ScenarioConfig.default_config = before
    forget_warnings()


def told(make: Callable[[], object]) -> list[str]:
    """The warnings of a call, each by its text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    assert all(warning.category is ScenarioWarning for warning in caught)
    return [str(warning.message) for warning in caught]


def judge(**settings: Any) -> scenario.JudgeAgent:
    """A judge that is told more."""
    return scenario.JudgeAgent(criteria=["c"], model="openai/m", **settings)


def user(**settings: Any) -> scenario.UserSimulatorAgent:
    """A simulated user that is told more."""
    return scenario.UserSimulatorAgent(model="openai/m", **settings)


def callback(*_: object) -> None:
    """Never called."""


@pytest.mark.parametrize(
    ("make", "name", "value", "reason"),
    [
        (scenario.configure, "fetch_remote_traces", True, "tracing"),
        (scenario.configure, "trace_wait_timeout", 30.0, "tracing"),
        (scenario.configure, "trace_wait_extension", 5, "tracing"),
        (scenario.configure, "observability", {"instrumentors": []}, "tracing"),
        (ScenarioConfig, "fetch_remote_traces", True, "tracing"),
        (ScenarioConfig, "trace_wait_timeout", 30.0, "tracing"),
        (ScenarioConfig, "trace_wait_extension", 5, "tracing"),
        (ScenarioConfig, "observability", {"instrumentors": []}, "tracing"),
        (judge, "include_traces", True, "tracing"),
        (judge, "span_collector", object(), "tracing"),
        (judge, "remote_trace_fetcher", object(), "tracing"),
        (judge, "include_audio", True, "voice"),
        (judge, "include_timeline", True, "voice"),
        (judge, "modality", "audio-in", "voice"),
        (user, "voice", "openai/nova", "voice"),
        (user, "audio_effects", [object()], "voice"),
        (user, "interrupt_probability", 0.5, "voice"),
        (user, "modality", "stt-bridge", "voice"),
    ],
)
def test_what_asks_for_something_is_told(make: Any, name: str, value: Any, reason: str) -> None:
    """By the name of the setting and why it has no effect; a second time it is not said again."""
    (text,) = told(lambda: make(**{name: value}))
    assert name in text
    assert reason in text
    assert told(lambda: make(**{name: value})) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fetch_remote_traces", True),
        ("trace_wait_timeout", 20.0),
        ("on_audio_chunk", callback),
        ("on_voice_event", callback),
        ("audio_playback", True),
    ],
)
async def test_a_run_tells_of_its_arguments(name: str, value: Any) -> None:
    """And goes on."""
    with pytest.warns(ScenarioWarning, match=name):
        result = await play(script=[scenario.succeed()], **{name: value})
    assert result.success


def test_one_call_is_told_of_once_for_each_reason() -> None:
    """With all the names; what was told already is left out."""
    both = told(lambda: judge(include_traces=True, span_collector=object(), include_audio=True))
    assert [
        sorted(name for name in ("include_traces", "span_collector", "include_audio") if name in text) for text in both
    ] == [
        ["include_traces", "span_collector"],
        ["include_audio"],
    ]
    (text,) = told(lambda: judge(include_traces=True, remote_trace_fetcher=object()))
    assert "include_traces" not in text


@pytest.mark.parametrize(
    "make",
    [
        lambda: scenario.configure(fetch_remote_traces=False, observability={}, trace_wait_timeout=None),
        lambda: scenario.configure(max_turns=3, min_turns=1, verbose=False, cache_key="k", debug=False, headless=True),
        lambda: ScenarioConfig(fetch_remote_traces=False, headless=True).merge(ScenarioConfig(max_turns=4)),
        lambda: judge(include_traces=False, include_audio=None, include_timeline=False, modality="text"),
        lambda: judge(temperature=0.1, max_tokens=9, system_prompt="s", token_threshold=5, max_discovery_steps=2),
        lambda: user(voice=None, interrupt_probability=0.0, audio_effects=[], modality="text"),
        lambda: user(persona="p", goal="g", system_prompt="s", temperature=0.5, max_tokens=5),
        lambda: judge(timeout=5, extra_headers={"a": "b"}, max_retries=1, seed=7, top_p=0.9, reasoning_effort="low"),
        lambda: ModelConfig("openai/m", num_retries=1, headers={}, extra_body={"mine": 1}, thinking={"type": "x"}),
        lambda: ModelConfig("ollama/m", keep_alive="5m", options={"num_ctx": 9}, think=False, format="json"),
    ],
)
def test_what_has_an_effect_or_asks_for_nothing_is_silent(make: Any) -> None:
    """A default, an empty value, a setting that does something."""
    assert told(make) == []


def test_what_is_configured_is_told_once() -> None:
    """Not again by the values that are made of it, nor by the runs that go by it."""
    assert len(told(lambda: scenario.configure(fetch_remote_traces=True))) == 1
    assert told(lambda: scenario.configure(max_turns=2)) == []
    assert told(lambda: scenario.default_config.model_copy()) == []


def test_values_are_not_shown() -> None:
    """They may hold anything; a switch and a number are shown."""
    (text,) = told(lambda: scenario.configure(observability={"key": "secret"}, trace_wait_timeout=5))
    assert "secret" not in text
    assert "trace_wait_timeout=5" in text


def test_a_warning_stands_at_the_users_line() -> None:
    """Where it is made, and not deep inside."""
    line = inspect.currentframe().f_lineno + 2  # type: ignore[union-attr]
    with pytest.warns(ScenarioWarning) as caught:
        scenario.JudgeAgent(criteria=["c"], model="openai/m", include_traces=True)
    assert (caught[0].filename, caught[0].lineno) == (__file__, line)


CODE = """
import warnings
import scenario
FILTER
scenario.configure(fetch_remote_traces=True)
print("went on")
"""


@pytest.mark.parametrize(
    ("filters", "goes_on", "is_told"),
    [
        ("", True, True),
        ("warnings.simplefilter('error')", True, True),
        ("warnings.filterwarnings('error', category=UserWarning)", True, True),
        ("warnings.filterwarnings('error', category=scenario.ScenarioWarning)", False, True),
        ("warnings.filterwarnings('ignore', category=scenario.ScenarioWarning)", True, False),
    ],
)
def test_a_filter_decides_only_where_it_names_the_warning(filters: str, goes_on: bool, is_told: bool) -> None:
    """Existing code runs where all warnings are errors, and is told all the same."""
    code = CODE.replace("FILTER", filters)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ("went on" in done.stdout, "fetch_remote_traces" in done.stderr) == (goes_on, is_told)


# --- parameters of models ---


@pytest.mark.parametrize("make", [judge, user, lambda **extra: ModelConfig("openai/m", **extra)])
def test_a_parameter_that_no_server_takes_is_named(make: Any) -> None:
    """With what may have been meant, and how to say that a server of one's own takes it."""
    (text,) = told(lambda: make(reasoning_efort="low"))
    assert "reasoning_efort" in text
    assert "Did you mean 'reasoning_effort'?" in text
    assert "extra_body" in text
    (text,) = told(lambda: make(zzz=1))
    assert "Did you mean" not in text


@pytest.mark.parametrize(
    ("make", "name", "meant"),
    [
        (judge, "temprature", "temperature"),
        (judge, "critera", "criteria"),
        (judge, "every", "judge_every"),
        (judge, "vote", "votes"),
        (user, "personna", "persona"),
        (user, "trait", "traits"),
        (user, "on_interupt", "on_interrupt"),
        (lambda **extra: ModelConfig("openai/m", **extra), "temprature", "temperature"),
    ],
)
def test_what_is_nearly_a_setting_is_refused(make: Any, name: str, meant: str) -> None:
    """It would have no effect, and a test would run otherwise than it says."""
    with pytest.raises(scenario.ConfigurationError, match=rf"{name}=.*Did you mean '{meant}'\?.*extra_body"):
        make(**{name: "x"})


@pytest.mark.parametrize("name", ["seed", "top_p", "tools", "format", "think", "user", "thinking", "prompt", "models"])
def test_what_servers_take_is_near_to_nothing(name: str) -> None:
    """A name that is a server's goes to the server."""
    assert told(lambda: user(**{name: 1})) == []


async def test_an_unknown_parameter_is_sent_all_the_same() -> None:
    """There are more servers than documentation."""
    async with ModelServer() as server:
        with pytest.warns(ScenarioWarning, match="house_style"):
            made = scenario.JudgeAgent(criteria=["c"], model=server.config(), house_style="short")
        await play(made, script=[scenario.user("x"), scenario.judge()])
    assert server.requests[0].body["house_style"] == "short"


async def test_settings_of_another_client_are_told_and_not_sent() -> None:
    """Servers refuse them."""
    given = {"drop_params": True, "mock_response": "x", "fallbacks": ["y"], "api_version": "1"}
    async with ModelServer() as server:
        texts = told(lambda: server.config(**given))
        await play(
            scenario.JudgeAgent(criteria=["c"], model=server.config(**given)),
            script=[scenario.user("x"), scenario.judge()],
        )
    assert [name for name in given if not any(name in text for text in texts)] == []
    assert given.keys() & server.requests[0].body.keys() == set()
