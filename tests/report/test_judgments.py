"""What a judge's model answered on the way is shown while it is asked: a dim line for each answer."""

from __future__ import annotations

import io
from typing import Any

import pytest

import scenario
from scenario.dialogue.events import JudgmentGiven, RunFinished
from scenario.report.terminal.glyphs import ASCII, UNICODE
from scenario.report.terminal.judgment_lines import judgment_line, why_it_goes_on
from scenario.report.terminal.lines import plain
from scenario.report.terminal.summary import summary_lines
from scenario.report.terminal.terminal import terminal_subscriber
from scenario.testing import ModelServer
from scenario.types import CriterionResult, Judgment, ScenarioResult
from tests.report.run_events import Run, met, not_met
from tests.suite.records import record
from tests.viewer.hostile import HOSTILE

RUDE = not_met("It is polite", "It is rude.")
OPEN = CriterionResult(criterion="It warns", status="inconclusive")


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"asked": "turn", "answer": "goes on", "turn": 1}, "judge, turn 2 of free play: goes on"),
        ({"answer": "passed", "criteria": [met("It answers")], "turn": 2}, "judge, turn 3, verdict demanded: passed"),
        (
            {"answer": "failed", "criteria": [met("It answers"), RUDE]},
            "judge, turn 1, verdict demanded: failed “It is polite”",
        ),
        ({"answer": "inconclusive", "criteria": [OPEN]}, "judge, turn 1, verdict demanded: undecided “It warns”"),
        (
            {"asked": "confirmation", "answer": "failed", "criteria": [RUDE]},
            "judge, turn 1, asked a second time to confirm it: failed “It is polite”",
        ),
        (
            {"asked": "confirmation", "answer": "passed", "criteria": [met("It is polite")]},
            "judge, turn 1, asked a second time to confirm it: passed",
        ),
        (
            {"asked": "turn", "answer": "goes on", "model": "m-1", "votes": 3},
            "judge (m-1), turn 1 of free play, round 1, vote 1 of 3: goes on",
        ),
        (
            {"asked": "split", "answer": "passed", "vote": 3},
            "judge, turn 1, asked once more, as answers differed, round 1, vote 3: passed",
        ),
    ],
)
def test_each_answer_is_a_line(told: dict[str, Any], line: str) -> None:
    """Its turn, counted from 1, why it was asked, and what it said."""
    assert judgment_line(Judgment(**told), UNICODE, 100) == line


def test_the_line_fits_and_names_its_model_on_demand() -> None:
    """However long a criterion is; without a model's name where it has told none."""
    long = Judgment(answer="failed", criteria=[not_met("x" * 500, "")], model="openai/gpt")
    assert len(judgment_line(long, ASCII, 60)) == 60
    assert (
        judgment_line(Judgment(answer="passed", model="m-1"), UNICODE, 80, model=True)
        == "judge (m-1), turn 1, verdict demanded: passed"
    )


def shown(*judgments: Judgment) -> str:
    """What a run prints whose judge's model answers so on the way."""
    stream, run = io.StringIO(), Run()
    subscriber = terminal_subscriber(verbose=True, verbose_given=True, stream=stream, environ={"TERM": "dumb"})
    assert subscriber is not None
    given = (JudgmentGiven(run_id=run.name, at=1.0, call_id=9, agent="JudgeAgent", judgment=one) for one in judgments)
    result = ScenarioResult(
        success=False, messages=[], criteria=[RUDE], failed_criteria=["It is polite"], agreement=0.6
    )
    for part in (run.start(), run.turn(), run.says("Hello?"), run.answers("Go away"), given):
        for event in part:
            subscriber(event)
    subscriber(RunFinished(run_id=run.name, at=2.0, result=result))
    return stream.getvalue()


def test_they_stand_in_the_conversation_in_their_order() -> None:
    """Below the answer that they are about; the verdict says how far the votes agreed."""
    text = shown(
        Judgment(asked="turn", answer="goes on"), Judgment(answer="failed", criteria=[RUDE]), Judgment(answer="passed")
    )
    places = [
        text.index(part)
        for part in ("Go away", "free play: goes on", "demanded: failed", "demanded: passed", "✗ failed")
    ]
    assert places == sorted(places)
    assert "agreement of the votes: alpha 0.60" in text


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (
            [{"answer": "passed", "votes": 2}, {"answer": "goes on", "vote": 2, "votes": 2}],
            "votes differ (1 passed, 1 goes on)",
        ),
        (
            [{"answer": "failed"}, {"answer": "passed", "asked": "confirmation", "round": 2}],
            "the first answer was not confirmed",
        ),
        (
            [{"answer": "passed"}, {"answer": "goes on", "asked": "confirmation", "round": 2}],
            "the first answer was not confirmed",
        ),
        ([{"answer": "inconclusive"}], "not everything is decided"),
        ([{"answer": "goes on", "votes": 2}, {"answer": "goes on", "vote": 2, "votes": 2}], ""),
    ],
)
def test_why_a_conversation_goes_on_though_a_vote_decided(answers: list[dict[str, Any]], why: str) -> None:
    """Whoever reads "passed" and then another turn is told why; where all votes went on, nothing is to be said."""
    said = why_it_goes_on([Judgment(**{"asked": "turn", **one}) for one in answers])
    assert said == (f"{why}: the conversation goes on" if why else "")


async def test_a_split_vote_in_free_play_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """By a real panel, whose two models differ after the first turn."""
    async with ModelServer(verdicts={"polite": "passed"}) as one, ModelServer(verdicts={"polite": "failed"}) as other:
        judge = scenario.JudgeAgent(
            criteria=["It is polite"], models=[one.config("openai/a"), other.config("openai/b")]
        )
        script = [scenario.user("Hi"), scenario.agent("Hello"), scenario.proceed(1), scenario.succeed()]
        user = scenario.UserSimulatorAgent(model=one.config())
        await scenario.run("split", "d", [user, judge], script=script, verbose=2)
    text = capsys.readouterr().out
    assert "judge (openai/a), turn 1 of free play, round 1, vote 1 of 2: passed" in text
    assert "judge (openai/b), turn 1 of free play, round 1, vote 2 of 2: failed" in text
    assert "votes differ (1 passed, 1 failed): the conversation goes on" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_model_says_is_never_executed(text: str) -> None:
    """Nothing that a terminal would obey, in criteria and names."""
    criterion = CriterionResult(criterion=text, status="failed", reasoning=text)
    judgment = Judgment(answer="failed", criteria=[criterion], model=text, reasoning=text)
    assert judgment_line(judgment, UNICODE, 200, model=True).isprintable()
    assert not set("\x1b\x07\x9b\u202e") & set(shown(judgment))


def test_agreement_is_shown_where_there_is_one() -> None:
    """Beside the verdict; and nothing is said where there were no several votes."""
    one = record(outcome="failed", agreement=0.625)
    assert "    agreement of the votes: alpha 0.62" in [
        plain(line) for line in summary_lines([one], glyphs=UNICODE, width=90)
    ]
    assert "agreement" not in "".join(
        plain(line) for line in summary_lines([record(outcome="failed")], glyphs=UNICODE, width=90)
    )
