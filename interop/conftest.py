"""`--record DIR`: what the servers answer, as cassettes."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption("--record", metavar="DIR", help="Record what each server answers into DIR/NAME.cassette.")


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Path | None:
    """The folder for cassettes; None where nothing is recorded."""
    given = request.config.getoption("--record")
    return None if given is None else Path(given)
