"""OpenAI-style conversations as Anthropic's API wants them."""

from __future__ import annotations

from scenario.dialects.anthropic.body import build_body


def test_a_conversation_with_tools_is_translated() -> None:
    """System texts apart, calls and results as blocks, neighbours of one role as one turn."""
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}
    body = build_body(
        [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": "7"},
            {"role": "user", "content": "and?"},
        ],
        model="claude",
        stream=False,
        tools=[{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object"}}}],
        tool_choice="required",
    )
    assert body == {
        "model": "claude",
        "max_tokens": 4096,
        "system": "Be kind.",
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "q"}]},
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"x": 1}}]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c", "content": "7"},
                    {"type": "text", "text": "and?"},
                ],
            },
        ],
        "tools": [{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
        "tool_choice": {"type": "any"},
    }


def test_a_named_tool_is_chosen() -> None:
    """As structured answers are asked for."""
    choice = {"type": "function", "function": {"name": "f"}}
    tool = {"type": "function", "function": {"name": "f"}}
    body = build_body([], model="m", tools=[tool], tool_choice=choice)
    assert body["tool_choice"] == {"type": "tool", "name": "f"}


def test_the_user_speaks_first_and_the_last_turn_ends_without_spaces() -> None:
    """Which the API demands."""
    messages = build_body([{"role": "assistant", "content": "Hi "}], model="m")["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"]
    assert messages[-1]["content"] == [{"type": "text", "text": "Hi"}]
