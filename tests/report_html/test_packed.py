"""Runs as the page of a report holds them: small, and the same when they are read again."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import given, strategies as st

from scenario.record.account import (
    CriterionAccount,
    EventAccount,
    MessageAccount,
    RowAccount,
    RunAccount,
    StreamAccount,
)
from scenario.report.files.html import html_report
from scenario.report.files.packed import blocks, packed_events

# What breaks a form for words in JSON: ends, quotes, nothing, letters of two units, words that begin alike.
AWKWARD = [
    '{"t":"a"}',
    '{"t":"ab"}',
    '{"t":""}',
    '"',
    "",
    "\x1e",
    "a\x1eb",
    "\U0001f600",
    '{"t":"\U0001f600"}',
    "[DONE]",
]
EVENTS = st.lists(
    st.builds(
        EventAccount,
        at=st.floats(0, 1e6, allow_nan=False),
        kind=st.sampled_from(["message", "message", "delta", "__proto__", ""]),
        data=st.sampled_from(AWKWARD) | st.text(),
        flags=st.integers(0, 7),
    ),
    min_size=1,
)


def unpacked(packed: list[Any]) -> list[EventAccount]:
    """What `viewer/src/packed.js` makes of it, whose texts are of units of UTF-16."""
    at, kinds, flags, pieces, lengths, between = packed
    data = pieces
    if isinstance(pieces, str):
        units = pieces.encode("utf-16-le")
        ends = [2 * sum(lengths[: index + 1]) for index in range(len(lengths))]
        cut = [units[start:end].decode("utf-16-le") for start, end in zip([0, *ends], ends, strict=False)]
        data = between.join(cut).split("\x1e")
    return [
        EventAccount(
            at=one, kind=kinds if isinstance(kinds, str) else kinds[index], data=data[index], flags=int(flag, 16)
        )
        for index, (one, flag) in enumerate(zip(at, flags, strict=True))
    ]


@given(EVENTS, st.sampled_from(["", "\x1e", '"}\x1e{"t":"']))
def test_events_are_the_same_when_they_are_read_again(events: list[EventAccount], before: str) -> None:
    """Whatever they have, and whatever stood between the words of the stream before."""
    stream = StreamAccount(turn=0, outcome="complete", events=events)
    told = json.loads(msgspec.json.encode(packed_events(stream, before)))
    assert unpacked(told) == events


def talk(number: int, turns: int) -> RunAccount:
    """A run whose answers come word by word, as a model's server sends them."""
    words = [f"word{number * 31 % 97} {turn} {index}" for turn in range(turns) for index in range(40)]
    streams = []
    for turn in range(turns):
        said = words[40 * turn : 40 * turn + 40]
        events = [
            EventAccount(
                at=round(0.2 + 0.025 * index + number / 1e6, 6),
                data=json.dumps({"id": f"chat-{number}-{turn}", "choices": [{"index": 0, "delta": {"content": word}}]}),
                flags=1,
            )
            for index, word in enumerate(said)
        ]
        streams.append(StreamAccount(turn=turn, call=turn, outcome="complete", text="".join(said), events=events))
    messages = [MessageAccount(index=one.turn, role="assistant", text=one.text, call=one.turn) for one in streams]
    row = RowAccount(id=f"run-{number}", name=f"Scenario {number}", status="passed", turns=turns)
    return RunAccount(row=row, messages=messages, streams=streams)


def test_runs_take_less_than_half_of_what_each_would_take_by_itself() -> None:
    """What neighbours have in common, and the events of a stream, stands there once."""
    for turns in (2, 10):
        accounts = [talk(number, turns) for number in range(60)]
        alone = sum(
            len(json.dumps(msgspec.to_builtins(one.row)))
            + len(base64.b64encode(zlib.compress(msgspec.json.encode(one), 6)))
            for one in accounts
        )
        together = len(html_report(accounts)) - len(html_report([]))
        assert together < alone / 2


def test_a_run_is_taken_when_the_one_before_is_packed() -> None:
    """Of a generator of many large runs, no more than a block is held at once."""
    ahead = 0

    def many() -> Iterator[RunAccount]:
        nonlocal ahead
        for number in range(40):
            ahead += 1
            account = talk(number, 1)
            account.messages[0].text = "x" * 300_000
            yield account

    for block in blocks(many()):
        assert block.runs == 1
        assert ahead == 1
        ahead = 0


def test_a_parameter_that_json_cannot_hold_is_shown_by_its_text() -> None:
    """One run with such a value does not take its neighbours with it."""
    odd = talk(1, 1)
    odd.parameters = {"shape": {(1, 2): object}, "rate": float("nan"), "half": "\ud800"}
    (block,) = blocks(iter([talk(0, 1), odd]))
    _, (account, _) = json.loads(zlib.decompress(base64.b64decode(block.text)))
    assert "object" in str(account["parameters"])


def test_what_was_tried_again_counts_in_no_figure_of_criteria_and_times() -> None:
    """As on the terminal and on the live page: by its last try alone."""
    tried = [talk(0, 1), talk(1, 1)]
    for account, status in zip(tried, ("retried", "passed"), strict=True):
        account.row.status = status  # type: ignore[assignment]
        account.criteria = [CriterionAccount(criterion="It is brief", status="passed")]
        account.streams[0].first_content = 0.2
    page = html_report(tried)
    assert '"criterion":"It is brief","passed":1' in page
    assert '"ttft":{"count":1,' in page
