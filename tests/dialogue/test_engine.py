"""The dialogue by itself: no loop, no participants, only actions and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

import scenario
from scenario import AgentRole
from scenario.dialogue.actions import Action, Answered, Began, Call, Collect, Finished, Invoke, Outcome, Returned, Woke
from scenario.dialogue.engine import Dialogue
from scenario.dialogue.play import Play
from scenario.errors import InternalError, ScenarioError, ScriptError, ScriptTypeError
from scenario.types import ScenarioResult


class Silent:
    """An observer that notes the turns that began."""

    def __init__(self) -> None:
        self.turns: list[int] = []

    def turn_started(self, turn: int) -> None:
        self.turns.append(turn)

    def message_added(self, *_: Any) -> None:
        pass

    def rolled_back(self, length: int) -> None:
        pass

    def checkpoint_passed(self, turn: int, criteria: Any) -> None:
        pass


def dialogue(roles: list[AgentRole], max_turns: int = 5) -> Dialogue:
    """A dialogue among participants of these roles."""
    return Dialogue(roles=roles, max_turns=max_turns, observer=Silent())


def drive(play: Play, answer: Callable[[Call], Any], limit: int = 2000) -> tuple[ScenarioResult | None, list[Call]]:
    """Take a play to its end; `answer` gives what each call is answered with."""
    calls: list[Call] = []
    for _ in range(limit):
        action: Action = play.next_action()
        outcome: Outcome
        match action:
            case Finished(result=result):
                return result, calls
            case Call(background=True):
                calls.append(action)
                outcome = Began()
            case Call():
                calls.append(action)
                outcome = Answered(answer(action))
            case Collect(call=call):
                outcome = Answered(answer(call))
            case Invoke():
                outcome = Returned()
            case _:
                outcome = Woke()
        play.apply(outcome)
    raise AssertionError("the dialogue does not end")


def speak(call: Call) -> Any:
    """Says which call it was."""
    role = "user" if call.role is AgentRole.USER else "assistant"
    return [{"role": role, "content": f"{call.participant}/{call.call_id}"}]


roles = st.lists(st.sampled_from(AgentRole), max_size=6)
steps = st.one_of(
    st.sampled_from(
        [
            scenario.user("u"),
            scenario.agent("a"),
            scenario.user(),
            scenario.agent(),
            scenario.agent(wait=False),
            scenario.judge(),
            scenario.judge(criteria=["c"]),
            scenario.message({"role": "system", "content": "s"}),
            scenario.proceed(),
            scenario.proceed(0),
            scenario.proceed(2),
            scenario.succeed(),
            lambda state: None,
        ]
    )
)
answers = st.lists(
    st.one_of(
        st.just([]),
        st.just([{"role": "assistant", "content": "x"}]),
        st.booleans().map(lambda success: ScenarioResult(success=success, messages=[])),
    ),
    min_size=1,
    max_size=20,
)


@settings(deadline=None)
@given(roles, st.lists(steps, max_size=8), answers, st.integers(1, 6))
def test_it_ends_whatever_comes(who: list[AgentRole], script: list[Any], said: list[Any], max_turns: int) -> None:
    """Any steps among any participants with any answers: a result, or an error of the test."""
    queue = iter(said * 1000)
    try:
        result, _ = drive(dialogue(who, max_turns).script(script), lambda call: next(queue))
    except (ScriptError, ScriptTypeError):
        return
    assert isinstance(result, ScenarioResult)


@settings(deadline=None)
@given(roles, st.integers(1, 6))
def test_free_play_keeps_the_order_of_a_turn(who: list[AgentRole], max_turns: int) -> None:
    """Within a turn users before agents before judges, everybody once, within a role in list order."""
    assume(AgentRole.USER in who or AgentRole.AGENT not in who)
    _, calls = drive(dialogue(who, max_turns).script(None), speak)
    ranks = {AgentRole.USER: 0, AgentRole.AGENT: 1, AgentRole.JUDGE: 2}
    expected = sorted(range(len(who)), key=lambda player: (ranks[who[player]], player))
    for turn in range(max_turns):
        assert [call.participant for call in calls if call.turn == turn] == expected
    assert len(calls) == len(who) * max_turns


@settings(deadline=None)
@given(roles, st.lists(steps, max_size=8), st.integers(1, 4))
def test_each_participant_sees_everything_once(who: list[AgentRole], script: list[Any], max_turns: int) -> None:
    """Its new messages over the run, joined, are the others' messages in order, up to its last call."""
    talk = dialogue(who, max_turns)
    news: dict[int, list[Any]] = {}
    seen: dict[int, list[Any]] = {}
    said_by: dict[str, int] = {}

    def answer(call: Call) -> Any:
        new, whole = call.new_messages(), call.messages()
        news.setdefault(call.participant, []).extend(new)
        seen[call.participant] = whole
        said = speak(call)
        said_by[said[0]["content"]] = call.participant
        return said

    try:
        drive(talk.script(script), answer)
    except ScenarioError:
        return
    for player, new in news.items():
        others = [message for message in seen[player] if said_by.get(message["content"]) != player]
        assert new == others


