"""Which model is meant, by names, settings and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import scenario
from scenario.errors import ConfigurationError
from scenario.llm.any_llm_transport import is_installed
from scenario.llm.call_settings import call_settings
from scenario.llm.cost import cost_of
from scenario.llm.endpoint import headers_of, url_of
from scenario.llm.model_name import ModelName, parse_model_name
from scenario.llm.resolve import ModelSettings, ModelTarget, found_model, resolve_model, search
from scenario.types import Usage


def resolved(environ: Mapping[str, str] | None = None, default: Any = None, **told: Any) -> ModelTarget:
    """What comes of these settings, with no Ollama server about."""
    return resolve_model(ModelSettings(**told), environ or {}, default, ollama=lambda: False)


@pytest.mark.parametrize(
    ("name", "provider", "model"),
    [
        ("openai/gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("openai/meta-llama/Llama-3", "openai", "meta-llama/Llama-3"),
        ("anthropic/claude-haiku-4-5", "anthropic", "claude-haiku-4-5"),
        ("gpt-4o-mini", "openai", "gpt-4o-mini"),
        ("claude-haiku-4-5", "anthropic", "claude-haiku-4-5"),
        ("ollama_chat/qwen3", "ollama", "qwen3"),
        ("hosted_vllm/mistralai/Mistral-7B", "", "mistralai/Mistral-7B"),
        ("meta-llama/Llama-3", "", "meta-llama/Llama-3"),
        ("/models/own.GGUF", "embedded", "/models/own.GGUF"),
        ("embedded", "embedded", ""),
        ("embedded/smollm2-135m-instruct", "embedded", "smollm2-135m-instruct"),
    ],
)
def test_names_are_taken_apart(name: str, provider: str, model: str) -> None:
    """A provider's prefix is cut off, a prefix that nobody knows belongs to the name."""
    parsed = parse_model_name(name)
    assert (parsed.provider, parsed.model) == (provider, model)


@pytest.mark.parametrize("name", ["", " ", "openai/"])
def test_a_name_without_a_model_is_refused(name: str) -> None:
    """What names no model is a mistake of the settings."""
    with pytest.raises(ConfigurationError, match="names no model"):
        parse_model_name(name)
    assert isinstance(parse_model_name("a"), ModelName)


@pytest.mark.parametrize(
    ("environ", "found", "name"),
    [
        ({"SCENARIO_MODEL": "groq/x", "OPENAI_API_KEY": "k"}, "SCENARIO_MODEL", "groq/x"),
        ({"OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "a"}, "OPENAI_API_KEY", "openai/gpt-4.1-mini"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:8000/v1"}, "OPENAI_BASE_URL", "openai"),
        ({"OPENAI_API_BASE": "http://127.0.0.1:8000/v1"}, "OPENAI_API_BASE", "openai"),
        ({"ANTHROPIC_API_KEY": "a"}, "ANTHROPIC_API_KEY", "anthropic/claude-haiku-4-5"),
    ],
)
def test_the_environment_is_searched_in_order(environ: dict[str, str], found: str, name: str) -> None:
    """Where no model is named, the environment decides, the more explicit variable first."""
    target = resolved(environ)
    assert (target.found, target.name) == (found, name)


def test_an_argument_wins_over_configure_and_that_over_the_environment() -> None:
    """The order is argument, configure, environment."""
    environ = {"SCENARIO_MODEL": "openai/c"}
    assert resolved(environ, "openai/b", model="openai/a").name == "openai/a"
    assert resolved(environ, "openai/b").name == "openai/b"
    assert resolved(environ).name == "openai/c"


def test_ollama_comes_after_the_keys() -> None:
    """A server on this machine is used when nothing else says what to use."""
    found = resolve_model(ModelSettings(), {}, None, ollama=lambda: True)
    assert (found.name, found.api_base, found.model) == ("ollama", "http://127.0.0.1:11434/v1", "")


