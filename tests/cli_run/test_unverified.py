"""That a server's certificate was not verified is told by every report of the run."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scenario.exchange import UNVERIFIED
from tests.cli_run.command import command
from tests.remote.tls_agent import OPENSSL, made_in, server_of
from tests.report_html.held import held

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl")
FILE = """\
agent: {url: $env.AGENT_URL, verify: VERIFY}
scenarios:
  - {name: talks, script: [{user: Hello}, agent, succeed]}
"""
FILES = ("--junit", "r.xml", "--json", "r.json", "--html", "r.html")


@pytest.mark.parametrize("verified", [False, True])
async def test_every_report_tells_of_it(tmp_path: Path, verified: bool) -> None:
    """The summary, each file that `run` and `report` write, and `show`; none of them where it was verified."""
    made_in(tmp_path)
    (tmp_path / "talk.yaml").write_text(FILE.replace("VERIFY", "server.pem" if verified else "false"))
    async with server_of(tmp_path) as url:
        done = await command(tmp_path, "run", "talk.yaml", *FILES, AGENT_URL=url)
    assert done.code == 0, done
    (suite,) = ElementTree.parse(tmp_path / "r.xml").iter("testsuite")  # noqa: S314 - our own
    properties = {one.get("name"): one.get("value") for one in suite.iter("property")}
    (record,) = json.loads((tmp_path / "r.json").read_text())["scenarios"]
    shown = await command(tmp_path, "show", record["run_id"])
    told = [
        f"{UNVERIFIED}, in 1 scenario" in done.out + done.err,
        properties.get("certificate") == UNVERIFIED,
        record["unverified"],
        UNVERIFIED in shown.out,
        '"unverified":true' in held((tmp_path / "r.html").read_text()),
    ]
    for form, sign in (("markdown", UNVERIFIED), ("junit", UNVERIFIED), ("json", '"unverified": true')):
        told.append(sign in (await command(tmp_path, "report", "last", "--format", form)).out)
    assert told == [not verified] * len(told), done
