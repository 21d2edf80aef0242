"""`scenario.testing.check_dialect`: a dialect against all rules."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from scenario.errors import ConfigurationError, DialectError
from scenario.protocols.guard import guarded
from scenario.protocols.plug_in_dialects import mistake_in
from scenario.protocols.protocol import Dialect
from scenario.protocols.registry import AUTO, DIALECTS
from scenario.testing.conformance import (
    detection_rules,
    effort_rule,
    ending_rules,
    hostile_rules,
    reading_rules,
    request_rule,
)
from scenario.testing.conformance.rule import Breach, Rule
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.subject import Subject
from scenario.testing.conformance.transcript import Given, Transcript, transcript_of

RULES: Final[tuple[Rule, ...]] = (
    Rule("read", "an answer is read as its transcript says", reading_rules.reads_as_it_says),
    Rule("slices", "how a body is cut makes no difference", reading_rules.slices_make_no_difference),
    Rule("told", "what is told on the way is the text", reading_rules.tells_the_text),
    Rule("at-once", "read_texts agrees with read", reading_rules.reads_many_as_one_by_one),
    Rule("written", "a reply can be written as JSON", reading_rules.can_be_written),
    Rule("end", "the end is owed", ending_rules.owes_its_end),
    Rule("transfer", "a transfer that broke is no whole answer", ending_rules.believes_no_broken_transfer),
    Rule("errors", "an error stays one", ending_rules.keeps_its_errors),
    Rule("spoilt", "a spoilt event is not passed over", ending_rules.misses_spoilt_events),
    Rule("anything", "whatever an agent sends is taken in", hostile_rules.takes_in_anything),
    Rule("found", "its own answers are found out", detection_rules.is_found_out),
    Rule("effort", "an event costs no more the more came before it", effort_rule.takes_linear_time),
)
# Of the dialect itself, or of all transcripts together.
_SHOWS_AN_ERROR: Final = "shows-an-error"
_REQUEST: Final = "request"
_OTHERS: Final = "others"
_TITLES: Final[Mapping[str, str]] = {
    **{rule.name: rule.title for rule in RULES},
    _REQUEST: "what the user says is put to the agent",
    _OTHERS: "others' answers are not taken for its own",
    _SHOWS_AN_ERROR: "one of the transcripts shows how an agent reports an error",
}
RULE_NAMES: Final = tuple(_TITLES)


def check_dialect(
    dialect: Dialect | type[Dialect],
    transcripts: Iterable[Given],
    *,
    others: Iterable[Transcript] = (),
    exceptions: Mapping[str, str] | None = None,
) -> None:
    """See that a dialect keeps what readers promise: for the tests of packages that bring one.

    Each transcript is read whole, in pieces of any size, with other line ends, cut at every place, with each event
    spoilt, and with odd values in it. Which rules there are, `docs/own-dialects.md` says.

    Args:
        dialect: the dialect, or its class.
        transcripts: recorded answers: `Transcript`s; bytes of a body that is whole; or paths of files that hold one
            (`curl -i` writes the headers before it). One of them reports an error.
        others: answers that are of other dialects, beside those of Scenario's own, which are known here.
        exceptions: rules that the dialect breaks, by name, each with the reason why that must be. Those of a single
            answer stand in its transcript.

    Raises:
        AssertionError: a rule is broken: which one, at which cut, what was expected and what came. Or an exception is
            made of a rule that is kept.
        ConfigurationError: there is no transcript, or an exception names no rule or gives no reason.
    """
    made = _made(dialect)
    given = [transcript_of(one, number) for number, one in enumerate(transcripts, start=1)]
    if not given:
        raise ConfigurationError("check_dialect: give at least one transcript of an answer.")
    excepted = _Exceptions(f"check_dialect({made.name!r})", exceptions or {})
    for name, where, breach in _breaches_of_dialect(made, given, [*others, *small_answers()]):
        excepted.allow(name, _failure(made, name, where, breach))
    subjects = [Subject(made, transcript) for transcript in given]
    for subject in subjects:
        here = _Exceptions(f"the transcript {subject.transcript.name!r}", subject.transcript.exceptions)
        subject.ends = frozenset(one.end for one in subjects if one.framing == subject.framing and one.end)
        for name, breach in _breaches_of(subject):
            (here if name in here.reasons else excepted).allow(name, _failure(made, name, here.where, breach))
        here.demand_use()
    excepted.demand_use()


def _made(dialect: Dialect | type[Dialect]) -> Dialect:
    """The dialect, behind a guard: what it raises is told with the event."""
    if isinstance(dialect, type) and issubclass(dialect, Dialect):
        dialect = dialect()
    if not isinstance(dialect, Dialect):
        raise ConfigurationError(
            f"check_dialect: {dialect!r} is neither a scenario.protocol.Dialect nor a class of it."
        )
    mistake = mistake_in(dialect)
    if not mistake and (dialect.name == AUTO or (dialect.name in DIALECTS and not _is_ours(dialect))):
        mistake = f"its `name` is {dialect.name!r}, which is a name of Scenario's own"
    if mistake:
        raise AssertionError(f"check_dialect: {type(dialect).__name__} cannot be used: {mistake}.")
    # A copy: the guard stays on what it was put on.
    return guarded(copy.copy(dialect), "under test")


def _is_ours(dialect: Dialect) -> bool:
    module, _, attribute = DIALECTS[dialect.name].partition(":")
    return (type(dialect).__module__, type(dialect).__qualname__) == (module, attribute)


def _breaches_of_dialect(
    dialect: Dialect, given: Sequence[Transcript], others: Sequence[Transcript]
) -> Iterator[tuple[str, str, Breach]]:
    """The rules that are broken by the dialect itself, or by all transcripts together."""
    if breach := _first(lambda: request_rule.puts_the_turn(dialect)):
        yield _REQUEST, "", breach
    if all(one.outcome != "error" for one in given):
        came = "none: give one, Transcript(…, outcome='error')"
        yield _SHOWS_AN_ERROR, "", Breach("the transcripts", "one whose outcome is 'error'", came)
    for other in others:
        if other.name != dialect.name:
            subject = Subject(dialect, other)
            if breach := _first(lambda subject=subject: detection_rules.is_taken_for(subject)):  # type: ignore[misc]
                yield _OTHERS, f"an answer in {other.name!r}", breach


def _breaches_of(subject: Subject) -> Iterator[tuple[str, Breach]]:
    """The rules that a transcript breaks, each with its first breach."""
    for rule in RULES:
        if breach := _first(lambda rule=rule: rule.check(subject)):  # type: ignore[misc]
            yield rule.name, breach


def _first(check: Callable[[], Iterator[Breach]]) -> Breach | None:
    try:
        return next(check(), None)
    except DialectError as error:
        return Breach("while it was read", "no exception", str(error))


def _failure(dialect: Dialect, name: str, where: str, breach: Breach) -> str:
    place = f"{where}, {breach.where}" if where else breach.where
    return (
        f"check_dialect({dialect.name!r}): the rule {name!r} is broken: {_TITLES[name]}.\n"
        f"  where:    {place}\n"
        f"  expected: {breach.expected}\n"
        f"  came:     {breach.came}\n"
        f"If that must be so, say why: exceptions={{{name!r}: '…'}}."
    )


class _Exceptions:
    """The rules that may be broken, and which of them were."""

    def __init__(self, where: str, reasons: Mapping[str, str]) -> None:
        self.where = where
        self.reasons = reasons
        self._used: set[str] = set()
        for name, reason in reasons.items():
            if name not in _TITLES:
                raise ConfigurationError(f"{where}: there is no rule {name!r}. There are: {', '.join(_TITLES)}.")
            if not str(reason).strip():
                raise ConfigurationError(f"{where}: say why the rule {name!r} is excepted.")

    def allow(self, name: str, failure: str) -> None:
        """Take a rule for broken as it may be.

        Raises:
            AssertionError: it may not.
        """
        if name not in self.reasons:
            raise AssertionError(failure)
        self._used.add(name)

    def demand_use(self) -> None:
        """See that each rule that may be broken was.

        Raises:
            AssertionError: one is kept.
        """
        for name in self.reasons:
            if name not in self._used:
                raise AssertionError(f"{self.where}: the rule {name!r} is kept: take the exception away.")
