"""A model at a server on loopback, whose waits are noted and not waited."""

from __future__ import annotations

from typing import Any

from scenario.llm.model import Model
from scenario.llm.participant_model import open_model
from scenario.llm.resolve import ModelSettings, resolve_model
from scenario.testing import ModelServer


class Waits:
    """The seconds that somebody wanted to wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Note them."""
        self.seconds.append(seconds)


def model_at(
    server: ModelServer, name: str = "openai/test-model", *, waits: Waits | None = None, **settings: Any
) -> Model:
    """A model at that server."""
    told = ModelSettings(model=name, api_base=server.base_url, **settings)
    return open_model(resolve_model(told, {}), sleep=waits or Waits(), jitter=lambda: 0.5)


QUESTION: list[dict[str, Any]] = [{"role": "user", "content": "Hello?"}]
