"""The script of a scenario file with what was played freely in a run in the place of its free steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NoReturn

from scenario.errors import ConfigurationError
from scenario.files.blocks import BareStep, ScenarioBlock, StepBlock
from scenario.files.building import needs_judge, steps_of
from scenario.freezing.masked_text import is_masked
from scenario.freezing.said_steps import step_of
from scenario.store.records import ScenarioRecord, StoredMessage

_NO_VERDICT: Final = "The run had no verdict: give the scenario a judge or a check."
_ANSWERS: Final = ("approve", "reject", "resume")


def fixed_script(block: ScenarioBlock, record: ScenarioRecord) -> tuple[list[StepBlock | BareStep], list[str]]:
    """The steps, in which nobody speaks freely, and what is to be said of them.

    Raises:
        ConfigurationError: the file's user says something else than the run's did: it has changed since.
    """
    script = _Script(block, record)
    steps = list(script.steps())
    return steps, script.notes


class _Script:
    def __init__(self, block: ScenarioBlock, record: ScenarioRecord) -> None:
        self._block = block
        self._record = record
        self._said = [stored for stored in record.messages if stored.message.get("role") == "user"]
        self._next = 0
        self._unanswered = False
        self.notes: list[str] = []

    def steps(self) -> Iterator[StepBlock | BareStep]:
        given = steps_of(self._block) or ["proceed"]
        judged = False
        for index, step in enumerate(given):
            name = _name_of(step)
            if self._ended_before(step):
                left = len(given) - index
                self.notes.append(
                    f"The run ended before its last {left} step{'' if left == 1 else 's'}, in which the user speaks "
                    "freely: they are left out."
                )
                break
            judged = judged or (name == "judge" and _is_final(step))
            yield from self._step(step, name)
            if name == "proceed" and self._next >= len(self._said) and _ended_in_free_play(self._record):
                if given[index + 1 :] not in ([], ["judge"]):
                    self.notes.append(
                        "The judge ended the run in free play: what the script has behind that is left out."
                    )
                break
            judged = judged or name in ("succeed", "fail")
        self._compare_rest()
        if not judged:
            has_judge = needs_judge(self._block)
            free = any(_name_of(step) == "proceed" for step in given)
            if has_judge:
                yield "judge"
            elif free:
                yield StepBlock(fail=_NO_VERDICT)
            else:
                yield "succeed"

    def _ended_before(self, step: StepBlock | BareStep) -> bool:
        """Whether the user was to speak freely and never did, as the run was over."""
        return self._next >= len(self._said) and (step == "user")

    def _step(self, step: StepBlock | BareStep, name: str) -> Iterator[StepBlock | BareStep]:
        if name == "proceed":
            turns = step.proceed if isinstance(step, StepBlock) else None
            yield from self._free(turns)
        elif step == "user":
            yield step_of(self._taken().message)
            self._unanswered = True
        elif isinstance(step, StepBlock) and (step.user is not None or _is_of_user(step)):
            self._compare(step)
            yield step
            self._unanswered = True
        elif name in _ANSWERS:
            self._next += 1
            yield step
            self._unanswered = False
        else:
            self._unanswered = self._unanswered and name != "agent"
            yield step

    def _free(self, turns: int | None) -> Iterator[StepBlock | BareStep]:
        """So many turns of what was said freely; a turn that the script began counts."""
        played = 0
        if self._unanswered and turns != 0:
            yield "agent"
            played = 1
        while (turns is None or played < turns) and self._next < len(self._said) and _is_free(self._said[self._next]):
            stored = self._taken()
            yield step_of(stored.message)
            # The answer to what an agent waits for lets it speak by itself.
            if stored.message.get("resume") is not True:
                yield "agent"
            played += 1
        self._unanswered = False

    def _taken(self) -> StoredMessage:
        stored = self._said[self._next]
        self._next += 1
        return stored

    def _compare(self, step: StepBlock) -> None:
        if self._next >= len(self._said):
            return  # a scripted line behind the end of the run
        stored = self._taken()
        said = step.user if step.user is not None else (step.message or {}).get("content")
        heard = stored.message.get("content")
        if said != heard and not is_masked(str(heard)) and "data:" not in str(said):
            self._refuse(f"it says {said!r:.80}", heard)

    def _compare_rest(self) -> None:
        """Whether the script says all that the user said; what an agent waited for may be answered by itself."""
        rest = [stored.message for stored in self._said[self._next :] if stored.message.get("resume") is not True]
        if rest:
            self._refuse("it says nothing more", rest[0].get("content"))

    def _refuse(self, says: str, heard: object) -> NoReturn:
        raise ConfigurationError(
            f"{self._record.scenario.file} has changed since that run: {says} where the user said {heard!r:.80}. Take "
            "the file as it was, or run the scenario again."
        )


def _ended_in_free_play(record: ScenarioRecord) -> bool:
    """Whether the judge's verdict in a turn of free play was the end: a step would have asked it again."""
    if record.scenario.error or record.result is None or not any(one.turn is None for one in record.verdicts):
        return False
    last = max((call.turn for call in record.calls), default=0)
    return sum(call.turn == last and call.role.casefold() == "judge" for call in record.calls) == 1


def _name_of(step: StepBlock | BareStep) -> str:
    if isinstance(step, str):
        return step
    return next((name for name in step.__struct_fields__ if _is_given(step, name)), "")


def _is_given(step: StepBlock, name: str) -> bool:
    value = getattr(step, name)
    return type(value).__name__ != "UnsetType" and value is not None


def _is_of_user(step: StepBlock) -> bool:
    return step.message is not None and step.message.get("role") == "user"


def _is_free(stored: StoredMessage) -> bool:
    return stored.call_id is not None


def _is_final(step: StepBlock | BareStep) -> bool:
    if isinstance(step, str):
        return True
    at = step.judge
    return not isinstance(at, str | list) and (at is None or at.criteria is None)
