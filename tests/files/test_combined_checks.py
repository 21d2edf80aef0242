"""Checks made of checks, in scenario files."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.testing import AgentServer
from tests.cli_run.command import typed

_FILE = """
agent: $env.AGENT_URL
script:
  - user: Hi
  - agent
  - check:
      any_of:
        - {text_contains: Rome}
        - {text_contains: Paris, longer_than: 3}
      not_: {text_contains: Bern, tool_called: pay}
      all_of: [{not_: {any_of: [{text_contains: Oslo}]}}, {status: 200}]
      says_nothing_about: [refund, discount]
  - succeed
"""


@pytest.mark.parametrize(("said", "code", "words"), [("It is Paris.", 0, ""), ("It is Bern.", 1, "any_of: none of 2")])
async def test_they_hold_and_fail_as_in_python(
    said: str, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in one block holds together."""
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(_FILE)  # noqa: ASYNC240 - a small file
    async with AgentServer(said) as agent:
        done = await typed("run", "a.yaml", "--no-store", AGENT_URL=agent.url)
    assert done.code == code, done
    assert words in done.out


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("any_of: []", "there is no check"),
        ("all_of: [{}]", "there is no check"),
        ("not_: {text_contains: ''}", "'' is in every text"),
        ("any_of: [{all_of: [{matches: '('}]}]", "matches"),
        ("not_: {text_contians: a}", "text_contians"),
        ("says_nothing_about: ''", "give words"),
    ],
)
def test_what_would_check_nothing_is_refused_with_its_line(check: str, said: str, tmp_path: Path) -> None:
    """However deep it stands."""
    file = tmp_path / "a.yaml"
    file.write_text(f"agent: http://127.0.0.1:1/\nscript:\n  - user: Hi\n  - agent\n  - check: {{{check}}}\n")
    with pytest.raises(ScenarioFileError, match=r"a\.yaml:5: ") as error:
        load(file)
    assert said in str(error.value)
