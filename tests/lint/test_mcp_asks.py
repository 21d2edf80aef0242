"""MCP servers that ask the user for something in the midst of a call."""

from __future__ import annotations

from scenario.lint.linting import lint
from tests.lint.streams import exchange, framed


def test_a_stream_that_ends_with_a_question_owes_no_response_yet() -> None:
    """The response comes once the question has been answered, in a stream that is taken up again."""
    schema = {"type": "object", "properties": {"sure": {"type": "boolean"}}}
    params = {"message": "Shall I book it?", "requestedSchema": schema}
    question = {"jsonrpc": "2.0", "id": 7, "method": "elicitation/create", "params": params}
    made = exchange(framed([question]), asked={"jsonrpc": "2.0", "id": 1}, protocol="mcp")
    assert made.reply.interrupt is not None
    assert "L48" not in {finding.rule for finding in lint(made)}
