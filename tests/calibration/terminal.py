"""The command at a terminal of its own, typed into as a person types."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from tests.cli_run.command import environment


class Terminal:
    """A process with a terminal.

    Attributes:
        shown: all that it has shown so far.
    """

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self.shown = ""
        self._master = master
        self._read_to = 0
        self._arrived = asyncio.Event()
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            piece = os.read(self._master, 65536)
        except OSError:  # the process has closed it
            piece = b""
        if not piece:
            asyncio.get_running_loop().remove_reader(self._master)
        self.shown += piece.decode(errors="replace")
        self._arrived.set()

    async def until(self, text: str) -> str:
        """Wait for a text that was not waited for yet, and give what was shown up to its end."""
        async with asyncio.timeout(60):
            while (place := self.shown.find(text, self._read_to)) < 0:
                self._arrived.clear()
                await self._arrived.wait()
        start, self._read_to = self._read_to, place + len(text)
        return self.shown[start : self._read_to]

    async def type(self, text: str) -> None:
        """Wait for the next question, and answer it."""
        await self.until("Is it met? ")
        os.write(self._master, f"{text}\n".encode())

    async def ended(self) -> int:
        """Wait for the end; its exit code."""
        async with asyncio.timeout(60):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def at_a_terminal(folder: Path, *arguments: str) -> AsyncIterator[Terminal]:
    """`scenario …`, typed in a folder; it does not outlive the block."""
    master, slave = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scenario", *arguments),
        cwd=folder,
        env=environment(folder, TERM="xterm"),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    terminal = Terminal(process, master)
    try:
        yield terminal
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        asyncio.get_running_loop().remove_reader(master)
        os.close(master)
