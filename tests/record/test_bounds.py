"""What reports keep of a hostile run is bounded, and says what was left out."""

from __future__ import annotations

import pytest

from scenario.exchange import Chunk, Exchange, HttpRequest, ReceivedEvent
from scenario.record.account_parts import message_account
from scenario.record.findings import UNLINTED, findings_of
from scenario.types import Message, Reply, StreamTiming


def exchange(*, events: int, size: int) -> Exchange:
    """An answer of a home-made stream, of so many events and bytes."""
    received = [ReceivedEvent(at=index / 1e6, data="a", content=True) for index in range(events)]
    return Exchange(
        request=HttpRequest(url="http://127.0.0.1/chat"),
        status=200,
        headers={"content-type": "text/event-stream"},
        events=received,
        reply=Reply(text="a" * events, events=received),
        timing=StreamTiming(total=1.0, bytes=size),
    )


@pytest.mark.parametrize(
    ("events", "size", "told"), [(20_001, 1, "20,001 events"), (1, 62_914_560, "62,914,560 bytes")]
)
def test_an_answer_that_the_rules_would_take_long_for_is_not_linted_and_says_so(
    events: int, size: int, told: str
) -> None:
    """A million events took the rules seconds and a GiB, on the run's own loop, and again for each page."""
    (finding,) = findings_of(exchange(events=events, size=size))
    assert (finding.rule, finding.level) == (UNLINTED, "info")
    assert told in finding.message
    assert "scenario lint" in finding.message


@pytest.mark.parametrize("line_end", [b"\n", b"\r", b"\r\n"])
def test_lines_that_make_no_event_are_counted_as_well(line_end: bytes) -> None:
    """Millions of comments took the rules minutes, although the answer has no event at all."""
    answer = exchange(events=0, size=1)
    answer.chunks = [Chunk(0.0, b":" + line_end)] * 100_001
    (finding,) = findings_of(answer)
    assert finding.rule == UNLINTED
    assert "100,001 lines" in finding.message
    answer.chunks = answer.chunks[:100]
    assert UNLINTED not in {one.rule for one in findings_of(answer)}


def test_an_answer_of_usual_length_is_linted() -> None:
    """Of the most that is, too."""
    assert UNLINTED not in {finding.rule for finding in findings_of(exchange(events=20_000, size=8 << 20))}


@pytest.mark.parametrize(
    ("made", "kept", "last"), [(1_000, 1_000, "t999"), (100_000, 1_001, "… (99,000 more tool calls)")]
)
def test_a_message_lists_a_thousand_tool_calls_and_how_many_more_there_are(made: int, kept: int, last: str) -> None:
    """A page can bear no more; the store has all of them."""
    calls = [
        {"id": str(index), "type": "function", "function": {"name": f"t{index}", "arguments": "{}"}}
        for index in range(made)
    ]
    message: Message = {"role": "assistant", "content": None, "tool_calls": calls}  # type: ignore[typeddict-item]
    account = message_account(message, 0)
    assert (len(account.tools), account.tools[-1].name) == (kept, last)
