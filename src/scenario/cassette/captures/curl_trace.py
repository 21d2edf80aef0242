"""What `curl --trace FILE --trace-time` writes: every piece that went and came, with its time. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from scenario.errors import ConfigurationError
from scenario.late_pattern import late_pattern

_HEAD: Final = late_pattern(
    r"(?:(\d\d):(\d\d):(\d\d\.\d{1,9}) )?(?:\[[^\]]{0,40}\] )?"
    r"(?:== Info: ?(.*)|(?:=>|<=) ((?:Send|Recv) (?:SSL )?(?:header|data)), (\d{1,12}) bytes \(0x[0-9a-f]+\))\r?"
)
_DUMP: Final = late_pattern(r"([0-9a-f]{4,12}): ((?:[0-9a-f]{2} ){1,16})")
_DAY: Final = 24 * 3600.0


class Traced(NamedTuple):
    """One thing that happened.

    Attributes:
        at: seconds since the trace began; 0.0 where it has no times.
        kind: "Info", "Send header", "Send data", "Recv header" or "Recv data".
        data: the bytes; of "Info", the words.
    """

    at: float
    kind: str
    data: bytes


def is_trace(content: bytes) -> bool:
    """Whether a file looks like a trace of curl's."""
    first = content[:4096].decode("latin-1").lstrip().partition("\n")[0]
    return _HEAD.fullmatch(first) is not None


def has_times(content: bytes) -> bool:
    """Whether it says when things happened."""
    return content.lstrip()[:2].isdigit() and content.lstrip()[2:3] == b":"


def traced(content: bytes, name: str) -> Iterator[Traced]:
    """What happened, in order.

    Args:
        content: the file's.
        name: what the file is called, in errors.

    Raises:
        ConfigurationError: the bytes cannot be had from it: `--trace-ascii` does not hold them, or the answer's body
            stands between its lines.
    """
    lines = content.decode("latin-1").split("\n")
    first: float | None = None
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if not line.strip():
            continue
        head = _HEAD.fullmatch(line)
        if head is None:
            raise _unreadable(name, number, line)
        hours, minutes, seconds, words, kind, size = head.groups()
        clock = int(hours) * 3600 + int(minutes) * 60 + float(seconds) if hours else 0.0
        first = clock if first is None else first
        at = (clock - first) % _DAY
        if words is not None:
            yield Traced(at, "Info", words.encode("latin-1"))
            continue
        data = bytearray()
        while len(data) < int(size):
            dump = _DUMP.match(lines[number]) if number < len(lines) else None
            if dump is None or int(dump[1], 16) != len(data):
                line = lines[number] if number < len(lines) else ""
                raise _unreadable(name, number + 1, line, is_dump=not data and line.startswith("0000: "))
            data += bytes.fromhex(dump[2])
            number += 1
        if len(data) != int(size):
            raise _unreadable(name, number, lines[number - 1])
        if "SSL" not in kind:
            yield Traced(at, kind, bytes(data))


def _unreadable(name: str, number: int, line: str, *, is_dump: bool = False) -> ConfigurationError:
    place, remedy = f"{name}, line {number}", "Capture with --trace FILE --trace-time -N -o /dev/null"
    if is_dump:
        return ConfigurationError(
            f"{place}: this is what curl writes with --trace-ascii, in which line ends and other bytes are replaced. "
            f"{remedy}, which keeps every byte."
        )
    return ConfigurationError(
        f"{place}: this is no line of a trace; the answer's body may stand between them ({line[:80]!r}). {remedy}."
    )
