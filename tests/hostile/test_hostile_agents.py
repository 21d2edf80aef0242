"""Whatever an agent does, a run ends by itself, says what happened and whose fault it was, and nothing takes hold."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from scenario.store.writer import StoreWriter
from tests.hostile.behaviour import SECRET, Hostile
from tests.hostile.corpus import CORPUS
from tests.hostile.playing import GIVE_UP, Played, play, written
from tests.hostile.resources import descriptors, forget_peak, peak_mib, resident_mib, threads
from tests.privacy.disguised import DISGUISES

# What a run may need for itself, however much an agent sends: its body, its events, and a few copies of them.
MOST_MIB: Final = 96.0
# What a terminal, an XML reader or a page would obey: all control characters but tabs and line ends.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_TURNING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_COMMANDS: Final = re.compile(r"(?:\A|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])\s*(?:::|##\[)|##(?:vso|teamcity)\[")
_ENDINGS: Final = {None: {"passed"}, "agent": {"failed"}, "wire": {"failed", "invalid"}}


@pytest.fixture
def bounded() -> Iterator[None]:
    """Whatever comes, memory stays within a bound."""
    forget_peak()
    before = resident_mib()
    yield
    assert peak_mib() - before < MOST_MIB


@pytest.mark.parametrize("hostile", CORPUS, ids=str)
def test_a_hostile_agent_is_named_and_takes_nothing(
    hostile: Hostile, tmp_path: Path, bounded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its outcome and whose fault it was are right, nothing of it is left, and what is written of it is only text."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    lived, began = threads(), time.monotonic()
    held = descriptors()
    with StoreWriter(tmp_path) as writer:
        played = asyncio.run(play(hostile, writer))
    assert time.monotonic() - began < GIVE_UP
    assert not writer.broken
    if descriptors() != held:
        gc.collect()  # what is held in a circle is let go of late, and is none of what is left
    assert (played.tasks, threads() - lived, descriptors()) == ([], set(), held)
    _is_named(hostile, played)
    _is_only_text(played, written(tmp_path))


def _is_named(hostile: Hostile, played: Played) -> None:
    """The outcome, the fault, the text and the cause."""
    exchange = played.exchange
    told = f"{exchange.error}\n{played.error}"
    assert (exchange.outcome, played.fault) == (hostile.outcome, hostile.fault), told
    assert played.requests <= hostile.reaches
    if hostile.text is not None:
        assert exchange.text == hostile.text
    assert hostile.said in f"{played.error}"
    assert played.record is not None
    assert played.record.outcome in _ENDINGS[hostile.fault], played.record


def _is_only_text(played: Played, written: dict[str, str]) -> None:
    """Nothing in what is written, shown or raised is obeyed by what reads it, and no key stands in it."""
    told = {"terminal": played.printed, "error": f"{played.error or ''}", **written}
    for place, text in told.items():
        assert (place, _CONTROLS.findall(text)) == (place, [])
        assert (place, _SECRETS.findall(text)) == (place, [])
        if place not in ("html", "json", "show --json"):
            assert (place, _TURNING.findall(text)) == (place, [])
            assert (place, _COMMANDS.findall(text)) == (place, [])


_SECRETS: Final = re.compile(
    "|".join(re.escape(form) for said in DISGUISES.values() for form in (said(SECRET), json.dumps(said(SECRET))[1:-1]))
)
