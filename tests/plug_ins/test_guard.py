"""What the code of a dialect of somebody else's does wrong is told as its fault, and never as the agent's."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest

from scenario.errors import AgentError, DialectError
from scenario.exchange import Chunk
from scenario.protocol import (
    CERTAIN,
    Answered,
    Detection,
    Dialect,
    Head,
    Reader,
    ReadOptions,
    Reply,
    RequestDraft,
    Turn,
)
from scenario.protocols.guard import guarded
from scenario.protocols.reception import Reception, ReceptionOptions
from tests.plug_ins import somebody_elses as elses

ORIGIN = "somebody-elses 2.1"
TURN = Turn(messages=[{"role": "user", "content": "Hi"}])


def with_reader(reader: type[Reader]) -> Dialect:
    """A dialect that reads with it, behind the guard."""
    kind = type("Chosen", (elses.Sound,), {"reads": reader})
    made: Dialect = guarded(kind(), ORIGIN)
    return made


def reception(dialect: Dialect) -> Reception:
    """Of an answer in that dialect."""
    head = Head(headers={"content-type": "text/event-stream"})
    return Reception(head, ReceptionOptions(protocol=dialect.name), dialect)


def read(dialect: Dialect, body: bytes) -> Reply:
    """The reply in a body."""
    reading = reception(dialect)
    reading.feed(Chunk(0.0, body))
    return reading.finish(clean=True)


def test_a_sound_dialect_is_read_as_it_is_without_the_guard() -> None:
    """It is of its own class, and its reply is the same."""
    dialect = with_reader(elses.SoundReader)
    assert isinstance(dialect, elses.Sound)
    assert read(dialect, elses.BODY) == read(elses.Sound(), elses.BODY)
    assert read(dialect, elses.BODY).text == "It is 18."
    assert dialect.request(TURN) == elses.Sound().request(TURN)


def test_a_reader_that_raises_is_named_with_its_event() -> None:
    """Which dialect, of what package, what it raised, at which event, and what to do; what came before is kept."""
    reading = reception(with_reader(elses.RaisingReader))
    with pytest.raises(DialectError) as caught:
        reading.feed(Chunk(0.0, b'data: {"w": "It is "}\n\ndata: {"x": 1}\n\ndata: {"w": "18."}\n\n'))
    for part in ("'sound'", ORIGIN, "not the agent", "KeyError: 'w'", "event 2", '{"x": 1}', "check_dialect"):
        assert part in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.fault == "dialect"
    reply = reading.finish(clean=True)
    assert (reply.text, reply.outcome, reply.complete) == ("It is ", "aborted", False)
    assert len(reading.chunks) == 1


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        (elses.SilentReader, "None is no scenario.protocol.Brought"),
        (elses.HurriedReader, "IndexError: no message among"),
        (elses.UnfinishedReader, "RuntimeError: nothing to finish at the end of the body"),
        (elses.BareReader, "BareReader.__init__ does not call that of Reader"),
        (list, "is no scenario.protocol.Reader"),
    ],
)
def test_whatever_a_reader_does_wrong_is_its_dialect_s_fault(reader: type[Any], said: str) -> None:
    """It says so, whichever of its methods it is."""
    with pytest.raises(DialectError) as caught:
        read(with_reader(reader), elses.BODY)
    assert said in str(caught.value)
    assert ORIGIN in str(caught.value)


def test_every_method_of_a_reader_is_behind_the_guard() -> None:
    """Those that readers get later, too."""
    reader = with_reader(elses.SoundReader).reader(ReadOptions())
    methods = {name for name, one in vars(Reader).items() if inspect.isfunction(one) and not name.startswith("_")}
    assert {"read", "read_texts", "finish", "is_whole"} <= methods <= vars(reader).keys()


def answered(dialect: Dialect, status: int = 200) -> RequestDraft:
    """The last of a turn's requests, where the first one is answered so."""
    requests = dialect.requests(TURN)
    next(requests)
    with pytest.raises(StopIteration) as stop:
        requests.send(Answered(Head(status=status), b""))
    draft: RequestDraft = stop.value.value
    return draft


def test_requests_go_through_the_guard_as_they_are() -> None:
    """Those that prepare a turn with their answers, and the last one."""
    assert answered(guarded(elses.Asking(RequestDraft(body=1)), ORIGIN)) == RequestDraft(body=1)


@pytest.mark.parametrize(
    ("failure", "said"), [(KeyError("id"), "KeyError: 'id'"), ({"body": 1}, "{'body': 1} is no RequestDraft")]
)
def test_requests_that_fail_are_the_dialect_s_fault(failure: object, said: str) -> None:
    """Whether they raise or are none."""
    requests = guarded(elses.Asking(failure), ORIGIN).requests(TURN)
    next(requests)
    with pytest.raises(DialectError, match=ORIGIN) as caught:
        requests.send(Answered(Head(), b""))
    assert said in str(caught.value)


def test_what_a_dialect_says_of_the_agent_stays_what_it_is() -> None:
    """An answer that a turn cannot go on with is the agent's fault, and told as that."""
    requests = guarded(elses.Asking(RequestDraft()), ORIGIN).requests(TURN)
    next(requests)
    with pytest.raises(AgentError, match="status 503"):
        requests.send(Answered(Head(status=503), b""))


@pytest.mark.parametrize(
    "found",
    [
        ValueError("secret-in-the-data"),
        "yes",
        Detection(certainty=99, reason="x"),
        Detection(certainty=CERTAIN, reason=None),
    ],  # type: ignore[arg-type]
)
def test_a_detection_that_fails_is_told_once_and_asked_no_more_of_the_run(found: object) -> None:
    """Others may know the response; the warning says whose it is and what to do, and quotes nothing of the answer."""
    dialect = guarded(elses.Unsure(found), ORIGIN)
    with pytest.warns(UserWarning, match=ORIGIN) as told:
        assert dialect.detect(Head(), []) is None
    assert "uninstall it" in str(told[0].message)
    assert "secret" not in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dialect.detect(Head(), []) is None


def test_where_warnings_are_errors_it_is_still_the_dialect_s() -> None:
    """Nothing is taken for a failure of the agent."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DialectError, match=ORIGIN):
            guarded(elses.Unsure("yes"), ORIGIN).detect(Head(), [])
