"""One invocation of the command line or of pytest: what was called, on which code, with which versions."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from scenario._version import __version__
from scenario.redaction import REDACTED, environment_secrets, is_secret_name, redacted_url
from scenario.store.asked import Asked

_GIT_SECONDS: Final = 3.0
_LONGEST_COMMAND: Final = 4000


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored of an invocation when it begins. It names no host, no user and no home folder.

    Attributes:
        uid: 32 random hexadecimal digits; processes that share one write into the same invocation.
        started: seconds since 1970.
        source: who runs: "run", "pytest", ...
        command: the command line, without secrets.
        versions: of Scenario, Python and SQLite.
        seed: of the suite's random choices; None where it has none.
        asked: what was to be run; None where that is not known.
    """

    uid: str
    started: float
    source: str = ""
    command: str = ""
    versions: dict[str, str] = msgspec.field(default_factory=dict)
    seed: int | None = None
    asked: Asked | None = None


def new_invocation(
    source: str = "", *, argv: Sequence[str] | None = None, seed: int | None = None, asked: Asked | None = None
) -> Invocation:
    """An invocation that begins now.

    Args:
        source: who runs: "run", "pytest", ...
        argv: the command line; that of this process by default.
        seed: of the suite's random choices.
        asked: what is to be run.
    """
    return Invocation(
        uid=os.urandom(16).hex(),
        started=time.time(),
        source=source,
        command=command_line(sys.argv if argv is None else argv, os.environ),
        versions={
            "scenario": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        seed=seed,
        asked=None if asked is None else asked.masked(environment_secrets(os.environ).in_text),
    )


def command_line(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """The command as it could be typed, without secrets, the working directory and the home folder."""
    words = [Path(argv[0]).name, *map(_without_secrets, argv[1:])] if argv else []
    for folder, sign in ((str(Path.cwd()), "."), (environ.get("HOME", ""), "~")):
        if len(folder) > 1:
            # The folder itself and what is in it; neither its namesake elsewhere nor a longer name.
            whole = re.compile(rf"(?<![\w./~-]){re.escape(folder)}(?![\w.-])")
            words = [whole.sub(sign, word) for word in words]
    secret = environment_secrets(environ)
    # In each word, as quoting would break one up, and across words.
    return secret.in_text(" ".join(_typed(secret.in_text(word)) for word in words))[:_LONGEST_COMMAND]


def _typed(word: str) -> str:
    """The word as a shell reads it; a home folder's sign stands outside of quotes, where it has its meaning."""
    home, slash, inside = word.partition("/")
    if home != "~":
        return shlex.quote(word)
    return f"~{slash}{shlex.quote(inside) if inside else ''}"


def _without_secrets(word: str) -> str:
    """`--api-key=…`, `api_key=…` and `Authorization: …` without their values; URLs without theirs."""
    for separator in ("=", ":"):
        name, found, value = word.partition(separator)
        if found and value and is_secret_name(name.strip("- ")):
            return f"{name}{separator}{REDACTED}"
    return redacted_url(word) if "://" in word else word


class GitState(NamedTuple):
    """The code that was tested."""

    commit: str
    dirty: bool


def git_state(folder: Path | None = None) -> GitState | None:
    """The commit that is checked out, and whether tracked files differ from it; None where git has no answer."""
    command = ["git", "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        # Another git command of the user must not find a lock of ours.
        done = subprocess.run(  # noqa: S603 - a fixed command
            command,
            cwd=folder,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    commits = [line.split()[-1] for line in lines if line.startswith("# branch.oid ")]
    if done.returncode != 0 or not commits or commits[0] == "(initial)":
        return None
    return GitState(commits[0], any(not line.startswith("#") for line in lines))
