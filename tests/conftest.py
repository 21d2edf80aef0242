"""What holds for all tests."""

from __future__ import annotations

import os
import signal
import threading
import uuid

import pytest
from hypothesis import HealthCheck, settings

# No promise depends on how fast the machine is: neither Hypothesis's deadline for an example nor its word on slow data.
settings.register_profile("scenario", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# In continuous integration the same examples are tried each time: what chance finds there would be blamed on a change
# that has nothing to do with it. The search goes on wherever somebody works.
settings.register_profile("ci", settings.get_profile("scenario"), derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "scenario")

# A shell starts what runs in the background with Ctrl-C ignored, and the commands under test would inherit that.
if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where `CI` is set, a run prints its conversation; tests that promise it say it to the processes that they start.
os.environ.pop("CI", None)


@pytest.fixture(autouse=True)
def cache_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What one test's servers taught is no other test's, whose servers may listen on the same ports."""
    folder = tmp_path_factory.getbasetemp() / "caches" / uuid.uuid4().hex
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(folder))
