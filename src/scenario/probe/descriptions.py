"""What agents say of themselves: A2A's card, an OpenAPI document, LangGraph's /info. Pure; all of it is hearsay.

Only paths are taken from a description, never hosts: requests go to the server that the user named, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from scenario.probe.fields import dialect_of_fields, value_for
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.protocols.registry import DIALECTS, dialect_for_path

_DEEPEST: Final = 8
_MOST_SHAPES: Final = 3
_LIKELY_PATHS: Final = ("chat", "agent", "ask", "message", "invoke", "run", "stream", "query", "completion", "generate")


def agent_card(target: Target, value: Any) -> Iterator[Shape]:
    """A2A: where and in which version the agent is spoken to."""
    if not isinstance(value, dict) or not ("skills" in value or "capabilities" in value):
        return
    for interface in _listed(value.get("supportedInterfaces")):
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


def langgraph_info(_target: Target, value: Any) -> Iterator[Shape]:
    """LangGraph Server: its version and flags."""
    if isinstance(value, dict) and ("langgraph_py_version" in value or {"version", "flags"} <= value.keys()):
        yield Shape(why="/info is that of a LangGraph server", protocol="langgraph")


def openapi(target: Target, value: Any) -> Iterator[Shape]:
    """An OpenAPI document: the target's own path, or the paths that look like an agent's."""
    paths = value.get("paths") if isinstance(value, dict) else None
    if not isinstance(paths, dict):
        return
    if "/threads/{thread_id}/runs/stream" in paths:
        yield Shape(why="its OpenAPI document is LangGraph's", protocol="langgraph")
    own = target.path.rstrip("/") or "/"
    names = [path for path in paths if isinstance(path, str) and (path.rstrip("/") or "/") == own]
    if not names and own == "/":
        known = [path for path in paths if isinstance(path, str) and "{" not in path and _takes_post(paths[path])]
        names = [path for path in known if dialect_for_path(path) is not None]
        names += [path for path in known if any(word in path.lower() for word in _LIKELY_PATHS)]
    for path in list(dict.fromkeys(names))[:_MOST_SHAPES]:
        yield from _path(target, value, path, paths[path])


def _takes_post(item: Any) -> bool:
    return isinstance(item, dict) and "post" in item


def _path(target: Target, document: dict[str, Any], path: str, item: Any) -> Iterator[Shape]:
    if not isinstance(item, dict):
        return
    url = "" if path.rstrip("/") == target.path.rstrip("/") else target.at(path)
    why = f"its OpenAPI document has {path}"
    if not _takes_post(item):
        if "get" in item:
            yield Shape(why=f"{why} with GET", url=url, method="GET")
        return
    schema = _resolved(document, _at(item, "post", "requestBody", "content", "application/json", "schema"))
    dialect = dialect_for_path(path)
    properties = schema.get("properties")
    if isinstance(properties, dict):
        marked = dialect_of_fields(properties)
        if marked is not None:
            yield Shape(why=f"{why}, whose body is that of {marked}", url=url, protocol=marked)
        elif dialect is None:
            yield Shape(why=f"{why} and its body", url=url, request=_filled(document, schema))
    if dialect is not None:
        yield Shape(why=why, url=url, protocol=dialect.name)


def _filled(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A body for a schema: what is required, and what streams."""
    required = {name for name in schema.get("required") or () if isinstance(name, str)}
    properties = schema["properties"]
    body: dict[str, Any] = {}
    for name, described in properties.items():
        inner = _resolved(document, described)
        value = value_for(name, _kind(inner))
        if name in required or value is not None:
            body[name] = _default(inner) if value is None else value
    if not any(value in ("$message", "$messages") for value in body.values()):
        texts = [name for name in body if name in required and _is_free_text(_resolved(document, properties[name]))]
        if texts:
            body[texts[0]] = "$message"
    return body


def _is_free_text(schema: Mapping[str, Any]) -> bool:
    return _kind(schema) == "string" and not schema.keys() & {"enum", "const", "default", "format", "pattern"}


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    options = [option.get("type") for option in _listed(schema.get("anyOf")) if option.get("type") != "null"]
    return str(options[0]) if options and isinstance(options[0], str) else ""


_EMPTY: Final[Mapping[str, Callable[[], Any]]] = {
    "string": str, "integer": int, "number": int, "boolean": bool, "array": list, "object": dict,
}  # fmt: skip


def _default(schema: Mapping[str, Any]) -> Any:
    if "default" in schema:
        return schema["default"]
    if isinstance(choices := schema.get("enum"), list) and choices:
        return choices[0]
    return _EMPTY.get(_kind(schema), str)()


def _resolved(document: dict[str, Any], schema: Any) -> dict[str, Any]:
    """A schema with its references followed, a few of them at most."""
    for _ in range(_DEEPEST):
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            break
        schema = _at(document, *reference[2:].split("/"))
    return schema if isinstance(schema, dict) else {}


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _listed(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


# Where descriptions are, and who reads them, the most telling first.
DESCRIPTIONS: Final[tuple[tuple[str, Callable[[Target, Any], Iterator[Shape]]], ...]] = (
    ("/openapi.json", openapi),
    ("/.well-known/agent-card.json", agent_card),
    ("/info", langgraph_info),
)
