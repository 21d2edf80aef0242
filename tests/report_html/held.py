"""What the file of an HTML report holds, as its page reads it."""

from __future__ import annotations

import base64
import re
import zlib


def held(page: str) -> str:
    """The JSON of the list of runs, and of all runs after it, inflated."""
    blocks = re.findall(r'<script type="text/plain" id="[^"]*">([^<]*)</script>', page)
    return "\n".join(zlib.decompress(base64.b64decode(block)).decode() for block in blocks)
