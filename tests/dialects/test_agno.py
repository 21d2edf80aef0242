"""Agno's own events. Those under `recorded` are from agno 3.1.10's AgentOS; the others follow its event types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import scenario
from scenario.dialects.agno.events import Agno
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.protocol import Answered, Head, ReadOptions, RequestDraft, Turn
from scenario.types import Reply, Usage
from scenario.wire.sse import ServerSentEvent
from tests.dialects.odd_events import as_events, odd_events, read_all, survives

RECORDED = Path(__file__).parent / "recorded"
IDS = {"run_id": "r1", "agent_id": "a1", "session_id": "s1"}
TEAM = {"run_id": "r1", "team_id": "t1", "session_id": "s1"}
WAITS = {"tool_call_id": "c1", "tool_name": "book", "tool_args": {}, "requires_confirmation": True, "confirmed": None}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event of a kind, with the ids that each has."""
    return {"event": kind, **(TEAM if kind.startswith("Team") else IDS), **fields}


def said(*texts: str, kind: str = "RunContent") -> list[dict[str, Any]]:
    """The answer in pieces."""
    return [event(kind, content=text, content_type="str") for text in texts]


def read(*values: object, framing: Any = "sse") -> Reply:
    """The reply of these events."""
    return read_all(Agno().reader(ReadOptions(framing=framing)), as_events(*values))[0]


def recorded(name: str) -> Reply:
    """What is read of a recording, by whoever finds out what it is."""
    kind = "application/json" if name.endswith(".json") else "text/event-stream"
    return scenario.read_stream((RECORDED / name).read_bytes(), headers={"content-type": kind})


def test_a_run_with_a_tool() -> None:
    """Its text counts once, though the end tells it again; its tool and what that gave stand before it."""
    for name in ("agno-tool.sse", "agno-run.json"):
        reply = recorded(name)
        assert (reply.protocol, reply.text.strip(), reply.outcome) == ("agno", "It is 18 °C in Paris.", "complete")
        assert [(call.name, call.arguments) for call in reply.tool_calls] == [("get_weather", {"city": "Paris"})]
        assert [result.output for result in reply.tool_results] == ["18 °C in Paris"]
        assert reply.session["session_id"]


def test_a_run_that_breaks_is_an_error() -> None:
    """What the model's failure says is no text of the answer."""
    reply = recorded("agno-error.sse")
    assert (reply.outcome, reply.error and reply.error.message) == ("error", "the model broke")
    assert "broke" not in reply.text


def test_a_run_that_waits_goes_on_where_it_was() -> None:
    """The pause is the end, and an interrupt; the words of the server's own beside it are not said by the agent."""
    reply = recorded("agno-paused.sse")
    assert (reply.outcome, reply.text, reply.tool_calls) == ("complete", "", [])
    assert [one["tool_name"] for one in reply.interrupt["interrupts"]] == ["book_flight"]
    again = recorded("agno-continued.sse")
    assert (again.outcome, again.interrupt) == ("complete", None)
    assert [call.name for call in again.tool_calls] == ["book_flight"]


@pytest.mark.parametrize("name", ["agno-tool.sse", "agno-continued.sse", "agno-paused.sse", "agno-error.sse"])
def test_a_stream_that_is_cut_anywhere_is_not_complete(name: str) -> None:
    """Whatever has come: only the run's own end makes it whole, and an error stays one."""
    body = (RECORDED / name).read_bytes()
    whole = recorded(name).text
    for at in range(0, len(body) - 2, 37):
        reply = scenario.read_stream(body[:at], headers={"content-type": "text/event-stream"})
        assert reply.outcome != "complete" or (b'"event":"RunPaused"' in body[:at] and name == "agno-paused.sse"), at
        assert whole.startswith(reply.text)


def folded(*values: object) -> Reply:
    """The reply of these events, by whoever finds out whose they are."""
    body = "".join(f"data: {json.dumps(value)}\n\n" for value in values)
    return scenario.read_stream(body.encode(), headers={"content-type": "text/event-stream"})


