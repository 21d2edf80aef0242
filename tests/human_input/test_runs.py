"""What waits for a human is in the state and in the result, whoever asks; and no run hangs on it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.dialogue.verdicts import waits_for
from scenario.errors import ScriptError, ScriptTypeError
from scenario.protocols.interrupts import presentable, question_of, spoken, takes_words
from scenario.record.run_record import RunRecord, RunRecorder
from tests.runner.players import Judging, Says, judge, play, said, user, verdict

_KEYS = st.sampled_from([
    "kind", "interrupts", "value", "message", "question", "name", "args", "type", "requestedSchema", "responseSchema",
    "properties", "reason", "input", "toolConfirmation", "action_requests",
])  # fmt: skip
_WORDS = st.sampled_from(["", "string", "InputRequiredEvent", "input-required", "\ud83d", "Which?"])
# JSON as agents send it, half emojis and all, and what an adapter may hand over besides.
JSON = (
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _WORDS),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
        max_leaves=12,
    )
    | st.just(object())
    | st.just(2**70)
)

QUESTION = {"kind": "approval", "message": "Pay 5 euros?"}


def asks(question: Any = QUESTION, text: str = "I need your yes.") -> Any:
    """An answer that stops for a human."""

    def answer(input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        input.interrupted(question)
        return text

    return answer


async def test_an_adapter_of_ones_own_asks_and_is_answered() -> None:
    """It tells what it waits for, and the answer is in its input."""
    agent = Says(asks(), "Paid.")
    seen: list[Any] = []

    def look(state: scenario.ScenarioState) -> None:
        seen.append((state.interrupt, state.current_turn))

    script = [scenario.user("Pay."), scenario.agent(), look, scenario.approve(), look, scenario.succeed()]
    result = await play(agent, script=script)
    assert seen == [(QUESTION, 0), (None, 1)]
    assert [one.resume for one in agent.inputs] == [None, {"approve": True}]
    assert said(result) == [
        ("user", "Pay."), ("assistant", "I need your yes."), ("user", "Approved."), ("assistant", "Paid."),
    ]  # fmt: skip
    assert agent.inputs[1].last_new_user_message_str() == "Approved."


@pytest.mark.parametrize(
    ("step", "resume", "words"),
    [
        (scenario.approve(), {"approve": True}, "Approved."),
        (scenario.reject(), {"approve": False}, "Rejected."),
        (scenario.reject("too much"), {"approve": False, "reason": "too much"}, "Rejected: too much"),
        (scenario.resume("Paris"), "Paris", "Paris"),
        (scenario.resume({"city": "Paris"}), {"city": "Paris"}, '{"city":"Paris"}'),
        (scenario.resume(False), False, "false"),
    ],
)
async def test_answers_and_what_the_conversation_shows_of_them(step: Any, resume: Any, words: str) -> None:
    """A person's words for what the protocol is given."""
    agent = Says(asks(), "ok")
    result = await play(agent, script=[scenario.user("a"), scenario.agent(), step, scenario.succeed()])
    assert agent.inputs[1].resume == resume
    assert said(result)[-2] == ("user", words)


@pytest.mark.parametrize("step", [scenario.approve(), scenario.reject(), scenario.resume(1)])
async def test_an_answer_to_nothing_is_the_scripts_mistake(step: Any) -> None:
    """And it is said what to do."""
    with pytest.raises(ScriptError, match=r"waits for nothing.*state\.interrupt"):
        await play(Says("ok"), script=[scenario.user("a"), scenario.agent(), step])


def test_none_is_no_answer() -> None:
    """It would be lost on the way."""
    with pytest.raises(ScriptError, match=r"scenario\.approve\(\)"):
        scenario.resume(None)


async def test_a_step_that_was_not_called_is_refused() -> None:
    """As all others are."""
    with pytest.raises(ScriptTypeError, match=r"write scenario\.approve\(\.\.\.\)"):
        await play(Says("ok"), script=[scenario.approve])


async def test_a_script_that_ends_while_the_agent_waits_says_so() -> None:
    """What it waits for, and how it is answered."""
    result = await play(Says(asks()), script=[scenario.user("a"), scenario.agent()])
    assert (result.success, result.interrupt) == (False, QUESTION)
    assert str(result.reasoning).startswith("The agent still waits for a human (approval): 'Pay 5 euros?'.")
    assert result.model_dump()["interrupt"] == QUESTION


