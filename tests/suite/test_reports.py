"""JUnit XML and JSON: the same facts as on the terminal, whole files, whatever was said."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given, strategies as st

from scenario.atomic_file import write_atomically
from scenario.errors import ConfigurationError, fault_of
from scenario.record.not_run import NotRun
from scenario.report.files.json_report import JsonReport, json_report, json_report_schema
from scenario.report.files.junit import junit_xml
from scenario.report.terminal.glyphs import UNICODE
from scenario.report.terminal.lines import plain
from scenario.report.terminal.summary import summary_lines
from tests.suite.records import FAILED, INVALID, PASSED, UNDECIDED, record

LEFT = [NotRun("later", "scenarios/other.yaml", "interrupted")]


def test_junit_counts_and_times() -> None:
    """For each file and for the whole."""
    root = ElementTree.fromstring(junit_xml([PASSED, FAILED, UNDECIDED, INVALID], LEFT))  # noqa: S314 - our own
    counted = {
        suite.get("name"): [suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")]
        for suite in [root, *root.iter("testsuite")]
    }
    assert counted == {
        "scenario": ["5", "2", "1", "1", "6.500"],
        "scenarios/weather.yaml": ["2", "1", "0", "0", "5.750"],
        "scenarios/other.yaml": ["3", "1", "1", "1", "0.750"],
    }


def test_junit_has_the_criteria_and_figures_as_properties() -> None:
    """Criteria, time, tokens, cost, row and tags."""
    root = ElementTree.fromstring(junit_xml([PASSED]))  # noqa: S314 - our own
    properties = {one.get("name"): one.get("value") for one in root.iter("property")}
    assert properties == {
        "criterion: It names a temperature": "passed",
        "outcome": "passed",
        "turns": "3",
        "tokens": "1200",
        "cost_usd": "0.012300",
        "ttft_p50": "0.3000",
        "ttft_p95": "0.3900",
        "parameter: city": "Paris",
        "tag": "smoke",
        "run_id": "a1",
    }


def test_junit_says_why() -> None:
    """The failure names the criteria, with the judge's reason and the words that it quotes; an error its type."""
    root = ElementTree.fromstring(junit_xml([FAILED, UNDECIDED, INVALID]))  # noqa: S314 - our own
    failure, undecided = root.iter("failure")
    assert (failure.get("type"), undecided.get("type")) == ("failed", "undecided")
    told = "undecided: 1 of 2 criteria could not be decided: It would warn of a storm"
    assert undecided.get("message") == told
    assert failure.get("message") == "It is polite; It is brief"
    assert "It swears.\n  assistant, message 2: 'damn'" in str(failure.text)
    (error,) = root.iter("error")
    assert error.get("type") == "JudgeError"
    blamed = "invalid, at fault: the judge's model, not the agent: JudgeError: [JudgeAgent] no answer"
    assert error.get("message") == blamed
    assert [case.get("name") for case in root.iter("testcase")][-1] == "judge down (repetition 2)"


@given(st.text(alphabet=st.characters()))
def test_junit_is_xml_whatever_was_said(text: str) -> None:
    """Control characters, lone surrogates and markup included."""
    said = record(
        name=text, outcome="failed", reasoning=text, error=text, parameters={text: text}, tags=(text,), file=text
    )
    ElementTree.fromstring(junit_xml([said], [NotRun(text, text, text)]))  # noqa: S314 - our own


