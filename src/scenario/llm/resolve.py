"""Which model is meant: the one place where names, settings and the environment are put together.

The order where none is named: argument, `scenario.configure`, `SCENARIO_MODEL`, the keys and base URLs of OpenAI and
Anthropic, an Ollama server on its usual loopback port, the embedded model. The environment is read at each call.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from scenario.config import ModelConfig
from scenario.errors import ConfigurationError
from scenario.llm.any_llm_transport import is_installed
from scenario.llm.call_settings import CallSettings, call_settings
from scenario.llm.embedded.cache_folder import is_pulled
from scenario.llm.embedded.machine import demand_runtime
from scenario.llm.embedded.manifest import DEFAULT_MODEL as EMBEDDED_DEFAULT
from scenario.llm.extras import INSTALL_ANY_LLM, INSTALL_RUNTIME
from scenario.llm.model_name import (
    ANY_LLM,
    DECIDING,
    EMBEDDED,
    PROVIDERS,
    Dialect,
    ModelName,
    Provider,
    parse_model_name,
)

OPENAI_DEFAULT: Final = "gpt-4.1-mini"
ANTHROPIC_DEFAULT: Final = "claude-haiku-4-5"

_NONE_FOUND: Final = (
    "No model is named for {who}, and none was found. Any of these will do: an argument "
    '(model="openai/gpt-4o-mini", or "anthropic/…", "ollama/…", with api_base= any OpenAI-compatible server); '
    'scenario.configure(default_model=…); SCENARIO_MODEL="provider/model" or the path of a GGUF file; OPENAI_API_KEY, '
    "OPENAI_BASE_URL or ANTHROPIC_API_KEY; an Ollama server on this machine; the embedded model "
    f"({INSTALL_RUNTIME}, then `scenario models pull {EMBEDDED_DEFAULT}`{{ci}}). A script of fixed lines and checks "
    "that ends with `succeed` needs no model: leave the user simulator and the judge out."
)


class ModelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a participant was told about its model; None where it was told nothing.

    Attributes:
        temperature: one that is given here wins over every configured one, 0.0 too.
    """

    model: str | None = None
    api_base: str | None = None
    api_key: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        """Without the key, and what may hold one: tracebacks show it."""
        return f"ModelSettings(model={self.model!r}, temperature={self.temperature!r}, max_tokens={self.max_tokens!r})"


class ModelTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A model, with everything that is needed to reach it.

    Attributes:
        name: as it is shown, "openai/gpt-4o-mini".
        dialect: what its server speaks.
        model: the name that is sent; "" asks the server which ones it has and takes the first.
        api_base: the base URL; "" for an embedded model, whose server is yet to be started.
        api_key: never shown.
        temperature_is_set: whether somebody has chosen another temperature than the default.
        embedded: the embedded model's name, or the path of its file; None for others.
        any_llm: the provider that is asked through any-llm, by its name there; None for others.
        found: how it was found, in words.
    """

    name: str
    dialect: Dialect = "openai-chat"
    model: str = ""
    api_base: str = ""
    api_key: str | None = None
    temperature: float = 0.0
    temperature_is_set: bool = False
    max_tokens: int | None = None
    settings: CallSettings = CallSettings()
    embedded: str | None = None
    any_llm: str | None = None
    found: str = "argument"

    def __repr__(self) -> str:
        """Without the key: settings are printed in reports and tracebacks."""
        return f"ModelTarget(name={self.name!r}, api_base={self.api_base!r}, found={self.found!r})"


def ollama_answers(base_url: str = PROVIDERS["ollama"].api_base, *, timeout: float = 0.2) -> bool:
    """Whether something listens where an Ollama server would; `timeout` is in seconds."""
    address = urlsplit(base_url)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 80), timeout=timeout):
            return True
    except OSError:
        return False


def search(
    environ: Mapping[str, str],
    default_model: str | ModelConfig | None = None,
    *,
    ollama: Callable[[], bool] = ollama_answers,
) -> Iterator[tuple[str, str | None]]:
    """Where a model may come from when nobody names one, in order, each with the model's name or None.

    Only what is cheap is looked at: settings, the environment, one connection on loopback, and whether a file is there;
    and each only when it is asked for.
    """
    configured = default_model.model if isinstance(default_model, ModelConfig) else default_model
    yield "configure()", configured
    yield "SCENARIO_MODEL", environ.get("SCENARIO_MODEL") or None
    for variable in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        yield variable, _openai_at(environ.get(variable))
    yield "OPENAI_API_KEY", f"openai/{OPENAI_DEFAULT}" if environ.get("OPENAI_API_KEY") else None
    for variable in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        yield variable, f"anthropic/{ANTHROPIC_DEFAULT}" if environ.get(variable) else None
    yield "an Ollama server on this machine", "ollama/" if ollama() else None
    yield "the embedded model", EMBEDDED if not environ.get("CI") and _embedded_is_there(environ) else None


def found_model(
    environ: Mapping[str, str],
    default_model: str | ModelConfig | None = None,
    *,
    ollama: Callable[[], bool] = ollama_answers,
) -> tuple[str, str] | None:
    """The model to use where a participant names none, and where it comes from; None where there is none."""
    for source, model in search(environ, default_model, ollama=ollama):
        if model is not None:
            return model, source
    return None


def _openai_at(base_url: str | None) -> str | None:
    """At a server of one's own, the provider alone: which models it has, it says itself."""
    if not base_url:
        return None
    is_public = base_url.rstrip("/") == PROVIDERS["openai"].api_base
    return f"openai/{OPENAI_DEFAULT}" if is_public else "openai/"


