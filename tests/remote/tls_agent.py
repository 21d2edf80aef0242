"""An agent behind TLS on loopback, and certificates that sign themselves."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.remote.raw_server import whole

OPENSSL = shutil.which("openssl")


def made_in(folder: Path) -> Path:
    """The folder, with the server's certificate and a client's, each signed by itself, and their keys."""
    for name in ("server", "client"):
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        subprocess.run([str(OPENSSL), *new, *subject, *files], check=True, capture_output=True)
    both = (folder / "client.pem").read_bytes() + (folder / "client.key").read_bytes()
    (folder / "both.pem").write_bytes(both)
    return folder


def context_of(certificates: Path, *, asks: bool) -> ssl.SSLContext:
    """A server's, which may ask its clients for a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "client.pem")
    return context


@asynccontextmanager
async def server_of(certificates: Path, *, asks: bool = False) -> AsyncIterator[str]:
    """The URL of an agent behind TLS."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(whole(b'{"answer": "ok"}', "application/json", more="Connection: close\r\n"))
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context_of(certificates, asks=asks))
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/chat"
