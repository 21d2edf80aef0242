"""Adapters: of what kind they may be, what they are handed, what they may return, and how they fail."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pydantic
import pytest

import scenario
from scenario.errors import AgentError, JudgeError, ScriptTypeError, UserSimulatorError
from tests.runner.players import Says, judge, play, said, user, verdict

ASK = [scenario.user("q"), scenario.agent(), scenario.succeed()]


class Plain(scenario.AgentAdapter):
    def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        return f"in {threading.current_thread().name}"


class Pieces(scenario.AgentAdapter):
    async def call(self, input: scenario.AgentInput) -> AsyncIterator[Any]:  # type: ignore[override] # noqa: A002
        for piece in ("in ", "pieces"):
            yield piece


class PlainPieces(scenario.AgentAdapter):
    def call(self, input: scenario.AgentInput) -> Iterator[Any]:  # noqa: A002 - the contract's name
        yield from ("in ", "pieces")


class LikeAnAdapter:
    role = scenario.AgentRole.AGENT

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return "not derived"


class StandIn:
    """Claims to be of a class that it is not, as mocks with a specification do."""

    role = scenario.AgentRole.AGENT

    @property
    def __class__(self) -> Any:
        return scenario.AgentAdapter

    async def call(self, input: scenario.AgentInput) -> str:  # noqa: A002 - the contract's name
        return "stood in"


async def test_a_stand_in_takes_part() -> None:
    """From the first call to the end of the run."""
    assert said(await play(StandIn(), script=ASK))[1] == ("assistant", "stood in")


@pytest.mark.parametrize(
    ("criteria", "listed"), [("one", ["one"]), (object(), []), (None, []), (("a", "b"), ["a", "b"])]
)
async def test_a_judge_may_keep_anything_as_its_criteria(criteria: Any, listed: list[str]) -> None:
    """What no list of them can be made of is not listed where nobody decides."""
    silent = judge()
    silent.criteria = criteria  # type: ignore[attr-defined]
    assert (await play(user(), Says(), silent, max_turns=1)).inconclusive_criteria == listed


async def test_a_plain_call_runs_in_a_thread() -> None:
    """`def call` is no error, and not on the loop's thread."""
    result = await play(Plain(), script=ASK)
    assert threading.current_thread().name not in result.messages[1]["content"]


@pytest.mark.parametrize("agent", [Pieces(), PlainPieces()])
async def test_the_pieces_of_a_generator_are_one_answer(agent: Any) -> None:
    """Asynchronous and plain generators of text."""
    assert said(await play(agent, script=ASK))[1] == ("assistant", "in pieces")


async def test_an_asynchronous_generator_is_heard_as_it_speaks() -> None:
    """Each piece is an event of its own, before the message is there."""
    heard: list[Any] = []
    with scenario.subscribed(heard.append):
        await play(Pieces(), script=ASK)
    names = [type(event).__name__ for event in heard]
    assert [event.text for event in heard if type(event).__name__ == "TextDelta"] == ["in ", "pieces"]
    assert names.index("TextDelta") < len(names) - names[::-1].index("MessageAdded") - 1


async def test_an_abandoned_generator_is_closed() -> None:
    """Where the run ends while a generator speaks, its clean-up has run by then."""
    log: list[str] = []
    speaking = asyncio.Event()

    class Endless(scenario.AgentAdapter):
        async def call(self, input: scenario.AgentInput) -> AsyncIterator[str]:  # type: ignore[override] # noqa: A002
            try:
                yield "x"
                speaking.set()
                await asyncio.Event().wait()
            finally:
                log.append("closed")

    task = asyncio.create_task(play(Endless(), script=ASK))
    await speaking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["closed"]


async def test_an_object_with_call_and_role_is_an_adapter() -> None:
    """It need not be derived from `AgentAdapter`."""
    assert said(await play(LikeAnAdapter(), script=ASK))[1] == ("assistant", "not derived")


@pytest.mark.parametrize("agent", [None, 5, "agent", object(), Says, lambda given: "x"])
async def test_what_is_no_participant_is_refused(agent: Any) -> None:
    """With a TypeError that says what to list, before the run begins."""
    with pytest.raises(ScriptTypeError, match="in `agents`"):
        await play(agent, script=ASK)


@pytest.mark.parametrize("role", ["User", None, 1])
async def test_a_role_is_an_agent_role(role: Any) -> None:
    """A text as the role is a TypeError that shows it."""
    agent = Says()
    agent.role = role
    with pytest.raises(TypeError, match="has the role"):
        await play(agent)


@pytest.mark.parametrize("agents", ["text", {"a": 1}, 5, None])
async def test_agents_is_a_list(agents: Any) -> None:
    """Anything else is a TypeError."""
    with pytest.raises(TypeError, match="give a list of participants"):
        await scenario.run("n", "d", agents)


class Message(pydantic.BaseModel):
    role: str = "assistant"
    content: str | None = None
    refusal: str | None = None


