"""Marks of chat templates around what a model says: told by their shapes, and left where they are only spoken of."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from scenario.agents.user_simulator.line import user_line
from scenario.llm.json_in_text import without_thoughts
from scenario.llm.template_marks import another_begins, another_speaks, first_turn
from scenario.llm.thoughts import said_in_turn
from scenario.testing import ModelServer
from tests.llm.asking import model_at
from tests.llm.test_structured import number

SAID = "Where is my parcel?"
ANSWER = "It is in Lyon."


@pytest.mark.parametrize(
    "text",
    [
        f"<|start_of_role|>user<|end_of_role|>{SAID}<|end_of_text|>",
        f"[|user|]{SAID}[|endofturn|]",
        f"{SAID}[|endofturn|]\n",
        f"<｜User｜>{SAID}",
        f"{SAID}<｜end▁of▁sentence｜>",
        f"<｜begin▁of▁sentence｜>{SAID}",
        f"<|header_start|>user<|header_end|>\n\n{SAID}<|eot|>",
        f"<|start_header_id|>customer<|end_header_id|>\n\n{SAID}<|eom_id|>",
        f"<|turn>user\n{SAID}<turn|>",
        f"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>{SAID}<|END_OF_TURN_TOKEN|>",
        f"<|START_TEXT|>{SAID}<|END_TEXT|>",
        f"<|im_user|>user<|im_middle|>{SAID}<|im_end|>",
        f"<|im_start|>user<|im_sep|>{SAID}<|im_end|>",
        f"<|im_start|>user name=Anna\n{SAID}<|im_end|>",
        f"<|im_start|>{SAID}",
        f"<seed:bos>user\n{SAID}<seed:eos>",
        f"<|begin_of_box|>{SAID}<|end_of_box|>",
        f"<extra_id_1>User\n{SAID}",
        f"{SAID}<SPECIAL_12>",
        f"{SAID}\n<SPECIAL_999>\n",
        f"]~!b[]~b]user\n{SAID}[e~[",
        f"<｜hy_User｜>{SAID}<｜hy_place▁holder▁no▁2｜>",
        f"{SAID}<|assistant_end|>",
        f"<role>HUMAN</role>{SAID}<|role_end|>",
        f"<|content|>{SAID}<|end|>",
        f"<|begin|>user<|content|>{SAID}<|end|>",
        f"<reserved_106>{SAID}",
        f"{SAID}<pad><pad>",
        f"{SAID} <sep>",
        f"[CLS]{SAID}[SEP]",
        f"<|vision_start|><|vision_end|>{SAID}",
        f"<|bom|><|user|> {SAID}<|eom|>",
        f"GPT4 Correct User: {SAID}<|end_of_turn|>",
        f"### Instruction:\n{SAID}",
        f"<s>{SAID}",
        f"<s> {SAID}</s>",
        f"{SAID}</s></s>",
        f"<s>[INST] {SAID} [/INST]",
        f"<bos><start_of_turn>user\n{SAID}<end_of_turn><eos>",
        f"<|never_heard_of|>{SAID}<|nor_of_this|>",
        f"<|start|>user<|message|>{SAID}<|end|>",
        f"<|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
        f"{SAID}<|user|>",
        f"{SAID} <|im_end|>",
        f"```\n{SAID}<|im_end|>\n```",
        f"{SAID}<end_of_utterance>\nAssistant: {ANSWER}",
        f"{SAID}</s>\n{ANSWER}",
        f"{SAID}<eos>{ANSWER}",
    ],
)
def test_marks_around_a_line_are_no_part_of_it(text: str) -> None:
    """Those of a model's template, known or not."""
    assert user_line(text) == SAID