async def test_checkpoints_that_were_met_stand() -> None:
    """A test may end on purpose where the agent asks; the result says that it does."""
    script = [scenario.user("a"), scenario.agent(), scenario.judge(criteria=["asks first"])]
    result = await play(Says(asks()), judge(verdict()), script=script)
    assert (result.success, result.interrupt) == (True, QUESTION)
    assert "still waits for a human" in str(result.reasoning)


@pytest.mark.parametrize("success", [True, False])
async def test_the_judge_decides_where_free_play_cannot_go_on(success: bool) -> None:
    """It is asked for its verdict in that turn; a failure says what nobody has answered."""
    court = judge(lambda given: [] if given.judgment_request is None else verdict(success, reasoning="So it is."))
    result = await play(user("Pay."), Says(asks()), court)
    assert (result.success, result.interrupt) == (success, QUESTION)
    assert court.calls == 1
    assert result.reasoning == ("So it is." if success else f"So it is. {waits_for(QUESTION)}")


async def test_free_play_without_a_verdict_ends_where_it_cannot_go_on() -> None:
    """Nobody decided: every criterion is inconclusive, and the reason is what the agent waits for."""
    agent = Says(asks())
    result = await play(user("Pay."), agent, Judging(["It pays."]))
    assert agent.calls == 1
    assert (result.success, result.reasoning) == (False, waits_for(QUESTION))
    assert result.inconclusive_criteria == ["It pays."]


@pytest.mark.parametrize(
    ("interrupt", "goes_on"),
    [
        ({"kind": "input-required", "message": "Which city?"}, True),
        ({"kind": "langgraph-interrupt", "interrupts": [{"value": "Which city?"}]}, True),
        ({"kind": "langgraph-interrupt", "interrupts": [{"value": {"question": "Which city?"}}]}, False),
        ({"kind": "langgraph-interrupt", "interrupts": [{"value": "a?"}, {"value": "b?"}]}, False),
        ({"kind": "auth-required", "message": "Log in."}, False),
        ({"interrupts": [{"requestedSchema": {"properties": {"city": {"type": "string"}}}}]}, True),
        ({"interrupts": [{"requestedSchema": {"properties": {"a": {"type": "string"}, "b": {}}}}]}, False),
        ({"interrupts": [{"requestedSchema": {"properties": {"a": {"type": "string", "enum": ["x"]}}}}]}, False),
        ({"interrupts": [{"type": "InputRequiredEvent", "value": {"prefix": "Which city?"}}]}, True),
        ({"interrupts": [{"responseSchema": {"type": "string"}}]}, True),
        ("whatever", False),
        ([1], False),
        ({"interrupts": []}, False),
        ({"interrupts": [None]}, False),
    ],
)
async def test_what_words_can_answer(interrupt: Any, goes_on: bool) -> None:
    """Open questions; not approvals, forms, or what is not known."""
    agent = Says(asks(interrupt), "18 degrees.")
    result = await play(user("How is the weather?", "Paris."), agent, judge([], verdict()))
    assert agent.calls == (2 if goes_on else 1)
    assert (result.interrupt is None) is goes_on


async def test_nobody_answers_a_question_where_there_is_no_user() -> None:
    """The agent would talk to itself."""
    agent = Says(asks({"kind": "input-required", "message": "Which city?"}))
    result = await play(agent, script=[scenario.user("a"), scenario.proceed()])
    assert agent.calls == 1
    assert "Which city?" in str(result.reasoning)


async def test_as_many_turns_as_were_asked_for_are_no_end() -> None:
    """The script may answer after them; more turns than can be played end the run."""
    agent = Says(asks(), "Paid.")
    script = [scenario.proceed(1), scenario.approve(), scenario.succeed()]
    assert (await play(user("Pay."), agent, script=script)).success
    agent = Says(asks(), "Paid.")
    result = await play(user("Pay."), agent, script=[scenario.proceed(2), scenario.approve(), scenario.succeed()])
    assert (result.success, result.reasoning) == (False, waits_for(QUESTION))


