"""Server-sent events, written so that they read back equal."""

from __future__ import annotations

from scenario.errors import WireError
from scenario.wire.event import ServerSentEvent
from scenario.wire.sse import MAX_RETRY_DIGITS


def encode(event: ServerSentEvent, *, last_event_id: str = "") -> bytes:
    """Write one event, so that a parser reads an equal one.

    A CRLF in the data becomes LF, since a stream does not tell line ends apart; everything else is kept to the letter.

    Args:
        event: what to write.
        last_event_id: the id that the reader has by then. An `id` line is written where the event's differs.

    Raises:
        WireError: the event cannot be written so: a lone CR in its data, CR or LF in its type or id, NUL in its id, an
            empty type, a negative `retry` or one of more than 640 digits, or a surrogate, which UTF-8 does not have.
    """
    data = event.data.replace("\r\n", "\n")
    _refuse_unwritable(event, data)
    lines = []
    if event.id != last_event_id:
        lines.append(f"id: {event.id}")
    if event.event != "message":
        lines.append(f"event: {event.event}")
    if event.retry is not None:
        lines.append(f"retry: {event.retry}")
    lines += [f"data: {line}" for line in data.split("\n")]
    return _utf8("\n".join(lines)) + b"\n\n"


def encode_comment(text: str) -> bytes:
    """Write one comment, as a keep-alive is sent: a colon, the text as it is, and two line feeds.

    Raises:
        WireError: the text holds a line end, or a surrogate.
    """
    if _holds(text, "\r\n"):
        raise WireError("The comment holds a line end. Write one comment for each line.")
    return _utf8(f":{text}") + b"\n\n"


def _refuse_unwritable(event: ServerSentEvent, data: str) -> None:
    if "\r" in data:
        raise WireError("The data holds a CR, which would be read as the end of a line. Write LF instead.")
    if not event.event:
        raise WireError('The event type is empty, which would be read as "message". Name one.')
    if _holds(event.event, "\r\n"):
        raise WireError(f"The event type {event.event!r} holds a line end, which an `event` line cannot carry.")
    if _holds(event.id, "\0\r\n"):
        raise WireError(f"The id {event.id!r} holds a NUL or a line end, which an `id` line cannot carry.")
    if event.retry is not None and not 0 <= event.retry < 10**MAX_RETRY_DIGITS:
        raise WireError(f"A retry is written in 1 to {MAX_RETRY_DIGITS} digits of milliseconds, without a sign.")


def _holds(text: str, characters: str) -> bool:
    return any(character in text for character in characters)


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise WireError(f"The text cannot be written as UTF-8: {error}.") from error
