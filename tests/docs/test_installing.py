"""What is said of installing is true: no index is asked for what it has not, and where things come from is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

from scenario.llm.embedded.manifest import embedded_models
from scenario.llm.extras import ANY_LLM, RUNTIME

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
FROM_AN_INDEX = re.compile(
    r"""(pip|uv|pipx|poetry|uvx)\b[^`\n]*(install|add|run)?[^`\n/]* ['"]?scenario[-_]testing(\[|['"`\s]|==|$)"""
)


def texts() -> Iterator[tuple[Path, str]]:
    """Every text of the repository that a person reads, or a program prints."""
    for folder in ("src", "docs", "examples", "viewer"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".md", ".yml", ".yaml", ".toml", ".html", ".js", ".json", ".txt"}:
                yield path, path.read_text(encoding="utf-8")
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md", "Makefile"):
        yield ROOT / name, (ROOT / name).read_text(encoding="utf-8")


def test_nobody_is_sent_to_an_index_for_this_package() -> None:
    """It is on none, so that no text says `pip install` and its name; of an extra, its content is named."""
    assert FROM_AN_INDEX.search("pip install 'scenario-testing[local]'")
    assert FROM_AN_INDEX.search("run `pip install scenario-testing`")
    assert not FROM_AN_INDEX.search("pip install wheels/scenario_testing-*.whl")
    found = {str(path.relative_to(ROOT)) for path, text in texts() if FROM_AN_INDEX.search(text)}
    assert found == set()


def test_an_extra_s_remedy_installs_what_the_extra_does() -> None:
    """The requirements that errors and `doctor` name are those of pyproject.toml."""
    extras = PROJECT["project"]["optional-dependencies"]
    assert (extras["local"], extras["any-llm"]) == ([RUNTIME], [ANY_LLM])


def test_the_readme_begins_with_the_two_commands_that_set_everything_up() -> None:
    """The first commands are `make demo` and `make test`; installing from a clone and a wheel comes next."""
    first, second = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[:2]
    assert [line.partition("#")[0].strip() for line in first.splitlines()] == ["make demo", "make test"]
    assert [line.partition("#")[0].strip() for line in second.splitlines()] == [
        "pip install /path/to/scenario",
        "make wheel",
    ]
    assert README.index(second) < 2000


@pytest.mark.parametrize("template", ["github-actions.yml", "gitlab-ci.yml"])
def test_a_template_for_ci_installs_a_wheel_that_make_wheel_writes(template: str, tmp_path: Path) -> None:
    """The template's own line, run where such a wheel lies, with no index to ask."""
    parsed = yaml.safe_load((ROOT / "examples" / "ci" / template).read_text(encoding="utf-8"))
    job = parsed.get("jobs", parsed)["scenarios"]
    lines = [step if isinstance(step, str) else step.get("run", "") for step in job.get("steps") or job["script"]]
    (install,) = [line for line in lines if "pip install" in line]
    (_,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path / "wheels"), versions=["standard"])
    # `pip` as the template's shell finds it: that of this environment.
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environ |= {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1", "PIP_DRY_RUN": "1", "PIP_IGNORE_INSTALLED": "1"}
    done = subprocess.run(["sh", "-c", install], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Would install scenario-testing-" in done.stdout


def test_the_page_on_embedded_models_names_what_is_pinned() -> None:
    """File, size, hash, licence, makers' page and packages of each model, as the manifest pins them."""
    page = (ROOT / "docs" / "embedded-models.md").read_text(encoding="utf-8")
    rows = [line.replace("`", "") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(embedded_models())
    for row, (name, model) in zip(rows, embedded_models().items(), strict=True):
        _, *cells, packages, _ = (cell.strip() for cell in row.split("|"))
        assert cells == [name, model.file, str(model.size), model.sha256, model.license, f"<{model.upstream}>"]
        named = list(dict.fromkeys([model.parts[0].project, model.parts[-1].project]))
        assert packages == f"{' … '.join(named)} {model.parts[0].version}"
