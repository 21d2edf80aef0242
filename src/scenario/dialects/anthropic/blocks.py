"""The blocks of a message, which begin once, in order, before their pieces, and end.

Servers reuse a block's number after its end, or leave numbers out, by habit; where no block is open then, nothing of
the answer can have been lost by that. Anything else says that an event was lost, doubled or swapped.
"""

from __future__ import annotations

from scenario.protocols.assembly import Assembly


class Blocks:
    """Those of one reply; what does not fit is noted in it."""

    def __init__(self, reply: Assembly) -> None:
        self._reply = reply
        # Of the message in hand: those that have begun, those of them that have not ended, and ends without beginning.
        self._begun: set[int | None] = set()
        self._open: set[int | None] = set()
        self._only_ended: set[int | None] = set()
        self._count = 0
        self._keys: dict[int | None, int] = {}

    @property
    def any_is_open(self) -> bool:
        """Whether a block has begun and has not ended."""
        return bool(self._open)

    def next_message(self) -> None:
        """Another message begins, and counts its blocks anew."""
        self._begun.clear()
        self._open.clear()
        self._only_ended.clear()
        self._keys.clear()

    def key(self, index: int | None) -> int:
        """What tells the block that has this number now from all others."""
        if index not in self._keys:
            self._count += 1
            self._keys[index] = self._count
        return self._keys[index]

    def begin(self, index: int | None, *, check: bool) -> None:
        """A block begins."""
        self._keys.pop(index, None)
        if not check:
            return
        if index in self._open:
            self._reply.contradict(f"block {index} began twice")
        elif index in self._begun:
            self._note(f"block {index} began again after its end: it is another one")
        elif index is not None and index > 0 and index - 1 not in self._begun:
            said = f"block {index} began, and block {index - 1} never did"
            if self._open or index - 1 in self._only_ended:
                self._reply.contradict(said)
            else:
                self._note(said)
        self._begun.add(index)
        self._open.add(index)

    def piece(self, index: int | None) -> None:
        """A piece of a block comes."""
        if index not in self._open:
            never = "never began" if index not in self._begun else "had ended"
            self._reply.contradict(f"a piece of block {index} came, which {never}")

    def end(self, index: int | None) -> None:
        """A block ends."""
        self._open.discard(index)
        if index not in self._begun:
            self._only_ended.add(index)

    def _note(self, said: str) -> None:
        if said not in self._reply.notes:
            self._reply.notes += (said,)
