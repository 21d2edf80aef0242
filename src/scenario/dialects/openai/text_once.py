"""The text of a chat's answer, once: also where a piece of it holds everything that came before.

A word that is said twice stays twice. A piece is taken for the text so far only where that is certain: at least three
of them have grown, each beginning with the one before, or the last of an answer's pieces is all of it once more.
Repeated digits, dashes and syllables are no such pieces. What may be one is held back until the next piece tells.
"""

from __future__ import annotations

from typing import Final

from scenario.protocols.assembly import Assembly
from scenario.protocols.json_text import shortened

_SO_FAR: Final = "each piece of text held those before it: the text is taken once"
_LAST: Final = "the last piece repeated the text that came in pieces"
_WHOLE: Final = "a whole completion repeated the text that came in pieces"
# A last piece that begins with all the text and adds to it is one that repeats it, if that is so long.
_LONG: Final = 12


class TextOnce:
    """Adds pieces to a reply's message, and leaves out of them what has been said."""

    def __init__(self, reply: Assembly) -> None:
        self._reply = reply
        # Of the answer in hand: where it begins among the pieces of the message, its length, its pieces.
        self._start = 0
        self._size = 0
        self._count = 0
        self._held = ""
        self._grows = False
        self._ended = False

    def add(self, piece: str) -> str:
        """Take in a piece; what is new of it, with what was held back before."""
        if self._ended:
            self._begin_anew()
        if self._grows:
            return self._rest(piece)
        held, self._held = self._held, ""
        if not held:
            return self._piece(piece)
        if len(piece) > len(held) and piece.startswith(held):
            self._grows = True
            self._reply.note(_SO_FAR)
            return self._rest(piece)
        return self._say(held) + self._piece(piece)

    def more(self, pieces: list[str]) -> list[str] | None:
        """Take in pieces of which none can hold what came before; None, and nothing is, where one could."""
        if self._ended or self._grows or self._held or not self._size:
            return None
        longest = max(map(len, pieces))
        if longest > 1 and longest >= self._size:
            told = self._told()
            if any(piece.startswith(told) for piece in pieces):
                return None
        taken = self._reply.more_text(pieces)
        if taken is not None:
            self._size += sum(map(len, pieces))
            self._count += len(pieces)
        return taken

    def end(self) -> str:
        """The answer has ended: what was held back and is new."""
        held, self._held, self._ended = self._held, "", True
        if not held or self._grows:
            return ""
        if self._count > 1 and (len(held) == self._size or self._size >= _LONG):
            self._reply.note(_LAST)
            return self._say(held[self._size :])
        return self._say(held)

    def whole(self, text: str) -> str | None:
        """The whole text, after its pieces: what is new of it; None where it is another one."""
        held, self._held = self._held, ""
        if held:
            self._say(held)
        told, bare = self._told(), "".join(text.split())
        said = "".join(told.split())
        if not (said and (said.endswith(bare) or text.startswith(told))):
            return None
        self._reply.note(_WHOLE)
        rest = text[len(told) :] if text.startswith(told) and said != bare else ""
        return held + self._say(rest)

    def _begin_anew(self) -> None:
        """The model was called again: what it says may well be what it has said before."""
        self._start = len(self._reply.message().texts) if self._size else 0
        self._size = self._count = 0
        self._grows = self._ended = False

    def _piece(self, piece: str) -> str:
        if 0 < self._size <= len(piece) and self._may_repeat(piece):
            self._held = piece
            return ""
        return self._say(piece)

    def _may_repeat(self, piece: str) -> bool:
        told = self._told()
        grown = len(piece) > len(told) or self._count > 1
        return grown and piece.startswith(told) and not (_is_rhythm(piece) or _is_rhythm(told))

    def _rest(self, piece: str) -> str:
        told = self._told()
        if piece.startswith(told):
            return self._say(piece[len(told) :])
        if not told.startswith(piece):
            self._reply.contradict(f"the text so far was {shortened(told)}, and then {shortened(piece)}")
        return ""

    def _told(self) -> str:
        return "".join(self._reply.message().texts[self._start :]) if self._size else ""

    def _say(self, piece: str) -> str:
        if not piece:
            return ""
        self._size += len(piece)
        self._count += 1
        return self._reply.text(piece)


def _is_rhythm(text: str) -> bool:
    """Whether a text is one thing again and again, or nothing that anybody would read out: digits, dashes, dots."""
    return not any(map(str.isalpha, text)) or text in (text + text)[1:-1]
