"""The simulated user's line: what a model wrote, without its thoughts, its template's marks and the agent's part."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario.agents.user_simulator.line import user_line

SAID = "Where is my parcel?"
THOUGHT = "They want their parcel."


@pytest.mark.parametrize(
    "text",
    [
        f"<reasoning>{THOUGHT}</reasoning>\n{SAID}",
        f"<Thinking>{THOUGHT}</Thinking> {SAID}",
        f"<x:think>{THOUGHT}</x:think>{SAID}",
        f"[Reasoning]{THOUGHT}[/Reasoning]{SAID}",
        f"{THOUGHT}</think>{SAID}",
        f"{THOUGHT}◁/think▷{SAID}",
        f"<think>{THOUGHT}</think><think>{THOUGHT}</think>{SAID}",
        f"<|START_THINKING|>{THOUGHT}<|END_THINKING|>{SAID}<|END_OF_TURN_TOKEN|>",
        f'<details type="reasoning" duration="2">{THOUGHT}</details>\n\n{SAID}',
        f"<|channel|>commentary<|message|>{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
        f"<|start|>assistant<|channel|>analysis<|message|>{THOUGHT}<|end|>{SAID}",
        f"<|begin_of_thought|>{THOUGHT}<|end_of_thought|><|begin_of_solution|>{SAID}<|end_of_solution|>",
        f"<start_of_turn>user\n{SAID}<end_of_turn>\n<start_of_turn>model\nIt is on its way.",
        f"{SAID}<|eot_id|>",
        f"{SAID}</s>",
        f"**User:** {SAID}",
        f"[Customer]: {SAID}",
        f"Human (Ben): {SAID}",
        f"User: {SAID}\nUser: Hello?",
        f"{SAID}\n\n**Agent (Scenario):** It is on its way.\n\n**User:** Good.",
        f"{SAID}\nAssistant: It is on its way.",
        f'{{"message": "{SAID}"}}',
        f'```json\n{{"content": "{SAID}", "emotion": "upset"}}\n```',
        f"“{SAID}”",
        f"<thinking>\n{THOUGHT}\n</thinking>\n<message>{SAID}</message>",
        f"<|user|>\n{SAID}<|end|>\n<|assistant|>\nIt is on its way.",
        f"[INST] {SAID} [/INST] It is on its way.",
        f"### Human: {SAID}\n### Assistant: It is on its way.",
        f"Simulated user: {SAID}",
        f"Benutzer: {SAID}",
        f"Utilisateur : {SAID}",
        f"用户：{SAID}",
        f"{SAID}\n\nAsistente: Está en camino.\n\nUsuario: Gracias.",
        f"{SAID} Assistant: It is on its way.",
        f"Assistant: How can I help?\nUser: {SAID}",
        f"Here is the user's message:\n\n{SAID}",
        f"Sure! Here's the user's next message: \"{SAID}\"",
        f"Here's my response as the user:\n\n{SAID}",
        f"User's message: {SAID}",
        f'As the user, I would say: "{SAID}"',
        f"```\n{SAID}\n```",
        f'[{{"role": "user", "content": "{SAID}"}}]',
        f'{{"thought": "{THOUGHT}", "userMessage": "{SAID}"}}',
        f"<user_message>{SAID}</user_message>",
        f"*sighs heavily* {SAID}",
        f"(typing…) {SAID}",
        f"[frustrated] {SAID}",
        f"*pauses for a moment*\n\n{SAID}",
        f"{SAID} *waits impatiently*",
        f"Thought: {THOUGHT}\nUser: {SAID}",
        f"**Thinking:** {THOUGHT}\n\n**Message:** {SAID}",
        f"{SAID}\n\n(Note: the user is short, as the persona says.)",
        f"{SAID}\n\nLet me know if you'd like me to adjust the tone!",
        f"„{SAID}“",
        f"'{SAID}'",
        f"<inner_thoughts>{THOUGHT}</inner_thoughts>\n{SAID}",
        f"(Thinking: {THOUGHT}) {SAID}",
        f"### Response\n{SAID}",
        f"**Message:** {SAID}",
        f"Sure, here you go:\n\n{SAID}",
        f"---\n{SAID}\n---",
        f"[USER]{SAID}[/USER]",
        f"{SAID}\n\n[END OF MESSAGE]",
        f"{SAID}\n<think>{THOUGHT}</think>",
        f"**{SAID}**",
        f"> {SAID}",
        f"👤 User: {SAID}",
        f"Customer #2: {SAID}",
        f"Anna (customer): {SAID}",
        f"{SAID}\n\nSupport: We'll refund you.",
        f"{SAID}\n\nBot: Sure!",
        f"{SAID}\n\nAI: Sure, let me look.",
        f"{SAID}\n\nAgent Response: It is on its way.",
        f"{SAID}\n\nAssistant's reply: It is on its way.",
        f"{SAID}\n\n### Response:\nIt is on its way.",
        f"{SAID}\n###\nAssistant: It is on its way.",
        f"{SAID}\n\n(Waiting for the agent's response)",
        f"{SAID}\n\n*Please respond as the agent*",
        f"{SAID}\n\nWould you like me to continue the conversation?",
        f'Here\'s a possible message: "{SAID}"',
        f"Certainly! Here is a realistic message:\n\n{SAID}",
        f"Here is a message that an angry customer might send: {SAID}",
        f"Here's how I'd respond as the customer: {SAID}",
        f'{{"message": "{SAID}", "type": "question"}}',
        '{"thought": "x", "message": "' + SAID + '"}',
    ],
)
def test_only_the_user_s_words_are_said(text: str) -> None:
    """Whatever notation a model's template has."""
    assert user_line(text) == SAID


