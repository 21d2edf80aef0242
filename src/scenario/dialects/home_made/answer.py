"""The text of a home-made stream's answer, told from all texts that its events bring.

Streams bring an answer in pieces and then once more as a whole, or everything so far with each event; and they bring
what is no answer: documents, titles, questions, under names that nobody knows. What an event is called and what its
text repeats decide; what was decided stands in the reply's notes.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from scenario.protocols.assembly import Assembly
from scenario.protocols.event_names import Telling, parts_of

# A whole that repeats pieces may have lost, or got, so many spaces at its ends.
_SPACES: Final = 8
# Pieces that hold everything so far are told from a word that is said again by their length.
_LONG: Final = 12
_FEW: Final = 3
_MOST_KINDS: Final = 64
_SENTENCE_ENDS: Final = (".", "!", "?", "…", ":", "。", "！", "？")
_CURSORS: Final = "▌█▍▏|"
_REPLACING: Final = frozenset(("replace",))
# Kinds of their own: text that is no JSON, and conversations, of which each holds those before it.
RAW: Final = ".raw"
_STATE: Final = ".messages"
_THE_END: Final = ".\0the end"


class Answer:
    """Collects the texts of one reply.

    Args:
        reply: gets them.
        replaces: the user has said that each text replaces the one before it.
    """

    def __init__(self, reply: Assembly, *, replaces: bool = False) -> None:
        self._reply = reply
        self._replaces = replaces
        # Which kind has brought the texts of the reply's message, in order: each with how many.
        self._runs: list[tuple[str, int]] = []
        self._telling: dict[str, Telling] = {}
        # Since the last whole: how many texts, characters, of which kinds.
        self._since = 0
        self._size = 0
        self._all = 0
        self._kinds: set[str] = set()
        self._left_out: dict[str, int] = {}
        self._repeated: dict[str, int] = {}
        self._held = ""
        self._last_whole = ""

    @property
    def is_plain(self) -> bool:
        """Whether a kind of event has brought text that is plainly the answer's, by its name."""
        return any(
            telling is Telling.PIECE or (telling is Telling.WHOLE and not kind.startswith("."))
            for kind, telling in self._telling.items()
        )

    @property
    def goes_on(self) -> str | None:
        """The kind that has brought the last text, where its texts are plainly pieces; None where they may be more."""
        kind = self._runs[-1][0] if self._runs else ""
        return kind if self._telling.get(kind) is Telling.PIECE and not parts_of(kind) >= _REPLACING else None

    def add(self, text: str, kind: str, telling: Telling) -> str:
        """Take in a text of an event; what it adds to the answer, as far as that is known now."""
        text = text.rstrip("\0")
        if parts_of(kind) >= _REPLACING:
            self._forget()
            telling = Telling.PIECE
        if not text:
            return ""
        if self._is_repetition(text, kind):
            self._count(self._repeated, kind)
            self._end_message(text.strip())
            return ""
        if (rest := self._rest_of_a_whole(text, kind)) is not None:
            self._count(self._repeated, kind)
            self._put(rest, self._runs[-1][0])
            self._end_message(text.strip())
            return rest
        if telling is Telling.UNSURE and self.is_plain:
            self._count(self._left_out, kind)
            return ""
        released = self._release(kind)
        if self._holds_all(text, kind):
            self._held = text
            return released
        self._telling.setdefault(kind, telling)
        return released + self._put(self._apart(text, telling), kind)

    def _end_message(self, whole: str) -> None:
        """A whole has been told: what comes next is another message."""
        self._since = self._size = 0
        self._kinds = set()
        self._last_whole = whole

    def _forget(self) -> None:
        """What came so far is replaced."""
        if self._runs:
            self._reply.message().texts.clear()
            self._runs.clear()
            self._kinds = set()
            self._since = self._size = self._all = 0
            self._held = ""
            self._note("the text was replaced by what came after it")

    def _apart(self, text: str, telling: Telling) -> str:
        """The text, on a line of its own where it begins another message."""
        if not self._runs or text.startswith("\n"):
            return text
        ended = self._since == 0 and bool(self._last_whole)
        if not ended and telling is Telling.WHOLE and self._telling.get(self._runs[-1][0]) is Telling.WHOLE:
            before = self._last(1).rstrip()
            ended = before.endswith(_SENTENCE_ENDS) and " " in before and not text[:1].isspace()
        return f"\n{text}" if ended and not self._last(1).endswith("\n") else text

    def _rest_of_a_whole(self, text: str, kind: str) -> str | None:
        """What an event of another kind adds to the pieces that it tells once more; None where it tells others."""
        if not self._since or kind in self._kinds or not _SPACES <= self._size < len(text):
            return None
        told = self._last(self._since).strip()
        return text[len(told) :] if text.startswith(told) else None

    def more(self, texts: list[str], kind: str) -> list[str] | None:
        """Take in pieces of the kind that has brought the last ones; None, and nothing is, where it has not."""
        if not self._since or self._runs[-1][0] != kind or self._held:
            return None
        joined = "".join(texts)
        if "\0" in joined:
            # At the end of a text, it is left out.
            return None
        total = len(joined)
        # Else none of them is as long: all of them together are not.
        if total + _SPACES >= self._size:
            longest = max(map(len, texts))
            alone = len(self._runs) == 1 and not self._repeated and longest < _LONG
            if not alone and longest + _SPACES >= self._size:
                # One of them may be everything so far.
                return None
        pieces = self._reply.more_text(texts, apart=True)
        if pieces is not None:
            self._runs[-1] = (kind, self._runs[-1][1] + len(texts))
            self._since += len(texts)
            self._size += total
            self._all += total
        return pieces

    def close(self, text: str, *, says_how_it_went: bool) -> str:
        """Take in the text of a terminal event: most often the whole answer once more; else its last part.

        Args:
            text: what it has, where answers have their text.
            says_how_it_went: it stands where an end says that all went well.
        """
        if not self._reply.has_text:
            return self.add(text, "", Telling.WHOLE)
        if not text or not says_how_it_went:
            last = self._last(1) if self._runs else ""
            if len(last) >= _SPACES and text.startswith(last):
                # Where events hold everything so far, the last of them may be the end.
                return self._put(text, self._runs[-1][0])
            return self.add(text, _THE_END, Telling.WHOLE)
        if not self._is_repetition(text, _THE_END):
            self._note("the terminal event has a text of its own, which was left out")
        return ""

    def settle(self) -> None:
        """Decide, when the body has ended, which of the texts are the answer, and note what was decided."""
        if self._held:
            self._note("the last event held everything so far once more: it counts once")
        texts = self._reply.message().texts if self._reply.has_own("") else []
        if len(self._runs) == 2 and self._runs[0][0] == RAW and self._runs[0][1] < min(_FEW, 1 + self._runs[1][1]):
            # Words before events of JSON say that somebody is there.
            self._telling[RAW] = Telling.UNSURE
        if self.is_plain:
            self._drop_unsure(texts)
        if self._replaces or {kind for kind, _ in self._runs} == {_STATE}:
            texts[:] = texts[-1:]
        elif len({kind for kind, _ in self._runs}) == 1 and (wholes := _last_of_each(texts)):
            self._note("each event held everything so far: the last one is the answer")
            texts[:] = wholes
        self._note_kinds()

    def forget_repeated(self, before: set[str]) -> None:
        """Drop the whole text where an answer before this one in the same body has said just that."""
        texts = self._reply.message().texts if self._reply.has_own("") else []
        said = "".join(texts).strip()
        if said and any(said == one.strip() for one in before):
            texts.clear()
            self._note("what came after the end was the answer once more: it counts once")

    def _put(self, text: str, kind: str) -> str:
        if self._runs and self._runs[-1][0] == kind:
            self._runs[-1] = (kind, self._runs[-1][1] + 1)
        else:
            self._runs.append((kind, 1))
        self._since += 1
        self._size += len(text)
        self._all += len(text)
        self._kinds.add(kind)
        return self._reply.text(text)

    def _is_repetition(self, text: str, kind: str) -> bool:
        """Whether an event of another kind tells once more what the pieces before it have told."""
        if not self._since and not self._all:
            return False
        length, said = len(text), text.strip()
        if said == self._last_whole and self._since == 0:
            return True
        if self._since and kind not in self._kinds and abs(length - self._size) <= _SPACES:
            return self._last(self._since).split() == said.split()
        last = self._runs[-1][0]
        if last != kind and self._telling[last] is Telling.WHOLE and self._last(1).strip() == said:
            return True
        others = any(one != kind for one, _ in self._runs) or len(self._repeated) > 0
        if others and abs(length - self._all) <= _SPACES:
            return "".join(self._reply.message().texts).strip() == said
        return False

    def _holds_all(self, text: str, kind: str) -> bool:
        """Whether a text of the same kind is all that came before it: the last event may say everything once more."""
        if self._replaces or self._since < 2 or len(text) < _LONG or abs(len(text) - self._size) > _SPACES:
            return False
        # To the letter, but for a line's end: a sentence that is said again has other spaces.
        return self._kinds == {kind} and self._last(self._since).rstrip("\n") == text.rstrip("\n")

    def _last(self, count: int) -> str:
        return "".join(self._reply.message().texts[-count:])

    def _release(self, kind: str) -> str:
        """What was held back was no repetition: the answer goes on after it."""
        if not self._held:
            return ""
        held, self._held = self._held, ""
        return self._put(held, kind)

    def _drop_unsure(self, texts: list[str]) -> None:
        kept: list[str] = []
        runs: list[tuple[str, int]] = []
        at = 0
        for kind, count in self._runs:
            if self._telling.get(kind) is Telling.UNSURE:
                self._left_out[kind] = self._left_out.get(kind, 0) + count
            else:
                kept += texts[at : at + count]
                runs.append((kind, count))
            at += count
        if at == len(texts):
            texts[:], self._runs = kept, runs

    def _note_kinds(self) -> None:
        for kind, count in self._repeated.items():
            self._note(f"{_named(kind)} told once more what had come: it counts once ({count})")
        for kind, count in self._left_out.items():
            self._note(f"the text of {_named(kind)} was left out: another kind is plainly the answer's ({count})")
        kinds = list(dict.fromkeys(kind for kind, _ in self._runs))
        if len(kinds) > 1:
            self._note(f"joined: the texts of {' and '.join(map(_named, kinds[:_FEW]))}")

    def _note(self, told: str) -> None:
        self._reply.notes += (told,)

    def _count(self, counts: dict[str, int], kind: str) -> None:
        if kind in counts or len(counts) < _MOST_KINDS:
            counts[kind] = counts.get(kind, 0) + 1


