"""A simulated user that has nothing more to say: how its model says so, and what becomes of its last words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.agents.user_simulator.ending import END, last_words, named_ends
from scenario.agents.user_simulator.line import user_line
from scenario.errors import UserSimulatorError
from scenario.testing import ModelServer
from tests.judge.courts import State, hearing
from tests.runner.players import Says, judge, play, said, verdict
from tests.simulator.test_user_simulator_agent import user_at

WORDS = "Thanks, bye!"
MARKS = [
    "###STOP###", "### STOP ###", "###finished###", "##END##", "[DONE]", "[END]", "<END>", "<stop>", "<|end_of_chat|>",
    "TERMINATE", "[END OF CONVERSATION]", "(end of conversation)", "[conversation ends]", "/stop", "/exit", "[[DONE]]",
    "{{STOP}}", "<<DONE>>", "**END**", "--- END ---", "END_OF_CONVERSATION", "__END__", "[GOAL_REACHED]",
]  # fmt: skip


def read(text: str) -> tuple[str, bool]:
    """What is said of a model's text, and whether it is the last."""
    return tuple(last_words(user_line(text), text))  # type: ignore[return-value]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_ends_alone_or_after_last_words(mark: str) -> None:
    """And it is never said itself."""
    assert read(mark) == ("", True)
    assert read(f"<think>Enough.</think>{mark}") == ("", True)
    for text in (f"{WORDS}\n\n{mark}", f'"{WORDS}\n{mark}"', f"User: {WORDS}\n{mark}"):
        assert read(text) == (WORDS, True)


@pytest.mark.parametrize("mark", [mark for mark in MARKS if mark != "TERMINATE"])
def test_a_mark_in_a_notation_of_its_own_ends_after_a_sentence(mark: str) -> None:
    """On the same line; a bare word there is one of the sentence's."""
    assert read(f"{WORDS} {mark}") == (WORDS, True)
    assert read(f'"{WORDS} {mark}"') == (WORDS, True)
    assert read("Cancel it! TERMINATE") == ("Cancel it! TERMINATE", False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("thx [[DONE]]", "thx"), ("thx ###STOP###", "thx"), ("Thanks! ###STOP###\n(The goal is reached.)", "Thanks!"),
        ("###STOP### Thanks!", "Thanks!"), ("STOP###", ""), ("[User has left the chat]", ""), ("`###STOP###`", ""),
        ("(The user has nothing more to say.)", ""), ("The conversation has ended.", ""), ("# STOP", ""),
    ],
)  # fmt: skip
def test_ends_as_models_tell_them(text: str, words: str) -> None:
    """A narrator's, too; what is narrated after the end is not said."""
    assert read(text) == (words, True)


@pytest.mark.parametrize(
    "text",
    [
        "stop", "Stop.", "STOP", "END", "Done!", "(done)", "*done*", "I'm done, thanks!", "Is the conversation over?",
        "Please TERMINATE my contract", "What does ###STOP### mean?", "It prints `[DONE]` there", "Use /stop",
        "How do I use /exit?", "Reply with [DONE]", "buy milk [done]", "Say “<END>” then", "/var/log/end", "#stop",
        "The stream ends with [DONE]", "Let's end this chat.", "OVER 9000", "What is END_OF_CONVERSATION for?",
        "CALL ENDED is what my phone says each time", "TASK COMPLETED shows up but nothing was done", "TEST DONE",
        "The END SESSION button does not work", "END SESSION button does not work", "data: [DONE]", "CALL ENDED",
        "My phone shows CALL ENDED", "GOAL REACHED in the game, now what?", "SESSION OVER", "*STOP*", "END OF CALL",
        "if x; then\n  echo 1\nfi\n# END", "data: {}\n\n[DONE]", "x = {\n[END]", "BEGIN\n  x := 1\n---END---",
        "```\na\n[DONE]\n```\nWhy?", "todo: milk [DONE]", "It sends <END>", "END\nSTOP", "The user has left the room.",
    ],
)  # fmt: skip
def test_ordinary_words_and_marks_that_are_spoken_of_end_nothing(text: str) -> None:
    """They are the user's own."""
    assert read(text) == (text, False)


