"""Runs as their events, written by hand: what the reporter is driven with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    ExchangeRecorded,
    MessageAdded,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
    TextDelta,
    TurnStarted,
)
from scenario.exchange import Exchange, HttpRequest
from scenario.types import (
    AgentRole,
    CriterionResult,
    Gaps,
    Message,
    Outcome,
    Reply,
    ScenarioResult,
    StreamTiming,
    Usage,
)


def exchange(*, outcome: Outcome = "complete", ttft: float = 0.21, malformed: int = 0) -> Exchange:
    """A streamed call over the wire."""
    gaps = Gaps(median=0.031, p95=0.08, maximum=0.12)
    return Exchange(
        request=HttpRequest(url="http://127.0.0.1/chat"),
        status=200,
        reply=Reply(usage=Usage(input_tokens=100, output_tokens=20, total_tokens=120)),
        outcome=outcome,
        malformed=malformed,
        timing=StreamTiming(first_content=ttft, gaps=gaps, total=1.24),
    )


class Run:
    """One run, event by event; each method gives the events of one thing that happens.

    Args:
        name: the scenario's name, and the run's id.
        messages_first: whether a call's messages come before its end, or after it.
    """

    def __init__(self, name: str = "weather", *, messages_first: bool = True) -> None:
        self.name = name
        self.messages: list[Message] = []
        self._messages_first = messages_first
        self._calls = 0
        self._turn = -1
        self._now = 0.0

    def _at(self) -> float:
        self._now += 0.1
        return self._now

    def start(self, description: str = "The user plans a walk.") -> Iterator[RunEvent]:
        yield RunStarted(run_id=self.name, at=0.0, name=self.name, description=description, thread_id="t")

    def turn(self) -> Iterator[RunEvent]:
        self._turn += 1
        yield TurnStarted(run_id=self.name, at=self._at(), turn=self._turn)

    def says(self, text: str) -> Iterator[RunEvent]:
        """A scripted user line."""
        yield self._added({"role": "user", "content": text}, AgentRole.USER, None)

    def _added(self, message: Message, role: AgentRole | None, call_id: int | None) -> MessageAdded:
        self.messages.append(message)
        index = len(self.messages) - 1
        return MessageAdded(
            run_id=self.name, at=self._at(), index=index, turn=self._turn, message=message, role=role, call_id=call_id
        )

    def answers(
        self,
        *deltas: str,
        messages: Sequence[Message] | None = None,
        error: str | None = None,
        over: Exchange | None = None,
        role: AgentRole = AgentRole.AGENT,
    ) -> Iterator[RunEvent]:
        """A participant is asked and answers, in pieces where there are deltas."""
        call_id, agent = self._calls, "WeatherAgent"
        self._calls += 1
        yield CallStarted(run_id=self.name, at=self._at(), call_id=call_id, turn=self._turn, role=role, agent=agent)
        for delta in deltas:
            yield TextDelta(run_id=self.name, at=self._at(), call_id=call_id, role=role, agent=agent, text=delta)
        if over is not None:
            yield ExchangeRecorded(run_id=self.name, at=self._at(), turn=self._turn, exchange=over, call_id=call_id)
        speaker = "user" if role is AgentRole.USER else "assistant"
        whole: Sequence[Message] = [{"role": speaker, "content": "".join(deltas)}] if messages is None else messages
        added = [] if error is not None else [self._added(message, role, call_id) for message in whole]
        finished = CallFinished(
            run_id=self.name,
            at=self._at(),
            call_id=call_id,
            turn=self._turn,
            role=role,
            agent=agent,
            seconds=0.3,
            error=error,
        )
        yield from [*added, finished] if self._messages_first else [finished, *added]

    def model(self, role: AgentRole = AgentRole.JUDGE, *, cost: float | None = 0.0012) -> Iterator[RunEvent]:
        usage = Usage(input_tokens=1000, output_tokens=84, total_tokens=1084)
        yield ModelCalled(
            run_id=self.name, at=self._at(), role=role, model="openai/gpt-4o-mini", usage=usage, seconds=0.8, cost=cost
        )

    def judged(self, *criteria: CriterionResult, reasoning: str = "") -> Iterator[RunEvent]:
        """The run ends with a verdict on these criteria."""
        by_status = {
            status: [one.criterion for one in criteria if one.status == status]
            for status in ("passed", "failed", "inconclusive")
        }
        result = ScenarioResult(
            success=len(by_status["passed"]) == len(criteria),
            messages=list(self.messages),
            reasoning=reasoning or None,
            passed_criteria=by_status["passed"],
            failed_criteria=by_status["failed"] + by_status["inconclusive"],
            inconclusive_criteria=by_status["inconclusive"],
            criteria=list(criteria),
        )
        yield RunFinished(
            run_id=self.name, at=self._at(), result=result, messages=tuple(self.messages), seconds=self._now
        )

    def stopped(self, error: str, fault: str | None = "agent", *, cancelled: bool = False) -> Iterator[RunEvent]:
        """The run ends with an exception."""
        yield RunFinished(
            run_id=self.name,
            at=self._at(),
            error=error,
            fault=fault,
            messages=tuple(self.messages),
            seconds=self._now,
            cancelled=cancelled,
        )


def met(criterion: str) -> CriterionResult:
    """A criterion that is met."""
    return CriterionResult(criterion=criterion, status="passed", reasoning="It does.")


def not_met(criterion: str, reasoning: str, quote: str | None = None, index: int | None = None) -> CriterionResult:
    """A criterion that is not met."""
    return CriterionResult(criterion=criterion, status="failed", reasoning=reasoning, quote=quote, message_index=index)


def weather_run(name: str = "weather", *, messages_first: bool = True) -> Iterator[RunEvent]:
    """A run of two turns with a tool call, which one criterion of three fails and one leaves open."""
    run = Run(name, messages_first=messages_first)
    yield from run.start("A user plans a walk in Paris and wants to know whether an umbrella is needed.")
    yield from run.turn()
    yield from run.says("What's the weather in Paris? And will it rain this afternoon, when I go for a walk?")
    yield from run.answers(
        *(word + " " for word in ["Let", "me", "look", "that", "up", "for", "you.", "One", "moment", "please."]),
        messages=[
            {
                "role": "assistant",
                "content": "Let me look that up for you. One moment please.",
                "tool_calls": [
                    {
                        "id": "1",
                        "type": "function",
                        "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": "1", "content": '{"temperature": 18, "rain": 0.05}'},
            {"role": "assistant", "content": "In Paris it is 18 °C and sunny."},
        ],
        over=exchange(),
    )
    yield from run.turn()
    yield from run.answers("And tomorrow?", role=AgentRole.USER)
    yield from run.model(AgentRole.USER)
    yield from run.answers(
        "Tomorrow ", "it will ", "rain all day in Paris, with gusts of wind: take an umb", "rella ", "and a coat.\n",
        "- Morning: 14 °C\n- Evening: 11 °C", over=exchange(ttft=0.34),
    )  # fmt: skip
    yield from run.answers(messages=[], role=AgentRole.JUDGE)
    yield from run.model()
    yield from run.judged(
        met("The agent names the temperature"),
        not_met("The agent asks for the unit", "It never asks and takes Celsius for granted.", "it is 18 °C", 3),
        CriterionResult(
            criterion="The agent stays polite when it is contradicted",
            status="inconclusive",
            reasoning="Nobody contradicts it.",
        ),
        reasoning="The weather is right, yet one thing was not asked and another could not be seen.",
    )
