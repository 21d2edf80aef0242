"""Holding what a judge quotes against the conversation: what models change when they copy is not compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from scenario.agents.judge.quotes import checked_evidence, checked_quote
from scenario.agents.judge.verdict import Verdict
from scenario.errors import JudgeError
from scenario.llm.functions import Unreadable
from scenario.testing import ModelServer
from scenario.types import CriterionResult, Message
from tests.judge.courts import WEATHER, finish, forced, hearing, item, judge_at

SAID = """# Your order
- **Order 4711** costs $1,250.50 — that's “final”, isn't it?
> See [our terms](https://example.com/terms) &amp; the caf\u00e9's `readme_first`.
It ships on the 20th... or it does not. The temperature is -5 °C."""
RESULT = r'{"note": "line one\\nline \\"two\\"", "caf\\u00e9": 20}'
MESSAGES: list[Message] = [
    {"role": "user", "content": "Where is my order?"},
    {"role": "assistant", "content": SAID},
    {"role": "tool", "tool_call_id": "x", "content": RESULT},
    {"role": "assistant", "content": "请问您今天需要什么帮助？退款 400 元。"},
]


@pytest.mark.parametrize(
    ("quote", "index"),
    [
        ("Order 4711 costs $1,250.50", 1),
        ("**Order 4711** costs", 1),
        ("order 4711 costs", 1),
        ("that's \"final\", isn't it", 1),
        ("that’s 'final', isn’t it?", 1),
        ("«final»", 1),
        ("costs $1,250.50 - that's", 1),
        ("See our terms & the café's readme_first", 1),
        ("[our terms](https://example.com/terms)", 1),
        ("> See [our terms](https://example.com/terms) &amp; the", 1),
        ("the cafe\u0301's", 1),
        ("ｏｒｄｅｒ 4711".replace("ｏ", "Ｏ", 1), 1),
        ("Order\u200b 4711", 1),
        ("  | - **Order 4711** costs $1,250.50", 1),
        ("[1] agent:\n  | # Your order\n  | - **Order 4711** costs", 1),
        ("[1] agent: Order 4711 costs", 1),
        ("Agent: Order 4711 costs", 1),
        ("Order 4711 costs … that's final", 1),
        ("[1] agent:  | # Your order - **Order 4711** costs $1… (212 characters)", 1),
        ("Order 4711 costs [...] isn't it", 1),
        ("Your order... The temperature is -5 °C", 1),
        ("ORDER 4711 COSTS", 1),
        ("1250.50$", 1),
        ("1. Order 4711 costs $1,250.50 — that's final, isn't it?\n2. It ships on the 20th", 1),
        ("…Order 4711 costs…", 1),
        ("It ships on the 20th or it does not", 1),
        ("The temperature is -5°C", 1),
        ('line one line "two"', 2),
        ('line one\nline "two"', 2),
        ('"café": 20', 2),
        ('< {"note": "line one', 2),
        ("退款400元", 3),
        ("您今天需要什么帮助", 3),
    ],
)
def test_what_models_change_when_they_copy_is_not_compared(quote: str, index: int) -> None:
    """Marks, escapes, spaces, shapes of signs, omissions that are shown, and the heads of our transcript."""
    found = checked_quote(MESSAGES, quote, None)
    assert found is not None
    assert found[1] == index


@pytest.mark.parametrize(
    "quote",
    [
        "Order 4712 costs",
        "Order 471",
        "711 costs",
        "€1,250.50",
        "costs $1,250.5",
        "The temperature is 5 °C" + " today",
        "costs -1,250",
        "Order 4711 costs … the café's",
        "It ships … the temperature",
        "It does not ship on the 20th",
        "isn't it … Order 4711 costs",
        "Where is my order … Order 4711 costs",
        "Or … it … a … is",
        "our order is … ship",
        "I have refunded your 400 euros",
        "退款 500 元",
        "Where is my order? Your order",
    ],
)
def test_words_that_nobody_said_are_found_nowhere(quote: str) -> None:
    """Letters, digits, signs of currencies and the order of words must be as they are quoted, in one message."""
    assert checked_quote(MESSAGES, quote, None) is None


def decided(quote: str | None, status: Any = "passed") -> Verdict:
    """A verdict on one criterion with a quotation."""
    result = CriterionResult(criterion="c", status=status, reasoning="so", quote=quote, message_index=1)
    return Verdict(criteria=(result,))


@pytest.mark.parametrize(
    "quote",
    [
        *[None, "", "…", "-1", '""', "N/A", "None.", "(none)", "not applicable", "x", "-", "(absence)", "no quote"],
        *["No direct quote needed.", "entire conversation", "(whole transcript)", "See message 1", "messages 1-3"],
        *["None - the agent never asks", "no relevant quote (absence)", "N/A: nothing was said", "see above"],
    ],
)
def test_that_nothing_is_quoted_is_no_fault(quote: str | None) -> None:
    """Nor is what has no words, or says that there are none."""
    checked = checked_evidence(decided(quote), MESSAGES[:1], None).criteria[0]
    assert (checked.status, checked.quote, checked.message_index) == ("passed", None, None)


@pytest.mark.parametrize(
    "quote",
    [
        "No refunds are needed",
        "none of them was asked",
        "See you in message form",
        "the entire parcel",
        "no words of hate",
    ],
)
def test_words_like_those_are_a_claim(quote: str) -> None:
    """Which is nobody's unless it stands there."""
    with pytest.raises(Unreadable):
        checked_evidence(decided(quote), MESSAGES[:1], None)
    said: list[Message] = [{"role": "assistant", "content": f"Well, {quote}."}]
    assert checked_evidence(decided(quote), said, None).criteria[0].quote == quote


@pytest.mark.parametrize("status", ["passed", "failed", "inconclusive"])
def test_a_fabricated_quotation_decides_nothing(status: str) -> None:
    """The criterion is inconclusive, whatever was said of it, and its reasoning shows what was claimed."""
    with pytest.raises(Unreadable, match="I have refunded") as unreadable:
        checked_evidence(decided("I have refunded you", status), MESSAGES, "A context.")
    assert unreadable.value.fault == "evidence"
    result = unreadable.value.partial.criteria[0]
    assert (result.status, result.quote, result.message_index) == ("inconclusive", None, None)
    claimed = f"The judge said {status} and quoted 'I have refunded you', which stands nowhere in the conversation."
    assert result.reasoning == f"{claimed} so"


def test_what_the_script_adds_may_be_quoted() -> None:
    """It is no message, so that there is no number of one."""
    checked = checked_evidence(decided("the refund was booked"), MESSAGES, "In the database, the refund was booked.")
    assert (checked.criteria[0].quote, checked.criteria[0].message_index) == ("the refund was booked", None)


def test_a_call_may_be_quoted_as_it_is_shown() -> None:
    """With the word before it or without, with its mark, and with other spaces in its arguments."""
    for quote in (
        '> calls get_weather({"city": "Paris"})',
        "calls get_weather",
        'get_weather({"city":"Paris"})',
        '[2] result of the agent\'s call of get_weather: {"celsius": 20}',
    ):
        assert checked_quote(WEATHER, quote, None) is not None


FABRICATED = {"1": item("passed", quote="I have refunded you", message_index=3), "2": item("passed")}


async def test_a_quotation_that_stands_nowhere_is_asked_for_again() -> None:
    """The correction says which and what it claimed; what is then founded is the verdict."""
    good = finish({"1": item("failed", quote="It is 20 °C", message_index=3), "2": item("passed")})
    async with ModelServer([finish(FABRICATED), good]) as server:
        result = await judge_at(server, ["a", "b"]).call(hearing(request=forced()))
    assert [(c.status, c.message_index) for c in result.criteria] == [("failed", 3), ("passed", None)]  # type: ignore[union-attr]
    told = server.requests[1].body["messages"][-1]["content"]
    assert "criterion 1 (passed) quotes 'I have refunded you'" in told
    assert "tools" in server.requests[1].body


async def test_a_quotation_that_stands_nowhere_twice_is_inconclusive() -> None:
    """An unreadable answer between them changes nothing: neither passes, and three requests are the most."""
    for answers in (
        [finish(FABRICATED), finish(FABRICATED)],
        ["What?", finish(FABRICATED), finish(FABRICATED)],
        [finish(FABRICATED), "What?", finish(FABRICATED)],
        [finish(FABRICATED), "What?", "What?"],
    ):
        async with ModelServer(answers) as server:
            result = await judge_at(server, ["a", "b"]).call(hearing(request=forced()))
        assert (result.success, result.inconclusive_criteria) == (False, ["a"])  # type: ignore[union-attr]
        assert "said passed and quoted 'I have refunded you'" in result.criteria[0].reasoning  # type: ignore[union-attr]
        assert result.reasoning.count("cannot be found in the conversation") == 1  # type: ignore[union-attr]
        assert "I have refunded you" not in result.reasoning  # type: ignore[union-attr]


async def test_an_incomplete_verdict_keeps_no_fabricated_quotation() -> None:
    """What is taken for want of a better answer is checked as well."""
    async with ModelServer([finish({"1": FABRICATED["1"]}), "What?"]) as server:
        result = await judge_at(server, ["a", "b"]).call(hearing(request=forced()))
    assert (result.passed_criteria, result.inconclusive_criteria) == ([], ["a", "b"])  # type: ignore[union-attr]


async def test_a_verdict_that_only_stands_in_the_reasoning_says_so() -> None:
    """The error names where it stood."""
    message = {"role": "assistant", "content": None, "reasoning_content": 'I think {"1": "passed"}'}
    async with ModelServer([message, message]) as server:
        with pytest.raises(JudgeError, match="reasoning"):
            await judge_at(server, ["a"]).call(hearing(request=forced()))


# Most parts of a random text begin or end within a word, and are no quotation.
@settings(suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.lists(st.text(max_size=30), min_size=1, max_size=5), st.data())
def test_what_stands_there_is_found_and_only_that(texts: list[str], data: st.DataObject) -> None:
    """A part of a message is found in a message that holds it; the spaces in it do not matter."""
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": text} for text in texts]
    index = data.draw(st.integers(0, len(texts) - 1))
    begin = data.draw(st.integers(0, len(texts[index])))
    quote = texts[index][begin : data.draw(st.integers(begin, len(texts[index])))]
    around = texts[index][begin - 1 : begin] if begin else "", texts[index][begin + len(quote) :][:1]
    assume(all(char.isspace() for char in around if char))
    assume(not (begin and texts[index][:begin].rstrip()[-1:] in set("-−–<>=!(~≠≤≥")))
    found = checked_quote(messages, quote.replace(" ", "\n "), index)
    if any(char.isalnum() for char in quote):
        assert found is not None
        assert found[1] == index
    else:
        assert found is None


WORDS = st.lists(st.text("abcdefgäßДя中0123456789", min_size=1, max_size=6), min_size=2, max_size=8)
BETWEEN = st.sampled_from(
    [" ", "\n", "  \n | ", " **", "** ", " “", "” ", " `", "` ", " \u200b", "\u00a0", "\\n", "\n> ", " — "]
)


@given(WORDS, st.data())
def test_what_stands_between_words_is_not_compared(words: list[str], data: st.DataObject) -> None:
    """However the words are set apart, there or in the quotation; other words are found nowhere."""
    said = "".join(word + data.draw(BETWEEN) for word in words)
    quoted = "".join(word + data.draw(BETWEEN) for word in words)
    message: list[Message] = [{"role": "assistant", "content": f"Well: {said} so."}]
    assert checked_quote(message, quoted, 0) is not None
    assert checked_quote(message, f"{quoted} never", 0) is None


def test_the_message_that_is_named_comes_first() -> None:
    """It is taken though another one holds the words letter by letter."""
    messages: list[Message] = [
        {"role": "assistant", "content": "**It** rains"},
        {"role": "user", "content": "It rains"},
    ]
    assert [checked_quote(messages, "It rains", index) for index in (0, 1, 7)] == [
        ("It rains", 0),
        ("It rains", 1),
        ("It rains", 1),
    ]


@given(st.text(), st.none() | st.integers())
def test_a_quote_that_nobody_said_is_none(quote: str, index: int | None) -> None:
    """No number and no text finds anything in a conversation without words."""
    assert checked_quote([{"role": "assistant", "content": "…"}, {"role": "user"}], quote, index) is None
