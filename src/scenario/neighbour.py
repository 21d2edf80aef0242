"""Another package that owns the folder `scenario/` too: whose files stand in it, and what to do.

Whichever of the two is installed last writes over what both have, and whichever is uninstalled takes that along. It is
looked for where an import fails anyway, and by `scenario doctor`; `import scenario` itself asks for one file's name.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Final

from scenario.warning import warn_once

OURS: Final = "scenario-testing"
THEIR_FILE: Final = "_error_messages.py"
"""A file that every later version of the established package has, and this one never had."""

_REMEDY: Final = "Uninstall both (pip uninstall {others} " + OURS + "), and install the one that you want."


def others() -> list[str]:
    """The installed distributions beside this one that have a package `scenario`, by name."""
    owners = importlib.metadata.packages_distributions().get("scenario", [])
    return sorted({name for name in owners if name.lower().replace("_", "-") != OURS})


def beside(package: ModuleType) -> str | None:
    """What there is to say where this package is in place, and another one lies in or beside its folder."""
    found, folder = others(), _folder(package)
    if found:
        return (
            f"{_named(found)} is installed in this environment too, and owns the same folder, {folder}. This package's "
            f"files are in place; uninstalling the other takes along what both have. {_REMEDY.format(others=found[0])}"
        )
    if os.path.exists(os.path.join(folder, THEIR_FILE)):  # noqa: PTH110, PTH118 - as `import scenario` asks
        return f"{folder} holds files of another package ({THEIR_FILE}). Delete the folder, and install {OURS} again."
    return None


def warn() -> None:
    """Say it once, where this package is imported."""
    if (told := beside(sys.modules[__package__])) is not None:
        warn_once(told, __name__)


def replaced(package: ModuleType) -> ImportError:
    """The error for a part of this package under another one's `__init__.py`, or under none."""
    folder = _folder(package)
    if getattr(package, "__file__", None) is None:
        text = (
            f"{folder} has lost its __init__.py: another package that owned the folder, too, was uninstalled, and took "
            f"along what both had. Install {OURS} again (pip install --force-reinstall, from your clone or wheel)."
        )
    else:
        found = others()
        text = (
            f"{folder} is not {OURS}'s alone: {_named(found)}, installed after it, wrote over what both have, "
            f"__init__.py included. {_REMEDY.format(others=' '.join(found))}"
        )
    return ImportError(text, name=package.__name__, path=folder)


def _named(found: Sequence[str]) -> str:
    return " and ".join(f"{name} {importlib.metadata.version(name)}" for name in found) or "another package"


def _folder(package: ModuleType) -> str:
    return next(iter(package.__path__))
