"""What is sent: the default bodies, placeholders, functions, headers, history, sessions."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

import scenario
from scenario.agents.remote.agent import RemoteAgent
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError, ErrorReplyError
from scenario.exchange import HttpRequest
from scenario.masking import masked_exchange
from tests.remote.conftest import Observer, Serve, given
from tests.remote.raw_server import Connection, Request, whole

SECRET = "tok-0123456789abcdef"  # noqa: S105 - made up


async def says_ok(connection: Connection) -> None:
    """A JSON answer with a conversation id in it and in its headers."""
    connection.keep = True
    body = b'{"answer": "ok", "meta": {"conversation_id": "c-9"}}'
    await connection.send(whole(body, "application/json", more="X-Session: s-7\r\nSet-Cookie: sid=1\r\n"))


async def sent(serve: Serve, *inputs: AgentInput, path: str = "", **settings: Any) -> list[Request]:
    """The requests of these calls, with these settings."""
    server = await serve(says_ok)
    agent = RemoteAgent(server.url + path, **settings)
    for one in inputs or (given(),):
        assert await agent.call(one) == "ok"
    return server.requests


async def test_the_default_body_is_the_conversation_its_id_and_the_wish_for_a_stream(serve: Serve) -> None:
    """One line of set-up sends what most endpoints read."""
    (request,) = await sent(serve, given(None, "Hi", "And now?"))
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "messages": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "I see."},
            {"role": "user", "content": "And now?"},
        ],
        "thread_id": "thread-1",
        "stream": True,
    }


async def test_an_endpoint_named_chat_completions_is_asked_as_openai_is(serve: Serve) -> None:
    """The path says which request is understood there."""
    (request,) = await sent(serve, path="/v1/chat/completions", model="gpt-x")
    body = json.loads(request.body)
    assert (body["model"], body["stream"], body["messages"][0]["role"]) == ("gpt-x", True, "user")
    assert "thread_id" not in body


async def test_only_what_a_message_has_is_sent(serve: Serve) -> None:
    """Bookkeeping keys of a message stay here, and the caller's dictionary stays as it was."""
    message = {"role": "user", "content": "Hi", "trace_id": "x"}
    (request,) = await sent(serve, AgentInput(thread_id="t", messages=[message], new_messages=[message]))
    assert json.loads(request.body)["messages"] == [{"role": "user", "content": "Hi"}]
    assert message == {"role": "user", "content": "Hi", "trace_id": "x"}


async def test_history_last_sends_what_the_user_said_since(serve: Serve) -> None:
    """For agents that keep the conversation under its thread id."""
    (request,) = await sent(serve, given(None, "Hi", "And now?"), history="last")
    assert json.loads(request.body)["messages"] == [{"role": "user", "content": "And now?"}]


