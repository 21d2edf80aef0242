"""Lines of an event stream that its readers skip, and that were a part of the answer."""

from __future__ import annotations

from typing import Final

from scenario.protocols.event_names import is_keep_alive
from scenario.types import Damage
from scenario.wire.event import ServerSentEvent
from scenario.wire.stray_lines import StrayLine, StrayLines

_MEANT: Final = "the line is no field, and may have been meant as `data:`"
_TEXT: Final = "the line is no field: each line of a text needs a `data: ` of its own, empty ones too"


def lost_lines(stray: StrayLines, *, in_text: bool, end: int | None) -> list[Damage]:
    """What of the answer the skipped lines were.

    Args:
        stray: the lines.
        in_text: the events bring text as it is, so that a line by itself is one of it.
        end: how many events there are, where the last of them has ended the answer: nothing is lost after it.
    """
    lost = [Damage(index=line.index, data=line.text, reason=_MEANT) for line in stray.lost if line.index != end]
    if in_text:
        texts = [line for line in stray.texts if line.index != end and not _is_keep_alive(line)]
        lost += [Damage(index=line.index, data=line.text, reason=_TEXT) for line in texts]
    return sorted(lost, key=lambda one: one.index)


def _is_keep_alive(line: StrayLine) -> bool:
    return is_keep_alive(ServerSentEvent(event=line.text.strip(), data=line.text))
