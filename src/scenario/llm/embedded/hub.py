"""A model's file from its own hub, or a mirror of it: plain HTTPS that goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from scenario.errors import ModelError, ModelResponseError, ModelUnreachableError
from scenario.llm.embedded.manifest import EmbeddedModel

_CHUNK = 1 << 20
_ATTEMPTS = 4
_SILENCE = 20.0
_PARTIAL, _OK, _NOT_SATISFIABLE = 206, 200, 416


def hub_url(model: EmbeddedModel, mirror: str | None = None) -> str:
    """The address of the model's file.

    Args:
        model: whose file it is.
        mirror: a base URL that stands in for the hub's own, with the same paths below it.
    """
    page = urlsplit(model.upstream)
    base = mirror.rstrip("/") if mirror else f"{page.scheme}://{page.netloc}"
    return f"{base}{page.path}/resolve/main/{model.file}"


async def download(url: str, partial: Path, *, size: int, connect_timeout: float, seen: Callable[[int], None]) -> None:
    """Bring `partial` to its full size; what is there already is kept, and so is what came before a failure.

    Args:
        url: where the file is.
        partial: the file that is filled.
        size: of the whole file, in bytes.
        connect_timeout: seconds until a connection must stand; a silence of 20 s on it is a failure too.
        seen: is told how many bytes of the whole are there.

    Raises:
        ModelUnreachableError: no connection, or it broke four times without bringing anything.
        ModelResponseError: the server answered with an error status.
        ModelError: the file there is longer than it should be.
    """
    timeout = aiohttp.ClientTimeout(total=None, connect=connect_timeout, sock_read=_SILENCE)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as session:
        idle = 0
        while (before := _size(partial, size)) < size:
            try:
                await _request(session, url, partial, size, seen)
                reason = "the connection ended early"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                reason = str(error) or type(error).__name__
                if before == 0 and isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
                    raise ModelUnreachableError(f"{url} could not be reached: {reason}.") from error
            idle = 0 if _size(partial, size) > before else idle + 1
            if idle == _ATTEMPTS:
                raise ModelUnreachableError(f"{url} broke off at byte {before:,} of {size:,}: {reason}.")


def _size(partial: Path, size: int) -> int:
    """How many bytes are there; a file that is too long cannot be the beginning of the right one, and goes."""
    actual = partial.stat().st_size if partial.is_file() else 0
    if actual > size:
        partial.unlink()
        return 0
    return actual


def _empty(partial: Path) -> None:
    partial.unlink(missing_ok=True)


async def _request(
    session: aiohttp.ClientSession, url: str, partial: Path, size: int, seen: Callable[[int], None]
) -> None:
    start = _size(partial, size)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    async with session.get(url, headers=headers) as response:
        if response.status == _NOT_SATISFIABLE:
            _empty(partial)
            raise ModelError(f"{url} is shorter than {size:,} bytes: it is not the file that is pinned.")
        if response.status not in (_OK, _PARTIAL):
            raise ModelResponseError(f"{url} answered with status {response.status}.", status=response.status)
        resumed = response.status == _PARTIAL and response.headers.get("Content-Range", "").startswith(
            f"bytes {start}-"
        )
        await _append(response, partial, at=start if resumed else 0, size=size, seen=seen)


async def _append(
    response: aiohttp.ClientResponse, partial: Path, *, at: int, size: int, seen: Callable[[int], None]
) -> None:
    count = at
    with partial.open("ab") as file:
        # A server that ignores the range begins anew.
        file.truncate(at)
        async for chunk in response.content.iter_chunked(_CHUNK):
            count += len(chunk)
            if count > size:
                file.truncate(0)
                raise ModelError(f"{response.url} is longer than {size:,} bytes: it is not the file that is pinned.")
            file.write(chunk)
            seen(count)
