"""The probe behind TLS: certificates are trusted and shown as the command says, and pasted so."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.cli_run.command import typed

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the server's certificate and a client's, each signed by itself, and their keys."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("server", "client"):
        subject = ["-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
        files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
        new = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
        subprocess.run([str(OPENSSL), *new, *subject, *files], check=True, capture_output=True)
    return folder


@asynccontextmanager
async def agent_at(certificates: Path, *, asks: bool = False) -> AsyncIterator[str]:
    """The URL of an agent behind TLS, which may ask its clients for a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificates / "client.pem")

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"answer": "ok"})

    application = web.Application()
    application.router.add_post("/chat", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        yield f"https://127.0.0.1:{runner.addresses[0][1]}/chat"
    finally:
        await runner.cleanup()


async def test_a_certificate_that_is_not_trusted_names_the_options(certificates: Path) -> None:
    """Nothing is trusted by itself."""
    async with agent_at(certificates) as url:
        code, _, err = await typed("probe", url)
    assert (code, "--verify PATH" in err, "--insecure" in err) == (3, True, True)


@pytest.mark.parametrize("command", ["probe", "lint"])
async def test_a_bundle_is_trusted(certificates: Path, command: str) -> None:
    """The line to paste has it."""
    bundle = str(certificates / "server.pem")
    async with agent_at(certificates) as url:
        code, out, _ = await typed(command, url, "--verify", bundle)
    assert code == 0
    assert (f'verify="{bundle}"' in out) == (command == "probe")
    assert "not verified" not in out


@pytest.mark.parametrize("words", [("-k",), ("--insecure",)])
async def test_any_certificate_is_trusted_and_that_is_told(certificates: Path, words: tuple[str, ...]) -> None:
    """On the page and in the line to paste."""
    async with agent_at(certificates) as url:
        code, out, _ = await typed("probe", url, *words)
    assert (code, "verify=False," in out, "certificate was not verified" in out) == (0, True, True)


async def test_what_a_curl_command_says_of_certificates_is_kept(certificates: Path) -> None:
    """Whom it trusts, and what it shows."""
    server, client, key = (str(certificates / name) for name in ("server.pem", "client.pem", "client.key"))
    async with agent_at(certificates, asks=True) as url:
        curl = f"curl --cacert {server} --cert {client} --key {key} {url}"
        code, out, _ = await typed("probe", "--curl", curl)
    assert code == 0
    assert f'verify="{server}"' in out
    assert f'cert=("{client}", "{key}")' in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("http://127.0.0.1:9/", "-k"), "no https://"),
        (("https://127.0.0.1:9/", "--verify", "/no/such.pem"), "no CA bundle"),
        (("https://127.0.0.1:9/", "--verify", "x.pem", "-k"), "one of them"),
    ],
)
async def test_certificates_without_effect_are_refused(words: tuple[str, ...], said: str) -> None:
    """Before anything is sent."""
    code, out, err = await typed("probe", *words)
    assert (code, out) == (2, "")
    assert said in err
