"""An A2A agent of the a2a-sdk: JSON-RPC at /, REST below /."""

import sys

import uvicorn
from a2a.helpers import new_task, new_text_part
from a2a.server.agent_execution import AgentExecutor
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_agent_card_routes, create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill, TaskState
from starlette.applications import Starlette

PORT = int(sys.argv[1])


class Weather(AgentExecutor):
    """Remembers how often it was spoken to in a context, and asks before it books."""

    def __init__(self):
        self.said = {}

    async def execute(self, context, event_queue):
        text = context.get_user_input()
        self.said[context.context_id] = self.said.get(context.context_id, 0) + 1
        updater = TaskUpdater(event_queue, context.task_id, context.context_id)
        if context.current_task is None:
            task = new_task(
                context.task_id, context.context_id, TaskState.TASK_STATE_SUBMITTED, history=[context.message]
            )
            await event_queue.enqueue_event(task)
        await updater.start_work()
        if "book" in text:
            await updater.requires_input(message=updater.new_agent_message([new_text_part("Shall I book it?")]))
            return
        words = (
            ["It is ", "18 °C ", "in Paris."]
            if "weather" in text
            else [f"You have said {self.said[context.context_id]}: ", text]
        )
        for number, word in enumerate(words):
            last = number == len(words) - 1
            await updater.add_artifact([new_text_part(word)], artifact_id="answer", append=number > 0, last_chunk=last)
        await updater.complete()

    async def cancel(self, context, event_queue):
        raise NotImplementedError


card = AgentCard(
    name="weather",
    description="Tells the weather.",
    version="1.0.0",
    supported_interfaces=[
        AgentInterface(url=f"http://127.0.0.1:{PORT}/", protocol_binding="JSONRPC", protocol_version="1.0"),
        AgentInterface(url=f"http://127.0.0.1:{PORT}", protocol_binding="HTTP+JSON", protocol_version="1.0"),
    ],
    capabilities=AgentCapabilities(streaming=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    skills=[AgentSkill(id="weather", name="weather", description="Tells the weather.", tags=["weather"])],
)
handler = DefaultRequestHandler(agent_executor=Weather(), task_store=InMemoryTaskStore(), agent_card=card)
routes = [*create_agent_card_routes(card), *create_jsonrpc_routes(handler, "/"), *create_rest_routes(handler)]
uvicorn.run(Starlette(routes=routes), host="127.0.0.1", port=PORT, log_level="warning")
