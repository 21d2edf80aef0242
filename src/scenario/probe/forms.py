"""Bodies that are forms: told from other data, and taken from what curl is given. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from scenario.errors import ConfigurationError
from scenario.protocols.json_text import NOT_JSON, read_json

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,80}")
_TYPED: Final = re.compile(r";\s*(?:type|headers|encoder)=.*", re.DOTALL)


def fields_of(data: str, content_type: str = "") -> dict[str, Any] | None:
    """The fields of data that is a urlencoded form, such as q=hello&n=1; None where it is JSON, or meant to be."""
    if "json" in content_type.lower() or data.lstrip()[:1] in ("{", "[", '"') or read_json(data) is not NOT_JSON:
        return None
    pairs = parse_qsl(data.strip(), keep_blank_values=True)
    if not pairs or data.count("&") >= len(pairs) or not all(_NAME.fullmatch(name) for name, _ in pairs):
        return None
    return gathered(pairs) if "=" in data.partition("&")[0] else None


def gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The fields by name; several values of a name are a list."""
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name not in fields:
            fields[name] = value
        else:
            known = fields[name]
            fields[name] = [*(known if isinstance(known, list) else [known]), value]
    return fields


def field_of_curl(option: str, value: str) -> tuple[str, str]:
    """The field that curl's -F or --form-string gives.

    Raises:
        ConfigurationError: it is a file, or no field.
    """
    name, equals, text = value.partition("=")
    if not equals or not name:
        raise ConfigurationError(f"curl's {option} takes NAME=VALUE, and {value[:80]!r} is none.")
    if option == "--form-string":
        return name, text
    if text[:1] in ("@", "<"):
        raise ConfigurationError(
            f"curl's {option} {value[:80]} sends a file, and files are not probed: leave it out, or test with "
            f'scenario.RemoteAgent(…, form={{"{name}": Path("{text[1:].partition(";")[0]}")}}).'
        )
    text = _TYPED.sub("", text)
    return name, text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def without_content_type(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that go with a form, whose Content-Type is its own."""
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}
