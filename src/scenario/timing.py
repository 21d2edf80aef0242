"""When things happened in one call and in a run, as it was recorded and as checks compare it.

A field of these records is None where what it tells of did not happen, which is a fact that reports show. The
properties are there to be compared (`timing.ttft < 2.0`): each is a number, or raises an error that says what is
missing, so that nothing passes unmeasured. It is an AssertionError, as that of a check which does not hold, where the
agent's answer lacks it; a ScriptError where the test asks about calls that were never made.
"""

from __future__ import annotations

from typing import Final

import msgspec

from scenario.errors import ScriptError

_CONTENT: Final = "(text, reasoning or a tool call)"


class Gaps(msgspec.Struct, frozen=True, kw_only=True):
    """Silences between content events, in seconds; None where there were fewer than two such events."""

    median: float | None = None
    p95: float | None = None
    maximum: float | None = None


class StreamTiming(msgspec.Struct, frozen=True, kw_only=True):
    """When things happened in one call, in seconds since it began; None for what never happened.

    Attributes:
        connect: the connection stood (0.0 where one was reused).
        headers: the response headers were read.
        first_byte: the first byte of the body arrived.
        first_content: the first text, reasoning or tool call of the answer arrived.
        gaps: silences between content events.
        last_byte: the last byte of the body arrived.
        total: the call was over.
        bytes: how many bytes the body had.
        events: how many events it had.
    """

    connect: float | None = None
    headers: float | None = None
    first_byte: float | None = None
    first_content: float | None = None
    gaps: Gaps = Gaps()
    last_byte: float | None = None
    total: float = 0.0
    bytes: int = 0
    events: int = 0

    @property
    def ttft(self) -> float:
        """Time to first token, in seconds: `first_content`, to be compared.

        Raises:
            AssertionError: the answer had no content; `first_content` is None then.
        """
        return self._content_at("ttft")

    @property
    def longest_gap(self) -> float:
        """The longest silence between two pieces of the content, in seconds; 0.0 for content in one piece.

        Raises:
            AssertionError: the answer had no content; `first_content` is None then.
        """
        self._content_at("longest_gap")
        return 0.0 if self.gaps.maximum is None else self.gaps.maximum

    def _content_at(self, figure: str) -> float:
        if self.first_content is None:
            raise AssertionError(f"{figure}: the answer had no content at all {_CONTENT}")
        return self.first_content


class RunTiming(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"first_content_p50": "ttft_p50", "first_content_p95": "ttft_p95"},
):
    """The calls of a run, in seconds. A dump names the percentiles `ttft_p50` and `ttft_p95`.

    Attributes:
        turns: one entry for each exchange, in order.
        first_content_p50: median time to first content over the calls that had some; None where none had.
        first_content_p95: 95th percentile of the same.
        total: the sum of the calls' durations.
        bytes: of all bodies.
        events: of all bodies.
    """

    turns: tuple[StreamTiming, ...] = ()
    first_content_p50: float | None = None
    first_content_p95: float | None = None
    total: float = 0.0
    bytes: int = 0
    events: int = 0

    @property
    def ttft_p50(self) -> float:
        """Median time to first token over the calls that had one, in seconds: `first_content_p50`, to be compared.

        Raises:
            AssertionError: no answer had content.
            ScriptError: no call over the wire was made (a ValueError).
        """
        return self._percentile("ttft_p50", self.first_content_p50)

    @property
    def ttft_p95(self) -> float:
        """95th percentile of the times to first token, in seconds: `first_content_p95`, to be compared.

        Raises:
            AssertionError: no answer had content.
            ScriptError: no call over the wire was made (a ValueError).
        """
        return self._percentile("ttft_p95", self.first_content_p95)

    def _percentile(self, figure: str, value: float | None) -> float:
        if value is not None:
            return value
        if self.turns:
            raise AssertionError(f"{figure}: of {len(self.turns)} calls over the wire, none brought content {_CONTENT}")
        raise ScriptError(
            f"{figure}: no call over the wire was made, so there is no time to first token. Let a scenario.RemoteAgent "
            "answer first; where it need not have, `timing.turns` is empty."
        )
