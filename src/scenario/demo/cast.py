"""Who plays the demonstration: what was found on this machine, and what that makes of agent, user and judge."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec

from scenario.agents.judge.agent import JudgeAgent
from scenario.agents.user_simulator.agent import UserSimulatorAgent
from scenario.config import in_force
from scenario.demo.forecast import CITIES
from scenario.demo.scenarios import PASSING, judge_by_rules, user_by_plan
from scenario.demo.weather_agent import Answer, by_rules
from scenario.dialogue.adapter import AgentAdapter
from scenario.llm.embedded.manifest import DEFAULT_MODEL
from scenario.llm.model_name import EMBEDDED
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, found_model, resolve_model
from scenario.types import Message, Usage

NO_MODEL = "none"


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """The parts, each with the words that say what plays it.

    Attributes:
        model: the model's name; None where everything goes by rules.
        respond: what the agent says.
    """

    model: str | None
    respond: Answer
    user: AgentAdapter
    judge: AgentAdapter
    parts: tuple[tuple[str, str], ...]


def find_model(named: str | None, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """The model to play with, and how it was found; None where there is none, or none is wanted."""
    if named is not None:
        return None if named == NO_MODEL else (named, "--model")
    return found_model(environ, in_force().default_model)


def by_rules_alone() -> Cast:
    """Everything by rules: the same each time, with no model at all."""
    return Cast(
        model=None,
        respond=by_rules,
        user=user_by_plan(),
        judge=judge_by_rules(),
        parts=(
            ("agent", f"rules over a table of {len(CITIES)} cities, streamed word by word"),
            ("user", "a plan of three lines"),
            ("judge", "deterministic checks"),
        ),
    )


def with_model(model: str, how: str, *, agent_too: bool) -> Cast:
    """A model as user and judge, and as the agent where that is wanted.

    Args:
        model: "provider/model", or "embedded".
        how: how it was found, in words.
        agent_too: let it answer as the agent.
    """
    embedded = model.partition("/")[0] == EMBEDDED
    model = f"{EMBEDDED}/{DEFAULT_MODEL}" if model == EMBEDDED else model
    small = "; small and experimental, expect doubt" if embedded else ""
    shown = f"what {how} has" if model.endswith("/") else model
    agent = f"{shown}, streamed word by word" if agent_too else by_rules_alone().parts[0][1]
    return Cast(
        model=model,
        respond=_by_model(model) if agent_too else by_rules,
        user=user_by_plan(UserSimulatorAgent(model=model)),
        judge=JudgeAgent(model=model, criteria=list(PASSING)),
        parts=(
            ("agent", agent),
            ("user", f"{shown} (found: {how}){small}"),
            ("judge", f"{shown}, one verdict for each criterion{small}"),
        ),
    )


def _by_model(name: str) -> Answer:
    table = "; ".join(
        f"{city}: {w.celsius}°C, {w.sky}, {w.wind}, chance of rain {w.rain}%, tomorrow {w.tomorrow}°C"
        for city, w in CITIES.items()
    )
    instructions = f"You are a weather assistant. Answer in one or two short sentences, from this table only. {table}"
    model = open_model(resolve_model(ModelSettings(model=name), os.environ, who="the demo's agent"))

    async def respond(messages: list[Message]) -> tuple[str, Usage]:
        completion = await model.complete([{"role": "system", "content": instructions}, *messages])
        return completion.reply.text, completion.usage

    return respond
