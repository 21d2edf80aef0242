"""A conversation as a person reads it who labels it: nothing of what a judge made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from scenario.record.run_record import text_of
from scenario.report.terminal.glyphs import Glyphs, one_line, visible
from scenario.report.terminal.lines import Line, Span, Tone, counted
from scenario.report.terminal.wrapping import wrapped
from scenario.types import Message

MOST_OF_A_MESSAGE: Final = 24
MOST_OF_ALL: Final = 240
_LABEL: Final = 7
_LEAST_WIDTH: Final = 20
_SPEAKERS: Final[Mapping[str, tuple[str, Tone]]] = {
    "user": ("User", "user"),
    "assistant": ("Agent", "agent"),
    "system": ("System", "dim"),
    "developer": ("System", "dim"),
    "tool": ("Tool", "tool"),
}


def labelled_lines(messages: Sequence[Message], glyphs: Glyphs, width: int, *, whole: bool = False) -> list[Line]:
    """The conversation; what is left out of a long one is said, and how to see it.

    Args:
        messages: OpenAI-style.
        glyphs: the marks that can be shown.
        width: columns to write in.
        whole: leave nothing out.
    """
    lines: list[Line] = []
    for number, message in enumerate(messages):
        if not whole and len(lines) >= MOST_OF_ALL:
            left = counted(len(messages) - number, "more message")
            return [*lines, _left_out(f"{left}; a shows all", glyphs)]
        lines += _message(message, glyphs, max(width - _LABEL, _LEAST_WIDTH), whole=whole)
    return lines


def _message(message: Message, glyphs: Glyphs, width: int, *, whole: bool) -> list[Line]:
    role = str(message.get("role", ""))
    name, tone = _SPEAKERS.get(role, (one_line(role, _LABEL - 1, glyphs), "plain"))
    parts = [line for text in _texts(message) for line in wrapped(visible(text.strip("\n")), width)] or ["(empty)"]
    left = 0 if whole else len(parts) - MOST_OF_A_MESSAGE
    if left > 0:
        parts = parts[:MOST_OF_A_MESSAGE]
    lines: list[Line] = [
        (Span(f"{name if number == 0 else '':<{_LABEL}}", tone), Span(part)) for number, part in enumerate(parts)
    ]
    return [*lines, _left_out(f"{counted(left, 'more line')}; a shows all", glyphs)] if left > 0 else lines


def _texts(message: Message) -> list[str]:
    texts = [text] if (text := text_of(message)).strip() else []
    content = message.get("content")
    if isinstance(content, list):
        kinds = [str(part.get("type", "part")) for part in content if isinstance(part, dict)]
        texts += [f"({kind})" for kind in kinds if kind not in ("text", "input_text", "output_text")]
    return texts + [told for call in message.get("tool_calls") or () if (told := _call(call))]


def _call(call: Any) -> str:
    function = call.get("function") if isinstance(call, dict) else None
    return f"[calls] {function.get('name', '')} {function.get('arguments', '')}" if isinstance(function, dict) else ""


def _left_out(text: str, glyphs: Glyphs) -> Line:
    return Span(" " * _LABEL), Span(f"{glyphs.ellipsis} {text}", "dim")
