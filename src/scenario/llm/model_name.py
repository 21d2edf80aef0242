"""Names of models, as tests write them: "provider/model", a bare model name, or the path of a GGUF file."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from scenario.errors import ConfigurationError

Dialect = Literal["openai-chat", "anthropic", "systemone", "decisions", "decide"]
# Of models that decide between yes and no, and write nothing. Which of the two "decide" is, the server is asked.
DECIDING: Final[frozenset[Dialect]] = frozenset({"systemone", "decisions", "decide"})


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A public service, and where its key stands in the environment.

    Attributes:
        dialect: what it speaks.
        api_base: its base URL; "" where everybody runs their own.
        key_variables: environment variables that may hold the key, in order.
        base_variables: environment variables that may hold another base URL, in order.
        needs_key: whether nothing is answered without a key at its own base URL.
    """

    dialect: Dialect = "openai-chat"
    api_base: str
    key_variables: tuple[str, ...] = ()
    base_variables: tuple[str, ...] = ()
    needs_key: bool = True


PROVIDERS: Final[dict[str, Provider]] = {
    "openai": Provider(
        api_base="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    ),
    "anthropic": Provider(
        dialect="anthropic",
        api_base="https://api.anthropic.com/v1",
        key_variables=("ANTHROPIC_API_KEY",),
        base_variables=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
    ),
    "ollama": Provider(
        api_base="http://127.0.0.1:11434/v1",
        base_variables=("OLLAMA_API_BASE",),
        needs_key=False,
    ),
    "decide": Provider(dialect="decide", api_base="", needs_key=False),
    "deepseek": Provider(api_base="https://api.deepseek.com/v1", key_variables=("DEEPSEEK_API_KEY",)),
    "fireworks_ai": Provider(
        api_base="https://api.fireworks.ai/inference/v1", key_variables=("FIREWORKS_AI_API_KEY", "FIREWORKS_API_KEY")
    ),
    "gemini": Provider(
        api_base="https://generativelanguage.googleapis.com/v1beta/openai",
        key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ),
    "groq": Provider(api_base="https://api.groq.com/openai/v1", key_variables=("GROQ_API_KEY",)),
    "mistral": Provider(api_base="https://api.mistral.ai/v1", key_variables=("MISTRAL_API_KEY",)),
    "openrouter": Provider(api_base="https://openrouter.ai/api/v1", key_variables=("OPENROUTER_API_KEY",)),
    "together_ai": Provider(
        api_base="https://api.together.xyz/v1", key_variables=("TOGETHERAI_API_KEY", "TOGETHER_API_KEY")
    ),
    "systemone": Provider(
        dialect="systemone",
        api_base="https://api.typesafe.ai/v1",
        key_variables=("TYPESAFE_API_KEY",),
        base_variables=("TYPESAFE_BASE_URL",),
    ),
    "decisions": Provider(
        dialect="decisions",
        api_base="https://api.openai.com/v1",
        key_variables=("OPENAI_API_KEY",),
        base_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
    ),
    "xai": Provider(api_base="https://api.x.ai/v1", key_variables=("XAI_API_KEY",)),
}

# Prefixes that only say "a server of your own"; the rest is the name that the server knows.
_OWN_SERVERS: Final = frozenset(
    {"custom_openai", "hosted_vllm", "litellm_proxy", "llamafile", "lm_studio", "openai_like", "vllm"}
)
_ALIASES: Final = {"ollama_chat": "ollama", "together": "together_ai", "fireworks": "fireworks_ai", "google": "gemini"}
EMBEDDED: Final = "embedded"
# "any-llm/bedrock/…" goes through any-llm, whoever else could be asked.
ANY_LLM: Final = "any-llm"


class ModelName(msgspec.Struct, frozen=True, kw_only=True):
    """A model's name, taken apart.

    Attributes:
        provider: a key of `PROVIDERS`, "embedded", "any-llm", or "" for a server of one's own.
        model: the name that the server is sent; for "embedded" the model's name or the path of its file.
        prefix: a prefix that is no known provider, and so may be part of the model's name; after "any-llm" the
            provider that is asked through it.
    """

    provider: str
    model: str
    prefix: str = ""


def parse_model_name(name: str) -> ModelName:
    """Take a model's name apart.

    A prefix that nobody knows is kept as a part of the model's name ("meta-llama/…" on a server of one's own).

    Raises:
        ConfigurationError: there is no model in it.
    """
    if name.lower().endswith(".gguf"):
        return ModelName(provider=EMBEDDED, model=name)
    prefix, slash, rest = name.partition("/")
    if name == EMBEDDED:
        return ModelName(provider=EMBEDDED, model="")
    if not name.strip() or (slash and not rest):
        raise ConfigurationError(
            f"{name!r} names no model: write it as 'provider/model', such as 'openai/gpt-4o-mini'."
        )
    if not slash:
        return ModelName(provider="anthropic" if name.startswith("claude-") else "openai", model=name)
    provider = _ALIASES.get(prefix, prefix)
    if provider in PROVIDERS or provider == EMBEDDED:
        return ModelName(provider=provider, model=rest)
    if prefix in (ANY_LLM, "any_llm"):
        provider, _, model = rest.partition("/")
        if not provider or not model:
            raise ConfigurationError(f"{name!r} names no model: write it as 'any-llm/provider/model'.")
        return ModelName(provider=ANY_LLM, model=model, prefix=provider)
    if provider in _OWN_SERVERS:
        return ModelName(provider="", model=rest, prefix=prefix)
    return ModelName(provider="", model=name, prefix=prefix)
