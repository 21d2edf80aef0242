"""What is pasted had two turns with the agent; what did not work there, and what was not whole, is not pasted."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from aiohttp import web

from tests.cli_run.command import typed
from tests.probe.agents import Agents, Handler, ag_ui, body_of, events, home_made


async def probed(handler: Handler, *words: str, path: str = "/chat", gets: bool = False) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON of a probe."""
    async with Agents({path: handler}, {path: handler} if gets else None) as server:
        code, out, err = await typed("probe", f"{server.url}{path}", *words, "--json")
    assert not err, err
    found: dict[str, Any] = json.loads(out)
    return code, found


def said(answer: Callable[[dict[str, Any]], Any]) -> Handler:
    """An agent that answers a body with JSON."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(answer(await body_of(request)))

    return handler


async def test_an_end_alone_is_nobody_s_dialect() -> None:
    """Neither at a path of the dialect's own, nor anywhere else."""

    async def only_done(request: web.Request) -> web.StreamResponse:
        return await events(request)

    code, found = await probed(only_done, path="/v1/chat/completions")
    assert (code, found["answered"], found["remote_agent"]) == (1, False, None)


async def test_a_home_made_stream_at_a_dialect_s_path_is_pasted_as_what_it_is() -> None:
    """The path says how it is asked, and not how it answers."""
    code, found = await probed(home_made, path="/v1/chat/completions")
    assert (code, found["answer"]["protocol"]) == (0, "sse")
    assert "protocol=" not in found["remote_agent"]


