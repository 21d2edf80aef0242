"""The content of OpenAI-style messages, taken apart for dialects that write it otherwise."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NoReturn, TypeAlias
from urllib.parse import urlsplit

import msgspec

from scenario.errors import ConfigurationError
from scenario.protocols.json_text import write_json

MediaKind: TypeAlias = Literal["image", "audio", "video", "file"]

# The types of parts, and what each is a part of.
_AT_A_URL: Final[Mapping[object, MediaKind]] = {
    "image_url": "image",
    "input_image": "image",
    "audio_url": "audio",
    "video_url": "video",
}
_FILES: Final = frozenset({"file", "input_file"})
_AUDIO: Final = "input_audio"
_AUDIO_TYPES: Final[Mapping[str, str]] = {"mp3": "audio/mpeg"}


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, a recording or a file in a message: at a URL, or in base64.

    Attributes:
        kind: what it is said to be.
        url: as it stands in the message; a `data:` URL where the bytes are in it, empty where there is only an id.
        media_type: empty where nothing tells it.
        data: base64; empty where the bytes are elsewhere.
        name: a file's name; empty where there is none.
        file_id: of a file that has been uploaded to OpenAI; empty for others.
    """

    kind: MediaKind
    url: str = ""
    media_type: str = ""
    data: str = ""
    name: str = ""
    file_id: str = ""

    @property
    def type_or_any(self) -> str:
        """Its type, for protocols that demand one."""
        return self.media_type or {"file": "application/octet-stream"}.get(self.kind, f"{self.kind}/*")


def parts_of(content: object) -> Iterator[str | Media]:
    """The texts, pictures, recordings and files of a message's content, in order; empty texts are left out."""
    for part in content if isinstance(content, list) else [content]:
        if (media := _media(part)) is not None:
            yield media
        elif text := text_of(part):
            yield text


def text_of(content: object) -> str:
    """The text of a message's content, or of a part of it; pictures and files have none."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(filter(None, map(text_of, content)))
    if isinstance(content, Mapping):
        if isinstance(text := content.get("text"), str):
            return text
        if _media(content) is not None:
            return ""
    return write_json(content)


def media_in(messages: Iterable[Mapping[str, Any]]) -> Iterator[Media]:
    """The pictures, recordings and files of messages, in order."""
    for message in messages:
        if isinstance(content := message.get("content"), list):
            yield from (part for part in parts_of(content) if isinstance(part, Media))


def cannot_carry(media: Media, dialect: str, why: str = "") -> NoReturn:
    """Refuse a part of a message that a dialect has no place for: it is never left out in silence.

    Raises:
        ConfigurationError: always.
    """
    what = {"image": "a picture", "audio": "a recording", "video": "a video", "file": "a file"}[media.kind]
    named = media.name or (media.file_id and f"the id {media.file_id}") or media.media_type
    raise ConfigurationError(
        f"A message holds {what}{f' ({named})' if named else ''}, and {dialect} cannot carry it"
        f"{f': {why}' if why else ''}. Say request={{…}} with a place for it, or leave it out of the conversation."
    )


def calls_of(message: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The id, name and arguments of each tool call of a message."""
    for call in message.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping):
            yield str(call.get("id") or ""), str(function.get("name") or ""), str(function.get("arguments") or "{}")


def _media(part: object) -> Media | None:
    """The part as media; None where it is none."""
    if not isinstance(part, Mapping):
        return None
    kind = part.get("type")
    if (media := _AT_A_URL.get(kind)) is not None:
        held = part.get("image_url" if kind == "input_image" else str(kind))
        url = held.get("url") if isinstance(held, Mapping) else held
        return _at(media, str(url or ""), file_id=str(part.get("file_id") or ""))
    if kind == _AUDIO:
        held = part.get(_AUDIO)
        audio = held if isinstance(held, Mapping) else {}
        form, data = str(audio.get("format") or "wav"), str(audio.get("data") or "")
        return _at("audio", f"data:{_AUDIO_TYPES.get(form, f'audio/{form}')};base64,{data}")
    if kind in _FILES:
        held = part.get("file") if isinstance(part.get("file"), Mapping) else part
        return _file(held if isinstance(held, Mapping) else {})
    return None


def _file(file: Mapping[str, Any]) -> Media:
    name = str(file.get("filename") or "")
    url = str(file.get("file_data") or file.get("file_url") or file.get("url") or "")
    if url and "file_data" in file and not url.startswith("data:"):
        url = f"data:{mimetypes.guess_type(name)[0] or 'application/octet-stream'};base64,{url}"
    return _at("file", url, name=name, file_id=str(file.get("file_id") or ""))


def _at(kind: MediaKind, url: str, *, name: str = "", file_id: str = "") -> Media:
    head, comma, data = url.partition(",")
    if comma and head.startswith("data:") and head.endswith(";base64"):
        # "audio/ogg;codecs=opus" has a parameter of its own.
        media_type = head.removeprefix("data:").removesuffix(";base64")
        return Media(kind=kind, url=url, media_type=media_type, data=data, name=name)
    guessed = mimetypes.guess_type(name or urlsplit(url).path)[0] if "://" in url or name else None
    return Media(kind=kind, url=url, media_type=guessed or "", name=name, file_id=file_id)
