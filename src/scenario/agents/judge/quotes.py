"""Whether what a judge quotes stands in the conversation. Pure.

Letters, digits and signs of currencies must stand there as they are quoted, in whole words, in the case in which they
are; what is not compared is what models change when they copy (`compared_words`), and what they put around it
(`claims`). Only the first letter may be of the other case, or all of them capitals. An ellipsis stands for words left
out of one sentence, none of which says no, or for whole sentences.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Final

import msgspec

from scenario.agents.judge.claims import Claimed, Reading, quotes_nothing, readings, several, speaks_of_nothing
from scenario.agents.judge.compared_words import DENIAL, QUOTES, Words, forms_of, is_denied, words_of
from scenario.agents.judge.verdict import Verdict
from scenario.agents.message_text import calls_of, text_of
from scenario.llm.functions import Unreadable
from scenario.types import CriterionResult, Message

_SHOWN: Final = 200
_PLAIN_AROUND: Final = " \t\n\"'`*_.…"
_ELLIPSIS: Final = re.compile(r"\[\s*(?:…|\.{3})\s*\]|\(\s*(?:…|\.{3})\s*\)|…|\.{3,}|\. \. \.")
_MOST_PIECES: Final = 8
_TELLING: Final = 8
# A number is another one behind these.
_BEFORE_A_NUMBER: Final = frozenset("-−–<>=!(~≠≤≥")
# What an ellipsis may not leave out, in words as they are compared: without apostrophes.
_TURNS_ROUND: Final = re.compile(
    r"\b(?:not|no|none|nothing|nobody|nowhere|never|neither|nor|cannot|without|unless|except|unable|impossible|hardly"
    r"|(?:do|does|did|is|are|was|were|has|have|had|wo|ca|would|could|should|must|need|ai)nt|refus\w+|declin\w+|fail\w*"
    r"|nicht\w*|kein\w*|nie|niemals|ohne|weder|pas|jamais|aucune?|sans|ni|ne|nunca|jamás|sin|tampoco|não|nem|non|mai"
    r"|senza|niet|geen|nooit|zonder|bez|inte|inget|ikke|aldrig|ei|eivät|en|değil|не|нет|ни|без|никогда)\b"
    r"|[不没沒未無无]|ない|ません|않|없|못",
    re.IGNORECASE,
)


def checked_evidence(verdict: Verdict, messages: Sequence[Message], additional_context: str | None) -> Verdict:
    """The verdict with each quotation held against the conversation, and the message that it stands in.

    Args:
        verdict: as the judge gave it.
        messages: the conversation.
        additional_context: what the script told the judge: it may be quoted too, and is no message.

    Raises:
        Unreadable: quotations stand nowhere; in `partial` the criteria that they decided are inconclusive.
    """
    checked: list[CriterionResult] = []
    problems: list[str] = []
    said = [_Said(message) for message in messages]
    told_by_script = [_Said({"role": "script", "content": additional_context or ""})]
    for number, result in enumerate(verdict.criteria, start=1):
        claimed = None if result.quote is None or quotes_nothing(result.quote) else result.quote
        found: tuple[str, int | None] | None = None
        if claimed is not None:
            found = _place_of(claimed, result.message_index, said)
            if found is None and _place_of(claimed, None, told_by_script) is not None:
                found = (" ".join(claimed.split()), None)
            if found is None and speaks_of_nothing(claimed):
                claimed = None
        quote, index = found or (None, None)
        status, reasoning = result.status, result.reasoning
        if claimed is not None and found is None:
            problems.append(f"criterion {number} ({status}) quotes {_shortened(claimed)}")
            told = (
                f"The judge said {status} and quoted {_shortened(claimed)}, which stands nowhere in the conversation."
            )
            status, reasoning = "inconclusive", f"{told} {reasoning}".strip()
        checked.append(
            msgspec.structs.replace(result, status=status, reasoning=reasoning, quote=quote, message_index=index)
        )
    reasoning = verdict.reasoning
    if problems and reasoning:
        # Each criterion says which: here it is said that what follows was not all founded.
        count = "One quotation" if len(problems) == 1 else f"{len(problems)} quotations"
        reasoning = f"{count} of the judge's cannot be found in the conversation. {reasoning}"
    settled = msgspec.structs.replace(verdict, criteria=tuple(checked), reasoning=reasoning)
    if problems:
        raise Unreadable(
            f"These words stand nowhere in the conversation: {'; '.join(problems)}. Judge these criteria again by what "
            'stands there, and copy words exactly, or leave "quote" empty.',
            partial=settled,
            fault="evidence",
        )
    return settled


def checked_quote(messages: Sequence[Message], quote: str, index: int | None) -> tuple[str, int] | None:
    """The quote and the index of the message that it stands in; None where it stands in none, or has no letter.

    The message that the judge names is looked at first, then the others, the newest first: it is numbers that judges
    get wrong. Of several quotations it is the first one's message.
    """
    return _place_of(quote, index, [_Said(message) for message in messages])


def _place_of(quote: str, index: int | None, said: Sequence[_Said]) -> tuple[str, int] | None:
    if not any(char.isalnum() for char in quote):
        return None
    named = [index] if index is not None and 0 <= index < len(said) else []
    orders = (named, list(range(len(said)))[::-1])
    found = _message_of(quote, orders, said)
    if found is None:
        found = next((at for ways in several(quote) if (at := _message_of_each(ways, orders, said)) is not None), None)
    return None if found is None else (" ".join(quote.split()), found)


def _message_of(quote: str, orders: Sequence[Sequence[int]], said: Sequence[_Said]) -> int | None:
    """The message in which the whole of a quotation stands."""
    ways = list(readings(quote))
    for candidates in orders:
        for stands in _WAYS:
            for candidate in candidates:
                if any(said[candidate].is_by(way) and stands(way.text, said[candidate]) for way in ways):
                    return candidate
    return None


def _message_of_each(claims: Sequence[Claimed], orders: Sequence[Sequence[int]], said: Sequence[_Said]) -> int | None:
    """The message of the first of several quotations; None where one of them stands nowhere, or not by itself."""
    first: int | None = None
    for number, claim in enumerate(claims):
        places = [
            candidate
            for candidates in orders
            for candidate in candidates
            if any(
                said[candidate].is_by(way)
                and _stands_apart(way.text, said[candidate], claim, first=number == 0, last=number == len(claims) - 1)
                for way in readings(claim.text)
            )
        ]
        if not places:
            return None
        first = places[0] if first is None else first
    return None if _turned_round(claims, said) else first


def _stands_apart(text: str, said: _Said, claim: Claimed, *, first: bool, last: bool) -> bool:
    """Whether one of several quotations stands in a message so that it says the same by itself.

    What is not marked where it begins and ends must be whole sentences there, as the next one may else be read as the
    rest of it.
    """
    wanted = words_of(text).text
    telling = " " in wanted or len(wanted) >= _TELLING
    for form in said.forms:
        for start, end in _places(wanted, form):
            begins, ends = form.begins_a_sentence(start), form.ends_a_sentence(end)
            if (begins and ends) or (telling and (claim.apart or ((begins or first) and (ends or last)))):
                return True
    return False


def _turned_round(claims: Sequence[Claimed], said: Sequence[_Said]) -> bool:
    """Whether two of them are parts of one sentence that says no between them."""
    wanted = [words_of([*readings(claim.text)][-1].text).text for claim in claims]
    for one, other in itertools.pairwise(wanted):
        for form in (form for message in said for form in message.forms):
            starts = sorted(start for start, _ in _places(other, form))
            for _, end in _places(one, form) if starts else ():
                next_ = bisect.bisect_left(starts, end)
                if next_ < len(starts) and not (
                    form.ends_within(end, starts[next_]) or _may_be_left_out(form, end, starts[next_])
                ):
                    return True
    return False


class _Said:
    """A message, and what is compared of it, made once."""

    def __init__(self, message: Message) -> None:
        self._role = message.get("role")
        self._text = "\n".join([text_of(message), *(f"calls {call}" for call in calls_of(message))])

    def is_by(self, reading: Reading) -> bool:
        """Whether it may be what a quotation says it is: the user's, or the agent's."""
        return reading.speaker is None or self._role not in ("user", "assistant") or self._role == reading.speaker

    @cached_property
    def spaced(self) -> str:
        """Its text as it stands there, but for white space and the shapes of quotation marks."""
        return _spaced(self._text)

    @cached_property
    def forms(self) -> list[Words]:
        """Its words."""
        return forms_of(self._text)


def _verbatim(quote: str, said: _Said) -> bool:
    """Whether it stands there letter by letter, between spaces; what may be part of a number is looked at by words."""
    wanted = _spaced(quote).strip(_PLAIN_AROUND)
    start = said.spaced.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        before, after = said.spaced[max(0, start - DENIAL) : start], said.spaced[end : end + 2]
        is_another = (
            is_denied(before)
            or (wanted[0] in "$€£.0123456789" and before[-2:].strip() in _BEFORE_A_NUMBER)
            or (wanted[0].isdigit() and before[-2:-1].isdigit())
            or (wanted[-1].isdigit() and after[1:].isdigit())
        )
        if before[-1:] in ("", " ") and after[:1] in ("", " ") and not is_another:
            return True
        start = said.spaced.find(wanted, start + 1)
    return False


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(QUOTES).replace("&lt;", "<")).strip()


def _by_words(quote: str, said: _Said) -> bool:
    wanted = words_of(quote).text
    return any(next(_places(wanted, form), None) is not None for form in said.forms)


def _places(wanted: str, form: Words) -> Iterator[tuple[int, int]]:
    """Where words begin and end, their first letter in either case; words all in capitals in any."""
    if wanted.isupper() and " " in wanted and len(wanted) >= _TELLING:
        lowered = msgspec.structs.replace(form, text=form.text.lower())
        if len(lowered.text) == len(form.text):
            yield from ((start, start + len(wanted)) for start in lowered.found(wanted.lower()))
    for one in dict.fromkeys((wanted, wanted[:1].swapcase() + wanted[1:])):
        yield from ((start, start + len(one)) for start in form.found(one))


def _with_words_left_out(quote: str, said: _Said) -> bool:
    """Whether the pieces around ellipses stand in this order, and are more than single words."""
    pieces = [piece for piece in (words_of(text).text for text in _ELLIPSIS.split(quote)) if piece]
    if not 2 <= len(pieces) <= _MOST_PIECES or len(" ".join(pieces)) < _TELLING:
        return False
    if any(" " not in piece and len(piece) < _TELLING for piece in pieces[1:-1]):
        return False
    return any(_stand_in_order(pieces, form) for form in said.forms)


def _stand_in_order(pieces: Sequence[str], form: Words) -> bool:
    """Whether the pieces stand one behind the other, and what is left out between them turns nothing round."""
    ends: list[int] = []
    for number, piece in enumerate(pieces):
        whole = next((end for end in ends if form.ends_a_sentence(end)), None)
        places = [
            (start, end) for start, end in _places(piece, form) if not number or _may_follow(form, ends, whole, start)
        ]
        ends = sorted(end for _, end in places)
        if not ends:
            return False
    return True


def _may_follow(form: Words, ends: Sequence[int], whole: int | None, start: int) -> bool:
    """Whether a piece may begin there, behind pieces with these ends; `whole` is the first that ends a sentence."""
    last = bisect.bisect_right(ends, start)
    if last and _may_be_left_out(form, ends[last - 1], start):
        return True
    return whole is not None and whole <= start and form.begins_a_sentence(start)


def _may_be_left_out(form: Words, start: int, end: int) -> bool:
    return not form.ends_within(start, end) and _TURNS_ROUND.search(form.text[start:end]) is None


_WAYS: Final[tuple[Callable[[str, _Said], bool], ...]] = (_verbatim, _by_words, _with_words_left_out)


def _shortened(quote: str) -> str:
    said = " ".join(quote.split())
    return repr(said if len(said) <= _SHOWN else said[:_SHOWN] + "…")
