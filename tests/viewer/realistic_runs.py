"""Real runs against real servers, one of each kind that a page has to show.

Record them into a store and a report with `python -m tests.viewer.realistic_runs FOLDER`.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

import scenario
from scenario.config import Timeouts
from scenario.dialogue.events import Subscriber
from scenario.dialogue.subscribers import subscribed_alone
from scenario.record.account import Finding
from scenario.testing.local_server import LocalServer
from tests.viewer.hostile import HOSTILE

Pieces = AsyncIterator[bytes | float]
WORDS = "In Paris it is 18 °C and sunny this morning; take a light jacket along, since the wind freshens towards noon."
LONG = """\
Here is what I would do with two days in Lisbon.

Day one: Alfama in the morning while it is cool, the cathedral, then lunch at a tasca. The 28 tram is charming and slow;
walking is quicker. Sunset from Miradouro da Graça.

Day two: Belém by the river train, the tower from outside (the queue is not worth it), the monastery, and the tarts. Be
at LX Factory by four."""


class MoodyAgent(LocalServer):
    """An agent that streams OpenAI's chunks in the way that the URL names."""

    def __init__(self, moods: dict[str, Callable[[dict[str, Any]], Pieces]]) -> None:
        super().__init__()
        self._moods = moods

    def _routes(self) -> list[web.RouteDef]:
        return [web.post("/{mood}", self._answer)]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        mood = request.match_info["mood"]
        if mood == "refusing":
            return web.json_response({"error": {"message": "The model is overloaded, try again later."}}, status=503)
        body = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Request-Id": "req-1"})
        await response.prepare(request)
        async for piece in self._moods[mood](body):
            if isinstance(piece, bytes):
                await response.write(piece)
            elif piece < 0:
                assert request.transport is not None
                request.transport.abort()
            else:
                await asyncio.sleep(piece)
        return response


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """A chunk of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c-1", "object": "chat.completion.chunk", "created": 0, "model": "weather-1", "choices": [choice]}
    return b"data: " + msgspec.json.encode(body) + b"\n\n"


DONE = chunk({}, "stop") + b"data: [DONE]\n\n"


async def steady(text: str, pause: float = 0.004) -> Pieces:
    """The text, word by word."""
    yield pause * 4
    for word in text.split(" "):
        yield chunk({"content": f"{word} "})
        yield pause


async def speaking(body: dict[str, Any]) -> Pieces:
    """A whole answer."""
    said = str(body["messages"][-1]["content"])
    async for piece in steady(LONG if "Lisbon" in said else WORDS):
        yield piece
    yield DONE


async def truncated(_: dict[str, Any]) -> Pieces:
    """The connection breaks."""
    async for piece in steady("Your refund of 40 euros has been"):
        yield piece
    yield -1.0


async def stalling(_: dict[str, Any]) -> Pieces:
    """The stream goes quiet."""
    async for piece in steady("Let me look at your account, one moment"):
        yield piece
    yield 2.0


async def hiccuping(_: dict[str, Any]) -> Pieces:
    """A silence, and an event that cannot be read."""
    async for piece in steady("The train leaves at"):
        yield piece
    yield 0.12
    yield b"data: {not json at all\n\n"
    yield b": keep-alive\n\n"
    async for piece in steady("08:14 from platform 9, and there is another one at 08:44."):
        yield piece
    yield DONE


async def hostile(body: dict[str, Any]) -> Pieces:
    """Everything that could take over a page."""
    turn = sum(message.get("role") == "user" for message in body["messages"]) - 1
    for text in HOSTILE[turn::8]:
        yield chunk({"content": text + "\n"})
    yield DONE


MOODS = {
    "speaking": speaking,
    "truncated": truncated,
    "stalling": stalling,
    "hiccuping": hiccuping,
    "hostile": hostile,
}


class Judge(scenario.AgentAdapter):
    """Gives the verdict that it was made with: criterion → status, reasoning, quote."""

    role = scenario.AgentRole.JUDGE

    def __init__(self, verdict: dict[str, tuple[str, str, str]], reasoning: str) -> None:
        self._verdict = verdict
        self._reasoning = reasoning
        self.criteria = list(verdict)

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        if input.judgment_request is None:
            return []
        results = [
            scenario.CriterionResult(
                criterion=criterion,
                status=status,  # type: ignore[arg-type]
                reasoning=reasoning,
                quote=quote or None,
                message_index=_place(input.messages, quote),
            )
            for criterion, (status, reasoning, quote) in self._verdict.items()
        ]
        self._tell(input, results)
        names = {kind: [one.criterion for one in results if one.status == kind] for kind in ("passed", "failed")}
        unsure = [one.criterion for one in results if one.status == "inconclusive"]
        return scenario.ScenarioResult(
            success=len(names["passed"]) == len(results),
            messages=list(input.messages),
            reasoning=self._reasoning,
            passed_criteria=names["passed"],
            failed_criteria=names["failed"] + unsure,
            inconclusive_criteria=unsure,
            criteria=results,
            agreement=0.6 if names["failed"] else None,
        )

    def _tell(self, input: scenario.AgentInput, results: list[scenario.CriterionResult]) -> None:  # noqa: A002 - as above
        """What a model would have answered on the way: where something failed, it is asked a second time."""
        statuses = {one.status for one in results}
        answer = next((one for one in ("failed", "inconclusive") if one in statuses), "passed")
        for asked in ("turn", "verdict", *(("confirmation",) if answer == "failed" else ())):
            judgment = scenario.Judgment(
                asked=asked,  # type: ignore[arg-type]
                answer="goes on" if asked == "turn" else answer,  # type: ignore[arg-type]
                model=HOSTILE[0] if self._reasoning.startswith(HOSTILE[0]) else "judge-1",
                criteria=[] if asked == "turn" else results,
                reasoning=self._reasoning,
            )
            input.observer.judgment_given(judgment)


class JudgeDown(scenario.AgentAdapter):
    """A judge whose model's server does not answer."""

    role = scenario.AgentRole.JUDGE

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        raise ConnectionError("nothing answers at judge.example")


