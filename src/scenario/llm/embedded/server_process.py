"""One child process that serves one model, from outside: start it, wait until it answers, end it. It blocks."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import msgspec

from scenario.errors import ConfigurationError, ModelUnreachableError
from scenario.llm.embedded.machine import demand_runtime, demand_weights, thread_count

_END_GRACE = 5.0
_LAST_WORDS = 2000


class _Ready(msgspec.Struct, frozen=True):
    base_url: str


class ServerProcess:
    """A running server.

    Attributes:
        base_url: such as `http://127.0.0.1:40001`, without a path.
    """

    def __init__(self, path: Path, *, timeout: float) -> None:
        """Start it and wait until it answers.

        Args:
            path: of the GGUF file.
            timeout: seconds until it must answer.

        Raises:
            ConfigurationError: the runtime or the file is missing or cannot be used.
            ModelUnreachableError: it ended or was not ready in time.
        """
        demand_runtime()
        demand_weights(path)
        child = Path(__file__).with_name("child.py")
        settings = {"model": str(path), "threads": thread_count(), "parent": os.getpid()}
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        # `-P`: the modules beside the child must not hide those of the standard library.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", str(child), msgspec.json.encode(settings).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            # Read when OpenMP is loaded: with spinning, two busy cores bring 9 tokens a second down to 0.6.
            env={**os.environ, "GOMP_SPINCOUNT": "0"},
        )
        self.base_url = self._wait_until_ready(path, timeout)

    def _wait_until_ready(self, path: Path, timeout: float) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        limit = threading.Timer(timeout, self._process.kill)
        limit.daemon = True
        limit.start()
        try:
            line = self._process.stdout.readline()
        except BaseException:
            self.end()
            raise
        finally:
            limit.cancel()
        if line:
            return msgspec.json.decode(line, type=_Ready).base_url
        return self._fail(path, timeout)

    def _fail(self, path: Path, timeout: float) -> str:
        status = self._process.wait()
        words = self._last_words()
        self.end()
        if "load" in words and "model" in words:
            raise ConfigurationError(f"{path} could not be loaded; is it a whole GGUF file? The runtime says: {words}")
        raise ModelUnreachableError(
            f"The server of {path} ended with status {status} before it answered (it had {timeout:g} s). "
            f"Is there memory enough? The runtime says: {words or 'nothing'}"
        )

    def _last_words(self) -> str:
        self._words.seek(0)
        return self._words.read().decode(errors="replace").strip()[-_LAST_WORDS:]

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def end(self) -> None:
        """End the process and wait for it; once more does nothing."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_END_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()
