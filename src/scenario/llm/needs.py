"""What a model's server was found to need: which way of asking it takes, and what has to be changed in a request."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import msgspec

from scenario.llm.refusals import DEFAULT_LIMIT, LIMIT, LIMITS, ORDER, STREAM

Way: TypeAlias = Literal["tools", "json_schema", "json_object", "text"]
"""How a structured answer is asked for."""

WAYS: Final[tuple[Way, ...]] = get_args(Way)
"""From the one that holds a model best to the one that every server takes."""

_ASKED_BY: Final = {
    "tools": "asks by tools",
    "json_schema": "asks for JSON of a schema",
    "json_object": "asks for JSON, with the schema in the prompt",
    "text": "asks in text, with the schema in the prompt",
}
_IN_WORDS: Final = {
    "no system role": "no system role",
    "system message first": "one system message, at the beginning",
    "alternating roles": "roles alternate",
    "the user's last word": "the user has the last word",
    LIMIT: f"a limit of {DEFAULT_LIMIT} tokens",
    "max_tokens": "max_completion_tokens for max_tokens",
    "max_completion_tokens": "max_tokens for max_completion_tokens",
    "tool_choice=named": "no function demanded by its name",
    "tool_choice=required": "no call demanded",
    "tool_choice=auto": "tool_choice left out",
    "tool_choice=other": "tool_choice left out",
    STREAM: "answers in streams only",
}


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What a server needs for a model; nothing of it is known by default.

    Attributes:
        way: the way of asking that has worked; None where no structured answer was asked for yet.
        changes: names of `refusals.ORDER`.
        below_v1: whether its base URL leaves out a "/v1" that it needs.
        no_images: whether it was found to refuse images.
        protocol: which of the decision models' protocols it was found to speak.
    """

    way: Way | None = None
    changes: tuple[str, ...] = ()
    below_v1: bool = False
    no_images: bool = False
    protocol: Literal["systemone", "decisions"] | None = None

    @property
    def are_usual(self) -> bool:
        """Whether there is nothing to be remembered: a server that nothing is known of is asked in the same way."""
        return self.way in (None, "tools") and not (self.changes or self.below_v1 or self.no_images or self.protocol)

    @property
    def are_known(self) -> bool:
        """Whether every need has a meaning in this version."""
        return set(self.changes) <= set(ORDER)

    @property
    def in_words(self) -> str:
        """For people: "asks by tools; no system role; temperature left out"; "" where nothing is known."""
        words = [_ASKED_BY[self.way]] if self.way else []
        words += [_IN_WORDS.get(change, f"{change} left out") for change in self._told_changes()]
        words += [f"speaks /{self.protocol}"] if self.protocol else []
        words += ["no images"] if self.no_images else []
        words += ["found below /v1"] if self.below_v1 else []
        return "; ".join(words)

    def _told_changes(self) -> list[str]:
        """The changes in order, each choice of tools and each limit by its last step alone."""
        told = {change.partition("=")[0]: change for change in sorted(self.changes, key=ORDER.index)}
        if set(LIMITS) <= told.keys():
            del told[LIMITS[1]]
            told[LIMITS[0]] = "the limit of tokens"
        return list(told.values())
