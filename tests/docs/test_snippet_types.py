"""Type checkers accept every piece of Python that this repository shows, and know every public name.

Documents and examples are found by looking for them: a new one is checked from the day on which it is there.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from click.testing import CliRunner

import scenario
from scenario.cli.main import main
from scenario.probe.pasting import paste
from scenario.probe.probing import probe
from scenario.probe.target import Target, checked
from scenario.testing import AgentServer
from tests.docs.snippets import (
    ROOT,
    CheckedFile,
    Snippet,
    documents,
    of_docstrings,
    of_markdown,
    of_repository,
    written,
)
from tests.docs.type_checkers import Checker, Complaint, mypy, pyright

# Beside what is right and common: an attribute that is not there, in a list; a None, in a function; a word for a
# number, in a docstring; what is awaited at the outermost level; a name of an earlier piece.
PLANTED = """\
# A guide

```python
# guided.py
import scenario


def answered(state: scenario.ScenarioState) -> None:
    assert state.last_exchange.outcome == "complete"
    assert state.last_exchange.error.startswith("x")
```

- In a list:

  ```py
  answered(scenario.ScenarioState())
  scenario.ScenarioState().last_exchange.outcom
  ```

```sh
scenario run --nonsense
```

```python
from guided import answered

result = await scenario.run("n", "d", script=[answered, scenario.succeed()])
assert result.sucess
```
"""
PLANTED_MODULE = '''\
"""A module.

    scenario.checks.ttft_below("2")

and no Python:

    scenario run --nonsense
"""


def read(source: bytes) -> int:
    """Reads.

    Example:
        >>> len(b"a")
        1
        >>> len(1)
        1
    """
    return len(source)
'''
PLANTED_LINES = {("guide.md", 10), ("guide.md", 17), ("guide.md", 28), ("module.py", 3), ("module.py", 17)}
USER_CODE = ROOT / "tests" / "typing" / "test_user_code.py"


def public_names() -> Snippet:
    """Each name that the package offers, on a line of its own."""
    modules = {
        "scenario": [*scenario.__all__, *scenario._MODULES],
        "scenario.checks": scenario.checks.__all__,
        "scenario.protocol": scenario.protocol.__all__,
        "scenario.testing": scenario.testing.__all__,
    }
    names = [f"{module}.{name}" for module, names in modules.items() for name in names if not name.startswith("_")]
    return Snippet(document="public names", line=1, code="".join(f"print({name})\n" for name in names))


def made(folder: Path) -> list[Snippet]:
    """The tests that `scenario init` and `scenario probe` write."""
    done = CliRunner().invoke(main, ["init", "--url", "http://localhost:8000/chat", "--folder", str(folder)])
    assert done.exit_code == 0, done.output
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    return [Snippet(document="made by a command", line=1, code=text) for text in (*texts, asyncio.run(pasted()))]


async def pasted() -> str:
    """The test that a probe of an agent writes."""
    async with AgentServer("Hello", style="json") as agent:
        found = await probe(checked(Target(url=agent.url)))
    assert found.best is not None
    return paste(found, found.best).test


def examples() -> tuple[list[CheckedFile], list[Snippet]]:
    """Whole files, where they are; as a snippet where another one of them would be imported by the same name."""
    files: dict[str, CheckedFile] = {}
    others = []
    for path in documents(".py", "examples"):
        document = path.relative_to(ROOT).as_posix()
        name = document if (path.parent / "__init__.py").exists() else path.stem
        if name in files:
            others.append(Snippet(document=document, line=1, code=path.read_text(encoding="utf-8")))
        else:
            files[name] = CheckedFile(path=path, document=document)
    return list(files.values()), others


def test_mypy_accepts_every_snippet_and_tells_where_one_is_wrong(tmp_path: Path) -> None:
    """In READMEs, guides, docstrings, examples and generated tests; complaints name the document's own line."""
    planted, others = told(mypy, tmp_path)
    assert not others, "\n".join(map(str, others))
    assert {(each.document, each.line) for each in planted} == PLANTED_LINES


def test_pyright_accepts_every_snippet_and_tells_where_one_is_wrong(tmp_path: Path) -> None:
    """The same, in its strict mode; of users' code it refuses what mypy refuses, line by line."""
    planted, others = told(pyright, tmp_path, CheckedFile(path=USER_CODE, document="user code"))
    refused = {each.line for each in others if each.document == "user code"}
    others = [each for each in others if each.document != "user code"]
    assert not others, "\n".join(map(str, others))
    assert {(each.document, each.line) for each in planted} == PLANTED_LINES
    lines = USER_CODE.read_text(encoding="utf-8").splitlines()
    assert refused == {number for number, line in enumerate(lines, start=1) if "# type: ignore" in line}
    assert len(refused) > 5


def told(checker: Checker, folder: Path, *more: CheckedFile) -> tuple[list[Complaint], list[Complaint]]:
    """What a checker complains about: in what was planted, and in all that this repository shows."""
    files, copied = examples()
    planted = [*of_markdown(PLANTED, "guide.md"), *of_docstrings(PLANTED_MODULE, "module.py", around="")]
    snippets = [*of_repository(), *copied, public_names(), *made(folder / "init"), *planted]
    files += [*more, *written(snippets, folder / "snippets", taken=[file.path.stem for file in files])]
    complaints = checker(files, folder)
    wrong = [each for each in complaints if each.document in {"guide.md", "module.py"}]
    return wrong, [each for each in complaints if each not in wrong]


def test_documents_are_found_by_looking_for_them() -> None:
    """Not from a list that somebody has to remember."""
    found = {snippet.document for snippet in of_repository()}
    assert {"README.md", "src/scenario/__init__.py", "src/scenario/checks/__init__.py"} <= found
    assert "docs/scenario-files.md" in {path.relative_to(ROOT).as_posix() for path in documents(".md")}
    assert {"test_judged.py", "weather_agent.py"} <= {file.path.name for file in examples()[0]}
