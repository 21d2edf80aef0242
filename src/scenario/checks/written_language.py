"""A check of the language in which the agent answers. Pure."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from scenario.checks.check import Check, shown
from scenario.criterion import named
from scenario.dialogue.state import ScenarioState
from scenario.errors import ConfigurationError, ScriptError

INSTALL: Final = "pip install 'py3langid>=0.4,<0.5'"
# The identifier's probabilities are spread over 140 languages: a short or mixed text has none that is likely.
_LIKELY: Final = 0.5
_SURE: Final = 0.9
_UNLIKELY: Final = 0.02
_LONGEST: Final = 20_000


@named
def language(code: str) -> Check:
    """The agent's last message is written in this language.

    It takes the extra `language` (py3langid). A text may be too short, or too mixed, to tell: then the check neither
    holds nor fails. Of a long one the first 20,000 characters are looked at.

    Args:
        code: an ISO 639 code, such as "de"; a region ("de-AT") is not looked at.

    Raises:
        ConfigurationError: the language is not known, or py3langid is not installed. The check itself raises a
            ScriptError where it cannot tell.
    """
    wanted = str(code).replace("_", "-").partition("-")[0].casefold()
    known = _identifier().labels
    if wanted not in known:
        there = ", ".join(sorted(known))
        raise ConfigurationError(
            f"scenario.checks.language({code!r:.60}): that language is not known. There are: {there}."
        )

    def check(state: ScenarioState) -> None:
        said = state.last_agent_message()[:_LONGEST]
        likely = {name: float(probability) for name, probability in _identifier().rank(said)}
        best = max(likely, key=likely.__getitem__)
        if best == wanted and likely[wanted] >= _LIKELY:
            return
        told = f"{best} with {likely[best]:.0%}, {wanted} with {likely[wanted]:.0%}"
        if likely[best] >= _SURE and likely[wanted] <= _UNLIKELY:
            raise AssertionError(f"language: it is not {wanted} ({told}): {shown(said)}")
        raise ScriptError(f"language: too short or too mixed to tell ({told}): {shown(said)}")

    return check


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("py3langid", "numpy"):
            raise
        raise ConfigurationError(
            f"scenario.checks.language needs py3langid, which is not installed. {INSTALL}"
        ) from None
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
