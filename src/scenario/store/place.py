"""What is in the store's folder, and making it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

from scenario.store.privacy import FOLDER_MODE, check_folder
from scenario.store_folder import CALIBRATION as CALIBRATION, store_folder as store_folder

DATABASE: Final = "scenario.db"


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