@pytest.mark.parametrize(
    "last",
    [
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m1", "delta": "It is"},
        {"type": "RUN_ERROR", "message": "out of quota"},
    ],
)
async def test_an_answer_that_is_not_whole_is_shown_and_not_pasted(last: dict[str, Any]) -> None:
    """And the command fails."""

    async def cut(request: web.Request) -> web.StreamResponse:
        message = {"messageId": "m1"}
        begun = [
            {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
            {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
            {"type": "TEXT_MESSAGE_CONTENT", **message, "delta": "Now: "},
        ]
        return await events(request, *begun, last, end=False)

    async with Agents({"/agui": cut}) as server:
        code, out, _ = await typed("probe", f"{server.url}/agui")
    assert (code, "Now:" in out, "RemoteAgent(" in out, "not whole" in out) == (1, True, False, True)


async def test_what_works_once_only_is_not_pasted() -> None:
    """A second turn is refused here: the page says so."""

    async def once(request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        if len(body.get("messages", ())) != 1:
            return web.json_response({"error": "one message, please"}, status=400)
        return await events(request, {"content": "Hi"})

    code, found = await probed(once)
    assert (code, found["remote_agent"]) == (1, None)
    assert "one message, please" in found["two_turns"]["error"]


class Remembering:
    """Keeps what was said under an id that it gives itself, or under that of its client."""

    def __init__(self, *, own_ids: bool = False) -> None:
        self._lines: dict[str, list[str]] = {}
        self._own_ids = own_ids

    def __call__(self, body: dict[str, Any]) -> dict[str, Any]:
        """What was said so far."""
        name = body.get("conversation_id")
        if self._own_ids and (not name or name not in self._lines):
            name = f"own-{len(self._lines)}"
        lines = self._lines.setdefault(str(name), [])
        lines.append(body["message"])
        return {"answer": "You said: " + " ".join(lines), "conversation_id": name}


def echoed(body: dict[str, Any]) -> dict[str, Any]:
    """What was said last."""
    return {"answer": body["message"]}


DATA = '{"message": "Hi", "conversation_id": "abc"}'


@pytest.mark.parametrize(
    ("agent", "memory"),
    [(Remembering(), "seen"), (Remembering(own_ids=True), "seen"), (echoed, "not seen")],
)
async def test_memory_is_seen_or_told_as_not_seen(agent: Callable[[dict[str, Any]], Any], memory: str) -> None:
    """A word of the first turn is asked for in the second; an echo has no memory and is no failure."""
    code, found = await probed(said(agent), "-d", DATA)
    assert (code, found["two_turns"]["memory"]) == (0, memory)
    assert 'history="last"' not in found["remote_agent"]


async def test_memory_need_not_be_looked_for_where_the_conversation_is_sent() -> None:
    """Each request holds what was said."""
    _, found = await probed(home_made)
    assert found["two_turns"]["memory"] == "sent"


@pytest.mark.parametrize("given", ["abc", ""])
async def test_an_id_that_the_agent_gives_goes_back(given: str) -> None:
    """No constant is pasted in its place."""
    body = json.dumps({"message": "Hi", "conversation_id": given})
    _, found = await probed(said(Remembering(own_ids=True)), "-d", body)
    assert '"conversation_id": "$session"' in found["remote_agent"]
    assert 'session="conversation_id"' in found["remote_agent"]


async def test_what_was_given_is_said_again() -> None:
    """With a word to remember; the agent may understand nothing else. The id may lie deeper."""
    heard: list[dict[str, Any]] = []
    remembering = Remembering(own_ids=True)

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        heard.append(body)
        return remembering(body["input"])

    body = json.dumps({"input": {"message": "It costs $5", "conversation_id": ""}})
    code, found = await probed(said(answer), "-d", body)
    assert (code, found["two_turns"]["memory"]) == (0, "seen")
    assert heard[1]["input"]["message"].startswith("It costs $5 ")
    assert '{"message": "$message", "conversation_id": "$session"}' in found["remote_agent"]


async def test_a_text_at_a_place_of_its_own_is_read_there() -> None:
    """`reply=` is pasted with the path."""
    code, found = await probed(said(lambda body: {"status": "ok", "result": {"say": "It is 18."}}))
    assert (code, found["answer"]["reply"]["text"]) == (0, "It is 18.")
    assert 'reply="result.say"' in found["remote_agent"]


async def test_a_body_without_any_text_is_shown() -> None:
    """It answered, and the page says what."""
    async with Agents({"/chat": said(lambda body: {"accepted": True})}) as server:
        code, out, _ = await typed("probe", f"{server.url}/chat")
    assert (code, "accepted" in out) == (1, True)


@pytest.mark.parametrize("status", [404, 405])
async def test_get_is_tried_where_post_finds_nothing(status: int) -> None:
    """With the message in the query."""

    async def get_only(request: web.Request) -> web.StreamResponse:
        if request.method == "POST":
            return web.Response(status=status)
        return await events(request, {"content": f"You said: {request.query['message']}"})

    code, found = await probed(get_only, gets=True)
    assert (code, 'method="GET"' in found["remote_agent"]) == (0, True)


async def test_an_end_of_its_own_is_demanded_only_where_it_was_seen() -> None:
    """`done=True` stands in the code of an endpoint that sends one."""

    async def endless(request: web.Request) -> web.StreamResponse:
        return await events(request, {"content": "Hi"}, end=False)

    assert "done=True" in (await probed(home_made))[1]["remote_agent"]
    assert "done=" not in (await probed(endless))[1]["remote_agent"]


async def test_a_request_that_takes_no_text_is_told() -> None:
    """It would be the same on every turn."""
    async with Agents({"/chat": said(lambda body: {"answer": "Hi"})}) as server:
        _, out, _ = await typed("probe", f"{server.url}/chat", "-d", '{"zork": 3}')
    assert "nothing in the request takes what is said" in out


def completion(body: dict[str, Any]) -> dict[str, Any]:
    """A completion of the model that was asked for."""
    message = {"role": "assistant", "content": f"I am {body['model']}."}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": "1", "object": "chat.completion", "model": body["model"], "choices": [choice]}


async def test_a_model_is_sent_and_pasted() -> None:
    """As it was named."""
    code, found = await probed(said(completion), "--model", "gpt-x", path="/v1/chat/completions")
    assert (code, found["answer"]["reply"]["text"]) == (0, "I am gpt-x.")
    assert 'model="gpt-x"' in found["remote_agent"]


async def test_a_server_that_does_not_know_the_model_is_told_one() -> None:
    """The page names the option."""

    async def choosy(request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": {"message": "The model 'default' does not exist"}}, status=404)

    async with Agents({"/v1/chat/completions": choosy}) as server:
        code, out, _ = await typed("probe", f"{server.url}/v1/chat/completions")
    assert (code, "--model" in out) == (1, True)


async def test_a_dialect_of_events_has_its_two_turns() -> None:
    """Nothing but the dialect and the URL is needed."""
    code, found = await probed(ag_ui, path="/agent")
    assert (code, found["two_turns"]["error"]) == (0, "")


def with_cookie(answer: Callable[[web.Request, dict[str, Any]], str], *, demands: bool = False) -> Handler:
    """An agent that sets a cookie where none is sent; it may refuse a second turn without it."""
    names = count(1)
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        if demands and RECALL in str(body) and "sid" not in request.cookies:
            return web.json_response({"error": "the session has expired"}, status=403)
        response = web.json_response({"answer": answer(request, body)})
        if "sid" not in request.cookies:
            seen.append(f"s{next(names)}")
            response.set_cookie("sid", seen[-1])
        return response

    return handler


RECALL = "Which word"


async def test_a_cookie_by_which_the_agent_knows_its_conversation_is_kept() -> None:
    """The answers differ in that; the line to paste has the setting."""
    said_so_far: dict[str, str] = {}
    last: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        message = (await body_of(request))["message"]
        known = said_so_far.get(request.cookies.get("sid", ""), "nothing")
        response = web.json_response({"answer": f"You said: {known}"})
        last.append(f"s{len(last)}")
        said_so_far[last[-1]] = message
        response.set_cookie("sid", last[-1])
        return response

    code, found = await probed(handler, "-d", '{"message": "Hi"}')
    assert (code, found["two_turns"]["memory"]) == (0, "seen")
    assert '\n    cookies="conversation",' in found["remote_agent"]


async def test_a_cookie_without_which_the_second_turn_is_refused_is_kept() -> None:
    """However much of the conversation is sent."""
    handler = with_cookie(lambda _request, _body: "Hello.", demands=True)
    code, found = await probed(handler)
    assert (code, found["two_turns"]["error"]) == (0, "")
    assert '\n    cookies="conversation",' in found["remote_agent"]


@pytest.mark.parametrize("words", [(), ("-d", '{"message": "Hi"}')])
async def test_a_cookie_that_changes_nothing_is_a_comment(words: tuple[str, ...]) -> None:
    """Where the conversation is sent, and where nothing is remembered either way."""
    handler = with_cookie(lambda _request, _body: "Hello.")
    code, found = await probed(handler, *words)
    assert (code, found["two_turns"]["sets_cookie"]) == (0, True)
    assert '\n    # cookies="conversation",' in found["remote_agent"]
    compile(found["pytest"], "test_agent.py", "exec")


async def test_that_no_memory_was_seen_is_a_warning_where_only_the_server_keeps_one() -> None:
    """Dify is sent what was said last; of an endpoint that nothing is known of, it is a remark."""

    async def dify(request: web.Request) -> web.StreamResponse:
        ids = {"conversation_id": "c-1", "message_id": "m-1", "task_id": "t-1"}
        message = {"event": "message", "answer": "Hello.", **ids}
        return await events(request, message, {"event": "message_end", **ids, "metadata": {}}, end=False)

    async with Agents({"/v1/chat-messages": dify, "/chat": said(echoed)}) as server:
        code, out, _ = await typed("probe", f"{server.url}/v1/chat-messages", COLUMNS="200")
        _, other, _ = await typed("probe", f"{server.url}/chat", "-d", DATA, COLUMNS="200")
        _, as_json, _ = await typed("probe", f"{server.url}/v1/chat-messages", "--json")
    assert (code, "Warning: memory: not seen. With dify" in out) == (0, True)
    assert ("Warning" in other, "memory: not seen" in other) == (False, True)
    assert "memory: not seen" in json.loads(as_json)["two_turns"]["warning"]
