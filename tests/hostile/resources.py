"""What this process holds of its machine: memory, descriptors, threads."""

from __future__ import annotations

import resource
import threading
from pathlib import Path
from typing import Final

_SELF: Final = Path("/proc/self")
_KIB: Final = 1024


def descriptors() -> int:
    """How many files and sockets are open; 0 where the system does not say."""
    folder = _SELF / "fd"
    return len(list(folder.iterdir())) if folder.exists() else 0


def threads() -> set[str]:
    """The names of the threads that live."""
    return {f"{thread.name} ({thread.ident})" for thread in threading.enumerate()}


def resident_mib() -> float:
    """The memory that is in use now; where the system does not say, the most that ever was."""
    return _status("VmRSS") or _peak_of_the_process()


def forget_peak() -> None:
    """Let `peak_mib` count from now on, where the system can."""
    if (reset := _SELF / "clear_refs").exists():
        reset.write_text("5")


def peak_mib() -> float:
    """The most memory that was in use since `forget_peak`."""
    return _status("VmHWM") or _peak_of_the_process()


def _status(field: str) -> float:
    status = _SELF / "status"
    if not status.exists():
        return 0.0
    (line,) = [line for line in status.read_text().splitlines() if line.startswith(f"{field}:")]
    return int(line.split()[1]) / _KIB


def _peak_of_the_process() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB
