"""Whether what a judge quotes stands in the conversation. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from scenario.agents.message_text import calls_of, text_of
from scenario.types import Message

_PLAIN: Final = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "«": '"', "»": '"'})
_AROUND: Final = " \t\n\"'`*_|>.…"


def checked_quote(messages: Sequence[Message], quote: str, index: int | None) -> tuple[str, int] | None:
    """The quote and the index of the message that it stands in; None where it stands in none.

    Spaces, line ends and the shapes of quotation marks are not compared, letters and case are. The message that the
    judge names is looked at first, then the others, the newest first: it is numbers that judges get wrong.
    """
    wanted = _normalised(quote).strip(_AROUND)
    if not any(char.isalnum() for char in wanted):
        return None
    order = list(range(len(messages)))[::-1]
    if index is not None and 0 <= index < len(messages):
        order = [index, *order]
    for candidate in order:
        if wanted in _normalised(_everything(messages[candidate])):
            return " ".join(quote.split()), candidate
    return None


def _everything(message: Message) -> str:
    return "\n".join([text_of(message), *calls_of(message)])


def _normalised(text: str) -> str:
    # A judge is shown some marks so, and may copy what it is shown.
    return re.sub(r"\s+", " ", text.translate(_PLAIN).replace("&lt;", "<"))
