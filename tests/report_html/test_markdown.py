"""The Markdown report: what it says, and that nothing foreign is markup in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from scenario.record.account import CriterionCount, RowAccount
from scenario.record.overview import overview
from scenario.report.compare import ChangedScenario, Comparison, FlippedCriterion, Moved
from scenario.report.files.markdown import changes_markdown, code, markdown_report
from tests.viewer.hostile import HOSTILE

SPAN = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
COUNT = [CriterionCount(criterion="It is polite", passed=1, failed=1)]


def report(rows: list[RowAccount], *, changed: Comparison | None = None) -> str:
    """The report of these runs."""
    return markdown_report(overview(rows, criteria=COUNT, ttfts=[0.2, 0.4]), rows, changed=changed)


def comparison(name: str = "refund", reason: str = "It is rude.") -> Comparison:
    """One scenario got worse, and one of its criteria flipped."""
    worse = ChangedScenario(
        key="k", name=name, before_runs=2, before_passed=2, after_runs=2, after_passed=1, before_id="a", after_id="b",
        before_status="passed", after_status="failed", reason=reason,
    )  # fmt: skip
    return Comparison(
        regressions=[worse],
        improvements=[],
        not_comparable=[],
        unchanged=3,
        added=[],
        removed=["gone"],
        flips=[FlippedCriterion(scenario=name, criterion=reason, before="passed", after="failed")],
        after_ended=2,
        before_rate=1.0,
        after_rate=0.999,
        undecided=Moved(before=0, after=0),
        invalid=Moved(before=0, after=0),
        ttft=Moved(before=0.2, after=0.3),
        ttft_p95=Moved(before=None, after=None),
        duration=Moved(before=None, after=None),
        cost=Moved(before=None, after=None),
    )


def test_failures_come_with_their_reason_and_passes_are_folded() -> None:
    """Who reads the comment sees the share, what failed and why; what passed is folded away."""
    text = report(
        [
            RowAccount(id="1", name="refund", status="failed", unmet=["It is polite"], turns=2, seconds=1.5),
            RowAccount(id="2", name="weather", status="passed", turns=1, seconds=0.5),
        ]
    )
    assert text.startswith("## ❌ Scenarios: 1 of 2 scenarios passed\n")
    assert "| ❌ | `refund` | `It is polite` | 2 | 1.5 s |" in text
    assert "| `It is polite` | 1 | 1 | 0 |" in text
    assert "<details><summary>1 passed</summary>\n\n- `weather`\n" in text


def test_all_that_passed_is_said_so() -> None:
    """A green report begins so, and lists no failures."""
    text = report([RowAccount(id="2", name="weather", status="passed")])
    assert text.startswith("## ✅ Scenarios: 1 of 1 scenario passed\n")
    assert "Did not pass" not in text


def test_what_changed_is_told() -> None:
    """Regressions, flips and latency stand in the comment; a rate that is not whole never reads as 100%."""
    text = "\n".join(changes_markdown(comparison()))
    assert "**1 regression**, 0 improvements, 3 unchanged, 0 new, 1 gone · pass rate 100% → 99%" in text
    assert "first token 200 ms → 300 ms (+50%)" in text
    assert "| `refund` | 2/2 | 1/2 | `It is rude.` |" in text
    assert "- ✅ → ❌ `It is rude.` in `refund`" in text


@given(st.text() | st.sampled_from(HOSTILE) | st.text(alphabet="`|\\<>@#[]()!*_\n "))
def test_foreign_text_stands_in_one_code_span_on_one_line(text: str) -> None:
    """Whatever it holds, it opens and closes one span: fences inside are shorter, pipes and line ends are gone."""
    span = code(text, 200)
    assert "\n" not in span
    assert "|" not in span
    fence = re.match(r"`+", span)
    assert fence is not None
    assert span.endswith(fence[0])
    inner = span[len(fence[0]) : -len(fence[0])]
    assert fence[0] not in re.findall(r"`+", inner)
    assert not inner.startswith("`")
    assert not inner.endswith("`")


@pytest.mark.parametrize("text", [*HOSTILE, "@everyone #1 https://evil.example [x](y) ![i](j) | a | b |"])
def test_nothing_foreign_is_left_outside_of_code(text: str) -> None:
    """Take the code spans out, and what remains is our own words."""
    rows = [
        RowAccount(id="1", name=text, status="invalid", error=text),
        RowAccount(id="4", name=text, status="undecided", unmet=[text]),
        RowAccount(id="2", name=text, status="failed", unmet=[text]),
        RowAccount(id="3", name=text, status="passed"),
    ]
    ours = SPAN.sub("", report(rows, changed=comparison(text, text)))
    plain = SPAN.sub("", report([RowAccount(id=str(n), name="n", status=s) for n, s in ((1, "invalid"), (4, "undecided"), (2, "failed"), (3, "passed"))], changed=comparison("n", "n")))  # fmt: skip  # noqa: E501
    assert ours == plain


def test_a_comment_is_never_longer_than_a_forge_takes() -> None:
    """A thousand failures with long reasons still make a comment, which says that there is more."""
    rows = [RowAccount(id=str(n), name="n" * 300, status="failed", error="e" * 3000) for n in range(1000)]
    text = report(rows)
    assert len(text) < 65_536
    assert "… and 975 more." in text


def test_a_failure_without_criteria_is_told_with_its_reason() -> None:
    """What a script ends as a failure says why; the status alone tells nothing."""
    row = RowAccount(id="r", name="refund", status="failed", reason="The refund was promised twice")
    assert "`The refund was promised twice`" in report([row])


def test_a_report_of_nothing_is_no_success() -> None:
    """A run that was killed before anything ran gets no green mark in a pull request."""
    assert report([]).startswith("## ⚠️ Scenarios: nothing was run")


def test_what_is_undecided_or_invalid_is_told_apart() -> None:
    """Neither is the agent's failure; what is invalid says by whose fault, and is no part of what could have passed."""
    rows = [
        RowAccount(id="1", name="weather", status="passed"),
        RowAccount(id="2", name="storm", status="undecided", unmet=["It warns"]),
        RowAccount(id="3", name="wind", status="invalid", error="JudgeError: down", fault="judge"),
    ]
    text = report(rows)
    assert text.startswith("## ⚠️ Scenarios: 1 of 2 scenarios passed, 1 undecided, 1 invalid (judge)\n")
    assert "| ❔ | `storm` | `undecided: It warns` |" in text
    assert "| ⚠️ | `wind` | `invalid (judge): JudgeError: down` |" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_fault_that_a_test_made_up_is_no_markup(text: str) -> None:
    """Whose fault it was stands outside of code, and only its letters do."""
    row = RowAccount(id="1", name="n", status="invalid", error="e", fault=text, tries=2, tried_for=[text])
    told = SPAN.sub("", report([row]))
    assert not set("<>@[]!$") & set(told)
    assert "://" not in told
