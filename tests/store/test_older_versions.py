"""Stores that earlier versions wrote: opened, brought up to date, read, reported and written to by this one.

`store_of_version_N.sql` is a store with the schema N as a release of that time wrote it; none is ever changed. Where a
migration is added, so is the store of the version before it, written by the code before it.
"""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from scenario.cli.main import main
from scenario.store.database import writable
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.schema import VERSION
from scenario.store.writer import StoreWriter
from tests.report_html.held import held
from tests.store.stored_runs import a_run

WRITTEN = {int(path.stem.rpartition("_")[2]): path for path in Path(__file__).parent.glob("store_of_version_*.sql")}


@pytest.fixture
def old_store(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a store as that version wrote it."""
    connection = sqlite3.connect(database_path(tmp_path))
    connection.executescript(WRITTEN[request.param].read_text(encoding="utf-8"))
    assert connection.execute("PRAGMA user_version").fetchone() == (request.param,)
    connection.close()
    return tmp_path


each_version = pytest.mark.parametrize("old_store", sorted(WRITTEN), indirect=True)
version_1 = pytest.mark.parametrize("old_store", [1], indirect=True)
version_3 = pytest.mark.parametrize("old_store", [3], indirect=True)
version_2 = pytest.mark.parametrize("old_store", [2], indirect=True)


def scenario(folder: Path, *arguments: str) -> Result:
    """The command's answer, in this process."""
    return CliRunner().invoke(main, [*arguments, "--store", str(folder)])


def test_every_earlier_version_of_the_schema_has_a_store_here() -> None:
    """From the first to the one before today's: a migration without the store that it migrates is not tested."""
    assert sorted(WRITTEN) == list(range(1, VERSION))


@each_version
def test_an_older_store_becomes_what_a_new_one_is(old_store: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Migrations end with the same tables as a store that is made now."""
    schemas = []
    for folder in (old_store, tmp_path_factory.mktemp("new")):
        connection = writable(folder)
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        schemas.append(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
        connection.close()
    assert schemas[0] == schemas[1]


@each_version
def test_an_older_store_is_written_to(old_store: Path) -> None:
    """New runs join the old ones, and are found beside them."""
    with StoreReader(old_store) as reader:
        before = [row.run_id for row in reader.scenarios()]
        said = len(reader.search("sunny"))
    with StoreWriter(old_store) as writer:
        for event in a_run("bb"):
            writer(event)
    with StoreReader(old_store) as reader:
        assert [row.run_id for row in reader.scenarios()] == ["bb", *before]
        assert len(reader.search("sunny")) == said + 2


@each_version
@pytest.mark.parametrize("kind", ["markdown", "html", "junit", "json"])
def test_an_older_store_is_reported(kind: str, old_store: Path) -> None:
    """Each kind of report is written of it, with every scenario by its name."""
    with StoreReader(old_store) as reader:
        names = [row.name for row in reader.scenarios()]
    done = scenario(old_store, "report", "last", "--format", kind)
    assert done.exit_code == 0, done.output
    told = held(done.output) if kind == "html" else done.output
    assert [name for name in names if name not in told] == []


@each_version
def test_an_older_store_is_shown_exported_compared_and_pruned(old_store: Path) -> None:
    """Every command that reads or tidies a store takes it; against itself, nothing got worse."""
    with StoreReader(old_store) as reader:
        ids = [row.run_id for row in reader.scenarios()]
    for run in ids:
        assert scenario(old_store, "show", run).exit_code == 0
        assert json.loads(scenario(old_store, "show", run, "--json").output)["scenario"]["run_id"] == run
        assert scenario(old_store, "show", run, "--bytes", "1").exit_code == 0
    exported = scenario(old_store, "export", "last", "--format", "jsonl").output.splitlines()
    assert sorted(json.loads(line)["scenario"]["run_id"] for line in exported) == sorted(ids)
    # Of what was invalid nobody can tell.
    compared = scenario(old_store, "compare", "last", "last")
    assert "0 regressions, 0 improvements" in compared.output
    assert compared.exit_code == (2 if " (test)" in compared.output else 0)
    assert scenario(old_store, "prune", "--keep", "0").exit_code == 0
    with StoreReader(old_store) as reader:
        assert reader.scenarios() == []


@version_1
def test_the_conversation_of_version_1_is_read(old_store: Path) -> None:
    """Messages, exchanges and words, from before there was an index of what was said."""
    with StoreReader(old_store) as reader:
        record = reader.scenario("00aa")
        assert [message.text for message in record.messages][::2] == [
            "What is the weather in Paris today? (0)",
            "What is the weather in Paris today? (1)",
        ]
        assert record.exchanges[1].exchange.reply.text == record.messages[3].text
        assert [found.index for found in reader.search("sunny")] == [3, 1]


@version_2
def test_the_runs_of_version_2_ended_as_they_did(old_store: Path) -> None:
    """Statuses and verdicts; a run whose process died is known as that."""
    with StoreReader(old_store) as reader:
        rows = {row.name: row for row in reader.scenarios()}
        assert {name: row.status for name, row in rows.items()} == {
            "cloudy": "passed",
            "umbrella": "failed",
            "tools": "passed",
            "cut": "failed",
            "error": "failed",
            "left running": "cancelled",
        }
        result = reader.scenario(rows["umbrella"].run_id).result
        assert result is not None
        assert result.passed_criteria == ["The agent names a temperature"]
        assert result.failed_criteria == ["The agent mentions an umbrella"]
        cloudy = reader.scenario(rows["cloudy"].run_id)
        assert cloudy.metadata == {"route": "north"}
        assert [message.text for message in cloudy.messages][1::2] == ["It is cloudy in Oslo, with 12 degrees."] * 2
        assert re.match("TruncatedReplyError: .*bytes in", rows["cut"].error)
        assert rows["error"].fault == "agent"


@version_2
def test_the_exchanges_of_version_2_are_whole(old_store: Path) -> None:
    """Replies, outcomes, bytes and times; of what nobody looked at then, nothing is claimed now."""
    with StoreReader(old_store) as reader:
        rows = {row.name: row.run_id for row in reader.scenarios()}
        found = {name: [one.exchange for one in reader.scenario(run).exchanges] for name, run in rows.items()}
    assert [one.outcome for one in found["cloudy"]] == ["complete"] * 2
    assert {name: found[name][0].outcome for name in ("cut", "error")} == {"cut": "truncated", "error": "error"}
    (call,) = found["tools"][0].reply.tool_calls
    assert (call.name, call.arguments) == ("forecast", {"city": "Oslo"})
    assert found["tools"][0].reply.usage is not None
    assert found["cut"][0].reply.text == "It will rain in"
    assert found["cut"][0].body.startswith(b"data: {")
    assert found["error"][0].reply.error is not None
    assert "the forecast is not available" in found["error"][0].reply.error.message
    for exchanges in found.values():
        for one in exchanges:
            assert one.reply.reading.end == "unknown"
            assert 0 < one.timing.ttft <= one.timing.total


@version_3
def test_what_had_errored_in_version_3_is_the_agents_fault_or_invalid(old_store: Path) -> None:
    """By whose fault it was; what had failed because nobody could tell is undecided, and all else is as it was."""
    with StoreReader(old_store) as reader:
        found = {row.name: (row.status, row.fault) for row in reader.scenarios()}
        tries = [(row.status, row.tries, row.tried_for) for row in reader.scenarios(text="second try")]
        left = [row.name for row in reader.last_failures()]
    assert found | {"second try": None} == {
        "dry": ("passed", ""),
        "umbrella": ("failed", ""),
        "wind": ("undecided", ""),
        "storm": ("failed", ""),
        "nobody judges": ("undecided", ""),
        "cut": ("failed", "agent"),
        "refused": ("failed", "wire"),
        "nobody there": ("invalid", "wire"),
        "judge down": ("invalid", "judge"),
        "bug": ("invalid", "test"),
        "check": ("failed", ""),
        "stopped": ("cancelled", ""),
        "second try": None,
    }
    assert tries == [("passed", 2, ()), ("retried", 1, ())]
    assert {"wind", "nobody there", "cut"} <= set(left)


@version_3
def test_an_older_store_has_no_judgments(old_store: Path) -> None:
    """Nobody kept them then: there are none, in the result neither."""
    with StoreReader(old_store) as reader:
        for row in reader.scenarios():
            record = reader.scenario(row.run_id)
            assert record.judgments == []
            assert record.result is None or (record.result.judgments, record.result.agreement) == ([], None)
            assert record.result is None or record.result.outcome == row.status or row.status == "retried"
