"""LangServe: a runnable that takes messages and streams a chat model's pieces."""

import sys

import uvicorn
from fastapi import FastAPI
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableLambda
from langserve import add_routes
from pydantic import BaseModel


class Rules(BaseChatModel):
    @property
    def _llm_type(self):
        return "rules"

    def _text(self, messages):
        users = [str(one.content) for one in messages if one.type == "human"]
        if users and "weather" in users[-1]:
            return "It is 18 °C in Paris."
        return f"You have said {len(users)}: {users[-1] if users else ''}"

    def _generate(self, messages, stop=None, run_manager=None, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self._text(messages)))])

    def _stream(self, messages, stop=None, run_manager=None, **kwargs):
        for word in self._text(messages).split(" "):
            if word.startswith("break"):
                raise RuntimeError("the model broke")
            yield ChatGenerationChunk(message=AIMessageChunk(content=word + " "))


class Conversation(BaseModel):
    messages: list[AnyMessage]


app = FastAPI()
add_routes(app, Rules(), path="/model")
add_routes(
    app,
    (RunnableLambda(lambda x: x["messages"] if isinstance(x, dict) else x.messages) | Rules()).with_types(
        input_type=Conversation
    ),
    path="/chat",
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
