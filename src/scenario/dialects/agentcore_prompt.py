"""What an AgentCore runtime is asked: a text, or content blocks as Bedrock's Converse has them where there is more.

Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html; Strands' agents take the
same blocks for a prompt. In JSON, bytes are base64.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import Media, cannot_carry, media_in, parts_of
from scenario.protocols.text_in_json import text_in
from scenario.types import Message

_DIALECT: Final = "Bedrock's Converse"
_BLOCKS: Final = {"image": "image", "video": "video", "file": "document"}
# Converse names formats by their endings.
_FORMATS: Final = {
    "text/plain": "txt",
    "text/markdown": "md",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
# What a document's name may not have.
_ODD: Final = late_pattern(r"[^A-Za-z0-9\s()\[\]-]+")


def prompt_of(messages: Sequence[Message]) -> str | list[dict[str, Any]]:
    """The prompt for what was said."""
    if next(media_in(messages), None) is None:
        texts = [text_in(message.get("content")) for message in messages]
        return "\n\n".join(text for text in texts if text)
    return [_block(part) for message in messages for part in parts_of(message.get("content"))]


def _block(part: str | Media) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if part.kind not in _BLOCKS:
        cannot_carry(part, _DIALECT, "it knows texts, pictures, videos and documents")
    if part.data:
        source: dict[str, Any] = {"bytes": part.data}
    elif part.url.startswith("s3://"):
        source = {"s3Location": {"uri": part.url}}
    else:
        cannot_carry(part, _DIALECT, "it takes files by their bytes, or from S3")
    kind = _BLOCKS[part.kind]
    of_type = part.media_type.partition(";")[0]
    made = {"format": _FORMATS.get(of_type, of_type.partition("/")[2] or "txt"), "source": source}
    if kind == "document":
        made["name"] = _ODD.sub("-", PurePosixPath(part.name).stem) or "document"
    return {kind: made}
