"""What runs in a process of its own: it is told a pattern and a text, and tells where one is in the other.

It is started as a text with `-c`, knows nothing of this package, and ends with its standard input. A request is a head
(seconds, flags, lengths), the pattern and the text; an answer is a kind and two numbers: the place, from and to, in
characters, or the length of the words that follow.
"""

from __future__ import annotations

import faulthandler
import os
import re
import signal
import struct
import sys

REQUEST = struct.Struct("<dIQQ")
ANSWER = struct.Struct("<cqq")
READY, FOUND, NOT_FOUND, FAILED = b"r", b"f", b"n", b"e"
# How much later than the one who asks it ends itself, where that one is gone and cannot end it, in seconds.
GRACE = 1.0
_MOST_MEMORY = 2 << 30


def _limit_memory() -> None:
    try:
        import resource  # there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass


def _end_with_asker(*, is_searching: bool) -> None:
    """Let the closing of the standard input, as when whoever asks was killed, end this process in mid-search, too."""
    try:
        import fcntl  # there is none on Windows

        flags = fcntl.fcntl(0, fcntl.F_GETFL)
        fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(0, fcntl.F_SETFL, flags | os.O_ASYNC if is_searching else flags & ~os.O_ASYNC)
    except (ImportError, AttributeError, OSError):
        pass


def _answer(pattern: str, flags: int, text: str) -> bytes:
    try:
        found = re.compile(pattern, flags).search(text)
    except (MemoryError, RecursionError, OverflowError, re.error) as error:
        words = (str(error) or type(error).__name__).encode("utf-8", "replace")
        return ANSWER.pack(FAILED, len(words), 0) + words
    return ANSWER.pack(NOT_FOUND, 0, 0) if found is None else ANSWER.pack(FOUND, *found.span())


def main() -> None:
    """Answer one request after the other, until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks hears of it as well, and ends this process
    if hasattr(signal, "SIGIO"):
        signal.signal(signal.SIGIO, signal.SIG_DFL)
    _limit_memory()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - what is not imported costs no time
        answers.write(ANSWER.pack(READY, 0, 0))
        answers.flush()
        while len(head := requests.read(REQUEST.size)) == REQUEST.size:
            seconds, flags, *lengths = REQUEST.unpack(head)
            pattern, text = (requests.read(length).decode("utf-8", "surrogatepass") for length in lengths)
            # A thread without the interpreter's lock, so that it ends this process in the middle of a search, too.
            faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
            _end_with_asker(is_searching=True)
            answer = _answer(pattern, flags, text)
            _end_with_asker(is_searching=False)
            faulthandler.cancel_dump_traceback_later()
            answers.write(answer)
            answers.flush()


if __name__ == "__main__":
    main()
