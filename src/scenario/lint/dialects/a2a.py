"""L46: A2A, in its versions and bindings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from scenario.lint.data import Data
from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen
from scenario.protocols.json_text import NOT_JSON

_FINAL: Final = frozenset({"completed", "failed", "canceled", "cancelled", "rejected"})
_KNOWN: Final = _FINAL | {"submitted", "working", "input-required", "auth-required", "unknown", "unspecified"}
_WAITING: Final = frozenset({"input-required", "auth-required"})
_WRAPPERS: Final = ("task", "statusUpdate", "artifactUpdate", "message", "msg")


class _Update(msgspec.Struct, frozen=True):
    """One update of a task, whatever the version."""

    index: int
    kind: str
    value: dict[str, Any]

    @property
    def state(self) -> str:
        """In the words of 0.3: "input-required"; empty where it has none."""
        status = self.value.get("status")
        state = status.get("state") if isinstance(status, dict) else None
        return state.removeprefix("TASK_STATE_").replace("_", "-").lower() if isinstance(state, str) else ""


def follows_a2a(evidence: Evidence) -> Iterator[Seen]:
    """L46: ids stay, states are legal, the stream ends in one that ends or waits, artifacts begin before they go on."""
    if evidence.framing != "sse":
        return
    updates = [update for data in evidence.objects if (update := _update(data)) is not None]
    yield from _answers_its_request(evidence)
    yield from _keeps_ids(updates)
    yield from _appends_to_artifacts(updates)
    yield from _has_legal_states(updates)
    yield from _ends_in_a_final_state(evidence, updates)


def _update(data: Data) -> _Update | None:
    result = data.get("result") if data.get("jsonrpc") or data.get("result") else data.value
    if not isinstance(result, dict):
        return None
    if isinstance(kind := result.get("kind"), str):
        return _Update(data.index, kind, result)
    for name in _WRAPPERS:
        if isinstance(inner := result.get(name), dict):
            return _Update(data.index, name, inner)
    return None


def _answers_its_request(evidence: Evidence) -> Iterator[Seen]:
    asked: Any = None if evidence.asked is NOT_JSON else evidence.asked_for("id")
    for data in evidence.objects:
        answered = data.get("id")
        if data.get("jsonrpc") is None or answered is None:
            continue
        if asked is not None and answered != asked:
            yield Seen(f"the JSON-RPC id is {answered!r}, and the request's {asked!r}", "Repeat its id.", data.index)
            return
        asked = answered


def _keeps_ids(updates: list[_Update]) -> Iterator[Seen]:
    known: dict[str, str] = {}
    for update in updates:
        for key in ("taskId", "contextId"):
            is_task = key == "taskId" and update.kind == "task"
            value = update.value.get("id" if is_task else key)
            if not isinstance(value, str) or not value:
                continue
            if known.setdefault(key, value) != value:
                remedy = "One stream is of one task and one context."
                yield Seen(f"{key} was {known[key][:60]!r} and is {value[:60]!r}", remedy, update.index)


def _appends_to_artifacts(updates: list[_Update]) -> Iterator[Seen]:
    begun: set[object] = set()
    for update in updates:
        artifact = update.value.get("artifact")
        if not isinstance(artifact, dict):
            continue
        name = artifact.get("artifactId")
        if update.value.get("append") is True and name not in begun:
            remedy = "Send an artifact's first part without `append`."
            yield Seen(f"artifact {str(name)[:60]!r} is appended to before it began", remedy, update.index)
        begun.add(name)


def _has_legal_states(updates: list[_Update]) -> Iterator[Seen]:
    went_on = False
    for update in updates:
        state = update.state
        if state and state not in _KNOWN:
            remedy = f"A task is {', '.join(sorted(_KNOWN - {'cancelled', 'unknown', 'unspecified'}))}."
            yield Seen(f"A2A has no state {state[:60]!r}", remedy, update.index)
        elif state == "submitted" and went_on:
            yield Seen("the task was submitted after it had begun", "A task goes on, never back.", update.index)
        went_on = went_on or state not in ("", "submitted")


def _ends_in_a_final_state(evidence: Evidence, updates: list[_Update]) -> Iterator[Seen]:
    over: str = ""
    state = ""
    for update in updates:
        if over and update.kind != "message":
            yield Seen(
                f"the task was {over}, and an update followed", "Send nothing after the final state.", update.index
            )
        state = update.state or state
        over = state if state in _FINAL else over
    is_message = any(update.kind in ("message", "msg") for update in updates)
    unexplained = not (evidence.is_cut or evidence.has_lost_tail or evidence.exchange.reply.error is not None)
    if updates and unexplained and not is_message and state in _KNOWN | {""} and state not in _FINAL | _WAITING:
        yield Seen(
            f"the stream ended while the task was {state or 'in no state'}",
            "End it with a status update: completed, failed, canceled, rejected, input-required or auth-required.",
            updates[-1].index,
        )
