"""What the reason for which a model stopped says of its answer: whole, cut, an error, or nothing that is known.

Good ends are an allow-list. What stands in neither list is taken for whole and told: the end is then only assumed.
Sources: the references of OpenAI, Anthropic, Google, Mistral, DeepSeek, Cohere, Amazon Bedrock, Ollama, TGI, vLLM,
SGLang, OpenRouter and the AI SDK, and what their servers have been seen to send.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from scenario.late_pattern import late_pattern

# What an answer is that ended for a reason: "complete", "truncated", "error", or "" where the reason is not known.
Judged: TypeAlias = Literal["complete", "truncated", "error", ""]
# What a user may say that a reason means.
MEANINGS: Final = ("complete", "truncated", "error")

_WHOLE: Final = """
    stop stop_sequence stop_token end end_turn end_of_turn eos eos_token end_of_sequence finished finish
    finish_reason_stop complete completed done success succeeded normal ok pause_turn pause input_required
    auth_required interrupt tool_calls tool_call tool_use tool function_call function_calls tool_execution refusal
    refused load unload handoff suspended requires_action requires_approval tool_rule word
"""
_CUT: Final = """
    length max_tokens max_output_tokens max_completion_tokens max_new_tokens token_limit model_length incomplete
    model_context_window_exceeded context_length_exceeded context_window_exceeded max_context max_length max_steps
    max_turns error_max_turns max_iterations recursion_limit output_limit truncated finish_reason_max_tokens
    not_finished not_complete not_completed max_model_len
    in_progress inprogress working submitted pending running queued processing partial unfinished
"""
_FILTERED: Final = """
    content_filter content_filtered filter filtered safety recitation blocklist prohibited_content spii blocked
    guardrail_intervened guardrail guardrails sensitive image_safety language moderation censored policy_violation
    error_toxic image_prohibited_content image_recitation content_policy content_policy_violation
"""
_FAILED: Final = """
    error errored err failed failure fail fatal exception abort aborted cancel cancelled canceled cancelation timeout
    timed_out deadline_exceeded network_error insufficient_system_resource server_error internal_error overloaded
    unavailable rejected killed interrupted disconnected malformed_function_call malformed_response
    malformed_model_output malformed_tool_use unexpected_tool_call invalid_tool_call too_many_tool_calls
    missing_thought_signature image_other no_image error_during_execution error_max_budget_usd error_limit expired
"""
_JUDGEMENTS: Final[tuple[tuple[str, Judged], ...]] = (
    (_WHOLE, "complete"),
    (_CUT, "truncated"),
    (_FILTERED, "error"),
    (_FAILED, "error"),
)
_JUDGED: Final[Mapping[str, Judged]] = MappingProxyType(
    {word: meaning for words, meaning in _JUDGEMENTS for word in words.split()}
)
# Reasons that are sentences or compounds: "function_call_filter: MALFORMED_FUNCTION_CALL", "upstream_error".
_BAD_PARTS: Final = frozenset(
    {"error", "errors", "failed", "failure", "exception", "abort", "aborted", "cancelled", "canceled", "timeout"}
    | {"filter", "filtered", "filtering", "safety", "blocked", "malformed", "overloaded", "unavailable", "guardrail"}
    | {"invalid", "violation", "cancel", "overload", "disconnect", "disconnected", "lost", "crash", "crashed", "killed"}
    | {"moderation", "denied", "quota", "rate", "ratelimit", "deadline", "expired", "panic"}
    | {"oom", "terminated", "censored", "unauthorized", "blocklist", "fatal", "shutdown", "shedding", "dropped"}
    | {"preempted", "preemption", "copyright", "policy", "risk", "sensitive", "unsafe", "harmful"}
)
# What says that a limit was reached, unless one of the parts above says what else went wrong.
_CUT_PARTS: Final = frozenset(
    {"limit", "limits", "limited", "exceeded", "exceed", "exceeds", "overflow", "truncated", "truncation", "truncate"}
    | {"incomplete", "exhausted", "unfinished", "full", "repetition"}
)
_STOPS: Final = frozenset({"stop", "stopped", "stopping", "interrupt"})
_OF_MOST: Final = frozenset({"max", "maximum", "maxed", "most"})
_COUNTED: Final = frozenset({"tokens", "token", "length", "turns", "steps", "iterations", "context", "output", "size"})
_CALLS: Final = frozenset(
    {"tool_calls", "tool_call", "tool_use", "tool", "function_call", "function_calls", "tool_execution"}
)
_REFUSED: Final = frozenset({"refusal", "refused"})
_FILTERS: Final = frozenset(_FILTERED.split())
_CAMEL: Final = late_pattern(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_WORD: Final = late_pattern(r"[^a-z0-9]+")
_LONGEST: Final = 200


def plain(reason: str) -> str:
    """The reason as it is looked up: in lower case, its words joined by underscores."""
    return _plain(reason[:_LONGEST])


# Each answer's reason is looked up many times, and most answers have the same few.
@lru_cache(maxsize=256)
def _plain(reason: str) -> str:
    word = _NO_WORD.sub("_", _CAMEL.sub("_", reason).lower()).strip("_")
    return word.removeprefix("finish_reason_") or word


def judged(reason: str | None, own: Mapping[str, Judged] = MappingProxyType({})) -> Judged:
    """What an answer is that ended for this reason.

    Args:
        reason: in the agent's own words.
        own: what the user says that reasons mean, by their plain form.
    """
    if not reason:
        return "complete"
    word = plain(reason)
    if (meant := own.get(word)) is not None:
        return meant
    known = _JUDGED.get(word)
    if known is not None:
        return known
    parts = frozenset(word.split("_"))
    if not _BAD_PARTS.isdisjoint(parts) or "out_of_memory" in word or _is_stopped(parts):
        return "error"
    if "out_of_" in word:
        return "truncated"
    at_most = not _OF_MOST.isdisjoint(parts) and not _COUNTED.isdisjoint(parts)
    return "truncated" if at_most or not _CUT_PARTS.isdisjoint(parts) else ""


def _is_stopped(parts: frozenset[str]) -> bool:
    """Whether somebody stopped it: stopped_by_user, user_stop."""
    return "user" in parts and not parts.isdisjoint(_STOPS)


def asks_for_tools(reason: str | None) -> bool:
    """Whether the model stopped to have tools called, so that the answer is still to come."""
    return bool(reason) and plain(reason or "") in _CALLS


def is_refusal_reason(reason: str | None) -> bool:
    """Whether the model declined to answer: that is its answer."""
    return bool(reason) and plain(reason or "") in _REFUSED


def explained(reason: str) -> str:
    """What a bad reason says, as a sentence's beginning."""
    word = plain(reason)
    meaning = judged(reason)
    if meaning == "truncated":
        return f"the answer was cut at a limit: its finish reason is {reason[:_LONGEST]!r}"
    if word in _FILTERS or "filter" in word:
        return f"a filter ended the answer: its finish reason is {reason[:_LONGEST]!r}"
    return f"the finish reason is {reason[:_LONGEST]!r}, and nothing else says what went wrong"
