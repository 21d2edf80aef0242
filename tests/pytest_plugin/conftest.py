"""A place for pytest sessions inside of tests."""

from __future__ import annotations

import pytest

from tests.pytest_plugin.sessions import INI


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A directory with pytest's settings; the environment of a person's machine."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    pytester.makefile(".ini", pytest=INI)
    return pytester
