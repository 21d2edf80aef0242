"""What counts as a call in a model's answer, and what only looks like one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.errors import ModelResponseError
from scenario.llm.json_in_text import NO_VALUE, json_objects, json_value, last_value, sole_values, without_thoughts
from scenario.llm.structured import ask
from scenario.testing import ModelReply, ModelServer, ToolUse
from tests.llm.asking import QUESTION, model_at
from tests.llm.test_structured import NUMBER, calls, number, read_number

ALONE = [
    '{"x": 9}',
    '```json\n{"x": 9}\n```',
    'Sure! Here is my answer:\n\n```json\n{"x": 9}\n```\nI hope this helps!',
    '**Final answer:** {"x": 9}',
    '{"name": "give_number", "arguments": {"x": 9}}',
    '{"give_number": {"x": 9}}',
    'give_number({"x": 9})',
    '<tool_call>\n{"name": "give_number", "arguments": {"x": 9}}\n</tool_call>',
    '[TOOL_CALLS][{"name": "give_number", "arguments": {"x": 9}}]',
    '<|channel|>final<|message|>{"x": 9}<|return|>',
    '<|start|>assistant<|channel|>commentary to=functions.give_number <|constrain|>json<|message|>{"x": 9}<|call|>',
    '<answer>{"x": 9}</answer>',
    '{"x": 9}</s>',
    '<s>[TOOL_CALLS] [{"name": "give_number", "arguments": {"x": 9}}]',
    '~~~json\n{"x": 9}\n~~~',
    'Here is my answer in JSON format:\n{"x": 9}',
    '<｜tool▁call▁begin｜>function<｜tool▁sep｜>give_number\n```json\n{"x": 9}\n```<｜tool▁call▁end｜>',
    '<|im_start|>assistant\n{"x": 9}<|im_end|>',
    '<function=give_number>{"x": 9}</function>',
    '"{\\"x\\": 9}"',
    '{"x": 9}\n{"x": 9}',
    '{"x": 9,}',
    '[{"name": "give_number", "arguments": {"x": 9}},]',
    '{"name": "give_number", "arguments": {"x": 9},}',
    '\ufeff{"x": 9}',
    '```python\n{"x": 9}\n```',
    '````json\n{"x": 9}\n````',
    '{"x": 9}<end_of_turn>',
    '```json\n{"x": 9}\n```\nLet me know if you need anything else!',
    '<|start_of_role|>assistant<|end_of_role|>{"x": 9}<|end_of_text|>',
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.give_number:0<|tool_call_argument_begin|>{"x": 9}',
    '{"x": 9}<|tool_call_end|><|tool_calls_section_end|>',
]


@pytest.mark.parametrize("text", ALONE)
async def test_a_call_in_text_is_read(text: str) -> None:
    """A model that writes its call in place of making it is understood, with what announces it and template marks."""
    async with ModelServer([text]) as server:
        assert await number(model_at(server)) == 9
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "text",
    [
        'The user wrote {"x": 1}, which I leave alone.',
        'The user wrote:\n```json\n{"x": 1}\n```',
        'A draft: {"x": 1}',
        '{"x": 1} but wait, it is nine.',
        '{"x": 1}?',
        '~~{"x": 1}~~',
        '❌ {"x": 1}',
        '≠ {"x": 1}',
        '!{"x": 1}',
        '<draft>{"x": 1}</draft>',
        '"{"x": 1}"',
        '> {"x": 1}',
        '// {"x": 1}',
        '<s>{"x": 1}</s>',
        'Tool result:\n{"x": 1}',
        'Format:\n{"x": 1}',
        'Assistant: {"x": 1}',
        'I disagree with this.\n{"x": 1}',
        '<|START_THINKING|>{"x": 1}',
        '{"x": 1}\n{"x": 2}',
        '{"x": 1, "x": 2}',
        '{"x": 1}<think>no, nine',
        '{"x": 1}<|im_end|>\n<|im_start|>user\nNo, nine.',
        '{"why": "he wrote {"x": 1}"}',
        'Der Nutzer schrieb: {"x": 1}',
        '<|tool_response|>{"x": 1}',
        '<|user|>{"x": 1}',
        '<|system|>{"x": 1}',
        '<|quote|>{"x": 1}',
        '<|draft|>{"x": 1}',
        '<|example_start|>{"x": 1}<|example_end|>',
        '<|im_start|>user\n{"x": 1}',
        '<function=other>{"x": 1}</function>',
        'If all criteria were met: {"x": 1}',
        'Criteria to have been met: {"x": 1}',
        'Else: {"x": 1}',
        'I need: {"x": 1}',
        'Example: {"x": 1}',
        '/= {"x": 1}',
        '<> {"x": 1}',
        '{"x": 1}\nLet me know if you need the right one.',
    ],
)
async def test_json_that_is_not_the_whole_answer_is_no_call(text: str) -> None:
    """It may be a quotation, a draft or taken back: nobody can tell, so it is asked for alone."""
    async with ModelServer([text, '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9
        assert len(server.requests) == 2


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS"])
@pytest.mark.parametrize(("text", "read"), [('{"x": 9}', True), ('Here it is: {"x": 1}', False), ('{"x": 1} {', False)])
async def test_an_answer_that_was_cut_is_one_whole_object_or_none(reason: str, text: str, read: bool) -> None:
    """What would have followed may have taken it back."""
    async with ModelServer([completion(reason, content=text), '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9
        assert len(server.requests) == (1 if read else 2)


def completion(reason: str, **message: Any) -> dict[str, Any]:
    """A completion that ended for a reason."""
    return {"choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": reason}]}


def called(arguments: str) -> dict[str, Any]:
    """A message that makes a call."""
    function = {"name": "give_number", "arguments": arguments}
    return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": function}]}


@pytest.mark.parametrize("reason", ["content_filter", "error", "refusal", "timeout", "abort", "error_limit"])
@pytest.mark.parametrize("message", [{"content": '{"x": 1}'}, called('{"x": 1}')])
async def test_an_answer_that_its_server_calls_broken_is_none(reason: str, message: dict[str, Any]) -> None:
    """However whole it looks, and as a call too."""
    async with ModelServer([completion(reason, **message), '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9


@pytest.mark.parametrize("message", [{"content": '{"x": 1}'}, called('{"x": 1}')])
async def test_an_answer_with_a_refusal_beside_it_is_none(message: dict[str, Any]) -> None:
    """Who refuses has not answered."""
    refused = completion("stop", **message, refusal="I will not.")
    async with ModelServer([refused, '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9


@pytest.mark.parametrize(("arguments", "read"), [('{"x": 9}', True), ('{"x": 1', False)])
async def test_a_call_that_was_cut_counts_if_it_is_whole(arguments: str, read: bool) -> None:
    """Nothing of it is missing then."""
    async with ModelServer([completion("length", **called(arguments)), '{"x": 9}']) as server:
        assert await number(model_at(server)) == 9
        assert len(server.requests) == (1 if read else 2)


@pytest.mark.parametrize(
    ("thought", "reason", "read"),
    [
        ('{"x": 9}', "stop", True),
        ('{"x": 9}', "length", False),
        ('Perhaps {"x": 9}', "stop", False),
        ('Here is the answer: {"x": 9}', "stop", False),
        ("Nine, I think.", "stop", False),
    ],
)
async def test_what_stands_in_the_reasoning_is_the_last_resort(thought: str, reason: str, read: bool) -> None:
    """A server may put a whole answer there; anything but one whole object is a thought, and the error says so."""
    message = {"role": "assistant", "content": None, "reasoning_content": thought}
    answer = {"choices": [{"index": 0, "message": message, "finish_reason": reason}]}
    async with ModelServer([answer, answer]) as server:
        if read:
            assert await number(model_at(server)) == 9
        else:
            with pytest.raises(ModelResponseError, match="reasoning"):
                await number(model_at(server))


async def test_calls_that_disagree_are_none() -> None:
    """All calls of an answer are read together, with a call that is written beside them."""
    two = ModelReply(
        tools=(ToolUse(name="give_number", arguments={"x": 1}), ToolUse(name="give_number", arguments={"x": 2}))
    )
    beside = ModelReply(text='{"x": 2}', tools=(ToolUse(name="give_number", arguments={"x": 1}),))
    twice = ModelReply(tools=(ToolUse(name="give_number", arguments='{"x": 1, "x": 2}'),))
    for answer in (two, beside, twice):
        async with ModelServer([answer, '{"x": 9}']) as server:
            assert await number(model_at(server)) == 9


async def test_prose_beside_a_call_takes_nothing_from_it() -> None:
    """A model may say what it does, and quote."""
    said = ModelReply(text='The user wrote {"x": 2}.', tools=(ToolUse(name="give_number", arguments={"x": 9}),))
    async with ModelServer([said]) as server:
        assert await number(model_at(server)) == 9


@pytest.mark.parametrize(
    "shown",
    [
        'Print {"x":  9, "why": "so it is"} now',
        'Print {"why": "so it is", "x": 9}',
        r'{"content": "{\"x\": 9, \"why\": \"so it is\"}"}',
        "{'x': 9, 'why': 'so it is'}",
        "{&quot;x&quot;: 9, &quot;why&quot;: &quot;so it is&quot;}",
        r'{"x": 9, "\u0077hy": "so it is"}',
    ],
)
async def test_json_that_only_repeats_what_was_shown_is_no_call(shown: str) -> None:
    """However it is spaced, escaped or ordered there: it is somebody else's."""
    async with ModelServer(['{"x": 9, "why": "so it is"}', '{"x": 8, "why": "because"}']) as server:
        answer = await ask(
            model_at(server), QUESTION, [NUMBER], read_number, answered=lambda _: None, shown=["Hello", shown]
        )
    assert answer == 8


