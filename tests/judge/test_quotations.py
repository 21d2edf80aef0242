"""What is compared of a quotation: whole words, marks that change what they say, and none that a judge puts around."""

from __future__ import annotations

import pytest

from scenario.agents.judge.quotes import checked_quote
from scenario.types import Message


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("able to help you", "I am unable to help you."),
        ("Yes, I can", "Yes, I cannot do that."),
        ("Yes, I can", "Yes, I can't do that."),
        ("possible", "It is impossible."),
        ("smoking rooms", "Only non-smoking rooms."),
        ("zuverlässig", "Das ist unzuverlässig."),
        ("можно вернуть", "Это невозможно вернуть."),
        ("可能です", "それは不可能です。"),
        ("返金でき", "返金できません。"),
        ("found", "Error: not_found"),
        ("5 euros", "It costs 1.5 euros"),
        ("20 euros", "It costs 10-20 euros"),
        ("I can", "**I can**not"),
        ("refund you", "I will not refund you."),
        ("refund you", "I won't refund you."),
        ("share your password", "Please do **not** share your password."),
        ("guilty", "He pleads not-guilty"),
        ("refund you", "It is impossible to refund you."),
        ("refund you", "We refuse to refund you."),
        ("refund you", "We do not ever refund you."),
        ("pays", "Nobody pays."),
        ("posso aiutare", "Purtroppo non posso aiutare."),
        ("posso ajudar", "Infelizmente não posso ajudar."),
        ("mogę pomóc", "Niestety nie mogę pomóc."),
        ("sugar", "It is sugar-free"),
        ("234 euros", "It costs 1 234 euros"),
        ("costs 5", "It costs 5 000 000 euros"),
        ("가능합니다", "불가능합니다"),
    ],
)
def test_a_quotation_begins_and_ends_with_its_words(quote: str, text: str) -> None:
    """A part of a word, or of a number, says something else; the whole word is found."""
    assert checked_quote([{"role": "assistant", "content": text}], quote, 0) is None
    assert checked_quote([{"role": "assistant", "content": f"{text} So: {quote} ."}], quote, 0) is not None


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("I will … refund you", "I will not refund you.", False),
        ("I will … refund you", "I will never, for no money in the world, refund you.", False),
        ("I will [...] refund you", "I won't, but I will happily refund you.", True),
        ("I will ... refund you", "I will gladly and fully refund you.", True),
        ("Ich werde … erstatten", "Ich werde Ihnen das nicht erstatten.", False),
        ("Я могу … вернуть деньги", "Я могу вам не вернуть деньги.", False),
        ("我们可以…退款给您", "我们可以不退款给您。", False),
        ("You get ... your money", "You get nothing. That is all. Keep paying your money to us.", False),
        ("You get … your money", "You get\n- nothing\nand your money goes.", False),
        ("Hello! … I can pay you back.", "Hello! It is late. I can pay you back.", True),
        ("I pay … I refund you", "I pay nothing. I refund you. Then I pay in full and I refund you.", True),
    ],
)
def test_an_ellipsis_leaves_out_no_denial(quote: str, text: str, found: bool) -> None:
    """Nor the end of a sentence, but for whole ones."""
    assert (checked_quote([{"role": "assistant", "content": text}], quote, 0) is not None) is found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("1020 euros", "10~20 euros"),
        ("34 euros", "3*4 euros"),
        ("34 euros", "3_4 euros"),
        ("210 bytes", "2**10 bytes"),
        ("510 tall", "5'10 tall"),
        ("2.3 of all", "2/3 of all"),
        ("5.7 days", "5-7 days"),
        ("5 7 days", "5-7 days"),
        ("11/2 cups", "1½ cups"),
        ("balance: 15", "balance: - 15"),
        ("balance: 15", "balance: -15"),
        ("balance: 15", "balance: (15)"),
        ("balance: 15", "balance: −15"),
        ("price > 5", "price < 5"),
        ("5", "below -5"),
        ("price 5", "price < 5"),
        ("a == b", "a != b"),
        ("a < b", "a > b"),
        ("if ok then", "if !ok then"),
        ("Yes no", "~~Yes~~ no"),
        ("Yes, gladly", "~~Yes~~, gladly"),
        ("costs 1.5", "costs 1,5"),
        ("at 5.30", "at 5:30"),
        ("10m2", "10m²"),
        ("102 bytes", "10² bytes"),
        ("0.5 l", "5 l"),
        ("a d", "a <b c> d"),
        ("1234 km", "1,234 km"),
    ],
)
def test_marks_that_change_a_number_or_a_comparison_are_compared(quote: str, text: str) -> None:
    """None is nothing; as it stands there it is found, and with the spaces that models put around it or leave out."""
    message: list[Message] = [{"role": "assistant", "content": f"So: {text}, you see."}]
    assert checked_quote(message, quote, 0) is None
    assert checked_quote(message, text, 0) is not None
    assert checked_quote(message, f'"So: **{text}**"', 0) is not None


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("€1,234.50", "It costs 1,234.50 €."),
        ("1234.50 €", "It costs 1,234.50 €."),
        ("1,234.50", "It costs 1234.50 €"),
        ("1.234.567,00", "Es kostet 1234567,00"),
        ("10 - 20 euros", "10–20 euros"),
        ("1 1/2 cups", "1½ cups"),
        ("a<b and c", "a < b and c"),
        ("x>=5", "x ≥ 5"),
        ("15 apples", "You have:\n- 15 apples"),
        ("15 days", "(15 days)"),
        ("(15)", "balance: (15)"),
        ("5 °C", "It is 5°C"),
        ("the word is", "the <b>word</b> is"),
        ("bold", "**bold**"),
        ("well known", "A well-known fact"),
        ("15 €", "Price – 15 €"),
        ("refund you", "Whether or not! Refund you, I will."),
        ("costs 5 000 000", "It costs 5\u00a0000\u00a0000 euros"),
        ("हाँ जी", "हाँ जी, ज़रूर"),
    ],
)
def test_the_same_number_and_words_in_another_dress_are_found(quote: str, text: str) -> None:
    """Groups of thousands, the place of a currency's sign, spaces around operators, bullets and markup."""
    assert checked_quote([{"role": "assistant", "content": text}], quote, 0) is not None


