"""The built-in user simulator, against a model server on loopback."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.agents.user_simulator.line import user_line
from scenario.agents.user_simulator.prompt import simulator_messages
from scenario.errors import ModelError, UserSimulatorError
from scenario.testing import ModelReply, ModelServer
from tests.judge.courts import WEATHER, Observed, State, hearing


def user_at(server: ModelServer, **settings: Any) -> scenario.UserSimulatorAgent:
    """A user whose model is at that server."""
    return scenario.UserSimulatorAgent(model="openai/user", api_base=server.base_url, **settings)


async def test_it_says_what_its_model_says() -> None:
    """The model's text becomes the user's message."""
    async with ModelServer(["How warm is it?"]) as server:
        assert await user_at(server).call(hearing([])) == {"role": "user", "content": "How warm is it?"}


async def test_the_conversation_is_reversed() -> None:
    """The user's lines are the model's own; the agent's words and acts are told to it."""
    async with ModelServer() as server:
        await user_at(server).call(hearing(state=State(description="Wants to know the weather.")))
    system, opening, said, told = server.requests[0].body["messages"]
    assert "Wants to know the weather." in system["content"]
    assert [opening["role"], said["role"], told["role"]] == ["user", "assistant", "user"]
    assert said["content"] == "How warm is it in Paris?"
    assert told["content"] == (
        '(The agent calls get_weather({"city": "Paris"}))\n'
        '(The agent\'s call of get_weather returned: {"celsius": 20})\n'
        "It is 20 °C\nin Paris — “mild”."
    )


async def test_no_tools_are_sent() -> None:
    """Neither an empty list of tools, nor a tool call, nor a tool's message."""
    async with ModelServer() as server:
        await user_at(server).call(hearing())
    body = server.requests[0].body
    assert "tools" not in body
    assert {message["role"] for message in body["messages"]} == {"system", "user", "assistant"}
    assert all("tool_calls" not in message for message in body["messages"])


async def test_two_lines_in_a_row_end_with_somebody_elses() -> None:
    """A model is never asked to follow its own last message."""
    async with ModelServer() as server:
        await user_at(server).call(hearing([{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]))
    *_, said, last = server.requests[0].body["messages"]
    assert (said["content"], last["role"]) == ("one\ntwo", "user")


async def test_own_instructions_replace_everything() -> None:
    """The description is not sent then."""
    async with ModelServer() as server:
        state = State(description="Secret situation.")
        await user_at(server, system_prompt="Be a pirate.").call(hearing(state=state))
    assert server.requests[0].body["messages"][0] == {"role": "system", "content": "Be a pirate."}
    assert "Secret" not in str(server.requests[0].body)


async def test_a_persona_is_added() -> None:
    """To the built-in instructions."""
    async with ModelServer() as server:
        await user_at(server, persona="An impatient sailor.").call(hearing([]))
    assert "An impatient sailor." in server.requests[0].body["messages"][0]["content"]


async def test_a_goal_is_told_to_the_model() -> None:
    """In words, beside the persona; it is no parameter of the request."""
    async with ModelServer() as server:
        await user_at(server, persona="An impatient sailor.", goal="To sail before noon.").call(hearing([]))
        await user_at(server, goal="To sail before noon.", system_prompt="Be a pirate.").call(hearing([]))
    built_in, own = (request.body["messages"][0]["content"] for request in server.requests)
    assert "What the user wants:\nTo sail before noon.\n" in built_in
    assert "Who the user is:\nAn impatient sailor.\n" in built_in
    assert own == "Be a pirate.\n\nWhat the user wants:\nTo sail before noon.\n"
    assert all("goal" not in request.body for request in server.requests)


async def test_an_empty_answer_is_asked_for_again_once() -> None:
    """Silence is no line; what counts is the second answer."""
    async with ModelServer(["  ", "Hello."]) as server:
        assert await user_at(server).call(hearing([])) == {"role": "user", "content": "Hello."}


async def test_two_empty_answers_are_the_simulators_fault() -> None:
    """Never an empty user message."""
    async with ModelServer(["", '""'.strip('"')]) as server:
        with pytest.raises(RuntimeError, match=r"^\[UserSimulatorAgent\] openai/user gave an empty answer") as failed:
            await user_at(server).call(hearing([]))
        assert len(server.requests) == 2
    assert isinstance(failed.value, UserSimulatorError)
    assert isinstance(failed.value.__cause__, ModelError)


@pytest.mark.parametrize(("status", "requests"), [(500, 3), (401, 1), (429, 3)])
async def test_a_failing_server_is_the_simulators_fault(status: int, requests: int) -> None:
    """500 and 429 are tried three times, 401 once."""
    async with ModelServer(statuses=[status] * 5, retry_after="0") as server:
        with pytest.raises(UserSimulatorError, match=rf"^\[UserSimulatorAgent\] .*HTTP {status}"):
            await user_at(server).call(hearing([]))
        assert len(server.requests) == requests


async def test_usage_is_reported_to_the_run() -> None:
    """Every answered request, also the one that was of no use."""
    observed = Observed()
    async with ModelServer(["", "Hello."]) as server:
        await user_at(server).call(hearing([], observer=observed))
    assert [call[0] for call in observed.calls] == ["openai/user"] * 2


async def test_a_conversation_that_was_kept_is_not_written_into() -> None:
    """What it is handed stays as it was."""
    before = [dict(message) for message in WEATHER]
    async with ModelServer() as server:
        await user_at(server).call(hearing())
    assert before == WEATHER


async def test_the_temperature_is_the_configured_one_unless_given() -> None:
    """None takes what is configured, 0.0 is 0.0."""
    async with ModelServer() as server:
        config = server.config(temperature=0.8)
        scenario.configure(default_model=config)
        await scenario.UserSimulatorAgent().call(hearing([], state=State(default_model=config)))
        await scenario.UserSimulatorAgent(temperature=0.0).call(hearing([], state=State(default_model=config)))
    assert [request.body["temperature"] for request in server.requests] == [0.8, 0.0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Hello.", "Hello."),
        ("User: Hello.", "Hello."),
        ('"Hello."', "Hello."),
        ("“Hello.”", "Hello."),
        ('User: "Hello."\nAgent: Hi!', "Hello."),
        ('Say "yes" or "no"', 'Say "yes" or "no"'),
        ('"Yes" is "no"', '"Yes" is "no"'),
        ("<think>What would they say?</think>\n\nHello.", "Hello."),
        ("What would they say?\n</think>\n\nHello.", "Hello."),
        ("<think>What would they", ""),
        ("The agent: it broke.", "The agent: it broke."),
        ("User error: it broke.", "User error: it broke."),
    ],
)
def test_what_models_put_around_a_line_is_taken_off(text: str, line: str) -> None:
    """Names, quotation marks and thoughts are not what the user says."""
    assert user_line(text) == line


