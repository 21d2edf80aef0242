"""Dialects that other packages bring, behind a guard: what their code raises is told as theirs, and not as the agent's.

A guarded dialect is the very object that its author wrote; its methods, and those of its readers, are called through
the guard. Where it fails at reading, the reply is over: nothing after that is read, and what came is kept.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from types import FunctionType
from typing import Any, Final, NoReturn

from scenario.errors import DialectError, ScenarioError
from scenario.protocols.assembly import Assembly
from scenario.protocols.protocol import (
    CERTAIN,
    NOTHING,
    POSSIBLE,
    Answered,
    Brought,
    Detection,
    Dialect,
    Reader,
    RequestDraft,
)
from scenario.types import Reply
from scenario.wire.event import ServerSentEvent

# How much of an event, and of what an exception says, is shown.
_SHOWN: Final = 200


def guarded(dialect: Dialect, origin: str) -> Dialect:
    """The dialect, with its methods behind the guard.

    Args:
        dialect: of somebody else's.
        origin: the distribution that brings it, and its version.
    """
    guard = _Guard(dialect.name, origin)
    detect, requests, request, reader = dialect.detect, dialect.requests, dialect.request, dialect.reader
    # In its own dictionary, where they are found before the class's: it may refuse to be assigned to.
    vars(dialect).update(
        detect=lambda head, samples: guard.detect(detect, head, samples),
        requests=lambda turn: guard.requests(requests, turn),
        request=lambda turn: guard.request(request, turn),
        reader=lambda options: guard.reader(reader, options),
    )
    return dialect


class _Guard:
    """Around a dialect's own methods."""

    def __init__(self, name: str, origin: str) -> None:
        self._name = name
        self._who = f"The dialect {name!r} ({origin})"
        self._has_told = False

    def detect(self, detect: Callable[..., Any], *arguments: Any) -> Detection | None:
        """What it says; None where it fails, which is told once: other dialects may know the response."""
        try:
            found = detect(*arguments)
            if found is None or _is_sound(found):
                return found  # type: ignore[no-any-return]  # as the line above has seen
            said = f"returned {_shown(found)}"
        except Exception as error:  # noqa: BLE001 - foreign code
            said = f"raised {_place(error)}"
        if not self._has_told:
            self._has_told = True
            tell(
                f"{self._who} cannot say whether a response is its own: its detect {said}. Such a response is read as "
                "another's. Tell its authors, uninstall it, or say which protocol=… is meant."
            )
        return None

    def requests(
        self, requests: Callable[..., Any], *arguments: Any
    ) -> Generator[RequestDraft, Answered, RequestDraft]:
        """Its requests, one after the other."""
        try:
            steps = iter(requests(*arguments))
            draft = next(steps)
            while True:
                answered = yield self._draft(draft)
                draft = steps.send(answered)
        except StopIteration as stop:
            return self._draft(stop.value)
        except ScenarioError:  # such as an answer that a turn cannot go on with, which is the agent's fault
            raise
        except Exception as error:  # noqa: BLE001 - foreign code
            self._fail("its requests", error)

    def request(self, request: Callable[..., Any], *arguments: Any) -> RequestDraft:
        """Its request."""
        try:
            return self._draft(request(*arguments))
        except ScenarioError:
            raise
        except Exception as error:  # noqa: BLE001 - foreign code
            self._fail("its request", error)

    def reader(self, reader: Callable[..., Any], *arguments: Any) -> Reader:
        """A reader of its own, behind the guard."""
        try:
            made = reader(*arguments)
            if not isinstance(made, Reader):
                raise TypeError(f"{_shown(made)} is no scenario.protocol.Reader")
            if not isinstance(getattr(made, "reply", None), Assembly):
                raise TypeError(f"{type(made).__name__}.__init__ does not call that of Reader")
        except ScenarioError:  # such as a path that means nothing
            raise
        except Exception as error:  # noqa: BLE001 - foreign code
            self._fail("its reader", error)
        _ReaderGuard(made, self._name, self._who).stand()
        return made

    def _draft(self, draft: object) -> RequestDraft:
        if isinstance(draft, RequestDraft):
            return draft
        raise DialectError(f"{self._who} is at fault, not the agent: {_shown(draft)} is no RequestDraft.")

    def _fail(self, what: str, error: Exception) -> NoReturn:
        raise DialectError(
            f"{self._who} is at fault, not the agent: {what} raised {_told(error)}. Tell its authors, or say another "
            "protocol=…."
        ) from error


