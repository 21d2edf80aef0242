"""JSON that is deep, huge, doubled, of wrong kinds, or none."""

from __future__ import annotations

from typing import Any, Final

from tests.hostile.behaviour import MIB, Kind, json_answer, sends, stream
from tests.hostile.events import ANSWER, DONE, END, HELLO, delta, event, says

_AUTO: Final = {"protocol": "auto"}
_CALLED: Final = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}) + DONE
_STOP: Final = {"index": 0, "delta": {"content": "Hello"}, "finish_reason": "stop"}


def _choice(raw: bytes) -> bytes:
    """An event with that as its choice's delta, as it is."""
    return event(b'{"choices":[{"index":0,"delta":' + raw + b"}]}")


def _used(raw: bytes) -> bytes:
    """An answer that tells its usage so."""
    return stream(HELLO, event(b'{"choices":[],"usage":' + raw + b"}"), END)


def _tools(calls: list[Any]) -> bytes:
    """An answer that calls tools."""
    return stream(delta(tool_calls=calls), _CALLED)


def _call(index: Any, name: Any = "look_up", arguments: Any = "{}") -> dict[str, Any]:
    return {"index": index, "id": f"c{index}", "type": "function", "function": {"name": name, "arguments": arguments}}


values = Kind("JSON")

values.add("nested 30,000 deep", sends(stream(HELLO, event(b"[" * 30_000 + b"]" * 30_000), END)), "error")
values.add(
    "a body nested 10,000 deep", sends(json_answer(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)), "error", agent=_AUTO
)
values.add(
    "content nested 30,000 deep",
    sends(stream(_choice(b'{"content":' + b"[" * 30_000 + b"]" * 30_000 + b"}"), END)),
    "error",
)
values.add(
    "a number of 50,000 digits",
    sends(
        stream(event(b'{"created":' + b"9" * 50_000 + b',"choices":[{"index":0,"delta":{"content":"Hello"}}]}'), END)
    ),
    "error",
)
values.add(
    "1e999",
    sends(stream(event(b'{"created":1e999,"choices":[{"index":0,"delta":{"content":"Hello"}}]}'), END)),
    "complete",
    text="Hello",
)
values.add(
    "NaN",
    sends(stream(event(b'{"created":NaN,"choices":[{"index":0,"delta":{"content":"Hello"}}]}'), END)),
    "complete",
    text="Hello",
)
values.add("a key twice", sends(stream(_choice(b'{"content":"Bye","content":"Hello"}'), END)), "complete", text="Hello")
values.add(
    "keys of other languages' objects",
    sends(stream(_choice(b'{"__proto__":{"x":1},"constructor":1,"content":"Hello"}'), END)),
    "complete",
    text="Hello",
)
values.add(
    "4,000 keys",
    sends(stream(_choice(b'{"content":"Hello"' + b"".join(b',"k%d":%d' % (i, i) for i in range(4_000)) + b"}"), END)),
    "complete",
    text="Hello",
)
values.add("single quotes", sends(stream(event(b"{'choices': []}"), ANSWER)), "error")
values.add("a comma at the end", sends(stream(_choice(b'{"content":"Hello",}'), END)), "error")
values.add("content that is a number", sends(stream(_choice(b'{"content":42}'), END)), "error")
values.add("content that is a list", sends(stream(_choice(b'{"content":["Hello"]}'), END)), "complete")
values.add("choices that are an object", sends(stream(event({"choices": {"0": _STOP}}), END)), "error")
values.add("a choice that is a text", sends(stream(event({"choices": ["Hello"]}), END)), "error")
values.add(
    "a choice of index 10**18",
    sends(stream(event({"choices": [_STOP | {"index": 10**18}]}), END)),
    "complete",
    text="Hello",
)
values.add(
    "a choice of index -1", sends(stream(event({"choices": [_STOP | {"index": -1}]}), END)), "complete", text="Hello"
)
values.add(
    "2,000 choices",
    sends(stream(event({"choices": [{"index": i, "delta": {}} for i in range(2000)]}), ANSWER)),
    "complete",
    text="Hello",
)
values.add(
    "a reason to stop that is an object",
    sends(stream(HELLO, event({"choices": [{"index": 0, "delta": {}, "finish_reason": {"a": 1}}]}), END)),
    "error",
)
values.add(
    "a reason to stop of 50 KB",
    sends(
        stream(
            HELLO, event({"choices": [{"index": 0, "delta": {}, "finish_reason": "x" * 50_000}]}), b"data: [DONE]\n\n"
        )
    ),
    "complete",
)
values.add("null", sends(stream(event(b"null"), ANSWER)), "complete", text="Hello")
values.add("a body that is null", sends(json_answer(b"null")), "error", agent=_AUTO)
values.add("a body that is a number", sends(json_answer(b"42")), "error", agent=_AUTO)
values.add("a body that is []", sends(json_answer(b"[]")), "error", agent=_AUTO)
values.add(
    "a body of 20,000 objects",
    sends(json_answer(b"[" + b"{}," * 20_000 + b"{}]")),
    "error",
    said="more values than are looked into",
    agent=_AUTO,
)
values.add(
    "a body of 20,000 numbers",
    sends(json_answer(b'{"output":[' + b"1," * 20_000 + b'1],"text":"Hi"}')),
    "complete",
    text="Hi",
    agent=_AUTO,
)
values.add(
    "a body of 15,000 texts",
    sends(json_answer(b'{"text":[' + b'"a",' * 14_999 + b'"a"]}')),
    "complete",
    text="a" * 15_000,
    agent=_AUTO,
)
values.add(
    "12,000 choices",
    sends(stream(event(b'{"choices":[' + b"{}," * 12_000 + b"{}]}"), ANSWER)),
    "error",
    said="more values",
)
values.add(
    "usage of 10**30",
    sends(_used(b'{"prompt_tokens":1' + b"0" * 30 + b',"completion_tokens":1}')),
    "complete",
    text="Hello",
)
values.add("usage of -1", sends(_used(b'{"prompt_tokens":-1,"completion_tokens":-1}')), "complete", text="Hello")
values.add("usage of NaN", sends(_used(b'{"prompt_tokens":NaN}')), "complete", text="Hello")
values.add(
    "usage of words",
    sends(_used(b'{"prompt_tokens":"many","completion_tokens":"\\u001b[2J"}')),
    "complete",
    text="Hello",
)
values.add("usage that is a list", sends(_used(b"[1,2]")), "complete", text="Hello")
values.add(
    "usage of 4,000 fields",
    sends(_used(b"{" + b",".join(b'"x%d":%d' % (i, i) for i in range(4_000)) + b"}")),
    "complete",
    text="Hello",
)
values.add(
    "10,000 calls of tools",
    sends(stream(*(delta(tool_calls=[_call(i)]) for i in range(10_000)), _CALLED)),
    "complete",
    agent={"max_body_bytes": 4 * MIB},
)
values.add("a call of index 10**18", sends(_tools([_call(10**18)])), "complete")
values.add("a call of index -1", sends(_tools([_call(-1)])), "complete")
values.add("arguments of 60 KB", sends(_tools([_call(0, arguments='{"x": "' + "y" * 60_000 + '"}')])), "complete")
values.add("arguments that are no JSON", sends(_tools([_call(0, arguments='{"x": ')])), "error", said="no JSON")
values.add("arguments nested 20,000 deep", sends(_tools([_call(0, arguments="[" * 20_000 + "]" * 20_000)])), "complete")
values.add(
    "a tool's name with commands",
    sends(_tools([_call(0, name="\x1b]0;owned\x07::error::x\n::warning::y")])),
    "complete",
)
values.add("a tool's name that is a list", sends(_tools([_call(0, name=["a"])])), "error")
values.add("text after everything", sends(stream(says("Hello"), END, b"data: {}\n\n")), "complete", text="Hello")
