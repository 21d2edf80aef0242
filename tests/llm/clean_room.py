"""Tests of what is found in the environment begin with none of it, and with nothing configured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import scenario

VARIABLES = (
    "ANTHROPIC_API_BASE",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "CI",
    "OLLAMA_API_BASE",
    "OPENAI_API_BASE",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "SCENARIO_MODEL",
    "TYPESAFE_API_KEY",
    "TYPESAFE_BASE_URL",
)


@pytest.fixture(autouse=True)
def clean_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No model, no key, no cache of the machine's owner."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("SCENARIO_MODELS", str(tmp_path / "models"))
    scenario.configure(default_model=None, cache_key=None, min_turns=None)
    yield
    scenario.configure(default_model=None, cache_key=None, min_turns=None)
