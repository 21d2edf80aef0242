"""The value of an answer that goes back on the conversation's next turn."""

from __future__ import annotations

from typing import Any

from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.protocols.protocol import Head


class SessionValue:
    """The last value that stands at a path: of the response's headers, at `headers`, or of an event's JSON.

    Attributes:
        value: None where nothing stands there.
    """

    def __init__(self, path: str, head: Head) -> None:
        self._path = JsonPath(path, argument="session")
        self.value: Any = self._path.find({"headers": dict(head.headers)})

    def look_into(self, data: str) -> None:
        """Take the value of an event's data, where there is one."""
        value = read_json(data)
        found = None if value is NOT_JSON else self._path.find(value)
        self.value = self.value if found is None else found
