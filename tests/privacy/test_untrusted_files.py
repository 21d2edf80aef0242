"""`scenario run --untrusted` takes a file for data: nothing of this machine is run, read or sent for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scenario.cli.main import main
from scenario.errors import ScenarioFileError
from scenario.files.loading import load

HEAD = "name: a\nagent:\n  url: http://127.0.0.1:9/chat\n"
END = "script:\n  - user: Hi\n  - agent\n  - succeed: Fine\n"
REFUSED = {
    "an agent's code": ("name: a\nagent:\n  python: os:getcwd\n" + END, 3, "runs code of this machine"),
    "a check's code": (HEAD + END + "  - check:\n      python: os:getcwd\n", 9, "runs code of this machine"),
    "one of several checks": (HEAD + END + "  - checks:\n      - python: os:getcwd\n", 9, "runs code"),
    "code in a check in a check": (HEAD + END + "  - check: {any_of: [{not_: {python: 'a:b'}}]}\n", 8, "runs code"),
    "a criterion's code": (HEAD + "judge: [{python: 'os:getcwd'}]\n" + END, 4, "runs code"),
    "a checkpoint's code": (
        HEAD + END + "  - judge: {criteria: [{all_of: [{python: 'a:b'}]}]}\n",
        8,
        "runs code",
    ),
    "a schema's file": (HEAD + END + "  - check: {json_schema: /etc/x.json}\n", 8, "reads a file"),
    "a schema's file at length": (HEAD + "judge: [{json_schema: {schema: x.json}}]\n" + END, 4, "reads a file"),
    "a server of embeddings": (
        HEAD + "judge: [{similar_to: {text: a, model: openai/e, api_base: 'http://127.0.0.1:9'}}]\n" + END,
        4,
        "key of a model",
    ),
    "the server of a judge above": (
        HEAD + "judge: {criteria: [a], escalate_to: {model: openai/e, api_base: 'http://127.0.0.1:9'}}\n" + END,
        4,
        "key of a model",
    ),
    "a cassette": (HEAD + "cassette: /tmp/x.cassette\n" + END, 4, "reads and writes a file"),
    "a cassette at length": (HEAD + "cassette: {path: x.cassette, mode: record}\n" + END, 4, "reads and writes a file"),
    "an agent's cassette": (HEAD + "  cassette: x.cassette\n" + END, 4, "reads and writes a file"),
    "a CA bundle": (HEAD + "  verify: /etc/hosts\n" + END, 4, "reads a file"),
    "a certificate": (HEAD + "  cert: /etc/hosts\n" + END, 4, "sends a certificate"),
    "a form's file": (HEAD + "  form:\n    cv: {file: /etc/hosts}\n" + END, 5, "sends a file"),
    "rows of a file": (HEAD + "parameters:\n  file: /etc/hosts.csv\n" + END, 5, "reads a file"),
    "another scenario file": ("extends: ../other.yaml\n" + HEAD + END, 1, "reads another file"),
    "a variable in a header": (HEAD + "  headers: {X: $env.HOME}\n" + END, 4, r"\$env.HOME"),
    "a variable in the body": (HEAD + "  request: {a: [$env.HOME]}\n" + END, 4, r"\$env.HOME"),
    "a variable of a judge": (HEAD + "judge: {criteria: [a], model: $env.HOME}\n" + END, 4, r"\$env.HOME"),
    "a model's server": (HEAD + "judge: {criteria: [a], api_base: 'http://127.0.0.1:9'}\n" + END, 4, "key of a model"),
    "a model's options": (HEAD + "user: {persona: p, options: {timeout: 3}}\n" + END, 4, "key of a model"),
    "a variable made of a row": (
        HEAD + "  headers: {X: '${of}.HOME'}\nparameters: {rows: [{of: $env}]}\n" + END,
        4,
        r"\$env.HOME",
    ),
    "one of several scenarios": (
        "scenarios:\n  - name: a\n    agent: {url: 'http://127.0.0.1:9', verify: x.pem}\n    script: [agent]\n",
        3,
        "reads a file",
    ),
    "a shared block": ("shared:\n  base:\n    agent: {python: 'os:getcwd'}\n" + HEAD + END, 3, "runs code"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_reaches_beyond_http_is_refused(tmp_path: Path, case: str) -> None:
    """With its line, and what to do."""
    text, line, why = REFUSED[case]
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioFileError, match=why) as refused:
        load(path, untrusted=True)
    assert f"a.yaml:{line}" in str(refused.value)
    assert "without --untrusted" in str(refused.value)


def test_what_is_http_is_taken(tmp_path: Path) -> None:
    """Headers, bodies, shared blocks, rows, texts that tell of such things, and fields of a body with such names."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "shared:\n  base:\n    agent: {headers: {X: y}}\n"
        "extends: base\n" + HEAD + "  request: {python: 3, file: a, api_base: b, q: $message}\n"
        "judge: [It knows python and api_base, {tool_called: {name: a, arguments: {python: 3, api_base: b}}},"
        " {json_schema: {schema: {properties: {python: {}, schema: {title: x.json}}}}}]\n"
        "parameters: {rows: [{city: Paris}]}\n" + END
    )
    (case,) = load(path, untrusted=True)
    assert case.parameters == {"city": "Paris"}


def test_the_command_refuses_before_anything_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module beside the file is not run; without --untrusted it is."""
    (tmp_path / "foreign_module_of_a_test.py").write_text("open('ran', 'w').close()\nagent = None\n")
    (tmp_path / "a.yaml").write_text("name: a\nagent:\n  python: foreign_module_of_a_test:agent\n" + END)
    runner = CliRunner()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    result = runner.invoke(main, ["run", "--untrusted", "--no-store", "a.yaml"])
    assert result.exit_code == 2
    assert "runs code of this machine" in result.stderr
    assert not Path("ran").exists()
    runner.invoke(main, ["run", "--no-store", "a.yaml"])
    assert Path("ran").exists()
