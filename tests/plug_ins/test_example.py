"""`examples/own_dialect` is a package as others would write one: it is built, installed and used from outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("hatchling", reason="the example is built with it")

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_dialect"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the example was installed, offline."""
    folder = tmp_path_factory.mktemp("example")
    source = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--target", str(folder / "site"))
    subprocess.run([*pip, *options, str(source)], check=True)
    return folder / "site"


def python(site: Path, *command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What a process says that has the example, and nothing of this repository but what is installed."""
    environ = os.environ | {"PYTHONPATH": str(site)}
    command = (sys.executable, "-W", "error::UserWarning", *command)
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=cwd)


def test_its_own_tests_pass(site: Path, tmp_path: Path) -> None:
    """The rules of conformance, and runs against an agent, by name and found out."""
    tests = shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    shutil.copy(EXAMPLE / "pyproject.toml", tmp_path)
    done = python(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests), cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


USED = """
import json, scenario
from scenario.files import load
body = b"".join(
    b"data: " + json.dumps({"talk": "t", "kind": kind, **more}).encode() + b"\\n\\n"
    for kind, more in (("say", {"words": "Hi"}), ("over", {}))
)
found = scenario.read_stream(body)
named = scenario.read_stream(body, protocol="own")
print(found.protocol, found.text, found.outcome, found == named)
(case,) = load("case.yaml")
print(case.name)
open("capture.txt", "wb").write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/event-stream\\r\\n\\r\\n" + body)
"""


def test_it_is_used_through_scenario_s_public_face(site: Path, tmp_path: Path) -> None:
    """Found out, by its name, in a scenario file, by the lint; the doctor shows whose it is."""
    (tmp_path / "case.yaml").write_text(
        "name: own\ndescription: d\nagent: {url: 'http://127.0.0.1:9/talk', protocol: own}\n"
        "script: [user: Hi, agent, succeed]\n"
    )
    used = python(site, "-c", USED, cwd=tmp_path)
    assert used.stdout.splitlines() == ["own Hi complete True", "own"], used.stderr
    linted = python(
        site, "-m", "scenario", "lint", "capture.txt", "--protocol", "own", "--format", "json", cwd=tmp_path
    )
    report = json.loads(linted.stdout)
    assert (report["protocol"], report["outcome"]) == ("own", "complete")
    assert [one["rule"] for one in report["findings"] if one["level"] == "error"] == []
    doctor = python(site, "-m", "scenario", "doctor", "--offline", cwd=tmp_path)
    assert "own-dialect 1.0 (own_dialect:Own)" in doctor.stdout