def test_pieces_that_are_not_what_the_end_tells_are_a_contradiction() -> None:
    """One was lost, came twice, or in another order: the run's own end says so. What a hook writes anew is its own."""
    whole = event("RunCompleted", content="It is not safe.", content_type="str")
    pieces = said("It ", "is ", "not ", "safe.")
    assert folded(*pieces, whole).outcome == "complete"
    for wrong in ([*pieces[:2], pieces[3]], [*pieces[:3], *pieces[2:]], [pieces[1], pieces[0], *pieces[2:]]):
        assert folded(*wrong, whole).outcome == "error"
    assert folded(*said("It is safe."), event("PostHookStarted"), whole).outcome == "complete"
    # A run that goes on may tell what came before the pause, too; an output of a schema is told otherwise.
    assert folded(event("RunContinued"), *said("not ", "safe."), whole).outcome == "complete"
    assert folded(event("RunContinued"), *said("not "), whole).outcome == "error"
    assert folded(*said('{"a": 1}'), event("RunCompleted", content={"a": 1}, content_type="A")).outcome == "complete"


def test_a_lost_or_doubled_piece_of_a_recording_is_never_complete() -> None:
    """Each of its events with content, left out and sent twice."""
    blocks = (RECORDED / "agno-tool.sse").read_bytes().split(b"\n\n")
    at = [place for place, block in enumerate(blocks) if b'"event":"RunContent"' in block]
    assert len(at) > 3
    for place in at:
        for changed in ([*blocks[:place], *blocks[place + 1 :]], [*blocks[: place + 1], *blocks[place:]]):
            reply = scenario.read_stream(b"\n\n".join(changed), headers={"content-type": "text/event-stream"})
            assert reply.outcome == "error", place


def test_of_a_team_only_the_team_s_words_are_said() -> None:
    """Its members' are not, nor those of runs within the run; their tools are."""
    inner = event("ToolCallStarted", tool={"tool_call_id": "c1", "tool_name": "look", "tool_args": {}})
    reply = read(
        event("TeamRunStarted"), *said("inner"), inner, *said("It ", "is 18.", kind="TeamRunContent"),
        event("RunCompleted", content="inner"), event("TeamRunCompleted", content="It is 18."),
    )  # fmt: skip
    assert (reply.text, reply.outcome, [call.name for call in reply.tool_calls]) == ("It is 18.", "complete", ["look"])
    deeper = [one | {"nested_depth": 1} for one in (*said("inner"), event("RunCompleted", content="inner"))]
    assert read(event("RunStarted"), *said("A"), *deeper).outcome == "truncated"
    assert read(event("RunStarted"), *said("A"), *deeper, event("RunCompleted", content="A")).text == "A"


def test_an_output_of_a_schema_is_json() -> None:
    """It stands in the end alone; where a text is declared, it is damage."""
    reply = read(event("RunStarted"), event("RunCompleted", content={"celsius": 18}, content_type="Weather"))
    assert (json.loads(reply.text), reply.outcome) == ({"celsius": 18}, "complete")
    assert read(event("RunStarted"), event("RunCompleted", content={"a": 1}, content_type="str")).outcome != "complete"


def test_tokens_reasoning_and_failures() -> None:
    """Tokens are those of the run; a tool that failed has failed; a run that was cancelled is an error."""
    tool = {"tool_call_id": "c1", "tool_name": "look", "tool_args": {"a": 1}, "tool_call_error": True, "result": "no"}
    metrics = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    reply = read(
        event("ReasoningContentDelta", reasoning_content="Hm."), event("ToolCallError", tool=tool), *said("No."),
        event("RunCompleted", content="No.", metrics=metrics),
    )  # fmt: skip
    assert reply.usage == Usage(input_tokens=10, output_tokens=5, total_tokens=15)
    assert (reply.reasoning, reply.tool_results[0].is_error, reply.tool_results[0].output) == ("Hm.", True, "no")
    cancelled = read(*said("A"), event("RunCancelled", reason="enough"))
    assert (cancelled.outcome, cancelled.error and cancelled.error.message) == ("error", "enough")


