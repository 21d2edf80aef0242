"""Many runs on one page: the rows, what failed and why, the totals. Pure: records in, lines out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from scenario.exchange import UNVERIFIED
from scenario.metrics.run_timing import percentile
from scenario.record.blame import at_fault
from scenario.record.ending import OUTCOMES
from scenario.record.run_record import CriterionRecord, RunRecord
from scenario.report.reasons import failure_lines, undecided_word, with_its_end
from scenario.report.terminal.glyphs import Glyphs, one_line
from scenario.report.terminal.lines import Line, Span, Tone, counted, dollars, indented, seconds
from scenario.report.terminal.outcome_marks import again_for, mark_of, tone_of, word_of
from scenario.report.terminal.wrapping import cells, wrapped

# Above this many runs, those that passed are only counted, unless more is asked for.
_MOST_ROWS: Final = 30
# So many rules of the lint are named in the totals.
_MOST_RULES: Final = 6
_WIDEST_NAME: Final = 48
_LONGEST_REASON: Final = 600
# An error's last words are what to do; it is no longer than this but where it quotes at length.
_LONGEST_ERROR: Final = 1500
# So a verdict begins to tell of an interrupt itself.
_WAITS: Final = "still waits for a human"
_LONGEST_QUOTE: Final = 300
# A test may want its scenario to fail: the page says so, or the two counts would seem to contradict each other.
_AS_WANTED: Final = {"passed": " (the test passed)", "xfailed": " (expected to fail)"}


class Totals(NamedTuple):
    """Sums over runs; times in seconds, None where nothing was measured.

    Of a test that was tried again its last try counts; what the others took of tokens and dollars is in the sums.
    `agent_tokens` are those that agents say they have used, in no other sum; `tries`, those of the scenarios that
    needed more than one, by their outcome; `faults`, whose it was that some are invalid.
    """

    runs: int
    passed: int
    failed: int
    undecided: int
    invalid: int
    cancelled: int
    turns: int
    ttft_p50: float | None
    ttft_p95: float | None
    tokens: int
    cost: float | None
    seconds: float
    agent_tokens: int = 0
    stream_errors: int = 0
    stream_warnings: int = 0
    stream_rules: tuple[str, ...] = ()
    unlinted: int = 0
    tries: tuple[tuple[str, int], ...] = ()
    faults: tuple[str, ...] = ()


def totals(records: Sequence[RunRecord]) -> Totals:
    """The sums; percentiles are those of all answers of all runs that count."""
    costs = [record.cost for record in records if record.cost is not None]
    tokens = sum(record.tokens for record in records)
    agent_tokens = sum(record.agent_tokens for record in records)
    records = [record for record in records if not record.retried]
    ttfts = sorted(ttft for record in records for ttft in record.ttfts)
    outcomes = [record.outcome for record in records]
    return Totals(
        runs=len(records),
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        undecided=outcomes.count("undecided"),
        invalid=outcomes.count("invalid"),
        cancelled=outcomes.count("cancelled"),
        turns=sum(record.turns for record in records),
        ttft_p50=percentile(ttfts, 0.50),
        ttft_p95=percentile(ttfts, 0.95),
        tokens=tokens,
        cost=sum(costs) if costs else None,
        seconds=sum(record.seconds for record in records),
        agent_tokens=agent_tokens,
        stream_errors=sum(record.stream_errors for record in records),
        stream_warnings=sum(record.stream_warnings for record in records),
        stream_rules=tuple(dict.fromkeys(rule for record in records for rule in record.stream_rules)),
        unlinted=sum(record.unlinted for record in records),
        tries=tuple((record.outcome, record.tries) for record in records if record.tries > 1),
        faults=tuple(dict.fromkeys(record.fault for record in records if record.outcome == "invalid")),
    )


def summary_lines(records: Sequence[RunRecord], *, glyphs: Glyphs, width: int, verbosity: int = 0) -> list[Line]:
    """The whole summary: rows, details of what did not pass, totals.

    Args:
        records: the runs, in the order they ended in.
        glyphs: the marks to draw with.
        width: columns of the page.
        verbosity: 0 is usual; below it only what did not pass and the totals, and no more of what its test wanted to
            fail than its name; above it every run and criterion.
    """
    if not records:
        return []
    shown = _listed(records, verbosity)
    shown.sort(key=lambda record: (OUTCOMES.index(record.outcome), record.retried))
    failures = sum(_is_to_be_seen(record) for record in records)
    left_out = failures - sum(_is_to_be_seen(record) for record in shown)
    closing: list[Line] = [totals_line(totals(records), glyphs)]
    if left_out:
        note = f"not listed: {counted(left_out, 'scenario')} that did not pass, in tests that passed (-v lists them)"
        closing = [(Span(note, "dim"),), *closing]
    if unverified := sum(record.unverified for record in records if not record.retried):
        closing = [(Span(f"{UNVERIFIED}, in {counted(unverified, 'scenario')}", "unsure"),), *closing]
    lines: list[Line] = []
    if verbosity < 0:
        for record in shown:
            lines.append(_brief_row(record, glyphs))
            if record.test_outcome not in _AS_WANTED:
                untitled = msgspec.structs.replace(record, test="")
                lines += indented(record_lines(untitled, glyphs=glyphs, width=width - 4), 4)
        return [*lines, *closing]
    for record, row in zip(shown, _rows(shown, glyphs, width), strict=True):
        lines.append(row)
        details = record_lines(record, glyphs=glyphs, width=width - 4, everything=verbosity > 0)
        lines += indented(details, 4)
    return [*lines, *([()] if lines else []), *closing]


def _listed(records: Sequence[RunRecord], verbosity: int) -> list[RunRecord]:
    """The runs that are told of: where they are many, those that somebody has to look at."""
    if verbosity > 0:
        return list(records)
    counting = [record for record in records if not record.retried]
    if verbosity == 0 and len(counting) <= _MOST_ROWS:
        return counting
    not_passed = [record for record in counting if _is_to_be_seen(record)]
    if len(not_passed) <= _MOST_ROWS:
        return not_passed
    return [record for record in not_passed if record.test_outcome not in _AS_WANTED]


def _is_to_be_seen(record: RunRecord) -> bool:
    """Whether it is one of those that make a person look."""
    return record.outcome != "passed" and not record.retried


def _tried(record: RunRecord) -> str:
    """How often its test was tried, where that was more than once."""
    if record.retried:
        return f"try {record.tries}, tried again"
    return f"tried {record.tries} times{again_for(record.tried_for)}" if record.tries > 1 else ""


def _brief_row(record: RunRecord, glyphs: Glyphs) -> Line:
    return (
        mark_of(record.outcome, glyphs),
        Span(" " + one_line(record.name, _WIDEST_NAME, glyphs)),
        Span(f"  {_test_of(record, glyphs)}" if record.test else "", "dim"),
        Span(f"  {_tried(record)}" if _tried(record) else "", "dim"),
    )


def _rows(records: Sequence[RunRecord], glyphs: Glyphs, width: int) -> list[Line]:
    """A line for each run, its columns aligned; a column that nobody fills is left out."""
    columns = [_columns(record) for record in records]
    widths = [max((len(row[index]) for row in columns), default=0) for index in range(7)]
    taken = 2 + sum(2 + column for column in widths if column)
    names = [one_line(record.name, max(min(_WIDEST_NAME, width - taken), 12), glyphs) for record in records]
    longest = max((cells(name) for name in names), default=0)
    rows: list[Line] = []
    for record, name, row in zip(records, names, columns, strict=True):
        figures = "".join("  " + text.rjust(size) for text, size in zip(row, widths, strict=True) if size)
        tone: Tone = "plain" if record.outcome == "passed" else "strong"
        padding = " " * (longest - cells(name))
        rows.append(
            (mark_of(record.outcome, glyphs), Span(f" {name}", tone), Span((padding + figures).rstrip(), "dim"))
        )
    return rows


def _columns(record: RunRecord) -> tuple[str, ...]:
    sums = totals([msgspec.structs.replace(record, retried=False)])
    return (counted(record.turns, "turn"), _ttft(sums), seconds(record.seconds), *_spent(sums), _tried(record))


def _ttft(sums: Totals) -> str:
    if sums.ttft_p50 is None or sums.ttft_p95 is None:
        return ""
    p50, p95 = seconds(sums.ttft_p50), seconds(sums.ttft_p95)
    return f"TTFT {p50}" if p50 == p95 else f"TTFT p50 {p50}, p95 {p95}"


def totals_line(sums: Totals, glyphs: Glyphs) -> Line:
    """How many passed, and what it took."""
    counts: list[Span] = []
    for outcome in OUTCOMES:
        if number := getattr(sums, outcome):
            told = Span(f"{number:,} {word_of(outcome, sums.faults)}", tone_of(outcome))
            counts += [Span(", " if counts else ""), told]
            if tried := _again(sums, outcome, number):
                counts.append(Span(tried))
    figures = (counted(sums.turns, "turn"), _ttft(sums), *_spent(sums), _streams(sums))
    rest = "".join(f"{glyphs.dot}{figure}" for figure in figures if figure)
    return (Span(f"{counted(sums.runs, 'scenario')}: "), *counts, Span(rest, "dim"))


def _again(sums: Totals, outcome: str, number: int) -> str:
    """How many of an outcome's scenarios were tried more than once; of a single one that did not pass, how often."""
    tries = [count for of, count in sums.tries if of == outcome]
    if not tries:
        return ""
    if number > 1:
        return f" ({len(tries):,} tried again)"
    return " (tried again)" if outcome == "passed" else f" (tried {tries[0]:,} times)"


