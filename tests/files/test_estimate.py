"""The estimate of a dry run: never fewer calls than a run then makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.files import load
from scenario.files.estimate import estimate
from scenario.testing import AgentServer, ModelServer

SCRIPTS = {
    "scripted": ("script: [{user: Hi}, agent, {user: Bye}, agent, succeed]", (2, 0, 0)),
    "judged": ("script: [{user: Hi}, agent, judge]\njudge: [Good]", (1, 0, 1)),
    "checkpoint": ("script: [{user: Hi}, agent, {judge: It answers}, succeed]", (1, 0, 1)),
    "asked": ("script: [user, agent, {agent: scripted}, succeed]", (1, 1, 0)),
    "background": ("script: [{user: Hi}, {agent: {wait: false}}, succeed]", (1, 0, 0)),
    "free play": ("judge: [Good]\nlimits: {max_turns: 3, min_turns: 3}", (3, 3, 3)),
    "votes": ("script: [{user: Hi}, agent, judge]\njudge: {criteria: [Good, Kind], votes: 2, ask: each}", (1, 0, 4)),
    "at the end": ("judge: {criteria: [Good], every: end}\nlimits: {max_turns: 3, min_turns: 3}", (3, 3, 1)),
    "now and then": ("judge: {criteria: [Good], every: 2}\nlimits: {max_turns: 3, min_turns: 3}", (3, 3, 2)),
    "proceed": ("script: [{proceed: 2}, judge]\njudge: [Good]\nlimits: {max_turns: 9, min_turns: 9}", (2, 2, 3)),
}


@pytest.mark.parametrize("kind", SCRIPTS)
async def test_a_run_takes_no_more_calls_than_estimated(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the estimate is no wild guess."""
    text, expected = SCRIPTS[kind]
    (tmp_path / "a.yaml").write_text(f"agent: $env.AGENT_URL\nmodel: openai/m\n{text}\n")
    (case,) = load(tmp_path / "a.yaml")
    estimated = estimate(case.block)
    assert (estimated.agent_calls, estimated.user_calls, estimated.judge_calls) == expected
    assert bool(estimated.user.total_tokens) is bool(estimated.user_calls)
    assert bool(estimated.judge.total_tokens) is bool(estimated.judge_calls)
    async with ModelServer() as models, AgentServer() as agent:
        for name, value in (("AGENT_URL", agent.url), ("OPENAI_BASE_URL", models.base_url), ("OPENAI_API_KEY", "k")):
            monkeypatch.setenv(name, value)
        await case.run(verbose=False)
    assert len(agent.requests) == estimated.agent_calls
    assert len(models.requests) <= estimated.user_calls + estimated.judge_calls


def test_what_another_judge_may_be_asked_is_estimated_by_itself(tmp_path: Path) -> None:
    """At the most everything is left undecided, and put to it."""
    (tmp_path / "a.yaml").write_text(
        "agent: http://localhost:1\nscript: [{user: Hi}, agent, judge]\n"
        "judge: {criteria: [Good, Kind], model: systemone/a, ask: each, escalate_to: openai/b}\n"
    )
    estimated = estimate(load(tmp_path / "a.yaml")[0].block)
    assert (estimated.judge_calls, estimated.above_calls) == (4, 2), "a decision model is asked twice"
    assert estimated.above.total_tokens
