"""What a simulated user must not say, by rules that are sure: a false alarm costs a run. Pure.

A line that breaks one is no line of this user: its model has fallen out of its role, or made something up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from scenario.agents.message_text import text_of
from scenario.agents.user_simulator.character import Character
from scenario.agents.user_simulator.ending import END
from scenario.agents.user_simulator.facts import contradicted
from scenario.agents.user_simulator.prompt import GOES_ON, INSTRUCTIONS, MAY_END, NO_ANSWER
from scenario.agents.user_simulator.role import agents_words, models_words, told_of_playing
from scenario.agents.user_simulator.speakers import speaks_as_agent
from scenario.types import Message

# So often in a row the same line is said, and the agent has answered differently each time.
_MOST_REPEATS: Final = 3
_FEWEST_WORDS: Final = 5

# Whose user is a machine, or serves people: such lines are its own.
_SERVES: Final = re.compile(
    r"\b(?:ai|bots?|chatbot|robot|assistants?|receptionist|clerk|operator|employee|staff|waiter|waitress|concierge|host"
    r"|representative|salesperson|seller|shop|support (?:agent|team|engineer)|help ?desk|agent for|advisor|nurse"
    r"|librarian"
    r"|teacher|tutor|provider|dispatcher|call ?cent(?:er|re)|consultant|works? (?:at|for|in))\b",
    re.IGNORECASE,
)
_YOU_ARE: Final = re.compile(r"\byou(?:'re| are) (?:an? |the )[^.\n]{0,80}", re.IGNORECASE)
_HEADINGS: Final = re.compile(
    r"^\W{0,4}(?:who the user is|what the user (?:wants|knows)|how the user behaves)\W{0,3}:\s*\n",
    re.IGNORECASE | re.MULTILINE,
)
_NOTATION: Final = re.compile(r"\A\(The agent(?:'s call of| calls| has not answered)")
_COMMANDS: Final = re.compile(
    r"(?:you(?:'re| are)|the (?:user|customer)|your|act|play|pretend|never|always|do not|don't|stay|write|begin|tell"
    r"|use|let)\b",
    re.IGNORECASE,
)
# Where the words of the test say so, other facts may be meant.
_OTHER_FACTS: Final = re.compile(
    r"\b(?:giv|stat|sa[yi]|tell|mention|claim|typ|provid|enter|us|quot|confus|mix|pretend|insist)\w*\b[^.\n]{0,60}"
    r"\b(?:wrong|false|incorrect|another|different|fake|invented|mistaken|else's)\b"
    r"|\b(?:wrong|false|incorrect|fake|mistaken|different)\b[^.\n]{0,20}"
    r"\b(?:number|id|code|name|e-?mail|facts?|details?|data|information)\b"
    r"|\b(?:lies?|lying|typos?|mix(?:es|ed)? up|confuses?)\b",
    re.IGNORECASE,
)


class Breach(NamedTuple):
    """A line that is none of this user's.

    Attributes:
        rule: its name.
        reason: what is wrong with the line, for the model that wrote it.
        remedy: what the author of the test can do.
    """

    rule: str
    reason: str
    remedy: str


class Watched(NamedTuple):
    """What a line is looked at with."""

    character: Character
    description: str
    system_prompt: str | None
    messages: Sequence[Message]


def breach_of(line: str, watched: Watched) -> Breach | None:
    """The first rule that a line breaks."""
    plain = line.replace("’", "'")
    return _role(plain, watched) or _leak(plain, watched) or _invented(line, watched) or _repeated(line, watched)


def _role(line: str, watched: Watched) -> Breach | None:
    told = watched.system_prompt or ""
    if _SERVES.search(watched.character.persona) or any(_SERVES.search(one[0]) for one in _YOU_ARE.finditer(told)):
        return None
    is_first = not any(message.get("role") == "assistant" for message in watched.messages)
    if words := models_words(line, is_first=is_first):
        return Breach(
            "role break",
            f"it is not the user who speaks, but the model about its task ({words!r})",
            "Word persona=, goal= and the description otherwise, so that the model plays them, or take another model.",
        )
    words = agents_words(line)
    if not words and not speaks_as_agent(line) and not _NOTATION.match(line):
        return None
    shown = repr(words) if words else "the agent's name or acts"
    return Breach(
        "role break",
        f"it speaks as the agent does ({shown}), and the user wants something from the agent",
        "Say in persona= and goal= who the user is and what they want, or take a larger model.",
    )


def _leak(line: str, watched: Watched) -> Breach | None:
    found = _HEADINGS.search(line)
    words = told_of_playing(line) or (found[0].strip() if found is not None else "")
    words = words or _instruction_in(line, watched) or _own_mark(line, watched)
    if not words:
        return None
    return Breach(
        "leaked instructions",
        f"it repeats or mentions the instructions ({words!r}), of which a user knows nothing",
        "Take a larger model, or shorter instructions of your own.",
    )


def _own_mark(line: str, watched: Watched) -> str:
    """Our mark of an end, spoken of by a user who cannot know it."""
    told = (watched.description, watched.system_prompt or "", *(text_of(message) for message in watched.messages))
    return END if END in line and not any(END in one for one in told) else ""


def _instruction_in(line: str, watched: Watched) -> str:
    said = _plain(line)
    fixed = "\n".join((INSTRUCTIONS, MAY_END, GOES_ON, NO_ANSWER))
    own = "\n".join((watched.system_prompt or "", watched.character.persona))
    for text, is_own in ((fixed, False), (own, True)):
        for sentence in re.split(r"(?<=[.!?:;])\s+|\n", text):
            sentence = sentence.strip(" -*()")
            words = _plain(sentence)
            if len(words.split()) < _FEWEST_WORDS or "{" in sentence:
                continue
            # A persona may be told in the user's own words.
            if f" {words} " in f" {said} " and (not is_own or _COMMANDS.match(sentence)):
                return sentence
    return ""


def _invented(line: str, watched: Watched) -> Breach | None:
    character = watched.character
    told = " ".join((character.persona, character.goal, watched.description, watched.system_prompt or ""))
    said_of_facts = (character.own_words, character.goal, watched.description, watched.system_prompt or "")
    if character.is_wrong or any(_OTHER_FACTS.search(one) for one in said_of_facts):
        return None
    elsewhere = " ".join((told, *(text_of(message) for message in watched.messages)))
    found = contradicted(line, character.knows, elsewhere)
    if found is None:
        return None
    name, said = found
    return Breach(
        "invented fact",
        f"the user's {name} is {character.knows[name]!r}, not {said!r}",
        f"Where both are right, knows= can tell both; where the user is to be wrong about it, say so: "
        f'traits=["wrong_about_facts: the {name}"]. Else take a larger model.',
    )


def _repeated(line: str, watched: Watched) -> Breach | None:
    users: list[str] = []
    agents: list[str] = []
    for message in watched.messages:
        if message.get("role") == "user":
            users.append(_plain(text_of(message)))
        elif message.get("role") == "assistant" and (answer := _plain(text_of(message))):
            agents.append(answer)
    same, answers = users[-_MOST_REPEATS:], agents[-_MOST_REPEATS:]
    plain = _plain(line)
    # To an agent that says the same again, or nothing, a user may well say the same again.
    if len(plain.split()) < _FEWEST_WORDS or same != [plain] * _MOST_REPEATS or len(set(answers)) < _MOST_REPEATS:
        return None
    return Breach(
        "repetition",
        f"the user has said it {_MOST_REPEATS} times in a row, and the agent has answered each time",
        "Say in goal= what the user does once it is reached, or take a larger model.",
    )


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())
