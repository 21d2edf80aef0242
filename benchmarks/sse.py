"""Reading server-sent events: how fast, beside httpx-sse, and whether the time stays linear.

Run it alone with `python -m benchmarks.sse`. Figures are the best of some rounds in which the readers take turns, so
that a busy machine slows all of them; judge by the ratios.
"""

from __future__ import annotations

import codecs
import gc
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType

import msgspec

from benchmarks.row import Row
from scenario.wire.sse import EventStreamParser, ServerSentEvent
from scenario.wire.sse_writing import encode

ORDINARY_BYTES = 50_000_000
LINE_BYTES = 50_000_000
DATA_LINES = 100_000
ROOMY = 128 * 1024 * 1024
WORDS = ["Hello", " there", ", how", " can", " I", " help", "?", " Grüße", " 世界", " the", " weather"]
# What "no more per byte" means on a machine that others use as well.
NOISE = 0.8


def chat_stream(size: int) -> bytes:
    """About `size` bytes of chat completion chunks, some 290 bytes each, as an OpenAI-compatible server writes them."""
    chunks = []
    for number in range(1000):
        chunk = {
            "id": f"chatcmpl-{number:06d}AbCdEfGhIjKlMnOpQrStUv",
            "object": "chat.completion.chunk",
            "created": 1_750_000_000 + number,
            "model": "gpt-4o-mini-2024-07-18",
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
            "choices": [
                {"index": 0, "delta": {"content": WORDS[number % len(WORDS)]}, "logprobs": None, "finish_reason": None}
            ],
        }
        chunks.append(encode(ServerSentEvent(data=msgspec.json.encode(chunk).decode())))
    block = b"".join(chunks)
    return block * max(1, size // len(block))


def sliced(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def read_with_scenario(pieces: Sequence[bytes]) -> int:
    parser = EventStreamParser(max_event_bytes=ROOMY, max_line_bytes=ROOMY)
    feed = parser.feed
    return sum(len(feed(piece)) for piece in pieces) + len(parser.close())


def httpx_sse_decoders() -> ModuleType:
    """The decoders of httpx-sse without its client, whose import needs httpx: they do not, and it is not installed."""
    spec = importlib.util.find_spec("httpx_sse")
    assert spec is not None, "httpx-sse is not installed: run `make setup`."
    sys.modules.setdefault("httpx_sse", importlib.util.module_from_spec(spec))
    return importlib.import_module("httpx_sse._decoders")


def read_and_keep(pieces: Sequence[bytes]) -> int:
    """As a reader does that needs the whole answer, so that memory is asked for by ordinary traffic as well."""
    parser = EventStreamParser(max_event_bytes=ROOMY, max_line_bytes=ROOMY)
    events: list[ServerSentEvent] = []
    for piece in pieces:
        events += parser.feed(piece)
    return len(events)


def read_with_httpx_sse(pieces: Sequence[bytes]) -> int:
    """What `EventSource.iter_sse` does with a response's text, without the response."""
    decoders = httpx_sse_decoders()
    text_decoder = codecs.getincrementaldecoder("utf-8")("replace")
    line_decoder = decoders.SSELineDecoder()
    decoder = decoders.SSEDecoder()
    events = 0
    for piece in pieces:
        for line in line_decoder.decode(text_decoder.decode(piece)):
            if decoder.decode(line.rstrip("\n")) is not None:
                events += 1
    return events


def best_seconds(rounds: int, *jobs: Callable[[], int]) -> list[float]:
    """The shortest time of each job, the jobs taking turns. They must count the same number of events."""
    best = [float("inf")] * len(jobs)
    for _ in range(rounds):
        counts = set()
        for place, job in enumerate(jobs):
            gc.collect()
            start = time.perf_counter()
            counts.add(job())
            best[place] = min(best[place], time.perf_counter() - start)
        assert len(counts) == 1, counts
    return best


def speed_row(body: bytes, name: str, size: int, *, ratio: float, rate: float, rounds: int) -> Row:
    pieces = sliced(body, size)
    ours, theirs = best_seconds(rounds, lambda: read_with_scenario(pieces), lambda: read_with_httpx_sse(pieces))
    our_rate, their_rate = len(body) / ours / 1e6, len(body) / theirs / 1e6
    target = f"≥ {ratio:g}×" + (f", ≥ {rate:g} MB/s" if rate else "")
    reached = our_rate >= ratio * their_rate and our_rate >= rate
    baseline = f"httpx-sse {their_rate:.0f} MB/s"
    return Row(f"SSE, {name} pieces", f"{our_rate:.0f} MB/s", baseline, our_rate / their_rate, target, reached)


def linearity_row(name: str, body: bytes, ordinary: bytes, size: int, *, rounds: int) -> Row:
    """The cost of a byte of `body`, beside that of ordinary traffic in pieces of the same size."""
    unusual, usual = sliced(body, size), sliced(ordinary, size)
    (cost,) = best_seconds(rounds, lambda: read_and_keep(unusual))
    (usual_cost,) = best_seconds(rounds, lambda: read_and_keep(usual))
    ours, baseline = cost / len(body) * 1e9, usual_cost / len(ordinary) * 1e9
    ratio = baseline / ours
    return Row(name, f"{ours:.2f} ns/B", f"ordinary {baseline:.2f} ns/B", ratio, f"≥ {NOISE:g}×", ratio >= NOISE)


def rows(*, quick: bool = False) -> list[Row]:
    """Measure. `quick` takes a tenth of the bytes and fewer rounds: for a look, not for a record."""
    part, rounds = (10, 2) if quick else (1, 4)
    ordinary = chat_stream(ORDINARY_BYTES // part)
    one_line = encode(ServerSentEvent(data="x" * (LINE_BYTES // part)))
    chunks = [event.data for event in EventStreamParser().feed(ordinary[: len(ordinary) // 10])]
    many_lines = encode(ServerSentEvent(data="\n".join((chunks * 10)[: DATA_LINES // part])))
    return [
        speed_row(ordinary, "64 B", 64, ratio=1, rate=0, rounds=rounds),
        speed_row(ordinary, "1 KiB", 1024, ratio=1.5, rate=0, rounds=rounds),
        speed_row(ordinary, "16 KiB", 16 * 1024, ratio=3, rate=150, rounds=rounds),
        linearity_row("SSE, one line of 50 MB, 64 B pieces", one_line, ordinary, 64, rounds=rounds),
        linearity_row("SSE, 100,000 data lines, 64 B pieces", many_lines, ordinary, 64, rounds=rounds),
    ]


def main() -> None:
    """Print the table."""
    heads = ("benchmark", "ours", "baseline", "ratio", "target", "reached")
    table = [heads, *((*row[:3], f"{row.ratio:.2f}×", row.target, "yes" if row.reached else "no") for row in rows())]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    main()
