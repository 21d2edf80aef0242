"""Dialects of installed distributions, in processes of their own: looked up late, once, and never in anybody's way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from scenario.plug_ins import installed
from tests.plug_ins.distributions import put, ran
from tests.plug_ins.somebody_elses import BODY

ELSES = "tests.plug_ins.somebody_elses"


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound dialects of one distribution, and broken ones of others."""
    folder = tmp_path_factory.mktemp("site")
    put(folder, "elses", {"sound": f"{ELSES}:Sound", "twice": f"{ELSES}:Sound"})
    put(folder, "others", {"twice": f"{ELSES}:Sound", "openai-chat": f"{ELSES}:Sound"})
    put(folder, "no-module", {"gone": "no_such_module:Gone"})
    broken = folder / "unreadable-1.dist-info"
    broken.mkdir()
    (broken / "entry_points.txt").write_text("[scenario.dialects]\nnot a line of this file\n")
    return folder


READ = """
import sys, scenario
from tests.plug_ins.somebody_elses import BODY
reply = scenario.read_stream(BODY, content_type="text/event-stream")
again = scenario.read_stream(BODY, content_type="text/event-stream")
print(reply.protocol, reply.text, reply.outcome, again.protocol)
"""


def test_broken_ones_are_told_once_and_break_nobody_s_reading(some: Path) -> None:
    """An answer in a sound dialect is found out and read; each broken one is named, with its package, once."""
    done = ran("-W", "always", "-c", READ, path=some)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "sound It is 18. complete sound"
    for told in (
        "The dialect 'gone' (no-module 2.1, entry point no_such_module:Gone) cannot be used",
        "Several dialects are called 'twice', of elses 2.1 and others 2.1: neither is used.",
        "others 2.1 brings a dialect 'openai-chat', which is a name of Scenario's own",
        "unreadable-1.dist-info cannot be read",
    ):
        assert done.stderr.count(told) == 1


def test_by_name_a_broken_one_is_refused_and_ours_are_as_before(some: Path) -> None:
    """Who asks for it is told why it cannot be had, and by what to mend that; nobody else is told of it."""
    code = """
import scenario
for name in ("gone", "twice", "openai-chat", "sound", "soud"):
    try:
        print(name, "->", scenario.RemoteAgent("http://127.0.0.1:9/x", protocol=name))
    except scenario.ConfigurationError as error:
        print(name, "->", error)
"""
    done = ran("-W", "error", "-c", code, path=some)
    gone, twice, chat, sound, soud = done.stdout.splitlines()
    assert "(no-module 2.1, entry point no_such_module:Gone) cannot be used: it cannot be imported" in gone
    assert "of elses 2.1 and others 2.1" in twice
    assert "protocol='openai-chat'" in chat
    assert "protocol='sound'" in sound
    assert "Did you mean 'sound'" in soud
    assert "unreadable-1.dist-info cannot be read" in soud


LOADED = """
import sys
before = set(sys.modules)
import scenario
{code}
print("importlib.metadata" in set(sys.modules) - before, "somebody_elses" in str(sys.modules.keys()))
"""
CHUNK = rb'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a"}}]}\n\n'


@pytest.mark.parametrize(
    "code",
    [
        "scenario.RemoteAgent, scenario.protocol, scenario.run",
        "scenario.RemoteAgent('http://127.0.0.1:9/', protocol='openai-chat')",
        "scenario.read_stream(b'data: {}', protocol='sse')",
        f"scenario.read_stream(b'{CHUNK.decode()}')",
    ],
    ids=["imports", "an agent of ours", "a stream by its name", "a stream that one of ours is certain of"],
)
def test_what_needs_no_plug_in_looks_none_up(code: str, some: Path) -> None:
    """Neither importing nor a protocol of ours costs a look at what is installed, nor an answer that is surely ours."""
    done = ran("-W", "error", "-c", LOADED.format(code=code), path=some)
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_one_in_an_archive_is_found(tmp_path: Path) -> None:
    """Where folders do not tell what is installed, the standard library is asked."""
    put(tmp_path / "site", "elses", {"sound": f"{ELSES}:Sound"})
    archive = shutil.make_archive(str(tmp_path / "bundle"), "zip", tmp_path / "site")
    done = ran(
        "-c", "from scenario.plug_ins import installed; print(installed('scenario.dialects'))", path=Path(archive)
    )
    assert "name='sound'" in done.stdout, done.stderr


def test_one_of_an_old_installer_is_found(tmp_path: Path) -> None:
    """Its metadata stands in a folder of another name."""
    put(tmp_path, "elses", {"sound": f"{ELSES}:Sound"})
    metadata = tmp_path / "elses-2.1.dist-info"
    (metadata / "METADATA").rename(metadata / "PKG-INFO")
    metadata.rename(tmp_path / "Elses.EGG-INFO")
    done = ran("-c", "from scenario.plug_ins import installed; print(installed('scenario.dialects'))", path=tmp_path)
    assert "name='sound'" in done.stdout, done.stderr


def test_where_none_is_installed_the_look_is_cheap(tmp_path: Path) -> None:
    """The standard library's reader of metadata is not loaded to find nothing."""
    put(tmp_path, "elses", {})
    (tmp_path / "elses-2.1.dist-info" / "entry_points.txt").write_text("[console_scripts]\nelse = elses:main\n")
    code = "import sys; from scenario.plug_ins import installed; print(installed('scenario.dialects'))"
    done = ran("-c", f"{code}; print('importlib.metadata' in sys.modules)", path=tmp_path)
    assert done.stdout.splitlines() == ["Installed(plug_ins=(), broken=())", "False"], done.stderr


