"""An AG-UI agent of ag-ui-protocol's own event types and encoder."""

import sys

import uvicorn
from ag_ui.core import (
    Interrupt,
    RunAgentInput,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunStartedEvent,
    TextMessageContentEvent,
    TextMessageEndEvent,
    TextMessageStartEvent,
    ToolCallArgsEvent,
    ToolCallEndEvent,
    ToolCallResultEvent,
    ToolCallStartEvent,
)
from ag_ui.encoder import EventEncoder
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route


def events(run: RunAgentInput):
    yield RunStartedEvent(thread_id=run.thread_id, run_id=run.run_id)
    users = [message for message in run.messages if message.role == "user"]
    text = users[-1].content if users else ""
    outcome = None
    if run.resume:
        words = ["You answered: ", str(run.resume[0].payload), "."]
    elif "book" in text:
        interrupt = Interrupt(id="i1", reason="input_required", message="Shall I book it?")
        outcome, words = RunFinishedInterruptOutcome(interrupts=[interrupt]), []
    elif "weather" in text:
        yield ToolCallStartEvent(tool_call_id="t1", tool_call_name="get_weather")
        for piece in ('{"city": ', '"Paris"}'):
            yield ToolCallArgsEvent(tool_call_id="t1", delta=piece)
        yield ToolCallEndEvent(tool_call_id="t1")
        yield ToolCallResultEvent(message_id="r1", tool_call_id="t1", content='{"celsius": 18}')
        words = ["It is ", "18 °C ", "in Paris."]
    else:
        words = [f"You have said {len(users)}: ", text]
    message = f"m-{run.run_id}"
    if words:
        yield TextMessageStartEvent(message_id=message, role="assistant")
        for word in words:
            yield TextMessageContentEvent(message_id=message, delta=word)
        yield TextMessageEndEvent(message_id=message)
    yield RunFinishedEvent(thread_id=run.thread_id, run_id=run.run_id, outcome=outcome)


async def answer(request):
    run = RunAgentInput.model_validate(await request.json())
    encoder = EventEncoder(accept=request.headers.get("accept"))

    async def body():
        for event in events(run):
            yield encoder.encode(event)

    return StreamingResponse(body(), media_type=encoder.get_content_type())


app = Starlette(routes=[Route("/ag-ui", answer, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
