"""Which of the dialects that other packages bring can be used, and what is said of those that cannot."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.plug_ins import PlugIn
from scenario.protocols.plug_in_dialects import GROUP, Offer, Unusable, loaded, offers_of
from scenario.protocols.protocol import Dialect

ELSES = "tests.plug_ins.somebody_elses"


def plug_in(value: str = f"{ELSES}:Sound", *, name: str = "sound", distribution: str = "elses") -> PlugIn:
    """An entry point of the group."""
    return PlugIn(group=GROUP, name=name, value=value, distribution=distribution, version="2.1")


def offer(value: str) -> Offer:
    """What one package offers."""
    return offers_of([plug_in(value)], ours={"auto", "sse"})["sound"]


def test_a_sound_one_can_be_used() -> None:
    """It is made once, however often it is asked for."""
    dialect = loaded(offer(f"{ELSES}:Sound"))
    assert isinstance(dialect, Dialect)
    assert dialect is loaded(offer(f"{ELSES}:Sound"))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no_such_module:Sound", "cannot be imported: ModuleNotFoundError"),
        (f"{ELSES}:NoSuch", "cannot be imported: AttributeError"),
        ("not a place", "cannot be imported"),
        (f"{ELSES}:not_a_class", "is no class that derives from scenario.protocol.Dialect"),
        ("json:JSONDecoder", "is no class that derives from scenario.protocol.Dialect"),
        (f"{ELSES}:Abstract", "cannot be made without arguments: TypeError"),
        (f"{ELSES}:Demanding", "cannot be made without arguments: TypeError"),
        (f"{ELSES}:Renamed", "its `name` is 'another', and its entry point's is 'sound'"),
        (f"{ELSES}:Frameless", "its `framings` are ('csv',); give a tuple of one or more of sse, ndjson, json, text"),
        (f"{ELSES}:Everywhere", "its `url_endings` are ('',)"),
        ("tests.plug_ins.ends_the_process:Sound", "cannot be imported: SystemExit"),
    ],
)
def test_what_cannot_be_used_says_why(value: str, said: str) -> None:
    """The package and its version, the entry point, what is wrong, and the remedy."""
    refused = loaded(offer(value))
    assert isinstance(refused, Unusable)
    assert said in refused.why
    assert refused.why.startswith(f"The dialect 'sound' (elses 2.1, entry point {value}) cannot be used: ")
    assert refused.why.endswith("Install a version that fits, tell its authors, or uninstall it.")


def test_the_cause_of_a_failed_import_is_kept() -> None:
    """Its traceback shows the authors where."""
    refused: Any = loaded(offer("no_such_module:Sound"))
    assert isinstance(refused.error().__cause__, ModuleNotFoundError)


def test_a_name_of_ours_is_not_taken() -> None:
    """Ours stays; whose the other is, is told."""
    (offer,) = offers_of([plug_in(name="sse")], ours={"auto", "sse"}).values()
    refused = loaded(offer)
    assert isinstance(refused, Unusable)
    assert "elses 2.1 brings a dialect 'sse', which is a name of Scenario's own" in refused.why


def test_of_two_with_one_name_neither_is_used() -> None:
    """Which one was meant, nobody can know; both packages are named."""
    twice = [plug_in(), plug_in(distribution="others"), plug_in(name="third")]
    found = offers_of(twice, ours=())
    refused = loaded(found["sound"])
    assert isinstance(refused, Unusable)
    assert "of elses 2.1 and others 2.1: neither is used. Uninstall one of them" in refused.why
    assert not found["third"].refusal