def test_detection_looks_once(some: Path) -> None:
    """However many answers are read."""
    code = """
import sys
looks = []
class Finder:
    def find_spec(self, *arguments): return None
    def find_distributions(self, *arguments): looks.append(1); return ()
sys.meta_path.append(Finder())
import scenario
for _ in range(3):
    scenario.read_stream(b'data: {"content": "a"}\\n\\n')
scenario.RemoteAgent("http://127.0.0.1:9/", protocol="sound")
print(len(looks))
"""
    done = ran("-c", code, path=some)
    assert done.stdout.strip() == "1", done.stderr


RUN = """
import asyncio, scenario
from aiohttp import web
from tests.plug_ins import somebody_elses as elses

async def answer(request):
    body = b'data: {"w": "It is "}\\n\\ndata: {"x": "sk-123456"}\\n\\n'
    return web.Response(body=body, content_type="text/event-stream")

async def main():
    app = web.Application()
    app.router.add_post("/ask", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    agent = scenario.RemoteAgent(
        f"http://127.0.0.1:{runner.addresses[0][1]}/ask", protocol="raising", headers={"X-Key": "$env.KEY"}
    )
    seen = []
    with scenario.subscribed(seen.append):
        try:
            steps = [scenario.user("Hi"), scenario.agent()]
            await scenario.arun(name="n", description="d", agents=[agent], script=steps)
        except scenario.ScenarioError as error:
            print(type(error).__name__, error.fault, error)
    exchanges = [event.exchange for event in seen if hasattr(event, "exchange")]
    print([(one.outcome, one.reply.text, one.status, len(one.chunks)) for one in exchanges])
    print(exchanges[0].error)
    await runner.cleanup()

asyncio.run(main())
"""


def test_a_run_says_that_the_dialect_failed_and_keeps_what_came(tmp_path: Path) -> None:
    """Neither the agent nor Scenario is blamed; the answer's bytes are recorded, and secrets stay covered."""
    put(tmp_path, "elses", {"raising": f"{ELSES}:Raising"})
    done = ran("-c", "import os; os.environ['KEY'] = 'sk-123456'\n" + RUN, path=tmp_path)
    assert done.returncode == 0, done.stderr
    raised, recorded, error = done.stdout.splitlines()
    assert raised.startswith("DialectError dialect The dialect 'raising' (elses 2.1) is at fault, not the agent:")
    assert "KeyError" in raised
    assert recorded == "[('aborted', 'It is ', 200, 1)]"
    assert "is at fault" in error
    assert "sk-123456" not in done.stdout + done.stderr


FILE = '''
from pathlib import Path
from scenario.files import load
for name in ("sound", "gone", "soud"):
    Path("case.yaml").write_text(f"""name: n
description: d
agent: {{url: "http://127.0.0.1:9/x", protocol: {name}}}
script: [user: Hi, agent, succeed]
""")
    try:
        print(name, "->", load("case.yaml"))
    except ValueError as error:
        print(name, "->", " ".join(str(error).split()))
'''


def test_a_scenario_file_may_name_it(some: Path, tmp_path: Path) -> None:
    """And one that cannot be used, or is not there, is a mistake that is told before anything runs."""
    done = ran("-c", FILE, path=some, cwd=tmp_path)
    sound, gone, soud = done.stdout.splitlines()
    assert "Case" in sound
    assert "case.yaml" in gone
    assert "cannot be imported" in gone
    assert "case.yaml:3" in soud
    assert "Did you mean 'sound'?" in soud


def test_the_schema_for_editors_knows_it(some: Path) -> None:
    """The one that is written here; the published one knows ours only."""
    done = ran("-m", "scenario", "schema", path=some)
    assert '"sound"' in json.dumps(json.loads(done.stdout)["$defs"]["AgentBlock"])


def test_doctor_shows_them_with_their_packages(some: Path) -> None:
    """The sound with version and place, the broken with what is wrong."""
    done = ran("-m", "scenario", "doctor", "--offline", "--json", path=some)
    findings = json.loads(done.stdout)["findings"]
    found = {one["name"]: one for one in findings if one["section"] == "dialects of other packages"}
    assert (found["sound"]["state"], found["sound"]["detail"]) == ("ok", f"elses 2.1 ({ELSES}:Sound)")
    assert {name: one["state"] for name, one in found.items() if name != "sound"} == dict.fromkeys(
        ("gone", "openai-chat", "twice", "unreadable"), "warning"
    )


@pytest.mark.parametrize("named", [["--protocol", "sound"], []], ids=["by name", "found out"])
def test_lint_reads_it(named: list[str], some: Path, tmp_path: Path) -> None:
    """A captured answer."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    (tmp_path / "capture.txt").write_bytes(head + BODY)
    command = ("-W", "ignore", "-m", "scenario", "lint", "capture.txt", "--format", "json")
    report = json.loads(ran(*command, *named, path=some, cwd=tmp_path).stdout)
    assert (report["protocol"], report["outcome"]) == ("sound", "complete")


def test_copies_of_one_distribution_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first on the path is the one that is imported, whatever its name's spelling."""
    first, second = tmp_path / "first", tmp_path / "second"
    put(first, "Some-Elses", {"own": "a:B"})
    put(second, "some_elses", {"own": "c:D"})
    for folder in (second, first):
        monkeypatch.syspath_prepend(folder)
    assert [one.value for one in installed("scenario.dialects").plug_ins if one.name == "own"] == ["a:B"]
