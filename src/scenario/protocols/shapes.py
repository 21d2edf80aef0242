"""Whether the values that a dialect reads are of the kinds that it names: where one is not, a piece of text is missing.

A shape is a `msgspec.Struct` that declares the places which are read, and nothing else: null and absence fit always.
"""

from __future__ import annotations

import msgspec

from scenario.protocols.protocol import Brought


def misfit(value: object, shape: type[msgspec.Struct]) -> Brought | None:
    """What a JSON value brings that has something of another kind than its shape says; None where nothing is."""
    try:
        msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        return Brought("malformed", reason=str(error))
    except UnicodeError:  # a name with half a surrogate pair
        return None
    return None