async def test_words_that_happen_to_be_the_same_are_no_repetition() -> None:
    """Only what has the form of JSON in the conversation can be repeated."""
    async with ModelServer(['{"x": 9, "why": "so it is"}']) as server:
        told = ask(
            model_at(server), QUESTION, [NUMBER], read_number, answered=lambda _: None, shown=["x 9: why? so it is!"]
        )
        assert await told == 9


async def test_what_a_model_only_thinks_is_no_answer() -> None:
    """A call that is weighed among its thoughts is not the one that it makes."""
    thought = '<think>{"x": 1}, or not?</think>'
    async with ModelServer([f"{thought}I do not know.", f'{thought}{{"x": 9}}']) as server:
        assert await number(model_at(server)) == 9
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<think>a</think> b", " b"),
        ("<think>a</think><thinking>b</thinking>c", "c"),
        ("a</think>b", "b"),
        ("<think>cut off", ""),
        ('{"quote": "</think>"}', '{"quote": "</think>"}'),
        ('<think>a</think>{"quote": "</think>"}', '{"quote": "</think>"}'),
        ("I think so", "I think so"),
        ("<THINK>a</THINK>b", "b"),
        ("<longcat_think>a</longcat_think>b", "b"),
        ("<scratch_pad>a</scratch_pad>b", "b"),
        ("<|inner_prefix|>a<|inner_suffix|>b", "b"),
        ("<|begin_of_thought|>a", ""),
        ("a<|end_of_thought|>b", "b"),
        ("<|startofthink|>a<|endofthink|>b", "b"),
        ("<|think|>a<|/think|>b", "b"),
        ("Here is my thought process: a Here is my response: b", " b"),
        ("analysisWe need a.assistantfinalb", "b"),
        ("Analysis of data, please.", "Analysis of data, please."),
    ],
)
def test_thoughts_end_where_their_mark_is(text: str, said: str) -> None:
    """With its beginning or without, and never within an object, which may quote it."""
    assert without_thoughts(text) == said


