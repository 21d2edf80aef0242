"""A secret of which only a part is left, because a text was cut before anybody looked for secrets in it. Pure.

Errors and checks quote the beginnings of bodies, events and answers. What is left of a secret then is a beginning of it
that stands directly before the cut, or an end of it directly behind one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from scenario.disguises import Reading, Span, found, of_characters
from scenario.late_pattern import late_pattern

# Of a secret, a part as long as this is masked beside a mark that says that something was left out.
SHORTEST_PART: Final = 6
# Without such a mark, one as long as this that is no word.
_SHORTEST: Final = 8
# An escape of which only the beginning is left may stand between a secret and the cut.
_HALF: Final = rb"(?:\\*(?:u[0-9a-fA-F]{0,7}|x[0-9a-fA-F]?)?|%(?:25){0,8}[0-9a-fA-F]?|&[a-zA-Z0-9#;]{0,12}|=)"
_MARK: Final = rb"(?:\xe2\x80\xa6|\.\.\.|u2026)"
_BEFORE_MARK: Final = late_pattern(_HALF + rb"[\\\"'`)\]}]{0,6}\s?" + _MARK)
_BEHIND_MARK: Final = late_pattern(_MARK + rb"\s?[\\\"'`(\[{]{0,6}(?:#?[uUxX]?[0-9a-fA-F]{0,6};?)?\Z")
_BEFORE_END: Final = late_pattern(_HALF + rb"\\*(?:[\"'`]|\s*\Z|[.,;:)\]}]+(?:\s|\Z))")
_BEHIND_BEGIN: Final = late_pattern(rb"(?:\A\s*|[\"'`])\Z")
_LONGEST_EDGE: Final = 32
# Letters that change between small and capital, and many of them together, are no words.
_WORDS: Final = late_pattern(
    rb"(?:[^0-9A-Za-z]|(?<![A-Za-z])[A-Z]?[a-z]{1,14}+(?![A-Za-z]))*+|(?:[^0-9A-Za-z]|(?<![A-Z])[A-Z]{1,14}+(?![A-Z]))*+"
)


class CutEdges:
    """Where parts of secrets stand at the cuts of a text.

    Args:
        forms: in which the secrets may come.
    """

    def __init__(self, forms: Sequence[bytes]) -> None:
        long = [form for form in forms if len(form) > SHORTEST_PART]
        self._begins = _by(form[:SHORTEST_PART] for form in long), long
        self._ends = _by(form[-SHORTEST_PART:] for form in long), long
        needles = sorted({*self._begins[0], *self._ends[0]})
        self._needles = re.compile(b"|".join(map(re.escape, needles)) or b"(?!)")

    def spans(self, data: bytes) -> list[Span]:
        """Where in a text such parts stand."""
        spans: list[Span] = []
        reading = Reading(data)
        is_more = True
        while is_more:
            text = reading.text
            if self._needles.search(text) is not None:
                spans += [
                    of_characters(data, reading.stretch(*span)) for span in (*self._begun(text), *self._ended(text))
                ]
            is_more = reading.deeper()
        return spans

    def _begun(self, text: bytes) -> Iterator[Span]:
        needles, forms = self._begins
        for needle in needles:
            for at in found(text, needle):
                for form in forms:
                    if form.startswith(needle):
                        end = at + _alike(text[at : at + len(form)], form)
                        edge = text[end : end + _LONGEST_EDGE]
                        # What is cut here is no text's end.
                        is_end = end + _LONGEST_EDGE >= len(text)
                        if _BEFORE_MARK.match(edge) or (
                            _is_telling(text[at:end]) and _BEFORE_END.match(edge if is_end else edge + b"x")
                        ):
                            yield at, end

    def _ended(self, text: bytes) -> Iterator[Span]:
        needles, forms = self._ends
        for needle in needles:
            for at in found(text, needle):
                end = at + len(needle)
                for form in forms:
                    if form.endswith(needle):
                        begin = end - _alike(text[max(0, end - len(form)) : end][::-1], form[::-1])
                        edge = text[max(0, begin - _LONGEST_EDGE) : begin]
                        if _BEHIND_MARK.search(edge) or (
                            _is_telling(text[begin:end])
                            and _BEHIND_BEGIN.search(edge if begin <= _LONGEST_EDGE else b"x" + edge)
                        ):
                            yield begin, end


def _by(parts: Iterator[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(parts))


def _alike(text: bytes, form: bytes) -> int:
    """How many bytes two texts begin with that are the same."""
    for count, (one, other) in enumerate(zip(text, form, strict=False)):
        if one != other:
            return count
    return min(len(text), len(form))


def _is_telling(part: bytes) -> bool:
    """Whether what stands there is so much of a secret that chance does not bring it, and no words."""
    return len(part) >= _SHORTEST and _WORDS.fullmatch(part) is None


cut_edges: Final = lru_cache(maxsize=64)(CutEdges)