# What the schemas of Jenkins' plugin and GitLab's reader agree upon: for each element its attributes and what is in it.
_JUNIT = {
    "testsuites": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time", "timestamp"}, {"testcase"}),
    "testcase": ({"name", "classname", "file", "time"}, {"properties", "failure", "error", "skipped"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "skipped": ({"message"}, set()),
}
_KINDS = {
    **dict.fromkeys(("tests", "failures", "errors", "skipped"), r"\d+"),
    "time": r"\d+\.\d+",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
}


def test_junit_is_what_readers_of_it_take() -> None:
    """No element, attribute or value that one of them refuses; a case has one end, and the counts are true."""
    content = junit_xml([PASSED, FAILED, UNDECIDED, INVALID], LEFT, started="2026-01-02T03:04:05+00:00")
    root = ElementTree.fromstring(content)  # noqa: S314 - our own
    assert root.tag == "testsuites"
    for element in root.iter():
        attributes, inner = _JUNIT[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= inner
        for name, value in element.attrib.items():
            assert re.fullmatch(_KINDS.get(name, "(?s).*"), value), (element.tag, name, value)
    for suite in [root, *root.iter("testsuite")]:
        cases = list(suite.iter("testcase"))
        ends = [[child.tag for child in case if child.tag != "properties"] for case in cases]
        assert all(len(end) <= 1 for end in ends)
        assert all(case.get("name") and case.get("classname") for case in cases)
        counted = [len(cases), *(ends.count([tag]) for tag in ("failure", "error", "skipped"))]
        assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == [str(one) for one in counted]


def test_the_json_report_fits_its_schema() -> None:
    """What is documented is what is written."""
    content = json_report(
        [PASSED, FAILED, UNDECIDED, INVALID],
        LEFT,
        invocation="u",
        exit_code=1,
        seed=7,
        started="2026-01-01",
        seconds=9.0,
    )
    report = msgspec.json.decode(content, type=JsonReport)
    told = [msgspec.structs.replace(one, at_fault="") for one in report.scenarios]
    assert (told, report.exit_code, report.seed) == ([PASSED, FAILED, UNDECIDED, INVALID], 1, 7)
    sums = report.totals
    assert (sums.passed, sums.failed, sums.undecided, sums.invalid, sums.not_run) == (1, 1, 1, 1, 1)
    assert report.version == 3
    assert set(json.loads(content)) == set(json_report_schema()["$defs"]["JsonReport"]["properties"])


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """And folders are made."""
    path = tmp_path / "out" / "r.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(path.parent) == ["r.json"]  # noqa: PTH208


def test_json_says_whose_fault_it_was_in_the_words_of_the_terminal() -> None:
    """A refusal is on either side, which "wire" alone does not tell; where nobody was at fault there are no words."""
    refused = record(outcome="failed", error="ErrorReplyError: status 401", fault="wire")
    told = json.loads(json_report([refused, PASSED]))["scenarios"]
    assert [(one["fault"], one["at_fault"]) for one in told] == [("wire", "the request, or the agent"), ("", "")]
    shown = "\n".join(map(plain, summary_lines([refused], glyphs=UNICODE, width=90)))
    assert "at fault: the request, or the agent" in shown


def test_what_passed_though_not_every_criterion_was_met_is_said() -> None:
    """By a threshold: green in JUnit and on the terminal, with what was not met beside it."""
    one = msgspec.structs.replace(FAILED, outcome="passed", reasoning="1 of 2 criteria are met; 50% suffice.")
    case = ElementTree.fromstring(junit_xml([one])).find("testsuite/testcase")  # noqa: S314 - our own file
    assert case is not None
    assert (case.find("failure"), case.find("error")) == (None, None)
    assert "50% suffice" in (case.findtext("system-out") or "")
    assert "failed: It is polite" in (case.findtext("system-out") or "")
    shown = "\n".join(map(plain, summary_lines([one], glyphs=UNICODE, width=90)))
    assert "50% suffice" in shown
    assert "✗ It is polite" in shown
    whole = ElementTree.fromstring(junit_xml([PASSED])).find("testsuite/testcase/system-out")  # noqa: S314 - our own file
    assert whole is None


@pytest.mark.skipif(sys.platform == "win32", reason="pipes with a name")
def test_what_is_no_file_is_written_to(tmp_path: Path) -> None:
    """A pipe stays a pipe, and so does /dev/null: nothing is put in its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, b"one")
    assert os.read(reader, 10) == b"one"
    os.close(reader)
    assert pipe.is_fifo()
    assert os.listdir(tmp_path) == ["pipe"]  # noqa: PTH208


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="a disk that is always full")
def test_a_disk_that_is_full_is_the_machines_fault() -> None:
    """It is no wrong setting: `scenario run --junit` ends with 3."""
    with pytest.raises(ConfigurationError, match="No space left") as caught:
        write_atomically(Path("/dev/full"), b"one")
    assert fault_of(caught.value) == "machine"


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With its name; nothing is left beside it."""
    (tmp_path / "r.json").mkdir()
    with pytest.raises(ConfigurationError, match=r"r\.json cannot be written"):
        write_atomically(tmp_path / "r.json", b"x")
    assert os.listdir(tmp_path) == ["r.json"]  # noqa: PTH208