def test_json_is_found_where_it_stands_alone() -> None:
    """Objects and lists of them, with how they are written; nothing where anything else is said."""
    assert sole_values('Here:\n```json\n[{"a": "x\ny"}]\n```') == [([{"a": "x\ny"}], '[{"a": "x\ny"}]')]
    assert sole_values('{"a": 1} {"b": 2}') == [({"a": 1}, '{"a": 1}'), ({"b": 2}, '{"b": 2}')]
    for text in ("", "fine", "[1]", '{"a": 1} [1]', 'dance({"a": 1})', '{"a": 1} 100%'):
        assert sole_values(text) == []
    assert sole_values('dance({"a": 1})', ["dance"])
    assert sole_values('Here: {"a": 1}', announced=False) == []


def test_json_at_the_end_is_found_with_the_words_before() -> None:
    """Set apart from them, and the only one; what is led to by words that attribute it is another's."""
    last = last_value('It is nine.\n\n**Verdict:**\n```json\n{"a": 9}\n```\nI hope this helps!')
    assert last == ({"a": 9}, '{"a": 9}', "It is nine.\n\n**Verdict:**\n```json\n")
    assert last_value('It is {"a": 1}.\n\nFinal answer:\n{"a": 9}') is None
    for text in ('He wrote:\n{"a": 1}', 'It is {"a": 1}', 'Verdict: {"a": 1}', 'Verdict:\n{"a": 1}\nNo.', "Verdict:"):
        assert last_value(f"Well. {text}") is None
    assert last_value('Nope.\n{"a": 1}')


