"""What commands end with: the one table, from which the code, each command's help and docs/exit-codes.md draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from scenario.errors import ConfigurationError, ScenarioError, ScriptError, fault_of

if TYPE_CHECKING:  # the list of commands is not to wait for what records are made of
    from scenario.record.ending import Outcome
    from scenario.record.run_record import RunRecord

WELL: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INFRASTRUCTURE: Final = 3
UNFIT_JUDGE: Final = 4
UNDECIDED: Final = 5
HUNG_UP: Final = 129
INTERRUPTED: Final = 130
UNREAD: Final = 141
TERMINATED: Final = 143

MEANINGS: Final[Mapping[int, str]] = {
    WELL: "all went well",
    FAILED: "the agent failed, something got worse, or a stream or an answer is not sound",
    USAGE: "the command, a file, a setting or the test's own script is wrong",
    INFRASTRUCTURE: "something else failed: a server, a model, the wire, this machine, Scenario",
    UNFIT_JUDGE: "the judge is not shown to be fit to judge",
    UNDECIDED: "nobody could tell",
    HUNG_UP: "the terminal has gone (SIGHUP)",
    INTERRUPTED: "interrupted (SIGINT, Ctrl-C)",
    UNREAD: "nobody reads the output any more, as in `… | head` (SIGPIPE)",
    TERMINATED: "terminated (SIGTERM)",
}

EVERYWHERE: Final[Mapping[int, str]] = {
    WELL: "done",
    USAGE: "the command is wrong",
    INFRASTRUCTURE: "this machine refused (a full disk), or Scenario itself failed",
    INTERRUPTED: "interrupted",
}
"""How any command may end; a shell says 129, 141 and 143 of each that such a signal ends."""

_NO_SUCH_RUN: Final = "there is no such run, or the store cannot be used"
_NO_CASSETTE: Final = "there is no such cassette, it is damaged, or the command is wrong"
OF_COMMANDS: Final[Mapping[str, Mapping[int, str]]] = {
    "run": {
        WELL: "all passed",
        FAILED: "a scenario failed: its agent did, or a check of the script",
        USAGE: "a file or a setting is wrong, or the script of a scenario raised",
        INFRASTRUCTURE: "a run is invalid (simulator, judge, model, wire, machine, Scenario),\n"
        "or a limit left scenarios out",
        UNDECIDED: "nobody could tell of a scenario, and nothing else happened",
        HUNG_UP: "the terminal has gone",
        INTERRUPTED: "interrupted",
        TERMINATED: "terminated; after each of these three, what was done is stored",
    },
    "init": {WELL: "written", USAGE: "a setting is wrong, or a file is there already"},
    "generate": {
        WELL: "what can be judged is written, also what fails now;\nor all of it is there already",
        USAGE: "a setting, the source or a file that is there is wrong, or it tells nothing",
        INFRASTRUCTURE: "no run could be judged: the agent, a model or the wire failed",
        UNDECIDED: "nobody could tell of any run",
        INTERRUPTED: "interrupted; what was judged is written",
        TERMINATED: "terminated; what was judged is written",
    },
    "schema": {WELL: "printed, or written"},
    "completion": {WELL: "printed"},
    "doctor": {
        WELL: "a model would be used and answers",
        USAGE: "there is none, or its key is missing",
        INFRASTRUCTURE: "its server does not answer, or this machine is not fit",
    },
    "probe": {
        WELL: "whole answers were read, over two turns",
        FAILED: "none could be, or one was not whole",
        INFRASTRUCTURE: "no server is there",
    },
    "lint": {
        WELL: "nothing at or above --level",
        FAILED: "something, or the answer is none or not whole (a refusal, a web page,\na cut, a stall)",
        INFRASTRUCTURE: "nothing answered (no connection, a certificate that is not trusted)",
    },
    "demo": {
        WELL: "it has shown what it is to show: one scenario that passes, or that a small\n"
        "model cannot decide, and one that fails; or --serve was ended",
        FAILED: "a scenario ended otherwise",
        INFRASTRUCTURE: "a model failed",
    },
    "models": {},
    "models list": {WELL: "listed"},
    "models pull": {
        WELL: "it is there",
        USAGE: "there is no such model, or the folder cannot be written",
        INFRASTRUCTURE: "no source has it",
    },
    "models verify": {WELL: "whole", USAGE: "a file is not whole, or there is no such model"},
    "models path": {WELL: "printed", USAGE: "it is not there, or there is no such model"},
    "models rm": {WELL: "gone", USAGE: "there is no such model"},
    "list": {WELL: "listed", USAGE: _NO_SUCH_RUN},
    "show": {WELL: "shown", USAGE: _NO_SUCH_RUN},
    "export": {WELL: "written", USAGE: f"{_NO_SUCH_RUN},\nor the file cannot be written"},
    "freeze": {
        WELL: "written",
        USAGE: f"{_NO_SUCH_RUN},\nor it cannot be told in such a file, or that is there already",
    },
    "shrink": {
        WELL: "written: none of its turns can go",
        USAGE: f"{_NO_SUCH_RUN},\nits agent cannot be made, or the file is there already",
        INFRASTRUCTURE: "written, but not shown to be the shortest (the budget ended, nobody could tell);\n"
        "or no run said anything, and nothing is written",
        UNDECIDED: "the failure was not seen again, and nothing is written",
        INTERRUPTED: "interrupted; the same command goes on",
    },
    "report": {WELL: "written, whatever the runs came to", USAGE: f"{_NO_SUCH_RUN},\nor the file cannot be written"},
    "compare": {
        WELL: "nothing got worse",
        FAILED: "a scenario passes less often than before",
        USAGE: "there is no such run, none of its scenarios is in both,\nor one is invalid now by the test's own fault",
        INFRASTRUCTURE: "nothing got worse, but a scenario is not comparable: it is invalid now",
        UNDECIDED: "nothing got worse, but a scenario is not comparable: nobody can tell now",
    },
    "judge": {
        WELL: "judged, whatever the verdicts",
        USAGE: "a label, a setting or the store is wrong, or there is no such run",
        INFRASTRUCTURE: "the judge's model failed; what was judged before is kept",
        UNFIT_JUDGE: "--require-false-passes is not shown to hold",
    },
    "label": {
        WELL: "labelled, or left off for now",
        USAGE: f"{_NO_SUCH_RUN},\nthe file cannot be written, or this is no terminal",
        INTERRUPTED: "interrupted; what was answered is in the file",
    },
    "cassette": {},
    "cassette list": {WELL: "listed", USAGE: _NO_CASSETTE},
    "cassette show": {WELL: "shown", USAGE: _NO_CASSETTE},
    "cassette verify": {WELL: "sound", FAILED: "a secret stands in one", USAGE: _NO_CASSETTE},
    "cassette redact": {WELL: "masked, or nothing to mask", USAGE: _NO_CASSETTE},
    "cassette prune": {WELL: "done", USAGE: _NO_CASSETTE},
    "cassette why": {WELL: "a call answers the request", FAILED: "none does", USAGE: _NO_CASSETTE},
    "cassette from": {WELL: "written", USAGE: f"{_NO_SUCH_RUN},\na file cannot be read, or none has a call"},
    "cassette to-har": {WELL: "written", USAGE: f"{_NO_CASSETTE},\nor the file cannot be written"},
    "serve": {
        WELL: "ended by Ctrl-C or SIGTERM, which is how it is to end",
        USAGE: f"{_NO_CASSETTE},\nor its port is taken",
        INTERRUPTED: "interrupted before it listened",
    },
    "view": {
        WELL: "ended by Ctrl-C or SIGTERM, which is how it is to end",
        USAGE: "the store cannot be used",
        INTERRUPTED: "interrupted before the page was there",
    },
    "prune": {WELL: "done", USAGE: "the command is wrong, or the store cannot be used"},
}

_OURS: Final = frozenset({"test", "configuration"})


def first_of(codes: Iterable[int]) -> int:
    """The one of several that counts: the first of 1, 2, 3, 4, 5."""
    return min((code for code in codes if code), default=WELL)


def code_of(outcome: Outcome, fault: str) -> int:
    """What one run asks for.

    Args:
        outcome: how it ended.
        fault: whose fault it was.
    """
    match outcome:
        case "passed":
            return WELL
        case "failed":
            return FAILED
        case "undecided":
            return UNDECIDED
        case _:
            return USAGE if fault in _OURS else INFRASTRUCTURE


def exit_code(records: Sequence[RunRecord], *, stopped: bool) -> int:
    """What a suite's process ends with. A try that was tried again counts for nothing.

    Args:
        records: of what was run.
        stopped: whether something was not run.
    """
    codes = [code_of(record.outcome, record.fault) for record in records if not record.retried]
    return first_of([*codes, INFRASTRUCTURE if stopped else WELL])


def code_of_error(error: ScenarioError) -> int:
    """What a command ends with that an error has ended."""
    if (fault := fault_of(error)) == "machine":
        return INFRASTRUCTURE
    if fault == "configuration":
        return USAGE
    return USAGE if isinstance(error, ConfigurationError | ScriptError) else INFRASTRUCTURE


def codes_of(command: str) -> dict[int, str]:
    """How a command may end, in its own words, in order."""
    return dict(sorted({**EVERYWHERE, **OF_COMMANDS[command]}.items()))


def help_of(command: str = "") -> str:
    """The paragraph of a command's help that tells its exit codes; of all commands by default."""
    codes = codes_of(command) if command else MEANINGS
    several = sum(code in range(FAILED, UNDECIDED + 1) for code in codes) > 1
    heading = "Exit codes (of several, the first of 1, 2, 3, 4, 5 counts):" if several else "Exit codes:"
    lines = [f"  {code:<4} {words}".replace("\n", "\n       ") for code, words in codes.items()]
    return "\n".join(["\b", heading, *lines])