def test_an_end_beside_the_words_in_json() -> None:
    """A field that says so is one, where it is true."""
    assert read('{"message": "Thanks, bye!", "done": true}') == (WORDS, True)
    assert read('{"message": "Thanks, bye!", "is_done": false}') == (WORDS, False)
    assert read('{"message": "", "finished": true}') == ("", True)
    assert read('{"done": true}') == ("", True)


@pytest.mark.parametrize(
    "text", ['{"status": 500, "done": true}', '{"id": 4, "message": "boom", "done": true}', 'Why "done": true?']
)
def test_json_that_is_shown_ends_nothing(text: str) -> None:
    """It is the user's own."""
    assert read(text) == (text, False)


def test_a_question_is_nobodys_last_word() -> None:
    """Whatever a field beside it says."""
    assert read('{"content": "Why is this field empty?", "done": true}')[1] is False


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        ("You are a guest. When you are done, reply with OVER-AND-OUT.", "OVER-AND-OUT"),
        ('Once your goal is reached, say "STOP".', "STOP"),
        ("Finish the conversation by sending only the word `DONE`. If it is over, write `DONE`.", "DONE"),
    ],
)
async def test_a_mark_that_own_instructions_name_ends_too(told: str, mark: str) -> None:
    """Though it is a word that users say elsewhere; with other instructions it is one."""
    async with ModelServer(["Hi.", f"Thanks!\n{mark}", "Hi.", mark]) as server:
        for users in (["Hi.", "Thanks!"], ["Hi."]):
            result = await play(user_at(server, system_prompt=told), Says("ok"))
            assert [content for role, content in said(result) if role == "user"] == users
    if mark != "OVER-AND-OUT":
        assert read(mark) == (mark, False)


def test_own_instructions_name_no_ordinary_words() -> None:
    """Only what is in capitals, and only for the end."""
    assert named_ends('When done, say "thank you".', "Always write in ENGLISH.", 'Say "HELLO" first.', None) == ()


async def test_last_words_are_answered_and_then_the_verdict_is_demanded() -> None:
    """The model is not asked again, and the agent not without a line."""
    agent = Says("It is 20 °C.", "Bye!")
    judging = judge(lambda given: [] if given.judgment_request is None else verdict(reasoning="decided"))
    async with ModelServer(["How warm is it?", f"Thanks! {END}"]) as server:
        result = await play(user_at(server), agent, judging)
        assert len(server.requests) == 2
    assert [content for _, content in said(result)] == ["How warm is it?", "It is 20 °C.", "Thanks!", "Bye!"]
    assert (result.success, result.reasoning) == (True, "decided")


@pytest.mark.parametrize("mark", [END, "[DONE]"])
async def test_a_mark_alone_ends_at_once(mark: str) -> None:
    """Nothing is said, and the agent is not called for it."""
    agent = Says("It is 20 °C.")
    async with ModelServer(["How warm is it?", mark]) as server:
        result = await play(user_at(server), agent)
    assert (agent.calls, len(result.messages)) == (1, 2)
    assert str(result.reasoning).startswith("The user had nothing more to say")


async def test_a_number_of_turns_ends_there_and_the_script_goes_on() -> None:
    """The next step is played."""
    async with ModelServer(["Hi", END]) as server:
        result = await play(user_at(server), Says("ok"), script=[scenario.proceed(5), scenario.succeed("on")])
    assert result.reasoning == "on"


