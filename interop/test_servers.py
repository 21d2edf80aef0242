"""A whole scenario with each real server, through `RemoteAgent(url)` and what it decides by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import scenario
from interop.conversation import converse
from interop.environment import CannotInstallError
from interop.targets import TARGETS, Target, cassette_of


@contextmanager
def running(target: Target) -> Iterator[str]:
    """The URL of a server that runs; where it cannot be installed, the test is skipped with the reason."""
    try:
        context = target.start()
    except CannotInstallError as error:
        pytest.skip(f"{target.name} cannot be installed here: {error}")
    with context as origin:
        yield origin + target.path


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_a_whole_scenario(target: Target, record: Path | None) -> None:
    """Small talk, a tool call, a question that waits for a human, its answer, and small talk again."""
    cassette = None if record is None else scenario.Cassette(str(cassette_of(target, record)), mode="record")
    with running(target) as url:
        result = asyncio.run(converse(target, url, cassette))
    assert result.success, result.reasoning
