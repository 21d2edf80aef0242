"""Whether this machine can run the embedded model's runtime."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
from pathlib import Path

from scenario.errors import ConfigurationError
from scenario.llm.embedded.manifest import ALTERNATIVES
from scenario.llm.extras import INSTALL_RUNTIME

_MOST_THREADS = 4
_OLDEST_GLIBC = (2, 17)
_CPU = Path("/proc/cpuinfo")


def obstacle(*, system: str, machine: str, cpu: str, libc: tuple[str, str]) -> str | None:
    """What keeps the runtime from running there; None where nothing is known to.

    Args:
        system: as `sys.platform` says it.
        machine: the processor's architecture.
        cpu: the text of `/proc/cpuinfo`.
        libc: the C library's name and version.
    """
    if system != "linux":
        return None
    name, version = libc
    if name != "glibc":
        return f"the embedded model's runtime needs glibc, and this Python is built with {name or 'another C library'}"
    if tuple(int(number) for number in version.split(".")[:2]) < _OLDEST_GLIBC:
        return f"the embedded model's runtime needs glibc 2.17 or newer, and this machine has {version}"
    if machine in ("x86_64", "AMD64") and "flags" in cpu and " avx2" not in cpu:
        return "the embedded model's runtime needs a processor with AVX2, and this one has none"
    return None


def demand_runtime() -> None:
    """Look whether the runtime is installed and can run here.

    Raises:
        ConfigurationError: the extra is not installed, or the processor or the C library is too old.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise ConfigurationError(
            "The embedded model needs its runtime (xllamacpp), which is not installed: "
            f"{INSTALL_RUNTIME}. {ALTERNATIVES}"
        )
    cpu = _CPU.read_text(errors="replace") if _CPU.is_file() else ""
    found = obstacle(system=sys.platform, machine=platform.machine(), cpu=cpu, libc=platform.libc_ver())
    if found is not None:
        raise ConfigurationError(f"The embedded model cannot run here: {found}. {ALTERNATIVES}")


def demand_weights(path: Path) -> None:
    """Look whether this is the file of a model.

    Raises:
        ConfigurationError: it is not there, or does not begin as a GGUF file does.
    """
    if not path.is_file():
        raise ConfigurationError(
            f"The model's file {path} is not there. Fetch one with `scenario models pull NAME`. {ALTERNATIVES}"
        )
    with path.open("rb") as file:
        if (start := file.read(4)) != b"GGUF":
            raise ConfigurationError(f"{path} is not a GGUF file: it begins with {start!r}. Name a GGUF file.")


def thread_count() -> int:
    """How many threads a server uses: this process's cores, at most four."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(_MOST_THREADS, cores)
