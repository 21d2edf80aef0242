#!/usr/bin/env bash
# aiohttp 3.14.5: a response's transfer coding besides `chunked` is neither undone nor told.
#
# RFC 9112 (section 6.1) has a body under `Transfer-Encoding: gzip, chunked` compressed first and cut into chunks then:
# who takes the chunks away has gzip left. The client takes the chunks away, says nothing of the gzip (it undoes
# `Content-Encoding` alone), and ends without an error: what looks like the answer is its compressed form.
#
# Seen: status 200, no error, and a body that gunzips to the text that was sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiohttp==3.14.5
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import gzip

import aiohttp

TEXT = b"Hello, " * 20


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    body = gzip.compress(TEXT)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
    writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    await writer.drain()
    writer.close()


async def main() -> tuple[int, bytes]:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.read()


status, body = asyncio.run(main())
print("aiohttp", aiohttp.__version__, status, body[:4], gzip.decompress(body) == TEXT)
assert status == 200, status
assert body != TEXT, body
assert gzip.decompress(body) == TEXT, body
PYTHON
