"""Templates that are one text: what replaces a placeholder is escaped for the place where it stands.

Within JSON a text stays one text, whatever quotes and line ends are in it; so it does in a form's fields and in XML.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote_plus

from scenario.agents.remote import template
from scenario.agents.remote.body import Encoded, in_a_field, json_bytes
from scenario.protocols.json_text import NOT_JSON, read_json

Place: TypeAlias = Literal["json", "form", "xml", "text"]

_TYPES: Final[Mapping[Place, str]] = {
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml; charset=utf-8",
    "text": "text/plain; charset=utf-8",
}


def place_of(text: str, content_type: str) -> Place:
    """What the placeholders of a text stand in.

    Args:
        text: the template.
        content_type: what the user says that it is; empty where nothing is said.
    """
    declared = content_type.partition(";")[0].strip().lower()
    if declared == "application/x-www-form-urlencoded":
        return "form"
    if declared.endswith(("/xml", "+xml")) or (not declared and text.lstrip().startswith("<?xml")):
        return "xml"
    if text.lstrip().startswith(("{", "[")) and read_json(_example(text)) is not NOT_JSON:
        return "json"
    return "text"


def _in_xml(value: str) -> str:
    """Escaped for a text and for an attribute: what `xml.sax` has, which loads HTTP and mail for it."""
    import html  # its table of entities is large, and few agents are asked in a form

    return html.escape(value, quote=False).replace('"', "&quot;").replace("'", "&apos;")


def check_text(text: str, content_type: str, *, argument: str) -> None:
    """Refuse placeholders that mean nothing there, or stand where their values do not fit.

    Raises:
        ConfigurationError: there is one.
    """
    if place_of(text, content_type) != "json":
        template.check(text, argument=argument)
        return
    for before, match, quoted in _placeholders(text):
        # A list may stand in JSON by itself, or be all that is between two quotes.
        is_whole = not quoted or (before.endswith('"') and text[match.end() : match.end() + 1] == '"')
        template.check(match[0] if is_whole else f" {match[0]}", argument=argument)


def text_body(text: str, content_type: str, values: template.Values, environment: template.Environment) -> Encoded:
    """The text with its placeholders replaced, each escaped for its place."""
    place = place_of(text, content_type)
    if place == "json":
        return Encoded(_json(text, values, environment).encode("utf-8", "replace"), _TYPES[place])
    escaped: Callable[[str], str] = {
        "form": lambda value: quote_plus(value, errors="replace"),
        "xml": _in_xml,
    }.get(place, str)

    def value_of(name: str) -> str:
        value = values(name)
        return "" if value is None else escaped(in_a_field(value))

    made = template.rendered_text(text, value_of, lambda name: escaped(environment(name)))
    return Encoded(made.encode("utf-8", "replace"), _TYPES[place])


def _json(text: str, values: template.Values, environment: template.Environment) -> str:
    made: list[str] = []
    position = 0
    for _, match, quoted in _placeholders(text):
        made.append(text[position : match.start()])
        position = match.end()
        if match[1]:
            made.append("$")
            continue
        value = environment(match[2]) if match[2] else values(match[3])
        if not quoted:
            made.append(_unquoted(value, from_environment=bool(match[2])))
        elif isinstance(value, list | dict) and made[-1].endswith('"') and text[position : position + 1] == '"':
            made[-1] = made[-1][:-1]
            made.append(json_bytes(value).decode())
            position += 1
        else:
            made.append(json.dumps("" if value is None else in_a_field(value), ensure_ascii=False)[1:-1])
    return "".join(made) + text[position:]


def _unquoted(value: Any, *, from_environment: bool) -> str:
    if value is None:
        return "null"
    if from_environment and read_json(value) is not NOT_JSON:
        return str(value)
    return json_bytes(value).decode()


def _example(text: str) -> str:
    """The text with plain values for its placeholders."""
    made: list[str] = []
    position = 0
    for _, match, quoted in _placeholders(text):
        made += [text[position : match.start()], "" if quoted else "null"]
        position = match.end()
    return "".join(made) + text[position:]


def _placeholders(text: str) -> Iterator[tuple[str, Any, bool]]:
    """What stands before each placeholder since the one before it, the placeholder, and whether it is in a string."""
    quoted = False
    position = 0
    for match in template.PLACEHOLDER.finditer(text):
        before = text[position : match.start()]
        for index, character in enumerate(before):
            if character == '"':
                backslashes = len(before[:index]) - len(before[:index].rstrip("\\"))
                quoted = quoted if quoted and backslashes % 2 else not quoted
        yield before, match, quoted
        position = match.end()
