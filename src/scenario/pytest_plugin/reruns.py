"""Tests that pytest-rerunfailures tries again where they fail: which try it is, and what is said without it."""

from __future__ import annotations

from typing import Final

import pytest

# What the mark takes there. Other plug-ins have a mark of the same name, with other words.
_WORDS: Final = frozenset(
    ("reruns", "reruns_delay", "reruns_delay_backoff_factor", "only_rerun", "rerun_except", "condition")
)
_PLUGIN: Final = "rerunfailures"


def try_of(report: pytest.TestReport) -> int:
    """Which try of its test a report is of, from 1."""
    return int(getattr(report, "rerun", 0)) + 1


def is_tried_again(report: pytest.TestReport) -> bool:
    """Whether the test failed here, and another try of it follows."""
    return str(report.outcome) == "rerun"


def lacks_plugin(item: pytest.Item) -> bool:
    """Whether a test is not tried again, though its mark asks for it, because nobody is there who would do it."""
    mark = item.get_closest_marker("flaky")
    if mark is None or item.config.pluginmanager.hasplugin(_PLUGIN):
        return False
    return bool(_WORDS & mark.kwargs.keys()) or (not mark.kwargs and not _is_known(item.config))


def plugin_is_missing() -> pytest.PytestWarning:
    """What is said of such a test, and with it of all others."""
    return pytest.PytestWarning(
        "@pytest.mark.flaky has no effect, here and elsewhere, and a test that fails is not tried again: "
        "pytest-rerunfailures is not installed, or switched off. Install it: pip install pytest-rerunfailures"
    )


def _is_known(config: pytest.Config) -> bool:
    """Whether a plug-in, or the project itself, has registered the mark."""
    return any(line.partition(":")[0].partition("(")[0].strip() == "flaky" for line in config.getini("markers"))
