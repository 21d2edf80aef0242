"""Which readers of other libraries there are, and how one is run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from interop.environment import node_environment, python_environment

HERE: Final = Path(__file__).parent
_SECONDS: Final = 300


class Reader(NamedTuple):
    """A public way of a library to read a stream."""

    package: str
    way: str
    dialect: str
    program: str
    """The file beside this one that reads bodies this way."""
    sign: str
    """Where the library tells the end that the agent itself has said, for those who look."""


READERS: Final = (
    Reader("openai", "chat.completions.create", "openai-chat", "read_openai.py", "finish_reason"),
    Reader("openai", "chat.completions.stream", "openai-chat", "read_openai.py", "finish_reason"),
    Reader("openai", "responses.create", "openai-responses", "read_openai.py", "response.completed"),
    Reader("openai", "responses.stream", "openai-responses", "read_openai.py", "status"),
    Reader("anthropic", "messages.stream", "anthropic", "read_anthropic.py", "stop_reason"),
    Reader("ai", "useChat", "vercel-ui", "read_vercel_ui.mjs", "finishReason"),
)


class Reading(NamedTuple):
    """What a reader made of a body."""

    text: str | None
    """What the agent is to have said; None where the reader reported an error."""
    signed: bool
    """Whether the end that the agent itself says was there, for one who looks."""
    error: str = ""


def read(reader: Reader, bodies: Sequence[bytes]) -> tuple[str, list[Reading]]:
    """The version of the reader's package, and what it made of each of the bodies.

    Raises:
        CannotInstallError: the package cannot be installed here.
    """
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "bodies.json"
        given.write_text(json.dumps({"way": reader.way, "bodies": [body.decode() for body in bodies]}))
        command = [*_program(reader), str(given)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if ran.returncode:
        raise RuntimeError(f"{reader.program} failed: {ran.stderr[-1000:]}")
    answer: dict[str, Any] = json.loads(ran.stdout)
    readings = [Reading(**one) for one in answer["readings"]]
    if len(readings) != len(bodies):
        raise RuntimeError(f"{reader.program} was given {len(bodies)} bodies and told of {len(readings)}")
    return answer["version"], readings


def _program(reader: Reader) -> list[str]:
    """The command that runs a reader; it installs what is not there."""
    source = HERE / reader.program
    if source.suffix == ".mjs":
        # Node.js looks for packages from the program's own folder on.
        return ["node", str(shutil.copy(source, node_environment()))]
    # The `openai` package is among the tools of development: it is here.
    python = sys.executable if reader.package == "openai" else python_environment(reader.package) / "python"
    return [str(python), str(source)]
