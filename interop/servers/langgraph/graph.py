"""A graph with a model without a model: a tool call, an interrupt before booking."""

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import interrupt


def chunks(messages):
    last = messages[-1]
    users = [message for message in messages if message.type == "human"]
    if last.type == "tool":
        words = ["It is ", "18 °C ", "in Paris."] if last.name == "get_weather" else ["Done: ", last.content]
    elif "weather" in last.content or "book" in last.content:
        name = "get_weather" if "weather" in last.content else "book"
        call = {"name": name, "args": "", "id": f"call-{len(messages)}", "index": 0, "type": "tool_call_chunk"}
        yield AIMessageChunk(content="", tool_call_chunks=[call])
        for piece in ('{"city": ', '"Paris"}'):
            yield AIMessageChunk(content="", tool_call_chunks=[{**call, "name": None, "id": None, "args": piece}])
        return
    else:
        words = [f"You have said {len(users)}: ", last.content]
    for word in words:
        yield AIMessageChunk(content=word)


class Scripted(BaseChatModel):
    """Says what the last message asks for, in pieces."""

    @property
    def _llm_type(self):
        return "scripted"

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for chunk in chunks(messages):
            generation = ChatGenerationChunk(message=chunk)
            if run_manager:
                run_manager.on_llm_new_token(chunk.content, chunk=generation)
            yield generation

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        whole = None
        for chunk in chunks(messages):
            whole = chunk if whole is None else whole + chunk
        message = AIMessage(content=whole.content, tool_calls=whole.tool_calls)
        return ChatResult(generations=[ChatGeneration(message=message)])


async def model(state):
    return {"messages": [await Scripted().ainvoke(state["messages"])]}


async def tools(state):
    call = state["messages"][-1].tool_calls[0]
    output = '{"celsius": 18}'
    if call["name"] == "book":
        output = f"answered {interrupt({'question': 'Shall I book it?'})}"
    return {"messages": [ToolMessage(output, tool_call_id=call["id"], name=call["name"])]}


def route(state):
    return "tools" if state["messages"][-1].tool_calls else END


builder = StateGraph(MessagesState)
builder.add_node("model", model)
builder.add_node("tools", tools)
builder.add_edge(START, "model")
builder.add_conditional_edges("model", route, ["tools", END])
builder.add_edge("tools", "model")
graph = builder.compile()
