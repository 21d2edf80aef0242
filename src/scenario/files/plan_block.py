"""The shape of a dialogue plan in a scenario file."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from scenario.files.block import Block, Names, Whole


class MatchesBlock(Block, frozen=True, kw_only=True):
    """A condition that is a regular expression."""

    matches: Annotated[str, Meta(description="a regular expression that is found in what the agent has just said")]


Condition: TypeAlias = MatchesBlock | str


class PlannedTurnBlock(Block, frozen=True, kw_only=True):
    """A line of a plan, with a condition."""

    says: Annotated[str, Meta(description="the line; {order number} stands for the value of that slot")]
    when: Annotated[Condition | None, Meta(description="what the agent has just said: a text, or {matches: …}")] = None


class SlotBlock(Block, frozen=True, kw_only=True):
    """What the user tells when it is asked for."""

    value: Annotated[str | int | float, Meta(description="what is told")]
    asked: Annotated[
        list[Condition] | Condition | None, Meta(description="words by which it is asked for, or {matches: …}")
    ] = None
    says: Annotated[str, Meta(description="how it is told; {value} stands for the value")] = ""


class PlanBlock(Block, frozen=True, kw_only=True):
    """What a user without a model goes by."""

    turns: Annotated[
        list[PlannedTurnBlock | str],
        Meta(min_length=1, description="what the user says, in order; some with conditions"),
    ]
    slots: Annotated[
        dict[str, SlotBlock | str | int | float] | None, Meta(description="what the user tells when it is asked for")
    ] = None
    done_when: Annotated[
        Condition | None, Meta(description="what the agent says for the user to be content: a text, or {matches: …}")
    ] = None
    patience: Annotated[Whole | None, Meta(description="how often more the same may be asked for; 2 if absent")] = None
    persistence: Annotated[Whole | None, Meta(description="how often the user insists; once if absent")] = None
    insists: Annotated[Names | str | None, Meta(description="what it says then; its first line if absent")] = None
    farewell: Annotated[str | None, Meta(description="its last line where it is content; none if absent")] = None
    gives_up: Annotated[str | None, Meta(description="its last line where it is not content")] = None
