"""The cast with a model: user and judge, and the agent where that is wanted. What a cast by rules has no need of."""

from __future__ import annotations

import os

from scenario.agents.judge.agent import JudgeAgent
from scenario.agents.user_simulator.agent import UserSimulatorAgent
from scenario.demo.cast import Cast, by_rules_alone
from scenario.demo.forecast import CITIES
from scenario.demo.scenarios import ANSWERED, user_by_plan
from scenario.demo.weather_agent import Answer, by_rules
from scenario.llm.embedded.manifest import DEFAULT_MODEL
from scenario.llm.model_name import EMBEDDED
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.types import Message, Usage


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
    silences = "; where it falls silent, a plan asks" if embedded else ""  # others always say something
    shown = f"what {how} has" if model.endswith("/") else model
    agent = f"{shown}, streamed word by word" if agent_too else by_rules_alone().parts[0][1]
    return Cast(
        model=model,
        respond=_by_model(model) if agent_too else by_rules,
        user=user_by_plan(UserSimulatorAgent(model=model)),
        judge=JudgeAgent(model=model, criteria=list(ANSWERED)),
        parts=(
            ("agent", agent),
            ("user", f"{shown} (found: {how}){small}{silences}"),
            ("judge", f"that the user asked: rules; what the agent said: {shown}, criterion by criterion{small}"),
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
