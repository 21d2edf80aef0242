"""Whatever an agent sends, what is kept of it can be written as JSON: into reports, stores and the next request."""

from __future__ import annotations

import msgspec
import pytest
from aiohttp import web

import scenario
from scenario.received_events import as_list
from tests.runner.players import play
from tests.websocket.http_server import serving

HALF = '"\\ud83d"'
# Almost as deep as JSON can be read, where one more list around it is too much.
DEEP = ["[" * depth + "]" * depth for depth in range(900, 1000, 9)]


def ag_ui(text: str, value: str) -> bytes:
    """A run that has a text in every id, and a value wherever any value may be."""
    asked = f'{{"id": {text}, "message": "Pay?", "responseSchema": {value}}}'
    events = (
        f'{{"type": "RUN_STARTED", "threadId": {text}, "runId": {text}}}',
        f'{{"type": "STATE_SNAPSHOT", "snapshot": {{"a": {value}}}}}',
        f'{{"type": "TOOL_CALL_START", "toolCallId": {text}, "toolCallName": {text}}}',
        f'{{"type": "TOOL_CALL_ARGS", "toolCallId": {text}, "delta": "{{\\"a\\": {value.replace(chr(34), "")}}}"}}',
        f'{{"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": {text}, "content": {{"a": {value}}}}}',
        '{"type": "TEXT_MESSAGE_CHUNK", "messageId": "m1", "delta": "Hello, key-0123456789"}',
        f'{{"type": "RUN_FINISHED", "threadId": {text}, "outcome": {{"type": "interrupt", "interrupts": [{asked}]}}}}',
    )
    return "".join(f"data: {event}\n\n" for event in events).encode()


def adk(value: str) -> bytes:
    """An agent's call with its result, of which the arguments are written as JSON once more."""
    parts = f'{{"functionCall": {{"id": "c", "name": "f", "args": {{"a": {value}}}}}}}, {{"text": "Hello"}}'
    return f'data: {{"invocationId": "i", "author": "a", "content": {{"parts": [{parts}]}}}}\n\n'.encode()


@pytest.mark.parametrize("value", [HALF, *DEEP], ids=lambda value: f"{value[:9]}{len(value)}")
def test_what_is_read_can_be_written(value: str) -> None:
    """Half a surrogate pair in any value or id, and nesting of any depth: the reply is one that JSON can hold."""
    for body in (ag_ui(value if value == HALF else '"x"', value), adk(value)):
        reply = scenario.read_stream(body)
        nested: object = reply
        for _ in range(100):
            nested = [nested]
        assert msgspec.json.encode(nested, enc_hook=as_list)


def test_half_a_pair_is_replaced_where_it_is() -> None:
    """What is around it stays."""
    reply = scenario.read_stream(ag_ui(HALF, '{"kept": 1, "lost": "a\\ud83d"}'))
    assert reply.session == {"threadId": "\ufffd", "runId": "\ufffd"}
    assert reply.tool_results[0].output == {"a": {"kept": 1, "lost": "a\ufffd"}}
    assert reply.carried["state"] == {"a": {"kept": 1, "lost": "a\ufffd"}}
    assert reply.interrupt["interrupts"][0]["id"] == "\ufffd"


async def test_a_conversation_with_such_an_agent_goes_on() -> None:
    """The next request has its ids and its state."""
    requests: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        requests.append(await request.read())
        return web.Response(body=ag_ui(HALF, HALF), content_type="text/event-stream")

    async with serving(answer) as url:
        agent = scenario.RemoteAgent(url, protocol="ag-ui")
        await play(agent, script=[scenario.user("Hello"), scenario.agent(), scenario.resume(True)])
    assert len(requests) == 2
    assert b"\xef\xbf\xbd" in requests[1]
