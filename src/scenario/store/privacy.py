"""Whose the store is: made for its owner alone, and in no folder that others may write in.

What agents said stands in a store, and what is read from it is believed: by `--resume`, by comparisons, by reports.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path
from typing import Final

from scenario.errors import ConfigurationError
from scenario.warning import warn_once

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


def make_file(path: Path) -> None:
    """Make an empty file that is its owner's alone; one that is there, and ours, becomes that.

    SQLite gives the files beside its own, such as the write-ahead log, the same permissions.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
    except FileExistsError:
        if sys.platform != "win32" and path.stat().st_uid == os.geteuid() and path.stat().st_mode & 0o077:
            with contextlib.suppress(OSError):  # some file systems have no permissions
                path.chmod(FILE_MODE)


def check_folder(folder: Path) -> None:
    """Refuse a folder of ours in which others may write, and warn of one that is another's.

    On Windows there is nothing of all this: permissions there are lists, and a folder has those of the one around it.

    Raises:
        ConfigurationError: users other than its owner and root could write in it.
        OSError: it cannot be looked at.
    """
    if sys.platform == "win32":
        return
    if folder.is_symlink():
        _warn(folder, f"is a symbolic link to {folder.resolve()}")
    found = folder.stat()
    if found.st_uid != os.geteuid():
        _warn(folder, f"belongs to another user ({_name(found.st_uid)})")
        return
    writers = ["every user"] if found.st_mode & stat.S_IWOTH else []
    if found.st_mode & stat.S_IWGRP and not _is_of_one(found.st_gid, found.st_uid):
        writers.append(f"the group {_group(found.st_gid)}")
    if writers:
        raise ConfigurationError(
            f"The store's folder {folder} can be written in by {' and '.join(writers)} (mode "
            f"{stat.S_IMODE(found.st_mode):o}): what is read from it could be anybody's. Say `chmod go-w {folder}`, or "
            "name another folder with --store or SCENARIO_STORE."
        )


def _warn(folder: Path, what: str) -> None:
    warn_once(
        f"The store's folder {folder} {what}: whoever can write there can change what is read from it, and can read "
        "what agents said. If it is meant to be so, nothing is to be done; else name another with SCENARIO_STORE.",
        ("store folder", str(folder)),
    )


def _is_of_one(group: int, user: int) -> bool:
    """Whether a group is a user's own, in which nobody else is: many systems give each user one."""
    import grp  # not on Windows
    import pwd

    try:
        of_group, of_user = grp.getgrgid(group), pwd.getpwuid(user)
    except KeyError:
        return False
    is_own = of_user.pw_gid == group and of_group.gr_name == of_user.pw_name
    return is_own and not set(of_group.gr_mem) - {of_user.pw_name}


def _name(user: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def _group(group: int) -> str:
    import grp

    try:
        return grp.getgrgid(group).gr_name
    except KeyError:
        return str(group)