@pytest.mark.parametrize(
    "text",
    [
        "Does <think> end a sentence?",
        "My notes say: agent: none. Is that right?",
        "Hi!\n\nAI: what does that stand for?",
        'Is {"message": "x"} valid?',
        '{"a": 1} is what I got.',
        "I said “no”, and “never”.",
        "User stories: what are they?",
        "Why is [think] in brackets?",
        "Hello there\nCustomer number: 12",
        "*Please* help me.",
        "(I tried that already.) What now?",
        "(typing this on my phone) where is my order",
        "[URGENT] My site is down",
        "What does </think> do in a template?",
        "Why does it print </s> at the end?",
        "What does <|im_end|> mean?",
        "Is `</think>` a tag?",
        "```python\nprint('x')\n```",
        "Here is my code:\n```\nx = 1\n```\nWhy does it fail?",
        '{"status": 404, "message": "Not found"}',
        "Here is my question: why is the sky blue?",
        "Here is the error message the user gets: E42",
        "My contacts:\nAgent: Smith\nOffice: Berlin",
        "I got this reply:\n\nAssistant: I cannot do that.\n\nIs that right?",
        "Thoughts? I like it.",
        "My plan: go to Paris.\nBudget: 100",
        "<b>Bold</b> does not work",
        "'Twas the night before",
        "Client ID: 123, secret: abc",
        "[1, 2, 3]",
        "Is <think>x</think> valid?",
        "Answer: 42",
        "Response: none so far. Order: 5",
        "Customer Service: what are your hours?",
        "(Planning a trip: any tips?)",
        "<reasonable> price",
        "> quoted\nmy words",
        "{}",
        "*",
        "Here is my log:\nUser: hi\nAssistant: hello\nWhy is it doubled?",
        "This is what I got:\n\nUser: hi\n\nAssistant: hello\n\nWhy?",
        "I pasted the chat.\nAgent: We refund you.\nMe: thanks\nSo where is my money?",
        "The bot wrote this.\n\nAssistant: I cannot do that.",
        "Your log says hi. Assistant: hello there.",
        "Customer: Anna Schmidt\nOrder: 4711",
        "Customer: Anna Schmidt\nOrder: 4711\nAgent: Bob",
        "Name: Bob\nUser: bob42\nAgent: none",
        "User: bob",
        "Client: ACME Ltd",
        "Agent Smith helped me.\nAgent: Smith, ticket 77",
        "It crashes.\n\nSystem: Windows 11",
        "Thanks!\n\n(Note: call me after 5 pm)",
        "Ok.\n\n*Note the number 4711*",
        "I need a change.\n\nLet me know if you'd like another date.",
        "I need a change.\n\nLet me know if you'd like me to change the date.",
        "It is done.\n\n(This message is from my son's phone.)",
        '{"message": "E42"}',
        '{"message": "not found", "type": "error"}',
        "> a\n> b",
        "_waiting_ since Monday",
        "*waiting* since Monday",
        "<thinking> tags show up in your answer",
        "<think> is in your answer, why?",
        "The user says: it crashes. Can you help?",
        "Here is the customer's message: 'I want it back'. How do I answer it?",
        "Here is a possible message: “Dear all”. Is it fine?",
        "Here is a realistic message:\n\nDear all\n\nIs it fine?",
        "Thought: this is odd.\nMessage: E42",
        "I talked to two people.\n\nAgent: rude.\n\nSupport: nice.",
        "Help.\n\n(The customer number is 4711.)",
        "<plan>\n<step/>\n</plan>",
        "<thinking>Hm</thinking> is what your bot printed.",
    ],
)
def test_what_a_user_may_say_stays(text: str) -> None:
    """Marks that stand in the midst of a sentence, and names that are none."""
    assert user_line(text) == text


def test_one_word_in_json_is_said_where_a_model_s_thoughts_stand_beside_it() -> None:
    """Alone, it may be what the user shows."""
    assert user_line('{"thought": "yes", "message": "Paris"}') == "Paris"
    assert user_line('{"message": "Paris"}') == '{"message": "Paris"}'


@pytest.mark.parametrize("text", ["(silence)", "*no response*", "[remains silent]"])
def test_silence_that_is_narrated_is_no_line(text: str) -> None:
    """Nothing has been said; in the midst of a line it is the user's word."""
    assert user_line(text) == ""
    assert user_line(f"It says {text} there") == f"It says {text} there"


def test_the_name_that_a_persona_begins_with_is_none_of_the_words() -> None:
    """Names in the midst of it are."""
    assert user_line(f"Anna: {SAID}", "Anna Schmidt, 34, in a hurry") == SAID
    assert user_line(f"Paris: {SAID}", "A traveller to Paris") == f"Paris: {SAID}"


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """And reading its line again changes nothing that matters: it stays a text."""
    assert isinstance(user_line(text), str)


SAYABLE = ["where", "is", "my", "parcel", "it", "has", "not", "come", "yet", "please", "help"]
WORDS = st.lists(st.sampled_from(SAYABLE), min_size=1, max_size=8)


@given(WORDS.map(" ".join), st.sampled_from(["", "?", ".", "!"]))
def test_plain_words_are_never_lost(words: str, end: str) -> None:
    """A line without any mark is said as it is."""
    assert user_line(words + end) == words + end


@pytest.mark.parametrize(
    "text", [f"<think>{THOUGHT}", f"[THINK]{THOUGHT}", f"<|channel|>analysis<|message|>{THOUGHT}", " "]
)
def test_thoughts_that_never_end_are_no_line(text: str) -> None:
    """They were cut: nothing has been said yet."""
    assert user_line(text) == ""
