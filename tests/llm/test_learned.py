"""What is remembered of a server: by whom, for how long, where, and what never is."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from scenario.llm import learned
from scenario.llm.learned import Learned
from scenario.llm.model import Model
from scenario.llm.needs import Needs
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, ModelTarget, resolve_model
from tests.llm.asking import QUESTION, Waits
from tests.llm.odd_server import OddServer, complaint, completion

DAY = 24 * 3600.0


def target_at(base: str = "https://llm.example/v1", model: str = "openai/m", **told: Any) -> ModelTarget:
    """A model at that address."""
    return resolve_model(ModelSettings(model=model, api_base=base, **told), {})


def learn(target: ModelTarget, change: str = "strict", **told: Any) -> None:
    """Remember a need."""
    Learned(target, os.environ, **told).learn(lambda needs: msgspec.structs.replace(needs, changes=(change,)))


def known(target: ModelTarget, **told: Any) -> tuple[str, ...]:
    """What is remembered."""
    return Learned(target, os.environ, **told).needs.changes


def files(tmp_path: Path) -> list[Path]:
    """Everything that was written."""
    return [path for path in tmp_path.rglob("*") if path.is_file()]


def test_it_holds_for_everybody_at_the_server() -> None:
    """Now, and in another process; not for another model, address or dialect."""
    learn(target_at())
    for _ in range(2):
        assert known(target_at()) == ("strict",)
        assert known(target_at(api_key="another", temperature=0.5)) == ("strict",)
        assert known(target_at("https://llm.example/v1/")) == ("strict",)
        for other in (
            target_at(model="openai/n"),
            target_at("https://llm.example/v2"),
            target_at("https://llm.example:444/v1"),
            target_at(model="anthropic/m"),
        ):
            assert known(other) == ()
        learned.forget_memory()


def test_nothing_secret_is_written(tmp_path: Path) -> None:
    """Neither a key, nor what stands in an address."""
    told = {"api_key": "s3cret-key", "extra": {"extra_headers": {"x-key": "s3cret-header"}}}
    learn(target_at("https://s3cret-user:s3cret-word@llm.example/s3cret-path/v1?key=s3cret-query", **told))
    (path,) = files(tmp_path)
    assert "s3cret" not in path.read_text() + str(path)


def test_another_key_of_an_address_knows_it_too() -> None:
    """User information and query are no part of a server's name."""
    learn(target_at("https://a:b@llm.example/v1?key=c"))
    learned.forget_memory()
    assert known(target_at("https://llm.example/v1?key=d")) == ("strict",)


@pytest.mark.parametrize(
    ("base", "days", "holds"),
    [
        ("https://llm.example/v1", 6.9, True),
        ("https://llm.example/v1", 7.1, False),
        ("https://llm.example/v1", -1, False),
        ("http://127.0.0.1:8000/v1", 6.9, True),
        ("http://127.0.0.1:40001/v1", 0.03, True),
        ("http://127.0.0.1:40001/v1", 0.1, False),
    ],
)
def test_it_expires(base: str, days: float, holds: bool, tmp_path: Path) -> None:
    """After a week; at a port that this machine gave somebody for a while, after an hour. Its file goes with it."""
    learn(target_at(base), now=lambda: 100 * DAY)
    for _ in range(2):
        assert bool(known(target_at(base), now=lambda: (100 + days) * DAY)) is holds
        assert bool(files(tmp_path)) is holds
        learned.forget_memory()


UNREADABLE = (
    b"",
    b"{",
    b"[]",
    b'{"version": 2, "at": 9, "needs": {}}',
    b'{"version": 1, "at": 9, "needs": {"changes": ["fly"]}}',
)


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_file_that_cannot_be_read_is_none(content: bytes, tmp_path: Path) -> None:
    """Damaged, or of another version: what the server takes is found anew, and written."""
    learn(target_at(), now=lambda: 9.0)
    (path,) = files(tmp_path)
    path.write_bytes(content)
    learned.forget_memory()
    assert known(target_at(), now=lambda: 9.0) == ()
    learn(target_at(), now=lambda: 9.0)
    learned.forget_memory()
    assert known(target_at(), now=lambda: 9.0) == ("strict",)


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is remembered for this process."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SCENARIO_CACHE_DIR", str(tmp_path / "file" / "cache"))
    learn(target_at())
    assert known(target_at()) == ("strict",)