@pytest.mark.parametrize(
    "text",
    [
        f"{SAID}<｜Assistant｜>{ANSWER}<｜end▁of▁sentence｜>",
        f"{SAID}<｜hy_Assistant｜>{ANSWER}",
        f"[|user|]{SAID}[|endofturn|]\n[|assistant|]{ANSWER}[|endofturn|]",
        f"{SAID}\n[|assistant|]{ANSWER}",
        f"{SAID}[e~[\n]~b]ai\n{ANSWER}[e~[",
        f"{SAID}\n]~b]ai\n{ANSWER}",
        f"{SAID}<seed:eos><seed:bos>assistant\n{ANSWER}",
        f"{SAID}\n<seed:bos>assistant\n{ANSWER}",
        f"{SAID}<|eot|><|header_start|>assistant<|header_end|>\n\n{ANSWER}",
        f"{SAID}\n<|header_start|>assistant<|header_end|>\n\n{ANSWER}",
        f"{SAID}<turn|>\n<|turn>model\n{ANSWER}<turn|>",
        f"{SAID}\n<|turn>model\n{ANSWER}",
        f"{SAID}\n<extra_id_1>Assistant\n{ANSWER}",
        f"<role>HUMAN</role>{SAID}<role>ASSISTANT</role>{ANSWER}",
        f"<reserved_106>{SAID}<reserved_107>{ANSWER}",
        f"{SAID} <sep> assistant: {ANSWER} <sep>",
        f"GPT4 Correct User: {SAID}<|end_of_turn|>GPT4 Correct Assistant: {ANSWER}",
        f"{SAID}<|im_end|>\n<|im_start|>Acme Support\n{ANSWER}",
        f"{SAID}<|start_of_role|>assistant<|end_of_role|>{ANSWER}",
        f"{SAID}<|CHATBOT_TOKEN|>{ANSWER}",
        f"{SAID}<|tool_call|>{{}}",
        f"{SAID}\n<tool_call>\n{{}}\n</tool_call>",
        f"{SAID}<|observation|>{ANSWER}",
        f"{SAID}<|system|>{ANSWER}",
        f"<s>[INST] {SAID} [/INST] {ANSWER}</s>",
        f"{SAID}</s>USER: {ANSWER}",
        f"{SAID}\n\n### Response:\n{ANSWER}",
    ],
)
def test_another_turn_is_not_the_user_s(text: str) -> None:
    """A line ends where a turn does, or another begins."""
    assert user_line(text) == SAID


@pytest.mark.parametrize(
    "text",
    [
        "What does <|im_end|> mean?",
        "What does [|endofturn|] mean?",
        "My prompt has [INST] in it",
        "My prompt has <｜User｜> in it",
        "What is <|im_end|>",
        "Is <|eot|> OK in a prompt?",
        "I get <extra_id_0> and <extra_id_1> in my output.",
        "Why do I see <seed:eos>, [e~[ and <turn|> in my log?",
        "<|im_end|> appears in my output, why?",
        "It prints `W<|im_end|>` there",
        "It prints “<|eot|>” there",
        "Which one is right?\n- <|im_start|>\n- <|im_end|>\n- neither",
        "It sends:\n```\n<|im_start|>user\nhi<|im_end|>\n```\nIs that right?",
        "I see <|im_start|>user\nhi<|im_end|> in my log",
        'Why is {"text": "hi<|im_end|>"} wrong?',
        "Is <s>this</s> still valid HTML for strike-through?",
        "Use <s>old</s> <u>new</u> in HTML: right?",
        "<s>old</s> new",
        "new <s>old</s>",
        "<s>one</s> and <s>two</s>",
        "<s>old</s>\n<s>older</s>",
        "What does </s> do?",
        "Is x</s> valid?",
        "`<|im_end|>`",
        "What about a[|b|]?",
        "Close it with </s>",
        "Does <eos> end a text?",
        "My name is <PERSON_1>, and yours?",
        "<PERSON_1> has sent me <ORDER_2>",
        "Please call <PERSON_1>",
        "f <| x |> g",
        "Is a <|> b in Parsec?",
        "<role>admin</role> is what I have",
        "> It is in Lyon.\n\nThat was yesterday.",
        "<details><summary>My order</summary>PL-4711</details>\n\nWhere is it?",
        "<step>one</step><step>two</step>: is that valid XML?",
    ],
)
def test_what_is_only_spoken_of_stays(text: str) -> None:
    """A user may ask about marks, and write HTML."""
    assert user_line(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"<|im_end|>\n<|im_start|>assistant\n{ANSWER}",
        f"<|user|><|assistant|>{ANSWER}",
        f"<|system|>\n{ANSWER}",
        f"<|tool_response|>{ANSWER}",
        f"<|start_header_id|>ipython<|end_header_id|>\n\n{ANSWER}",
        "<|im_start|>user\n<think>Never ended",
        "<|bom|>",
    ],
)
def test_no_line_where_the_user_s_turn_is_missing(text: str) -> None:
    """The words of another are not taken for it."""
    assert user_line(text) == ""


@pytest.mark.parametrize(
    "thoughts",
    [
        "<unused94>thought\nHe asks.\n<unused95>",
        "<ctrl94>thought\nHe asks.\n<ctrl95>",
        "<ctrl94>He asks.<ctrl95>",
        "He asks.<unused95>",
        "<details>\n<summary>Thinking</summary>\nHe asks.\n</details>\n\n",
        "<details open><summary>Thought for 3 seconds</summary>He asks.</details>\n",
        "```thinking\nHe asks.\n```\n",
        "【思考】He asks.【/思考】",
        "<|channel|>analysis<|message|>He asks.<|start|>assistant<|channel|>final<|message|>",
        "<|channel|>analysis<|message|>He asks.<|channel|>final<|message|>",
        "<|think|>He asks.<|end|><|begin|>assistant<|content|>",
        "<|begin|>assistant<|think|>He asks.<|end|><|begin|>assistant<|content|>",
        "<|im_start|>assistant\n<think>He asks.</think>\n",
        "> The user asks.\n> Keep it short.\n\n",
    ],
)
def test_thoughts_are_not_said(thoughts: str) -> None:
    """In the notations that templates and interfaces have for them."""
    assert said_in_turn(without_thoughts(thoughts + SAID)).strip() == SAID


