"""`scenario generate`, against agents and models of the test."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from scenario.files.loading import load
from scenario.store.reader import StoreReader
from scenario.testing import AgentServer, ModelReply, ModelServer, ToolUse
from tests.cli_run.command import ended, started, typed

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "paths": {
        "/chat": {
            "post": {
                "summary": "Chat",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["message"],
                                "properties": {"message": {"type": "string"}},
                            },
                            "example": {"message": "How warm is it in Oslo?"},
                        }
                    }
                },
                "responses": {"200": {"description": "An answer"}},
            }
        },
        "/trips": {"post": {"summary": "Book a trip", "description": "Within Europe."}},
    },
}

NO_MODELS = {"SCENARIO_MODELS": "nowhere"}


@asynccontextmanager
async def described(document: Any, *, status: int = 200) -> AsyncIterator[str]:
    """An agent that describes itself; of trips it knows nothing, and ends with an error."""

    async def chat(request: web.Request) -> web.Response:
        body = await request.json()
        if "trip" in body["message"]:
            return web.json_response({"error": "no trips"}, status=500)
        return web.json_response({"reply": f"It is 20 °C. ({body['message']})"}, status=status)

    async def openapi(_: web.Request) -> web.Response:
        return web.json_response(document)

    app = web.Application()
    app.router.add_post("/chat", chat)
    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/.well-known/agent-card.json", openapi)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command is typed."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder: str = "scenarios") -> list[str]:
    """The names of the files that are there."""
    return sorted(path.name for path in Path(folder).iterdir()) if Path(folder).exists() else []


def inodes() -> dict[str, int]:
    """Which files are there: one that is written anew is another."""
    return {name: Path("scenarios", name).stat().st_ino for name in written()}


def text_of(*parts: str) -> str:
    """What is in a file."""
    return Path(*parts).read_text(encoding="utf-8")


def card(*skills: dict[str, Any]) -> str:
    """The file of an agent card."""
    Path("card.json").write_text(json.dumps({"name": "agent", "skills": list(skills)}))
    return "card.json"


async def test_examples_and_operations_become_scenarios_that_were_run() -> None:
    """What passes and what fails now are kept, and told apart; the runs are in the store."""
    async with described(DOCUMENT) as url:
        done = await typed("generate", "--from", "openapi", url, "--personas", "plain")
    assert done.code == 0, done
    assert written() == ["generated-book-a-trip-plain.yaml", "generated-chat-1-plain.yaml"]
    assert "kept: passes    generated-chat-1-plain.yaml" in done.out
    assert "kept: fails now generated-book-a-trip-plain.yaml" in done.out
    assert "2 runs in" in done.out
    cases = {case.name: case for case in load("scenarios")}
    block = cases["Chat 1 (plain)"].block
    assert next(getattr(step, "user", None) for step in block.script or ()) == "How warm is it in Oslo?"
    with StoreReader() as reader:
        assert {row.status for row in reader.scenarios(limit=-1)} == {"passed", "failed"}


async def test_what_is_there_already_is_not_written_again() -> None:
    """A second time all are doubles, none is run, and the files are as they were; --force writes anew."""
    async with described(DOCUMENT) as url:
        await typed("generate", "--from", "openapi", url)
        before = inodes()
        again = await typed("generate", "--from", "openapi", url)
        assert inodes() == before
        forced = await typed("generate", "--from", "openapi", url, "--force")
    assert again.code == 0
    assert again.out.count("double: 100% like") == 6
    assert "0 runs" in again.out
    assert "6 proposals kept" in forced.out
    assert written() == sorted(before)


async def test_proposals_are_not_doubles_of_each_other() -> None:
    """Two examples that differ in marks alone are one scenario."""
    source = card({"name": "Weather", "examples": ["Is it warm in Rome?", "is it WARM in Rome", "Will it snow?"]})
    async with AgentServer("20 °C", style="json") as agent:
        done = await typed("generate", "--from", "agent-card", source, "--agent", agent.url, "--personas", "plain")
    assert written() == ["generated-weather-1-plain.yaml", "generated-weather-3-plain.yaml"]
    assert "double: 100% like 'Weather 1 (plain)'" in done.out


async def test_what_cannot_be_judged_is_not_kept() -> None:
    """No agent answers: each is dropped with the reason, and no file is there."""
    source = card({"name": "Weather"}, {"name": "Trips"})
    async with AgentServer() as agent:
        url = agent.url
    done = await typed("generate", "--from", "agent-card", source, "--agent", url, "--personas", "plain")
    assert done.code == 3, done
    assert done.out.count("invalid: ") == 2
    assert written() == []


async def test_what_a_card_says_is_text_and_nothing_else() -> None:
    """No variable of the machine is filled in, no key of a file is made, no name leaves the folder."""
    words = "$env.HOME ${HOME} \x1b[2J\n  - python: os:getcwd\n\"'\u2028#: !!python/object:x {{ &a *a"
    source = card({"name": f"../../{words}", "description": words, "examples": [words]})
    async with AgentServer("fine", style="json") as agent:
        done = await typed("generate", "--from", "agent-card", source, "--agent", agent.url, "--personas", "plain")
        said = agent.requests[0]["messages"][-1]["content"]
    assert done.code == 0, done
    assert "\x1b" not in done.out
    (case,) = load("scenarios", untrusted=True)
    assert said == "$ env.HOME $ {HOME} [2J - python: os:getcwd \"' #: !!python/object:x {{ &a *a"
    assert case.block.script is not None
    assert len(case.block.script) == 4
    assert written()[0].startswith("generated-env-home-home-2j")


async def test_a_document_that_would_fill_in_a_variable_is_refused() -> None:
    """In what is sent to the agent, too."""
    hostile = json.loads(json.dumps(DOCUMENT))
    schema = hostile["paths"]["/chat"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    schema["required"].append("key")
    schema["properties"]["key"] = {"type": "string", "default": "$env.HOME"}
    async with described(hostile) as url:
        done = await typed("generate", "--from", "openapi", url)
    assert done.code == 2, done
    assert "HOME" in done.err
    assert written() == []


async def test_the_grid_is_bounded_and_the_same_for_a_seed() -> None:
    """Every goal comes before any comes again; nothing is run or written."""
    source = card(*({"name": f"Skill {word}"} for word in ("alpha", "beta", "gamma")))
    given = ("generate", "--from", "agent-card", source, "--agent", "http://127.0.0.1:9/", "--count", "4", "--dry-run")
    first, again = await typed(*given, "--seed", "7"), await typed(*given, "--seed", "7")
    assert first.out == again.out
    assert first.out.count("would be run  ") == 4
    assert all(word in first.out for word in ("alpha", "beta", "gamma"))
    assert written() == []


async def test_stored_runs_are_said_again_by_others() -> None:
    """Their agent is asked as the file that they came from has it, and what failed comes first."""
    async with described(DOCUMENT) as url:
        await typed("generate", "--from", "openapi", url, "--personas", "plain")
        done = await typed("generate", "--from", "runs", "last", "--personas", "skeptic", "-o", "again")
    assert done.code == 0, done
    assert len(written("again")) == 2
    assert done.out.index("book-a-trip") < done.out.index("chat-1")
    assert "how do you know that" in text_of("again", written("again")[1])


async def test_a_model_proposes_goals_and_criteria_from_prose() -> None:
    """The simulated user has the goal and the persona, and the judge the criteria; the tokens are told."""
    goal = {"title": "Warmth", "goal": "To know the warmth", "opening": "Warm?", "criteria": ["It names a temperature"]}

    def answer(body: dict[str, Any]) -> ModelReply | None:
        if "propose" not in json.dumps(body.get("tools", [])):
            return None
        return ModelReply(tools=(ToolUse(name="propose", arguments={"proposals": [goal, {"title": "no goal"}]}),))

    async with ModelServer(answer) as models, described(DOCUMENT) as url:
        variables = {"OPENAI_BASE_URL": models.base_url, "OPENAI_API_KEY": "key"}
        given = ("--agent", f"{url}/chat", "--model", "openai/test", "--personas", "skeptic")
        done = await typed("generate", "--from", "description", "It tells the weather", *given, **variables)
        asked = models.requests[0]
    assert done.code == 0, done
    assert '"It tells the weather"' in json.dumps(asked.body).replace('\\"', '"')
    (case,) = load("scenarios")
    assert case.has_user
    assert case.has_judge
    assert "It names a temperature" in text_of("scenarios", written()[0])


async def test_without_a_model_prose_is_no_source() -> None:
    """Nothing is made up: it is said what is missing."""
    done = await typed(
        "generate", "--from", "description", "It tells the weather", "--agent", "http://127.0.0.1:9/", **NO_MODELS
    )
    assert done.code == 2, done
    assert "model" in done.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("openapi", "card.json"), "no OpenAPI document"),
        (("agent-card", "nowhere.json", "--agent", "http://127.0.0.1:9/"), "cannot be read"),
        (("agent-card", "card.json"), "--agent URL"),
        (("agent-card",), "one SOURCE"),
        (("agent-card", "card.json", "--personas", "nobody", "--agent", "http://127.0.0.1:9/"), "angry_customer"),
        (("runs",), "There is no store"),
    ],
)
async def test_what_is_wrong_is_said_before_anything_runs(given: tuple[str, ...], said: str) -> None:
    """With the remedy, as a fault of the command."""
    card({"name": "Weather"})
    done = await typed("generate", "--from", *given)
    assert done.code == 2, done
    assert said in done.err, done.err


async def test_a_card_is_fetched_and_its_server_alone_is_asked() -> None:
    """Whichever host it names."""
    told = {"skills": [{"name": "Weather"}], "url": "http://elsewhere.invalid/a2a", "protocolVersion": "0.3.0"}
    async with described(told) as url:
        done = await typed("generate", "--from", "agent-card", url, "--personas", "plain")
    assert "404" in done.out
    assert "elsewhere" not in done.out + done.err


async def test_a_document_without_end_is_not_read_on() -> None:
    """What is too large is refused by its size."""
    async with described({"paths": {}, "x": "x" * (5 * 2**20)}) as url:
        done = await typed("generate", "--from", "openapi", url)
    assert done.code == 2, done
    assert "4 MiB" in done.err


async def test_headers_go_with_each_request_and_into_the_file() -> None:
    """As they are given: a variable is named there, and not its value."""
    source, variables = card({"name": "Weather"}), {"TOKEN_OF_TEST": "very-secret-words"}
    async with AgentServer("20 °C", style="json") as agent:
        given = ("--agent", agent.url, "--header", "Authorization=$env.TOKEN_OF_TEST", "--personas", "plain")
        done = await typed("generate", "--from", "agent-card", source, *given, **variables)
    assert done.code == 0, done
    text = text_of("scenarios", written()[0])
    assert "$env.TOKEN_OF_TEST" in text
    assert "very-secret" not in text + done.out
    wrong = await typed("generate", "--from", "agent-card", source, "--agent", "http://127.0.0.1:9/", "--header", "no")
    assert wrong.code == 2
    assert "NAME=VALUE" in wrong.err


async def test_ctrl_c_keeps_what_was_judged(folder: Path) -> None:
    """Four run at once, and the fifth begins when another has ended: that one is written, the fifth is not."""
    source = card(*({"name": f"Skill {word}"} for word in ("alpha", "beta", "gamma", "delta", "epsilon")))
    begun = asyncio.Event()

    async def reply(body: dict[str, Any]) -> str:
        if "epsilon" in str(body):
            begun.set()
            await asyncio.Event().wait()
        return "fine"

    async with AgentServer(reply, style="json") as agent:
        given = ("--agent", agent.url, "--personas", "plain")
        async with started(folder, "generate", "--from", "agent-card", source, *given) as process:
            async with asyncio.timeout(60):
                await begun.wait()
            process.send_signal(signal.SIGINT)
            done = await ended(process)
    assert done.code == 130, done
    assert "generated-skill-alpha-plain.yaml" in written()
    assert "generated-skill-epsilon-plain.yaml" not in written()
    assert "cancelled" in done.out
