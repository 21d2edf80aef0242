"""What a judge's model answered on the way is kept, and every command that shows a run has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings, strategies as st

from scenario.cli.main import main
from scenario.dialogue.events import JudgmentGiven, RunEvent, RunFinished
from scenario.record.account_recorder import AccountRecorder
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import environment_secrets
from scenario.report.files.json_report import json_report
from scenario.store.accounts import stored_account
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.retention import Pruning, prune
from scenario.store.writer import StoreWriter
from scenario.types import Judgment
from tests.store.stored_runs import a_run
from tests.store.test_round_trip import CRITERIA, TEXTS
from tests.viewer.hostile import HOSTILE

JUDGMENTS = st.builds(
    Judgment,
    asked=st.sampled_from(["turn", "verdict", "confirmation", "split"]),
    answer=st.sampled_from(["goes on", "passed", "failed", "inconclusive"]),
    model=TEXTS,
    turn=st.integers(0, 50),
    round=st.integers(1, 5),
    vote=st.integers(1, 5),
    criteria=st.lists(CRITERIA, max_size=3),
    reasoning=TEXTS,
    server=TEXTS,
    controls=st.integers(0, 16),
    missed=st.integers(0, 16),
)


def judged(*judgments: Judgment, agreement: float | None = None) -> Iterator[RunEvent]:
    """A run whose judge's model answers so before the verdict."""
    for event in a_run("aa", success=False):
        if isinstance(event, RunFinished):
            for one in judgments:
                yield JudgmentGiven(run_id="aa", at=event.at, call_id=7, agent="JudgeAgent", judgment=one)
            assert event.result is not None
            result = msgspec.structs.replace(event.result, judgments=list(judgments), agreement=agreement)
            event = msgspec.structs.replace(event, result=result)
        yield event


def stored(folder: Path, *judgments: Judgment, agreement: float | None = None) -> None:
    """Store it."""
    with StoreWriter(folder) as writer:
        for event in judged(*judgments, agreement=agreement):
            writer(event)


@given(st.lists(JUDGMENTS, max_size=4), st.none() | st.floats(-1, 1))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(
    tmp_path_factory: pytest.TempPathFactory, judgments: list[Judgment], agreement: float | None
) -> None:
    """Each with its criteria, in their order; the result that is read back has them, too, and so has its account."""
    rounds: dict[tuple[int, int], int] = {}
    for one in judgments:
        rounds[one.turn, one.round] = max(rounds.get((one.turn, one.round), 1), one.vote)
    judgments = [msgspec.structs.replace(one, votes=rounds[one.turn, one.round]) for one in judgments]
    folder = tmp_path_factory.mktemp("store")
    stored(folder, *judgments, agreement=agreement)
    recorder = AccountRecorder()
    for event in judged(*judgments, agreement=agreement):
        recorder(event)
    with StoreReader(folder) as reader:
        record = reader.scenario("aa")
    assert [one.judgment for one in record.judgments] == judgments
    assert {(one.agent, one.call_id) for one in record.judgments} <= {("JudgeAgent", 7)}
    assert record.result is not None
    assert (record.result.judgments, record.result.agreement) == (judgments, agreement)
    (account,) = recorder.accounts
    read = stored_account(record)
    assert (read.judgments, read.agreement) == (account.judgments, account.agreement)
    assert len(read.judgments) == len(judgments)


def test_a_judgment_that_changes_later_is_kept_as_it_was(tmp_path: Path) -> None:
    """It is taken down when it is told: what a judge of one's own does with it afterwards changes nothing."""
    judgment = Judgment(answer="failed", reasoning="rude")
    with StoreWriter(tmp_path) as writer:
        for event in judged(judgment):
            writer(event)
            if isinstance(event, JudgmentGiven):
                judgment.reasoning, judgment.answer = "changed", "passed"
    with StoreReader(tmp_path) as reader:
        (one,) = reader.scenario("aa").judgments
    assert (one.judgment.answer, one.judgment.reasoning) == ("failed", "rude")


