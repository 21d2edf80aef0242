"""What agents say of themselves: A2A's card, an OpenAPI document, LangGraph's /info. Pure; all of it is hearsay.

Only paths are taken from a description, never hosts: requests go to the server that the user named, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from scenario.agents.remote.form import MULTIPART
from scenario.probe.fields import body_from_names, dialect_of_fields
from scenario.probe.schemas import at, filled, filled_by_name, holds_text, listed, resolved
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.protocols.registry import DIALECTS, dialect_for_path

_MOST_SHAPES: Final = 3
_FORMS: Final = ("application/x-www-form-urlencoded", MULTIPART)
_LIKELY_PATHS: Final = (
    "chat",
    "agent",
    "ask",
    "message",
    "invoke",
    "run",
    "stream",
    "query",
    "completion",
    "generate",
    "convers",
    "dialog",
    "assist",
    "answer",
    "talk",
)


def agent_card(target: Target, value: Any) -> Iterator[Shape]:
    """A2A: where and in which version the agent is spoken to."""
    if not isinstance(value, dict) or not ("skills" in value or "capabilities" in value):
        return
    for interface in listed(value.get("supportedInterfaces")):
        binding = str(interface.get("protocolBinding", "")).upper()
        is_old = str(interface.get("protocolVersion", "1.0")).startswith("0")
        protocol = "a2a-1.0-rest" if binding == "HTTP+JSON" else "a2a-0.3" if is_old else "a2a-1.0"
        if binding in ("JSONRPC", "HTTP+JSON") and protocol in DIALECTS:
            suffix = "/message:stream" if protocol == "a2a-1.0-rest" else ""
            yield Shape(why="its agent card names it", url=_same_server(target, interface) + suffix, protocol=protocol)
    if "url" in value:
        protocol = "a2a-0.3" if str(value.get("protocolVersion", "0.3")).startswith("0") else "a2a-1.0"
        yield Shape(why="its agent card names it", url=_same_server(target, value), protocol=protocol)


def _same_server(target: Target, described: Mapping[str, Any]) -> str:
    path = urlsplit(str(described.get("url", ""))).path or "/"
    return target.at(path if path.startswith("/") else f"/{path}").rstrip("/") or target.url


def info(_target: Target, value: Any) -> Iterator[Shape]:
    """LangGraph Server: its version and flags; AgentOS: Agno's version."""
    if isinstance(value, dict) and "agno_version" in value:
        yield Shape(why="/info is that of AgentOS", protocol="agno")
    if isinstance(value, dict) and ("langgraph_py_version" in value or {"version", "flags"} <= value.keys()):
        yield Shape(why="/info is that of a LangGraph server", protocol="langgraph")


def openapi(target: Target, value: Any) -> Iterator[Shape]:
    """An OpenAPI document: the target's own path, or the paths that look like an agent's."""
    paths = value.get("paths") if isinstance(value, dict) else None
    if not isinstance(paths, dict):
        return
    if "/threads/{thread_id}/runs/stream" in paths:
        yield Shape(why="its OpenAPI document is LangGraph's", protocol="langgraph")
    if "/agents/{agent_id}/runs" in paths and "/agents/{agent_id}/runs/{run_id}/continue" in paths:
        yield Shape(why="its OpenAPI document is that of AgentOS", protocol="agno")
        return
    own = target.path.rstrip("/") or "/"
    if own == "/" and "/gradio_api/call/{api_name}" in paths:
        yield Shape(why="its OpenAPI document is that of a Gradio app", protocol="gradio")
        return
    if served := [path for path in _runnables(paths) if own in ("/", path, path.removesuffix("/stream"), f"{path}/")]:
        for path in served[:_MOST_SHAPES]:
            yield Shape(why="its OpenAPI document is LangServe's", url=target.at(path), protocol="langserve")
        return
    names = [path for path in paths if isinstance(path, str) and (path.rstrip("/") or "/") == own]
    if not names and own == "/":
        known = [path for path in paths if isinstance(path, str) and "{" not in path and _takes_post(paths[path])]
        names = [path for path in known if dialect_for_path(path) is not None]
        likely = [path for path in known if any(word in path.lower() for word in _LIKELY_PATHS)]
        names += [path for path in known if _streams(paths[path])]
        names += [path for path in likely if "stream" in path.lower()] + likely
        names += [path for path in known if _takes_text(value, paths[path])]
        if not names:
            gets = [path for path in paths if isinstance(path, str) and "{" not in path and at(paths[path], "get")]
            names += [path for path in gets if any(word in path.lower() for word in _LIKELY_PATHS)]
    for path in list(dict.fromkeys(names))[:_MOST_SHAPES]:
        yield from _path(target, value, path, paths[path])


def _runnables(paths: Mapping[Any, Any]) -> list[str]:
    """Where LangServe's runnables are streamed."""
    bases = [str(path).removesuffix("/input_schema") for path in paths if str(path).endswith("/input_schema")]
    return [f"{base}/stream" for base in bases if f"{base}/stream" in paths and f"{base}/invoke" in paths]


def _query(document: dict[str, Any], operation: Any) -> list[str]:
    """The parameters that a query has to have."""
    given = [resolved(document, one) for one in listed(at(operation, "parameters"))]
    return [str(one.get("name")) for one in given if one.get("in") == "query" and one.get("required") is True]


def _streams(item: Any) -> bool:
    """Whether an answer is declared as an event stream."""
    content = at(item, "post", "responses", "200", "content")
    return isinstance(content, dict) and "text/event-stream" in content


def _takes_text(document: dict[str, Any], item: Any) -> bool:
    """Whether what is sent to a path has a place for text that its name tells."""
    schema = _schema(document, item, "application/json")
    return isinstance(schema.get("properties"), dict) and holds_text(filled_by_name(document, schema))


def _schema(document: dict[str, Any], item: Any, kind: str) -> dict[str, Any]:
    return resolved(document, at(item, "post", "requestBody", "content", kind, "schema"))


def _takes_post(item: Any) -> bool:
    return isinstance(item, dict) and "post" in item


def _path(target: Target, document: dict[str, Any], path: str, item: Any) -> Iterator[Shape]:
    if not isinstance(item, dict):
        return
    url = "" if path.rstrip("/") == target.path.rstrip("/") else target.at(path)
    why = f"its OpenAPI document has {path}"
    if not _takes_post(item):
        if "get" in item:
            names = _query(document, item["get"])
            yield Shape(why=f"{why} with GET", url=url, method="GET", request=body_from_names(names) if names else None)
        return
    schema = _schema(document, item, "application/json")
    dialect = dialect_for_path(path)
    properties = schema.get("properties")
    for kind in () if isinstance(properties, dict) else _FORMS:
        form = _schema(document, item, kind)
        if isinstance(form.get("properties"), dict) and (fields := filled(document, form)):
            yield Shape(why=f"{why} and its form", url=url, form=fields, multipart=kind == MULTIPART)
    if isinstance(properties, dict):
        marked = dialect_of_fields(properties)
        if marked is not None:
            yield Shape(why=f"{why}, whose body is that of {marked}", url=url, protocol=marked)
        elif dialect is None:
            yield Shape(why=f"{why} and its body", url=url, request=filled(document, schema))
    if dialect is not None:
        yield Shape(why=why, url=url, protocol=dialect.name)


# Where descriptions are, and who reads them, the most telling first.
DESCRIPTIONS: Final[tuple[tuple[str, Callable[[Target, Any], Iterator[Shape]]], ...]] = (
    ("/openapi.json", openapi),
    ("/.well-known/agent-card.json", agent_card),
    ("/info", info),
)