def _place(messages: Sequence[dict[str, Any]], quote: str) -> int | None:
    places = [index for index, message in enumerate(messages) if quote and quote in str(message.get("content"))]
    return places[-1] if places else None


class ToolUser(scenario.AgentAdapter):
    """An agent in process that calls a tool."""

    async def call(self, input: scenario.AgentInput) -> Any:  # noqa: A002 - the contract's name
        arguments = msgspec.json.encode({"order": "A-1042", "reason": "arrived broken", "amount": 40}).decode()
        function = {"name": "refund_order", "arguments": arguments}
        return [
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "t1", "type": "function", "function": function}],
            },
            {
                "role": "tool",
                "tool_call_id": "t1",
                "content": '{"status": "refunded", "amount": 40, "currency": "EUR"}',
            },
            {"role": "assistant", "content": "I have refunded 40 euros for order A-1042. It takes two days to arrive."},
        ]


def _scripted(lines: Sequence[str]) -> list[Any]:
    return [*(step for line in lines for step in (scenario.user(line), scenario.agent())), scenario.judge()]


async def record(subscriber: Subscriber, *, long_turns: int = 30) -> None:
    """Play every scenario once, telling the subscriber."""
    async with MoodyAgent(MOODS) as server:
        with subscribed_alone(subscriber):
            for play in _plays(server.url, long_turns):
                with contextlib.suppress(scenario.ScenarioError):  # what is recorded of it is the point
                    await play()


