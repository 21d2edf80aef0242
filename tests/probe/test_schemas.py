"""Bodies for schemas as applications declare them: what is required is there, and the text has a place."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, strategies as st

from scenario.probe.descriptions import openapi
from scenario.probe.probing import probe
from scenario.probe.schemas import filled
from scenario.probe.target import Target, checked
from tests.probe.agents import Agents, body_of, events

TEXT = {"type": "string"}
DOCUMENT = {
    "components": {
        "schemas": {
            "Turn": {
                "required": ["speaker", "text"],
                "properties": {"speaker": {"enum": ["bot", "human"]}, "text": TEXT},
            },
            "Message": {"required": ["role", "content"], "properties": {"role": {"enum": ["user"]}, "content": TEXT}},
            "Options": {
                "required": ["limit", "style"],
                "properties": {"limit": {"type": "integer", "minimum": 3}, "style": {"const": "plain"}, "x": TEXT},
            },
        }
    }
}


def of(name: str) -> dict[str, str]:
    """A reference into the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def requires(**properties: Any) -> dict[str, Any]:
    """A schema of an object with these properties, all of them required."""
    return {"type": "object", "required": list(properties), "properties": properties}


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (requires(utterance=TEXT, dialog_key=TEXT), {"utterance": "$message", "dialog_key": ""}),
        (requires(wording=TEXT, style={"enum": ["a", "b"]}), {"wording": "$message", "style": "a"}),
        (requires(input=requires(text=TEXT)), {"input": {"text": "$message"}}),
        (requires(payload=requires(wording=TEXT)), {"payload": {"wording": "$message"}}),
        (
            requires(turns={"type": "array", "minItems": 1, "items": of("Turn")}),
            {"turns": [{"speaker": "human", "text": "$message"}]},
        ),
        (requires(conversation={"type": "array", "items": of("Message")}), {"conversation": "$messages"}),
        (
            requires(messages={"type": "array", "items": of("Turn")}),
            {"messages": [{"speaker": "human", "text": "$message"}]},
        ),
        (requires(q=TEXT, options=of("Options")), {"q": "$message", "options": {"limit": 3, "style": "plain"}}),
        (requires(lines={"type": "array", "items": TEXT}), {"lines": ["$message"]}),
        (
            requires(message=TEXT, session_id={"type": "string", "format": "uuid"}),
            {"message": "$message", "session_id": "00000000-0000-4000-8000-000000000001"},
        ),
        (
            requires(message={"anyOf": [TEXT, {"type": "null"}]}, n={"type": ["integer", "null"]}),
            {"message": "$message", "n": 0},
        ),
        (
            requires(payload={"oneOf": [requires(kind={"const": "text"}, text=TEXT)]}),
            {"payload": {"kind": "text", "text": "$message"}},
        ),
        (
            {"properties": {"message": TEXT, "stream": {"type": "boolean"}, "seed": TEXT}},
            {"message": "$message", "stream": True},
        ),
    ],
)
def test_a_body_is_what_a_schema_asks_for(schema: dict[str, Any], body: dict[str, Any]) -> None:
    """Nested objects, lists of them, choices, formats; the text stands in the first free place."""
    assert filled(DOCUMENT, schema) == body


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "properties", "required", "items", "anyOf", "$ref", "enum", "default", "post", "paths"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=16,
)


@given(json_values)
def test_any_description_is_read_or_left(value: Any) -> None:
    """What a server says of itself is hostile: references to themselves, too."""
    document = {"paths": {"/chat": {"post": {"requestBody": {"content": {"application/json": {"schema": value}}}}}}}
    list(openapi(Target(url="http://h/chat"), document))
    list(openapi(Target(url="http://h/"), value))


def test_a_schema_that_holds_itself_ends() -> None:
    """Lists of themselves are cut off somewhere."""
    document = {"components": {"schemas": {"Node": requires(next=of("Node"), name=TEXT)}}}
    assert filled(document, document["components"]["schemas"]["Node"])["name"] == "$message"


def posted(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A path that takes such a body."""
    return {"post": {"requestBody": {"content": {"application/json": {"schema": schema}}}, **more}}


def test_at_a_root_the_path_that_takes_text_is_asked() -> None:
    """Whatever it is called; one that streams comes first, one that takes none not at all."""
    streamed = {"200": {"content": {"text/event-stream": {}}}}
    paths = {
        "/items": posted(requires(name=TEXT)),
        "/zork": posted(requires(question=TEXT)),
        "/chat": posted(requires(prompt=TEXT)),
        "/blorb": posted(requires(wording=TEXT), responses=streamed),
    }
    shapes = list(openapi(Target(url="http://h"), {"paths": paths}))
    assert [shape.url for shape in shapes] == ["http://h/blorb", "http://h/chat", "http://h/zork"]
    assert shapes[0].request == {"wording": "$message"}


async def test_a_query_that_a_document_demands_is_sent() -> None:
    """For endpoints that take GET only."""

    async def get(request: web.Request) -> web.StreamResponse:
        return await events(request, {"content": request.query["question"]})

    parameters = [{"name": "question", "in": "query", "required": True, "schema": TEXT}, {"name": "x", "in": "query"}]
    document = {"paths": {"/stream": {"get": {"parameters": parameters}}}}
    async with Agents({}, {"/openapi.json": document, "/stream": get}) as server:
        found = await probe(checked(Target(url=f"{server.url}/stream", message="Hello")))
        assert server.asked == ["GET /openapi.json", "GET /stream"]
    assert found.best is not None
    assert found.best.shape.request == {"question": "$message"}


async def test_lists_and_choices_are_found_by_refusals() -> None:
    """An application that describes itself nowhere says step by step what it wants."""

    async def strict(request: web.Request) -> web.StreamResponse:
        turns = (await body_of(request)).get("turns")
        wrong: list[dict[str, Any]] = []
        if turns is None:
            wrong = [{"type": "missing", "loc": ["body", "turns"]}]
        elif not isinstance(turns, list):
            wrong = [{"type": "list_type", "loc": ["body", "turns"], "msg": "Input should be a valid list"}]
        elif not isinstance(turns[0], dict):
            wrong = [{"type": "model_attributes_type", "loc": ["body", "turns", 0], "msg": "Input should be an object"}]
        else:
            wrong = [
                {"type": "missing", "loc": ["body", "turns", 0, key]} for key in ("who", "text") if key not in turns[0]
            ]
            if not wrong and turns[0]["who"] != "human":
                msg = "Input should be 'bot' or 'human'"
                wrong = [{"type": "literal_error", "loc": ["body", "turns", 0, "who"], "msg": msg}]
        if wrong:
            return web.json_response({"detail": wrong}, status=422)
        return await events(request, {"content": turns[0]["text"]})

    async with Agents({"/chat": strict}) as server:
        found = await probe(checked(Target(url=f"{server.url}/chat", message="Hello")))
    assert found.best is not None
    assert found.best.shape.request == {"turns": [{"who": "human", "text": "$message"}]}


async def test_a_header_that_is_missing_ends_it() -> None:
    """No body stands for it."""

    async def tenant(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"detail": [{"type": "missing", "loc": ["header", "x-tenant"]}]}, status=422)

    async with Agents({"/chat": tenant}) as server:
        found = await probe(checked(Target(url=f"{server.url}/chat")))
    assert (len(found.sent), "x-tenant" in found.stopped) == (4, True)