def test_commands_show_them(tmp_path: Path) -> None:
    """`show` a line each with its model and what was not met; JSON and the export hold each once."""
    criteria = [{"criterion": "It is polite", "status": "failed", "reasoning": "It is rude."}]
    stored(
        tmp_path,
        Judgment(asked="turn", answer="goes on", model="m-1"),
        Judgment(answer="failed", criteria=criteria, model="m-1", turn=1),  # type: ignore[arg-type]
        agreement=0.6,
    )
    runner = CliRunner()
    out = runner.invoke(main, ["show", "aa", "--store", str(tmp_path)]).output
    assert "judge (m-1), turn 1 of free play: goes on" in out
    assert "judge (m-1), turn 2, verdict demanded: failed “It is polite”" in out
    assert "    failed: It is polite: It is rude." in out
    assert "agreement of the votes: alpha 0.60" in out
    for command in (["show", "aa", "--json"], ["export", "aa"]):
        told = json.loads(runner.invoke(main, [*command, "--store", str(tmp_path)]).output)
        assert [one["judgment"]["answer"] for one in told["judgments"]] == ["goes on", "failed"]
        assert told["judgments"][1]["judgment"]["criteria"][0]["reasoning"] == "It is rude."
        assert (told["result"]["judgments"], told["result"]["agreement"]) == ([], 0.6)


def test_the_json_report_has_them(tmp_path: Path) -> None:
    """The one that is written as the run ends, and the one from the store, say the same of each."""
    told = [
        Judgment(asked="turn", answer="passed", model="m-1", votes=2),
        Judgment(answer="failed", vote=2, votes=2, turn=1),
    ]
    stored(tmp_path, *told)
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    for event in judged(*told):
        recorder(event)
    assert [(one.answer, one.model, one.vote, one.turn) for one in records[0].judgments] == [
        ("passed", "m-1", 1, 0),
        ("failed", "", 2, 1),
    ]
    done = CliRunner().invoke(main, ["report", "aa", "--format", "json", "--store", str(tmp_path)])
    live = json.loads(json_report(records))["scenarios"][0]["judgments"]
    later = json.loads(done.output)["scenarios"][0]["judgments"]
    assert [one | {"votes": 0} for one in later] == [one | {"votes": 0} for one in live]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_model_says_reaches_the_terminal(tmp_path: Path, text: str) -> None:
    """It is shown, not executed."""
    criteria = [{"criterion": text, "status": "failed", "reasoning": text}]
    stored(tmp_path, Judgment(answer="failed", criteria=criteria, model=text, reasoning=text))  # type: ignore[arg-type]
    for command in (["show", "aa"], ["show", "aa", "--json"]):
        done = CliRunner().invoke(main, [*command, "--store", str(tmp_path)])
        assert done.exit_code == 0
        assert not set("\x1b\x07\x9b\u202e") & set(done.output)


def test_no_secret_is_in_them(tmp_path: Path) -> None:
    """A judge's model repeats what it has read: a known secret is in no byte of the store."""
    secret = "sk-live-4f8a1b2c3d4e5f60718293"  # noqa: S105 - made up
    criteria = [{"criterion": "It is polite", "status": "failed", "reasoning": f"it says {secret}", "quote": secret}]
    judgment = Judgment(answer="failed", criteria=criteria, model=secret, reasoning=secret)  # type: ignore[arg-type]
    with StoreWriter(tmp_path, secrets=environment_secrets({"X_KEY": secret})) as writer:
        for event in judged(judgment):
            writer(event)
    assert secret.encode() not in database_path(tmp_path).read_bytes()
    with StoreReader(tmp_path) as reader:
        assert len(reader.scenario("aa").judgments) == 1


def test_they_go_with_their_run(tmp_path: Path) -> None:
    """What is pruned leaves nothing behind."""
    stored(tmp_path, Judgment(answer="failed"))
    prune(tmp_path, Pruning(keep=0), clock=lambda: 1e11)
    with StoreReader(tmp_path) as reader:
        assert reader.scenarios() == []
        connection = reader._connection
        assert connection.execute("SELECT count(*) FROM judgments").fetchone() == (0,)
