"""Whether the agent is sent all that it has to know: the conversation, and the name of a model that it has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scenario.agents.remote.agent import RemoteAgent
from scenario.errors import ErrorReplyError
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Behaviour, Connection, whole


async def say(connection: Connection, value: Any, status: str = "200 OK") -> None:
    """Answer with JSON, and keep the connection."""
    connection.keep = True
    await connection.send(whole(json.dumps(value).encode(), "application/json", status=status))


def body_of(connection: Connection) -> dict[str, Any]:
    """What was sent."""
    found: dict[str, Any] = json.loads(connection.request.body)
    return found


def response(text: str, **more: Any) -> dict[str, Any]:
    """A whole answer of the Responses API."""
    output = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}]
    return {"object": "response", "id": "resp_1", "status": "completed", "output": output, **more}


def knows_what_it_is_told(*, refusal: Any = None, **more: Any) -> Behaviour:
    """A Responses server without memory: it ignores the id of an earlier response, or refuses it."""

    async def behave(connection: Connection) -> None:
        body = body_of(connection)
        if refusal is not None and "previous_response_id" in body:
            await say(connection, {"error": {"message": refusal}}, "400 Bad Request")
            return
        told = any("I am Ada" in str(item.get("content")) for item in body["input"])
        await say(connection, response("You are Ada." if told else "I do not know your name.", **more))

    return behave


async def second_answer(serve: Serve, behaviour: Behaviour, **settings: Any) -> tuple[Any, list[dict[str, Any]]]:
    """What the agent says in the second turn, and the bodies that it was sent."""
    server = await serve(behaviour)
    agent = RemoteAgent(server.url, protocol="openai-responses", **settings)
    await agent.call(given(None, "I am Ada"))
    said = await agent.call(given(None, "I am Ada", "Who am I?"))
    return said, [json.loads(request.body) for request in server.requests]


async def test_responses_servers_are_sent_the_whole_conversation(serve: Serve) -> None:
    """One that ignores the id of an earlier response answers what it was asked all the same."""
    said, (_, second) = await second_answer(serve, knows_what_it_is_told())
    assert said == "You are Ada."
    assert "previous_response_id" not in second


async def test_history_last_goes_on_from_the_response_that_the_server_keeps(serve: Serve) -> None:
    """Only the newest line is sent, with the id of the response before it."""
    _, (_, second) = await second_answer(serve, knows_what_it_is_told(), history="last")
    assert second["previous_response_id"] == "resp_1"
    assert second["input"] == [{"role": "user", "content": "Who am I?"}]


async def test_history_last_sends_all_of_it_where_the_server_says_that_it_stores_nothing(serve: Serve) -> None:
    """`"store": false` is no promise to remember."""
    said, (_, second) = await second_answer(serve, knows_what_it_is_told(store=False), history="last")
    assert said == "You are Ada."
    assert "previous_response_id" not in second


@pytest.mark.parametrize(
    "refusal",
    [
        "Previous response with id 'resp_1' not found.",
        "Response with id 'resp_1' not found.",
        "Unsupported parameter: previous_response_id",
    ],
)
async def test_a_refused_response_id_is_answered_with_the_whole_conversation(serve: Serve, refusal: str) -> None:
    """It is asked again at once, and from then on without an id."""
    said, bodies = await second_answer(serve, knows_what_it_is_told(refusal=refusal), history="last")
    assert said == "You are Ada."
    assert ["previous_response_id" in body for body in bodies] == [False, True, False]


def has_models(*names: str, refusal: Any, status: str = "404 Not Found", listed: str = "/v1/models") -> Behaviour:
    """A server that refuses every model but its own."""

    async def behave(connection: Connection) -> None:
        if connection.request.target == listed:
            entries = [{"id": name, "model": name} for name in names]
            await say(connection, {"data": entries, "models": entries})
            return
        if connection.request.method == "GET":
            await say(connection, {"detail": "Not Found"}, "404 Not Found")
            return
        if (model := body_of(connection).get("model")) not in names:
            await say(connection, refusal, status)
            return
        if connection.request.target == "/api/chat":
            message = {"role": "assistant", "content": f"I am {model}."}
            await say(connection, {"model": model, "created_at": "", "message": message, "done": True})
            return
        choice = {"index": 0, "message": {"role": "assistant", "content": f"I am {model}."}, "finish_reason": "stop"}
        await say(connection, {"object": "chat.completion", "choices": [choice]})

    return behave


VLLM = {"object": "error", "message": "The model `default` does not exist.", "type": "NotFoundError", "code": 404}
LITELLM = {"error": {"message": "/chat/completions: Invalid model name passed in model=default. Call `/v1/models`."}}
HAYHOOKS = {"detail": "Pipeline 'default' not found"}
OLLAMA = {"error": "model 'default' not found"}


@pytest.mark.parametrize(
    ("refusal", "status"), [(VLLM, "404 Not Found"), (LITELLM, "400 Bad Request"), (HAYHOOKS, "404 Not Found")]
)
async def test_the_only_model_of_a_server_is_asked_for(
    serve: Serve, observer: Observer, refusal: Any, status: str
) -> None:
    """It is looked up once, when the server has refused to be asked without one, and the record says so."""
    server = await serve(has_models("qwen-3", refusal=refusal, status=status))
    agent = RemoteAgent(server.url.replace("/chat", "/v1/chat/completions"))
    assert await agent.call(given(observer)) == "I am qwen-3."
    assert await agent.call(given(None)) == "I am qwen-3."
    assert [request.method for request in server.requests] == ["POST", "GET", "POST", "POST"]
    assert "asked for 'qwen-3', the only model that /v1/models names" in observer.exchange.protocol_reason


async def test_ollamas_only_model_is_asked_for(serve: Serve) -> None:
    """Its list is at /api/tags."""
    server = await serve(has_models("llama3:8b", refusal=OLLAMA, listed="/api/tags"))
    agent = RemoteAgent(server.url.replace("/chat", "/api/chat"), protocol="ollama")
    assert await agent.call(given()) == "I am llama3:8b."


async def test_the_models_of_a_server_that_has_several_are_named_in_the_error(serve: Serve) -> None:
    """Which of them is under test is for the user to say."""
    server = await serve(has_models("small", "large", refusal=VLLM))
    agent = RemoteAgent(server.url.replace("/chat", "/v1"), protocol="openai-chat")
    with pytest.raises(ErrorReplyError, match=r"Say model=…: /v1/models names 'small', 'large'"):
        await agent.call(given())


async def test_a_model_that_was_named_is_never_replaced(serve: Serve) -> None:
    """A wrong name is an error, not a question."""
    server = await serve(has_models("small", refusal=VLLM))
    agent = RemoteAgent(server.url.replace("/chat", "/v1/chat/completions"), model="smal")
    with pytest.raises(ErrorReplyError, match="does not exist"):
        await agent.call(given())
    assert len(server.requests) == 1


async def test_a_body_of_the_users_own_gets_the_only_model_too(serve: Serve) -> None:
    """Where it has a place for it: $model."""
    server = await serve(has_models("small", refusal={"detail": "Field required: model"}, status="422 Unprocessable"))
    agent = RemoteAgent(
        server.url.replace("/chat", "/v1/chat/completions"), request={"model": "$model", "messages": "$messages"}
    )
    assert await agent.call(given()) == "I am small."
