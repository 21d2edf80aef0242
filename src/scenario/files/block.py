"""What all blocks of a scenario file are, and the kinds of numbers and lists that stand in them."""

from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

Seconds: TypeAlias = Annotated[float, Meta(gt=0)]
Natural: TypeAlias = Annotated[int, Meta(ge=1)]
Whole: TypeAlias = Annotated[int, Meta(ge=0)]
Status: TypeAlias = Annotated[int, Meta(ge=100, le=599)]
Share: TypeAlias = Annotated[float, Meta(gt=0, le=1)]
Pause: TypeAlias = Annotated[float, Meta(ge=0)]
# As JudgeAgent takes them.
Controls: TypeAlias = Annotated[int, Meta(ge=2, le=16)]
Rows: TypeAlias = Annotated[list[dict[str, Any]], Meta(min_length=1)]
Names: TypeAlias = list[str]
Fact: TypeAlias = str | int | float | bool
Pair: TypeAlias = Annotated[list[str], Meta(min_length=2, max_length=2)]


class Block(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all blocks are: nothing stands in them that is not known."""