async def test_placeholders_stand_anywhere_in_a_body(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """As whole values and inside texts, nested as deep as one likes; $$ is a dollar sign."""
    monkeypatch.setenv("REGION", "eu")
    body = {"in": [{"q": "$message", "id": "run/$thread_id/$env.REGION"}], "all": "$messages", "price": "$$5", "n": 1}
    (request,) = await sent(serve, request=body)
    assert json.loads(request.body) == {
        "in": [{"q": "How is the weather?", "id": "run/thread-1/eu"}],
        "all": [{"role": "user", "content": "How is the weather?"}],
        "price": "$5",
        "n": 1,
    }


async def test_a_placeholder_in_the_url_is_quoted(serve: Serve) -> None:
    """A thread id cannot become another path."""
    (request,) = await sent(serve, given(thread_id="a/../b?c"), path="/$thread_id")
    assert request.target == "/chat/a%2F..%2Fb%3Fc"


async def test_get_puts_simple_fields_into_the_query(serve: Serve) -> None:
    """No body is sent."""
    (request,) = await sent(serve, method="GET", request={"q": "$message", "deep": {"a": 1}, "on": True})
    assert request.method == "GET"
    assert request.target == "/chat?q=How+is+the+weather%3F&deep=%7B%22a%22%3A1%7D&on=true"
    assert request.body == b""


async def test_get_without_a_body_asks_with_the_message_and_the_thread(serve: Serve) -> None:
    """The default for endpoints that are opened as an EventSource."""
    (request,) = await sent(serve, method="GET")
    assert request.target == "/chat?message=How+is+the+weather%3F&thread_id=thread-1"


async def test_a_function_makes_the_body(serve: Serve) -> None:
    """It is given the participant's input; it may be plain or async."""

    async def slowly(one: AgentInput) -> dict[str, str]:
        return {"q": one.last_new_user_message_str().upper()}

    for function in (lambda one: {"q": one.last_new_user_message_str().upper()}, slowly):
        (request,) = await sent(serve, request=function)
        assert json.loads(request.body) == {"q": "HOW IS THE WEATHER?"}


async def test_a_function_may_make_the_whole_request(serve: Serve) -> None:
    """It is sent as it is."""
    server = await serve(says_ok)

    def made(_: AgentInput) -> HttpRequest:
        return HttpRequest(method="PUT", url=server.url + "/other", headers={"X-A": "1"}, body=b"raw")

    await RemoteAgent(server.url, request=made).call(given())
    (request,) = server.requests
    assert (request.method, request.target, request.headers["x-a"], request.body) == ("PUT", "/chat/other", "1", b"raw")


async def test_a_function_that_raises_is_not_the_agents_fault(serve: Serve) -> None:
    """A run says so too: the agent was not even asked."""
    server = await serve(says_ok)
    agent = RemoteAgent(server.url, request=lambda _: {}["q"])
    with pytest.raises(ConfigurationError, match="request= of RemoteAgent raised KeyError"):
        await scenario.arun(
            name="n", description="d", agents=[agent], script=[scenario.user("hi"), scenario.agent()], verbose=False
        )
    assert server.requests == []


async def test_a_missing_environment_variable_is_named(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read when the call is made, and nothing is sent without it."""
    monkeypatch.delenv("AGENT_TOKEN", raising=False)
    server = await serve(says_ok)
    with pytest.raises(ConfigurationError, match="AGENT_TOKEN is not set"):
        await RemoteAgent(server.url, headers={"Authorization": "Bearer $env.AGENT_TOKEN"}).call(given())
    assert server.requests == []


async def test_a_session_of_the_body_goes_back_on_the_next_turn_of_its_thread(serve: Serve) -> None:
    """Under the name that it came under; another thread has its own."""
    requests = await sent(serve, given(), given(), given(thread_id="other"), session="meta.conversation_id")
    assert [json.loads(request.body).get("conversation_id") for request in requests] == [None, "c-9", None]


async def test_a_session_stands_where_its_placeholder_does(serve: Serve) -> None:
    """A key whose whole value is a placeholder without a value is left out."""
    body = {"q": "$message", "conversation": "$session"}
    requests = await sent(serve, given(), given(), session="meta.conversation_id", request=body)
    assert [json.loads(request.body).get("conversation", "absent") for request in requests] == ["absent", "c-9"]


async def test_a_session_of_a_header_goes_back_as_that_header(serve: Serve) -> None:
    """As MCP and many gateways do it."""
    requests = await sent(serve, given(), given(), session='headers."x-session"')
    assert [request.headers.get("x-session") for request in requests] == [None, "s-7"]


async def test_secrets_are_sent_and_never_recorded(
    serve: Serve, observer: Observer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In headers, URL and body, and where the agent sends them back: no subscriber of a run is told of them.

    The request is recorded without them. The answer is as it came, for checks and judges of this process.
    """
    monkeypatch.setenv("AGENT_TOKEN", SECRET)

    async def echoes(connection: Connection) -> None:
        shown = f"{connection.request.headers} {connection.request.target} {connection.request.body!r}"
        body = json.dumps({"answer": shown, "error": None}).encode()
        half = body.index(SECRET.encode()) + 5
        await connection.send(whole(body, "application/json", more=f"Set-Cookie: t={SECRET}\r\n")[: half - len(body)])
        await connection.send(body[half:])

    server = await serve(echoes)
    agent = RemoteAgent(
        server.url + "?api_key=$env.AGENT_TOKEN",
        headers={"Authorization": "Bearer $env.AGENT_TOKEN", "X-Api-Key": SECRET},
        request={"q": "$message", "token": "$env.AGENT_TOKEN", "password": SECRET, "note": "n $env.AGENT_TOKEN"},
    )
    answer = await agent.call(given(observer))
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    assert json.loads(request.body)["token"] == SECRET
    assert SECRET not in repr(agent)
    assert SECRET.encode() not in msgspec.json.encode(observer.exchange.request)
    assert SECRET in str(answer)
    assert SECRET.encode() in observer.exchange.body
    told = masked_exchange(observer.exchange, observer.secrets)
    assert SECRET.encode() not in msgspec.json.encode(told)
    assert SECRET.encode() not in told.body
    assert len(told.body) == told.timing.bytes


async def test_a_user_and_password_in_the_url_are_sent_and_not_shown(serve: Serve, observer: Observer) -> None:
    """As basic authentication; the agent's name, its repr and the exchange have the host alone."""

    async def answers(connection: Connection) -> None:
        await connection.send(whole(b'{"answer": "hi"}', "application/json"))

    server = await serve(answers)
    agent = RemoteAgent(server.url.replace("://", f"://someone:{SECRET}@"))
    assert await agent.call(given(observer)) == "hi"
    assert server.requests[0].headers["authorization"].startswith("Basic ")
    assert agent.name == server.url.split("/")[2]
    assert SECRET not in repr(agent)
    assert observer.exchange.request.url == server.url


def test_a_user_in_the_url_and_an_authorization_header_are_too_much() -> None:
    """Said when the agent is made, as it is the test's mistake and not the agent's."""
    with pytest.raises(ConfigurationError, match="one of them only") as caught:
        RemoteAgent(f"http://someone:{SECRET}@127.0.0.1:8000", headers={"authorization": "Bearer x"})
    assert SECRET not in str(caught.value)


async def test_an_error_shows_no_secret(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that the agent puts into its error."""
    monkeypatch.setenv("AGENT_TOKEN", SECRET)

    async def refuses(connection: Connection) -> None:
        said = json.dumps({"error": f"unknown key {SECRET}"}).encode()
        await connection.send(whole(said, "application/json", status="401 No"))

    server = await serve(refuses)
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(f"{server.url}?token={SECRET}", headers={"X-Api-Key": "$env.AGENT_TOKEN"}).call(given())
    assert SECRET not in str(caught.value)
    assert SECRET not in caught.value.text


WRONG = {
    "an unknown protocol": ({"protocol": "openai-chatt"}, "Did you mean 'openai-chat'"),
    "an unknown placeholder": ({"request": {"q": "$mesage"}}, r"\$mesage"),
    "a list inside a text": ({"request": {"q": "say $messages"}}, "the whole value"),
    "a path that is none": ({"reply": "a..b"}, "JMESPath"),
    "a session path that is none": ({"session": "a["}, "JMESPath"),
    "an unknown history": ({"history": "some"}, "'full', 'last'"),
    "an unknown wish": ({"on_incomplete": "ignore"}, "'raise', 'return'"),
    "an unknown method": ({"method": "FETCH"}, "'POST'"),
    "a header with a line end": ({"headers": {"X": "a\r\nB: c"}}, "line end"),
    "a header that is no text": ({"headers": {"X": 1}}, "text"),
    "a limit of nothing": ({"max_body_bytes": 0}, "at least 1"),
    "no event at all": ({"max_events": 0}, "a whole number of them, at least 1"),
    "a deadline that is none": ({"timeout": "10"}, "Timeouts"),
    "a body that is none": ({"request": 7}, "mapping"),
    "a name that is no text": ({"name": 7}, "give a text"),
    "a model that is no text": ({"model": ["m"]}, "give a text"),
}


@pytest.mark.parametrize(("settings", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_setting_is_refused_at_once(settings: dict[str, Any], said: str) -> None:
    """When the agent is made, with the remedy, and as the ValueError that it is."""
    with pytest.raises(ConfigurationError, match=said):
        RemoteAgent("http://127.0.0.1:8000/chat", **settings)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://host/x", "http://", "http://host:99999/", "", None])
def test_a_url_that_is_none_is_refused(url: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(ConfigurationError, match=r"http://"):
        RemoteAgent(url)


PICTURE = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}]


async def test_a_request_with_a_place_for_the_text_alone_refuses_a_picture(serve: Serve) -> None:
    """$message would leave it out; $messages has it."""
    said = [{"role": "user", "content": PICTURE}]
    look = AgentInput(thread_id="t", messages=said, new_messages=said)
    with pytest.raises(ConfigurationError, match=r"a picture \(image/png\), and this request cannot carry it"):
        await sent(serve, look, request={"q": "$message"})
    (request,) = await sent(serve, look, request={"q": "$message", "all": "$messages"})
    assert json.loads(request.body) == {"q": "Look", "all": said}
