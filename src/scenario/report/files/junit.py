"""JUnit XML: what CI systems read. Pure: records in, bytes out.

There is no standard; this keeps to what Jenkins, GitLab and GitHub's reporters agree upon: a `testsuite` for each file,
a `testcase` for each scenario, `failure` for a verdict (of type `undecided` where nobody could tell), `error` for what
says nothing about the agent, `skipped` for what was not run, and `properties` for criteria and figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree as Xml

from scenario.exchange import UNVERIFIED
from scenario.metrics.run_timing import percentile
from scenario.record.blame import at_fault
from scenario.record.not_run import NotRun
from scenario.record.run_record import RunRecord
from scenario.report.reasons import failure_lines, undecided_words

# What XML 1.0 cannot hold, not even escaped: https://www.w3.org/TR/xml/#charsets
_ILLEGAL: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Neither is green: a failure tells of the agent, an error of everything else.
_FAILURES: Final = ("failed", "undecided")
_ERRORS: Final = ("invalid", "cancelled")


def junit_xml(
    records: Sequence[RunRecord], not_run: Sequence[NotRun] = (), *, name: str = "scenario", started: str = ""
) -> bytes:
    """The report.

    Args:
        records: the runs.
        not_run: what was not run.
        name: of the whole.
        started: when it began, as ISO 8601 in UTC; empty where that is not known.
    """
    root = Xml.Element("testsuites", {"name": name})
    records = [record for record in records if not record.retried] or records
    files = dict.fromkeys([*(record.file for record in records), *(one.file for one in not_run)])
    counts = [0, 0, 0, 0]
    seconds = 0.0
    for file in files:
        of_file = [record for record in records if record.file == file]
        left = [one for one in not_run if one.file == file]
        suite = Xml.SubElement(root, "testsuite", {"name": _clean(file or name)})
        if started:  # the schemas take no zone here
            suite.set("timestamp", started.partition("+")[0])
        for record in of_file:
            suite.append(_case(record))
        for one in left:
            case = Xml.SubElement(suite, "testcase", _identity(one.name, one.file))
            Xml.SubElement(case, "skipped", {"message": _clean(one.reason)})
        failures, errors = (_count(of_file, outcomes) for outcomes in (_FAILURES, _ERRORS))
        here = [len(of_file) + len(left), failures, errors, len(left)]
        time = sum(record.seconds for record in of_file)
        _set_counts(suite, here, time)
        counts = [before + more for before, more in zip(counts, here, strict=True)]
        seconds += time
    _set_counts(root, counts, seconds)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'.encode()


def _count(records: Sequence[RunRecord], outcomes: Sequence[str]) -> int:
    return sum(record.outcome in outcomes for record in records)


def _set_counts(element: Xml.Element, counts: Sequence[int], seconds: float) -> None:
    for key, count in zip(("tests", "failures", "errors", "skipped"), counts, strict=True):
        element.set(key, str(count))
    element.set("time", f"{seconds:.3f}")


def _identity(name: str, file: str) -> dict[str, str]:
    shown = {"name": _clean(name), "classname": _clean(file.rpartition(".")[0].replace("/", ".") or "scenario")}
    return {**shown, "file": _clean(file)} if file else shown


def _case(record: RunRecord) -> Xml.Element:
    name = record.name if not record.repeat else f"{record.name} (repetition {record.repeat + 1})"
    case = Xml.Element("testcase", {**_identity(name, record.file), "time": f"{record.seconds:.3f}"})
    properties = Xml.SubElement(case, "properties")
    for key, value in _properties(record):
        Xml.SubElement(properties, "property", {"name": key, "value": _clean(value)})
    if record.outcome in _FAILURES:
        failure = Xml.SubElement(case, "failure", {"message": _message(record), "type": record.outcome})
        failure.text = _clean(_details(record))
    elif record.outcome in _ERRORS:
        kind = record.error.partition(":")[0] if record.outcome == "invalid" and record.error else record.outcome
        error = Xml.SubElement(case, "error", {"message": _message(record), "type": _clean(kind)})
        error.text = _clean(_details(record))
    elif any(one.status != "passed" for one in record.criteria):  # enough of them were met: the page says so
        Xml.SubElement(case, "system-out").text = _clean(_details(record))
    return case


def _properties(record: RunRecord) -> list[tuple[str, str]]:
    found = [(_clean(f"criterion: {one.criterion}"), str(one.status)) for one in record.criteria]
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
        return _clean(undecided_words(record))
    unmet = [criterion.criterion for criterion in record.criteria if criterion.status != "passed"]
    error = " ".join(line.strip() for line in failure_lines(record.error))
    if record.outcome == "invalid":
        return _clean(f"invalid, at fault: {at_fault(record.fault, record.error)}: {error}")
    return _clean(error or "; ".join(unmet) or record.reasoning or "it did not pass")


def _details(record: RunRecord) -> str:
    lines = [line for line in (record.error, record.reasoning) if line]
    for criterion in record.criteria:
        if criterion.status == "passed":
            continue
        lines.append(f"{criterion.status}: {criterion.criterion}")
        lines += [f"  {criterion.reasoning}"] if criterion.reasoning else []
        if criterion.quote:
            index = "" if criterion.message_index is None else f", message {criterion.message_index + 1}"
            lines.append(f"  {criterion.speaker or 'message'}{index}: {criterion.quote!r}")
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _ILLEGAL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
