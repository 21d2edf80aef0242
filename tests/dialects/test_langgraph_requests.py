"""LangGraph Server: how a conversation is put to it."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.dialects.langgraph.requests import resume_of
from scenario.dialects.langgraph.streams import LangGraph
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.protocol import Answered, Head, RequestDraft, Turn


def turn(**fields: Any) -> Turn:
    """A conversation's second turn."""
    old = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    new = [{"role": "user", "content": "c"}]
    return Turn(messages=old + new, new_messages=new, **fields)


def requested(turn: Turn, *answers: tuple[int, Any]) -> list[RequestDraft]:
    """A turn's requests, given the answers to those that prepare it."""
    requests = LangGraph().requests(turn)
    drafts = []
    try:
        drafts.append(next(requests))
        for status, value in answers:
            drafts.append(requests.send(Answered(Head(status=status), json.dumps(value).encode())))
    except StopIteration as stop:
        drafts.append(stop.value)
    return drafts


def test_a_thread_is_made_for_the_conversation() -> None:
    """The graph is looked up, the thread made, the whole conversation put; the session names both."""
    search, thread, run = requested(turn(path="/api"), (200, [{"assistant_id": "a-1"}]), (200, {"thread_id": "t/1"}))
    assert [search.url, thread.url, run.url] == [
        "/api/assistants/search",
        "/api/threads",
        "/api/threads/t%2F1/runs/stream",
    ]
    assert len(run.body["input"]["messages"]) == 3
    assert run.session == {"assistant_id": "a-1", "thread_id": "t/1"}


def test_a_known_thread_gets_what_is_new() -> None:
    """The server keeps the rest."""
    (run,) = requested(turn(session={"assistant_id": "a-1", "thread_id": "t1"}))
    assert run.url == "/threads/t1/runs/stream"
    assert run.body["input"]["messages"] == [{"role": "user", "content": "c"}]


@pytest.mark.parametrize(
    ("path", "url", "count"),
    [("/runs/stream", "/runs/stream", 3), ("/x/threads/t9/runs/stream", "/x/threads/t9/runs/stream", 1)],
)
def test_the_url_decides_about_the_thread(path: str, url: str, count: int) -> None:
    """Without one the whole conversation is sent each time."""
    (run,) = requested(turn(path=path, model="agent"))
    assert run.url == url
    assert len(run.body["input"]["messages"]) == count


def test_an_answer_resumes_the_thread() -> None:
    """There is no input beside a command."""
    (run,) = requested(turn(session={"assistant_id": "a", "thread_id": "t"}, resume="yes", interrupt={"kind": "x"}))
    assert run.body["command"] == {"resume": "yes"}
    assert "input" not in run.body


@pytest.mark.parametrize(
    ("question", "answer", "sent"),
    [
        ("Allow?", {"approve": True}, True),
        ("Allow?", {"approve": False, "message": "no"}, {"approve": False, "message": "no"}),
        ({"action_requests": [{}, {}]}, {"approve": True}, {"decisions": [{"type": "approve"}, {"type": "approve"}]}),
        (
            {"action_requests": [{}]},
            {"approve": False, "message": "no"},
            {"decisions": [{"type": "reject", "message": "no"}]},
        ),
        ([{"action_request": {}, "config": {}}], {"approve": True}, [{"type": "accept", "args": None}]),
        ("How many?", 3, 3),
    ],
)
def test_an_approval_is_said_as_the_question_expects(question: Any, answer: Any, sent: Any) -> None:
    """A plain yes, or the form of LangChain's middleware, new and old."""
    assert resume_of(answer, {"interrupts": [{"value": question, "id": "i1"}]}) == sent


def test_several_interrupts_are_answered_by_their_ids() -> None:
    """One answer goes to all of them; a mapping of ids goes as it is."""
    asked = {"interrupts": [{"value": "a?", "id": "i1"}, {"value": "b?", "id": "i2"}]}
    assert resume_of("yes", asked) == {"i1": "yes", "i2": "yes"}
    assert resume_of({"i1": 1, "i2": 2}, asked) == {"i1": 1, "i2": 2}


def test_several_graphs_are_a_question_to_the_user() -> None:
    """None of them is taken at random."""
    with pytest.raises(ConfigurationError, match="'left', 'right'"):
        requested(turn(), (200, [{"graph_id": "left"}, {"graph_id": "right"}]))


def test_a_thread_that_is_refused_is_the_servers_fault() -> None:
    """The error says what the server said."""
    with pytest.raises(AgentError, match="status 403: no"):
        requested(turn(model="agent"), (403, {"detail": "no"}))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda x: st.lists(x) | st.dictionaries(st.text(max_size=3), x),
    )
)
def test_no_answer_to_a_request_makes_it_raise_what_is_not_its_own(value: Any) -> None:
    """A server may answer anything to the requests that prepare a turn."""
    with contextlib.suppress(AgentError, ConfigurationError):
        requested(turn(), (200, value), (200, value))
