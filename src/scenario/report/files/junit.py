"""JUnit XML: what CI systems read. Pure: records in, bytes out.

There is no standard; this keeps to what Jenkins, GitLab and GitHub's reporters agree upon: a `testsuite` for each file,
a `testcase` for each scenario, `failure` for a verdict (of type `undecided` where nobody could tell), `error` for what
says nothing about the agent, `skipped` for what was not run, and `properties` for criteria and figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from xml.etree import ElementTree as Xml

from scenario.exchange import UNVERIFIED
from scenario.metrics.run_timing import percentile
from scenario.record.blame import at_fault
from scenario.record.not_run import NotRun
from scenario.record.run_record import CriterionRecord, RunRecord
from scenario.report.files.bounds import bounded_record, cut, where_it_is
from scenario.report.reasons import failure_lines, listed, undecided_word, undecided_words

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_ILLEGAL: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Of a message, in characters.
_LONGEST: Final = 10_000
# Neither is green: a failure tells of the agent, an error of everything else.
_FAILURES: Final = ("failed", "undecided")
_ERRORS: Final = ("invalid", "cancelled")


class _Suite(NamedTuple):
    """What stands in one file."""

    records: list[RunRecord]
    left: list[NotRun]

    def counts(self) -> dict[str, int]:
        """How many there are, and how many of them ended how."""
        failures, errors = (sum(one.outcome in some for one in self.records) for some in (_FAILURES, _ERRORS))
        whole = len(self.records) + len(self.left)
        return {"tests": whole, "failures": failures, "errors": errors, "skipped": len(self.left)}

    def seconds(self) -> float:
        """Of all runs in it."""
        return sum(record.seconds for record in self.records)


def junit_xml(
    records: Sequence[RunRecord], not_run: Sequence[NotRun] = (), *, name: str = "scenario", started: str = ""
) -> bytes:
    """The report; see `junit_parts` for the arguments."""
    return b"".join(junit_parts(records, not_run, name=name, started=started))


def junit_parts(
    records: Sequence[RunRecord], not_run: Sequence[NotRun] = (), *, name: str = "scenario", started: str = ""
) -> Iterator[bytes]:
    """The report, piece by piece.

    Args:
        records: the runs.
        not_run: what was not run.
        name: of the whole.
        started: when it began, as ISO 8601 in UTC; empty where that is not known.
    """
    suites: dict[str, _Suite] = {}
    for record in [record for record in records if not record.retried] or records:
        suites.setdefault(record.file, _Suite([], [])).records.append(record)
    for one in not_run:
        suites.setdefault(one.file, _Suite([], [])).left.append(one)
    told = [suite.counts() for suite in suites.values()]
    sums = {key: sum(counts[key] for counts in told) for key in ("tests", "failures", "errors", "skipped")}
    whole = {"name": _clean(name)} | _figures(sums, sum(suite.seconds() for suite in suites.values()))
    # The schemas take no zone here.
    stamp = {"timestamp": started.partition("+")[0]} if started else {}
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n{_opened("testsuites", whole, bool(suites))}'.encode()
    for (file, suite), counts in zip(suites.items(), told, strict=True):
        named = {"name": _clean(file or name)} | stamp | _figures(counts, suite.seconds())
        yield f"  {_opened('testsuite', named, inner=True)}".encode()
        for record in suite.records:
            yield _lines(_case(record))
        for one in suite.left:
            yield _lines(_skipped(one))
        yield b"  </testsuite>\n"
    yield b"</testsuites>\n" if suites else b""


def _figures(counts: dict[str, int], seconds: float) -> dict[str, str]:
    return {key: str(count) for key, count in counts.items()} | {"time": f"{seconds:.3f}"}


def _opened(tag: str, attributes: dict[str, str], inner: bool) -> str:
    """The beginning of an element, or all of it where nothing is in it."""
    whole = Xml.tostring(Xml.Element(tag, attributes), encoding="unicode")
    return f"{whole.removesuffix(' />')}>\n" if inner else f"{whole}\n"


def _lines(case: Xml.Element) -> bytes:
    Xml.indent(case, level=2)
    return f"    {Xml.tostring(case, encoding='unicode')}\n".encode()


def _skipped(one: NotRun) -> Xml.Element:
    case = Xml.Element("testcase", _identity(one.name, one.file))
    Xml.SubElement(case, "skipped", {"message": _clean(cut(one.reason, _LONGEST))})
    return case


def _identity(name: str, file: str) -> dict[str, str]:
    shown = {"name": _clean(name), "classname": _clean(file.rpartition(".")[0].replace("/", ".") or "scenario")}
    return {**shown, "file": _clean(file)} if file else shown


def _case(whole: RunRecord) -> Xml.Element:
    record = bounded_record(whole)
    name = record.name if not record.repeat else f"{record.name} (repetition {record.repeat + 1})"
    case = Xml.Element("testcase", {**_identity(name, record.file), "time": f"{record.seconds:.3f}"})
    properties = Xml.SubElement(case, "properties")
    for key, value in _properties(record):
        Xml.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    if record.outcome in _FAILURES:
        failure = Xml.SubElement(case, "failure", {"message": _message(whole), "type": record.outcome})
        failure.text = _clean(_details(record))
    elif record.outcome in _ERRORS:
        kind = record.error.partition(":")[0] if record.outcome == "invalid" and record.error else record.outcome
        error = Xml.SubElement(case, "error", {"message": _message(whole), "type": _clean(kind)})
        error.text = _clean(_details(record))
    elif record.left_out or any(one.status != "passed" for one in record.criteria):  # enough were met: the page says so
        Xml.SubElement(case, "system-out").text = _clean(_details(record))
    return case


def _properties(record: RunRecord) -> list[tuple[str, str]]:
    found = [(_clean(f"criterion: {one.criterion}"), _status(one)) for one in record.criteria]
    found.append(("outcome", record.outcome))
    if record.tries > 1:
        found.append(("tries", str(record.tries)))
        found += [("tried_for", ", ".join(record.tried_for))] if record.tried_for else []
    if record.agreement is not None:
        found.append(("agreement", f"{record.agreement:.4f}"))
    found.append(("turns", str(record.turns)))
    found.append(("tokens", str(record.tokens)))
    if record.agent_tokens:
        found.append(("agent_tokens", str(record.agent_tokens)))
    if record.cost is not None:
        found.append(("cost_usd", f"{record.cost:.6f}"))
    ttfts = sorted(record.ttfts)
    for label, fraction in (("ttft_p50", 0.5), ("ttft_p95", 0.95)):
        if (value := percentile(ttfts, fraction)) is not None:
            found.append((label, f"{value:.4f}"))
    found += [(f"parameter: {_clean(name)}", str(value)) for name, value in record.parameters.items()]
    found += [("tag", tag) for tag in record.tags]
    if record.unverified:
        found.append(("certificate", UNVERIFIED))
    if record.fault:
        found.append(("fault", record.fault))
    if record.run_id:
        found.append(("run_id", record.run_id))
    return found


def _message(record: RunRecord) -> str:
    if record.outcome == "undecided":
        return _clean(cut(undecided_words(record), _LONGEST))
    unmet = [criterion.criterion for criterion in record.criteria if criterion.status != "passed"]
    error = " ".join(line.strip() for line in failure_lines(cut(record.error, _LONGEST)))
    if record.outcome == "invalid":
        return _clean(f"invalid, at fault: {at_fault(record.fault, record.error)}: {error}")
    return _clean(cut(error or listed(unmet) or record.reasoning or "it did not pass", _LONGEST))


def _details(record: RunRecord) -> str:
    lines = [line for line in (record.error, record.reasoning) if line]
    for criterion in record.criteria:
        if criterion.status == "passed":
            continue
        lines.append(f"{_status(criterion)}: {criterion.criterion}")
        lines += [f"  {criterion.reasoning}"] if criterion.reasoning else []
        if criterion.quote:
            index = "" if criterion.message_index is None else f", message {criterion.message_index + 1}"
            lines.append(f"  {criterion.speaker or 'message'}{index}: {criterion.quote!r}")
    if record.left_out:
        lines.append(f"left out: {'; '.join(record.left_out)}. {where_it_is(record.run_id)}.")
    return "\n".join(lines)


def _status(criterion: CriterionRecord) -> str:
    return undecided_word(criterion.needs) if criterion.needs else str(criterion.status)


def _clean(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