def _named(kind: str) -> str:
    if kind == _THE_END:
        return "the terminal event"
    if kind == RAW:
        return "events that are no JSON"
    if kind.startswith("."):
        return f"events without a name, at {kind[1:61]!r}" if kind[1:] else "events without a name"
    return f"events {kind[:60]!r}" if kind else "events without a name"


def _last_of_each(texts: list[str]) -> list[str]:
    """The last text of each run of texts that begin with the one before; none where that is not their way."""
    runs: list[list[str]] = []
    for text in (text.rstrip(_CURSORS) for text in texts):
        if runs and text.startswith(runs[-1][-1]):
            runs[-1].append(text)
        elif runs and len(runs[-1]) < _FEW:
            # Texts that stand alone are pieces: those that happen to begin alike are, too.
            return []
        else:
            runs.append([text])
    if len(runs) == 1 and _goes_on_from_much(texts):
        return [texts[-1]]
    if not runs or not all(map(_has_grown, runs)):
        return []
    return [run[-1] if index == 0 else f"\n{run[-1]}" for index, run in enumerate(runs)]


def _has_grown(run: list[str]) -> bool:
    last = run[-1]
    grown = sum(len(after) > len(before) for before, after in pairwise(run))
    return grown >= _FEW - 1 and len(last) >= _SPACES and any(map(str.isalpha, last))


def _goes_on_from_much(texts: list[str]) -> bool:
    """Whether there are two texts, and the second is the first, which is no single word, and more."""
    return len(texts) == 2 and len(texts[0]) >= _LONG // 2 and len(texts[1]) >= _LONG and texts[1].startswith(texts[0])
