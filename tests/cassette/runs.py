"""Runs that are recorded and played, and what is compared of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

import scenario
from scenario.errors import AgentError
from scenario.exchange import Exchange
from scenario.record.findings import findings_of


async def told(
    path: Path,
    mode: str,
    agents: Sequence[Any],
    lines: Sequence[str] = ("Hi",),
    *,
    name: str = "a run",
    **cassette: Any,
) -> tuple[list[Exchange], str]:
    """The exchanges of a run with these user lines, and its result as JSON, or its error's words."""
    steps = [step for line in lines for step in (scenario.user(line), scenario.agent())]
    exchanges: list[Exchange] = []

    def keep(state: scenario.ScenarioState) -> None:
        exchanges[:] = state.exchanges

    def hear(event: Any) -> None:
        if type(event).__name__ == "ExchangeRecorded":
            exchanges.append(event.exchange)

    try:
        with scenario.subscribed(hear):
            result = await scenario.run(
                name=name,
                description="",
                agents=agents,
                script=[*steps, keep, scenario.succeed("played")],
                verbose=False,
                cassette=scenario.Cassette(str(path), mode=mode, **cassette),  # type: ignore[arg-type]
            )
    except AgentError as error:
        return exchanges, f"{type(error).__name__}: {error}"
    return list(result.exchanges), result.model_dump_json()


def facts(exchange: Exchange) -> dict[str, Any]:
    """All that is known of a call."""
    return {
        "request": (exchange.request.method, exchange.request.url, exchange.request.body),
        "status": exchange.status,
        "headers": exchange.headers,
        "chunks": exchange.chunks,
        "events": list(exchange.events),
        "text": exchange.reply.text,
        "reply": msgspec.structs.replace(exchange.reply, events=list(exchange.reply.events)),
        "outcome": exchange.outcome,
        "timing": exchange.timing,
        "malformed": exchange.malformed,
        "protocol": (exchange.protocol, exchange.protocol_reason),
        "error": exchange.error,
        "broke": exchange.broke,
        "lingered": round(exchange.lingered, 6),
        "lint": findings_of(exchange),
    }


def differences(live: Sequence[Exchange], played: Sequence[Exchange], but: Sequence[str] = ()) -> list[str]:
    """Where a played run's calls differ from the live ones."""
    found = [] if len(live) == len(played) else [f"{len(live)} calls live, {len(played)} played"]
    for number, (one, other) in enumerate(zip(live, played, strict=False)):
        was, seen = facts(one), facts(other)
        wrong = [key for key in was if key not in but and was[key] != seen[key]]
        found += [f"call {number}: {key}: {was[key]!r} | {seen[key]!r}" for key in wrong]
    return found
