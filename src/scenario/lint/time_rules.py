"""L05, L06, L07, L10: how the transfer ended, and when its bytes came."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from scenario.lint.evidence import Evidence
from scenario.lint.rule import Seen

# So much of the content in so little of the time, at its end, was held back by something.
_HELD_BACK: Final = 0.9
_LAST_PART: Final = 0.05
_FEWEST_ARRIVALS: Final = 3
# Seconds between two pieces that a buffer gives out at once lie below this.
_PACE: Final = 0.015


def ends_cleanly(evidence: Evidence) -> Iterator[Seen]:
    """L05: the transfer ends as HTTP says it should."""
    exchange = evidence.exchange
    if exchange.broke in ("broken", "protocol") and exchange.status is not None:
        remedy = "Let the server end the response itself; a proxy's timeout and a worker that dies look like this."
        how = (exchange.error or exchange.broke).removeprefix("the transfer broke: ")
        yield Seen(f"the transfer broke: {how}", remedy, at=exchange.timing.total)
        return
    length = evidence.headers.get("content-length", "")
    if length.isdigit() and not evidence.is_compressed and not exchange.broke:
        missing = int(length) - exchange.timing.bytes
        if missing > 0 and exchange.outcome != "aborted" and not evidence.is_live:
            yield Seen(f"{missing} of {length} bytes are missing", "The response was cut.")
    if evidence.is_stream and _is_closed_to_end(evidence):
        yield Seen(
            "only the closed connection ends the body: a cut cannot be told from its end",
            "Send it chunked (Transfer-Encoding: chunked), as every server does for HTTP/1.1.",
            level="warning",
        )


def _is_closed_to_end(evidence: Evidence) -> bool:
    headers = evidence.headers
    # What is recorded live is HTTP/1.1, where nothing else is said.
    version = evidence.exchange.http_version or ("1.1" if evidence.is_live else "")
    is_old = version.startswith("1")
    return is_old and "content-length" not in headers and "chunked" not in headers.get("transfer-encoding", "").lower()


def begins_soon(evidence: Evidence) -> Iterator[Seen]:
    """L06: the first byte and the first part of the answer come in time."""
    if not evidence.is_live:
        return
    timing, limits = evidence.exchange.timing, evidence.thresholds
    first = timing.first_byte if timing.first_byte is not None else timing.total
    if first > limits.first_byte:
        yield Seen(
            f"the first byte came after {first:.1f} s (at most {limits.first_byte:g} s)",
            "Send the headers and a first event, or a comment, before the work begins.",
            at=timing.first_byte,
        )
    elif timing.first_content is not None and timing.first_content > limits.first_content and not _was_silent(evidence):
        yield Seen(
            f"the first content came after {timing.first_content:.1f} s (at most {limits.first_content:g} s)",
            "Stream the model's text as it comes, or show what the agent does until then.",
            at=timing.first_content,
        )


def _was_silent(evidence: Evidence) -> bool:
    """Whether a silence before the first content is why that is late: another rule tells of it."""
    first = evidence.exchange.timing.first_content or 0.0
    times = [chunk.at for chunk in evidence.exchange.chunks if chunk.at <= first]
    return any(after - before > evidence.thresholds.silence for before, after in pairwise(times))


def is_never_silent(evidence: Evidence) -> Iterator[Seen]:
    """L07: no silence that a proxy takes for a dead connection."""
    if not evidence.is_live:
        return
    limits, exchange = evidence.thresholds, evidence.exchange
    times = [chunk.at for chunk in exchange.chunks]
    if exchange.outcome == "stalled" and times:
        times.append(exchange.timing.total)
    for before, after in pairwise(times):
        if (silence := after - before) > limits.silence:
            yield Seen(
                f"nothing came for {silence:.1f} s",
                "Send a comment line (`: keep-alive`) every 15 seconds while the agent works.",
                at=before,
                level="error" if silence > limits.fatal_silence else None,
            )


def is_really_streamed(evidence: Evidence) -> Iterator[Seen]:
    """L10: the answer arrives as it is made, and not at once at the end."""
    if is_held_back(evidence):
        exchange = evidence.exchange
        times = {event.at for event in exchange.events if event.content}
        yield Seen(
            f"{sum(event.content for event in exchange.events)} pieces of the answer arrived at {len(times)} "
            f"moment{'s' if len(times) != 1 else ''} at the end of {exchange.timing.total:.1f} s",
            "Something buffers: a proxy (X-Accel-Buffering: no), compression, or a generator that is collected first.",
            at=min(times),
        )


def is_held_back(evidence: Evidence) -> bool:
    """Whether a slow reply's content came in one burst."""
    timing = evidence.exchange.timing
    if not evidence.is_live or timing.last_byte is None or timing.last_byte < evidence.thresholds.slow:
        return False
    content = [event for event in evidence.exchange.events if event.content]
    if len(content) < _FEWEST_ARRIVALS:
        return False
    times = sorted({event.at for event in content})
    if len(times) < _FEWEST_ARRIVALS:
        return True
    late = timing.last_byte * (1 - _LAST_PART)
    sizes = [len(event.data) for event in content if event.at >= late]
    total = sum(len(event.data) for event in content)
    if sum(sizes) <= _HELD_BACK * total or len(sizes) * 2 <= len(content):
        return False
    # An answer that was long in the making and is then streamed comes at the pace of a model.
    from statistics import median  # loads fractions and decimals, for slow answers only

    gaps = [after - before for before, after in pairwise([at for at in times if at >= late])]
    return not gaps or median(gaps) < _PACE
