"""Whether a secret was masked in a text of the store."""

from __future__ import annotations

from typing import Final

from scenario.redaction import REDACTED

# What is masked character by character stands as asterisks.
_STARS: Final = "****"


def is_masked(text: str) -> bool:
    """Whether something in it stands in the place of a secret."""
    return REDACTED in text or _STARS in text
