"""The JSON report: the same records that every other report shows, with sums. Its shape is `JsonReport`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from scenario.record.blame import at_fault
from scenario.record.not_run import NotRun
from scenario.record.run_record import RunRecord
from scenario.report.files.bounds import bounded_record
from scenario.report.terminal.summary import totals

VERSION: Final = 3
_NO_SCENARIOS: Final = b'"scenarios": []'


class JsonTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Sums over the runs."""

    scenarios: int
    passed: int
    failed: Annotated[int, Meta(description="the agent did not do what it should")]
    undecided: Annotated[int, Meta(description="nobody could tell")]
    invalid: Annotated[int, Meta(description="they say nothing about the agent, by another's fault")]
    cancelled: int
    not_run: int
    turns: int
    ttft_p50: Annotated[float | None, Meta(description="seconds, of all answers of all runs")]
    ttft_p95: Annotated[float | None, Meta(description="seconds, of all answers of all runs")]
    tokens: Annotated[int, Meta(description="of the models that were called: what the user pays for")]
    agent_tokens: Annotated[int, Meta(description="what agents say that they have used themselves; in no other sum")]
    cost: Annotated[float | None, Meta(description="US dollars, of the calls whose price is known")]
    seconds: Annotated[float, Meta(description="of all runs, one after the other")]


class JsonNotRun(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario that was not run."""

    name: str
    file: str
    reason: str


class JsonReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `scenario run --json` writes."""

    version: Annotated[
        int, Meta(description="of this shape; it changes when a field is removed or changes its meaning")
    ]
    invocation: Annotated[str, Meta(description="under which the runs are stored; empty where they are not")]
    exit_code: Annotated[int, Meta(description="as `scenario run --help` tells them")]
    seed: int | None
    started: Annotated[str, Meta(description="ISO 8601")]
    seconds: Annotated[float, Meta(description="from the first start to the last end")]
    totals: JsonTotals
    scenarios: list[RunRecord]
    not_run: list[JsonNotRun]


def json_report(
    records: Sequence[RunRecord],
    not_run: Sequence[NotRun] = (),
    *,
    invocation: str = "",
    exit_code: int = 0,
    seed: int | None = None,
    started: str = "",
    seconds: float = 0.0,
) -> bytes:
    """The report, indented; see `JsonReport` for the arguments."""
    return b"".join(
        json_parts(
            records,
            not_run,
            invocation=invocation,
            exit_code=exit_code,
            seed=seed,
            started=started,
            seconds=seconds,
        )
    )


def json_parts(
    records: Sequence[RunRecord],
    not_run: Sequence[NotRun] = (),
    *,
    invocation: str = "",
    exit_code: int = 0,
    seed: int | None = None,
    started: str = "",
    seconds: float = 0.0,
) -> Iterator[bytes]:
    """The same, piece by piece: a run at a time."""
    sums = totals(records)
    report = JsonReport(
        version=VERSION,
        invocation=invocation,
        exit_code=exit_code,
        seed=seed,
        started=started,
        seconds=seconds,
        totals=JsonTotals(
            scenarios=sums.runs,
            passed=sums.passed,
            failed=sums.failed,
            undecided=sums.undecided,
            invalid=sums.invalid,
            cancelled=sums.cancelled,
            not_run=len(not_run),
            turns=sums.turns,
            ttft_p50=sums.ttft_p50,
            ttft_p95=sums.ttft_p95,
            tokens=sums.tokens,
            agent_tokens=sums.agent_tokens,
            cost=sums.cost,
            seconds=sums.seconds,
        ),
        scenarios=[],
        not_run=[JsonNotRun(name=one.name, file=one.file, reason=one.reason) for one in not_run],
    )
    head, end = _indented(report, "").split(_NO_SCENARIOS)
    yield head + _NO_SCENARIOS[:-1]
    counting = [record for record in records if not record.retried] or records
    for number, record in enumerate(counting):
        yield (b",\n    " if number else b"\n    ") + _indented(_in_words(bounded_record(record)), "    ")
    yield (b"\n  ]" if counting else b"]") + end + b"\n"


def _indented(value: object, margin: str) -> bytes:
    # In JSON, no text has a line end in it.
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=repr), indent=2)
    return text.replace(b"\n", b"\n" + margin.encode()) if margin else text


def _in_words(record: RunRecord) -> RunRecord:
    words = at_fault(record.fault, record.error) if record.fault else ""
    return msgspec.structs.replace(record, at_fault=words)


def json_report_schema() -> dict[str, Any]:
    """The JSON Schema of the report."""
    return msgspec.json.schema(JsonReport)
