"""Calls that other tools have captured, as cassettes; and cassettes as HAR."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from interop.targets import TARGETS, cassette_of
from scenario.cassette.captures.captured_file import conversations_of
from scenario.cassette.captures.har_writing import har
from scenario.cassette.captures.transfer_chunks import NotChunkedError, unchunked
from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.interaction import COMPLETE, Answer, Conversation, End, Identity, Interaction
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest
from scenario.testing import AgentServer
from tests.cli_run.command import typed

_NAME = Identity(scenario="a capture")
_BEGAN = "2026-12-01T09:00:00.000Z"
_EPOCH = 1796115600.0


def entry(**more: Any) -> dict[str, Any]:
    """An entry of a HAR file: a POST that was answered after 0.1 s, and was over after 0.5 s."""
    return {
        "startedDateTime": _BEGAN,
        "time": 500,
        "request": {
            "method": "POST",
            "url": "https://agent.example/chat",
            "headers": [{"name": ":authority", "value": "agent.example"}, {"name": "accept", "value": "*/*"}],
            "postData": {"mimeType": "application/json", "text": '{"message":"Hi"}'},
        },
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "text/event-stream"}, {"name": ":status", "value": "200"}],
            "content": {"size": -1, "mimeType": "text/event-stream", "text": "data: a\n\ndata: b\n\n"},
        },
        "timings": {"blocked": -1, "dns": 10, "connect": 20, "send": 0, "wait": 70, "receive": 400},
        **more,
    }


def calls(*entries: dict[str, Any], **settings: Any) -> tuple[list[Interaction], list[str]]:
    """What is read of entries, and what is said about it."""
    content = json.dumps({"log": {"version": "1.2", "entries": entries}}).encode()
    capture = conversations_of(content, "a.har", _NAME, **settings)
    return [call for one in capture.conversations for call in one.interactions], capture.notes


def test_a_har_of_a_browser_is_read() -> None:
    """Request, head, body and times; an answer is one piece, at the time when it was there, and that is said."""
    (one,), notes = calls(entry())
    assert (one.request.method, one.request.url) == ("POST", "https://agent.example/chat")
    assert (one.request.headers, one.request.body) == ({"accept": "*/*"}, b'{"message":"Hi"}')
    assert one.answer == Answer(status=200, headers={"content-type": "text/event-stream"}, connect=0.03, opened=0.1)
    assert (one.chunks, one.end) == ((Chunk(0.5, b"data: a\n\ndata: b\n\n"),), End(at=0.5))
    assert any("no pieces" in note for note in notes)


@pytest.mark.parametrize("text", ["data: a\n\ndata: b\n\n", None])
def test_the_events_of_a_stream_keep_their_times(text: str | None) -> None:
    """As Chrome notes them; also where it has no body."""
    messages = [{"time": _EPOCH + at, "eventName": "message", "eventId": "", "data": data} for at, data in
                ((0.2, "a"), (0.4, "b"))]  # fmt: skip
    given = entry(_eventSourceMessages=messages)
    given["response"]["content"]["text"] = text
    (one,), _ = calls(given)
    assert [(round(piece.at, 3), piece.data) for piece in one.chunks] == [(0.2, b"data: a\n\n"), (0.4, b"data: b\n\n")]


def test_messages_over_a_websocket_are_turns() -> None:
    """Each that was sent, with those that came before the next; bytes are in Base64."""
    messages = [
        {"type": kind, "time": _EPOCH + at, "opcode": code, "data": data}
        for kind, at, code, data in (
            ("send", 0.1, 1, "one"), ("receive", 0.3, 1, "a"), ("receive", 0.4, 2, "/w=="), ("send", 1.0, 1, "two"),
        )
    ]  # fmt: skip
    given = entry(_webSocketMessages=messages)
    given["request"] |= {"method": "GET", "url": "wss://agent.example/ws"}
    given["response"] = {"status": 101, "headers": []}
    (first, second), _ = calls(given)
    assert (first.request.body, [piece.data for piece in first.chunks]) == (b"one", [b"a", b"\xff"])
    assert [round(piece.at, 3) for piece in first.chunks] == [0.3, 0.4]
    assert (second.request.body, second.chunks) == (b"two", ())


def test_a_body_that_is_not_there_is_no_empty_answer() -> None:
    """It is left out, and said; so is what pages are made of."""
    without = entry()
    del without["response"]["content"]["text"]
    page = entry(_resourceType="script")
    read, notes = calls(without, page, entry())
    assert len(read) == 1
    assert any("its body is not in the file" in note for note in notes)
    assert any("parts of pages" in note for note in notes)
    assert len(calls(page, entry(), url="/chat")[0]) == 2


@pytest.mark.parametrize(
    "content",
    [
        b'{"log":',
        b'{"log": {"entries": 7}}',
        b'{"log": {"entries": [{"request": {"url": "x"}, "response": {}}]}}',
        b'{"log": ' + b"[" * 100_000,
    ],
)
def test_what_is_no_har_is_refused(content: bytes) -> None:
    """With the place that is wrong."""
    with pytest.raises(ConfigurationError, match=r"a.har is no HAR 1\.2"):
        conversations_of(content, "a.har", _NAME)


@pytest.mark.parametrize(
    ("error", "how"),
    [("net::ERR_INCOMPLETE_CHUNKED_ENCODING", "broken"), ("net::ERR_CONNECTION_REFUSED", "connect"),
     ("net::ERR_ABORTED", "left")],
)  # fmt: skip
def test_what_broke_is_not_whole(error: str, how: str) -> None:
    """By what Chrome says of it."""
    given = entry()
    given["response"]["_error"] = error
    (one,), _ = calls(given)
    assert one.end.how == how


@pytest.mark.parametrize("target", [one for one in TARGETS if cassette_of(one).exists()], ids=lambda one: one.name)
def test_a_cassette_is_the_same_after_a_har(target: Any) -> None:
    """Every piece, time and end of it."""
    held = CassetteFile(cassette_of(target)).conversations()
    assert conversations_of(har(held), "a.har", _NAME).conversations == held


def test_a_har_has_what_the_format_demands() -> None:
    """The fields that HAR 1.2 does not call optional, of the kinds that it gives them, for each kind of call."""
    broken = Interaction(
        participant="agent",
        request=HttpRequest(url="wss://agent.example/ws?a=b", body=b"\xff"),
        chunks=(),
        end=End(how="connect", at=0.1, message="refused"),
    )
    whole = Interaction(
        participant="agent",
        request=HttpRequest(url="https://agent.example/chat", body=b"\xff"),
        answer=Answer(status=200, headers={"content-type": "text/event-stream"}, opened=0.1),
        chunks=(Chunk(0.2, b"data: a\n\n"), Chunk(0.25, b"\xff")),
        end=End(at=0.3),
    )
    held = [Conversation(identity=_NAME, thread_id="t", interactions=(broken, whole))]
    log = json.loads(har(held))["log"]
    assert (log["version"], set(log["creator"])) == ("1.2", {"name", "version"})
    for one in log["entries"]:
        assert isinstance(one["startedDateTime"], str)
        assert isinstance(one["time"], int | float)
        asked, answer = one["request"], one["response"]
        for value, keys in (
            (asked, "method url httpVersion"), (answer, "statusText httpVersion redirectURL"),
            (answer["content"], "mimeType text"),
        ):  # fmt: skip
            assert all(isinstance(value[key], str) for key in keys.split())
        for value, keys in (
            (asked, "headersSize bodySize"), (answer, "status headersSize bodySize"), (answer["content"], "size"),
            (one["timings"], "blocked dns connect send wait receive ssl"),
        ):  # fmt: skip
            assert all(isinstance(value[key], int | float) for key in keys.split())
        assert all(isinstance(asked[key], list) for key in ("cookies", "headers", "queryString"))
        assert all(isinstance(answer[key], list) for key in ("cookies", "headers"))
        assert one["cache"] == {}
    assert [one["data"] for one in log["entries"][1]["_eventSourceMessages"]] == ["a"]
    assert conversations_of(har(held), "a.har", _NAME).conversations == held


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
async def test_a_trace_of_curls_is_the_call_that_it_made(tmp_path: Path) -> None:
    """Request, pieces with times, and that it was whole; secrets are masked before anything is written."""
    path = tmp_path / "t.txt"
    async with AgentServer("Hello there") as agent:
        arguments = ["-sS", "-N", "-o", "/dev/null", "--trace", str(path), "--trace-time", agent.url]
        secret = "gh" + "p_" + "a1B2" * 9
        sent = ["-H", f"Authorization: Bearer {secret}", "-d", '{"messages":[{"role":"user","content":"Hi"}]}']
        process = await asyncio.create_subprocess_exec("curl", *arguments, *sent)
        assert await process.wait() == 0
        url, live = agent.url, agent.requests[0]
    done = await typed("cassette", "from", str(path), "-o", str(tmp_path / "a.cassette"), "--scenario", "greeting")
    assert done.code == 0, done
    assert secret not in (tmp_path / "a.cassette").read_text()
    ((one,),) = [held.interactions for held in CassetteFile(tmp_path / "a.cassette").conversations()]
    assert (one.request.url, json.loads(one.request.body)) == (url, live)
    assert one.end.how == COMPLETE
    assert one.body.endswith(b"data: [DONE]\n\n")
    assert 0 < one.chunks[0].at <= one.chunks[-1].at <= one.end.at


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("=> Send header, 20 bytes (0x14)\n0000: POST /chat HTTP/1.1\n", "--trace-ascii"),
        ("== Info: Connected to x\ndata: an answer\n", "the answer's body may stand between them"),
        ("== Info: Failed to connect to x\n", "sent no request"),
    ],
)
def test_a_trace_without_the_bytes_is_refused(lines: str, words: str) -> None:
    """With the command that keeps them."""
    with pytest.raises(ConfigurationError, match=words):
        conversations_of(lines.encode(), "t.txt", _NAME)


async def test_what_curl_prints_is_whole_only_where_that_is_known(tmp_path: Path) -> None:
    """By its length; the request is told, as curl leaves it out."""
    path, out = tmp_path / "i.txt", tmp_path / "a.cassette"
    for head, body, how in (
        ("Content-Length: 9", "data: a\n\n", "complete"),
        ("Content-Length: 99", "data: a\n\n", "broken"),
        ("X: y", "data: a\n\n", "left"),
        ("Content-Type: application/json", "{}", "complete"),
    ):
        path.write_text(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")
        done = await typed("cassette", "from", str(path), "-o", str(out), "--url", "http://127.0.0.1/chat")
        assert done.code == 0, done
        ((one,),) = [held.interactions for held in CassetteFile(out).conversations()]
        assert (one.end.how, one.body) == (how, body.encode())
    for arguments, words in (((), "--url"), (("--body", str(path)), "--url")):
        refused = await typed("cassette", "from", str(path), "-o", str(out), *arguments)
        assert (refused.code, words in refused.err) == (2, True)
    assert (await typed("cassette", "from", "last", "-o", str(out), "--url", "x")).code == 2
    assert (await typed("cassette", "from", "none.har", "-o", str(out))).code == 2


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=5), st.integers(1, 7), st.booleans())
def test_chunks_are_taken_out_however_they_arrive(texts: list[bytes], size: int, is_over: bool) -> None:
    """Content and order are kept, and whether the last one came is known."""
    framed = b"".join(b"%x;a=b\r\n%s\r\n" % (len(text), text) for text in texts) + (b"0\r\n\r\n" if is_over else b"")
    pieces = [Chunk(float(at), framed[at : at + size]) for at in range(0, len(framed), size)]
    content, ended = unchunked(pieces)
    assert (b"".join(one.data for one in content), ended) == (b"".join(texts), is_over)


@pytest.mark.parametrize("text", [b"data: a\n\n", b"dead", b"{}", b"5\r\nhello!!"])
def test_what_is_not_chunked_is_left_alone(text: bytes) -> None:
    """Newer curls trace the content: nothing of it is taken for a size."""
    with pytest.raises(NotChunkedError):
        unchunked([Chunk(0.0, text)])
