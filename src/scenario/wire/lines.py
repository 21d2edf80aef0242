"""What the parsers of this room share: the byte-order mark, and the error of a limit that was passed."""

from __future__ import annotations

from typing import Final

from scenario.errors import ConfigurationError, WireLimitError

MIB: Final = 1024 * 1024
BOM: Final = b"\xef\xbb\xbf"


def without_bom(start: bytes) -> bytes | None:
    """The start of a stream without its byte-order mark, or None while more bytes are needed to tell."""
    if len(start) < len(BOM) and BOM.startswith(start):
        return None
    return start.removeprefix(BOM)


def checked_limit(name: str, value: int) -> int:
    """The limit's value.

    Raises:
        ConfigurationError: the value is below one.
    """
    if value < 1:
        counted = "bytes" if name.endswith("_bytes") else name.removeprefix("max_")
        raise ConfigurationError(f"{name} is {value}, and must be at least 1 (it is a number of {counted}).")
    return value


def limit_error(what: str, limit: str, maximum: int, parser: str) -> WireLimitError:
    """The error for a stream whose `what` is larger than the limit of that name, set by an argument of `parser`."""
    message = f"{what} is longer than {limit} ({maximum} bytes) allows. If it is meant to be: {parser}({limit}=…)."
    return WireLimitError(message, limit=limit, maximum=maximum)