def test_a_heading_among_others_opens_no_turn() -> None:
    """Alpaca's stands alone."""
    text = "My request:\n### Request:\n{}\n### Response:\n{}"
    assert said_in_turn(text) == text


@pytest.mark.parametrize("text", ["<|user|> User Bob is blocked", "<|im_start|>user\nUser Bob is blocked<|im_end|>"])
def test_a_role_is_read_off_a_header_only(text: str) -> None:
    """The words may begin with one, too."""
    assert first_turn(text).strip() == "User Bob is blocked"


def test_steps_are_thoughts_before_an_answer() -> None:
    """Elsewhere they are XML."""
    assert user_line(f"<step>He asks.</step><step>Be short.</step><answer>{SAID}</answer>") == SAID


@pytest.mark.parametrize(
    "text",
    [
        '<|tool_response|>{"x": 1}',
        '<|user|>{"x": 1}',
        '<|user|>\n{"x": 1}<|end|>',
        '<|system|>{"x": 1}',
        '<|observation|>{"x": 1}',
        '<｜User｜>{"x": 1}',
        '<｜tool▁outputs▁begin｜>{"x": 1}<｜tool▁outputs▁end｜>',
        '<|im_end|><|user|>{"x": 1}',
        '<|user|><think>No.</think>{"x": 1}',
        '<|user|>What is it?<|assistant|>{"x": 1}',
        '{"x": 1}<|user|>No, nine.',
        '{"x": 1}<|user|>{"x": 1}',
        '<|start_header_id|>user<|end_header_id|>{"x": 1}',
        '<|start|>functions.look to=assistant<|channel|>commentary<|message|>{"x": 1}',
    ],
)
async def test_json_in_another_s_turn_is_no_answer(text: str) -> None:
    """A model that writes a user's, a system's or a tool's turn is asked for its own."""
    async with ModelServer([text, '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "text",
    [
        '<|assistant|>{"x": 9}<|user|>',
        '<|im_start|>assistant\n{"x": 9}<|im_end|>',
        '<｜Assistant｜>{"x": 9}<｜end▁of▁sentence｜>',
        '<think>It said <|user|>: no.</think>{"x": 9}',
        '{"x": 9, "why": "<|user|>No."}',
        '<｜tool▁call▁begin｜>function<｜tool▁sep｜>give_number\n```json\n{"x": 9}\n```<｜tool▁call▁end｜>',
    ],
)
async def test_json_in_the_model_s_own_turn_is_its_answer(text: str) -> None:
    """Its own marks, and marks among thoughts or in strings, are in nobody's way."""
    async with ModelServer([text]) as server:
        assert await number(model_at(server)) == 9


@given(st.text(alphabet=st.characters(exclude_characters="<>[]｜|#:", exclude_categories=["Cs"])))
def test_a_text_without_marks_is_left_as_it_is(text: str) -> None:
    """Byte for byte, white space and all."""
    assert first_turn(text) == text
    assert not another_begins(text)
    assert not another_speaks(text)


@given(
    st.text(alphabet=st.characters(categories=["Lu", "Ll", "Zs"], max_codepoint=0x17F), min_size=1),
    st.sampled_from(["<|{}|>", "<｜{}｜>", "[|{}|]"]),
    st.from_regex(r"[a-z]{3,8}_[a-z]{3,8}", fullmatch=True).filter(lambda name: "end" not in name),
)
def test_marks_of_any_name_leave_the_words_between_them(words: str, shape: str, name: str) -> None:
    """Names of templates to come are not known."""
    mark = shape.format(name)
    assert first_turn(f"{mark}{words.strip()}.{mark}") == f"{words.strip()}."


@given(
    st.lists(st.sampled_from(["<|user|>", "<s>", "</s>", "<|im_end|>", "[INST]", "`", "{", '"', " ", "a", "\n", "B?"]))
)
def test_what_is_said_is_part_of_what_was_written(parts: list[str]) -> None:
    """Nothing is invented, and nothing raises."""
    text = "".join(parts)
    left = iter(text)
    assert all(character in left for character in first_turn(text))
