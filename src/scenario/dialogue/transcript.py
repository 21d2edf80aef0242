"""The conversation so far, and what of it each participant has not seen yet.

A turn costs the same however long the conversation is: nothing here copies what was said before, unless somebody reads
it. What was handed out stays as it was: a later message, or a rollback, does not change it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from scenario.dialogue.message import copied
from scenario.errors import ScriptError
from scenario.types import Message


class Entry(NamedTuple):
    """A message with its origin.

    Attributes:
        author: the index of the participant that said it; None where a test or a script did.
        turn: the index of the turn it was said in.
    """

    message: Message
    author: int | None
    turn: int


class _Shelf:
    """Where snapshots find their messages; a rollback puts a copy of the old list here before it cuts the live one."""

    __slots__ = ("messages",)

    def __init__(self, messages: list[Message]) -> None:
        self.messages = messages


class Transcript:
    """The messages in order, who said them, and how far each participant has read.

    Attributes:
        messages: the live list, which checks read. Appending to it directly is possible and reaches no participant's
            new messages.
    """

    def __init__(self, participants: int) -> None:
        self.messages: list[Message] = []
        self._entries: list[Entry] = []
        self._seen = [0] * participants
        self._shelf = _Shelf(self.messages)

    def add(self, message: Message, *, author: int | None, turn: int) -> int:
        """Append a message and queue it for everybody but its author; returns its index."""
        self.messages.append(message)
        self._entries.append(Entry(message, author, turn))
        return len(self.messages) - 1

    def snapshot(self) -> Callable[[], list[Message]]:
        """The conversation as it stands now, copied when it is first read."""
        shelf, length = self._shelf, len(self.messages)
        return lambda: [copied(message) for message in shelf.messages[:length]]

    def take_new(self, participant: int) -> Callable[[], list[Message]]:
        """What this participant has not seen yet, its own messages left out; from now on it counts as seen."""
        fresh = [entry.message for entry in self._entries[self._seen[participant] :] if entry.author != participant]
        self._seen[participant] = len(self._entries)
        return lambda: [copied(message) for message in fresh]

    def is_addressed(self, participant: int) -> bool:
        """Whether the last that was said is for this participant to answer, and it has not seen it yet.

        A user's line is, whoever wrote it, and what another participant said. A scripted line of the agent is not.
        """
        spoken = (message for message in reversed(self.messages) if message.get("role") in ("user", "assistant"))
        last = next(spoken, None)
        if last is None:
            return False
        for index in reversed(range(len(self._entries))):
            entry = self._entries[index]
            if entry.message is last:
                others = entry.author not in (None, participant)
                return index >= self._seen[participant] and (others or last.get("role") == "user")
        return last.get("role") == "user"  # it was appended directly, which is not kept track of

    def ends_with_user_line(self, participants: Sequence[int]) -> bool:
        """Whether the last that was said is a user's line, and one of these participants has not seen it yet."""
        last = next((one for one in reversed(self.messages) if one.get("role") in ("user", "assistant")), None)
        if last is None or last.get("role") != "user":
            return False
        return not participants or any(self.is_addressed(participant) for participant in participants)

    def rollback(self, index: int) -> list[Message]:
        """Cut the conversation from `index` on, for everybody; returns what was cut.

        Raises:
            ScriptError: the index is negative.
        """
        if index < 0:
            raise ScriptError(f"rollback_messages_to({index}): give an index of at least 0.")
        removed = self.messages[index:]
        if not removed:
            return removed
        self._shelf.messages = list(self.messages)
        del self.messages[index:]
        self._shelf = _Shelf(self.messages)
        gone = {id(message) for message in removed}
        kept = [id(entry.message) not in gone for entry in self._entries]
        self._seen = [sum(kept[:seen]) for seen in self._seen]
        self._entries = [entry for entry, keep in zip(self._entries, kept, strict=True) if keep]
        return removed

    def by_turn(self) -> dict[int, list[Message]]:
        """The messages of each turn; what was appended directly belongs to the turn of the message before it."""
        turns = {id(entry.message): entry.turn for entry in self._entries}
        grouped: dict[int, list[Message]] = {}
        current = 0
        for message in self.messages:
            current = turns.get(id(message), current)
            grouped.setdefault(current, []).append(message)
        return grouped
