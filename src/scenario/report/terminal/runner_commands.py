"""Commands to the machine of a CI service, which it reads from the log: text of strangers is not to hold any.

GitHub Actions, GitLab, Azure Pipelines, TeamCity and Buildkite obey what is printed: `::set-output …`, `##vso[…]`,
`section_start:…`, `--- …`. A space inside of such a mark makes text of it that anybody can read. Only there: everywhere
else, what is printed is printed as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TextIO, cast

from scenario.late_pattern import late_pattern

_SERVICES: Final = ("GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "TEAMCITY_VERSION", "BUILDKITE")
_OFF: Final = frozenset({"", "0", "false", "no"})
# Whatever may be taken for the end of a line: a carriage return takes the cursor to its begin.
_ENDS: Final = r"\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
# What may stand before a command at a line's begin: what is trimmed, what nobody sees, and colours.
_UNSEEN: Final = r"\x00-\x08\x0e-\x1a\x7f\xad\u200b-\u200f\u2060-\u2064\ufeff"
_BLANK: Final = rf"(?:[^\S{_ENDS}]|[{_UNSEEN}]|\x1b\[[0-9;?]{{0,16}}[A-Za-z])"
_COMMAND: Final = late_pattern(
    rf"(?:\A|[{_ENDS}]){_BLANK}*+(?P<begin>::|---|\+\+\+|~~~|\^\^\^)"
    r"|(?P<inside>##(?:\[|vso\[|teamcity\[)|section_(?:start|end):)",
    re.IGNORECASE,
)
_BEGIN: Final = late_pattern(rf"{_BLANK}*+(?:\x1b[\[0-9;?]{{0,17}}|[:+~^-]{{0,2}})")
_END: Final = late_pattern(rf"[{_ENDS}]")
# Longer than any mark; and so much of a line may be blank before its first word.
_KEPT: Final = 24
_LONGEST_BEGIN: Final = 4096


def reads_commands(environ: Mapping[str, str]) -> bool:
    """Whether what is printed here is read by the machine of a CI service that obeys it."""
    return any(environ.get(name, "").strip().lower() not in _OFF for name in _SERVICES)


class Unobeyed:
    """A text that is printed in pieces, without commands in it, also where one would be made of two pieces."""

    def __init__(self) -> None:
        self._line = ""  # what of the line that is not ended could belong to a command

    def text(self, piece: str) -> str:
        """What is printed for the next piece."""
        whole, before = self._line + piece, len(self._line)
        made: list[str] = []
        position = before
        for match in _COMMAND.finditer(whole):
            if match.end() > before:
                at = max(_break(match), before)
                made += [whole[position:at], " "]
                position = at
        made.append(whole[position:])
        printed = "".join(made)
        self._line = self._left(self._line + printed)
        return printed

    @staticmethod
    def _left(line: str) -> str:
        line = _END.split(line)[-1]
        # One that has begun with a word has no command at its begin any more.
        is_begin = len(line) <= _LONGEST_BEGIN and _BEGIN.fullmatch(line) is not None
        return line if is_begin else f"x{line[-_KEPT:]}"


def _break(match: re.Match[str]) -> int:
    """Where in a mark the space goes."""
    if (begin := match.start("begin")) >= 0:
        return begin + 1
    inside = match.start("inside")
    return inside + 2 if match["inside"].startswith("##") else match.end() - 1


class UnobeyedStream:
    """A stream on which no text is a command; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._unobeyed = Unobeyed()

    def write(self, text: str) -> int:
        """Write the text without commands; how long it was."""
        self._stream.write(self._unobeyed.text(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def unobeyed_stream(stream: TextIO, environ: Mapping[str, str]) -> TextIO:
    """The stream, without commands where they would be obeyed; elsewhere the stream itself."""
    if isinstance(stream, UnobeyedStream) or not reads_commands(environ):
        return stream
    return cast("TextIO", UnobeyedStream(stream))


def unobeyed_text(text: str, environ: Mapping[str, str]) -> str:
    """A whole text, without commands where they would be obeyed."""
    return Unobeyed().text(text) if reads_commands(environ) else text


@contextmanager
def unobeyed_output(environ: Mapping[str, str]) -> Iterator[None]:
    """Within the block, nothing that is printed is a command where it would be obeyed."""
    if not reads_commands(environ):
        yield
        return
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = unobeyed_stream(out, environ), unobeyed_stream(err, environ)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