def _plays(url: str, long_turns: int) -> list[Callable[[], Awaitable[Any]]]:
    def remote(mood: str, **settings: Any) -> scenario.RemoteAgent:
        return scenario.RemoteAgent(
            f"{url}/{mood}",
            name="weather agent",
            headers={"Authorization": "Bearer sk-12345678901234567890"},
            **settings,
        )

    def play(name: str, description: str, agents: Sequence[Any], lines: Sequence[str]) -> Callable[[], Awaitable[Any]]:
        return lambda: scenario.run(
            name=name,
            description=description,
            agents=list(agents),
            script=_scripted(lines),
            verbose=False,
            set_id="city guide",
        )

    names = "The agent names the temperature"
    unit = "The agent asks which unit is wanted"
    polite = "The agent stays polite when it is contradicted"
    weather = Judge(
        {
            names: ("passed", "It says how warm it is, with the unit.", "it is 18 °C"),
            unit: ("failed", "It takes Celsius for granted and never asks.", "18 °C and sunny"),
            polite: ("inconclusive", "Nobody contradicts it.", ""),
        },
        "The weather is right, yet the unit was never asked for.",
    )
    fine = Judge(
        {names: ("passed", "It says how warm it is.", "it is 18 °C"), polite: ("passed", "It does throughout.", "")},
        "All of it was met.",
    )
    open_ended = Judge(
        {
            names: ("passed", "It says how warm it is.", "it is 18 °C"),
            "It warns of the storm": ("inconclusive", "Nobody knows whether there is one.", ""),
        },
        "Whether it would warn could not be seen.",
    )
    refund = Judge(
        {
            "The refund is made with the tool": (
                "passed",
                "refund_order was called with the right order.",
                "I have refunded 40 euros",
            )
        },
        "The tool was called as it should be.",
    )
    spiteful = Judge(
        {HOSTILE[0]: ("failed", HOSTILE[1], HOSTILE[2].strip()), HOSTILE[3]: ("passed", HOSTILE[4], "")},
        "\n".join(HOSTILE),
    )
    return [
        play(
            "Weather in Paris, two questions",
            "A traveller asks about the weather, then about tomorrow.",
            [remote("speaking"), fine],
            ["What's the weather in Paris?", "And do I need an umbrella?"],
        ),
        play(
            "Weather in Paris, unit not given",
            "The unit was never said: the agent should ask.",
            [remote("speaking"), weather],
            ["How warm is it in Paris?"],
        ),
        play(
            "Two days in Lisbon",
            "A long answer is wanted, in paragraphs.",
            [remote("speaking"), fine],
            ["What would you do with two days in Lisbon?"],
        ),
        play(
            "Refund for a broken order",
            "The agent has a tool for refunds and should use it.",
            [ToolUser(), refund],
            ["My order A-1042 arrived broken, I want my money back."],
        ),
        play(
            "The stream is cut in the middle",
            "The connection breaks while the agent speaks.",
            [remote("truncated"), fine],
            ["Where is my refund?"],
        ),
        play(
            "The agent falls silent",
            "The stream goes quiet and never ends.",
            [remote("stalling", timeout=Timeouts(idle=0.25)), fine],
            ["Which plan am I on?"],
        ),
        play("The agent refuses", "The agent's server answers with an error.", [remote("refusing"), fine], ["Hello?"]),
        play(
            "A stream with a hiccup",
            "A silence, and an event that cannot be read.",
            [remote("hiccuping", malformed="skip"), fine],
            ["When does the train leave?"],
        ),
        play(
            "A long conversation",
            "Many turns about the same thing.",
            [remote("speaking"), fine],
            [f"Question {number}: how is the weather now?" for number in range(1, long_turns + 1)],
        ),
        play("Nobody can tell of the storm", "", [remote("speaking"), open_ended], ["Will there be a storm?"]),
        play("The judge's model is down", "", [remote("speaking"), JudgeDown()], ["Is it warm in Paris?"]),
        play(HOSTILE[5], "\n".join(HOSTILE), [remote("hostile"), spiteful], HOSTILE[:8]),
    ]


def lint(exchange: scenario.Exchange) -> list[Finding]:
    """Findings as a linter might have them."""
    return [
        Finding(rule="event-unreadable", message="The event's data is no JSON.", level="error", event=index)
        for index, event in enumerate(exchange.events)
        if event.malformed
    ]


async def _main(folder: Path) -> None:
    from scenario.record.account_recorder import AccountRecorder
    from scenario.report.files.html import write_html
    from scenario.store.writer import StoreWriter

    recorder = AccountRecorder(lint=lint)
    with StoreWriter(folder) as writer:

        def both(event: Any) -> None:
            recorder(event)
            writer(event)

        await record(both)
    write_html(recorder.accounts, folder / "report.html")


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