class _ReaderGuard:
    """Around a reader's own methods."""

    def __init__(self, reader: Reader, name: str, who: str) -> None:
        self._reader = reader
        self._name = name
        self._who = who
        self._count = 0
        self._failed = False
        self._read = reader.read
        self._read_texts = reader.read_texts
        self._finish = reader.finish

    def stand(self) -> None:
        """Put the reader's methods behind this guard, those that a later version of `Reader` may have too."""
        methods: dict[str, Callable[..., Any]] = {
            name: self._around(getattr(self._reader, name))
            for name, method in vars(Reader).items()
            if isinstance(method, FunctionType) and not name.startswith("_")
        }
        vars(self._reader).update(methods | {"read": self.read, "read_texts": self.read_texts, "finish": self.finish})

    def read(self, event: ServerSentEvent) -> Brought:
        """Take in one event; nothing more after a failure."""
        if self._failed:
            return NOTHING
        self._count += 1
        try:
            brought = self._read(event)
            if isinstance(brought, Brought):
                return brought
            raise TypeError(f"{_shown(brought)} is no scenario.protocol.Brought")
        except RecursionError:  # JSON that is nested almost as deep as can be read
            raise
        except Exception as error:  # noqa: BLE001 - foreign code
            self._fail(f"its reader raised {_told(error)} at event {self._count}, {_shown(event.data)}", error)

    def read_texts(self, data: list[str], name: str) -> list[str] | None:
        """Take in events that are alike."""
        if self._failed:
            return None
        try:
            pieces = self._read_texts(data, name)
        except Exception as error:  # noqa: BLE001 - foreign code
            where = f"events {self._count + 1} to {self._count + len(data)}, which begin with {_shown(data[0])}"
            self._fail(f"its reader raised {_told(error)} at {where}", error)
        self._count += 0 if pieces is None else len(data)
        return pieces

    def finish(self, *arguments: Any) -> Reply:
        """The reply; what had been read, where the reader has failed before."""
        if self._failed:
            return self._left()
        try:
            reply = self._finish(*arguments)
            if isinstance(reply, Reply):
                return reply
            raise TypeError(f"{_shown(reply)} is no scenario.protocol.Reply")
        except Exception as error:  # noqa: BLE001 - foreign code
            self._fail(f"its reader raised {_told(error)} at the end of the body", error)

    def _around(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def guarded_method(*arguments: Any) -> Any:
            try:
                return method(*arguments)
            except DialectError:
                raise
            except Exception as error:  # noqa: BLE001 - foreign code
                self._fail(f"its reader raised {_told(error)} after event {self._count}", error)

        return guarded_method

    def _left(self) -> Reply:
        try:
            return self._reader.reply.build("aborted")
        except Exception:  # noqa: BLE001 - its failure has been told; what it left behind may be anything
            return Reply(protocol=self._name, outcome="aborted", complete=False)

    def _fail(self, what: str, error: Exception) -> NoReturn:
        if isinstance(error, DialectError):
            raise error
        self._failed = True
        raise DialectError(
            f"{self._who} is at fault, not the agent: {what}. A reader has to take in whatever an agent sends: tell "
            "its authors that scenario.testing.check_dialect finds this, or say another protocol=…."
        ) from error


def tell(message: str) -> None:
    """Warn of a dialect that is at fault though nobody has asked for it by name.

    Raises:
        DialectError: warnings are to be errors.
    """
    fault = DialectError(message)
    try:
        warnings.warn(str(fault), stacklevel=2)
    except Warning as warning:
        raise fault from warning


def _is_sound(found: object) -> bool:
    return (
        isinstance(found, Detection)
        and type(found.certainty) is int
        and POSSIBLE <= found.certainty <= CERTAIN
        and isinstance(found.reason, str)
    )


def _told(error: Exception) -> str:
    """An exception's kind and text; its kind alone, where it cannot say more."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - an exception of foreign code may fail at telling what it is
        text = ""
    return f"{type(error).__name__}: {text[:_SHOWN]}" if text else type(error).__name__


def _place(error: Exception) -> str:
    """An exception's kind, and where it was raised; not its text, which may quote what nobody is to see."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" in {trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - foreign code
        text = f"an object of {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
