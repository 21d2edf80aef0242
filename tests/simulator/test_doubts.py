"""Lines that may be more than the user's words: asked for once more, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.agents.user_simulator.doubts import doubt_of
from scenario.agents.user_simulator.ending import END
from scenario.testing import ModelServer
from tests.judge.courts import hearing
from tests.simulator.test_user_simulator_agent import user_at

LOG = "Here is my log:\nUser: hi\nAssistant: hello\nWhy is it doubled?"
DOUBTFUL = [
    LOG, "null", "User: bob", '{"message": "E42"}', "data: [DONE]", "Cancel it! TERMINATE", "I want it <STOP>",
    "Option 1: I want it\nOption 2: Give it",
    "Here are some possible messages:\n- a\n- b", "Hi!\n\nNote: I kept it short.",
]  # fmt: skip


async def heard(*replies: str, **settings: Any) -> tuple[Any, list[Any]]:
    """The user's message, and the requests."""
    async with ModelServer(list(replies)) as server:
        said = await user_at(server, **settings).call(hearing([]))
        return said, [request.body["messages"] for request in server.requests]


@pytest.mark.parametrize("line", DOUBTFUL)
async def test_what_is_said_twice_is_said(line: str) -> None:
    """A run is never lost to a doubt, nor is a word."""
    said, asked = await heard(line, line)
    assert said == {"role": "user", "content": line}
    assert len(asked) == 2
    assert "write it again" in asked[1][-1]["content"]


async def test_another_line_takes_its_place() -> None:
    """The first is not said."""
    said, _ = await heard(LOG, "Why is my log doubled?")
    assert said == {"role": "user", "content": "Why is my log doubled?"}


async def test_an_end_in_answer_to_it_is_one() -> None:
    """As at the first asking."""
    said, _ = await heard("Bye! TERMINATE", END)
    assert said == []


async def test_each_trouble_is_asked_about_once() -> None:
    """A doubt, and a line that is not this user's, and then no more."""
    said, asked = await heard(LOG, "How can I help you today?", LOG)
    assert said == {"role": "user", "content": LOG}
    assert len(asked) == 3


async def test_nobody_asks_where_nothing_is_watched() -> None:
    """Everything passes."""
    said, asked = await heard(LOG, monitor=False)
    assert (said, len(asked)) == ({"role": "user", "content": LOG}, 1)


@pytest.mark.parametrize(
    "line",
    [
        "Hello!", "Customer: Anna\nOrder: 4711", "I SAID STOP", "It's OVER", "Option 1 it is.", "Note: I'm deaf.",
        "None",
        "My server: it crashes.", '{"status": 404}', "What does [DONE] mean?", "It is called [DONE]",
    ],
)  # fmt: skip
def test_what_is_plain_is_not_asked_about(line: str) -> None:
    """It costs nothing more."""
    assert doubt_of(line) == ""
