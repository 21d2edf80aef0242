"""Ways to ask an agent of which nothing is known, from the most likely on. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from scenario.probe.fields import escaped, is_whole_request, template_of
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.protocols.json_text import NOT_JSON
from scenario.protocols.registry import AUTO, dialect_for_path

# Where agents answer whose URL was given without a path; most frameworks' own defaults.
_COMMON_PATHS: Final = (
    ("/chat", AUTO),
    ("/v1/chat/completions", "openai-chat"),
    ("/api/chat", "vercel-ui"),
    ("/mcp", "mcp"),
    ("/ag-ui", "ag-ui"),
    ("/agent", AUTO),
)

_BELOW_A_BASE: Final = (
    ("/chat/completions", "openai-chat"),
    ("/responses", "openai-responses"),
    ("/messages", "anthropic"),
)


def given_shape(target: Target) -> Shape | None:
    """What the user said herself; None where she left it to the probe."""
    if target.form is not None:
        form = escaped(target.form)
        method = target.method or "POST"
        return Shape(why="it was given", protocol=target.protocol, method=method, form=form, multipart=target.multipart)
    if target.data is not None:
        body = target.body
        return Shape(
            why="it was given",
            protocol=target.protocol,
            method=target.method or "POST",
            request=None if body is NOT_JSON else escaped(body),
        )
    if target.protocol != AUTO or target.method:
        return Shape(why="it was asked for", protocol=target.protocol, method=target.method or "POST")
    return None


def shape_of_path(target: Target) -> Shape | None:
    """What the URL's path says; None where it says nothing."""
    dialect = dialect_for_path(target.path)
    if dialect is None:
        return None
    return Shape(why=f"{dialect.name} is spoken at paths like {target.path}", protocol=dialect.name)


def shapes_below(target: Target) -> Iterator[Shape]:
    """The endpoints below the base URL of an API, where the target looks like one: http://host/v1."""
    if not target.is_base:
        return
    base, mark, query = target.url.partition("?")
    for path, protocol in _BELOW_A_BASE:
        why = f"{target.path} is the base of an API, and {path} is below it"
        yield Shape(why=why, url=f"{base.rstrip('/')}{path}{mark}{query}", protocol=protocol)


def common_shapes(target: Target) -> Iterator[Shape]:
    """What is tried where nobody says anything."""
    yield Shape(why="it is what most home-made endpoints take")
    yield Shape(
        why="it is common",
        request={"message": "$message", "session_id": "$thread_id", "stream": True},
    )
    if target.path.rstrip("/") == "":
        for path, protocol in _COMMON_PATHS:
            yield Shape(why=f"agents often answer at {path}", url=target.at(path), protocol=protocol)
    for protocol in ("ag-ui", "openai-chat", "a2a-1.0", "vercel-ui"):
        yield Shape(why="it is a known dialect", protocol=protocol)
    for name in ("prompt", "input", "query", "question"):
        yield Shape(why="it is common", request={name: "$message"})
    yield Shape(why="nothing else was understood", method="GET")


# What home-made endpoints call the text, the most usual first.
_NAMES: Final = ("message", "prompt", "query", "question", "input", "text")


def with_every_name() -> Shape:
    """For endpoints that fail without a reason: most of those that check nothing find the text in it."""
    names = dict.fromkeys(_NAMES, "$message")
    return Shape(why="it may miss a field", request={**names, "session_id": "$thread_id"})


def named_shapes() -> Iterator[Shape]:
    """The text under each usual name alone."""
    for name in _NAMES:
        yield Shape(why="it is common", request={name: "$message"})


def pasted(shape: Shape, *, spoken: str = "", has_own_end: bool = False) -> Shape:
    """The shape as it goes into code: what was given word for word becomes a template.

    Args:
        shape: that was answered.
        spoken: the dialect of the answer: where the request was that dialect's own, it writes the next ones, with the
            whole conversation and ids of their own.
        has_own_end: whether the answer ended by an event of the endpoint's own, in a dialect that leaves that to it.
    """
    if has_own_end:
        # From now on an answer without one is not whole.
        shape = msgspec.structs.replace(shape, done=True)
    if shape.template is None or shape.why != "it was given":
        return shape
    if shape.method == "POST" and is_whole_request(spoken, shape.request):
        return msgspec.structs.replace(shape, protocol=spoken, request=None)
    return shape.sending(template_of(shape.template))
