"""What of a conversation fits into a slot of the embedded model: its newest part, whole lines, exactly counted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from scenario.errors import ModelError
from scenario.types import Message

# Posts a JSON body to a path of the model's server, such as "/v1/completions", and returns the JSON that it answers.
Post: TypeAlias = Callable[[str, dict[str, object]], Awaitable[dict[str, Any]]]

SLOT_TOKENS = 4096
# For the chat template's own marks and the line that says what was left out.
_MARGIN = 96
_LEAST_ROOM = 128


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a conversation that fits.

    Attributes:
        lines: the newest ones; the first of them may have lost its beginning, and then begins with "…".
        left_out: how many of the oldest lines are missing.
    """

    lines: tuple[str, ...]
    left_out: int = 0

    @property
    def text(self) -> str:
        """The lines, below a note of what is missing."""
        note = (f"[{self.left_out} earlier messages left out]",) if self.left_out else ()
        return "\n".join(note + self.lines)


def message_text(message: Mapping[str, Any]) -> str:
    """What a message says on one line: its text, or the texts of its parts."""
    content = message.get("content")
    if isinstance(content, list):
        content = " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return " ".join(str(content or "").split())


def log_lines(messages: Sequence[Message], *, user: str, agent: str) -> list[str]:
    """The conversation as lines "User: …"; system messages are no part of it.

    Args:
        messages: OpenAI-style.
        user: what the user is called.
        agent: what the agent is called.
    """
    lines: list[str] = []
    for message in messages:
        text, role = message_text(message), message.get("role")
        if role == "user":
            lines.append(f"{user}: {text}")
        elif role == "tool":
            lines.append(f"Tool result: {text}")
        elif role == "assistant":
            lines.extend([f"{agent}: {text}"] if text else [])
            lines.extend(_tool_calls(message, agent))
    return lines


def _tool_calls(message: Mapping[str, Any], agent: str) -> list[str]:
    functions = [call.get("function", {}) for call in message.get("tool_calls") or ()]
    return [f"{agent} uses the tool {item.get('name', '')}: {item.get('arguments', '')}" for item in functions]


async def fit(post: Post, lines: Sequence[str], *, taken: int) -> Fitted:
    """The newest lines that fit into a slot beside `taken` tokens.

    A token is at least one byte, so a short conversation fits without counting. A longer one is counted by the
    model's own tokenizer, from the newest line backwards until the slot is full.

    Args:
        post: reaches the model's server.
        lines: oldest first.
        taken: an upper bound of the tokens of everything else, the answer included.

    Raises:
        ModelError: there is no room for a conversation at all.
    """
    room = SLOT_TOKENS - _MARGIN - taken
    if room < _LEAST_ROOM:
        raise ModelError(
            f"The embedded model reads {SLOT_TOKENS:,} tokens; the texts beside the conversation may take {taken:,} "
            f"of them and leave no room for it. Shorten the criterion, the description or the "
            f"additional context, or use a larger model."
        )
    if sum(len(line.encode()) + 1 for line in lines) <= room:
        return Fitted(lines=tuple(lines))
    kept: list[str] = []
    for line in reversed(lines):
        tokens = await _count(post, line + "\n")
        if tokens > room:
            if not kept:
                kept.append(await _ending(post, line, tokens, room))
            break
        room -= tokens
        kept.append(line)
    return Fitted(lines=tuple(reversed(kept)), left_out=len(lines) - len(kept))


async def _ending(post: Post, line: str, tokens: int, room: int) -> str:
    """The end of the newest line, where it alone is too long."""
    while tokens > room:
        line = "…" + line[-max(1, int(len(line) * room / tokens * 0.95)) :].lstrip("…")
        tokens = await _count(post, line + "\n")
    return line


async def _count(post: Post, text: str) -> int:
    answer = await post("/tokenize", {"content": text})
    return len(answer["tokens"])
