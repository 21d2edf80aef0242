"""Messages of a stored conversation as the steps of a script that say them again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scenario.criterion import is_of_check
from scenario.files.blocks import BareStep, CheckpointBlock, StepBlock
from scenario.files.check_blocks import ChecksBlock
from scenario.store.records import ScenarioRecord, StoredMessage
from scenario.types import Message

_ANSWERS: Final = {"Approved.": "approve", "Rejected.": "reject"}
_AGENT: Final = "agent"


def step_of(message: Message) -> StepBlock | BareStep:
    """The step that says a message of the user's, or adds another as it is."""
    content = message.get("content")
    if message.get("resume") is True and isinstance(content, str):
        return _answer(content)
    if message.get("role") == "user" and isinstance(content, str) and set(message) == {"role", "content"}:
        return StepBlock(user=content)
    return StepBlock(message=dict(message))


def _answer(said: str) -> StepBlock | BareStep:
    """The answer to what an agent waited for, of what the conversation shows of it."""
    match _ANSWERS.get(said):
        case "approve":
            return "approve"
        case "reject":
            return "reject"
        case _:
            pass
    for word, approve in (("Approved: ", True), ("Rejected: ", False)):
        if said.startswith(word):
            reason = said.removeprefix(word)
            return StepBlock(resume={"approve": True, "reason": reason}) if approve else StepBlock(reject=reason)
    return StepBlock(resume=_value(said))


def _value(said: str) -> Any:
    if not said.lstrip().startswith(("{", "[")):
        return said
    try:
        return json.loads(said)
    except ValueError:
        return said


def steps_of_record(record: ScenarioRecord) -> list[StepBlock | BareStep]:
    """The steps of a run of which nothing but the conversation is known, with its checkpoints."""
    agents = {call.call_id for call in record.calls if call.role.casefold() == _AGENT}
    asked = _Asked(agents)
    steps: list[StepBlock | BareStep] = []
    turn = 0
    for message in record.messages:
        if message.turn != turn:
            steps += _checkpoints(record, range(turn, message.turn))
            turn = message.turn
        steps += asked.steps(message)
    # The agent was asked and has not answered: that may be the failure.
    steps += ["agent"] * len([call for call in agents - asked.heard if call not in asked.resumed])
    return [*steps, *_checkpoints(record, range(turn, turn + 1))]


class _Asked:
    """Which calls of agents stand in the script already."""

    def __init__(self, agents: set[int]) -> None:
        self._agents = agents
        self._answering = False
        self.heard: set[int] = set()
        self.resumed: set[int] = set()

    def steps(self, stored: StoredMessage) -> Iterator[StepBlock | BareStep]:
        message: Mapping[str, Any] = stored.message
        role, call = message.get("role"), stored.call_id
        if role == "user":
            self._answering = message.get("resume") is True
            yield step_of(stored.message)
        elif call in self._agents and call is not None:
            if call not in self.heard:
                self.heard.add(call)
                # The answer to what an agent waits for lets it speak by itself.
                if not self._answering:
                    yield "agent"
                self._answering = False
        elif role == "assistant" and set(message) == {"role", "content"} and isinstance(message["content"], str):
            yield StepBlock(agent=message["content"])
        else:
            yield step_of(stored.message)


def _checkpoints(record: ScenarioRecord, turns: range) -> Iterator[StepBlock]:
    for turn in turns:
        given = [verdict.result.criterion for verdict in record.verdicts if verdict.turn == turn]
        criteria: list[str | ChecksBlock] = [one for one in dict.fromkeys(given) if not is_of_check(one)]
        if criteria:
            yield StepBlock(judge=CheckpointBlock(criteria=criteria))
