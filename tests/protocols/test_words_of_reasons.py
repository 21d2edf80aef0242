"""Finish reasons that stand in no list are known by their words, or not at all."""

from __future__ import annotations

import json

import pytest

from scenario.protocols.finish_reasons import judged
from scenario.reading import read_stream


@pytest.mark.parametrize(
    ("reason", "meant"),
    [
        *((reason, "error") for reason in ("stopped_by_user", "UserStop", "server_shutdown", "preempted", "copyright")),
        *((reason, "error") for reason in ("load_shedding", "violates_policy", "sensitive_content", "dropped")),
        *(
            (reason, "truncated")
            for reason in ("out_of_tokens", "max_model_len", "kv_cache_full", "not_finished", "repetition")
        ),
        *((reason, "truncated") for reason in ("FINISH_REASON_MAX_TOKENS", "finish_reason_length")),
        *((reason, "complete") for reason in ("FINISH_REASON_STOP", "Stop", "end_turn", "stop_sequence")),
        *((reason, "") for reason in ("OTHER", "user_input", "FINISH_REASON_UNSPECIFIED", "blue")),
    ],
)
def test_a_reason_is_judged_by_its_words(reason: str, meant: str) -> None:
    """What plainly says a limit or a failure is one; what says neither is not guessed."""
    assert judged(reason) == meant


def test_a_reason_inside_an_envelope_s_output_counts() -> None:
    """As the answer's text there does; so does one in a maker's capitals, and the error that it writes so."""

    def outcome(*values: object) -> str:
        body = "".join(f"data: {json.dumps(value)}\n\n" for value in values)
        return read_stream(body.encode(), content_type="text/event-stream").outcome

    said = {"output": {"choices": [{"message": {"content": "It is"}, "finish_reason": "null"}]}}
    cut = {"output": {"choices": [{"message": {"content": " 18"}, "finish_reason": "length"}]}}
    assert (outcome(said), outcome(said, cut)) == ("complete", "truncated")
    piece = {"Choices": [{"Delta": {"Content": "It is 18."}, "FinishReason": ""}]}
    assert outcome(piece, {"Choices": [{"Delta": {"Content": ""}, "FinishReason": "sensitive"}]}) == "error"
    assert outcome(piece, {"ErrorMsg": {"Msg": "too many requests", "Code": 4001}}) == "error"
    assert outcome(piece, {"Choices": [{"Delta": {"Content": ""}, "FinishReason": "stop"}]}) == "complete"
