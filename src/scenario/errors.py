"""Every exception that Scenario raises, in one tree, by whose fault it is.

    ScenarioError
    ├── ConfigurationError (ValueError)      settings: a model that is not there, a value out of range
    │   ├── ScenarioFileError                a scenario file with mistakes; has `problems`, each with its line
    │   ├── SettingTypeError (TypeError)     a setting of the wrong kind
    │   └── CassetteError                    a cassette that does not hold what is asked of it
    ├── ScriptError (ValueError)             the test: a step that cannot be played as it is written
    │   ├── MissingParticipantError          somebody is to speak whom `agents` lacks; a ConfigurationError, too
    │   └── ScriptTypeError (TypeError)      a value of the wrong kind
    ├── AgentError (RuntimeError)            the agent under test: it raised, or what it answered cannot be used
    │   ├── AgentUnreachableError            no connection, or no response headers in time
    │   └── IncompleteReplyError             an answer came, and is not whole; has `text`, `exchange`, `outcome`
    │       ├── TruncatedReplyError          the stream ended before its terminal event, or broke
    │       ├── ErrorReplyError              an error event inside the stream, or a status of 400 and above
    │       ├── MalformedReplyError          an event that may be a part of the answer cannot be read; has `event`
    │       ├── StalledReplyError            silence for longer than the idle deadline
    │       ├── TimedOutReplyError           the deadline of the whole call has passed
    │       └── AbortedReplyError            we gave up: a limit was passed
    ├── UserSimulatorError (RuntimeError)    the model that plays the user
    ├── JudgeError (RuntimeError)            the model that judges
    ├── ModelError (RuntimeError)            a model's server, before it is known whom it served
    │   ├── ModelResponseError               it answered with an error status; has `status`
    │   └── ModelUnreachableError            it could not be reached
    ├── DialectError (RuntimeError)          a dialect that another package brings: its own code failed
    ├── WireError (ValueError)               bytes that no reader should accept
    │   └── WireLimitError                   a limit was passed; has `limit`, `maximum`
    └── InternalError (RuntimeError)         Scenario itself: please report it

The built-in classes in brackets are what code written for this API already catches.
"""

from __future__ import annotations

import errno
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Literal

from scenario.late_pattern import late_pattern

if TYPE_CHECKING:
    from scenario.exchange import Exchange

# Nearly everything imports this file, so that little of this package goes on under an `__init__.py` not its own.
if not hasattr(sys.modules["scenario"], "_DISTRIBUTION"):
    from scenario.neighbour import replaced

    raise replaced(sys.modules["scenario"])

# Control characters but for tabs and line ends, and those that turn the direction of writing.
_UNPRINTABLE: Final = late_pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

Fault = Literal[
    "test", "agent", "judge", "user simulator", "model", "configuration", "dialect", "wire", "machine", "scenario"
]
# A machine has only so many open files, so much memory and so much disk: whoever runs into that is not to blame.
_LIMITS: Final = frozenset(
    getattr(errno, name) for name in ("EMFILE", "ENFILE", "ENOMEM", "ENOSPC", "EDQUOT") if hasattr(errno, name)
)
_SQLITE_FULL: Final = 13
_NO_THREAD: Final = "can't start new thread"


def _escape(character: re.Match[str]) -> str:
    return ascii(character[0])[1:-1]


class ScenarioError(Exception):
    """Whatever Scenario raises by itself is one of these; `scenario.errors` draws the whole tree.

    Attributes:
        fault: whose fault it was: "test", "agent", "judge", "user simulator", "model", "configuration", "dialect",
            "machine" (a limit of the machine that tests: open files, memory, disk), "scenario", or "wire" where that
            cannot be known from what travelled: a request that was refused (the request, or the agent), an address
            where nothing answers (the address, or the agent's machine).
        messages: the conversation up to the failure, filled in by the run; empty where there was none.
    """

    fault: Fault = "scenario"

    def __init__(self, message: str = "") -> None:
        # It may quote what an agent or a model's server has sent, and is printed on terminals, by pytest as it is.
        super().__init__(_UNPRINTABLE.sub(_escape, message))
        self.messages: Sequence[dict[str, object]] = ()


class ConfigurationError(ScenarioError, ValueError):
    """A setting is missing, unknown or out of range."""

    fault: Fault = "configuration"


class ScenarioFileError(ConfigurationError):
    """A scenario file has mistakes.

    Attributes:
        problems: each with its `file`, `line` (from 1; 0 where it has none), `path` and `text`.
    """

    def __init__(self, message: str = "", *, problems: Sequence[object] = ()) -> None:
        super().__init__(message)
        self.problems: tuple[object, ...] = tuple(problems)


class SettingTypeError(ConfigurationError, TypeError):
    """A setting has a value of the wrong kind."""


class CassetteError(ConfigurationError):
    """A cassette does not hold what is asked of it: a call that is not recorded, or not as far as it is read."""


class ScriptError(ScenarioError, ValueError):
    """A step of the script cannot be played as it is written."""

    fault: Fault = "test"


class MissingParticipantError(ScriptError, ConfigurationError):
    """The script lets somebody speak whom nobody in `agents` plays: a step and a list that do not fit each other.

    It is raised before anything is sent, wherever the script alone tells.
    """

    fault: Fault = "test"


class ScriptTypeError(ScriptError, TypeError):
    """The test handed over a value of a kind that has no meaning there.

    A TypeError, as Python's own calls raise, and a ValueError, as models of pydantic do.
    """

    fault: Fault = "test"


