"""A file in which another tool has captured calls, as conversations: a HAR file, a trace of curl's, or its output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scenario.cassette.captures.capture import Capture
from scenario.cassette.captures.curl_calls import calls_of
from scenario.cassette.captures.curl_trace import has_times, is_trace, traced
from scenario.cassette.captures.har_reading import calls_of_har, is_har
from scenario.cassette.interaction import LEFT, Answer, Conversation, End, Identity, Interaction
from scenario.cassette.request_ids import AGENT
from scenario.cassette.serving.as_recorded import json_of
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest
from scenario.protocols.captured import captured
from scenario.transport.content_coding import CodingError, inflater_of

_EMPTY: Final = frozenset({204, 205, 304})
_NO_TIMES: Final = "The trace has no times (curl --trace-time): every time is 0."
_OUTPUT: Final = (
    "`curl -i` writes neither request nor times: the answer is in one piece at 0 s, and where it has no length, nobody "
    "knows whether it was cut: it ends as one does whose reader has let go. "
    "`curl --trace FILE --trace-time -N -o /dev/null` keeps all of that."
)


def conversations_of(content: bytes, name: str, identity: Identity, *, url: str = "", body: bytes = b"") -> Capture:
    """The calls in a file that another tool has written.

    Args:
        content: the file's.
        name: what it is called, in errors.
        identity: of the conversation that they become.
        url: of a HAR file, what the calls' URLs have in them; of `curl -i`, the request's URL, which that leaves out.
        body: of `curl -i`, the request's body.

    Raises:
        ConfigurationError: it cannot be read, or something has to be said that it does not hold.
    """
    if is_har(content):
        if body:
            raise ConfigurationError(f"{name}: a HAR file has the requests' bodies: leave out --body.")
        return calls_of_har(content, name, identity, url)
    if is_trace(content):
        if url or body:
            raise ConfigurationError(f"{name}: a trace of curl's has the requests: leave out --url and --body.")
        calls = calls_of(traced(content, name), name)
        return _capture(identity, calls, [] if has_times(content) else [_NO_TIMES])
    if captured(content).head is not None:
        return _capture(identity, [_of_output(content, name, url, body)], [_OUTPUT])
    raise ConfigurationError(
        f"{name} is neither a HAR file, nor what `curl --trace FILE --trace-time` or `curl -i` writes; nor is it a run "
        "of the store."
    )


def _capture(identity: Identity, calls: list[Interaction], notes: list[str]) -> Capture:
    return Capture([Conversation(identity=identity, thread_id="", interactions=tuple(calls))] if calls else [], notes)


def _of_output(content: bytes, name: str, url: str, body: bytes) -> Interaction:
    if "://" not in url:
        raise ConfigurationError(
            f"{name}: `curl -i` leaves out the request: say its URL with --url, its body with --body FILE."
        )
    response = captured(content)
    assert response.head is not None  # noqa: S101 - its caller has looked
    headers = dict(response.head.headers)
    try:
        # curl has undone what it was told to (--compressed), and left the header as it was.
        is_coded = inflater_of(headers.get("content-encoding", "")) is not None and response.body[:1] in b"\x1f\x78"
    except CodingError:
        is_coded = not response.body[:1].isascii()
    if response.body and is_coded:
        raise ConfigurationError(f"{name}: the body is compressed. Capture with --compressed, or ask for none.")
    return Interaction(
        participant=AGENT,
        request=HttpRequest(method="POST" if body else "GET", url=url, body=body),
        answer=Answer(status=response.head.status, headers=headers),
        chunks=(Chunk(0.0, response.body),) if response.body else (),
        end=_end(response.head.status, headers, response.body),
    )


def _end(status: int, headers: Mapping[str, str], body: bytes) -> End:
    """How it ended, as far as that can be told: a body without a length may be cut anywhere."""
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 16 and "content-encoding" not in headers:
        cut = f"the connection was closed after {len(body)} of {length} bytes"
        return End() if len(body) >= int(length) else End(how="broken", message=cut)
    is_json = "json" in headers.get("content-type", "").partition(";")[0] and json_of(body) is not None
    return End() if is_json or (status in _EMPTY and not body) else End(how=LEFT)