def test_nothing_found_lists_the_choices() -> None:
    """Without any model the error names every way to get one, and is a ValueError."""
    with pytest.raises(ValueError, match=r"OPENAI_API_KEY.*Ollama.*scenario models pull") as failed:
        resolved()
    assert isinstance(failed.value, ConfigurationError)


def test_the_embedded_model_is_named_in_ci() -> None:
    """In CI it is no silent default, and the error says so."""
    with pytest.raises(ConfigurationError, match="in CI it must be named"):
        resolved({"CI": "true"})


def test_an_embedded_model_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    """Naming it is not enough."""
    with pytest.raises(ConfigurationError, match="scenario models pull smollm2-135m-instruct"):
        resolved({"SCENARIO_MODELS": str(tmp_path)}, model="embedded/smollm2-135m-instruct")


def test_a_file_of_ones_own_is_an_embedded_model(tmp_path: Path) -> None:
    """The path of a GGUF file names a model."""
    path = tmp_path / "own.gguf"
    path.write_bytes(b"")
    assert resolved(model=str(path)).embedded == str(path)
    with pytest.raises(ConfigurationError, match="no model file"):
        resolved(model=str(tmp_path / "none.gguf"))


def test_any_prefix_with_a_base_is_an_openai_compatible_server() -> None:
    """A server of one's own is reached under any name, and no key of another provider is sent to it."""
    target = resolved({"OPENAI_API_KEY": "secret"}, model="acme/large", api_base="http://127.0.0.1:9/v1/")
    assert (target.dialect, target.model, target.api_base) == ("openai-chat", "acme/large", "http://127.0.0.1:9/v1")
    assert "authorization" not in headers_of(target)


@pytest.mark.skipif(is_installed(), reason="any-llm is installed, and is asked for what nobody else knows")
def test_an_unknown_provider_without_a_base_is_refused() -> None:
    """The error names the providers and the remedy."""
    with pytest.raises(ConfigurationError, match=r"'acme' is not known.*api_base"):
        resolved(model="acme/large")


def test_a_configured_config_lends_to_the_same_provider_only() -> None:
    """Another model of the same provider is asked at the configured server; another provider's is not."""
    default = scenario.ModelConfig("openai/a", api_base="http://proxy/v1", api_key="k", max_tokens=7, temperature=0.5)
    same = resolved(default=default, model="openai/b")
    assert (same.api_base, same.api_key, same.max_tokens, same.temperature) == ("http://proxy/v1", "k", 7, 0.5)
    other = resolved({"ANTHROPIC_API_KEY": "a"}, default, model="anthropic/c")
    assert (other.api_base, other.api_key) == ("https://api.anthropic.com/v1", "a")


def test_an_explicit_zero_wins_over_a_configured_temperature() -> None:
    """0.0 is a temperature, not the lack of one."""
    default = scenario.ModelConfig("openai/a", temperature=0.7)
    assert resolved(default=default, temperature=0.0).temperature == 0.0
    assert resolved(default=default).temperature == 0.7


def test_anthropic_is_spoken_natively() -> None:
    """Its own path, its own headers, also at another base."""
    target = resolved({"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_API_KEY": "a"}, model="anthropic/c")
    assert url_of(target) == "http://127.0.0.1:9/v1/messages"
    assert headers_of(target)["x-api-key"] == "a"
    assert "anthropic-version" in headers_of(target)


def test_the_key_is_never_shown() -> None:
    """Settings are printed; keys are not."""
    extra = {"extra_headers": {"x-api-key": "s3cret"}}
    target = resolved(model="openai/a", api_key="s3cret", extra=extra)
    assert "s3cret" not in f"{target!r} {target.settings!r}"
    assert "s3cret" not in repr(ModelSettings(model="openai/a", api_key="s3cret", extra=extra))


