"""A cassette that is recorded again changes where something has changed, and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.cassette.cassette_file import CassetteFile
from scenario.testing import ScriptedResponse, ScriptedTransport
from tests.cassette.runs import differences, told

_BEGUN = b'{"scenario_cassette":1}\n{"conversation":{"scenario":"a run"},"thread_id":"t"}\n'
_HEADERS = {"content-type": "application/json"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cassette is to be."""
    return tmp_path / "a.cassette"


def agent(*answers: dict[str, Any], seconds: float = 1.0) -> list[scenario.RemoteAgent]:
    """One that gives these answers, each after so many seconds."""
    script = [ScriptedResponse(json.dumps(one).encode(), headers=_HEADERS, seconds=seconds) for one in answers]
    return [scenario.RemoteAgent("http://agent.test/chat", transport=ScriptedTransport(script))]


def play(*arguments: Any, **settings: Any) -> tuple[list[scenario.Exchange], str]:
    """A run as another program would make it: of several of one name in a program, each is kept."""
    return asyncio.run(told(*arguments, **settings))


def lines_of(path: Path) -> list[str]:
    """The file's lines."""
    return path.read_text().splitlines()


def changed(before: list[str], after: list[str]) -> int:
    """How many lines of a file are others than before."""
    assert len(before) == len(after)
    return sum(old != new for old, new in zip(before, after, strict=True))


def test_the_same_again_leaves_the_file_as_it_is(path: Path) -> None:
    """Though the conversation had another id, and took a moment more."""
    answers = {"content": "sunny"}, {"content": "rainy"}
    play(path, "record", agent(*answers), ["Paris?", "Rome?"])
    before = lines_of(path)
    play(path, "record", agent(*answers, seconds=1.04), ["Paris?", "Rome?"])
    assert lines_of(path) == before


def test_one_changed_answer_changes_its_lines_alone(path: Path) -> None:
    """Of two; and what is then played is the new one."""
    play(path, "record", agent({"content": "sunny"}, {"content": "rainy"}), ["Paris?", "Rome?"])
    before = lines_of(path)
    play(path, "record", agent({"content": "sunny"}, {"content": "foggy"}), ["Paris?", "Rome?"])
    assert 1 <= changed(before, lines_of(path)) <= 2
    played, _ = play(path, "replay", agent(), ["Paris?", "Rome?"])
    assert [one.text for one in played] == ["sunny", "foggy"]


def test_a_slower_answer_is_no_longer_the_old_one(path: Path) -> None:
    """Its times are facts that checks look at."""
    play(path, "record", agent({"content": "sunny"}), ["Paris?"])
    play(path, "record", agent({"content": "sunny"}, seconds=4.0), ["Paris?"])
    played, _ = play(path, "replay", agent(), ["Paris?"])
    assert played[0].timing.total == 4.0


def test_the_conversations_id_is_played_where_the_agent_repeats_it(path: Path) -> None:
    """In the requests of the run that is played, as in the answers."""
    seen: list[str] = []

    def note(state: scenario.ScenarioState) -> None:
        seen.append(state.thread_id)

    async def run(mode: str, transport: Any) -> scenario.ScenarioResult:
        return await scenario.run(
            "ids", "", [scenario.RemoteAgent("http://agent.test/chat", transport=transport)],
            script=[scenario.user("Hi"), scenario.agent(), note, scenario.succeed()],
            verbose=False, cassette=scenario.Cassette(str(path), mode=mode),  # type: ignore[arg-type]
        )  # fmt: skip

    class Repeats(ScriptedTransport):
        def open(self, request: Any, *, timeouts: Any) -> Any:
            thread = json.loads(request.body)["thread_id"]
            self._script = [ScriptedResponse(json.dumps({"content": f"in {thread}"}).encode(), headers=_HEADERS)]
            return super().open(request, timeouts=timeouts)

    for _ in range(2):  # the second recording is kept under the first one's id
        asyncio.run(run("record", Repeats([])))
    result = asyncio.run(run("replay", ScriptedTransport([])))
    assert result.messages[-1]["content"] == f"in {seen[-1]}"
    assert seen[0] != seen[1]
    assert seen[-1] == seen[0]


