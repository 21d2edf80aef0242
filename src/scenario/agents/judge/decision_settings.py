"""Which settings of a judge have no effect with its models, and are refused therefore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from scenario.errors import ConfigurationError
from scenario.llm.model import Model
from scenario.llm.participant_model import ParticipantModel


class Judging(Protocol):
    """What is looked at of a judge."""

    system_prompt: str | None
    token_threshold: int | None
    sees_images: bool | None
    played_by: ParticipantModel


def demand_sense(judge: Judging, models: Sequence[Model], above: Model | None = None) -> None:
    """Refuse settings that models which give probabilities cannot heed.

    Args:
        judge: whose settings.
        models: who votes.
        above: who is asked about what they leave undecided, with the judge's settings but for those of its call.

    Raises:
        ConfigurationError: there is one.
    """
    if above is not None and any(_is_same(model, above) for model in models):
        raise ConfigurationError(
            f"escalate_to={above.name!r}: without effect, as it says the same at every asking, and has left it "
            "undecided itself. Name another model."
        )
    scoring = [model for model in models if model.profile.judge == "log-odds"]
    if judge.system_prompt is not None and scoring and len(scoring) == len(models) and not _reads(above):
        raise ConfigurationError(
            f"system_prompt=: without effect with {scoring[0].name}, which is asked about each criterion in fixed "
            "words, as it was measured with. Say it as a criterion or as additional_context= of scenario.judge(), or "
            "name another model."
        )
    deciding = [model for model in models if model.profile.judge == "decisions"]
    if len(deciding) < len(models):
        return
    told = judge.played_by.settings
    settings: dict[str, object] = {"temperature": told.temperature, "max_tokens": told.max_tokens}
    if above is None or above.profile.judge == "decisions":
        settings |= {
            "system_prompt": judge.system_prompt,
            "token_threshold": judge.token_threshold,
            "sees_images": judge.sees_images or None,
        }
    given = [name for name, value in settings.items() if value is not None]
    if given:
        raise ConfigurationError(
            f"{', '.join(f'{name}=' for name in given)}: without effect with {deciding[0].name}, a decision model, "
            "which is shown the whole conversation, reads no instructions and writes nothing. Leave it out."
        )


def _reads(above: Model | None) -> bool:
    """Whether it heeds instructions."""
    return above is not None and above.profile.judge == "structured"


def _is_same(model: Model, above: Model) -> bool:
    told, other = model.target, above.target
    return model.profile.judge != "structured" and (told.name, told.api_base) == (other.name, other.api_base)
