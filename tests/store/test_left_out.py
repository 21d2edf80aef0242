"""What an invocation was to run and has not is stored with it."""

from __future__ import annotations

from pathlib import Path

from scenario.redaction import environment_secrets
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, LeftOut
from scenario.store.resuming import keep_left_out
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run


def stored(folder: Path) -> str:
    """Store a run; the invocation's id."""
    with StoreWriter(folder) as writer:
        for event in a_run("aa"):
            writer(event)
        return writer.invocation.uid


def left_out(folder: Path) -> list[LeftOut]:
    """What is read of the newest invocation."""
    with StoreReader(folder) as reader:
        found = reader.find("last")
    assert isinstance(found, InvocationRow)
    return found.left_out


def test_it_is_kept_until_it_is_run(tmp_path: Path) -> None:
    """With why; once everything was run, nothing is left out any more."""
    uid = stored(tmp_path)
    assert left_out(tmp_path) == []
    two = [LeftOut(name=name, file="a.yaml", reason="interrupted") for name in ("später", "never")]
    keep_left_out(tmp_path, uid, two)
    assert left_out(tmp_path) == two
    keep_left_out(tmp_path, uid, [])
    assert left_out(tmp_path) == []


def test_no_secret_is_kept(tmp_path: Path) -> None:
    """A name may hold the value of a parameter."""
    uid = stored(tmp_path)
    secrets = environment_secrets({"API_KEY": "sk-0123456789abcdef"})
    keep_left_out(tmp_path, uid, [LeftOut(name="with sk-0123456789abcdef", file="", reason="")], secrets=secrets)
    (one,) = left_out(tmp_path)
    assert "sk-0123456789abcdef" not in one.name