def none_found(who: str, environ: Mapping[str, str]) -> ConfigurationError:
    """That there is no model, and what would be one."""
    ci = "; in CI it must be named: SCENARIO_MODEL=embedded" if environ.get("CI") else ""
    return ConfigurationError(_NONE_FOUND.format(who=who, ci=ci))


def resolve_model(
    settings: ModelSettings,
    environ: Mapping[str, str],
    default_model: str | ModelConfig | None = None,
    *,
    who: str = "this participant",
    ollama: Callable[[], bool] = ollama_answers,
) -> ModelTarget:
    """Put together what a participant was told, what is configured, and the environment.

    A configured `ModelConfig` lends its base URL, key and other settings to a participant that names a model of the
    same provider; its temperature and token limit hold unless the participant has its own.

    Raises:
        ConfigurationError: there is no model, its provider is unknown, or a setting has no meaning.
    """
    named, found = settings.model, "argument"
    if named is None and settings.api_base and default_model is None and not environ.get("SCENARIO_MODEL"):
        named = "openai/"
    if named is None:
        lookup = found_model(environ, default_model, ollama=ollama)
        if lookup is None:
            raise none_found(who, environ)
        named, found = lookup
    # A provider alone means "whatever model its server has".
    name = ModelName(provider=named[:-1], model="") if named in ("openai/", "ollama/") else parse_model_name(named)
    return _target(named, name, settings, _lender(name, default_model), environ, found)


def _lender(name: ModelName, default_model: str | ModelConfig | None) -> ModelConfig | None:
    if not isinstance(default_model, ModelConfig):
        return None
    lender = parse_model_name(default_model.model)
    if lender.provider == name.provider and (lender.prefix == name.prefix or _has_address(lender, default_model)):
        return default_model
    return ModelConfig(default_model.model, temperature=default_model.temperature, max_tokens=default_model.max_tokens)


def _has_address(lender: ModelName, config: ModelConfig) -> bool:
    """Whether it is known who gets the key, whatever stands before the model's name: one's own server, at its URL."""
    if lender.provider == ANY_LLM:
        return False
    return bool(config.api_base or call_settings(config.extra).api_base)


def _target(
    named: str,
    name: ModelName,
    own: ModelSettings,
    lender: ModelConfig | None,
    environ: Mapping[str, str],
    found: str,
) -> ModelTarget:
    calls = call_settings({**(lender.extra if lender else {}), **own.extra})
    base = own.api_base or calls.api_base or (lender.api_base if lender else None)
    key = own.api_key or calls.api_key or (lender.api_key if lender else None)
    temperature, max_tokens = own.temperature, own.max_tokens
    if temperature is None:
        temperature = lender.temperature if lender else 0.0
    if max_tokens is None and lender:
        max_tokens = lender.max_tokens
    target = ModelTarget(
        name=named.removesuffix("/"),
        model=name.model,
        temperature=temperature,
        temperature_is_set=temperature != 0.0,
        max_tokens=max_tokens,
        settings=calls,
        found=found,
    )
    if name.provider == EMBEDDED:
        if base is None:
            return msgspec.structs.replace(target, embedded=_embedded(name, environ))
        # It runs elsewhere already, and is used as one of its kind.
        target = msgspec.structs.replace(target, embedded=name.model or EMBEDDED_DEFAULT)
    if name.provider == ANY_LLM or (base is None and name.provider not in PROVIDERS and is_installed()):
        return _through_any_llm(target, named, name, base, key)
    dialect, base, key = _address(named, name, base, key, environ)
    base = base.strip().rstrip("/")
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).netloc:
        # Without what may be secret in it; there is no telling which part is what.
        shown = base.partition("?")[0].rpartition("@")[2]
        raise ConfigurationError(f"api_base={shown!r} is no address of a server: begin it with http:// or https://.")
    # A key that was read from a file often ends with the line.
    return msgspec.structs.replace(target, dialect=dialect, api_base=base, api_key=key.strip() if key else key)


