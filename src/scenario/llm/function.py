"""A function that a model is to call."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# In a shape that is merged of several functions, which of them is meant.
CHOICE: Final = "function"


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """A function that the model is to call.

    Attributes:
        parameters: the JSON Schema of its arguments, an object.
    """

    name: str
    description: str
    parameters: dict[str, Any]
