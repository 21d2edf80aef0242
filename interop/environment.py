"""An environment of its own for each server, and for other libraries' readers, under .interop/ at the root."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent / ".interop"
INSTALL_SECONDS = 600


class CannotInstallError(Exception):
    """The packages could not be installed here; the text says why."""


def python_environment(name: str) -> Path:
    """The folder with the programs of a virtual environment that has `requirements/NAME.txt`.

    Raises:
        CannotInstallError: the packages cannot be installed.
    """
    requirements = HERE / "requirements" / f"{name}.txt"
    folder = ROOT / name
    if not _is_ready(folder, requirements):
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        _run([sys.executable, "-m", "uv", "venv", "--quiet", "--python", sys.executable, str(folder)])
        python = str(folder / "bin" / "python")
        _run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", python, "-r", str(requirements)])
        _make_ready(folder, requirements)
    return folder / "bin"


def node_environment() -> Path:
    """A copy of servers/node with its packages.

    Raises:
        CannotInstallError: there is no Node.js or npm, or the packages cannot be installed.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise CannotInstallError("node and npm are not there")
    source, folder = HERE / "servers" / "node", ROOT / "node"
    manifest = source / "package.json"
    if not _is_ready(folder, manifest):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(manifest, folder)
        _run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=folder)
        _make_ready(folder, manifest)
    shutil.copy(source / "server.mjs", folder)
    return folder


def _is_ready(folder: Path, pins: Path) -> bool:
    mark = folder / ".ready"
    return mark.is_file() and mark.read_text() == _digest(pins)


def _make_ready(folder: Path, pins: Path) -> None:
    (folder / ".ready").write_text(_digest(pins))


def _digest(pins: Path) -> str:
    return hashlib.sha256(pins.read_bytes()).hexdigest()


def _run(command: list[str], cwd: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip()
        raise CannotInstallError(f"{' '.join(command[:4])} …: {said[-500:]}") from error