async def test_a_line_of_the_script_or_a_rollback_begins_anew() -> None:
    """What was over is not over any more."""
    async with ModelServer([f"Bye. {END}", "Wait, one more.", f"Bye. {END}", "Once again."]) as server:
        simulator = user_at(server)
        ask = [scenario.user(), scenario.agent()]
        script = [*ask, scenario.user("Scripted."), scenario.agent(), *ask, *ask, scenario.succeed()]

        def back(state: scenario.ScenarioState) -> None:
            state.rollback_messages_to(len(state.messages) - 2)

        result = await play(simulator, Says("ok"), script=[*script[:-1], back, scenario.user(), scenario.succeed()])
    users = [content for role, content in said(result) if role == "user"]
    assert users == ["Bye.", "Scripted.", "Wait, one more.", "Once again."]


async def test_runs_at_once_end_each_by_itself() -> None:
    """One simulator in two runs."""

    def reply(body: Any) -> str:
        return f"Bye. {END}" if "Ends." in body["messages"][0]["content"] else "Go on."

    async with ModelServer(reply) as server:
        simulator = user_at(server)
        ends = await scenario.run("a", "Ends.", [simulator, Says("ok")], max_turns=4, verbose=False)
        goes_on = await scenario.run("b", "Goes on.", [simulator, Says("ok")], max_turns=4, verbose=False)
    assert (len(ends.messages), len(goes_on.messages)) == (2, 8)


async def test_the_model_is_told_how_it_ends() -> None:
    """Unless the conversation is to go on for now, or the instructions are the user's own."""
    async with ModelServer() as server:
        await user_at(server).call(hearing([]))
        await user_at(server).call(hearing([], state=State(turn=0, min_turns=2)))
        await user_at(server, system_prompt="Be a pirate.").call(hearing([]))
    told = [END in request.body["messages"][0]["content"] for request in server.requests]
    assert told == [True, False, False]


async def test_a_floor_of_turns_holds() -> None:
    """An end that comes too early is asked about once; last words before the floor are a line like any other."""
    async with ModelServer(["Hi", END, "And tomorrow?", f"Thanks. {END}", END]) as server:
        result = await play(user_at(server), Says("ok"), min_turns=3, max_turns=9)
        assert "not over yet" in server.requests[2].body["messages"][-1]["content"]
    users = [content for role, content in said(result) if role == "user"]
    assert users == ["Hi", "And tomorrow?", "Thanks."]


@pytest.mark.parametrize(
    ("floor", "lines", "users"),
    [
        (1, ["Hi", END], ["Hi"]),
        (2, ["Hi", END, "More.", END], ["Hi", "More."]),
        (2, ["Hi", f"Bye. {END}"], ["Hi", "Bye."]),
        (3, ["Hi", f"Bye. {END}", "Wait.", END], ["Hi", "Bye.", "Wait."]),
        (None, [END], []),
    ],
)
async def test_the_floor_is_exact(floor: int | None, lines: list[str], users: list[str]) -> None:
    """So many turns are played, and none more is asked for."""
    async with ModelServer(lines) as server:
        result = await play(user_at(server), Says("ok"), min_turns=floor, max_turns=9)
        assert len(server.requests) == len(lines)
    assert [content for role, content in said(result) if role == "user"] == users


async def test_an_end_before_the_floor_twice_is_the_simulators_fault() -> None:
    """It says the floor, and what to do."""
    async with ModelServer(["Hi", END, END]) as server:
        with pytest.raises(UserSimulatorError, match=r"in turn 2, twice.*min_turns=3\).*Lower min_turns=") as failed:
            await play(user_at(server), Says("ok"), min_turns=3)
    assert failed.value.fault == "user simulator"


CAPITALS = ["CALL", "ENDED", "SESSION", "OVER", "TASK", "COMPLETED", "END", "STOP", "DONE", "TEST", "OF", "phone", "a"]


@given(st.lists(st.sampled_from(CAPITALS), min_size=1, max_size=6).map(" ".join))
def test_words_in_capitals_are_words(text: str) -> None:
    """Nothing of them is lost, and nothing ends."""
    assert read(text) == (text, False)
