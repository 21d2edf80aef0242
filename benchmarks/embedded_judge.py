"""How often the embedded judge agrees with labels: `python -m benchmarks.embedded_judge [MODEL] [FILE …]`.

Each file is a JSON list of `messages`, `criterion` and `met`; without one, the labelled criteria of the tests are
used. Shift, band and the treatment of negations were chosen on these, so what they show is in-sample.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import time
from pathlib import Path
from typing import Any

import aiohttp

from scenario.llm.embedded.cache_folder import model_path
from scenario.llm.embedded.log_odds import BAND, SHIFT, Statement, decide, statement, statement_scores
from scenario.llm.embedded.manifest import DEFAULT_MODEL
from scenario.llm.embedded.runtime import EmbeddedServer

_LABELLED = Path(__file__).parent.parent / "tests" / "data" / "judge"


class Judged:
    """One labelled criterion and its score."""

    def __init__(self, met: bool, asked: Statement, raw_score: float) -> None:
        self.met = met
        self.status = decide(raw_score, negated=asked.negated)
        self.unbanded = ((raw_score - SHIFT) > 0) != asked.negated

    @property
    def decided(self) -> bool:
        return self.status != "inconclusive"

    @property
    def right(self) -> bool:
        return self.status == ("passed" if self.met else "failed")


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95% interval of a share."""
    share = hits / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)


def share(hits: int, count: int) -> str:
    if count == 0:
        return "0/0"
    low, high = wilson(hits, count)
    return f"{hits}/{count} = {hits / count:.0%} (95% interval {low:.0%} to {high:.0%})"


def summary(name: str, judged: list[Judged]) -> str:
    decided = [item for item in judged if item.decided]
    false_passes = sum(item.status == "passed" and not item.met for item in judged)
    lines = [
        f"{name}: {len(judged)} labelled criteria",
        f"  decided                {share(len(decided), len(judged))}",
        f"  right of the decided   {share(sum(item.right for item in decided), len(decided))}",
        f"  false passes           {share(false_passes, len(judged))}",
        f"  agreement without band {share(sum(item.unbanded == item.met for item in judged), len(judged))}",
    ]
    return "\n".join(lines)


async def judge_file(base_url: str, path: Path) -> list[Judged]:
    judged: list[Judged] = []
    async with aiohttp.ClientSession() as session:

        async def post(where: str, body: dict[str, object]) -> dict[str, Any]:
            async with session.post(base_url + where, json=body) as response:
                answer: dict[str, Any] = await response.json()
                return answer

        for case in json.loads(path.read_text(encoding="utf-8")):  # noqa: ASYNC240 - a benchmark reads its data
            asked = statement(case["criterion"])
            (found,) = await statement_scores(post, messages=case["messages"], asked=[asked])
            judged.append(Judged(case["met"], asked, found.raw))
            if os.environ.get("VERBOSE"):
                print(f"  {found.raw - SHIFT:+6.2f} {judged[-1].status:12} met={case['met']!s:5} {asked.text}")
    return judged


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL, help="a name of the manifest, or a GGUF file")
    parser.add_argument("files", nargs="*", type=Path, help="labelled criteria as JSON")
    options = parser.parse_args()
    model = Path(options.model) if options.model.endswith(".gguf") else model_path(options.model, os.environ)
    everything: list[Judged] = []
    print(f"{model.name}, shift {SHIFT}, band ±{BAND}")
    async with EmbeddedServer(model) as server:
        for path in options.files or sorted(_LABELLED.glob("*.json")):
            started = time.perf_counter()
            judged = await judge_file(server.base_url, path)
            everything += judged
            print(
                f"{summary(path.name, judged)}\n  seconds a criterion    "
                f"{(time.perf_counter() - started) / len(judged):.2f}"
            )
    print(summary("together", everything))


if __name__ == "__main__":
    asyncio.run(main())
