"""Why a transfer broke, in words for who reads the answer."""

from __future__ import annotations

import re

import aiohttp


def why_broken(error: BaseException) -> str:
    """What an error says, on one line; what a cut transfer is said to be, in plainer words."""
    text = " ".join(str(error.message if isinstance(error, aiohttp.ClientResponseError) else error).split())
    if "transfer length header" in text:
        return "the connection was closed before the last chunk"
    if (cut := re.search(r"\(received (\d+) of (\d+) bytes\)", text)) is not None:
        return f"the connection was closed after {cut[1]} of {cut[2]} bytes"
    # The status and the keyword are aiohttp's own.
    return re.sub(r"^\d{3}, message[:=] ?", "", text) or type(error).__name__