def test_many_runs_record_into_one_file_at_once(path: Path) -> None:
    """Each of them, in an order that does not depend on which was first; the large file is put in order at the end."""
    long = "x" * 40_000

    async def one(number: int) -> None:
        await told(path, "record", agent({"content": f"{number} {long}"}), [f"line {number}"], name=f"run {number:02}")

    async def all_of_them() -> None:
        await asyncio.gather(*(one(number) for number in range(20)))

    asyncio.run(all_of_them())
    asyncio.run(one(3))
    file = CassetteFile(path)
    file.put_in_order()
    held = [conversation.identity.scenario for conversation in file.conversations()]
    assert held == [f"run {number:02}" for number in range(20)]
    played, _ = play(path, "replay", agent(), ["line 7"], name="run 07")
    live, _ = play(path.with_name("b"), "record", agent({"content": f"7 {long}"}), ["line 7"], name="run 07")
    assert not differences(live, played, but=("request", "timing"))


def test_a_piece_that_is_missing_is_missed(path: Path) -> None:
    """A merge may have lost its line: what is left is no whole answer. Who writes by hand leaves the size out."""
    play(path, "record", agent({"content": "sunny"}), ["Paris?"])
    lines = lines_of(path)
    piece = next(number for number, line in enumerate(lines) if line.startswith('{"at"'))
    without = "".join(f"{line}\n" for number, line in enumerate(lines) if number != piece)
    path.write_text(without)
    with pytest.raises(scenario.ConfigurationError, match=r"line 5: .* have 0 bytes together, and not 20"):
        play(path, "replay", agent(), ["Paris?"])
    edited = [line.replace("sunny", "rainy today").replace(',"size":20', "") for line in lines]
    path.write_text("".join(f"{line}\n" for line in edited))
    played, _ = play(path, "replay", agent(), ["Paris?"])
    assert played[0].text == "rainy today"


def test_any_line_that_is_missing_is_missed(path: Path) -> None:
    """Of two conversations, whichever it is; and one that a merge has left in is seen."""
    play(path, "record", agent({"content": "sunny"}, {"content": "rainy"}), ["Paris?", "Rome?"], name="first")
    play(path, "record", agent({"content": "cold"}), ["Oslo?"], name="second")
    lines = lines_of(path)
    assert len(CassetteFile(path).conversations()) == 2
    unseen = []
    for number, line in enumerate(lines):
        for changed in (
            lines[:number] + lines[number + 1 :],
            [*lines[: number + 1], "<<<<<<< HEAD", *lines[number + 1 :]],
        ):
            path.write_text("".join(f"{one}\n" for one in changed))
            with contextlib.suppress(scenario.ConfigurationError):
                CassetteFile(path).conversations()
                unseen.append(line)
    assert not unseen


def test_what_is_recorded_behind_a_line_without_an_end_is_found(path: Path) -> None:
    """An editor may have left the last line's end out."""
    long = "x" * 300_000
    play(path, "record", agent({"content": long}), ["Paris?"], name="first")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    play(path, "record", agent({"content": "cold"}), ["Oslo?"], name="second")
    for name, line, text in (("first", "Paris?", long), ("second", "Oslo?", "cold")):
        played, _ = play(path, "replay", agent(), [line], name=name)
        assert played[0].text == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no cassette"),
        (b"{}\n", "is no cassette"),
        (b'{"scenario_cassette":0}\n', "is no cassette"),
        (b'{"scenario_cassette":true}\n', "is no cassette"),
        (b'{"scenario_cassette":99}\n', "version 99"),
        (b'{"scenario_cassette":1}\n{"conversation":{"scenario":"a run"},"thread_id":"t"}\n{"at":1}\n', "line 3"),
        (b'{"scenario_cassette":1}\n{"conversation":{"scenario":"a run"},"extra":1}\n', "line 2"),
        (
            _BEGUN + b'{"request":{"participant":"agent","url":"http://a/"}}\n',
            "line 3: this call has no end",
        ),
        (
            _BEGUN + b'{"request":{"participant":"agent","url":"http://a/"}}\n{"at":0,"base64":"%%"}\n{"end":{}}\n',
            "line 4: its Base64 cannot be read",
        ),
        (
            _BEGUN + b'{"request":{"participant":"agent","url":"http://a/"}}\n{"response":{"status":200}}\n'
            b'{"at":-1,"text":"a"}\n{"end":{}}\n',
            "line 5: a piece of the body, with its time from 0 on",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(content: bytes, said: str, path: Path) -> None:
    """It is neither played in part nor taken for an empty one."""
    path.write_bytes(content)
    with pytest.raises(scenario.ConfigurationError, match=said):
        play(path, "replay", agent(), name="a run")
