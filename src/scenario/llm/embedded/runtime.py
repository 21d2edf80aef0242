"""The embedded model as a server on loopback: one for each model and process, started when it is first used."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

from scenario.errors import InternalError
from scenario.llm.embedded.server_process import ServerProcess

_START_TIMEOUT = 120.0


class _Lease:
    """One user's claim on a server. It may be given up while the server is still being started."""

    def __init__(self) -> None:
        self.given_up = False
        self.path: Path | None = None


class _Servers:
    """The servers of one process and who uses them."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._running: dict[Path, ServerProcess] = {}
        self._leases: dict[Path, set[_Lease]] = {}
        atexit.register(self.end_all)

    def take(self, path: Path, timeout: float, lease: _Lease) -> str:
        with self._lock:
            server = self._running.get(path)
            if server is None or not server.is_running:
                if server is not None:
                    server.end()
                server = self._running[path] = ServerProcess(path, timeout=timeout)
            self._leases.setdefault(path, set()).add(lease)
            lease.path = path
        if lease.given_up:
            self.give_up(lease)
        return server.base_url

    def give_up(self, lease: _Lease) -> None:
        lease.given_up = True
        if (path := lease.path) is None:
            return
        with self._lock:
            leases = self._leases.get(path, set())
            leases.discard(lease)
            if not leases and (server := self._running.pop(path, None)) is not None:
                server.end()

    def end_all(self) -> None:
        # A fork inherits this registration, and not the servers.
        if os.getpid() == self._owner:
            with self._lock:
                for server in self._running.values():
                    server.end()
                self._running.clear()


@cache
def _servers_of(process: int) -> _Servers:
    """Keyed by the process, so that a fork starts its own servers."""
    del process
    return _Servers()


@cache
def _kept_lease(process: int) -> _Lease:
    """The claim that `base_url` holds until its process ends."""
    del process
    return _Lease()


async def base_url(model_path: str | Path, *, start_timeout: float = _START_TIMEOUT) -> str:
    """The address of this process's server of that model, which is started at its first use and ends with the process.

    Args:
        model_path: a GGUF file.
        start_timeout: seconds until it must answer.

    Returns:
        Such as `http://127.0.0.1:40001`; the OpenAI-compatible paths below it begin with `/v1`.

    Raises:
        ConfigurationError: the runtime is not installed or cannot run here, or the file is no model.
        ModelUnreachableError: the server ended or was not ready in time.
    """
    process, path = os.getpid(), _absolute(model_path)
    return await asyncio.to_thread(_servers_of(process).take, path, start_timeout, _kept_lease(process))


class EmbeddedServer:
    """A server of a model for the time of an `async with`; it is shared by all users of that model in this process.

    Args:
        model_path: a GGUF file.
        start_timeout: seconds until it must answer.
    """

    def __init__(self, model_path: str | Path, *, start_timeout: float = _START_TIMEOUT) -> None:
        self._path = model_path
        self._timeout = start_timeout
        self._lease = _Lease()
        self._base_url: str | None = None

    @property
    def base_url(self) -> str:
        """Such as `http://127.0.0.1:40001`; the OpenAI-compatible paths below it begin with `/v1`.

        Raises:
            InternalError: outside of `async with`.
        """
        if self._base_url is None:
            raise InternalError("EmbeddedServer has an address only inside `async with EmbeddedServer(path)`.")
        return self._base_url

    async def __aenter__(self) -> Self:
        """Start the server, or join the one that runs.

        Raises:
            ConfigurationError: the runtime is not installed or cannot run here, or the file is no model.
            ModelUnreachableError: the server ended or was not ready in time.
        """
        servers, lease = _servers_of(os.getpid()), _Lease()
        try:
            self._base_url = await asyncio.to_thread(servers.take, _absolute(self._path), self._timeout, lease)
        except asyncio.CancelledError:
            # The thread goes on; whichever of the two is later gives the server up.
            threading.Thread(target=servers.give_up, args=(lease,), daemon=True).start()
            raise
        self._lease = lease
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._base_url = None
        await asyncio.shield(asyncio.to_thread(_servers_of(os.getpid()).give_up, self._lease))


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()
