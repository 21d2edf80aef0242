"""The tables, as the migrations that make them. A migration that was released is never changed: the next one is added.

Times of rows below a scenario are seconds since that scenario's start; the starts themselves are seconds since 1970.
Ids of invocations and scenarios that people see are random text; what ties rows together are SQLite's own row ids,
which take a byte or two each.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from scenario.record.ending import outcome_of

Migration: TypeAlias = Callable[[sqlite3.Connection], None]

# "scen": what tells this file from any other program's.
APPLICATION_ID: Final = 0x7363656E

_TABLES: Final[Sequence[str]] = (
    """CREATE TABLE invocations (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        started REAL,
        alive REAL,           -- when a writer of it was last heard of
        ended REAL,
        source TEXT NOT NULL, -- who ran it: run, pytest, ...
        command TEXT NOT NULL,
        git_commit TEXT,
        git_dirty INTEGER,
        versions TEXT NOT NULL,
        seed INTEGER
    )""",
    """CREATE TABLE scenarios (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run_id TEXT NOT NULL UNIQUE,
        invocation INTEGER NOT NULL REFERENCES invocations (id),
        key TEXT NOT NULL,    -- the same for the same scenario of any invocation
        repeat INTEGER NOT NULL,
        name TEXT NOT NULL,
        set_id TEXT,
        file TEXT NOT NULL,
        test TEXT NOT NULL,
        status TEXT NOT NULL, -- running, passed, failed, errored, cancelled
        started REAL,
        seconds REAL,
        turns INTEGER NOT NULL DEFAULT 0,
        messages INTEGER NOT NULL DEFAULT 0,
        tokens INTEGER NOT NULL DEFAULT 0,
        cost REAL,
        ttft REAL,            -- the median over its calls
        fault TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        changed INTEGER NOT NULL
    )""",
    "CREATE INDEX scenarios_of_invocation ON scenarios (invocation, status)",
    "CREATE INDEX scenarios_by_status ON scenarios (status)",
    "CREATE INDEX scenarios_by_key ON scenarios (key)",
    "CREATE INDEX scenarios_by_change ON scenarios (changed)",
    # One row, raised by every transaction: readers that follow along ask for what is above the value they know.
    "CREATE TABLE changes (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL)",
    "INSERT INTO changes VALUES (1, 0)",
    """CREATE TABLE details (
        scenario INTEGER PRIMARY KEY REFERENCES scenarios (id),
        description TEXT NOT NULL,
        thread_id TEXT NOT NULL,
        agents TEXT NOT NULL,
        max_turns INTEGER,
        parameters TEXT NOT NULL,
        tags TEXT NOT NULL,
        metadata TEXT NOT NULL,
        result TEXT,          -- without what other tables hold: messages, criteria, the timing of each call
        own_messages INTEGER  -- whether the result holds other messages than the conversation's, and so keeps them
    )""",
    """CREATE TABLE turns (
        scenario INTEGER NOT NULL REFERENCES scenarios (id), turn INTEGER NOT NULL, started REAL,
        PRIMARY KEY (scenario, turn)
    ) WITHOUT ROWID""",
    """CREATE TABLE calls (
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        call INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        role TEXT NOT NULL,
        agent TEXT NOT NULL,
        started REAL,
        first_text REAL,      -- when the first of its answer arrived
        seconds REAL,         -- NULL while it is asked
        error TEXT,
        partial TEXT,         -- what has arrived of its answer, while it is asked
        PRIMARY KEY (scenario, call)
    ) WITHOUT ROWID""",
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        role TEXT,            -- the message's own
        speaker TEXT,         -- the participant's
        agent TEXT NOT NULL,
        call INTEGER,
        at REAL,
        text TEXT NOT NULL,   -- what can be read and searched of it
        plain INTEGER NOT NULL, -- whether its "content" is just the text
        rest TEXT,            -- its keys that stand in no column, as JSON
        rolled_back REAL
    )""",
    "CREATE INDEX messages_of_scenario ON messages (scenario, position)",
    """CREATE TABLE exchanges (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        position INTEGER NOT NULL,
        turn INTEGER NOT NULL,
        call INTEGER,
        agent TEXT NOT NULL,
        at REAL,
        url TEXT NOT NULL,
        status INTEGER,
        outcome TEXT NOT NULL,
        protocol TEXT NOT NULL,
        first_content REAL,
        seconds REAL,
        size INTEGER NOT NULL,
        base INTEGER,         -- the position of the exchange that the details build on
        details BLOB NOT NULL,
        trace BLOB NOT NULL,
        error TEXT
    )""",
    "CREATE INDEX exchanges_of_scenario ON exchanges (scenario, position)",
    "CREATE TABLE bodies (exchange INTEGER PRIMARY KEY REFERENCES exchanges (id), data BLOB NOT NULL)",
    """CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        turn INTEGER,         -- that of the checkpoint; NULL in the verdict that ended the run
        criterion TEXT NOT NULL,
        requirement TEXT NOT NULL,
        status TEXT NOT NULL,
        reasoning TEXT NOT NULL,
        quote TEXT,
        message_index INTEGER,
        listed INTEGER NOT NULL -- whether the verdict named it in its lists of texts alone
    )""",
    "CREATE INDEX verdicts_of_scenario ON verdicts (scenario)",
    """CREATE TABLE model_calls (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        at REAL,
        role TEXT NOT NULL,
        model TEXT NOT NULL,
        input_tokens INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        total_tokens INTEGER NOT NULL,
        seconds REAL,
        cost REAL
    )""",
    "CREATE INDEX model_calls_of_scenario ON model_calls (scenario)",
)


