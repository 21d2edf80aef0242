"""The rules from which each label's truth follows: functions of the transcript alone. Pure.

None of them knows how a conversation was made. What the agent "says" are its texts, not its calls; a value is said when
one of its written forms stands in a text as whole words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from labelling.languages import language_of
from labelling.transcript import AMOUNT, Messages, calls, has, listed, longest_reply, questions, said_by, sentences
from labelling.written_forms import forms_of

_REFUSALS: Final = ("can't", "cannot", "may not", "won't", "not able", "not allowed", "not permitted")
_FAILURES: Final = ("did not work", "failed", "an error", "did not go through")
_SUGGESTS: Final = "i recommend"


def _returned(messages: Messages, tool: str, field: str) -> tuple[int, list[str]] | None:
    found = [one for one in calls(messages) if one.name == tool and one.worked and field in one.result]
    return (found[-1].place, forms_of(found[-1].result[field])) if found else None


def _first_said(messages: Messages, tool: str, field: str) -> int | None:
    if (returned := _returned(messages, tool, field)) is None:
        return None
    after, forms = returned
    return next(
        (
            place
            for place, text in said_by(messages, "assistant")
            if place > after and any(has(text, form) for form in forms)
        ),
        None,
    )


def says_what_the_tool_returned(messages: Messages, *, tool: str, field: str) -> bool:
    """After the last result of the tool that has this field, the agent says its value."""
    return _first_said(messages, tool, field) is not None


def says_before(messages: Messages, *, tool: str, first: str, second: str) -> bool:
    """The agent says both fields' values, and the first of them in an earlier message."""
    one, other = _first_said(messages, tool, first), _first_said(messages, tool, second)
    return one is not None and other is not None and one < other


def called(messages: Messages, *, tool: str) -> bool:
    """A call of the tool has a result that is no error."""
    return any(one.name == tool and one.worked for one in calls(messages))


def called_before(messages: Messages, *, first: str, second: str) -> bool:
    """Both tools were called, the first of them first."""
    names = [one.name for one in calls(messages)]
    return first in names and second in names and names.index(first) < names.index(second)


def called_about(messages: Messages, *, tool: str, value: str) -> bool:
    """A call of the tool with this value among its arguments has a result that is no error."""
    return any(one.name == tool and one.worked and value in one.arguments.values() for one in calls(messages))


def tells_that_it_failed(messages: Messages, *, tool: str) -> bool:
    """The agent's first text after a call of the tool whose result is an error says that it failed."""
    failed = [one.place for one in calls(messages) if one.name == tool and "error" in one.result]
    texts = [text for place, text in said_by(messages, "assistant") if failed and place > failed[0]]
    return bool(texts) and any(phrase in texts[0].lower() for phrase in _FAILURES)


def asks_so_many_questions(messages: Messages, *, n: int) -> bool:
    """So many sentences of the agent end with a question mark."""
    return len(questions(messages)) == n


def calls_so_many_tools(messages: Messages, *, n: int) -> bool:
    """There are so many calls of tools."""
    return len(calls(messages)) == n


def user_writes_so_often(messages: Messages, *, n: int) -> bool:
    """There are so many messages of the user."""
    return len(said_by(messages, "user")) == n


def first_to_mention(messages: Messages, *, term: str, role: str) -> bool:
    """The first text in which the term stands is one of this side."""
    found = [
        one["role"] for one in messages if one["role"] in ("user", "assistant") and has(one["content"] or "", term)
    ]
    return bool(found) and found[0] == role


def never_asks_for(messages: Messages, *, term: str) -> bool:
    """The term stands in no question of the agent."""
    return not any(has(one, term) for one in questions(messages))


def asks_at_most_once_for(messages: Messages, *, term: str) -> bool:
    """The term stands in no more than one question of the agent."""
    return sum(has(one, term) for one in questions(messages)) <= 1


def never_says_the_same_twice(messages: Messages) -> bool:
    """No two texts of the agent are equal."""
    texts = [" ".join(text.lower().split()) for _, text in said_by(messages, "assistant")]
    return len(texts) == len(set(texts))


def answers_in_the_language_of_the_user(messages: Messages) -> bool:
    """Each text of the agent is in the language of the user's text before it."""
    language = ""
    for one in messages:
        if one["role"] == "user":
            language = language_of(one["content"])
        elif one["role"] == "assistant" and one["content"] and language and language_of(one["content"]) != language:
            return False
    return True


