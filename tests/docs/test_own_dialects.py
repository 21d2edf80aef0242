"""The guide to dialects of one's own is true: its dialect passes its own test, and its rules are all there are."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from scenario.testing.conformance.checking import RULE_NAMES

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "own-dialects.md").read_text(encoding="utf-8")


def test_the_guide_s_dialect_passes_the_guide_s_test(tmp_path: Path) -> None:
    """Both as they stand there, in a pytest of their own."""
    blocks = re.findall(r"```python\n# (\w+\.py)\n(.*?)```", GUIDE, re.DOTALL)
    assert [name for name, _ in blocks] == ["house_dialect.py", "test_house_dialect.py"]
    for name, code in blocks:
        (tmp_path / name).write_text(code)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_house_dialect.py")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_the_guide_s_entry_point_names_the_guide_s_dialect() -> None:
    """By the group that the registry reads."""
    (toml,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    assert tomllib.loads(toml)["project"]["entry-points"] == {"scenario.dialects": {"house": "house_dialect:House"}}
    assert "class House(Dialect):" in GUIDE


def test_the_guide_tells_of_every_rule() -> None:
    """And of none that is not there."""
    assert re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE) == list(RULE_NAMES)


def test_the_readme_leads_to_the_guide() -> None:
    """Who starts with the README finds it."""
    assert "docs/own-dialects.md" in (ROOT / "README.md").read_text(encoding="utf-8")
