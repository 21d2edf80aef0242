"""A package index on loopback that serves made-up wheels, and remembers which of them were taken."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import threading
import zipfile
from collections.abc import Iterable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple
from urllib.parse import unquote

_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?==([^\s;\\]+)", re.MULTILINE)


def project_name(text: str) -> str:
    """A project's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", text).lower()


class Release(NamedTuple):
    """One version of a project.

    Attributes:
        project: its name, as a lock writes it.
        version: its version.
        extras: those that it has.
        requires: what it requires (`Requires-Dist`).
    """

    project: str
    version: str
    extras: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def wheel_name(self) -> str:
        """The file name of its wheel."""
        return f"{re.sub(r'[-_.]+', '_', self.project)}-{self.version}-py3-none-any.whl"

    def wheel(self) -> bytes:
        """An archive that any installer takes for this version: metadata, and one module without content."""
        name = re.sub(r"[-_.]+", "_", self.project)
        info = f"{name}-{self.version}.dist-info"
        metadata = [
            "Metadata-Version: 2.1",
            f"Name: {self.project}",
            f"Version: {self.version}",
            *(f"Provides-Extra: {extra}" for extra in self.extras),
            *(f"Requires-Dist: {requirement}" for requirement in self.requires),
        ]
        files = {
            f"{name}_made_up.py": "",
            f"{info}/METADATA": "\n".join(metadata) + "\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: made up\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},{_digest(text)},{len(text)}\n" for path, text in files.items())
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as opened:
            for path, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
                opened.writestr(zipfile.ZipInfo(path), text)
        return archive.getvalue()


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def locked_releases(lock: str) -> list[Release]:
    """The releases that a requirements file pins."""
    return [
        Release(project, version, tuple(filter(None, extras.split(","))))
        for project, extras, version in _PIN.findall(lock)
    ]


def newer(releases: Iterable[Release]) -> list[Release]:
    """A later release of each, which requires nothing."""
    return [each._replace(version=f"{int(each.version.split('.')[0]) + 1000}.0", requires=()) for each in releases]


class PackageIndex:
    """The index, served while the block lasts; its pages are those of the "simple" repository interface."""

    def __init__(self, releases: Sequence[Release]) -> None:
        self._wheels = {each.wheel_name: each.wheel() for each in releases}
        self._projects: dict[str, list[str]] = {}
        for each in releases:
            self._projects.setdefault(project_name(each.project), []).append(each.wheel_name)
        self.looked_at: list[str] = []
        """The projects whose pages were asked for."""
        self.taken: list[str] = []
        """The wheels that were asked for."""

    @property
    def url(self) -> str:
        """What an installer is given as an index."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/simple/"

    def sha256(self, release: Release) -> str:
        """That of the release's wheel."""
        return hashlib.sha256(self._wheels[release.wheel_name]).hexdigest()

    def __enter__(self) -> PackageIndex:
        """Serve it."""
        index = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, kind, body = index._answer(unquote(self.path.partition("?")[0]))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody reads a log of it."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        parts = path.strip("/").split("/")
        if len(parts) == 2 and parts[0] == "simple" and parts[1] in self._projects:
            self.looked_at.append(parts[1])
            links = "".join(self._link(name) for name in self._projects[parts[1]])
            return 200, "text/html", f"<!DOCTYPE html><html><body>{links}</body></html>".encode()
        if len(parts) == 2 and parts[0] == "wheels" and parts[1] in self._wheels:
            self.taken.append(parts[1])
            return 200, "application/octet-stream", self._wheels[parts[1]]
        return 404, "text/plain", b"not here"

    def _link(self, name: str) -> str:
        digest = hashlib.sha256(self._wheels[name]).hexdigest()
        return f'<a href="/wheels/{html.escape(name)}#sha256={digest}">{html.escape(name)}</a><br>'
