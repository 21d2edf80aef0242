"""A check that the agent's words mean about the same as others, by a model of embeddings."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ConfigurationError, ModelError, ScriptError, ScriptTypeError
from scenario.llm.participant_model import ParticipantModel
from scenario.llm.resolve import ModelSettings

_PATH: Final = "/v1/embeddings"
_WHO: Final = "similar_to"


@named
def similar_to(
    text: str, *, at_least: float = 0.8, model: str, api_base: str | None = None, api_key: str | None = None
) -> Callable[[ScenarioState], Awaitable[None]]:
    """The agent's last message means about what this text means, as a model of embeddings has it.

    Both are sent to `/v1/embeddings` of an OpenAI-compatible server, and the cosine of the angle between the vectors
    counts. What is "about the same" differs between models: 0.8 is high for some, and what unrelated texts have with
    others. Try yours with texts that should pass and texts that should not. The tokens are not counted in the run's.

    Args:
        text: what it should mean.
        at_least: the smallest cosine that is enough, above 0 and up to 1.
        model: the model of embeddings, "openai/text-embedding-3-small" or another "provider/model".
        api_base: the base URL of any OpenAI-compatible server.
        api_key: its key; by default that of the environment.

    Raises:
        ScriptTypeError: the text is none or is empty, or `at_least` is no such number.
        ConfigurationError: no such model is known. The check itself raises a ModelError where the model fails, and a
            ScriptError where the agent has said nothing yet.
    """
    given: tuple[Any, Any, Any] = text, at_least, model
    if not isinstance(given[0], str) or not text.strip():
        raise ScriptTypeError(f"scenario.checks.similar_to({text!r:.60}): give a text to compare with.")
    is_number = isinstance(given[1], int | float) and not isinstance(given[1], bool)
    if not is_number or not 0 < at_least <= 1:
        raise ScriptTypeError(f"scenario.checks.similar_to(at_least={at_least!r:.60}): give a number above 0, up to 1.")
    settings = ModelSettings(model=model, api_base=api_base, api_key=api_key)
    asked = ParticipantModel(settings, who=_WHO)
    if not isinstance(given[2], str) or asked.of_run(None).target.dialect != "openai-chat":
        here = f"scenario.checks.similar_to(model={model!r:.80})"
        raise ConfigurationError(f"{here}: name a model of embeddings at an OpenAI-compatible server.")

    async def check(state: ScenarioState) -> None:
        said = state.last_agent_message()
        if not said.strip():
            raise ScriptError("similar_to: the agent has said nothing yet: let it answer first.")
        opened = asked.of_run(state.config)
        answer = await opened.post(_PATH, {"input": [text, said], "encoding_format": "float"})
        cosine = _cosine(*_vectors(answer, partial(ModelError, f"similar_to: {opened.name} gave no two vectors.")))
        if cosine < at_least:
            raise AssertionError(f"similar_to: the cosine is {cosine:.3f}, not {at_least:g} or more: {said[:300]!r}")

    return check


def _vectors(answer: dict[str, Any], failure: Callable[[], ModelError]) -> tuple[list[float], list[float]]:
    """The vectors of two texts, by the numbers that the server gives them, each at most 1 in any direction.

    Raises:
        ModelError: there are no two, or they have no numbers in them.
    """
    data = answer.get("data")
    entries = [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
    by_index: dict[int, Any] = {}
    for place, one in enumerate(entries):
        index = one.get("index", place)
        by_index[index if type(index) is int else place] = one.get("embedding")
    first, second = (_scaled(by_index.get(index)) for index in (0, 1))
    if first is None or second is None or len(first) != len(second):
        raise failure()
    return first, second


def _scaled(vector: Any) -> list[float] | None:
    """A vector whose largest number is 1 or -1, so that no product of two is out of range; None where it is none."""
    if not isinstance(vector, list) or not all(type(one) in (int, float) for one in vector):
        return None
    largest = max(map(abs, vector), default=0)
    if not largest or not math.isfinite(largest) or any(math.isnan(one) for one in vector):
        return None
    return [one / largest for one in vector]


def _cosine(first: list[float], second: list[float]) -> float:
    dot = math.fsum(one * other for one, other in zip(first, second, strict=True))
    return dot / (math.hypot(*first) * math.hypot(*second))