def _through_any_llm(
    target: ModelTarget, named: str, name: ModelName, base: str | None, key: str | None
) -> ModelTarget:
    """A model of a provider that any-llm may know; whether it does shows when it is asked, as loading it takes long."""
    if not is_installed():
        raise ConfigurationError(f"model={named!r}: any-llm is not installed: {INSTALL_ANY_LLM}.")
    provider = name.prefix.lower().replace("_", "").replace("-", "")
    model = name.model if name.provider == ANY_LLM else named.partition("/")[2]
    place = base.rstrip("/") if base else f"any-llm://{provider}"
    return msgspec.structs.replace(target, any_llm=provider, model=model, api_base=place, api_key=key)


def _address(
    named: str, name: ModelName, base: str | None, key: str | None, environ: Mapping[str, str]
) -> tuple[Dialect, str, str | None]:
    provider = PROVIDERS.get(name.provider)
    if name.provider == "decide":
        return _deciding(named, name, base, key, environ)
    if provider is None:
        if base is None:
            raise _unknown_provider(named, name)
        # The key of one provider is never sent to another's server, unless it was handed over.
        return "openai-chat", base, key
    if base is None:
        variable = _first_set(environ, provider.base_variables)
        base = environ[variable] if variable else provider.api_base
        key = key or _key(provider, environ)
    elif name.provider in ("openai", "anthropic") or base.strip().rstrip("/") == provider.api_base:
        # A proxy of these two is reached with their key: what their own clients do.
        key = key or _key(provider, environ)
    if name.provider in ("anthropic", "ollama", *DECIDING) and not urlsplit(base).path.strip("/"):
        base = base.rstrip("/") + "/v1"
    return provider.dialect, base, key


def _deciding(
    named: str, name: ModelName, base: str | None, key: str | None, environ: Mapping[str, str]
) -> tuple[Dialect, str, str | None]:
    """A decision model at an address of which the protocol is not told, unless the address ends with its route."""
    if base is None:
        raise ConfigurationError(
            f"model={named!r}: its server is asked which protocol it speaks: give api_base=, or name the protocol, "
            f"'systemone/{name.model}' or 'decisions/{name.model}'."
        )
    base = base.strip().rstrip("/")
    # To the address of a provider its own key goes, and to no other.
    owner = next((one for one in PROVIDERS.values() if one.api_base and one.api_base == base), None)
    key = key or (_key(owner, environ) if owner is not None else None)
    for dialect in DECIDING:
        if urlsplit(base).path.endswith(f"/{dialect}") and dialect != "decide":
            return dialect, base, key
    return "decide", base if urlsplit(base).path.strip("/") else f"{base}/v1", key


def _key(provider: Provider, environ: Mapping[str, str]) -> str | None:
    variable = _first_set(environ, provider.key_variables)
    return environ[variable] if variable else None


def _first_set(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((name for name in names if environ.get(name)), None)


def _embedded(name: ModelName, environ: Mapping[str, str]) -> str:
    if name.model.lower().endswith(".gguf"):
        path = Path(name.model).expanduser()
        if not path.is_file():
            raise ConfigurationError(f"There is no model file at {str(path)!r}.")
        return str(path)
    model = name.model or EMBEDDED_DEFAULT
    if not is_pulled(model, environ):
        raise ConfigurationError(
            f"The embedded model {model!r} is not on this machine: `scenario models pull {model}`."
        )
    return model


def _embedded_is_there(environ: Mapping[str, str]) -> bool:
    try:
        demand_runtime()
        return is_pulled(EMBEDDED_DEFAULT, environ)
    except ConfigurationError:
        return False  # no runtime, or no home folder, hence no model in it


def _unknown_provider(named: str, name: ModelName) -> ConfigurationError:
    return ConfigurationError(
        f"model={named!r}: the provider {name.prefix!r} is not known. Known are {', '.join(sorted(PROVIDERS))} and "
        f"{EMBEDDED}; {INSTALL_ANY_LLM} adds those of any-llm (bedrock, vertexai, cohere, …). A server that speaks "
        'OpenAI\'s protocol is reached under any name with api_base="http://…/v1".'
    )