def test_settings_of_the_call_do_not_reach_the_body() -> None:
    """Timeout, headers and a client object say how to send; everything else is sent."""

    class Client:
        base_url = "http://127.0.0.1:9/v1/"
        api_key = "k"

    settings = call_settings(
        {"timeout": 3, "extra_headers": {"X-A": "1"}, "max_retries": 0, "client": Client(), "top_p": 0.5, "seed": None}
    )
    assert (settings.timeout, settings.headers, settings.attempts) == (3.0, {"X-A": "1"}, 1)
    assert (settings.api_base, settings.api_key, settings.body) == ("http://127.0.0.1:9/v1/", "k", {"top_p": 0.5})


def test_a_clients_own_headers_and_parameters_are_sent() -> None:
    """What a gateway asks for; those that every client of its kind sends, and the key's, are ours to send."""

    class Client:
        base_url = "http://127.0.0.1:9/v1/"
        api_key = "k"
        default_query = {"api-version": "2024-05-01"}  # noqa: RUF012 - as clients have it
        default_headers = {  # noqa: RUF012 - as clients have it
            "Accept": "application/json",
            "User-Agent": "client/1",
            "X-Stainless-Lang": "python",
            "Authorization": "Bearer k",
            "OpenAI-Organization": object(),
            "X-Gateway-Key": "g",
        }

    extra = {"client": Client(), "extra_query": {"team": "a b"}, "extra_headers": {"X-Two": "2"}}
    target = resolve_model(ModelSettings(model="gpt-4o", extra=extra), {})
    assert target.settings.headers == {"X-Gateway-Key": "g", "X-Two": "2"}
    assert url_of(target) == "http://127.0.0.1:9/v1/chat/completions?api-version=2024-05-01&team=a+b"


def test_parameters_of_a_base_url_stay_behind_the_path() -> None:
    """As gateways are addressed."""
    target = resolve_model(ModelSettings(model="openai/m", api_base="http://127.0.0.1:9/v1?key=x"), {})
    assert url_of(target) == "http://127.0.0.1:9/v1/chat/completions?key=x"


@pytest.mark.parametrize(
    "extra", [{"timeout": 0}, {"timeout": "soon"}, {"extra_headers": "x"}, {"max_retries": -1}, {"top_p": object()}]
)
def test_settings_without_meaning_are_refused(extra: dict[str, Any]) -> None:
    """A mistake is told when the participant is made."""
    with pytest.raises(ConfigurationError):
        scenario.JudgeAgent(model="openai/a", **extra)


@pytest.mark.parametrize("participant", [scenario.JudgeAgent, scenario.UserSimulatorAgent])
def test_a_named_model_is_not_looked_at_before_it_is_used(participant: Any) -> None:
    """Making a participant asks nobody, and needs no key."""
    participant(model="openai/gpt-4o-mini")
    participant(model="nobody/knows")


@pytest.mark.parametrize(
    ("model", "cost"),
    [
        ("gpt-4o-mini", 0.75),
        ("gpt-4o-2024-08-06", 12.5),
        ("claude-sonnet-4-20250514", 18.0),
        ("claude-3-5-haiku-latest", 4.8),
        ("my-finetune", None),
    ],
)
def test_cost_is_by_the_price_list(model: str, cost: float | None) -> None:
    """A million tokens each way cost both prices; what has no known price has no cost."""
    usage = Usage(input_tokens=1_000_000, output_tokens=1_000_000)
    assert cost_of(model, usage, api_base="https://api.openai.com/v1") == (cost and pytest.approx(cost))


def test_ones_own_server_has_no_price() -> None:
    """A model's name at another server says nothing about what it costs there."""
    assert cost_of("gpt-4o", Usage(input_tokens=1), api_base="http://127.0.0.1:1/v1") is None


def test_the_search_names_every_place_and_looks_no_further_than_needed() -> None:
    """Ollama is asked only when everything before it is empty."""

    def never() -> bool:
        raise AssertionError("nobody should have connected")

    places = [source for source, _ in search({}, ollama=lambda: False)]
    assert places[0] == "configure()"
    assert places[-1] == "the embedded model"
    assert found_model({"SCENARIO_MODEL": "openai/a"}, ollama=never) == ("openai/a", "SCENARIO_MODEL")
