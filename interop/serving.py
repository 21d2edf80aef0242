"""A server as a process of its own on loopback, for as long as a block of code runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 90
STOP_SECONDS = 10


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str], port: int, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server until the block ends; its origin, once it accepts connections.

    Raises:
        RuntimeError: it ended, or accepts none in time; with the end of what it printed.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if not _accepts(process, port):
                raise RuntimeError(f"{' '.join(command)} does not serve: {_end_of(output.fileno())}")
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(process)


def _accepts(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _end_of(output: int) -> str:
    size = os.fstat(output).st_size
    return os.pread(output, 2000, max(0, size - 2000)).decode("utf-8", "replace")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process and those that it has started: development servers have children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
        else:
            return
