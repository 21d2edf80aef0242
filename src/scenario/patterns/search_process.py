"""Searches in processes of their own, which a deadline really ends: started when the first one is needed, and kept."""

from __future__ import annotations

import atexit
import contextlib
import os
import pkgutil
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Final, TypeAlias

from scenario.patterns.child import ANSWER, FAILED, FOUND, REQUEST
from scenario.patterns.run_end import ended_with_run, is_run_over

Span: TypeAlias = tuple[int, int]
# Each may hold one core as long as its deadline allows.
_MOST: Final = 2
# A machine with much to do may take long to start a process; that counts for no search.
_START_SECONDS: Final = 60.0
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)


class SearchTooLongError(Exception):
    """The deadline has passed, and the search was ended."""


class SearchFailedError(Exception):
    """The search could not be made, for the reason that it says."""


class EndedBySomebodyError(SearchFailedError):
    """The process is gone, though nobody here has ended it."""


class _SearchProcess:
    def __init__(self) -> None:
        source = pkgutil.get_data("scenario.patterns", "child.py")
        if not sys.executable or source is None or getattr(sys, "frozen", False):
            # The executable of a frozen program is that program.
            raise SearchFailedError("this program knows no Python interpreter (sys.executable) to start")
        try:
            # -I and -S: nothing of the environment, of this folder or of other packages is loaded.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
                [sys.executable, "-I", "-S", "-c", source.decode()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # What waits in a buffer would be sent twice where the program is forked.
                bufsize=0,
                creationflags=_NO_WINDOW,
            )
        except OSError as error:
            raise SearchFailedError(f"no process could be started: {error}") from error
        self.is_fresh = True
        self._answers: queue.SimpleQueue[tuple[bytes, int, int] | str | None] = queue.SimpleQueue()
        # A pipe knows no deadline on all systems; a queue does.
        threading.Thread(target=self._read, name="scenario-search", daemon=True).start()

    def wait_until_ready(self) -> None:
        try:
            self._next(_START_SECONDS)
        except SearchTooLongError:
            raise SearchFailedError(f"its process was not ready after {_START_SECONDS:g} s") from None

    def find(self, pattern: str, flags: int, text: str, seconds: float) -> Span | None:
        words = [part.encode("utf-8", "surrogatepass") for part in (pattern, text)]
        head = REQUEST.pack(seconds, flags, *map(len, words))
        try:
            self._send(b"".join((head, *words)))
        except OSError as error:
            raise self._ended() from error
        kind, start, end = self._next(seconds)
        self.is_fresh = False
        return (start, end) if kind == FOUND else None

    def kill(self) -> None:
        """End it, whatever it does: whoever waits for its answer hears of that."""
        self._process.kill()

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        self._process.wait()
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None  # noqa: S101 - it is a pipe
            self._process.stdin.close()

    def _send(self, request: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        rest = memoryview(request)
        while rest:
            rest = rest[self._process.stdin.write(rest) :]

    def _next(self, seconds: float) -> tuple[bytes, int, int]:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise SearchTooLongError from None
        if answer is None:
            raise self._ended()
        if isinstance(answer, str):
            raise SearchFailedError(answer)
        return answer

    def _ended(self) -> EndedBySomebodyError:
        return EndedBySomebodyError(f"its process has ended by itself, with {self._process.wait()}")

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        with open(self._process.stdout.fileno(), "rb", closefd=False) as stream, self._process.stdout:
            while len(head := stream.read(ANSWER.size)) == ANSWER.size:
                kind, start, end = ANSWER.unpack(head)
                self._answers.put(_words(stream, start) if kind == FAILED else (kind, start, end))
        self._answers.put(None)


def _words(stream: IO[bytes], length: int) -> str:
    return stream.read(length).decode("utf-8", "replace")


class _Processes:
    """Those that there are. One at a time is used by whoever has taken it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(_MOST)
        self._idle: list[_SearchProcess] = []
        self._all: set[_SearchProcess] = set()
        self._is_over = False

    @contextlib.contextmanager
    def taken(self) -> Iterator[_SearchProcess]:
        """One to search with; whatever goes wrong meanwhile, Ctrl-C too, is its end."""
        with self._free:
            process = self._one()
            try:
                yield process
            except SearchFailedError as error:
                self._end(process) if isinstance(error, EndedBySomebodyError) else self._put_back(process)
                raise
            except BaseException:
                self._end(process)
                raise
            self._put_back(process)

    def end_all(self) -> None:
        with self._lock:
            self._is_over = True
            for process in self._all:
                process.end()
            self._all.clear()
            self._idle.clear()

    def _one(self) -> _SearchProcess:
        with self._lock:
            if self._is_over:
                raise SearchFailedError("this program is about to end")
            if self._idle:
                return self._idle.pop()
            process = _SearchProcess()
            self._all.add(process)
        try:
            process.wait_until_ready()
        except BaseException:
            self._end(process)
            raise
        return process

    def _put_back(self, process: _SearchProcess) -> None:
        with self._lock:
            if process in self._all:
                self._idle.append(process)

    def _end(self, process: _SearchProcess) -> None:
        with self._lock:
            if process in self._all:
                self._all.remove(process)
                process.end()


_processes = _Processes()


def _end_all() -> None:
    _processes.end_all()


def _forget() -> None:
    """A forked program has not these processes but its parent's, whose pipes it must not touch."""
    global _processes
    _processes = _Processes()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


def search(pattern: str, flags: int, text: str, seconds: float) -> Span | None:
    """Where a pattern is found in a text, from and to; None where it is not.

    Args:
        pattern: a regular expression of Python's.
        flags: those to compile it with.
        text: what is searched.
        seconds: after which the search is ended. Waiting for a process does not count.

    Raises:
        SearchTooLongError: that much time has passed.
        SearchFailedError: there is no process to be had, the memory is not enough, or something has ended it.
    """
    while not is_run_over():
        is_fresh = True
        try:
            with _processes.taken() as process:
                if is_run_over():  # while a process was waited for
                    break
                is_fresh = process.is_fresh
                with ended_with_run(process.kill):
                    return process.find(pattern, flags, text, seconds)
        except EndedBySomebodyError:
            # One that was ended while nobody used it says nothing about this search.
            if is_fresh and not is_run_over():
                raise
    raise SearchFailedError("its run is over")
