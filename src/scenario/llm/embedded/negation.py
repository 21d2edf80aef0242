"""A negated criterion in its positive form. A small model says yes to what is mentioned, and overlooks a "not".

Only a negation of the main clause is taken out, because only there is the criterion met exactly when its positive
form is not. "The agent says that it does not know" stays as it is.
"""

from __future__ import annotations

import re

_APOSTROPHE = "['\u2019]"
_PRESENT = r"(?:should|shall|must|may|might|will|would)"
_NEGATIONS: tuple[tuple[str, str], ...] = (
    # what is taken out; what becomes of the verb after it
    (rf"(?:does not|doesn{_APOSTROPHE}t|does never)", "third person"),
    (rf"(?:do not|don{_APOSTROPHE}t)", "as it is"),
    (rf"(?:did not|didn{_APOSTROPHE}t)", "did"),
    (rf"{_PRESENT}(?: not(?: ever)?| never|n{_APOSTROPHE}t)|won{_APOSTROPHE}t", "agreeing"),
    (rf"(?:cannot|can not|can{_APOSTROPHE}t|can never)", "can"),
    (rf"(?P<kept>is|are|was|were|has|have|had|could)(?: not| never|n{_APOSTROPHE}t)", "kept"),
    (r"never", "as it is"),
)
# What opens a subordinate clause or an utterance: a negation behind it is not the criterion's own.
_SUBORDINATE = re.compile(
    r"\b(?:that|because|if|when|whenever|whether|who|which|what|while|where|since|although|unless|until|after|before|"
    r"says?|said|tells?|told|states?|explains?|admits?|asks?|mentions?|claims?|knows?|thinks?|notes?|confirms?|"
    r"ensures?|understands?|warns?|advises|and|or|but|not|no|never)\b|[,;:\"“”]",
    re.IGNORECASE,
)
# "Every reply does not exceed 100 words" is another thing than that not every one does.
_QUANTIFIED = re.compile(
    r"\b(?:all|any|anybody|anyone|anything|at (?:least|most)|both|each|either|every|everybody|everyone|everything|few"
    r"|half|many|more than|most|neither|nobody|none|nothing|one|only|several|some|somebody|someone|something|two|three"
    r"|four|five|\d+)\b",
    re.IGNORECASE,
)
# With these behind the negation, "not" covers only a part, or the positive form says something else.
_ENTANGLED = re.compile(
    r"\b(?:unless|until|without|except|but|instead|rather|because|nor|merely|only|necessarily|just|even)\b|;|, and\b"
    r"|\band (?:does|do|is|are|should|must|will|never|not|instead)\b",
    re.IGNORECASE,
)
_ANY = {"any": "some", "anything": "something", "anyone": "someone", "anybody": "somebody", "anywhere": "somewhere"}
_NO_ADVERBS = frozenset({"apply", "comply", "fly", "imply", "multiply", "rely", "reply", "supply", "rally", "tally"})
_IRREGULAR = {"be": "is", "have": "has"}
_LONGEST_SUBJECT = 8


def positive_form(criterion: str) -> str | None:
    """The criterion without its negation; None where its main clause has none that can be taken out safely."""
    found = _first_negation(criterion)
    if found is None:
        return None
    match, verb = found
    subject, rest = criterion[: match.start()].strip(), criterion[match.end() :].strip()
    if (
        not rest.strip(".,!?")
        or _SUBORDINATE.search(subject)
        or _QUANTIFIED.search(subject)
        or len(subject.split()) > _LONGEST_SUBJECT
        or _ENTANGLED.search(rest)
    ):
        return None
    predicate = _predicate(subject, rest, verb, match.groupdict().get("kept") or "")
    positive = f"{subject} {predicate}".strip()
    return positive[0].upper() + positive[1:] if criterion[:1].isupper() else positive


def _first_negation(criterion: str) -> tuple[re.Match[str], str] | None:
    found = [
        (match, verb)
        for pattern, verb in _NEGATIONS
        if (match := re.search(rf"\b{pattern}(?![\w'\u2019])", criterion, re.IGNORECASE))
    ]
    # "must not" and "never" may both match; the one that begins first names the form of the verb.
    return min(found, key=lambda entry: entry[0].start(), default=None)


def _predicate(subject: str, rest: str, verb: str, kept: str) -> str:
    words = [_ANY.get(word.lower(), word) for word in rest.split(" ")]
    words = [_with_any(word) for word in words]
    words = [word for index, word in enumerate(words) if index > 0 or word.lower() != "ever"]
    if verb == "kept":
        return " ".join([kept, *words])
    if verb in ("did", "can"):
        return " ".join([verb, *words])
    if verb == "third person" or (verb == "agreeing" and not _is_plural(subject)):
        at = _verb_index(words)
        words[at] = third_person(words[at])
    return " ".join(words)


def _with_any(word: str) -> str:
    bare = word.rstrip(".,!?")
    return _ANY.get(bare.lower(), bare) + word[len(bare) :]


def _verb_index(words: list[str]) -> int:
    """The verb stands after adverbs such as "explicitly"."""
    for index, word in enumerate(word.rstrip(".,!?").lower() for word in words):
        if word not in ("also", "ever") and (not word.endswith("ly") or word in _NO_ADVERBS):
            return index
    return 0


def _is_plural(subject: str) -> bool:
    last = subject.lower().split()[-1] if subject else ""
    return last in ("they", "you", "we", "i", "responses") or (last.endswith("s") and not last.endswith(("ss", "us")))


def third_person(verb: str) -> str:
    """The third person singular of an English verb's base form, with punctuation behind it left as it is."""
    bare = verb.rstrip(".,!?")
    return _conjugated(bare) + verb[len(bare) :]


def _conjugated(verb: str) -> str:
    if verb.lower() in _IRREGULAR:
        return _IRREGULAR[verb.lower()]
    if re.search(r"(?:s|x|z|ch|sh|o)$", verb):
        return verb + "es"
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + "s"
