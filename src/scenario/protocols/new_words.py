"""What the user has said since the agent last spoke, for agents that keep the conversation themselves. Pure."""

from __future__ import annotations

import base64
import mimetypes

from scenario.errors import ConfigurationError
from scenario.protocols.content_parts import Media, text_of
from scenario.protocols.multipart import FormFile
from scenario.protocols.protocol import Turn
from scenario.types import Message


def new_messages(turn: Turn) -> list[Message]:
    """The user's messages that are new; the last one where none is."""
    new = [message for message in turn.new_messages if message.get("role") == "user"]
    return new or [message for message in turn.messages if message.get("role") == "user"][-1:]


def new_words(turn: Turn) -> str:
    """Their texts, a line apart."""
    return "\n".join(text for message in new_messages(turn) if (text := text_of(message.get("content"))))


def file_of(media: Media) -> FormFile:
    """A picture, a recording or a file as a form has it; its name has an ending that tells its type.

    Raises:
        ConfigurationError: its bytes are no base64.
    """
    ending = mimetypes.guess_extension(media.media_type.partition(";")[0]) or ""
    try:
        data = base64.b64decode(media.data, validate=True)
    except ValueError as error:
        raise ConfigurationError(f"A message holds a file whose data: URL is no base64: {error}.") from error
    return FormFile(media.name or f"{media.kind}{ending}", data, media.type_or_any)
