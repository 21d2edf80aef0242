"""Bodies of type multipart/form-data (RFC 7578), as browsers write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

# What would end a quoted name within a header is written so (https://html.spec.whatwg.org, multipart/form-data).
_IN_A_NAME: Final = {ord('"'): "%22", ord("\r"): "%0D", ord("\n"): "%0A"}


class FormFile(msgspec.Struct, frozen=True):
    """A file in a form."""

    name: str
    data: bytes
    media_type: str


def content_type(boundary: str) -> str:
    """The Content-Type of a body whose parts are so divided."""
    return f"multipart/form-data; boundary={boundary}"


def multipart(fields: Iterable[tuple[str, str | FormFile]], boundary: str) -> bytes:
    """The fields as one body."""
    return b"".join(_parts(fields, boundary))


def _parts(fields: Iterable[tuple[str, str | FormFile]], boundary: str) -> Iterator[bytes]:
    for name, value in fields:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_IN_A_NAME)}"'
        if isinstance(value, FormFile):
            head += f'; filename="{value.name.translate(_IN_A_NAME)}"\r\nContent-Type: {value.media_type}'
        yield f"{head}\r\n\r\n".encode("utf-8", "replace")
        yield value.data if isinstance(value, FormFile) else value.encode("utf-8", "replace")
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()