def _spent(sums: Totals) -> tuple[str, str, str]:
    return (
        counted(sums.tokens, "token") if sums.tokens else "",
        dollars(sums.cost) if sums.cost is not None else "",
        f"agent's own: {counted(sums.agent_tokens, 'token')}" if sums.agent_tokens else "",
    )


def _streams(sums: Totals) -> str:
    """What the lint says of the agents' streams, and by which rules; sound streams are not spoken of."""
    errors = counted(sums.stream_errors, "error") if sums.stream_errors else ""
    warnings = counted(sums.stream_warnings, "warning") if sums.stream_warnings else ""
    skipped = f"{counted(sums.unlinted, 'answer')} too long for it" if sums.unlinted else ""
    found = ", ".join(part for part in (errors, warnings) if part)
    if sums.stream_rules:
        more = len(sums.stream_rules) - _MOST_RULES
        rules = [*sums.stream_rules[:_MOST_RULES], *([f"{more} more"] if more > 0 else [])]
        found += f" ({', '.join(rules)})"
    said = ", ".join(part for part in (found, skipped) if part)
    return f"stream lint: {said}" if said else ""


def figures_of(record: RunRecord) -> list[str]:
    """Turns, times, tokens and cost of a run, those that were measured."""
    sums = totals([record])
    figures = (counted(sums.turns, "turn"), _ttft(sums), seconds(sums.seconds), *_spent(sums), _streams(sums))
    return [figure for figure in figures if figure]


