"""Play the user by continuing a chat log. A small model that is told to be the user answers as the assistant it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scenario.errors import UserSimulatorError
from scenario.llm.embedded.slot_room import Post, fit, log_lines, message_text
from scenario.types import Message

END = "[END]"

_MOST_TOKENS = 80
_TEMPERATURE = 0.3
_TRIES = 3
# An upper bound of what the worked logs take; this model counts 280.
_WORKED_TOKENS = 350
_WORKED_LOGS = f"""\
Chat log 1.
Customer profile: Busy, polite, writes short messages.
Customer goal: The customer wants to move the delivery of order 5512 from Monday to Friday.
Agent: Hello, how can I help you?
Customer: Hi, can I change the delivery day of order 5512?
Agent: Sure. Which day would suit you?
Customer: Friday instead of Monday, please.
Agent: Done. Order 5512 will arrive on Friday.
Customer: Great, thank you. {END}

Chat log 2.
Customer profile: Friendly, not very technical.
Customer goal: The customer cannot log in since they got a new phone and wants to get in again.
Agent: Hello, how can I help you?
Customer: I got a new phone and now I can't log in any more.
Agent: I'm sorry to hear that. Do you see an error message?
Customer: It says the code is wrong.
Agent: Please open the app, choose "New device" and scan the QR code from our website.
Customer: Where do I find that QR code?
Agent: On our website under Account, Security.
Customer: That worked, thanks a lot! {END}

"""


def log_prompt(conversation: str, description: str) -> str:
    """Two worked logs and the third, up to where the customer's next line begins.

    Args:
        conversation: one line for each message; empty before the first.
        description: of the scenario: who the user is and what they want.
    """
    goal = " ".join(description.split())
    return (
        f"{_WORKED_LOGS}Chat log 3.\nCustomer profile: Writes short, plain messages.\nCustomer goal: {goal}\n"
        f"Agent: Hello, how can I help you?\n{conversation}{'' if not conversation else chr(10)}Customer:"
    )


def next_line(text: str, *, said: Sequence[str], cut_short: bool = False) -> str | None:
    """What the user says; None where the conversation is over, "" where the model gave nothing, or half a sentence.

    Args:
        text: how the model continued the log.
        said: what the user has said so far.
        cut_short: the model was stopped by its limit of tokens.
    """
    line = " ".join(text.strip().split("\n")[0].split())
    ended = END in line
    line = line.replace(END, "").strip().strip('"').strip()
    if ended and said:
        return None
    if cut_short:
        sentences = re.match(r".*[.!?](?=\s)", line)
        line = "" if sentences is None else sentences.group()
    if said and _same(line, said[-1]):
        # Twice the same line: it is stuck, or so is the agent.
        return None
    return line


def _same(one: str, other: str) -> bool:
    return re.sub(r"\W+", " ", one.lower()).strip() == re.sub(r"\W+", " ", other.lower()).strip() != ""


async def next_user_line(
    post: Post, *, messages: Sequence[Message], description: str, seed: int | None = None
) -> str | None:
    """What the simulated user says next; None where the conversation is over.

    It is over when the model marks the goal as reached, or says the same line twice.

    Args:
        post: reaches the model's server.
        messages: the conversation, OpenAI-style; of a long one the newest part that fits is read.
        description: of the scenario: who the user is and what they want.
        seed: of the model's sampling; None leaves it to the server.

    Raises:
        UserSimulatorError: the model gave an empty line three times.
        ModelError: the description leaves no room for the conversation.
    """
    taken = _WORKED_TOKENS + len(description.encode()) + _MOST_TOKENS
    lines = [line for line in log_lines(messages, user="Customer", agent="Agent") if not line.startswith("Tool")]
    fitted = await fit(post, lines, taken=taken)
    said = [message_text(message) for message in messages if message.get("role") == "user"]
    for attempt in range(_TRIES):
        body: dict[str, object] = {
            "prompt": log_prompt(fitted.text, description),
            "max_tokens": _MOST_TOKENS,
            "temperature": _TEMPERATURE,
            "stop": ["\n"],
        }
        if seed is not None:
            body["seed"] = seed + attempt
        text, cut_short = _continuation(await post("/v1/completions", body))
        line = next_line(text, said=said, cut_short=cut_short)
        if line != "":
            return line
    raise UserSimulatorError(
        f"The embedded model gave an empty line {_TRIES} times, or half of one, for the description "
        f"{description[:80]!r}. "
        f"Describe what the user wants in a sentence, or use a larger model for the user."
    )


def _continuation(answer: Mapping[str, Any]) -> tuple[str, bool]:
    try:
        choice = answer["choices"][0]
        return str(choice["text"]), choice.get("finish_reason") == "length"
    except (KeyError, IndexError, TypeError) as error:
        raise UserSimulatorError(f"The model's server answered without a text: {str(answer)[:300]}.") from error
