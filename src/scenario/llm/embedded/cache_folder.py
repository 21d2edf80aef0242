"""Where models live: one folder of the user, shared by all projects."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

from scenario.errors import ConfigurationError
from scenario.llm.embedded.manifest import EmbeddedModel, embedded_model, embedded_models

_CHUNK = 1 << 20


def models_folder(environ: Mapping[str, str]) -> Path:
    """The folder that holds models; it need not exist.

    `SCENARIO_MODELS` names it; else it is `scenario/models` in `XDG_CACHE_HOME`, else in `~/.cache`.

    Raises:
        ConfigurationError: neither of these is set and no home folder is known.
    """
    if named := environ.get("SCENARIO_MODELS"):
        return Path(named).expanduser().absolute()
    cache = environ.get("XDG_CACHE_HOME")
    # The standard of these folders demands that a relative path be ignored.
    if cache and Path(cache).is_absolute():
        return Path(cache) / "scenario" / "models"
    if home := environ.get("HOME") or environ.get("USERPROFILE"):
        return Path(home) / ".cache" / "scenario" / "models"
    raise ConfigurationError("No folder for models is known: HOME is not set. Set SCENARIO_MODELS to a folder.")


def model_path(name: str, environ: Mapping[str, str]) -> Path:
    """Where the file of that model is, or would be once it is pulled.

    Raises:
        ConfigurationError: the manifest has no such model.
    """
    return models_folder(environ) / name / embedded_model(name).file


def is_pulled(name: str, environ: Mapping[str, str]) -> bool:
    """Whether the model's file is there in its full size; its hash was checked when it was put there.

    Raises:
        ConfigurationError: the manifest has no such model.
    """
    path = model_path(name, environ)
    return path.is_file() and path.stat().st_size == embedded_model(name).size


def pulled_models(environ: Mapping[str, str]) -> list[str]:
    """The names of the models that are there."""
    return [name for name in embedded_models() if is_pulled(name, environ)]


def fault_of(path: Path, *, size: int, sha256: str, seen: Callable[[int], None] | None = None) -> str | None:
    """Why this file is not the one that is pinned; None where it is.

    Args:
        path: the file.
        size: what it should have, in bytes.
        sha256: what it should have, in hexadecimal.
        seen: is told how many bytes were read so far.
    """
    if not path.is_file():
        return f"{path} is not there"
    if (actual := path.stat().st_size) != size:
        return f"{path} has {actual:,} bytes instead of {size:,}"
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            count += len(chunk)
            if seen is not None:
                seen(count)
    if digest.hexdigest() != sha256:
        return f"{path} has the SHA-256 {digest.hexdigest()} instead of {sha256}"
    return None


def model_fault(path: Path, model: EmbeddedModel, seen: Callable[[int], None] | None = None) -> str | None:
    """Why this file is not that model; None where it is."""
    return fault_of(path, size=model.size, sha256=model.sha256, seen=seen)
