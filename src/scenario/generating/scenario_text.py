"""A proposal as a scenario file: each foreign text is one quoted scalar. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from scenario.generating.proposal import AS_IT_IS, Proposal

# The first answer came whole and has text.
_CHECKS: Final[Mapping[str, Any]] = {"outcome": "complete", "longer_than": 0}
_FREE_TURNS: Final = 2


def scenario_text(proposal: Proposal, agent: Mapping[str, Any], *, with_model: bool, model: str | None) -> str:
    """What stands in the file.

    Args:
        proposal: what is proposed.
        agent: the agent's block.
        with_model: whether models play the user and judge.
        model: their model; None leaves it to what is found where the file is run.
    """
    return "\n".join([*_head(proposal, agent, model), *(_free(proposal) if with_model else _scripted(proposal)), ""])


def _head(proposal: Proposal, agent: Mapping[str, Any], model: str | None) -> Iterator[str]:
    yield f"# From {proposal.goal.source}. `scenario generate` writes over it with --force only."
    yield f"name: {_quoted(f'{proposal.goal.title} ({proposal.persona})')}"
    yield f"description: {_quoted(proposal.goal.wish)}"
    yield "agent:"
    yield from (f"  {name}: {_quoted(value)}" for name, value in agent.items())
    yield "tags: [generated]"
    if model is not None:
        yield f"model: {_quoted(model)}"


def _scripted(proposal: Proposal) -> Iterator[str]:
    yield "script:"
    for line in proposal.lines:
        yield f"  - user: {_quoted(line)}"
        yield "  - agent"
        yield f"  - check: {_quoted({**_CHECKS, **proposal.goal.checks})}"
    yield "  - succeed"


def _free(proposal: Proposal) -> Iterator[str]:
    yield "user:"
    if proposal.persona != AS_IT_IS:
        yield f"  persona: {_quoted(proposal.persona)}"
    yield f"  goal: {_quoted(proposal.goal.wish)}"
    yield "judge:"
    yield from (f"  - {_quoted(one)}" for one in proposal.goal.criteria)
    yield "script:"
    yield "  - user" if proposal.persona != AS_IT_IS else f"  - user: {_quoted(proposal.goal.lines[0])}"
    yield "  - agent"
    yield f"  - check: {_quoted({**_CHECKS, **proposal.goal.checks})}"
    yield f"  - proceed: {_FREE_TURNS}"
    yield "  - judge"


def _quoted(value: Any) -> str:
    """As JSON, which is YAML as well; control characters, on which both differ, were taken out before."""
    return json.dumps(value, ensure_ascii=False)
