"""Values dump, copy and read themselves with the arguments that code for this API gives."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest

import scenario
from scenario import CriterionResult, ModelConfig, ScenarioConfig, ScenarioResult
from scenario.errors import ScriptError, ScriptTypeError

RESULT = ScenarioResult(
    success=False,
    messages=[{"role": "user", "content": "hi", "extra": None}],
    criteria=[CriterionResult(criterion="c", status="failed", quote="hi", message_index=0)],
    exchanges=[object()],
)
MODEL = ModelConfig("openai/m", api_key="k", timeout=60, extra_headers={"X-One": "1"})


def test_a_dump_leaves_out_what_is_excluded() -> None:
    """By the names of the fields: a set, a list, or a mapping to True."""
    for names in ({"messages"}, ["messages"], {"messages": True}):
        assert "messages" not in RESULT.model_dump(exclude=names)
        assert "messages" not in json.loads(RESULT.model_dump_json(exclude=names, indent=2))
    assert RESULT.model_dump(include={"success", "reasoning"}) == {"success": False, "reasoning": None}


def test_a_dump_leaves_out_none_and_defaults() -> None:
    """Where it is asked to; what messages hold is theirs."""
    dumped = RESULT.model_dump(exclude_none=True)
    assert "reasoning" not in dumped
    assert dumped["messages"] == RESULT.messages
    assert RESULT.model_dump(exclude_defaults=True).keys() == {"success", "messages", "criteria"}
    assert RESULT.model_dump(exclude_unset=True) == RESULT.model_dump(exclude_defaults=True)


def test_modes_of_a_dump_are_taken() -> None:
    """They make no difference: a dump is plain JSON values anyway."""
    assert RESULT.model_dump(mode="python", by_alias=True, warnings=False) == RESULT.model_dump()


@pytest.mark.parametrize("names", ["messages", 5, {"messages": {0: True}}])
def test_what_names_no_fields_is_refused(names: Any) -> None:
    """A part of a field cannot be left out, and nothing is dumped in silence that was meant to be."""
    with pytest.raises(ScriptTypeError, match="exclude="):
        RESULT.model_dump(exclude=names)


def test_a_copy_takes_changes() -> None:
    """The one that was copied stays as it is; a deep copy shares nothing with it."""
    changed = RESULT.model_copy(update={"success": True})
    assert (changed.success, RESULT.success, changed.messages is RESULT.messages) == (True, False, True)
    assert RESULT.model_copy(deep=True).messages is not RESULT.messages


def test_a_dump_is_read_back() -> None:
    """As a dictionary and as JSON; what the raw bytes of the wire were is not in it."""
    same = RESULT.model_copy(update={"exchanges": []})
    assert ScenarioResult.model_validate(RESULT.model_dump()) == same
    assert ScenarioResult.model_validate_json(RESULT.model_dump_json()) == same
    assert ScenarioResult.model_validate(RESULT) is RESULT


@pytest.mark.parametrize("value", [{}, {"success": True}, {"success": [], "messages": []}, 5])
def test_what_is_no_result_is_a_value_error(value: Any) -> None:
    """With the place that is wrong."""
    with pytest.raises(ScriptError, match="no ScenarioResult"):
        ScenarioResult.model_validate(value)
    with pytest.raises(ValueError, match="no ScenarioResult"):
        ScenarioResult.model_validate_json(json.dumps(value))


def test_a_judgment_request_dumps() -> None:
    """As all that an adapter is handed."""
    assert scenario.JudgmentRequest(criteria=["c"]).model_dump(exclude_none=True) == {"criteria": ["c"]}


def test_a_model_config_reads_and_dumps_what_it_was_given() -> None:
    """Additional settings are attributes, and a dump is what a client library's call takes."""
    assert (MODEL.timeout, MODEL.extra_headers) == (60, {"X-One": "1"})
    assert MODEL.model_dump(exclude_none=True, exclude={"api_key"}) == {
        "model": "openai/m",
        "temperature": 0.0,
        "timeout": 60,
        "extra_headers": {"X-One": "1"},
    }
    with pytest.raises(AttributeError, match="nonsense"):
        MODEL.nonsense  # noqa: B018 - reading it is what is tested


def test_a_model_config_is_copied() -> None:
    """By `copy`, by `pickle`, and with changes."""
    assert copy.deepcopy(MODEL) == MODEL == pickle.loads(pickle.dumps(MODEL))  # noqa: S301 - our own bytes
    changed = MODEL.model_copy(update={"temperature": 0.5, "timeout": 5})
    assert (changed.temperature, changed.timeout, changed.api_key) == (0.5, 5, "k")


def test_a_config_merges() -> None:
    """What the other has is taken, unless it is None there."""
    base = ScenarioConfig(max_turns=4, cache_key="k")
    merged = base.merge(ScenarioConfig(max_turns=7))
    assert (merged.max_turns, merged.cache_key) == (7, "k")
    assert "min_turns" not in base.items()
    assert base.items()["max_turns"] == 4
    assert "given" not in base.model_dump()


def test_none_makes_a_config_with_defaults() -> None:
    """Settings that are handed on as they came, None among them, are those that are built in."""
    made: Any = {"max_turns": None, "verbose": None, "debug": None, "headless": None, "trace_wait_timeout": None}
    assert ScenarioConfig(**made) == ScenarioConfig()
