"""Every value knows the line on which it stands, in each of the three formats."""

from __future__ import annotations

from typing import Any

import pytest

from scenario.files.json_text import json_node
from scenario.files.node import Path
from scenario.files.toml_text import toml_node
from scenario.files.yaml_text import yaml_node

YAML = """\
# a comment
agent: &agent
  url: |
    long
    text
  headers: {a: "1",
    b: "2"}
list:
  - one
  - two:
      three: 3
other: *agent
merged:
  <<: *agent
  method: GET
"""
TOML = '''\
# a comment
name = "x" # with [brackets]
[agent]
url = """
[not.a.table]
not = "a key"
"""
"quoted key" = 1
headers.a = "1"
matrix = [
  ["a", "b"],
  ["c = d"],
]
last = 2

[[scenarios]]
name = "a"
[scenarios.judge]
criteria = ["One"]

[[scenarios]]
name = 'b'
[scenarios.judge]
model = "m"
[[scenarios.steps]]
user = "Hi"
[[scenarios.steps]]
user = "Bye"
'''
JSON = '{\n  "a": {\n    "b": [1,\n      {"c": "x\\ny"}]\n  },\n\t"d": null\n}\n'

CASES: list[tuple[Any, str, Path, int]] = [
    (yaml_node, YAML, ("agent",), 2),
    (yaml_node, YAML, ("agent", "url"), 3),
    (yaml_node, YAML, ("agent", "headers", "b"), 7),
    (yaml_node, YAML, ("list", 0), 9),
    (yaml_node, YAML, ("list", 1, "two", "three"), 11),
    (yaml_node, YAML, ("other",), 12),
    (yaml_node, YAML, ("other", "url"), 3),
    (yaml_node, YAML, ("merged", "url"), 3),
    (yaml_node, YAML, ("merged", "method"), 15),
    (toml_node, TOML, ("name",), 2),
    (toml_node, TOML, ("agent",), 3),
    (toml_node, TOML, ("agent", "url"), 4),
    (toml_node, TOML, ("agent", "quoted key"), 8),
    (toml_node, TOML, ("agent", "headers", "a"), 9),
    (toml_node, TOML, ("agent", "matrix", 1, 0), 12),
    (toml_node, TOML, ("agent", "last"), 14),
    (toml_node, TOML, ("scenarios", 0, "name"), 17),
    (toml_node, TOML, ("scenarios", 0, "judge", "criteria"), 19),
    (toml_node, TOML, ("scenarios", 1, "name"), 22),
    (toml_node, TOML, ("scenarios", 1, "judge", "model"), 24),
    (toml_node, TOML, ("scenarios", 1, "steps", 0, "user"), 26),
    (toml_node, TOML, ("scenarios", 1, "steps", 1, "user"), 28),
    (json_node, JSON, ("a",), 2),
    (json_node, JSON, ("a", "b"), 3),
    (json_node, JSON, ("a", "b", 1, "c"), 4),
    (json_node, JSON, ("d",), 6),
]


@pytest.mark.parametrize(("read", "text", "path", "line"), CASES)
def test_a_value_knows_its_line(read: Any, text: str, path: Path, line: int) -> None:
    """That of its key, or its own in a list; behind an alias that of the block itself."""
    node = read(text, "file")
    assert node.find(path).line == line
    plain = node.plain()
    for key in path:
        plain = plain[key]
    assert node.find(path).plain() == plain
