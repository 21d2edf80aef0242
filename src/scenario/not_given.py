"""`NOT_GIVEN`: what stands in the place of an argument that nobody gave, where None means something."""

from __future__ import annotations

from typing import Final


class _NotGiven:
    """The type of `NOT_GIVEN`: tells "not given" apart from None, which means "off"."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __bool__(self) -> bool:
        return False


NOT_GIVEN: Final = _NotGiven()