TOLD: list[Message] = [
    {"role": "user", "content": "Hello, can you refund me?"},
    {
        "role": "assistant",
        "content": "Hello! Your parcel arrives on 3 May.\n\n- First: call us\n- Second: wait\n\nI can't promise.",
    },
]


@pytest.mark.parametrize(
    "quote",
    [
        "'Hello!' and 'I can't promise'",
        "“Hello!”, “I can’t promise.”",
        '"First: call us" / "parcel arrives on 3 May"',
        "Hello! / I can't promise.",
        "Hello!; I can't promise.",
        "Hello! | I can't promise",
        "Hello!\nI can't promise.",
        "1. First: call us 2. Second: wait",
        "User: Hello, can you refund me?\nAgent: Hello!",
        "[0] user: can you refund me? [1] agent: Hello!",
        "The agent says: 'Hello!'",
        "Assistant said “Hello!”",
        "Hello! (message 1)",
        "message 1: Hello!",
        "Agent (1): Hello!",
    ],
)
def test_several_quotations_and_who_said_them(quote: str) -> None:
    """Each of them stands there; what the judge has put between and around them is not compared."""
    assert checked_quote(TOLD, quote, None) is not None


@pytest.mark.parametrize(
    "quote",
    [
        "'Hello!' and 'I promise'",
        "Hello! / I can promise.",
        "Your parcel arrives on 3 May / promise",
        "parcel arrives / call us",
        "Hello and I can't promise",
        "User: Hello!\nAgent: can you refund me?",
        "The user says: 'I can't promise'",
        "The agent never says: 'Hello!'",
        "The agent says 'Hello!' rudely",
        "The agent asked can you refund me",
        "Agent: can you refund me?",
        "First: call us, I can't promise",
    ],
)
def test_what_is_joined_or_attributed_wrongly_is_found_nowhere(quote: str) -> None:
    """A part that nobody said, a part of a sentence that reads on in the next one, another speaker, a retelling."""
    assert checked_quote(TOLD, quote, None) is None


@pytest.mark.parametrize("join", ["/", ";", "|", "…", "\n"])
def test_a_join_leaves_out_no_denial(join: str) -> None:
    """It is an ellipsis by another name, with quotation marks and without."""
    said: list[Message] = [{"role": "assistant", "content": "I will not refund you. You get nothing. Keep your money."}]
    for quote in (f"I will {join} refund you", f'"I will" {join} "refund you"', f"You get {join} your money"):
        assert checked_quote(said, quote, 0) is None
