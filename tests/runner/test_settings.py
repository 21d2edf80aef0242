"""What a run goes by: its arguments, what is configured, the built-in defaults, and what None means."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError, ScriptTypeError
from tests.runner.players import Says, play, user

PARAMETERS = [
    "name", "description", "agents", "max_turns", "min_turns", "verbose", "cache_key", "debug", "fetch_remote_traces",
    "trace_wait_timeout", "script", "set_id", "metadata", "on_audio_chunk", "on_voice_event", "audio_playback",
    "parameters", "fields", "evaluators",
]  # fmt: skip
SETTINGS = ["default_model", "max_turns", "min_turns", "verbose", "cache_key", "debug", "headless",
            "fetch_remote_traces", "trace_wait_timeout", "trace_wait_extension", "observability",
            "secrets"]  # fmt: skip


@pytest.fixture(autouse=True)
def _settings_as_they_were() -> Iterator[None]:
    scenario.configure(**dict.fromkeys(SETTINGS))
    yield
    scenario.configure(**dict.fromkeys(SETTINGS))


async def config_of(**settings: Any) -> scenario.ScenarioConfig:
    """The settings in force within a run."""
    found: list[scenario.ScenarioConfig] = []
    await play(script=[lambda state: found.append(state.config)], **settings)
    return found[0]


@pytest.mark.parametrize("function", [scenario.run, scenario.arun])
def test_the_parameters_are_the_contracts(function: Any) -> None:
    """Their names and their order, so that all may be positional; what is ours comes behind them, by name alone."""
    assert list(inspect.signature(function).parameters) == [*PARAMETERS, "cassette"]
    assert inspect.signature(function).parameters["cassette"].kind is inspect.Parameter.KEYWORD_ONLY
    assert inspect.iscoroutinefunction(function)


def test_the_settings_of_configure_are_the_contracts() -> None:
    """Names and order; what is ours comes behind them."""
    assert list(inspect.signature(scenario.configure).parameters) == [*SETTINGS, "cassette", "cassette_mode"]


async def test_an_unknown_keyword_is_a_type_error() -> None:
    """As Python says it."""
    with pytest.raises(TypeError, match="setId"):
        await play(setId="x")


async def test_arguments_may_be_positional() -> None:
    """In the order of the contract."""
    result = await scenario.run("n", "d", [user(), Says()], 2, None, False)
    assert len(result.messages) == 4


async def test_a_name_may_be_empty_and_a_description_may_not_be_missing() -> None:
    """An empty name is a text; None for either is a ValueError."""
    assert (await scenario.run("", "", script=[scenario.succeed()], verbose=False)).success
    with pytest.raises(ValueError, match="description=None"):
        await scenario.run("n", None)  # type: ignore[arg-type]


async def test_arguments_win_over_what_is_configured() -> None:
    """And what is configured over the built-in default."""
    assert (await config_of()).max_turns == 10
    scenario.configure(max_turns=7)
    assert (await config_of()).max_turns == 7
    assert (await config_of(max_turns=3)).max_turns == 3


async def test_configure_merges() -> None:
    """What is not given stays as it was."""
    scenario.configure(max_turns=7)
    scenario.configure(debug=False, cache_key="k")
    config = await config_of()
    assert (config.max_turns, config.cache_key) == (7, "k")


async def test_none_resets_what_is_configured() -> None:
    """`configure(x=None)` brings the built-in default back."""
    scenario.configure(max_turns=7, cache_key="k", min_turns=2, default_model="openai/m")
    scenario.configure(max_turns=None, cache_key=None, min_turns=None, default_model=None)
    config = await config_of()
    assert (config.max_turns, config.cache_key, config.min_turns, config.default_model) == (10, None, None, None)


@pytest.mark.parametrize(("name", "value"), [("cache_key", "k"), ("min_turns", 2)])
async def test_none_switches_off_for_one_run(name: str, value: Any) -> None:
    """Where None means off, a run can switch a configured value off; left out, the configured one holds."""
    scenario.configure(**{name: value})
    assert getattr(await config_of(), name) == value
    assert getattr(await config_of(**{name: None}), name) is None
    assert getattr(await config_of(), name) == value


@pytest.mark.parametrize(("name", "value"), [("max_turns", 4), ("trace_wait_timeout", 5.0)])
@pytest.mark.filterwarnings("ignore::scenario.ScenarioWarning")
async def test_none_is_not_given_for_the_others(name: str, value: Any) -> None:
    """Code written for this API passes None on."""
    scenario.configure(**{name: value})
    assert getattr(await config_of(**{name: None}), name) == value


async def test_a_floor_is_checked_against_the_limit_in_force() -> None:
    """Also where one of the two is configured."""
    scenario.configure(min_turns=5)
    with pytest.raises(ConfigurationError, match="min_turns=5 is above max_turns=3"):
        await play(max_turns=3)


def test_a_refused_setting_changes_nothing() -> None:
    """All or none."""
    with pytest.raises(ConfigurationError):
        scenario.configure(cache_key="k", max_turns=0)
    assert scenario.default_config.cache_key is None


def test_the_configuration_in_force_is_one_object() -> None:
    """Under both of its names, before and after `configure`."""
    assert scenario.default_config is scenario.ScenarioConfig.default_config
    scenario.configure(max_turns=4)
    assert scenario.default_config is scenario.ScenarioConfig.default_config
    assert scenario.default_config.max_turns == 4


def test_the_configuration_can_be_put_back() -> None:
    """As fixtures do: what was in force is kept, and assigned again after the test."""
    before = scenario.ScenarioConfig.default_config
    scenario.configure(default_model="openai/other", max_turns=4)
    scenario.ScenarioConfig.default_config = before
    assert scenario.default_config.max_turns == 10
    assert scenario.default_config.default_model is None


async def test_a_run_keeps_the_settings_it_began_with() -> None:
    """`configure` during a run is for the next one."""
    agent = Says()
    steps = [lambda state: scenario.configure(max_turns=9), scenario.proceed()]
    await play(user(), agent, script=steps, max_turns=None)
    assert agent.calls == 10


@pytest.mark.parametrize("name", ["metadata", "fields"])
async def test_metadata_and_fields_are_dictionaries(name: str) -> None:
    """Anything else is a TypeError before the run begins."""
    with pytest.raises(ScriptTypeError, match=name):
        await play(**{name: 5})


async def test_evaluators_are_refused_in_words() -> None:
    """They decide whether a run succeeds: going on without them would pass what nobody has looked at."""
    with pytest.raises(ConfigurationError, match="not part of this package"):
        await play(evaluators=[1])
    assert not (await play(evaluators=[], script=[scenario.fail()])).success


async def test_metadata_and_set_id_travel_with_the_events() -> None:
    """A subscriber finds them at the run's start."""
    heard: list[Any] = []
    with scenario.subscribed(heard.append):
        await play(script=[scenario.succeed()], metadata={"ticket": 5}, set_id="nightly")
    assert (heard[0].metadata, heard[0].set_id) == ({"ticket": 5}, "nightly")


