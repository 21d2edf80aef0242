"""What a user simulator's model is told: the conversation with its roles reversed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.agents.message_text import calls_of, text_of, tool_names
from scenario.agents.user_simulator.character import Character
from scenario.agents.user_simulator.ending import END
from scenario.types import Message

INSTRUCTIONS: Final = """\
You play the user in a test of an AI agent. You write the user's messages, and nothing else: no narration, no names \
before them, no quotation marks around them, no remarks about the test.

The situation:
{description}
{user}
How to write:
- As people write in a chat: short, often one sentence, in everyday words; the language of the situation.
- Begin with what the user wants. Tell details only when they are asked for or matter now.
- Stay the user: you want something from the agent. Never answer for it, help it or offer it anything.
- Use what the situation says, and do not make up what contradicts it.
- Let the conversation move on: no thanks over and over, no repeating of what was said.
{end}"""
MAY_END: Final = f"""\
- When what the user wants is reached, or clearly cannot be, and nothing is left to say, write {END} and nothing else. \
Last words may stand before it.
"""
GOES_ON: Final = """\
- The conversation is not over yet: there is something more to say or to ask.
"""
_OPENING: Final = "Hello, how can I help you today?"
NO_ANSWER: Final = "(The agent has not answered yet. Write the user's next message.)"


def simulator_messages(
    *,
    description: str,
    persona: str | None = None,
    goal: str | None = None,
    system_prompt: str | None,
    messages: Sequence[Message],
    character: Character | None = None,
    may_end: bool = True,
) -> list[Message]:
    """The conversation with the simulator's model.

    What the user said is the model's own; what the agent said and did is told to it. There are no tool calls in it, as
    none are the model's.

    Args:
        description: of the scenario.
        persona: who the user is.
        goal: what the user wants.
        system_prompt: instructions in the place of everything built-in, the description included.
        messages: the conversation.
        character: who the user is in full, in the place of `persona` and `goal`.
        may_end: whether the user may have nothing more to say.
    """
    user = (character or Character(persona=persona or "", goal=goal or "")).sections()
    system = system_prompt
    if system is None:
        system = INSTRUCTIONS.format(description=description, user=user, end=MAY_END if may_end else GOES_ON)
    elif user:
        system = f"{system}\n{user}"
    names = tool_names(list(messages))
    turns: list[tuple[str, str]] = [("user", _OPENING)]
    for message in messages:
        role = message.get("role")
        if role == "user":
            turns.append(("assistant", text_of(message)))
        elif role in ("assistant", "tool"):
            turns.append(("user", _agent_act(message, names)))
    joined = _joined(turns)
    if joined[-1]["role"] == "assistant":
        joined.append({"role": "user", "content": NO_ANSWER})
    return [{"role": "system", "content": system}, *joined]


def _agent_act(message: Message, names: dict[str, str]) -> str:
    if message.get("role") == "tool":
        name = names.get(str(message.get("tool_call_id")), "a tool")
        return f"(The agent's call of {name} returned: {text_of(message)})"
    calls = [f"(The agent calls {call})" for call in calls_of(message)]
    return "\n".join(part for part in (text_of(message), *calls) if part)


def _joined(turns: Sequence[tuple[str, str]]) -> list[Message]:
    """One message for each change of speaker: some servers refuse two of one role in a row, or an empty one."""
    joined: list[Message] = []
    for role, text in turns:
        if not text.strip():
            continue
        if joined and joined[-1]["role"] == role:
            joined[-1]["content"] += f"\n{text}"
        else:
            joined.append({"role": role, "content": text})
    return joined