def _tables(connection: sqlite3.Connection) -> None:
    for statement in _TABLES:
        connection.execute(statement)


def _search(connection: sqlite3.Connection) -> None:
    """The index of what was said, where this SQLite can keep one; else conversations are searched without it."""
    if not has_fts5(connection):
        return
    # Which documents have a word is enough: phrases are looked for in the texts themselves. That halves the index.
    connection.execute(
        "CREATE VIRTUAL TABLE message_words USING fts5(text, content='messages', content_rowid='id', detail=none)"
    )
    connection.execute("INSERT INTO message_words (message_words) VALUES ('rebuild')")


def has_fts5(connection: sqlite3.Connection) -> bool:
    """Whether this SQLite has the full-text module."""
    return bool(connection.execute("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").fetchone()[0])


def _tries(connection: sqlite3.Connection) -> None:
    """Which try of its test a run belongs to, from 1; the status of one whose test was tried again is `retried`."""
    connection.execute("ALTER TABLE scenarios ADD COLUMN tries INTEGER NOT NULL DEFAULT 1")


class _Verdict(msgspec.Struct):
    """What decides of a stored result whether anybody could decide."""

    failed_criteria: list[str] = []
    inconclusive_criteria: list[str] = []
    undecided: bool = False


def _endings(connection: sqlite3.Connection) -> None:
    """How a run ended, by whose fault: `errored` told neither what the agent did nor that it did nothing."""
    connection.execute("ALTER TABLE scenarios ADD COLUMN tried_for TEXT NOT NULL DEFAULT ''")
    errored = connection.execute("SELECT id, error, fault FROM scenarios WHERE status = 'errored'").fetchall()
    failed = connection.execute(
        "SELECT s.id, d.result FROM scenarios s JOIN details d ON d.scenario = s.id"
        " WHERE s.status = 'failed' AND d.result IS NOT NULL"
    ).fetchall()
    changed = [(_outcome(error, fault), scenario) for scenario, error, fault in errored]
    changed += [("undecided", scenario) for scenario, result in failed if _is_undecided(result)]
    connection.executemany("UPDATE scenarios SET status = ? WHERE id = ?", changed)
    connection.execute(
        """CREATE TABLE judgments (
        id INTEGER PRIMARY KEY,
        scenario INTEGER NOT NULL REFERENCES scenarios (id),
        at REAL,
        call INTEGER,
        agent TEXT NOT NULL,
        turn INTEGER NOT NULL,
        asked TEXT NOT NULL,  -- turn, verdict, confirmation, split
        answer TEXT NOT NULL, -- goes on, passed, failed, inconclusive
        model TEXT NOT NULL,
        round INTEGER NOT NULL,
        vote INTEGER NOT NULL,
        criteria TEXT NOT NULL, -- as JSON
        reasoning TEXT NOT NULL
    )"""
    )
    connection.execute("CREATE INDEX judgments_of_scenario ON judgments (scenario)")


def _outcome(error: str, fault: str) -> str:
    """Of a run that had errored: what was no failure of the agent's says nothing about it."""
    return "failed" if outcome_of(error, fault) == "failed" else "invalid"


def _is_undecided(result: str) -> bool:
    verdict = msgspec.json.decode(result, type=_Verdict, strict=False)
    failed = set(verdict.failed_criteria)
    return verdict.undecided or (bool(failed) and failed <= set(verdict.inconclusive_criteria))


def _left_out(connection: sqlite3.Connection) -> None:
    """What an invocation was to run and has not, as JSON: what is stored of the rest is not the whole of it."""
    connection.execute("ALTER TABLE invocations ADD COLUMN left_out TEXT NOT NULL DEFAULT '[]'")


def _asked(connection: sqlite3.Connection) -> None:
    """What an invocation was asked to run, as JSON; NULL of those before, and of pytest's: nobody knows."""
    connection.execute("ALTER TABLE invocations ADD COLUMN asked TEXT")


def _controls(connection: sqlite3.Connection) -> None:
    """Where and how a judge was asked, and how it did on statements whose truth was known."""
    for name in ("server", "settings"):
        connection.execute(f"ALTER TABLE judgments ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")
    for name in ("controls", "missed"):
        connection.execute(f"ALTER TABLE judgments ADD COLUMN {name} INTEGER NOT NULL DEFAULT 0")


def _needs(connection: sqlite3.Connection) -> None:
    """What could decide a criterion that a judge left open for want of it."""
    connection.execute("ALTER TABLE verdicts ADD COLUMN needs TEXT NOT NULL DEFAULT ''")


MIGRATIONS: Final[Sequence[Migration]] = (_tables, _search, _tries, _endings, _left_out, _asked, _controls, _needs)
"""Each takes the file from the version of its index to the next one."""

VERSION: Final = len(MIGRATIONS)

BELOW_SCENARIO: Final[Sequence[str]] = (
    *("turns", "calls", "messages", "exchanges", "verdicts", "judgments", "model_calls", "details"),
)
"""The tables whose rows go with their scenario; those of `bodies` go with their exchange."""


def has_words(connection: sqlite3.Connection) -> bool:
    """Whether the file has an index of what was said, and this SQLite can use it."""
    found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'message_words'").fetchone()[0]
    return bool(found) and has_fts5(connection)
