"""Which connections this process opens, as Python's own audit events tell."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_listening: list[list[str]] = []
_is_hooked: list[bool] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in ("socket.connect", "socket.getaddrinfo"):
        _listening[-1].append(f"{event} {arguments[1:]}")


@contextmanager
def sockets_noted() -> Iterator[list[str]]:
    """What is connected to, or looked up, within the block."""
    if not _is_hooked:
        sys.addaudithook(_hear)  # which cannot be taken back
        _is_hooked.append(True)
    noted: list[str] = []
    _listening.append(noted)
    try:
        yield noted
    finally:
        _listening.remove(noted)
