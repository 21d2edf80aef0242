"""Refusals of many validators: what they ask for is what is sent next."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aiohttp import web
from hypothesis import given, strategies as st

from scenario.probe.complaints import complaints_in
from scenario.probe.probing import probe
from scenario.probe.refusals import shape_of_refusal
from scenario.probe.shape import Shape
from scenario.probe.target import Target, checked
from tests.probe.agents import Agents, body_of, events

ZOD = (
    '[{"code": "invalid_type", "expected": "string", "path": ["q"], "message": "expected string, received undefined"}]'
)
REFUSALS: dict[str, tuple[str, dict[str, Any]]] = {
    "pydantic": (
        '{"detail": [{"type": "missing", "loc": ["body", "utterance"], "msg": "Field required"}]}',
        {"utterance": "$message"},
    ),
    "pydantic, nested": (
        '{"detail": [{"type": "missing", "loc": ["body", "payload", "text"], "msg": "Field required"}]}',
        {"payload": {"text": "$message"}},
    ),
    "pydantic, of a query": (
        '{"detail": [{"type": "missing", "loc": ["query", "q"], "msg": "Field required"}]}',
        {"q": "$message"},
    ),
    "zod 3": (
        '{"error": {"issues": [{"code": "invalid_type", "received": "undefined", "path": ["q"]}]}}',
        {"q": "$message"},
    ),
    "zod's own text": (
        msgspec.json.encode({"error": {"name": "ZodError", "message": ZOD}}).decode(),
        {"q": "$message"},
    ),
    "JSON Schema": (
        '[{"instancePath": "/payload", "keyword": "required", "params": {"missingProperty": "text"}}]',
        {"payload": {"text": "$message"}},
    ),
    "Fastify": (
        '{"statusCode": 400, "error": "Bad Request", "message": "body must have required property \'q\'"}',
        {"q": "$message"},
    ),
    "Joi": (
        '{"details": [{"message": "\\"q\\" is required", "path": ["q"], "type": "any.required"}]}',
        {"q": "$message"},
    ),
    "class-validator": (
        '{"message": ["q should not be empty", "q must be a string"], "error": "Bad Request", "statusCode": 400}',
        {"q": "$message"},
    ),
    "Django REST framework": (
        '{"q": ["This field is required."], "session_id": ["This field is required."]}',
        {"q": "$message", "session_id": "$thread_id"},
    ),
    "marshmallow": ('{"errors": {"json": {"q": ["Missing data for required field."]}}}', {"q": "$message"}),
    "Go": (
        """{"error": "Key: 'Ask.Prompt' Error:Field validation for 'Prompt' failed on the 'required' tag"}""",
        {"Prompt": "$message"},
    ),
    "a sentence": ('{"error": "userQuery is required"}', {"userQuery": "$message"}),
    "several names": (
        '{"error": "Missing required fields: prompt, session_id"}',
        {"prompt": "$message", "session_id": "$thread_id"},
    ),
    "Laravel": ('{"errors": {"question": ["The question field is required."]}}', {"question": "$message"}),
    "pydantic, of a union": (
        '{"detail": [{"type": "missing", "loc": ["body", "input", "TextInput", "text"], "msg": "Field required"}]}',
        {"input": {"text": "$message"}},
    ),
    "pydantic, with a validator in the way": (
        '{"detail": [{"type": "missing", "loc": ["body", "function-after[f(), M]", "q"], "msg": "Field required"}]}',
        {"q": "$message"},
    ),
    "plain text": ("Missing required field: question", {"question": "$message"}),
}


@pytest.mark.parametrize("validator", REFUSALS)
def test_what_is_missing_is_sent(validator: str) -> None:
    """The fields that a refusal names, filled by their names; one of no known name is the text."""
    body, wanted = REFUSALS[validator]
    shape = shape_of_refusal(400, {}, body.encode())
    assert shape is not None
    assert shape.request == wanted


@pytest.mark.parametrize(
    "body", ['{"error": "no"}', '{"detail": "Bad Request", "path": "/chat"}', "", "[]", "null", "\xff"]
)
def test_what_names_nothing_asks_for_nothing(body: str) -> None:
    """A path of the URL, and a word that says nothing, are no fields."""
    assert shape_of_refusal(400, {}, body.encode()) is None


@pytest.mark.parametrize(
    "said",
    [
        "Missing authentication token",
        "Authentication is required",
        "Validation is required before anything else",
        "Please provide a valid request",
        "No text provided",
    ],
)
def test_a_validator_s_words_are_no_fields(said: str) -> None:
    """In a sentence, and under the names that go with it."""
    for value in (
        {"error": said},
        {"error": "no", "hint": said},
        {"error": "no", "solution": f"A key is required: {said}"},
    ):
        assert shape_of_refusal(400, {}, msgspec.json.encode(value)) is None


def test_a_conversation_that_is_a_text_is_an_id() -> None:
    """And no constant."""
    sent = Shape(why="its refusal asks for q", request={"q": "$message", "conversation": ["$messages"]})
    complaint = {"type": "string_type", "loc": ["body", "conversation"], "msg": "Input should be a valid string"}
    shape = shape_of_refusal(422, {}, msgspec.json.encode({"detail": [complaint]}), sent=sent)
    assert shape is not None
    assert shape.request["conversation"] == "$thread_id"


def test_a_key_that_a_server_did_not_find_is_asked_for() -> None:
    """Endpoints that check nothing fail at what is missing."""
    shape = shape_of_refusal(500, {}, b"Traceback (most recent call last): KeyError: 'question'")
    assert shape is not None
    assert shape.request == {"question": "$message"}
    assert shape_of_refusal(500, {}, b"Missing required field: question") is None


@pytest.mark.parametrize(
    ("complaint", "wanted"),
    [
        ({"type": "extra_forbidden", "loc": ["body", "user"]}, {"q": "$message"}),
        ({"type": "list_type", "loc": ["body", "q"]}, {"q": ["$message"], "user": "$thread_id"}),
        ({"type": "dict_type", "loc": ["body", "q"]}, {"q": {}, "user": "$thread_id"}),
        ({"type": "missing", "loc": ["body", "q", "text"]}, {"q": {"text": "$message"}, "user": "$thread_id"}),
        ({"type": "int_type", "loc": ["body", "user"]}, {"q": "$message", "user": 1}),
    ],
)
def test_a_second_refusal_changes_what_the_first_asked_for(complaint: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Fields go, come and take another kind, where the validator says so."""
    sent = Shape(why="its refusal asks for q", request={"q": "$message", "user": "$thread_id"})
    shape = shape_of_refusal(422, {}, msgspec.json.encode({"detail": [complaint]}), sent=sent)
    assert shape is not None
    assert shape.request == wanted


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=12),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["loc", "path", "type", "errors", "message", "q"]), inner, max_size=4)
        ),
        max_leaves=12,
    ).map(msgspec.json.encode)
)
def test_any_refusal_is_read_or_left(body: bytes) -> None:
    """What a server sends is hostile."""
    complaints_in(body)
    shape_of_refusal(422, {}, body, sent=Shape(why="its refusal asks for q", request={"q": "$message"}))


