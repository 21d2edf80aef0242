"""`scenario.protocol`, which packages with dialects of their own are written against: pinned, documented, light."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import pytest

from scenario import protocol

NAMES = [
    "CERTAIN", "END", "ERROR", "LIKELY", "MALFORMED", "NOTHING", "NOT_JSON", "POSSIBLE", "REASONING", "TOOL_CALL",
    "AgentError", "Answered", "Assembly", "Brought", "CallDraft", "Detection", "Dialect", "DialectError", "Ending",
    "Framing", "Head", "JsonPath", "Kind", "Message", "MessageDraft", "ReadOptions", "Reader", "Reply", "ReplyError",
    "RequestDraft", "Sample", "ServerSentEvent", "Turn", "Usage", "error_in", "error_of", "read_json", "read_object",
    "write_json",
]  # fmt: skip


def is_plain(thing: Any) -> bool:
    """Whether it is a class or a function of ours, which has documentation of its own."""
    return (inspect.isclass(thing) or inspect.isfunction(thing)) and thing.__module__.startswith("scenario.")


def test_the_interface_is_pinned() -> None:
    """Packages that we know nothing of are written against it: what goes from it breaks them."""
    assert protocol.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_documented(name: str) -> None:
    """A class or function by its own text, with its public methods; a constant in the module's."""
    thing = getattr(protocol, name)
    if not is_plain(thing):
        assert f"{name}" in (protocol.__doc__ or "").partition("Constants:")[2]
        return
    members = [member for key, member in vars(thing).items() if inspect.isclass(thing) and not key.startswith("_")]
    methods = [one for one in members if inspect.isfunction(one) or isinstance(one, property)]
    assert [one for one in (thing, *methods) if not (one.__doc__ or "").strip()] == []


def test_it_is_light() -> None:
    """A dialect is written of values: no loop, no network and no look at what is installed comes with it."""
    heavy = ("aiohttp", "asyncio", "importlib.metadata", "click", "pytest", "ssl", "yaml")
    code = f"import sys, scenario.protocol; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