@settings(deadline=None)
@given(st.lists(steps, max_size=8))
def test_turns_are_announced_once_and_in_order(script: list[Any]) -> None:
    """0, 1, 2, … whatever is played."""
    talk = dialogue([AgentRole.USER, AgentRole.AGENT, AgentRole.JUDGE])
    drive(talk.script(script), speak)
    observer = talk._observer
    assert isinstance(observer, Silent)
    assert observer.turns == list(range(len(observer.turns)))


def test_the_action_stays_until_it_is_told_what_came_of_it() -> None:
    """Asking twice is asking once."""
    play = dialogue([AgentRole.AGENT]).script([scenario.agent()])
    assert play.next_action() is play.next_action()


def test_an_outcome_without_an_action_is_our_fault() -> None:
    """`apply` before `next_action`, and after the end, is an InternalError."""
    play = dialogue([]).script([scenario.succeed()])
    with pytest.raises(InternalError):
        play.apply(Woke())
    drive(play, speak)
    with pytest.raises(InternalError):
        play.apply(Woke())


def test_a_play_that_failed_is_over() -> None:
    """After an error there is nothing more to do, and no action is handed out twice."""
    play = dialogue([]).script([scenario.user()])
    with pytest.raises(ScenarioError):
        drive(play, speak)
    assert play.next_action() == Finished(None)


def test_a_call_must_be_answered() -> None:
    """Another kind of outcome is an InternalError."""
    play = dialogue([AgentRole.AGENT]).script([scenario.agent()])
    while not isinstance(play.next_action(), Call):
        play.apply(Woke())
    with pytest.raises(InternalError):
        play.apply(Woke())


@pytest.mark.parametrize(
    ("roles", "max_turns", "said", "left_out"),
    [
        ([AgentRole.USER, AgentRole.AGENT], 2, "add scenario.JudgeAgent", "2 turn "),
        ([AgentRole.USER, AgentRole.AGENT, AgentRole.JUDGE], 1, "the limit of 1 turn (max_turns=1)", "JudgeAgent"),
    ],
)
def test_the_limit_says_what_was_missing(roles: list[AgentRole], max_turns: int, said: str, left_out: str) -> None:
    """Where nobody judges, free play can only end so, and the reason says whom to add."""
    result, _ = drive(dialogue(roles, max_turns).script(None), lambda call: [] if call.request else speak(call))
    assert result is not None
    assert said in (result.reasoning or "")
    assert left_out not in (result.reasoning or "")


def test_one_checkpoint_met_is_told_in_the_singular() -> None:
    """A criterion is no criteria."""
    verdict = ScenarioResult(success=True, messages=[], passed_criteria=["It greets"])
    roles = [AgentRole.USER, AgentRole.AGENT, AgentRole.JUDGE]
    script = [scenario.user("Hi"), scenario.judge(criteria=["It greets"])]
    result, _ = drive(dialogue(roles).script(script), lambda _: verdict)
    assert result is not None
    assert result.reasoning == "The checkpoint's criterion was met."
