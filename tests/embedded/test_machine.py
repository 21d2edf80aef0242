"""Whether the runtime can run is known before a child process dies of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ConfigurationError, InternalError
from scenario.llm.embedded import child, slot_room
from scenario.llm.embedded.machine import demand_weights, obstacle, thread_count
from scenario.llm.embedded.runtime import EmbeddedServer, base_url

AVX2 = "flags : fpu sse4_2 avx avx2 bmi2\n"


@pytest.mark.parametrize(
    ("system", "machine", "cpu", "libc", "reason"),
    [
        ("linux", "x86_64", AVX2, ("glibc", "2.36"), None),
        ("linux", "x86_64", "flags : fpu sse4_2 avx\n", ("glibc", "2.36"), "AVX2"),
        ("linux", "aarch64", "Features : fp asimd\n", ("glibc", "2.36"), None),
        ("linux", "x86_64", AVX2, ("glibc", "2.12"), "2.12"),
        ("linux", "x86_64", AVX2, ("", ""), "glibc"),
        ("linux", "x86_64", "", ("glibc", "2.36"), None),
        ("darwin", "arm64", "", ("", ""), None),
    ],
)
def test_an_obstacle_is_named(system: str, machine: str, cpu: str, libc: tuple[str, str], reason: str | None) -> None:
    """An obstacle is named."""
    found = obstacle(system=system, machine=machine, cpu=cpu, libc=libc)
    assert (found is None) if reason is None else (found is not None and reason in found)


def test_at_most_four_threads_are_used() -> None:
    """At most four threads are used."""
    assert 1 <= thread_count() <= 4


def test_a_file_that_is_missing_or_no_model_is_refused(tmp_path: Path) -> None:
    """A file that is missing or no model is refused."""
    with pytest.raises(ConfigurationError, match="scenario models pull"):
        demand_weights(tmp_path / "missing.gguf")
    (tmp_path / "page.gguf").write_bytes(b"<html>")
    with pytest.raises(ConfigurationError, match="not a GGUF file"):
        demand_weights(tmp_path / "page.gguf")


async def test_a_server_of_a_missing_file_does_not_start(tmp_path: Path) -> None:
    """A server of a missing file does not start."""
    with pytest.raises(ConfigurationError, match="is not there"):
        await base_url(tmp_path / "missing.gguf")
    with pytest.raises(ConfigurationError, match="is not there"):
        async with EmbeddedServer(tmp_path / "missing.gguf"):
            pass


def test_a_server_has_an_address_only_while_it_is_entered() -> None:
    """A server has an address only while it is entered."""
    with pytest.raises(InternalError, match="async with"):
        _ = EmbeddedServer("some.gguf").base_url


def test_prompts_are_cut_to_the_slots_that_the_server_has() -> None:
    """The child imports nothing of Scenario, so the number stands in both."""
    assert child.SLOT_TOKENS == slot_room.SLOT_TOKENS