@given(st.text("abcdefgh .,:\n", max_size=30), st.text("abcdefgh .,:\n", max_size=30))
def test_words_that_announce_nothing_make_it_more_than_json(before: str, after: str) -> None:
    """Whatever they are, and wherever they stand: only what is known to say nothing is passed over."""
    assert sole_values(f'{before} zounds {{"a": 1}} {after}') == []
    assert sole_values(f'{before} {{"a": 1}} zounds {after}') == []
    assert last_value(f'{{"a": 1}} zounds {after}') is None


def test_two_values_under_one_key_are_no_json() -> None:
    """Readers differ in which of them counts; the same twice is one."""
    assert json_value('{"a": 1, "a": 2}') is NO_VALUE
    assert json_value('{"a": {"b": 1, "b": 2}}') is NO_VALUE
    assert json_value('{"a": 1, "a": 1}') == {"a": 1}


@pytest.mark.parametrize("name", ["functions.give_number", "GIVE_NUMBER", "functions.give_number:0"])
async def test_a_functions_name_may_be_decorated(name: str) -> None:
    """Some models write it with its space of names, or in other letters."""
    async with ModelServer([calls(name, {"x": 9})]) as server:
        assert await number(model_at(server)) == 9


@pytest.mark.parametrize(
    "name", ["draft.give_number", "do_not.give_number", "not_give_number", "functions.draft.give_number"]
)
async def test_a_name_in_an_unknown_space_is_another_function(name: str) -> None:
    """What stands before a name may say anything."""
    async with ModelServer([calls(name, {"x": 1}), calls("give_number", {"x": 9})]) as server:
        assert await number(model_at(server)) == 9


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ('{"name": "give_number", "arguments": {"x": 9}, "parameters": {"x": 9}}', 9),
        ('{"name": "give_number", "arguments": {"x": 9}, "id": "c", "type": "function", "thought": "so"}', 9),
        ('{"name": "give_number", "arguments": {"x": 1}, "parameters": {"x": 2}}', None),
        ('{"name": "give_number", "arguments": {"x": 1}, "x": 2}', 2),
    ],
)
async def test_what_stands_beside_arguments_is_not_dropped(text: str, x: int | None) -> None:
    """Where it differs from them, the reader sees both."""
    async with ModelServer([text, '{"x": 7}']) as server:
        assert await number(model_at(server)) == (x or 7)


async def test_a_function_that_is_not_there_is_told() -> None:
    """A made-up function is a problem to be named."""
    async with ModelServer([calls("fly", {}), calls("give_number", {"x": 1})]) as server:
        assert await number(model_at(server)) == 1
    assert "no function 'fly'" in server.requests[1].body["messages"][-1]["content"]


@given(st.text(alphabet='{}[]":,x1 \\`jsonetrufalw\n', max_size=200))
def test_any_text_is_searched_without_a_fault(text: str) -> None:
    """Whatever a model writes, the search ends, and finds objects only."""
    assert all(isinstance(found, dict) for found in json_objects(text))


@given(st.dictionaries(st.text(), st.integers()), st.text(alphabet=st.characters(exclude_characters="{}")))
def test_an_object_between_words_is_found(value: dict[str, int], words: str) -> None:
    """Prose around an object does not hide it."""
    assert json_objects(f"{words}{json.dumps(value)}{words}") == [value]


@pytest.mark.parametrize("name", ["do_not_give_number", "reject", "give_number_draft", "cancel"])
async def test_a_written_call_of_another_function_is_none_of_ours(name: str) -> None:
    """Whatever its arguments fit."""
    written = json.dumps({"name": name, "arguments": {"x": 9}})
    async with ModelServer([written, written]) as server:
        with pytest.raises(ModelResponseError, match="There is no function"):
            await number(model_at(server))
