"""A recorded answer, and what it is to be read as."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TypeAlias

import msgspec

from scenario.errors import ConfigurationError
from scenario.protocols.captured import captured
from scenario.types import Outcome


class Transcript(msgspec.Struct, frozen=True):
    """A recorded answer.

    Attributes:
        body: its bytes.
        name: what failures call it; its number by default.
        headers: of the response. Without a Content-Type, that of the dialect's usual framing.
        status: of the response.
        outcome: what it is to be read as: "complete", "truncated" (it is cut) or "error" (the agent reports one).
        text: the text that is to be read in it; None where nothing is said of that.
        exceptions: rules that this answer breaks, by name, each with the reason why that must be.
    """

    body: bytes
    name: str = ""
    headers: Mapping[str, str] = {}
    status: int = 200
    outcome: Outcome = "complete"
    text: str | None = None
    exceptions: Mapping[str, str] = {}


Given: TypeAlias = "Transcript | bytes | PathLike[str]"


def transcript_of(given: Given, number: int) -> Transcript:
    """What was given, as a transcript with a name.

    Args:
        given: a transcript, a body that is whole, or a file that holds one; `curl -i` writes its headers before it.
        number: its place among the others, from 1.

    Raises:
        ConfigurationError: it is none of these.
    """
    match given:
        case Transcript():
            return given if given.name else msgspec.structs.replace(given, name=f"number {number}")
        case bytes():
            return Transcript(given, name=f"number {number}")
        case PathLike():
            path = Path(given)
            response = captured(path.read_bytes())
            if response.head is None:
                return Transcript(response.body, name=path.name)
            head = response.head
            return Transcript(response.body, name=path.name, headers=head.headers, status=head.status)
    raise ConfigurationError(
        f"check_dialect: a transcript is {type(given).__name__}; give a Transcript, bytes, or a file's path."
    )
