"""Where a decision model is asked, and with which key."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scenario.errors import ConfigurationError
from scenario.llm.endpoint import missing_key, url_of
from scenario.llm.resolve import ModelSettings, ModelTarget, resolve_model
from scenario.testing import DecisionServer
from tests.cli_run.command import typed

_KEYS = {"OPENAI_API_KEY": "sk-1", "TYPESAFE_API_KEY": "ts-1"}


def _resolved(model: str, environ: Mapping[str, str] = _KEYS, api_base: str | None = None) -> ModelTarget:
    return resolve_model(ModelSettings(model=model, api_base=api_base), environ, ollama=lambda: False)


@pytest.mark.parametrize(
    ("model", "api_base", "url", "key"),
    [
        ("systemone/jev", None, "https://api.typesafe.ai/v1/systemone", "ts-1"),
        ("decisions/gpt-6-luna", None, "https://api.openai.com/v1/decisions", "sk-1"),
        ("decisions/gpt-6-luna", "https://api.openai.com/v1/", "https://api.openai.com/v1/decisions", "sk-1"),
        ("systemone/jev", "http://localhost:8000", "http://localhost:8000/v1/systemone", None),
        ("systemone/jev", "http://localhost:8000/v1/systemone", "http://localhost:8000/v1/systemone", None),
        ("decisions/own/name", "http://localhost:4000/proxy/v1", "http://localhost:4000/proxy/v1/decisions", None),
    ],
)
def test_a_key_goes_to_its_provider_alone(model: str, api_base: str | None, url: str, key: str | None) -> None:
    """The environment's key goes to the provider's own address, and any base URL will do."""
    target = _resolved(model, api_base=api_base)
    assert url_of(target) == url
    assert target.api_key == key
    assert target.model == model.partition("/")[2]


def test_a_base_of_the_environment_has_the_environments_key() -> None:
    """Who points their key's provider elsewhere is not sent past it."""
    target = _resolved("decisions/gpt-6-luna", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://localhost:4000/v1"})
    assert (target.api_base, target.api_key) == ("http://localhost:4000/v1", "k")


def test_a_missing_key_is_told_before_anything_is_sent() -> None:
    """TypeSafe's own address answers nobody without one."""
    assert "set TYPESAFE_API_KEY" in str(missing_key(_resolved("systemone/jev", {})))
    assert "set OPENAI_API_KEY" in str(missing_key(_resolved("decisions/x", {})))


def test_the_protocol_alone_names_no_model() -> None:
    """Which model answers is never guessed."""
    with pytest.raises(ConfigurationError, match="names no model"):
        _resolved("systemone/")


async def test_doctor_says_what_kind_of_model_it_is() -> None:
    """Who names a decision model is told that it judges only."""
    async with DecisionServer() as server:
        ended = await typed(
            "doctor", SCENARIO_MODEL="systemone/test", TYPESAFE_BASE_URL=server.base_url, OPENAI_API_KEY="k"
        )
    assert "a decision model, at /systemone: it judges only" in ended.out
    assert ended.out.count("OPENAI_API_KEY    ") == 2, "once among the keys, once in the order of the search"
