"""How a judge is asked, in words: what its figures hold for beside its models, their servers and the wording. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, Literal, Protocol

import msgspec

from scenario.agents.judge.kept_bands import server_of_judge
from scenario.llm.model import Model

_USUAL_STEPS: Final = 10
_DIGITS: Final = 12


class Told(Protocol):
    """What is read of a judge."""

    votes: int
    ask: Literal["all", "each"]
    controls: int | None
    system_prompt: str | None
    token_threshold: int | None
    sees_images: bool | None
    max_discovery_steps: int


def settings_told(judge: Told, models: Sequence[Model], above: Model | None = None) -> str:
    """Such as "votes=1 ask=all temperature=0.7"; what is as usual is left out, but for the first two.

    Instructions and keys of the request's body are told by a digest: they may be long, and secret.

    Args:
        judge: how it is set.
        models: those that vote.
        above: the one that is asked about what they leave undecided.
    """
    # To the embedded model and to decision models no temperature is sent.
    writing = [model.target for model in models if model.profile.judge == "structured"]
    told: dict[str, object] = {
        "votes": judge.votes,
        "ask": judge.ask,
        "controls": judge.controls,
        "temperature": _each(f"{one.temperature:g}" for one in writing if one.temperature),
        "max_tokens": _each(str(one.max_tokens) for one in writing if one.max_tokens is not None),
        "system_prompt": _digest(judge.system_prompt) if judge.system_prompt is not None else None,
        "token_threshold": judge.token_threshold,
        "sees_images": judge.sees_images,
        "max_discovery_steps": judge.max_discovery_steps if judge.max_discovery_steps != _USUAL_STEPS else None,
        "body": _each(_digest(one.settings.body) for one in writing if one.settings.body),
        "escalate_to": None if above is None else f"{above.name} at {server_told(above) or 'this machine'}",
    }
    return " ".join(f"{name}={value}" for name, value in told.items() if value is not None)


def server_told(model: Model) -> str:
    """Where a model is asked, without what is secret in an address; "" for one that runs on this machine for us."""
    return f"any-llm {model.target.any_llm}" if model.target.any_llm is not None else server_of_judge(model)


def _each(values: Iterable[str]) -> str | None:
    return ",".join(dict.fromkeys(values)) or None


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()[:_DIGITS]