def turn(path: str = "/agents/a1/runs", text: str = "c", **fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": text}]
    return Turn(messages=old + new, new_messages=new, path=path, thread_id="th1", request_id="q1", **fields)


def requested(turn: Turn, *answers: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given the answers to those that prepare it."""
    requests, drafts = Agno().requests(turn), list[RequestDraft]()
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


def test_what_is_new_goes_into_the_session_as_a_form() -> None:
    """The session is the conversation's own, until the server names another."""
    (run,) = requested(turn())
    assert run.url == "/agents/a1/runs"
    assert run.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="message"\r\n\r\nc\r\n' in run.body
    assert b'name="session_id"\r\n\r\nth1\r\n' in run.body
    (run,) = requested(turn(session={"session_id": "s9"}))
    assert b"\r\ns9\r\n" in run.body


def test_files_go_with_the_form() -> None:
    """By their bytes, under a name that tells what they are; one at a URL is refused, and not left out."""
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}}
    asked = Turn(messages=[{"role": "user", "content": [picture]}], path="/agents/a/runs", request_id="q")
    (run,) = requested(asked)
    assert b'name="files"; filename="image.png"\r\nContent-Type: image/png\r\n\r\nhi\r\n' in run.body
    elsewhere = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    with pytest.raises(ConfigurationError, match="takes files by their bytes"):
        requested(Turn(messages=[{"role": "user", "content": [elsewhere]}], path="/agents/a/runs"))


def test_at_a_root_the_only_agent_is_meant() -> None:
    """Of several, the user has to name one."""
    look, run = requested(turn(path="/"), (200, [{"id": "a b"}]))
    assert (look.method, look.url, run.url) == ("GET", "/agents", "/agents/a%20b/runs")
    (again,) = requested(turn(path="/", session=run.session))
    assert again.url == "/agents/a%20b/runs"
    for answer, words in (([{"id": "a"}, {"id": "b"}], "There are: a, b"), ([], "There are: none")):
        with pytest.raises(AgentError, match=words):
            requested(turn(path=""), (200, answer))
    with pytest.raises(AgentError, match="does not list its agents"):
        requested(turn(path=""), (401, {"detail": "no"}))


@pytest.mark.parametrize(
    ("tool", "answer", "field", "value"),
    [
        (WAITS, {"approve": True}, "confirmed", True),
        (WAITS, {"approve": False, "reason": "too dear"}, "confirmed", False),
        (WAITS, {"approve": False, "reason": "too dear"}, "confirmation_note", "too dear"),
        (WAITS, True, "confirmed", True),
        (WAITS, False, "confirmed", False),
        ({"tool_call_id": "c", "external_execution_required": True}, "18 °C", "result", "18 °C"),
        ({"tool_call_id": "c", "external_execution_required": True}, {"a": 1}, "result", '{"a":1}'),
        (
            {"tool_call_id": "c", "requires_user_input": True, "user_input_schema": [{"name": "to", "value": None}]},
            {"to": "Paris"},
            "user_input_schema",
            [{"name": "to", "value": "Paris"}],
        ),
    ],
)
def test_a_pause_is_answered_where_it_waits(tool: dict[str, Any], answer: Any, field: str, value: Any) -> None:
    """The tools go back with what was said of them; a team takes its requirements."""
    waits = {"run_id": "r/1", "session_id": "s1", "interrupts": [tool], "requirements": [{"id": "q1"}]}
    (run,) = requested(turn(interrupt=waits, resume=answer))
    assert run.url == "/agents/a1/runs/r%2F1/continue"
    (sent,) = json.loads(run.body.partition(b'name="tools"\r\n\r\n')[2].partition(b"\r\n")[0])
    assert sent[field] == value
    (run,) = requested(turn("/teams/t1/runs", interrupt=waits, resume=answer))
    (sent,) = json.loads(run.body.partition(b'name="requirements"\r\n\r\n')[2].partition(b"\r\n")[0])
    assert (sent["id"], sent["tool_execution"][field]) == ("q1", value)


KNOWN = [
    event("RunStarted"),
    *said("A"),
    event("ReasoningContentDelta", reasoning_content="Hm."),
    event("ToolCallStarted", tool=WAITS),
    event("ToolCallCompleted", tool=WAITS | {"result": "18"}),
    event("RunPaused", content="I wait.", tools=[WAITS], requirements=[{"id": "q1", "tool_execution": WAITS}]),
    event("RunError", content="boom", error_type="ValueError"),
    event("TeamRunCompleted", content="A", metrics={"input_tokens": 1}),
    event("RunCompleted", content="A", status="COMPLETED", metrics={"input_tokens": 1}),
]


@given(odd_events(KNOWN))
def test_whatever_stands_in_events_is_read(odd: list[ServerSentEvent]) -> None:
    """Or told to be damage."""
    survives(Agno(), odd)
    survives(Agno(), odd, "json")
