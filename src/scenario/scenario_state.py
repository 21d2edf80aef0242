"""The state of a run, where code for this API looks for it."""

from scenario.dialogue.state import ScenarioState

__all__ = ["ScenarioState"]
