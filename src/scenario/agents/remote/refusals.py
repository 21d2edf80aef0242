"""What a refusal teaches beside the dialect: that the server keeps no conversation, or which models it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from scenario.agents.remote.learning import Learnt
from scenario.agents.remote.preparation import Asking
from scenario.exchange import Exchange
from scenario.protocols.body_ends import start_of
from scenario.protocols.json_text import NOT_JSON, read_json

_OF_THE_REQUEST: Final = (400, 404, 422)
# A key may be for some of the models only.
_OF_THE_KEY: Final = (401, 403)
_LOOK_SECONDS: Final = 5.0
_PREVIOUS: Final = "previous_response_id"
_UNNAMED: Final = "default"
# Where a model's endpoint lies below the root under which the models are listed.
_BELOW_MODELS: Final = ("/chat/completions", "/completions", "/responses", "/messages")
_OLLAMA: Final = ("/api/chat", "/api/generate")
_MOST_NAMED: Final = 20
_LONGEST_SAID: Final = 200


async def lessons_of(refused: Exchange, asking: Asking, known: Learnt) -> Learnt | None:
    """What is known after a refusal that teaches how to ask again; None where it teaches nothing new.

    Where it speaks of the model and the server has several, the exchange's error is made to name them.
    """
    if refused.status not in (*_OF_THE_REQUEST, *_OF_THE_KEY):
        return None
    sent = read_json(refused.request.body) if refused.request.body else NOT_JSON
    body = sent if isinstance(sent, dict) else {}
    words = start_of(refused.chunks).lower()
    if _PREVIOUS in body and not known.forgets and _speaks_of_the_response(str(body[_PREVIOUS]), words):
        return known.with_no_memory()
    if "model" not in body and "$model" not in repr(asking.plan.body):
        return None
    if asking.turn.model is None and _speaks_of_the_model(refused, body, words):
        return await _with_model(refused, asking, known)
    return None


def _speaks_of_the_response(identity: str, words: bytes) -> bool:
    return b"previous" in words or identity.lower().encode("utf-8", "replace") in words


def _speaks_of_the_model(refused: Exchange, body: dict[str, Any], words: bytes) -> bool:
    if body.get("model", _UNNAMED) != _UNNAMED:
        return False
    if refused.status in _OF_THE_KEY or "model" not in body:
        return b"model" in words
    return b"model" in words or _UNNAMED.encode() in words


async def _with_model(refused: Exchange, asking: Asking, known: Learnt) -> Learnt | None:
    models: list[str] = []
    place = ""
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            for place in _places(refused):
                answered = await asking.get(place)
                if answered is not None and answered.head.status == 200:
                    models = _names(read_json(answered.body))
                if models:
                    break
    except TimeoutError:
        return None
    if len(models) == 1:
        return known.with_model(models[0], f"the only model that {place} names")
    if models:
        said = (refused.error or "it refused the request").rstrip(".")
        # An error is shown up to a length of its own: what to do must not be cut off.
        said = said if len(said) <= _LONGEST_SAID else f"{said[:_LONGEST_SAID]}…"
        named = ", ".join(map(repr, models[:_MOST_NAMED])) + (", …" if len(models) > _MOST_NAMED else "")
        refused.error = f"{said}. Say model=…: {place} names {named}"
    return None


def _places(refused: Exchange) -> Iterator[str]:
    """Where the models may be listed, by the path that was asked."""
    path = urlsplit(refused.request.url).path.rstrip("/")
    for ending in _OLLAMA:
        if path.endswith(ending):
            yield f"{path.removesuffix(ending)}/api/tags"
    for ending in _BELOW_MODELS:
        if path.endswith(ending):
            yield f"{path.removesuffix(ending)}/models"
            if not path.removesuffix(ending).endswith("/v1"):
                yield "/v1/models"
            return


def _names(listed: Any) -> list[str]:
    """The names in OpenAI's list, or in Ollama's."""
    if not isinstance(listed, dict):
        return []
    for key, name in (("data", "id"), ("models", "model"), ("models", "name")):
        found = listed.get(key)
        names = (
            [one[name] for one in found if isinstance(one, dict) and isinstance(one.get(name), str)]
            if isinstance(found, list)
            else []
        )
        if names:
            # A gateway's pattern, such as "openai/*", is no model.
            return [name for name in dict.fromkeys(names) if "*" not in name]
    return []