def record_lines(record: RunRecord, *, glyphs: Glyphs, width: int, everything: bool = False) -> list[Line]:
    """Why a run ended as it did: its test, its reasoning, the criteria that were not met, the exception.

    Args:
        record: the run.
        glyphs: the marks to draw with.
        width: columns that a line may take.
        everything: also the criteria that were met, and of runs that passed.
    """
    lines: list[Line] = []
    lenient = record.outcome == "passed" and any(one.status != "passed" for one in record.criteria)
    if record.outcome == "passed" and not everything and not lenient:
        return lines
    if record.test:
        lines.append((Span(_test_of(record, glyphs), "dim"),))
    if record.error:
        lines += _error_lines(record, glyphs, width)
        if record.fault:
            lines.append((Span(f"at fault: {one_line(at_fault(record.fault, record.error), 60, glyphs)}"),))
    criteria = [c for c in record.criteria if everything or c.status != "passed"]
    if record.reasoning and (lenient or not (everything and record.outcome == "passed" and criteria)):
        lines += _paragraph(record.reasoning, "plain", glyphs, width, _LONGEST_REASON)
    if record.interrupt and _WAITS not in record.reasoning:
        lines += _paragraph(f"The agent {_WAITS}: {record.interrupt}", "plain", glyphs, width, _LONGEST_REASON)
    told = _told_before(record.reasoning, [one.reasoning for one in criteria if one.status != "passed"])
    for criterion in criteria:
        short = msgspec.structs.replace(criterion, reasoning=criterion.reasoning.removeprefix(told))
        lines += criterion_lines(short, glyphs=glyphs, width=width)
    if record.agreement is not None:
        lines.append((Span(agreement_words(record.agreement), "dim"),))
    return lines


