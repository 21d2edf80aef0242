"""Embeddings for tests, made of the words of a text. Pure."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any, Final

_DIMENSIONS: Final = 256


def embeddings(texts: Sequence[object], model: str) -> dict[str, Any]:
    """What a server of OpenAI's protocol answers at /v1/embeddings.

    Args:
        texts: what is embedded.
        model: the name that was asked for.
    """
    data = [{"object": "embedding", "index": index, "embedding": _vector(str(one))} for index, one in enumerate(texts)]
    tokens = sum(len(str(one).split()) for one in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _vector(text: str) -> list[float]:
    vector = [0.0] * _DIMENSIONS
    for word in re.findall(r"\w+", text.casefold()) or [""]:
        vector[zlib.crc32(word.encode()) % _DIMENSIONS] += 1.0
    return vector
