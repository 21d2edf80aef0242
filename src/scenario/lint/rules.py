"""The table of rules, in order; `RULES` is all that the lint knows."""

from __future__ import annotations

from typing import Final

from scenario.lint import (
    answer_rules,
    byte_rules,
    end_rules,
    event_rules,
    header_rules,
    heartbeat_rules,
    reply_rules,
    terminal_rules,
    time_rules,
)
from scenario.lint.dialect_groups import A2A, VERCEL
from scenario.lint.dialects import a2a, ag_ui, anthropic, langgraph, mcp, openai_chat, openai_responses, vercel_ui
from scenario.lint.finding import Level
from scenario.lint.rule import About, Check, Needs, Rule


def _rule(
    id: str,  # noqa: A002 - the field's name
    level: Level,
    title: str,
    check: Check | None = None,
    *dialects: str,
    about: About = "answers",
    needs: Needs = "exchange",
    explained_by: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        id=id,
        level=level,
        title=title,
        check=check,
        dialects=frozenset(dialects),
        about=about,
        needs=needs,
        explained_by=frozenset(explained_by),
    )


# An event that cannot be read is missing wherever the dialect counts on it.
_UNREADABLE: Final = ("L24",)
# Parts that are out of order do not add up.
_DISORDER: Final = ("L24", "L43", "L44", "L45", "L46", "L47")


RULES: Final[tuple[Rule, ...]] = (
    _rule(
        "L01", "error", "The status is 200, and an answer follows it", answer_rules.answers_with_200, about="responses"
    ),
    _rule(
        "L02",
        "error",
        "The body is an answer, and what its Content-Type declares",
        answer_rules.is_declared,
        about="responses",
        explained_by=("L01",),
    ),
    _rule("L03", "warning", "Caches and proxies are told to let the stream through", header_rules.is_not_buffered),
    _rule(
        "L04", "warning", "No connection headers over HTTP/2, no length on a stream", header_rules.has_no_hop_headers
    ),
    _rule("L05", "error", "The transfer ends as HTTP says it should", time_rules.ends_cleanly, about="responses"),
    _rule("L06", "warning", "The first byte and the first content come in time", time_rules.begins_soon),
    _rule("L07", "warning", "No long silence", time_rules.is_never_silent),
    _rule("L08", "warning", "Heartbeats are comments", heartbeat_rules.keeps_alive_by_comments),
    _rule(
        "L09", "info", "Browsers are let in, or kept out, on purpose", header_rules.lets_browsers_in, about="responses"
    ),
    _rule(
        "L10",
        "warning",
        "The answer is streamed as it is made",
        time_rules.is_really_streamed,
        explained_by=("L06", "L07"),
    ),
    _rule("L11", "warning", "A compressed stream brings the same events", needs="more requests"),
    _rule("L20", "error", "The body is UTF-8", byte_rules.is_utf8),
    _rule("L21", "error", "An empty line ends every event", byte_rules.ends_each_event),
    _rule("L22", "warning", "Lines end in one way", byte_rules.has_one_line_end),
    _rule("L23", "warning", "Every line is a known field or a comment", event_rules.has_only_known_fields),
    _rule("L24", "error", "The data of an event is one JSON value", event_rules.has_json_data),
    _rule("L25", "warning", "The sentinel is [DONE]", event_rules.spells_the_sentinel_right),
    _rule("L26", "warning", "Lines are no longer than readers take", byte_rules.has_short_lines),
    _rule("L27", "warning", "No raw line breaks of other alphabets", byte_rules.has_plain_line_breaks),
    _rule("L28", "error", "Ids, names and retry times are sound", byte_rules.has_sound_fields),
    _rule("L29", "info", "Ids are unique and grow", event_rules.has_ids_to_resume_from),
    _rule("L30", "error", "The stream holds no secrets", byte_rules.holds_no_secrets),
    _rule(
        "L40", "error", "One terminal event, and it is the last", terminal_rules.has_one_end, explained_by=_UNREADABLE
    ),
    _rule("L41", "error", "No success after an error", terminal_rules.fails_for_good, explained_by=_UNREADABLE),
    _rule(
        "L42",
        "error",
        "A whole chat completion",
        openai_chat.is_whole_completion,
        "openai-chat",
        explained_by=_UNREADABLE,
    ),
    _rule("L43", "error", "AG-UI's order of events", ag_ui.follows_ag_ui, "ag-ui", explained_by=_UNREADABLE),
    _rule(
        "L44", "error", "Anthropic's order of events", anthropic.follows_messages, "anthropic", explained_by=_UNREADABLE
    ),
    _rule(
        "L45",
        "error",
        "A whole response",
        openai_responses.follows_responses,
        "openai-responses",
        explained_by=_UNREADABLE,
    ),
    _rule(
        "L46",
        "error",
        "A2A's task from its begin to a final state",
        a2a.follows_a2a,
        *sorted(A2A),
        explained_by=_UNREADABLE,
    ),
    _rule(
        "L47", "error", "The AI SDK's order of parts", vercel_ui.follows_ui_stream, *VERCEL, explained_by=_UNREADABLE
    ),
    _rule("L48", "error", "One MCP response, last", mcp.answers_once, "mcp", explained_by=_UNREADABLE),
    _rule(
        "L49", "error", "LangGraph's run is named first", langgraph.names_its_run, "langgraph", explained_by=_UNREADABLE
    ),
    _rule("L50", "error", "Tool calls are sound", reply_rules.calls_tools_soundly, explained_by=_DISORDER),
    _rule("L51", "warning", "An answer that ended well has text", reply_rules.says_something, explained_by=_DISORDER),
    _rule("L52", "warning", "No text is sent twice", reply_rules.sends_each_text_once, explained_by=_DISORDER),
    _rule("L53", "error", "A second turn sees the first", needs="more requests"),
    _rule("L54", "error", "An interrupt is answered by its id only", needs="more requests"),
    _rule("L55", "warning", "The server stops when its client has gone", needs="more requests"),
    _rule("L56", "error", "A resumed stream goes on where it was cut", needs="more requests"),
    _rule("L57", "error", "Sessions never see each other", needs="more requests"),
    _rule(
        "L58",
        "info",
        "The answer says that it is over",
        end_rules.says_that_it_is_over,
        explained_by=("L01", "L05", "L40", "L42"),
    ),
    _rule("L59", "warning", "The model stopped for a good reason", end_rules.stopped_for_a_good_reason),
    _rule("L60", "warning", "No error on the way to the answer", end_rules.overcame_no_error, explained_by=("L41",)),
    _rule("L61", "error", "The agent reports no error", end_rules.reports_no_error, explained_by=("L01", "L59")),
    _rule("L62", "info", "Cookies that were set are sent back", header_rules.has_its_cookies_sent_back),
    _rule(
        "L63", "warning", "One kind of event is the answer", reply_rules.has_one_kind_of_text, explained_by=_UNREADABLE
    ),
)