def _told_before(reasoning: str, reasons: Sequence[str]) -> str:
    """The sentences with which the reason of each of several criteria begins, where the run's own has told them."""
    first = reasons[0][:_LONGEST_ERROR] if len(reasons) > 1 else ""
    told = ""
    for end in (at + 2 for at in range(len(first)) if first.startswith(". ", at)):
        if first[:end].strip() not in reasoning or not all(one.startswith(first[:end]) for one in reasons):
            break
        told = first[:end]
    return told


def agreement_words(agreement: float) -> str:
    """How far the votes of a judge agreed."""
    return f"agreement of the votes: alpha {agreement:.2f}"


def _error_lines(record: RunRecord, glyphs: Glyphs, width: int) -> list[Line]:
    """A failed check with the lines that follow its first one; any other error on one, to its last word."""
    tone = tone_of(record.outcome)
    if record.outcome != "failed" or record.fault:
        shown = with_its_end(" ".join(record.error.split()), _LONGEST_ERROR)
        return _paragraph(shown, tone, glyphs, width, 2 * _LONGEST_ERROR)
    first, *rest = failure_lines(record.error)
    lines = _paragraph(first, "bad", glyphs, width, _LONGEST_REASON)
    for line in rest:
        lines += indented(_paragraph(line, "bad", glyphs, width - 2, _LONGEST_REASON), 2)
    return lines


def criterion_lines(criterion: CriterionRecord, *, glyphs: Glyphs, width: int) -> list[Line]:
    """A criterion with its mark; where it is not met, with the judge's reason and the message that is quoted."""
    first, *more = wrapped(one_line(criterion.criterion, _LONGEST_REASON, glyphs), max(width - 2, 20))
    lines: list[Line] = [(mark_of(criterion.status, glyphs), Span(f" {first}"))]
    lines += [(Span(f"  {line}"),) for line in more]
    if criterion.status == "passed":
        return lines
    about: list[Line] = []
    if criterion.needs:
        about += _paragraph(
            undecided_word(criterion.needs), tone_of(criterion.status), glyphs, width - 2, _LONGEST_REASON
        )
    if criterion.reasoning:
        about += _paragraph(criterion.reasoning, "dim", glyphs, width - 2, _LONGEST_REASON)
    if criterion.quote:
        place = "" if criterion.message_index is None else f", message {criterion.message_index + 1}"
        speaker = one_line(criterion.speaker, 40, glyphs) or "message"
        quote = one_line(criterion.quote, _LONGEST_QUOTE, glyphs)
        said = f"{speaker}{place}: {glyphs.opening}{quote}{glyphs.closing}"
        about += [(Span(line, "agent"),) for line in wrapped(said, max(width - 2, 20))]
    return lines + indented(about, 2)


def _paragraph(text: str, tone: Tone, glyphs: Glyphs, width: int, limit: int) -> list[Line]:
    return [(Span(line, tone),) for line in wrapped(one_line(text, limit, glyphs), max(width, 20))]


def _test_of(record: RunRecord, glyphs: Glyphs) -> str:
    test = one_line(record.test, _LONGEST_REASON, glyphs)
    return test if record.outcome == "passed" else test + _AS_WANTED.get(record.test_outcome, "")
