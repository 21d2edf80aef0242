"""One scenario for all servers: small talk, a tool call, a question that waits for a human, its answer, small talk."""

from __future__ import annotations

import json

import scenario
from interop.targets import Target
from scenario.run_source import RunSource, current_source


async def converse(
    target: Target, url: str, cassette: scenario.Cassette | None = None, *, timeout: float = 30
) -> scenario.ScenarioResult:
    """Play it with a server.

    Args:
        target: what is expected of the server.
        url: where it is; where the cassette is played, anywhere on this machine.
        cassette: what its answers are recorded into, or played from.
        timeout: so many seconds may an answer take.
    """
    # One recording of one name, whichever test plays it.
    current_source.set(RunSource())

    def detected(state: scenario.ScenarioState) -> None:
        exchange = state.last_exchange
        assert exchange.protocol == target.protocol, exchange.protocol_reason
        assert exchange.outcome == "complete", exchange.error
        assert "hello there" in exchange.text, exchange.text

    def told(state: scenario.ScenarioState) -> None:
        assert "18" in state.last_exchange.text, state.last_exchange.text
        if target.calls_tools:
            call = state.last_tool_call("get_weather")
            assert call is not None, state.transcript()
            assert json.loads(call["function"]["arguments"]) == {"city": "Paris"}

    def asked(state: scenario.ScenarioState) -> None:
        assert state.interrupt is not None, state.last_exchange

    def answered(state: scenario.ScenarioState) -> None:
        assert state.interrupt is None, state.interrupt
        assert target.after in state.last_exchange.text, state.last_exchange.text

    def remembered(state: scenario.ScenarioState) -> None:
        assert "said 1" not in state.last_exchange.text, state.last_exchange.text
        assert "goodbye" in state.last_exchange.text

    answer = scenario.approve() if target.answer is None else scenario.resume(target.answer)
    return await scenario.arun(
        name=target.name,
        description="A traveller asks about the weather, and books.",
        agents=[scenario.RemoteAgent(url, timeout=timeout, **target.options)],
        cassette=cassette,
        script=[
            scenario.user("hello there"),
            scenario.agent(),
            detected,
            scenario.user("What is the weather in Paris?"),
            scenario.agent(),
            told,
            *(
                [scenario.user("Please book a flight."), scenario.agent(), asked, answer, answered]
                if target.asks
                else []
            ),
            scenario.user("goodbye"),
            scenario.agent(),
            remembered,
            scenario.succeed(),
        ],
    )
