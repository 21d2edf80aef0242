"""What a whole line may be wrapped into: quotation marks, a code fence, a JSON object, an element. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from scenario.agents.user_simulator.speakers import is_sentence
from scenario.llm.json_in_text import json_lists, json_objects

_IN_JSON: Final = frozenset(
    {"message", "content", "text", "user", "line", "utterance", "response", "reply", "say", "says", "human", "customer"}
    | {"user_message", "user_response", "user_reply", "user_line", "next_message", "final_message", "output"}
)
# What models write beside it, and a user who shows some JSON does not.
_BESIDE: Final = re.compile(
    r".*(?:thought|think|reason|rationale|analysis|emotion|mood|tone|sentiment|feeling|monologue|plan|intent|style).*"
    r"|role|speaker|type|language|confidence|persona|turn|satisfied|continue|next|goal_?(?:reached|achieved|met)"
    r"|(?:is_?)?(?:done|finished|over|ended)|end|stop|should_?(?:end|stop|continue)"
    r"|end_?(?:of_?)?conversation|conversation_?(?:over|ended|done)"
)
# Beside one of these, one word is a message too.
_DECIDED_BY: Final = re.compile(
    r"thoughts?|thinking|reasoning|emotion|mood|tone|sentiment|inner_monologue|(?:is_)?(?:done|finished)|over|end|stop"
    r"|conversation_over"
)
_FENCE: Final = re.compile(
    r"\A```(?:[ \t]*(?:text|txt|plaintext|plain|markdown|md|json|user|message)?[ \t]*\n|(?=[^\n`]+```))"
    r"((?:(?!```).)*?)\n?```\s*\Z",
    re.DOTALL,
)
_ELEMENT: Final = re.compile(
    r"\A<(user|user_message|user_response|user_input|message|msg|response|reply|output|answer|utterance|say|line|text|final"
    r"|final_answer|customer|human)(?:\s[^>]*)?>((?:(?!</\1).)*)(?:</\1\s*>)?\s*\Z",
    re.DOTALL | re.IGNORECASE,
)
_IN_BRACKETS: Final = re.compile(
    r"\A\[(USER|MESSAGE|RESPONSE|REPLY"
    r"|CUSTOMER)\](.*)\[/\1\]\Z",
    re.DOTALL | re.IGNORECASE,
)
_RULED: Final = re.compile(
    r"\A(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*\n(.*?)(?:\n[ \t]*(?:-{3,}|\*{3,}|_{3,}"
    r"|={3,}))?\s*\Z",
    re.DOTALL,
)
_QUOTATION_MARKS: Final = ('""', "“”", "„“", "«»", "「」", "‘’", "''")


def unwrapped(line: str, restored: Callable[[str], str] = str) -> str:
    """The line without what it is wrapped into, and nothing else stands outside of.

    Args:
        line: without thoughts.
        restored: puts back what was taken out of a text, before JSON is read.
    """
    line = line.strip()
    fence = _FENCE.match(line)
    inner = line if fence is None else fence[1].strip()
    if (said := _said_in_json(restored(inner))) is not None:
        return said
    if not (inner.startswith("{") and inner.endswith("}")):
        line = inner
    if (ruled := _RULED.match(line)) is not None:
        line = ruled[1].strip()
    if (element := _ELEMENT.match(line) or _IN_BRACKETS.match(line)) is not None:
        line = element[2].strip()
    return _without_quotation_marks(line)


def _without_quotation_marks(line: str) -> str:
    if re.fullmatch(r"\*\*[^*]+ [^*]+\*\*", line):
        line = line.strip("*").strip()
    if line.startswith(">") and "\n" not in line:
        line = line[1:].strip()
    if line.startswith('"') and line.count('"') == 1:
        return line[1:].strip()
    for marks in _QUOTATION_MARKS:
        inner = line[1:-1]
        if len(line) > 2 and line[0] == marks[0] and line[-1] == marks[1]:
            # An apostrophe stands between letters.
            looked_at = re.sub(r"(?<=\w)['’](?=\w)", "", inner) if marks in ("''", "‘’") else inner
            if not set(marks) & set(looked_at):
                return inner.strip()
    return line


def _said_in_json(inner: str) -> str | None:
    """The text in a JSON object that is all that was written, and has only such keys beside it as models write."""
    if not inner.startswith(("{", "[")) or not inner.endswith(("}", "]")):
        return None
    objects = json_objects(inner)
    listed = json_lists(inner)
    if inner.startswith("["):
        objects = listed[0] if listed and len(listed[0]) == 1 else []
    texts = _texts(objects[0]) if len(objects) == 1 else []
    if len(texts) != 1 or not (is_sentence(texts[0]) or any(_DECIDED_BY.fullmatch(_plain(key)) for key in objects[0])):
        return None
    return texts[0].strip()


def is_message_in_json(line: str) -> bool:
    """Whether it is JSON around a word, which may be a message or what the user shows."""
    objects = json_objects(line) if line.startswith("{") and line.endswith("}") else []
    return len(objects) == 1 and len(_texts(objects[0])) == 1


def _plain(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _texts(value: dict[str, Any]) -> list[str]:
    plain = {_plain(key): one for key, one in value.items()}
    said = {key: one for key, one in plain.items() if key in _IN_JSON}
    if any(key not in said and not _BESIDE.fullmatch(key) for key in plain):
        return []
    texts = list(said.values())
    return texts if all(isinstance(text, str) for text in texts) else []