class AgentError(ScenarioError, RuntimeError):
    """The agent under test failed, or its answer cannot be used. The original exception is the `__cause__`.

    Its `fault` is "agent", unless the agent need not be to blame: "test" for a `reply=` that matched nothing while a
    text was there, "wire" for a refusal and for an address where nothing answers.
    """

    fault: Fault = "agent"


class _OfACall:
    """What an error knows of the call that it tells of."""

    _exchange: Exchange | None = None

    @property
    def exchange(self) -> Exchange:
        """The call as it was recorded, bytes and times.

        Raises:
            ScriptError: the error was made without one, by code that is not Scenario's (a ValueError).
        """
        if self._exchange is None:
            raise ScriptError(
                f"This {type(self).__name__} was made without an exchange: there is no record of its call."
            )
        return self._exchange


class AgentUnreachableError(_OfACall, AgentError):
    """No connection to the agent could be made, or no response headers came in time."""

    def __init__(self, message: str = "", *, exchange: Exchange | None = None) -> None:
        super().__init__(message)
        self._exchange = exchange


class IncompleteReplyError(_OfACall, AgentError):
    """The agent's answer is not whole.

    Attributes:
        text: what had been read of the answer's text.
        outcome: the exchange's outcome, as in `scenario.types.Outcome`.
    """

    outcome: str = "truncated"

    def __init__(self, message: str = "", *, text: str = "", exchange: Exchange | None = None) -> None:
        super().__init__(message)
        self.text = text
        self._exchange = exchange

    @property
    def partial_text(self) -> str:
        """What had been read of the answer's text: the same as `text`."""
        return self.text


class TruncatedReplyError(IncompleteReplyError):
    """The stream ended before the dialect's terminal event, or its transfer broke."""

    outcome = "truncated"


class ErrorReplyError(IncompleteReplyError):
    """The agent answered with an error: in the stream, or by its status."""

    outcome = "error"


class MalformedReplyError(IncompleteReplyError):
    """An event that was meant to be JSON, and may be a part of the answer, cannot be read.

    Attributes:
        event: the beginning of its data.
        position: its place among the body's events, from 0; -1 where it is not known.
    """

    outcome = "error"

    def __init__(
        self,
        message: str = "",
        *,
        text: str = "",
        exchange: Exchange | None = None,
        event: str = "",
        position: int = -1,
    ) -> None:
        super().__init__(message, text=text, exchange=exchange)
        self.event = event
        self.position = position


class StalledReplyError(IncompleteReplyError):
    """Nothing came for longer than the idle deadline."""

    outcome = "stalled"


class TimedOutReplyError(IncompleteReplyError):
    """The deadline of the whole call passed before the answer was complete."""

    outcome = "timed_out"


class AbortedReplyError(IncompleteReplyError):
    """The reading was given up, because a limit was passed."""

    outcome = "aborted"


class UserSimulatorError(ScenarioError, RuntimeError):
    """The model that plays the user failed, or gave nothing that could be said."""

    fault: Fault = "user simulator"


class JudgeError(ScenarioError, RuntimeError):
    """The model that judges failed, or gave no verdict that can be read. The agent is not to blame."""

    fault: Fault = "judge"


class ModelError(ScenarioError, RuntimeError):
    """A model's server failed."""

    fault: Fault = "model"


class ModelResponseError(ModelError):
    """A model's server answered with an error.

    Its `fault` is "configuration" where the server refused the key (401, 403): no further try changes that.

    Attributes:
        status: the HTTP status; 200 where the error stood in the body.
        reason: "context_length" where the conversation does not fit into the model's window; else "".
    """

    def __init__(self, message: str = "", *, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        if status in (401, 403):
            self.fault = "configuration"


class ModelUnreachableError(ModelError):
    """A model's server could not be reached."""


class DialectError(ScenarioError, RuntimeError):
    """A dialect that another package brings failed: neither the agent nor Scenario is to blame. See `__cause__`."""

    fault: Fault = "dialect"


class WireError(ScenarioError, ValueError):
    """Bytes that no reader should accept."""

    fault: Fault = "wire"


class WireLimitError(WireError):
    """What came is larger than a limit allows.

    Attributes:
        limit: the limit's name, as the argument that sets it is called.
        maximum: its value, in bytes.
    """

    def __init__(self, message: str = "", *, limit: str = "", maximum: int = 0) -> None:
        super().__init__(message)
        self.limit = limit
        self.maximum = maximum


class InternalError(ScenarioError, RuntimeError):
    """Scenario itself is at fault: a state that should not be reachable."""


def fault_of(error: BaseException | None) -> Fault | None:
    """Whose fault an exception is: the machine's where one of its limits is among the causes, else as it says itself.

    None where it says nothing: only the test's own steps and callbacks let foreign exceptions out of a run.
    """
    if error is None:
        return None
    if any(map(_is_a_limit, _causes(error))):
        return "machine"
    return error.fault if isinstance(error, ScenarioError) else None


def _is_a_limit(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _LIMITS:
        return True
    full = getattr(error, "sqlite_errorcode", 0)
    return (
        isinstance(error, MemoryError)
        or (isinstance(full, int) and full & 0xFF == _SQLITE_FULL)
        or _lacks_threads(error)
    )


def _lacks_threads(error: BaseException) -> bool:
    return type(error) is RuntimeError and error.args == (_NO_THREAD,)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception, and what it was raised for; an assertion says by itself what it found."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        if one.__cause__ is not None:
            waiting.append(one.__cause__)
        elif one.__context__ is not None and not one.__suppress_context__ and not isinstance(one, AssertionError):
            waiting.append(one.__context__)
