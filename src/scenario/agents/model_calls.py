"""How participants that are played by a model speak to it: what they report, and whose fault a failure is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

from scenario.dialects.openai.chat import usage_of
from scenario.dialogue.adapter import CallObserver
from scenario.errors import JudgeError, ScenarioError, UserSimulatorError
from scenario.llm.embedded.slot_room import Post
from scenario.llm.endpoint import secrets_of
from scenario.llm.model import Completion, Model


class BlamedOn:
    """Failures of a model become failures of the participant that it plays; what was wrong stays its cause.

    Args:
        error_type: the failure of its role.
        participant: whom it plays.
    """

    # A class: tracebacks of a generator's would show the standard library's lines.
    def __init__(self, error_type: type[JudgeError] | type[UserSimulatorError], participant: object) -> None:
        self._error_type = error_type
        self._participant = participant

    def __enter__(self) -> None:
        """Nothing is to be done yet."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Tell it as the participant's."""
        if isinstance(error, ScenarioError):
            blamed = self._error_type(f"[{type(self._participant).__name__}] {error}")
            # A missing key is not the judge's fault.
            blamed.fault = error.fault if error.fault == "configuration" else blamed.fault
            raise blamed from error


def told_of_secrets(model: Model, observer: CallObserver) -> Model:
    """The model, of whose key the run has been told."""
    if secrets := secrets_of(model.target):
        observer.keeps_secret(secrets)
    return model


def reporter(model: Model, observer: CallObserver) -> Callable[[Completion], None]:
    """What tells the run of each completion; one from disk has cost nothing, and is not told."""

    def report(completion: Completion) -> None:
        if not completion.cached:
            observer.model_called(model.name, completion.usage, seconds=completion.seconds, cost=completion.cost)

    return report


def reported_post(model: Model, observer: CallObserver) -> Post:
    """`model.post` for an embedded model, of whose answers the run is told."""

    async def post(path: str, body: dict[str, object]) -> dict[str, Any]:
        began = perf_counter()
        answer = await model.post(path, body)
        if isinstance(usage := answer.get("usage"), Mapping):
            observer.model_called(model.name, usage_of(usage), seconds=perf_counter() - began, cost=None)
        return answer

    return post