@dataclasses.dataclass
class Data:
    role: str = "assistant"


TOOL_CALL = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}

ACCEPTED: list[tuple[Any, list[dict[str, Any]]]] = [
    ("text", [{"role": "assistant", "content": "text"}]),
    ("", [{"role": "assistant", "content": ""}]),
    ({"role": "user", "content": "x"}, [{"role": "user", "content": "x"}]),
    ({"role": "system", "content": "x", "own": [1, None]}, [{"role": "system", "content": "x", "own": [1, None]}]),
    ([], []),
    (
        [{"role": "assistant", "tool_calls": [TOOL_CALL]}, {"role": "tool", "tool_call_id": "1", "content": "5"}],
        [{"role": "assistant", "tool_calls": [TOOL_CALL]}, {"role": "tool", "tool_call_id": "1", "content": "5"}],
    ),
    (Message(role="assistant", content="x"), [{"role": "assistant", "content": "x"}]),
    (Message(content="role by default"), [{"role": "assistant", "content": "role by default"}]),
    ([Message(role="assistant", content="x")], [{"role": "assistant", "content": "x"}]),
    ({"role": "assistant", "content": ("a", "tuple")}, [{"role": "assistant", "content": ["a", "tuple"]}]),
    ("half a pair \ud83d", [{"role": "assistant", "content": "half a pair \ufffd"}]),
]


@pytest.mark.parametrize(("returned", "expected"), ACCEPTED)
async def test_what_an_adapter_may_return(returned: Any, expected: Any) -> None:
    """Text, messages, lists of them, message objects; `[]` is silence."""
    assert (await play(Says(returned), script=ASK)).messages[1:] == expected


async def test_text_of_a_user_adapter_is_a_user_message() -> None:
    """The role of a plain text is that of its speaker."""
    assert said(await play(user("x"), script=[scenario.user(), scenario.succeed()])) == [("user", "x")]


def cyclic() -> dict[str, Any]:
    """A message that contains itself."""
    message: dict[str, Any] = {"role": "assistant"}
    message["content"] = [message]
    return message


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class BrokenDump:
    role = "assistant"

    def model_dump(self, **_: Any) -> Any:
        raise KeyError("dump")


REFUSED = [
    None, 5, ("a", "b"), ["text"], {"content": "no role"}, b"bytes", Data(), {"role": "assistant", "content": {1, 2}},
    {"role": 5}, {"role": "assistant", 5: 6}, [[]], object(), Unshowable(), BrokenDump(), Message, cyclic(), [None],
]  # fmt: skip


@pytest.mark.parametrize("returned", REFUSED, ids=lambda value: type(value).__name__)
async def test_what_cannot_be_an_answer_is_the_agents_failure(returned: Any) -> None:
    """A RuntimeError that names the class, never another exception."""
    with pytest.raises(RuntimeError, match=r"\[Says\]") as caught:
        await play(Says(returned), script=ASK)
    assert isinstance(caught.value, AgentError)


class Mute(Exception):
    def __str__(self) -> str:
        raise ValueError("cannot say")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("broken"), "broken"),
        (AssertionError(), "AssertionError"),
        (KeyError("k"), "'k'"),
        (Mute(), "Mute"),
        (TimeoutError(), "TimeoutError"),
        (asyncio.CancelledError(), "its own work was cancelled"),
        (ExceptionGroup("g", [ValueError("inner")]), "g"),
        (scenario.errors.ScriptError("no user message"), "no user message"),
        (scenario.errors.ModelError("server down"), "server down"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    ("role", "step", "wanted"),
    [
        (scenario.AgentRole.AGENT, scenario.agent(), AgentError),
        (scenario.AgentRole.USER, scenario.user(), UserSimulatorError),
        (scenario.AgentRole.JUDGE, scenario.judge(), JudgeError),
        (scenario.AgentRole.AGENT, scenario.agent(wait=False), AgentError),
    ],
)
async def test_what_an_adapter_raises_is_its_roles_failure(
    error: BaseException, text: str, role: Any, step: Any, wanted: type[Exception]
) -> None:
    """A RuntimeError with the class's name and the text, or the type's name; the original is the cause."""

    def raises(_: Any) -> Any:
        raise error

    with pytest.raises(wanted) as caught:
        await play(Says(raises, role=role), script=[step])
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value).startswith("[Says] ")
    assert text in str(caught.value)
    assert caught.value.__cause__ is error


async def test_a_failure_carries_the_conversation() -> None:
    """Up to the failure."""
    with pytest.raises(AgentError) as caught:
        await play(Says(lambda _: 1 / 0), script=[scenario.user("q"), scenario.agent()])
    assert [message["content"] for message in caught.value.messages] == ["q"]
    assert caught.value.fault == "agent"


