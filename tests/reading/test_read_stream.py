"""`scenario.read_stream`: what was recorded elsewhere is read as a live answer is."""

from __future__ import annotations

from pathlib import Path

import pytest

import scenario
from scenario.exchange import Chunk
from scenario.reading import read_exchange

BODY = b'data: {"content": "Hel"}\n\ndata: {"content": "lo"}\n\ndata: [DONE]\n\n'
CHAT = (
    b'data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    b'data: {"id":"c1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


def test_bytes_are_read() -> None:
    """A whole body gives the reply, and says what it was read as."""
    reply = scenario.read_stream(CHAT, content_type="text/event-stream")
    assert (reply.protocol, reply.text, reply.finish_reason, reply.complete) == ("openai-chat", "Hi", "stop", True)


def test_without_a_content_type_the_bytes_decide() -> None:
    """A body alone is enough."""
    assert scenario.read_stream(CHAT).protocol == "openai-chat"


def test_how_it_is_cut_makes_no_difference() -> None:
    """Byte by byte, and with other line ends, the same reply comes out."""
    whole = scenario.read_stream(CHAT)
    assert scenario.read_stream(CHAT[index : index + 1] for index in range(len(CHAT))) == whole
    for line_end in (b"\r\n", b"\r"):
        assert scenario.read_stream(CHAT.replace(b"\n", line_end)) == whole


def test_a_capture_with_its_head(tmp_path: Path) -> None:
    """What `curl -i` wrote: the status and the headers are found, also after an interim answer and a redirect."""
    path = tmp_path / "capture.txt"
    path.write_bytes(
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /v2\r\n\r\n"
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/2 200 \r\nContent-Type: text/event-stream\r\nX-One: a\r\nx-one: b\r\n\r\n" + BODY
    )
    exchange = read_exchange(path)
    assert exchange.status == 200
    assert exchange.headers == {"content-type": "text/event-stream", "x-one": "a, b"}
    assert exchange.reply.text == "Hello"
    assert exchange.body == BODY


def test_a_capture_with_line_feeds_only(tmp_path: Path) -> None:
    """An editor may have changed the line ends."""
    path = tmp_path / "capture.txt"
    path.write_bytes(b"HTTP/1.1 429 Too Many Requests\ncontent-type: application/json\n\n" + b'{"error": "slow down"}')
    reply = scenario.read_stream(str(path))
    assert reply.outcome == "error"
    assert reply.error is not None
    assert "slow down" in reply.error.message


@pytest.mark.parametrize(
    ("content_type", "body", "message", "code"),
    [
        (
            "text/event-stream",
            b'data: {"error": {"message": "slow", "code": "rate"}}\n\ndata: [DONE]\n\n',
            "slow",
            "rate",
        ),
        ("text/event-stream", b"data: slow\n\n", "slow", "429"),
        ("application/json", b'{"__type": "ThrottlingException", "Message": "slow"}', ": slow", "ThrottlingException"),
    ],
)
def test_an_error_status_tells_its_reason_however_it_is_written(
    content_type: str, body: bytes, message: str, code: str
) -> None:
    """Some servers tell an error as they would tell the answer, as an event; Amazon's have names of their own."""
    reply = scenario.read_stream(body, content_type=content_type, status=429)
    assert reply.error is not None
    assert (reply.outcome, reply.error.code) == ("error", code)
    assert message in reply.error.message


def test_a_capture_of_the_body_alone(tmp_path: Path) -> None:
    """What `curl -N` wrote."""
    path = tmp_path / "capture.txt"
    path.write_bytes(BODY)
    assert scenario.read_stream(path).text == "Hello"


def test_a_body_that_quotes_a_status_line_keeps_it(tmp_path: Path) -> None:
    """Only what comes before the body is its head."""
    path = tmp_path / "capture.txt"
    path.write_bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nHTTP/1.1 200 OK\r\n\r\nis a status line")
    assert scenario.read_stream(path).text == "HTTP/1.1 200 OK\r\n\r\nis a status line"


def test_what_is_said_wins_over_the_capture(tmp_path: Path) -> None:
    """A header that is given replaces the captured one."""
    path = tmp_path / "capture.txt"
    path.write_bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n" + BODY)
    assert scenario.read_stream(path, content_type="text/event-stream").text == "Hello"


def test_times_of_pieces_are_kept() -> None:
    """Pieces with times give the timing that a live call has."""
    exchange = read_exchange([Chunk(0.5, BODY[:30]), Chunk(2.0, BODY[30:])])
    assert (exchange.timing.first_byte, exchange.timing.total) == (0.5, 2.0)
    assert [event.at for event in exchange.events] == [0.5, 2.0, 2.0]


def test_a_cut_stream_is_truncated() -> None:
    """An end without the dialect's terminal event is no answer."""
    reply = scenario.read_stream(CHAT[:110])
    assert (reply.text, reply.outcome, reply.complete) == ("Hi", "truncated", False)


def test_nothing_readable_is_an_error_that_shows_it() -> None:
    """The first bytes are shown, and the dialects that it looks most like are named."""
    reply = scenario.read_stream(b'data: {"kind": "TEXT_MESSAGE_STRAT", "x": 1}\n\n', content_type="text/event-stream")
    assert reply.outcome == "error"
    assert reply.error is not None
    assert "TEXT_MESSAGE_STRAT" in reply.error.message
    assert "ag-ui" in reply.error.message


def test_an_empty_body_is_an_error() -> None:
    """Nothing came."""
    reply = scenario.read_stream(b"")
    assert reply.error is not None
    assert "empty" in reply.error.message


def test_a_path_to_the_text_can_be_given() -> None:
    """As with RemoteAgent(reply=…)."""
    assert scenario.read_stream(b'data: {"a": {"b": "Hello"}}\n\n', reply="a.b").text == "Hello"


@pytest.mark.parametrize("source", ["no/such/file", 7, "\0", "."])
def test_a_source_that_means_nothing_is_refused(source: object) -> None:
    """The error says what was given and what to give."""
    with pytest.raises(scenario.ConfigurationError, match=r"read_stream\("):
        scenario.read_stream(source)  # type: ignore[arg-type]


def test_an_unknown_protocol_is_refused() -> None:
    """Before anything is read."""
    with pytest.raises(scenario.ConfigurationError, match="openai-chat"):
        scenario.read_stream(b"", protocol="openai-chta")


def test_secrets_in_headers_are_not_kept() -> None:
    """A captured cookie does not go into the exchange."""
    exchange = read_exchange(BODY, headers={"Set-Cookie": "session=1234567890"})
    assert "1234567890" not in str(exchange.headers)


def test_the_events_are_told() -> None:
    """Each as it came, and whether it brought a part of the answer."""
    events = scenario.read_stream(b'data: {"content": "Hello"}\n\nevent: ping\ndata: {}\n\ndata: [DONE]\n\n').events
    assert [(event.event, event.data, event.content) for event in events] == [
        ("message", '{"content": "Hello"}', True),
        ("ping", "{}", False),
        ("message", "[DONE]", False),
    ]


def test_a_text_that_is_cut_within_a_character_keeps_what_came_before_it() -> None:
    """Nothing stands in the place of the half that came."""
    body = "18 °C".encode()
    for end in range(3, len(body)):
        reply = scenario.read_stream(body[:end], content_type="text/plain")
        assert "18 °C".startswith(reply.text)
        assert reply.complete == (end != 4)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (b'{"error": {"message": "out of memory"}}', "out of memory"),
        (b'{"error": {"message": "out of memory"}}\n\n', "out of memory"),
        (b'{\r\n  "error": "out of memory"\r\n}\r\n', "out of memory"),
        (b'{"detail": "Internal Server Error"}\n', "Internal Server Error"),
    ],
)
def test_an_error_that_is_written_after_the_events_as_it_is_is_told(end: bytes, message: str) -> None:
    """A reader of events sees nothing of it, and would take what came before it for the answer."""
    body = b'data: {"content": "Hello"}\n\n' + end
    for pieces in ([body], [body[at : at + 1] for at in range(len(body))]):
        reply = scenario.read_stream(pieces, content_type="text/event-stream")
        assert reply.error is not None
        assert (reply.text, reply.outcome, reply.error.message) == ("Hello", "error", message)


def test_what_stands_after_the_end_is_nobodys_error() -> None:
    """Once the answer has ended, and where JSON is the data of an event over several lines."""
    ended = b'data: {"content": "Hello"}\n\ndata: [DONE]\n\n{"error": "late"}\n'
    assert scenario.read_stream(ended, content_type="text/event-stream").outcome == "complete"
    lines = b'data: {"content":\ndata: "Hello", "error": null}\n\n'
    assert scenario.read_stream(lines, content_type="text/event-stream").text == "Hello"
