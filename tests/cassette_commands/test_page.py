"""docs/cassette-commands.md: what it tells people to type does what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from scenario.cassette.captures.har_writing import har
from scenario.cassette.cassette_file import CassetteFile
from scenario.cli.serve import serve
from tests.cassette_commands.test_serving import call, conversation
from tests.cli_run.command import typed

PAGE = (Path(__file__).parents[2] / "docs" / "cassette-commands.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("scenario ")
]
_TRACE = (
    "== Info: Connected to x\n=> Send header, 33 bytes (0x21)\n"
    "0000: 47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a GET / HTTP/1.1..\n"
    "0010: 48 6f 73 74 3a 20 61 2e 62 63 64 65 66 0d 0a 0d Host: a.bcdef...\n"
    "0020: 0a                                              .\n"
)


def write_files() -> None:
    """The files that the page names, here."""
    held = [conversation(call(b"{}", (0.0, b"data: a\n\n")), name="Paris")]
    CassetteFile(Path("tests/weather.cassette")).replace(held)
    Path("browser.har").write_bytes(har(held))
    Path("trace.txt").write_text(_TRACE)
    Path("answer.txt").write_bytes(b"HTTP/1.1 200 OK\r\n\r\ndata: a\n\n")
    Path("request.json").write_bytes(b"{}")


@pytest.mark.parametrize("line", LINES)
async def test_a_line_of_the_page(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each works as it stands there, beside the files that it names."""
    monkeypatch.chdir(tmp_path)
    write_files()
    program, *arguments = shlex.split(line)
    assert program == "scenario"
    if arguments[0] == "serve":
        # It would go on until Ctrl-C: that it can be read is what is asked here.
        serve.make_context("serve", arguments[1:]).close()
        return
    done = await typed(*arguments)
    assert done.code == 0, done
    assert "written" in done.out
