"""The calls that a trace of curl's tells of. Pure, but for what undoes compression."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from scenario.cassette.captures.curl_trace import Traced
from scenario.cassette.captures.transfer_chunks import NotChunkedError, unchunked
from scenario.cassette.interaction import COMPLETE, LEFT, Answer, End, Interaction
from scenario.cassette.request_ids import AGENT
from scenario.errors import ConfigurationError
from scenario.exchange import Chunk, HttpRequest
from scenario.late_pattern import late_pattern
from scenario.transport.content_coding import CodingError, inflater_of
from scenario.transport.small_pieces import small_pieces

_STATUS: Final = late_pattern(rb"HTTP/\d(?:\.\d)? (\d{3})(?: [^\r\n]*)?\r?\n")
_REQUEST: Final = late_pattern(rb"([A-Z]{1,20}) (\S+) HTTP/\d(?:\.\d)?\r?\n")
_WHOLE: Final = (b"left intact",)
_BROKEN: Final = (
    b"closed with outstanding read data", b"end of response with", b"Recv failure", b"Connection reset",
    b"Empty reply", b"was not closed cleanly", b"unexpected eof", b"Failed reading the chunked",
)  # fmt: skip
_NO_CONNECTION: Final = (b"Failed to connect", b"Could not resolve")
_GIVEN_UP: Final = (b"Operation timed out", b"Connection timed out")
_CONNECTED: Final = (b"Connected to ", b"Established connection")
# What is inflated from a capture is read whole: it may be as large as this.
_MOST_BYTES: Final = 256 * 1024 * 1024
_INTERIM: Final = range(100, 200)


class _Call:
    """One call, as it goes on."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.connect: float | None = None
        self.is_tls = False
        self.sent_head, self.sent = b"", b""
        self.heads: list[tuple[float, bytes]] = []
        self.pieces: list[Chunk] = []
        self.how, self.message = "", ""
        self.ended = began

    @property
    def is_answered(self) -> bool:
        """Whether the head of a final response came."""
        status = self.status
        return status is not None and status not in _INTERIM

    @property
    def status(self) -> int | None:
        """The last response's."""
        found = [match for _, line in self.heads if (match := _STATUS.match(line)) is not None]
        return int(found[-1][1]) if found else None

    def headers(self) -> tuple[float, dict[str, str]]:
        """When the last response's headers were there, and what they are."""
        start = max(number for number, (_, line) in enumerate(self.heads) if _STATUS.match(line))
        told: dict[str, str] = {}
        for _, line in self.heads[start + 1 :]:
            name, colon, value = line.decode("latin-1").strip().partition(":")
            if colon and name:
                name = name.strip().lower()
                told[name] = f"{told[name]}, {value.strip()}" if name in told else value.strip()
        return self.heads[-1][0], told


def calls_of(traced: Iterable[Traced], name: str) -> list[Interaction]:
    """The calls of a trace, in order.

    Args:
        traced: what happened.
        name: what the file is called, in errors.

    Raises:
        ConfigurationError: a request or an answer in it cannot be read.
    """
    return [_interaction(call, name) for call in _gathered(traced) if call.sent_head or call.how]


def _gathered(traced: Iterable[Traced]) -> Iterator[_Call]:
    call = _Call(0.0)
    for at, kind, data in traced:
        if kind == "Send header" and call.sent_head and call.is_answered:
            yield call
            is_tls = call.is_tls
            call = _Call(at)
            call.connect, call.is_tls = 0.0, is_tls
        call.ended = max(call.ended, at)
        match kind:
            case "Info":
                _told(call, at, data)
            case "Send header":
                call.sent_head += data
            case "Send data":
                call.sent += data
            case "Recv header":
                # Trailers, which come behind the body, are no headers.
                if not call.pieces:
                    call.heads.append((at, data))
            case _:
                call.pieces.append(Chunk(at, data))
    yield call


def _told(call: _Call, at: float, words: bytes) -> None:
    """What curl says of the connection: how a transfer ended stands nowhere else."""
    if any(one in words for one in _CONNECTED) and not call.sent_head:
        call.connect = at - call.began
    if b"SSL connection using" in words:
        call.is_tls = True
    if call.how:
        return
    for how, signs in (("broken", _BROKEN), ("connect", _NO_CONNECTION), (LEFT, _GIVEN_UP), (COMPLETE, _WHOLE)):
        if any(one in words for one in signs):
            call.how = how
            call.message = "" if how in (COMPLETE, LEFT) else words.decode("latin-1").strip()[:300]
            return


def _interaction(call: _Call, name: str) -> Interaction:
    if not call.sent_head:
        raise ConfigurationError(f"{name}: curl sent no request ({call.message or 'no connection'}): nothing to keep.")
    request = _request(call, name)
    began = call.began
    pieces = [Chunk(_rounded(piece.at - began) or 0.0, piece.data) for piece in call.pieces]
    answer, how = None, call.how or LEFT
    if call.is_answered:
        opened, headers = call.headers()
        assert call.status is not None  # noqa: S101 - it is answered
        answer = Answer(
            status=call.status, headers=headers, connect=_rounded(call.connect), opened=_rounded(opened - began) or 0.0
        )
        pieces, how = _body(pieces, headers, how, name)
    elif how == COMPLETE:
        how = LEFT
    at = _rounded(call.ended - began) or 0.0
    end = End(how=how, at=at, message=call.message if how == call.how else "", connect=_rounded(call.connect))
    return Interaction(participant=AGENT, request=request, answer=answer, chunks=tuple(pieces), end=end)


def _body(pieces: list[Chunk], headers: dict[str, str], how: str, name: str) -> tuple[list[Chunk], str]:
    """The body as a reader gets it, and how it ended: older curls trace it as it travels, newer ones its content."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        try:
            pieces, is_over = unchunked(pieces)
            how = COMPLETE if is_over and how == LEFT else how
        except NotChunkedError:
            pass
    length = headers.get("content-length", "")
    if how == LEFT and length.isascii() and length.isdigit() and len(length) < 16:
        how = COMPLETE if sum(len(piece.data) for piece in pieces) == int(length) else how
    try:
        inflater = inflater_of(headers.get("content-encoding", ""))
        decoded, size = [], 0
        for piece in small_pieces(pieces, inflater):
            decoded.append(piece)
            if (size := size + len(piece.data)) > _MOST_BYTES:
                raise ConfigurationError(f"{name}: a body has more than {_MOST_BYTES:,} bytes.")
        if inflater is not None and how == COMPLETE:
            inflater.end()
    except CodingError as error:
        raise ConfigurationError(f"{name}: {error}. Capture without --compressed.") from None
    return decoded, how


def _request(call: _Call, name: str) -> HttpRequest:
    line, _, rest = call.sent_head.partition(b"\n")
    found = _REQUEST.fullmatch(line + b"\n")
    if found is None:
        raise ConfigurationError(f"{name}: {line[:80]!r} is no request line of HTTP.")
    headers: dict[str, str] = {}
    for text in rest.decode("latin-1").splitlines():
        key, colon, value = text.partition(":")
        if colon and key:
            headers[key.strip()] = value.strip()
    host = next((value for key, value in headers.items() if key.lower() == "host"), "")
    target = found[2].decode("latin-1")
    scheme = "https" if call.is_tls else "http"
    url = target if "://" in target else f"{scheme}://{host}{target}"
    return HttpRequest(method=found[1].decode(), url=url, headers=headers, body=call.sent)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(seconds, 0.0), 6)
