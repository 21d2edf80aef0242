"""Checks of a schema, a language, a cost and a meaning, in scenario files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.errors import ScenarioFileError
from scenario.files import load
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import typed
from tests.freezing.test_freeze_command import pytest_of

_SCHEMA = {"type": "object", "required": ["city"]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "city.json").write_text(json.dumps(_SCHEMA))
    return tmp_path


def _written(folder: Path, url: str, *checks: str) -> None:
    steps = ", ".join(f"{{check: {one}}}" for one in checks)
    (folder / "a.yaml").write_text(f"name: a\nagent: {url}\nscript: [{{user: Hi}}, agent, {steps}, succeed]\n")


@pytest.mark.parametrize(("said", "code"), [('{"city": "Paris"}', 0), ('{"town": "Paris"}', 1)])
async def test_a_schema_stands_in_the_file_or_beside_it(folder: Path, said: str, code: int) -> None:
    """A frozen run has it in itself, wherever it is written."""
    async with AgentServer(said) as agent:
        _written(folder, agent.url, "{json_schema: city.json}", "{any_of: [{json_schema: {schema: {type: object}}}]}")
        done = await typed("run", "a.yaml")
        assert done.code == code, done
        assert ("json_schema: $: 'city' is a required property" in done.out) == bool(code)
        for name in ("r/f.yaml", "r/test_f.py"):
            assert (await typed("freeze", "last", "-o", name)).code == 0
        (folder / "city.json").unlink()
        assert (await typed("run", "r/f.yaml")).code == code
        assert (await pytest_of(folder, "r/test_f.py")).returncode == code


async def test_a_key_comes_from_the_environment_and_stands_nowhere(folder: Path) -> None:
    """As a model's key does, in scripts and among criteria."""
    key = "sk-of-the-embeddings-0123456789"
    async with AgentServer("It is mild in Paris today, I would think.") as agent, ModelServer() as models:
        similar = (
            f"{{text: Paris is mild, model: openai/e, at_least: 0.5, api_base: '{models.base_url}', api_key: $env.EMB}}"
        )
        _written(folder, agent.url, f"{{similar_to: {similar}}}", "{language: en}")
        text = (folder / "a.yaml").read_text()
        (folder / "a.yaml").write_text(f"judge: [{{similar_to: {similar}}}]\n{text.replace('succeed', 'judge')}")
        done = await typed("run", "a.yaml", "--json", "r.json", "--html", "r.html", EMB=key)
        assert done.code == 0, done
        assert len(models.requests) == 2
        assert models.requests[0].headers["authorization"] == f"Bearer {key}"
        missing = await typed("run", "a.yaml")
        assert missing.code == 2
        assert "environment variable EMB is not set" in missing.err
        assert (await typed("freeze", "last", "-o", "test_f.py", EMB=key)).code == 0
    assert "os.environ['EMB']" in (folder / "test_f.py").read_text()
    assert _holding(folder, key.encode()) == []


def _holding(folder: Path, secret: bytes) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and secret in one.read_bytes()]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("{json_schema: nowhere.json}", "nowhere.json: it cannot be read"),
        ("{json_schema: {schema: {type: objekt}}}", "json_schema: that is no JSON Schema"),
        ("{language: german}", "that language is not known"),
        ("{cost_below: {dollars: 1}}", "what do tokens cost"),
        ("{cost_below: {dollars: 0, model: gpt-4o}}", "out of range"),
        ("{similar_to: {text: a, model: anthropic/claude-haiku-4-5}}", "OpenAI-compatible"),
        ("{similar_to: {text: a}}", "'model' is missing"),
    ],
)
def test_what_makes_no_sense_is_told_with_its_line(folder: Path, check: str, words: str) -> None:
    """Before anything runs."""
    _written(folder, "http://localhost:1", check)
    with pytest.raises(ScenarioFileError, match=r"a\.yaml:3") as caught:
        load(folder / "a.yaml")
    assert words in str(caught.value)


async def test_a_cost_is_that_of_the_agent(folder: Path) -> None:
    """As it tells its tokens; one that tells none is not free."""
    async with AgentServer("Hello") as agent:
        _written(folder, agent.url, "{cost_below: {dollars: 1, model: gpt-4o}}")
        done = await typed("run", "a.yaml")
    assert done.code == 2, done
    assert "answer 1 of 1 tells of no tokens in and out" in done.out
