"""The README's code runs as it stands there, but for the address of the agent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import scenario
from scenario.testing import AgentServer, ModelServer

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
URL = "http://localhost:8000/chat"


def functions_of(block: str, url: str) -> Iterator[object]:
    """The test functions of a block, its agent's address replaced."""
    names: dict[str, object] = {}
    exec(compile(block.replace(URL, url), "README.md", "exec"), names)  # noqa: S102 - the README's own code
    yield from (value for name, value in names.items() if name.startswith("test_"))


@pytest.mark.parametrize("block", [block for block in BLOCKS if "def test_" in block])
async def test_the_readme_s_tests_pass(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test of the README passes against a streaming agent and a model's server."""
    async with (
        AgentServer(lambda _: "It is 18 degrees in Paris, I'd say.", style="sse") as agent,
        ModelServer() as model,
    ):
        monkeypatch.setenv("OPENAI_BASE_URL", model.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        played = 0
        for function in functions_of(block, agent.url):
            assert callable(function)
            await function()
            played += 1
        assert played == 1


@pytest.mark.parametrize("block", [block for block in BLOCKS if "def test_" not in block])
def test_the_readme_s_other_code_is_accepted(block: str) -> None:
    """What the README shows of settings is taken as it stands: nothing in it is unknown or out of range."""
    value = eval(compile(ast.parse(block.strip(), mode="eval"), "README.md", "eval"), {"scenario": scenario})  # noqa: S307
    assert isinstance(value, scenario.RemoteAgent)


def test_the_readme_has_the_examples_that_are_tested_here() -> None:
    """Two tests and one constructor: fewer would mean that this file looks for the wrong thing."""
    assert len(BLOCKS) == 3
