"""Runs as their events, written by hand: what the store is driven with."""

from __future__ import annotations

from collections.abc import Iterator

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
from scenario.exchange import Chunk, Exchange, HttpRequest, ReceivedEvent
from scenario.types import AgentRole, CriterionResult, Message, Reply, ScenarioResult, StreamTiming, Usage

SENT_HEADERS = {"content-type": "application/json", "accept": "text/event-stream", "authorization": "[redacted]"}
RECEIVED_HEADERS = {"content-type": "text/event-stream; charset=utf-8", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}


def streamed(question: str, answer: str, *, history: bytes = b"", at: float = 0.2) -> Exchange:
    """A call to a streaming agent, a word to an event."""
    body, chunks, events = b"", [], []
    for index, word in enumerate(answer.split(" ")):
        data = '{"choices":[{"index":0,"delta":{"content":"%s"}}]}' % (f" {word}" if index else word)
        chunk = f"data: {data}\n\n".encode()
        at += 0.0101
        chunks.append(Chunk(round(at, 6), chunk))
        events.append(ReceivedEvent(at=round(at, 6), data=data, content=True))
        body += chunk
    request = HttpRequest(
        url="http://127.0.0.1:8000/chat",
        headers=SENT_HEADERS,
        body=b'{"model":"weather","stream":true,"messages":['
        + history
        + b'{"role":"user","content":"%s"}]}' % question.encode(),
    )
    timing = StreamTiming(connect=0.001, headers=0.1, first_byte=0.21, first_content=0.21, total=at, bytes=len(body))
    message = {"role": "assistant", "content": answer}
    return Exchange(
        request=request,
        status=200,
        headers=RECEIVED_HEADERS,
        chunks=chunks,
        events=events,
        reply=Reply(protocol="openai-chat", text=answer, messages=[message], finish_reason="stop", events=events),
        timing=timing,
        protocol="openai-chat",
        protocol_reason="content type text/event-stream, first event has choices",
    )


def a_run(
    run_id: str,
    *,
    name: str = "weather",
    set_id: str | None = None,
    turns: int = 2,
    success: bool = True,
    ends: bool = True,
    wire: bool = True,
    question: str = "What is the weather in Paris today?",
    answer: str = "It is sunny in Paris, with 21 degrees and a light wind from the west.",
) -> Iterator[RunEvent]:
    """A run from its start to its end, or to the middle of its last turn."""
    at = 0.0
    yield RunStarted(
        run_id=run_id, at=at, name=name, description="A user asks.", thread_id=f"t_{run_id}", set_id=set_id
    )
    messages: list[Message] = []
    history = b""
    exchanges = []
    for turn in range(turns):
        yield TurnStarted(run_id=run_id, at=at, turn=turn)
        asked: Message = {"role": "user", "content": f"{question} ({turn})"}
        yield MessageAdded(run_id=run_id, at=at, index=len(messages), turn=turn, message=asked, role=AgentRole.USER)
        messages.append(asked)
        call = {"call_id": turn + 1, "role": AgentRole.AGENT, "agent": "WeatherAgent"}
        yield CallStarted(run_id=run_id, at=at, turn=turn, **call)
        yield TextDelta(run_id=run_id, at=at + 0.2, text=answer.split(" ")[0], **call)
        if not ends and turn == turns - 1:
            return
        at += 0.7
        if wire:
            exchange = streamed(asked["content"], answer, history=history)
            exchanges.append(exchange)
            history += b'{"role":"user","content":"%s"},' % asked["content"].encode()
            history += b'{"role":"assistant","content":"%s"},' % answer.encode()
            yield ExchangeRecorded(run_id=run_id, at=at, turn=turn, exchange=exchange, call_id=turn + 1)
        yield CallFinished(run_id=run_id, at=at, turn=turn, seconds=0.7, **call)
        said: Message = {"role": "assistant", "content": answer}
        yield MessageAdded(
            run_id=run_id, at=at, index=len(messages), turn=turn, message=said, role=AgentRole.AGENT,
            agent="WeatherAgent", call_id=turn + 1,
        )  # fmt: skip
        messages.append(said)
    yield ModelCalled(
        run_id=run_id, at=at, role=AgentRole.JUDGE, model="openai/gpt-4o-mini",
        usage=Usage(input_tokens=400, output_tokens=60, total_tokens=460), seconds=0.9, cost=0.0001,
    )  # fmt: skip
    status = "passed" if success else "failed"
    criterion = CriterionResult(
        criterion="The agent tells the weather", status=status, reasoning="It says so.", quote="sunny", message_index=1
    )
    result = ScenarioResult(
        success=success,
        messages=list(messages),
        reasoning="Every criterion is met." if success else "It is not met.",
        passed_criteria=[criterion.criterion] if success else [],
        failed_criteria=[] if success else [criterion.criterion],
        criteria=[criterion],
        total_time=at,
        agent_time=0.7 * turns,
        exchanges=exchanges,
    )
    yield RunFinished(run_id=run_id, at=at, result=result, messages=tuple(messages), seconds=at)