async def test_a_scripted_line_goes_on_without_an_answer() -> None:
    """What the agent makes of it is its own affair."""
    agent = Says(asks(), "Never mind, then.")
    script = [scenario.user("a"), scenario.agent(), scenario.user("Forget it."), scenario.agent(), scenario.succeed()]
    result = await play(agent, script=script)
    assert (agent.inputs[1].resume, result.interrupt) == (None, None)


async def test_the_answer_goes_to_the_agent_that_waits() -> None:
    """The other one is not asked; both hear of it."""
    waiting, other = Says(asks(), "Paid."), Says("I only listen.")
    script = [scenario.user("a"), scenario.agent(), scenario.agent(), scenario.approve(), scenario.succeed()]
    await play(waiting, other, script=script)
    assert (waiting.calls, other.calls) == (2, 1)


async def test_an_agent_in_the_background_may_ask() -> None:
    """Its question is there when its answer is."""
    agent = Says(asks(), "Paid.")
    script = [scenario.user("a"), scenario.agent(wait=False), scenario.approve(), scenario.succeed()]
    with pytest.raises(ScriptError, match="waits for nothing"):
        await play(Says("ok"), script=script)
    await play(agent, script=script)
    assert agent.calls == 2


async def test_only_agents_wait_for_a_human() -> None:
    """The user is the human."""
    person = user(asks())
    result = await play(person, Says("ok"), script=[scenario.user(), scenario.agent(), scenario.succeed()])
    assert result.interrupt is None


async def test_after_an_answer_free_play_goes_on() -> None:
    """The answer was the user's part of its turn."""
    agent = Says(asks(), "Paid.", "Bye.")
    person = user("Thanks.")
    script = [scenario.user("Pay."), scenario.agent(), scenario.approve(), scenario.proceed()]
    result = await play(person, agent, judge([], verdict()), script=script)
    assert [text for _, text in said(result)] == ["Pay.", "I need your yes.", "Approved.", "Paid.", "Thanks.", "Bye."]
    assert result.success


async def test_the_record_of_a_run_tells_what_it_waited_for() -> None:
    """In words."""
    records: list[RunRecord] = []
    with scenario.subscribed(RunRecorder(lambda record, _started, _finished: records.append(record))):
        await play(Says(asks()), script=[scenario.user("a"), scenario.agent()])
        await play(Says("ok"), script=[scenario.user("a"), scenario.agent(), scenario.succeed()])
    assert [record.interrupt for record in records] == ["Pay 5 euros?", ""]
    assert [RunRecord.from_json(record.to_json()) for record in records] == records


@given(JSON)
def test_any_interrupt_can_be_shown_and_kept(interrupt: Any) -> None:
    """Whatever an agent sends, or an adapter makes up: the result is JSON, and is the same where it can be."""
    kept = presentable(interrupt)
    result = scenario.ScenarioResult(success=False, messages=[], reasoning=waits_for(kept), interrupt=kept)
    assert msgspec.json.decode(result.model_dump_json())["interrupt"] == kept
    assert presentable(kept) == kept
    assert 0 < len(question_of(interrupt)) <= 2000
    assert spoken(interrupt, "Hi.") in (None, "Hi.")
    assert takes_words(interrupt) in (True, False)


def test_no_interrupt_is_nested_too_deeply() -> None:
    """It is cut where nobody looks any more."""
    nested: Any = "end"
    for _ in range(900):
        nested = {"value": [nested]}
    result = scenario.ScenarioResult(success=False, messages=[], interrupt=presentable(nested))
    assert "…" in result.model_dump_json()
    assert question_of(nested)


class Delegates(scenario.AgentAdapter):
    """An adapter that hands over to another."""

    def __init__(self, inner: scenario.AgentAdapter) -> None:
        self.inner = inner

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        return await self.inner.call(input)  # type: ignore[misc]


async def test_an_adapter_around_another_needs_to_do_nothing() -> None:
    """What the inner one waits for, and the answer, go through it."""
    inner = Says(asks(), "Paid.")
    script = [scenario.user("a"), scenario.agent(), scenario.approve(), scenario.succeed()]
    await play(Delegates(inner), script=script)
    assert inner.inputs[1].resume == {"approve": True}