async def strict(request: web.Request) -> web.StreamResponse:
    """Wants a text inside of an object, says so one step at a time, and describes itself nowhere."""
    body = await body_of(request)
    payload = body.get("payload")
    if "payload" not in body:
        wrong = {"type": "missing", "loc": ["body", "payload"], "msg": "Field required"}
    elif not isinstance(payload, dict):
        wrong = {
            "type": "model_attributes_type",
            "loc": ["body", "payload"],
            "msg": "Input should be a valid dictionary",
        }
    elif "wording" not in payload:
        wrong = {"type": "missing", "loc": ["body", "payload", "wording"], "msg": "Field required"}
    else:
        return await events(request, {"content": f"You said: {payload['wording']}"})
    return web.json_response({"detail": [wrong]}, status=422)


async def test_refusals_are_followed_step_by_step() -> None:
    """Until the body is the one that is taken; the text is in it."""
    async with Agents({"/chat": strict}) as server:
        found = await probe(checked(Target(url=f"{server.url}/chat", message="Hello")))
    assert found.best is not None
    assert found.best.exchange is not None
    assert found.best.shape.request == {"payload": {"wording": "$message"}}
    assert found.best.exchange.text == "You said: Hello"


async def test_a_query_that_is_missing_is_sent() -> None:
    """An endpoint that takes GET only says which parameter it wants."""

    async def post(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=405, headers={"Allow": "GET"})

    async def get(request: web.Request) -> web.StreamResponse:
        if "q" not in request.query:
            detail = [{"type": "missing", "loc": ["query", "q"], "msg": "Field required"}]
            return web.json_response({"detail": detail}, status=422)
        return await events(request, {"content": request.query["q"]})

    async with Agents({"/chat": post}, {"/chat": get}) as server:
        found = await probe(checked(Target(url=f"{server.url}/chat", message="Hello")))
    assert found.best is not None
    assert (found.best.shape.method, found.best.shape.request) == ("GET", {"q": "$message"})