@given(
    st.lists(
        st.fixed_dictionaries(
            {"role": st.sampled_from(["user", "assistant", "tool", "system"])},
            optional={
                "content": st.none() | st.text() | st.just([{"type": "text", "text": "a"}]),
                "tool_calls": st.just(WEATHER[1]["tool_calls"]),
            },
        ),
        max_size=6,
    )
)
def test_speakers_alternate_and_the_model_is_next(messages: list[dict[str, Any]]) -> None:
    """Whatever the conversation, servers that insist on alternation accept the request."""
    asked = simulator_messages(description="d", persona=None, system_prompt=None, messages=messages)
    roles = [message["role"] for message in asked]
    assert roles == ["system", *(["user", "assistant"] * len(roles))[: len(roles) - 1]]
    assert roles[-1] == "user"
    assert all(message["content"].strip() for message in asked)


def test_the_signature_is_the_contracts() -> None:
    """Keyword-only, with the contract's names."""
    parameters = inspect.signature(scenario.UserSimulatorAgent).parameters
    assert [*parameters] == [
        "model", "api_base", "api_key", "temperature", "max_tokens", "system_prompt", "voice", "persona", "goal",
        "audio_effects", "interrupt_probability", "modality", "knows", "traits", "monitor", "on_interrupt", "extra",
    ]  # fmt: skip
    assert all(p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD) for p in parameters.values())


async def test_reasoning_is_not_said() -> None:
    """What a model thinks before it speaks is no line of the user."""
    async with ModelServer([ModelReply(text="Hello.", reasoning="They would greet.")]) as server:
        assert await user_at(server).call(hearing([])) == {"role": "user", "content": "Hello."}


async def test_an_empty_line_that_was_cut_says_so() -> None:
    """A model that spends its tokens on thoughts is told what to do about it."""
    cut = {"choices": [{"message": {"content": ""}, "finish_reason": "length"}]}
    async with ModelServer([cut, cut]) as server:
        with pytest.raises(
            UserSimulatorError, match=r"cut at its limit.*Nothing but thoughts.*max_tokens= sets a higher"
        ):
            await user_at(server).call(hearing([]))
