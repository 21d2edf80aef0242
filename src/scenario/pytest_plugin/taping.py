"""What a test's runs are recorded into or played from: its mark `scenario(cassette=…)`, and which test it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from scenario.run_source import RunSource, current_source

_MARK = "scenario"
_KNOWN = frozenset({"cassette", "cassette_mode"})


@contextmanager
def taped(item: pytest.Item) -> Iterator[None]:
    """Within the block, runs are the test's, and go by its mark.

    Raises:
        UsageError: the mark has other settings, or one without a meaning.
    """
    token = current_source.set(RunSource(test=_test_of(item)))
    try:
        with ExitStack() as scope:
            _configure(item, scope)
            yield
    finally:
        current_source.reset(token)


def _test_of(item: pytest.Item) -> str:
    """A test's id with its file's whole path: that of pytest goes by the files that it was called with."""
    _, colons, rest = item.nodeid.partition("::")
    return f"{item.path.as_posix()}{colons}{rest}" if colons else item.nodeid


def _configure(item: pytest.Item, scope: ExitStack) -> None:
    mark = item.get_closest_marker(_MARK)
    mode = item.config.getoption("scenario_cassette_mode", default=None)
    if mark is None and mode is None:
        return
    from scenario.config import ScenarioConfig, configure, in_force
    from scenario.config.cassette import cassette_of, check_mode_of_option
    from scenario.errors import ConfigurationError

    given = {} if mark is None else dict(mark.kwargs)
    if mark is not None and (mark.args or given.keys() - _KNOWN):
        unknown = ", ".join([*map(repr, mark.args), *sorted(given.keys() - _KNOWN)])
        raise pytest.fail.Exception(
            f"@pytest.mark.scenario({unknown}): it takes {', '.join(sorted(_KNOWN))}, by name.", pytrace=False
        )
    cassette = given.get("cassette")
    if isinstance(cassette, str | os.PathLike):
        cassette = str(item.path.parent / cassette)
    try:
        check_mode_of_option("--scenario-cassette-mode", mode, os.environ)
        chosen = cassette_of(cassette, mode or given.get("cassette_mode")) if cassette is not None else None
        if chosen is None and given:
            cassette_of(None, given.get("cassette_mode"))
        if chosen is None and mode is not None and (configured := in_force().cassette) is not None:
            chosen = cassette_of(configured, mode)
    except ConfigurationError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    if chosen is None:
        return
    before = ScenarioConfig.default_config
    configure(cassette=chosen)
    scope.callback(setattr, ScenarioConfig, "default_config", before)
