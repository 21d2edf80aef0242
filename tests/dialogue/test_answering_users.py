"""Users of one's own that answer what an agent waits for in free play."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import scenario
from scenario.dialogue.verdicts import waits_for
from scenario.errors import ScriptError, ScriptTypeError, UserSimulatorError
from tests.human_input.test_runs import QUESTION, asks
from tests.runner.players import Says, judge, play, said, user, verdict


class Answering(Says):
    """A user that answers interrupts."""

    answers_interrupts = True

    def __init__(self, *answers: Any, answer: Any) -> None:
        super().__init__(*answers, role=scenario.AgentRole.USER)
        self.answer = answer
        self.asked: list[Any] = []

    async def answer_interrupt(self, interrupt: Any, input: scenario.AgentInput) -> Any:  # noqa: A002
        self.asked.append((interrupt, len(input.messages)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"approve": True}, "Approved."),
        ({"approve": False, "reason": "no"}, "Rejected: no"),
        ("Paris", "Paris"),
        (False, "false"),
    ],
)
async def test_the_answer_is_the_user_s_part_of_the_turn(answer: Any, words: str) -> None:
    """As `approve()`, `reject()` and `resume()` are; the user's line is not asked for in that turn."""
    talking, agent = Answering("Pay.", "Thanks.", answer=answer), Says(asks(), "Paid.", "Bye.")
    seen: list[tuple[int, Any]] = []
    result = await play(
        talking,
        agent,
        judge([], [], verdict()),
        script=[scenario.proceed(on_step=lambda state: seen.append((state.current_turn, state.interrupt)))],
    )
    assert result.success
    assert [content for _, content in said(result)] == ["Pay.", "I need your yes.", words, "Paid.", "Thanks.", "Bye."]
    assert result.messages[2]["resume"] is True
    assert [one.resume for one in agent.inputs] == [None, answer, None]
    assert (talking.asked, talking.calls) == ([(QUESTION, 2)], 2)
    assert [turn for turn, _ in seen] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


async def test_a_pass_waits_for_the_answer_that_the_user_is_about_to_give() -> None:
    """What the agent waits for is answered first; a failure ends the run at once, and so does the last turn."""
    talking = Answering("Pay.", "Thanks.", answer={"approve": True})
    result = await play(talking, Says(asks(), "Paid.", "Bye."), judge(verdict(), verdict()))
    assert (result.success, len(talking.asked), result.interrupt) == (True, 1, None)
    talking = Answering("Pay.", answer={"approve": True})
    result = await play(talking, Says(asks()), judge(verdict(success=False)))
    assert (result.success, talking.asked) == (False, [])
    talking = Answering("Pay.", answer={"approve": True})
    assert (await play(talking, Says(asks()), judge(verdict()), max_turns=1)).success


async def test_it_is_asked_again_each_time() -> None:
    """Up to the limit of turns; the last one says what the agent still waits for."""
    talking = Answering("Pay.", answer={"approve": True})
    result = await play(talking, Says(asks()), max_turns=3)
    assert len(talking.asked) == 2
    assert "limit of 3 turns" in str(result.reasoning)


async def test_what_words_answer_is_left_to_words() -> None:
    """An open question is answered by the next line."""
    question = {"kind": "input-required", "message": "Which day?"}
    talking = Answering("Book.", "Friday.", answer="never")
    await play(talking, Says(asks(question), "ok"), max_turns=2)
    assert (talking.asked, talking.calls) == ([], 2)


async def test_several_users_and_several_agents() -> None:
    """Who answers is the user that can, to the agent that asked last; the others speak after it."""
    talking, plain = Answering("Pay.", answer={"approve": True}), user("And me.", [])
    first, second = Says(asks("one"), "1"), Says(asks("two"), "2")
    result = await play(plain, talking, first, second, max_turns=3)
    assert [asked for asked, _ in talking.asked] == ["two"]
    assert [one.resume for one in second.inputs][:2] == [None, {"approve": True}]
    assert said(result)[4:7] == [("user", "Approved."), ("assistant", "2"), ("assistant", "1")]


@pytest.mark.parametrize("value", [False, None, "yes"])
async def test_who_does_not_answer_ends_free_play_as_before(value: Any) -> None:
    """The attribute says so, and only True does."""
    talking = Answering("Pay.", answer={"approve": True})
    talking.answers_interrupts = value
    result = await play(talking, Says(asks()))
    assert (talking.asked, result.reasoning) == ([], waits_for(QUESTION))


TYPED = """
import asyncio
import scenario
from tests.dialogue.test_answering_users import Answering
from tests.human_input.test_runs import asks
from tests.runner.players import Says, play

agent = Says(asks(), "Paid.", "Bye.")
asyncio.run(play(Answering("x", answer={"approve": True}), agent, max_turns=2, debug=True))
print("resumed with", agent.inputs[1].resume)
"""


def test_nobody_at_the_terminal_is_asked_for_it() -> None:
    """In debug mode lines are typed; the answer is the user's all the same."""
    done = subprocess.run([sys.executable, "-c", TYPED], input="Pay.\n", capture_output=True, text=True, check=False)
    assert "resumed with {'approve': True}" in done.stdout, done.stderr


async def test_failures() -> None:
    """None is no answer, an assertion is the test's, another exception the user's."""
    with pytest.raises(ScriptError, match=r"answer_interrupt gave None.*approve"):
        await play(Answering("Pay.", answer=None), Says(asks()))
    with pytest.raises(AssertionError, match="never this"):
        await play(Answering("Pay.", answer=AssertionError("never this")), Says(asks()))
    with pytest.raises(UserSimulatorError, match=r"\[Answering\] oh"):
        await play(Answering("Pay.", answer=OSError("oh")), Says(asks()))


async def test_a_method_is_demanded() -> None:
    """Before anybody is asked."""
    talking = user("Pay.")
    talking.answers_interrupts = True  # type: ignore[attr-defined]
    with pytest.raises(ScriptTypeError, match=r"answer_interrupt\(interrupt, input\)"):
        await play(talking, Says(asks()))
    assert talking.calls == 0