def test_without_a_cache_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SCENARIO_CACHE_DIR=` switches this off as well."""
    monkeypatch.setenv("SCENARIO_CACHE_DIR", "")
    learn(target_at())
    assert known(target_at()) == ("strict",)
    assert not files(tmp_path)


def test_what_is_usual_again_leaves_no_file(tmp_path: Path) -> None:
    """A need that is gone takes its file with it, and no half-written one stays."""
    learn(target_at())
    assert len(files(tmp_path)) == 1
    Learned(target_at(), os.environ).learn(lambda _needs: Needs(way="tools"))
    assert not files(tmp_path)


def test_any_number_may_write_and_read_at_once(tmp_path: Path) -> None:
    """Whoever reads finds a whole file or none, and nothing half-written is left."""
    read: list[object] = []

    def work() -> None:
        for at in range(30):
            one = Learned(target_at(), os.environ)
            folder = tmp_path / "cache"
            one._write(folder, learned._Record(at=9.0, needs=Needs(changes=("strict",) * (at % 9 + 1))))
            read.append(one._read(folder))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 120
    assert None not in read
    assert len(files(tmp_path)) == 1


def model_of(server: OddServer, **told: Any) -> Model:
    """A new model at that server."""
    return open_model(target_at(f"{server.url}/v1", **told), sleep=Waits(), jitter=lambda: 0.5)


async def test_a_need_that_fails_is_forgotten() -> None:
    """The server was changed, and refuses what it demanded: it is asked as if nothing were known."""
    streams = [True]

    def answering(path: str, body: Any) -> web.Response:
        if streams[0]:
            return complaint("Only streaming is supported.") if not body.get("stream") else _streamed()
        return complaint("There is no streaming here.") if body.get("stream") else completion("hi")

    async with OddServer(answering) as server:
        await model_of(server).complete(QUESTION)
        streams[0] = False
        assert (await model_of(server).complete(QUESTION)).reply.text == "hi"
        before = len(server.asked)
        await model_of(server).complete(QUESTION)
        assert len(server.asked) == before + 1
        assert known(target_at(f"{server.url}/v1")) == ()


async def test_a_name_that_was_changed_back_is_the_first_again() -> None:
    """No limit of the user's is lost over it."""
    taken = ["max_completion_tokens"]

    def answering(path: str, body: Any) -> web.Response:
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}[taken[0]]
        return complaint(f"Unsupported parameter: {other}") if other in body else completion("hi")

    async with OddServer(answering) as server:
        await model_of(server, max_tokens=9).complete(QUESTION)
        taken[0] = "max_tokens"
        await model_of(server, max_tokens=9).complete(QUESTION)
        await model_of(server, max_tokens=9).complete(QUESTION)
    assert [body.get(taken[0]) for _, body in server.asked[-2:]] == [9, 9]


async def test_what_fails_for_another_reason_is_not_forgotten() -> None:
    """A wrong key says nothing about parameters."""
    status = [200]

    def answering(path: str, body: Any) -> web.Response:
        if status[0] != 200:
            return complaint("no such key", status[0])
        return complaint("temperature is not supported") if "temperature" in body else completion("hi")

    async with OddServer(answering) as server:
        await model_of(server).complete(QUESTION)
        for wrong in (401, 429, 503):
            status[0] = wrong
            with pytest.raises(Exception, match="no such key"):
                await model_of(server).complete(QUESTION)
        assert known(target_at(f"{server.url}/v1")) == ("temperature",)


async def test_what_several_find_at_once_is_kept_together() -> None:
    """Each asks in its own way, and none forgets what the other has found."""
    refused = {"one": "temperature", "two": "top_p"}

    def answering(path: str, body: Any) -> web.Response:
        name = refused[body["messages"][0]["content"]]
        return complaint(f"{name} is not supported") if name in body else completion("hi")

    async with OddServer(answering) as server:
        with pytest.warns(UserWarning, match="top_p=0.5 has no effect"):
            await asyncio.gather(
                *(
                    model_of(server, extra={"top_p": 0.5}).complete([{"role": "user", "content": who}])
                    for who in refused
                )
            )
        assert set(known(target_at(f"{server.url}/v1"))) == {"temperature", "top_p"}


def _streamed() -> web.Response:
    chunk = '{"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}'
    return web.Response(text=f"data: {chunk}\n\ndata: [DONE]\n\n", content_type="text/event-stream")