async def test_events_come_in_order() -> None:
    """From the run's start to its end, with the messages between, and times that never go back."""
    heard: list[Any] = []
    with scenario.subscribed(heard.append):
        await play(user("q"), Says("a"), max_turns=1)
    assert [type(event).__name__ for event in heard] == [
        "RunStarted", "TurnStarted", "CallStarted", "CallFinished", "MessageAdded", "CallStarted", "CallFinished",
        "MessageAdded", "RunFinished",
    ]  # fmt: skip
    assert [event.at for event in heard] == sorted(event.at for event in heard)
    assert {event.run_id for event in heard} == {heard[0].run_id}


def test_a_stopped_run_has_its_last_event() -> None:
    """A run that an exception stopped is told with the error and whose fault it was."""
    heard: list[Any] = []
    with scenario.subscribed(heard.append), pytest.raises(scenario.AgentError):
        asyncio.run(play(user(), Says(lambda _: 1 / 0), max_turns=1))
    assert heard[-1].result is None
    assert (heard[-1].fault, heard[-1].error) == ("agent", "AgentError: [Says] division by zero")


@pytest.mark.parametrize("fails_at", ["RunStarted", "TextDelta", "MessageAdded", "CallFinished", "RunFinished"])
async def test_a_subscriber_that_fails_is_not_the_agents_failure(fails_at: str) -> None:
    """The run goes on without it, the others hear everything, and the loop's handler is told."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    heard: list[str] = []
    failed: list[str] = []

    class Streams(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            for piece in ("a", "b"):
                yield piece

    def failing(event: Any) -> None:
        if failed:
            failed.append("again")
        if type(event).__name__ == fails_at:
            failed.append(fails_at)
            raise BrokenPipeError

    with scenario.subscribed(failing), scenario.subscribed(lambda event: heard.append(type(event).__name__)):
        result = await play(user("q"), Streams(), max_turns=2)
    assert [message["content"] for message in result.messages] == ["q", "ab", "q", "ab"]
    assert heard[-1] == "RunFinished"
    assert failed == [fails_at]
    assert [type(context["exception"]) for context in told] == [BrokenPipeError]
