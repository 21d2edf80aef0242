"""How often a damaged stream is called complete with other words than the agent's: the false-complete rate.

Small sound answers of each dialect are cut after every event, and each event is dropped, doubled, swapped with the next
and spoilt (its last brace goes). A damaged copy is harmless if the reply is the whole one's, or not complete. Beside
ours stand two readers on the same copies: a loop as documentation has it (each line that begins with `data: ` is
decoded, one that cannot be is skipped, the texts are joined, the end of the body is the end), and the `openai`
package's own reader for its dialect. Run it alone with `python -m benchmarks.false_complete` for the table by dialect
and kind of damage.

Plain deltas tell everything once: where one is dropped, doubled or swapped, nothing can show it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

from benchmarks.row import Row
from scenario.reading import read_stream
from scenario.testing.conformance.small_answers import small_answers
from scenario.testing.conformance.transcript import Transcript

KINDS: Final = ("cut", "spoilt", "dropped", "doubled", "swapped")
# An answer that nobody but its body ends cannot show that it was cut.
_WITHOUT_END: Final = frozenset({"sse", "ndjson", "json", "text", "adk", "langgraph", "llamaindex"})
_TARGET: Final = 0.005

# What a reader makes of a body: None where it says that the answer is not whole, else what the agent is to have said.
_Reader = Callable[[Transcript, bytes], object | None]


def ours(transcript: Transcript, body: bytes) -> object | None:
    """As `scenario.read_stream` reads it."""
    reply = read_stream(body, headers=dict(transcript.headers), status=transcript.status)
    calls = [(call.name, json.dumps(call.arguments, sort_keys=True)) for call in reply.tool_calls]
    return (reply.text, calls) if reply.complete else None


def loop(_transcript: Transcript, body: bytes) -> object | None:
    """As a hand-written loop reads it."""
    texts: list[str] = []
    for line in body.decode("utf-8", "replace").splitlines():
        data = line.removeprefix("data:").strip()
        if not data or data == "[DONE]":
            continue
        try:
            value = json.loads(data)
        except ValueError:
            continue
        texts += _strings(value)
    return texts


def _strings(value: Any) -> list[str]:
    """Every piece of text in an event, wherever it is: a loop is written for its server."""
    if isinstance(value, dict):
        found = [value[key] for key in ("content", "delta", "text") if isinstance(value.get(key), str)]
        return found + [piece for key, one in value.items() if isinstance(one, dict | list) for piece in _strings(one)]
    return [piece for one in value for piece in _strings(one)] if isinstance(value, list) else []


def sdk(_transcript: Transcript, body: bytes) -> object | None:
    """As the `openai` package cuts and decodes a stream of chat chunks; None where it raises."""
    from openai._streaming import SSEDecoder  # the package's own reader, without its network

    texts: list[str] = []
    for event in SSEDecoder().iter_bytes(iter([body])):
        if event.data.startswith("[DONE]"):
            return texts
        try:
            value = event.json()
        except ValueError:
            return None
        if not isinstance(value, dict) or value.get("error"):
            return None
        texts += [choice["delta"].get("content") or "" for choice in value.get("choices", ())]
    return texts


def damaged(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The copies of a body, each with what was done to it."""
    between = b"\n\n" if b"\n\n" in body.strip() else b"\n"
    events = [event for event in body.split(between) if event.strip()]

    def made(parts: list[bytes]) -> bytes:
        return between.join(parts) + between

    for index, event in enumerate(events):
        before, after = events[:index], events[index + 1 :]
        if index:
            yield "cut", made(before)
        yield "dropped", made(before + after)
        yield "doubled", made([*before, event, event, *after])
        brace = event.rfind(b"}")
        if brace >= 0:
            yield "spoilt", made([*before, event[:brace] + event[brace + 1 :], *after])
        if after:
            yield "swapped", made([*before, after[0], event, *after[1:]])


def rates(reader: _Reader) -> dict[tuple[str, str], tuple[int, int]]:
    """For each dialect and damage, how many copies were falsely complete, and of how many."""
    wrong, seen = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for transcript in small_answers():
        whole = reader(transcript, transcript.body)
        if transcript.body.count(b"\n") < 3 or whole is None:
            continue
        dialect = read_stream(transcript.body, headers=dict(transcript.headers)).protocol
        for kind, body in damaged(transcript.body):
            if kind == "cut" and dialect in _WITHOUT_END:
                continue
            read = reader(transcript, body)
            seen[dialect, kind] += 1
            wrong[dialect, kind] += read is not None and read != whole
    return {key: (wrong[key], count) for key, count in seen.items()}


def _share(found: dict[tuple[str, str], tuple[int, int]], *kinds: str, dialect: str = "") -> float:
    told = [counts for (name, kind), counts in found.items() if kind in kinds and dialect in ("", name)]
    total = sum(count for _, count in told)
    return sum(wrong for wrong, _ in told) / total if total else 0.0


def rows() -> list[Row]:
    """Cut and spoilt streams, which must never be called complete, beside the readers that others have."""
    mine, hand_written, package = rates(ours), rates(loop), rates(sdk)
    made = []
    for name, other, dialect in (("a loop", hand_written, ""), ("openai", package, "openai-chat")):
        own, theirs = (_share(found, "cut", "spoilt", dialect=dialect) for found in (mine, other))
        made.append(
            Row(
                benchmark=f"falsely complete, cut or spoilt, beside {name}",
                ours=f"{own:.1%}",
                baseline=f"{theirs:.1%}",
                ratio=(theirs + 1e-9) / max(own, 1e-3),
                target=f"<= {_TARGET:.1%}",
                reached=own <= _TARGET,
            )
        )
    return made


def _line(name: str, found: dict[tuple[str, str], tuple[int, int]], *, dialect: str = "") -> str:
    cells = [f"{_share(found, kind, dialect=dialect):7.1%}" for kind in KINDS]
    return f"{name:24} {' '.join(f'{cell:>9}' for cell in cells)}"


def main() -> None:
    """Print the table."""
    mine = rates(ours)
    print(f"{'falsely complete':24} {' '.join(f'{kind:>9}' for kind in KINDS)}")
    for dialect in sorted({name for name, _ in mine}):
        print(_line(dialect, mine, dialect=dialect))
    print(_line("all", mine))
    print(_line("a hand-written loop", rates(loop)))
    print(_line("openai (openai-chat)", rates(sdk), dialect="openai-chat"))


if __name__ == "__main__":
    main()
