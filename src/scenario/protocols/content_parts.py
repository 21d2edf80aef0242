"""The content of OpenAI-style messages, taken apart for dialects that write it otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from scenario.protocols.json_text import write_json


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """A picture in a message: at a URL, or in base64.

    Attributes:
        url: as it stands in the message; a `data:` URL where the picture is in it.
        media_type: the picture's type; empty where the URL does not tell.
        data: base64; empty where the picture is elsewhere.
    """

    url: str
    media_type: str = ""
    data: str = ""


def parts_of(content: object) -> Iterator[str | Image]:
    """The texts and pictures of a message's content, in order; empty texts are left out."""
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, Mapping) and part.get("type") == "image_url":
            yield _image(part.get("image_url"))
        elif text := text_of(part):
            yield text


def text_of(content: object) -> str:
    """The text of a message's content, or of a part of it; pictures have none."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(text_of, content)))
    if isinstance(content, Mapping):
        if isinstance(text := content.get("text"), str):
            return text
        if content.get("type") == "image_url":
            return ""
    return write_json(content)


def calls_of(message: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The id, name and arguments of each tool call of a message."""
    for call in message.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            yield str(call.get("id") or ""), str(function.get("name") or ""), str(function.get("arguments") or "{}")


def _image(image: object) -> Image:
    url = str(image.get("url") if isinstance(image, Mapping) else image)
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        return Image(url=url, media_type=head.removeprefix("data:").removesuffix(";base64"), data=data)
    return Image(url=url)
