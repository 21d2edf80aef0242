"""What the established package has and this one does not says why, however it is asked for."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

import scenario
from scenario.agent_adapter import resolve_agent_name
from scenario.cache import get_cache, scenario_cache
from scenario.connected_agent import ConnectedAgentLike, read_reply
from tests.runner.players import Says, play

MISSING = [
    ("scenario", "RedTeamAgent", "red teaming"),
    ("scenario", "CrescendoStrategy", "red teaming"),
    ("scenario", "DEFAULT_GOAT_TECHNIQUES", "red teaming"),
    ("scenario", "setup_scenario_tracing", "tracing"),
    ("scenario", "scenario_only", "tracing"),
    ("scenario", "TraceView", "tracing"),
    ("scenario", "evaluator", "evaluators"),
    ("scenario", "trace", "evaluators"),
    ("scenario", "audio", "voice"),
    ("scenario", "silence", "voice"),
    ("scenario", "OpenAIRealtimeAgentAdapter", "voice"),
    ("scenario.report", "save_redteam_report", "red teaming"),
    ("scenario.config", "LangWatchSettings", "platform"),
]


@pytest.mark.parametrize(("module", "name", "reason"), MISSING)
def test_importing_it_says_why(module: str, name: str, reason: str) -> None:
    """By an ImportError, which code that can do without it catches."""
    with pytest.raises(ImportError, match=reason) as refused:
        exec(f"from {module} import {name}", {})  # noqa: S102 - the statement itself is what is tested
    assert name in str(refused.value)
    assert refused.value.name == module


@pytest.mark.parametrize(("module", "name", "reason"), MISSING)
def test_asking_for_it_says_why(module: str, name: str, reason: str) -> None:
    """By an AttributeError, so that `hasattr` and `getattr` with a default are answered."""
    home = importlib.import_module(module)
    assert not hasattr(home, name)
    assert getattr(home, name, 5) == 5
    with pytest.raises(AttributeError, match=reason):
        getattr(home, name)


def test_others_in_the_same_line_do_not_matter() -> None:
    """What is there is there."""
    space: dict[str, object] = {}
    with pytest.raises(ImportError, match="RedTeamAgent"):
        exec("from scenario import run, RedTeamAgent", space)  # noqa: S102 - as above
    exec("from scenario import run, warning", space)  # noqa: S102 - as above
    assert space["run"] is scenario.run


def test_a_name_that_nobody_has_is_told_as_python_does() -> None:
    """Without a reason that is none."""
    with pytest.raises(ImportError, match="cannot import name 'nonsense' from 'scenario'"):
        exec("from scenario import nonsense", {})  # noqa: S102 - as above


# --- paths that existing code imports ---


def test_the_cache_tells_where_it_is_and_is_cleared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its results alone: what else lies in the folder stays."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path))
    assert get_cache().location == str(tmp_path)
    kept = [tmp_path / "ab" / "mine.txt", tmp_path / ("a" * 64)]
    kept[0].parent.mkdir()
    for path in kept:
        path.write_text("mine")
    result = tmp_path / "cd" / ("cd" * 32)
    result.parent.mkdir()
    result.write_bytes(b"x")
    get_cache().clear()
    assert (result.exists(), [path.exists() for path in kept]) == (False, [True, True])
    monkeypatch.setenv("SCENARIO_CACHE_DIR", "")
    assert get_cache().location is None
    get_cache().clear()


async def test_after_clearing_a_call_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept is forgotten."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path))
    made: list[int] = []

    @scenario_cache()
    def ask(number: int) -> int:
        made.append(number)
        return number

    for clear in (False, False, True):
        if clear:
            get_cache().clear()
        await play(script=[lambda _: ask(1), scenario.succeed()], cache_key="k")
    assert made == [1, 1]


def test_a_connected_agent_is_known_by_its_protocol() -> None:
    """For annotations, and for `isinstance`."""

    class Connected:
        name = "support"

        async def invoke(self, call: object) -> str:
            return json.dumps(str(call))

    assert isinstance(Connected(), ConnectedAgentLike)
    assert not isinstance(Says(), ConnectedAgentLike)


@pytest.mark.parametrize(
    ("reply", "read"),
    [
        ("hi", ("hi", None)),
        ({"output": "hi", "session": {"n": 1}}, ("hi", {"n": 1})),
        ({"output": ("a", "b")}, (["a", "b"], None)),
        ({"role": "assistant", "content": "hi"}, ({"role": "assistant", "content": "hi"}, None)),
        (None, ("", None)),
        (7, ("7", None)),
    ],
)
def test_a_reply_is_read_as_output_and_session(reply: object, read: tuple[object, object]) -> None:
    """However a connected agent gives it."""
    assert read_reply(reply) == read


@pytest.mark.parametrize(
    ("given", "resolved"), [("Support", "Support"), (" Desk ", "Desk"), ("  ", "Says"), (None, "Says")]
)
def test_an_agent_is_called_by_its_name(given: str | None, resolved: str) -> None:
    """Or its class's, where the name is blank."""
    assert resolve_agent_name(Says(name=given)) == resolved
