"""Where the store is: a folder of the working directory, unless somebody names another one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scenario.store.privacy import FOLDER_MODE, check_folder

FOLDER: Final = ".scenario"
DATABASE: Final = "scenario.db"
# The figures of the judge that was calibrated last.
CALIBRATION: Final = "judge.json"


def store_folder(given: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The folder of the store, which need not exist: `given`, else `SCENARIO_STORE`, else `.scenario`.

    Args:
        given: what an argument or an option names; None or "" where there was none.
        environ: where `SCENARIO_STORE` is looked up; the process's environment, read now, by default.
    """
    named = given or (os.environ if environ is None else environ).get("SCENARIO_STORE") or FOLDER
    return Path(named).expanduser().absolute()


def database_path(folder: Path) -> Path:
    """The file in that folder."""
    return folder / DATABASE


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Git is told to leave it alone: what agents said belongs in no repository.

    Raises:
        ConfigurationError: it is there, and others may write in it.
        OSError: it cannot be made.
    """
    if folder.is_dir():
        check_folder(folder)
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    with contextlib.suppress(FileExistsError), (folder / ".gitignore").open("x") as file:
        file.write("*\n")