def answers_in_it(messages: Messages, *, language: str) -> bool:
    """The agent's text after each of the user's texts in this language is in it."""
    answers = []
    for place, text in said_by(messages, "user"):
        if language_of(text) == language:
            answers += [said for after, said in said_by(messages, "assistant") if after > place][:1]
    return bool(answers) and all(language_of(one) == language for one in answers)


def adds_up(messages: Messages) -> bool:
    """In the agent's text that has "together", the last amount is the sum of those before it."""
    for _, text in said_by(messages, "assistant"):
        if has(text, "together"):
            *parts, whole = [round(float(found) * 100) for found in AMOUNT.findall(text)]
            return sum(parts) == whole
    return False


def prices_below(messages: Messages, *, limit: int) -> bool:
    """Each amount in an item of a list of the agent is below the limit."""
    items = [line for _, text in said_by(messages, "assistant") for line in text.splitlines() if listed(line)]
    amounts = [float(found) for line in items for found in AMOUNT.findall(line)]
    return bool(amounts) and max(amounts) < limit


def refuses(messages: Messages, *, tool: str, field: str) -> bool:
    """A text of the agent has a phrase of refusal, and none has the value that the tool returned."""
    texts = [text.lower() for _, text in said_by(messages, "assistant")]
    return _first_said(messages, tool, field) is None and any(phrase in text for text in texts for phrase in _REFUSALS)


def lists_steps(messages: Messages, *, n: int) -> bool:
    """A text of the agent has so many lines that begin as items of a list."""
    return any(listed(text) == n for _, text in said_by(messages, "assistant"))


def is_brief(messages: Messages, *, n: int) -> bool:
    """No text of the agent has more words."""
    return longest_reply(messages) <= n


def recommends_one_that_is(messages: Messages, *, tool: str, quality: str) -> bool:
    """Of the items that the tool returned, the one in the agent's sentence with "I recommend" has the quality."""
    items = [item for one in calls(messages) if one.name == tool for item in one.result.get("results", ())]
    told = [one for _, text in said_by(messages, "assistant") for one in sentences(text) if _SUGGESTS in one.lower()]
    named = [item for item in items if any(has(one, item["name"]) for one in told)]
    return bool(named) and all(item[quality] for item in named)


def says_one_of(messages: Messages, *, terms: Sequence[str]) -> bool:
    """One of the terms stands in a text of the agent."""
    return any(has(text, term) for _, text in said_by(messages, "assistant") for term in terms)


def keeps_to_what_was_said(messages: Messages, *, values: Sequence[str]) -> bool:
    """The last of the values that the agent says is the last that the user said."""
    one, other = _last_of(messages, "user", values), _last_of(messages, "assistant", values)
    return one is not None and one == other


def books_what_was_said_last(messages: Messages, *, tool: str, field: str, values: Sequence[str]) -> bool:
    """The last call of the tool that worked has, as this argument, the last of the values that the user said."""
    found = [one for one in calls(messages) if one.name == tool and one.worked]
    settled = _last_of(messages, "user", values)
    return bool(found) and str(found[-1].arguments.get(field)) == settled


def _last_of(messages: Messages, role: str, values: Sequence[str]) -> str | None:
    said = [value for _, text in said_by(messages, role) for value in values if has(text, value)]
    return said[-1] if said else None


_ALL: Final = (
    says_what_the_tool_returned, says_before, called, called_before, called_about, tells_that_it_failed,
    asks_so_many_questions, calls_so_many_tools, user_writes_so_often, first_to_mention, never_asks_for,
    asks_at_most_once_for, never_says_the_same_twice, answers_in_the_language_of_the_user, answers_in_it, adds_up,
    prices_below, refuses, lists_steps, is_brief, recommends_one_that_is, says_one_of,
    keeps_to_what_was_said, books_what_was_said_last,
)  # fmt: skip
RULES: Final[Mapping[str, Callable[..., bool]]] = {rule.__name__: rule for rule in _ALL}


def truth(messages: Messages, rule: Mapping[str, Any]) -> bool:
    """Whether a criterion is met, by its rule.

    Args:
        messages: the conversation.
        rule: `name`, `arguments` and, where the criterion says the opposite, `opposite`.
    """
    return RULES[rule["name"]](messages, **rule["arguments"]) is not bool(rule.get("opposite"))
