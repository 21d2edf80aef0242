"""Where a scenario comes from: what makes it the same scenario in another invocation."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from scenario.record.plain import json_text

_KEY_LENGTH = 24


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a run's events do not say of it.

    Attributes:
        file: the scenario file, relative to the working directory; empty where there is none.
        test: the node id of the test; empty where there is none.
        parameters: the row of parameters that it was run with.
        tags: its tags.
        repeat: which repetition of the same scenario this is, from 0; None lets the writer count.
        key: identifies it between invocations, whatever its repetition; None makes one of all the above but the tags,
            and of the scenario's set and name.
    """

    file: str = ""
    test: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    tags: tuple[str, ...] = ()
    repeat: int | None = None
    key: str | None = None

    def key_of(self, name: str, set_id: str | None = None) -> str:
        """The key of the scenario with that name."""
        if self.key is not None:
            return self.key
        return scenario_key(name, set_id=set_id, file=self.file, test=self.test, parameters=self.parameters)


def scenario_key(
    name: str, *, set_id: str | None = None, file: str = "", test: str = "", parameters: dict[str, Any] | None = None
) -> str:
    """The key under which runs of the same scenario are found in every invocation: 24 hexadecimal digits."""
    # Parameters are compared as JSON, their keys in order, so that rows of CSV and of Python give the same key.
    ordered = sorted((str(key), json_text(value)) for key, value in (parameters or {}).items())
    identity = json_text([name, set_id, file.replace("\\", "/"), test, ordered])
    return hashlib.sha256(identity.encode()).hexdigest()[:_KEY_LENGTH]
