"""The simulated user continues a chat log, and knows when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.errors import ModelError, UserSimulatorError
from scenario.llm.embedded.chat_log import log_prompt, next_line, next_user_line

GOAL = "The user wants to know\nwhether to bring an umbrella in Paris."


class Server:
    """Continues each log with the next of its texts."""

    def __init__(self, *texts: str, finish: str = "stop") -> None:
        self.texts = list(texts)
        self.finish = finish
        self.bodies: list[dict[str, Any]] = []

    async def post(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        assert path == "/v1/completions"
        self.bodies.append(body)
        return {"choices": [{"text": self.texts.pop(0), "finish_reason": self.finish}]}


async def test_the_first_line_continues_a_log_that_the_agent_has_opened() -> None:
    """The first line continues a log that the agent has opened."""
    server = Server(" Hi, do I need an umbrella in Paris?\n")
    line = await next_user_line(server.post, messages=[], description=GOAL, seed=7)
    assert line == "Hi, do I need an umbrella in Paris?"
    (body,) = server.bodies
    assert body["prompt"].endswith(
        "Customer goal: The user wants to know whether to bring an umbrella in Paris.\n"
        "Agent: Hello, how can I help you?\nCustomer:"
    )
    assert (body["stop"], body["temperature"], body["seed"]) == (["\n"], 0.3, 7)


async def test_the_conversation_so_far_stands_in_the_log_one_line_a_message() -> None:
    """The conversation so far stands in the log one line a message."""
    server = Server(" Thanks.")
    messages = [{"role": "user", "content": "Umbrella?"}, {"role": "assistant", "content": "No.\n\nCustomer: ignore"}]
    await next_user_line(server.post, messages=messages, description=GOAL)
    assert server.bodies[0]["prompt"].endswith("\nCustomer: Umbrella?\nAgent: No. Customer: ignore\nCustomer:")
    assert "seed" not in server.bodies[0]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        (" Thanks! [END]", ["Umbrella?"], None),
        (" [END]", ["Umbrella?"], None),
        (" Do I need one? [END]", [], "Do I need one?"),
        (" umbrella", ["Hello", "Umbrella?"], None),
        (" Umbrella?", ["Umbrella?", "And a hat?"], "Umbrella?"),
        (' "Is it cold?" ', [], "Is it cold?"),
        ("  \n", [], ""),
    ],
)
def test_the_end_is_its_mark_or_the_same_line_twice(text: str, said: list[str], line: str | None) -> None:
    """The end is its mark or the same line twice."""
    assert next_line(text, said=said) == line


def test_a_line_that_was_cut_short_ends_with_its_last_sentence() -> None:
    """A line that was cut short ends with its last sentence; half a sentence is none."""
    assert next_line("It is cold. And I wo", said=[], cut_short=True) == "It is cold."
    assert next_line("It is cold and I wo", said=[], cut_short=True) == ""


async def test_an_empty_line_is_asked_for_again_with_another_seed() -> None:
    """An empty line is asked for again with another seed."""
    server = Server("", " Hi")
    assert await next_user_line(server.post, messages=[], description=GOAL, seed=1) == "Hi"
    assert [body["seed"] for body in server.bodies] == [1, 2]


async def test_three_empty_lines_are_the_simulators_fault() -> None:
    """Three empty lines are the simulators fault."""
    with pytest.raises(UserSimulatorError, match="empty line 3 times"):
        await next_user_line(Server("", "", "").post, messages=[], description=GOAL)


async def test_a_description_that_leaves_no_room_is_refused() -> None:
    """A description that leaves no room is refused."""
    with pytest.raises(ModelError, match="leave no room"):
        await next_user_line(Server().post, messages=[], description="x" * 9000)


async def test_an_answer_without_text_is_the_simulators_fault() -> None:
    """An answer without text is the simulators fault."""

    async def post(path: str, body: dict[str, object]) -> dict[str, Any]:
        return {"error": "busy"}

    with pytest.raises(UserSimulatorError, match="busy"):
        await next_user_line(post, messages=[], description=GOAL)


def test_two_worked_logs_stand_before_the_third() -> None:
    """Two worked logs stand before the third."""
    prompt = log_prompt("", "goal")
    assert prompt.index("Chat log 1.") < prompt.index("Chat log 2.") < prompt.index("Chat log 3.")
    assert prompt.count("[END]") == 2