async def test_an_error_that_says_whose_fault_it_was_stays_what_it_is() -> None:
    """An adapter that raises an error of this package's tree is not wrapped again."""
    error = AgentError("[Remote] down")

    def raises(_: Any) -> Any:
        raise error

    with pytest.raises(AgentError) as caught:
        await play(Says(raises), script=ASK)
    assert caught.value is error


@pytest.mark.parametrize("plain", [True, False])
async def test_skipping_from_inside_an_adapter_skips(plain: bool) -> None:
    """`pytest.skip` is no failure of the agent: it comes out as the same object."""
    error = pytest.skip.Exception("not here")

    class Skips(scenario.AgentAdapter):
        def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
            raise error

    def raises(_: Any) -> Any:
        raise error

    with pytest.raises(pytest.skip.Exception) as caught:
        await play(Skips() if plain else Says(raises), script=ASK)
    assert caught.value is error


async def test_an_adapter_may_keep_its_input() -> None:
    """Later turns and rollbacks do not change it, read at once or only afterwards."""
    early, late = Says("a1", "a2", "a3"), Says("b1", "b2", "b3")
    read: list[list[str]] = []

    def contents(given: scenario.AgentInput) -> list[str]:
        return [message["content"] for message in given.messages]

    early.answers = tuple((lambda given, text=text: read.append(contents(given)) or text) for text in early.answers)

    def cut(state: scenario.ScenarioState) -> None:
        state.rollback_messages_to(1)

    await play(user("u"), early, late, script=[scenario.proceed(2), cut, scenario.proceed(1), cut, scenario.succeed()])
    assert [contents(given) for given in early.inputs] == read
    assert read == [["u"], ["u", "a1", "b1", "u"], ["u", "u"]]
    assert contents(late.inputs[1]) == ["u", "a1", "b1", "u", "a2"]
    assert [message["content"] for message in late.inputs[1].new_messages] == ["u", "a2"]


async def test_an_adapter_that_changes_its_input_changes_nothing() -> None:
    """Neither the run nor what the other participants are handed."""

    def wreck(given: scenario.AgentInput) -> str:
        given.messages.clear()
        for message in given.new_messages:
            message["content"] = "wrecked"
        given.new_messages.clear()
        return "a"

    other = Says("b")
    result = await play(user("u"), Says(wreck), other, max_turns=2)
    assert [content for _, content in said(result)] == ["u", "a", "b", "u", "a", "b"]
    assert [message["content"] for message in other.inputs[1].messages] == ["u", "a", "b", "u", "a"]


async def test_what_an_adapter_returned_may_be_changed_by_it_later() -> None:
    """The conversation has a copy."""
    answer = {"role": "assistant", "content": [{"type": "text", "text": "said"}]}
    result = await play(
        Says(answer), script=[*ASK[:2], lambda state: answer["content"].clear() or None, scenario.succeed()]
    )
    assert result.messages[1]["content"] == [{"type": "text", "text": "said"}]


async def test_no_key_is_added_to_messages() -> None:
    """Participants see exactly what was said."""
    agent = Says("a")
    await play(agent, script=ASK)
    assert agent.inputs[0].messages == [{"role": "user", "content": "q"}]


async def test_an_input_made_by_hand_works() -> None:
    """For tests of an adapter by itself."""
    given = scenario.AgentInput(
        thread_id="t",
        messages=[{"role": "user", "content": "q"}],
        new_messages=[{"role": "user", "content": "q"}],
        judgment_request=None,
        scenario_state=None,
    )
    assert given.last_new_user_message() == {"role": "user", "content": "q"}
    assert given.last_new_user_message_str() == "q"
    assert await Says("a").call(given) == "a"


@pytest.mark.parametrize("content", [[{"type": "text", "text": "x"}], None, 5])
def test_a_content_that_is_no_text_is_told(content: Any) -> None:
    """`last_new_user_message_str` is a ValueError where there is no text to give, or no message."""
    given = scenario.AgentInput(thread_id="t", messages=[], new_messages=[{"role": "user", "content": content}])
    with pytest.raises(ValueError, match="no string"):
        given.last_new_user_message_str()
    with pytest.raises(ValueError, match="no user message"):
        scenario.AgentInput(thread_id="t", messages=[], new_messages=[]).last_new_user_message()


async def test_the_thread_id_is_the_runs_own() -> None:
    """The same for everybody in a run, another one in the next."""
    agent, simulator = Says(), user()
    for _ in range(2):
        await play(simulator, agent, max_turns=2)
    threads = [given.thread_id for given in agent.inputs]
    assert threads == [given.thread_id for given in simulator.inputs]
    assert threads[0] == threads[1] != threads[2] == threads[3]


async def test_instances_may_be_used_again() -> None:
    """Nothing of a run is left in the next one."""
    agent = Says("a")
    for _ in range(2):
        await play(user("u"), agent, judge([], verdict()))
    assert len(agent.inputs[2].messages) == len(agent.inputs[0].messages) == 1
