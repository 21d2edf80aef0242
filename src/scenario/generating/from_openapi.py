"""Goals from an OpenAPI document: examples of what is said, and what its other operations do. Pure; all is hearsay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from scenario.generating.goal import REQUEST, Goal
from scenario.generating.hearsay import LONGEST_TITLE, said
from scenario.probe.schemas import at, resolved

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SAID: Final = frozenset({"message", "text", "input", "query", "question", "prompt", "content", "user_input"})
_NO_TOOLS: Final = ("health", "ready", "live", "metrics", "openapi", "docs", "ping", "version", "info", ".well-known")
_MOST_PATHS: Final = 200
_MOST_EXAMPLES: Final = 8
_DEEPEST: Final = 8
_WIDEST: Final = 100


def is_openapi(value: Any) -> bool:
    """Whether a value is an OpenAPI document, as far as its names tell."""
    return isinstance(value, dict) and isinstance(value.get("paths"), dict)


def goals_of_openapi(document: dict[str, Any], path: str) -> Iterator[Goal]:
    """First what is said to the agent by its examples, then what the other operations are for.

    Args:
        document: the document.
        path: where the agent answers.
    """
    others = list[Goal]()
    for name, item in list(document["paths"].items())[:_MOST_PATHS]:
        if not isinstance(name, str) or not isinstance(item, dict):
            continue
        for method in _METHODS:
            operation = item.get(method)
            if not isinstance(operation, dict):
                continue
            if (name.rstrip("/") or "/") == (path.rstrip("/") or "/"):
                yield from _of_the_agent(document, name, method, operation)
            elif not any(word in name.lower() for word in _NO_TOOLS):
                others += _of_a_tool(name, method, operation)
    yield from others


def _of_the_agent(document: dict[str, Any], name: str, method: str, operation: dict[str, Any]) -> Iterator[Goal]:
    title = said(operation.get("summary"), LONGEST_TITLE) or name
    about = said(operation.get("description")) or title
    source = f"the example of {method.upper()} {said(name, LONGEST_TITLE)} in its OpenAPI document"
    responses = operation.get("responses")
    checks = {"status": 200} if isinstance(responses, dict) and "200" in responses else {}
    for number, line in enumerate(_examples(document, operation), 1):
        wish = f"{about} For example: {line}"
        yield Goal(title=f"{title} {number}", wish=wish, lines=(line,), checks=checks, source=source)


def _of_a_tool(name: str, method: str, operation: dict[str, Any]) -> Iterator[Goal]:
    summary = said(operation.get("summary"), LONGEST_TITLE)
    about = said(operation.get("description"))
    if not summary and not about:
        return
    wish = f"{summary}. {about}" if summary and about else summary or about
    source = f"{method.upper()} {said(name, LONGEST_TITLE)} of its OpenAPI document"
    yield Goal(title=summary or about[:40], wish=wish, lines=(f"{REQUEST}{wish}",), source=source)


def _examples(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """What is said in the examples of a request, each text once."""
    content = resolved(document, operation.get("requestBody")).get("content")
    body = at(content, "application/json") or {}
    schema = resolved(document, at(body, "schema"))
    named = at(body, "examples")
    values = [
        at(body, "example"),
        *([at(one, "value") for one in list(named.values())[:_WIDEST]] if isinstance(named, dict) else []),
    ]
    values += [schema.get("example"), *(_list(schema.get("examples")))]
    properties = schema.get("properties")
    for name, inner in list(properties.items())[:_WIDEST] if isinstance(properties, dict) else []:
        field = resolved(document, inner)
        values += [{name: one} for one in (field.get("example"), *_list(field.get("examples")))]
    texts = (text for value in values for text in _said_in(value, 0))
    return list(dict.fromkeys(texts))[:_MOST_EXAMPLES]


def _said_in(value: Any, depth: int) -> Iterator[str]:
    """The texts at names that tell that they are said; of a list of messages the last of the user's."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, inner in list(value.items())[:_WIDEST]:
            if isinstance(inner, str) and name in _SAID and (text := said(inner)):
                yield text
            elif isinstance(inner, dict | list):
                yield from _said_in(inner, depth + 1)
    elif isinstance(value, list):
        users = [
            one for one in value[:_WIDEST] if isinstance(one, dict) and one.get("role", "user") in ("user", "human")
        ]
        for one in users[-1:]:
            yield from _said_in(one, depth + 1)


def _list(value: Any) -> list[Any]:
    return value[:_WIDEST] if isinstance(value, list) else []
