"""Finding messages by their words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Container
from typing import Final

from scenario.store.schema import has_words

# Not compiled here: every command that reads a store would wait for it.
_PHRASES: Final = r'"([^"]*)"|(\S+)'
_WORDS: Final = r"[^\W_]+"
# From the first CJK radical on; Thai, Lao, Khmer and Myanmar stand below.
_WITHOUT_SPACES: Final = "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0010ffff]"
_LONGEST_QUERY: Final = 1000


def matching_messages(
    connection: sqlite3.Connection, query: str, *, before: int | None, limit: int
) -> list[tuple[int, int]]:
    """The messages that hold every word and every "phrase" of the query, the newest first: their numbers, their runs'.

    With the index, a word is found where it begins a word of the text, whatever its case and accents. Without it, and
    in scripts that put no spaces between words, it is found anywhere.
    """
    pieces = [phrase or word for phrase, word in re.findall(_PHRASES, query[:_LONGEST_QUERY]) if phrase or word]
    conditions, values = ["rolled_back IS NULL"], list[str | int]()
    indexed = has_words(connection)
    words: list[str] = []
    for piece in pieces:
        known = re.findall(_WORDS, piece) if indexed and not re.search(_WITHOUT_SPACES, piece) else []
        words += known
        if known != [piece]:  # the index knows which words a text has, but not in which order
            conditions.append("text LIKE ? ESCAPE '\\'")
            values.append(f"%{like(piece)}%")
    if words:
        conditions.append("id IN (SELECT rowid FROM message_words WHERE message_words MATCH ?)")
        values.append(" AND ".join(f'"{word}"*' for word in words))
    if before is not None:
        conditions.append("id < ?")
        values.append(before)
    statement = f"SELECT id, scenario FROM messages WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT ?"  # noqa: S608
    return list(connection.execute(statement, (*values, limit))) if pieces else []


def matching_runs(
    connection: sqlite3.Connection, query: str, *, among: Container[int] | None, before: int | None, limit: int
) -> tuple[list[int], int | None]:
    """The newest matching message of each run that counts, and where to go on from; None where nothing is left."""
    found: dict[int, int] = {}
    wanted = limit
    while True:
        messages = matching_messages(connection, query, before=before, limit=wanted)
        for number, run in messages:
            before = number
            if run not in found and (among is None or run in among):
                found[run] = number
                if len(found) == limit:
                    return list(found.values()), before
        if len(messages) < wanted:
            return list(found.values()), None
        wanted *= 8  # each look costs as much as the whole of the matches


def like(text: str) -> str:
    """A text as a pattern that only it matches."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
