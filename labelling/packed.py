"""Labels as the package holds them: JSON lines, compressed, the same bytes for the same labels."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from typing import Any


def lines_of(labels: Iterable[Mapping[str, Any]]) -> bytes:
    """One a line."""
    return b"".join(json.dumps(label, ensure_ascii=False).encode() + b"\n" for label in labels)


def packed(labels: Iterable[Mapping[str, Any]]) -> bytes:
    """Compressed, without a name and a time in its head."""
    return gzip.compress(lines_of(labels), mtime=0)
