"""A decision model as the judge of a scenario file, and another judge for what it leaves undecided."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenario.errors import JudgeError
from scenario.files import load
from scenario.files.building import Overrides
from scenario.testing import AgentServer, DecisionServer, ModelServer

_FILE = """\
agent: $env.AGENT_URL
judge:
  criteria: [It greets, It is brief]
  model: systemone/test
  api_base: $env.DECISIONS
  controls: 5
  escalate_to: ESCALATION
script: [{user: Hello there}, agent, judge]
"""


@pytest.mark.parametrize(
    "escalation", ["openai/b", "{model: openai/b, api_base: $env.MODELS, api_key: $env.KEY, options: {timeout: 20}}"]
)
async def test_controls_and_escalation(escalation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many go in, with either judge; what is undecided is put to the other, at its own address and with its key."""
    (tmp_path / "a.yaml").write_text(_FILE.replace("ESCALATION", escalation))
    async with DecisionServer({"brief": 0.6}) as decisions, ModelServer() as models, AgentServer() as agent:
        for name, value in (
            ("AGENT_URL", agent.url),
            ("DECISIONS", decisions.base_url),
            ("MODELS", models.base_url),
            ("KEY", "k-2"),
            ("OPENAI_BASE_URL", models.base_url),
            ("OPENAI_API_KEY", "k-2"),
        ):
            monkeypatch.setenv(name, value)
        result = await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert result.success
    assert [judgment.controls for judgment in result.judgments] == [5, 5]
    assert len(decisions.requests[0].body["questions"]) == 7
    assert "authorization" not in decisions.requests[0].headers
    assert [request.headers["authorization"] for request in models.requests] == ["Bearer k-2"]
    assert "It greets" not in str(models.requests[0].body)


async def test_a_seed_is_not_sent_to_who_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--seed` is for models that write: servers of decision models refuse what their protocol does not have."""
    (tmp_path / "a.yaml").write_text(_FILE.replace("  escalate_to: ESCALATION\n", ""))
    async with DecisionServer() as decisions, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("DECISIONS", decisions.base_url)
        result = await load(tmp_path / "a.yaml")[0].run(verbose=False, overrides=Overrides(seed=7))
    assert result.success


async def test_the_judges_own_model_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A decision model says the same at every asking, and is not asked about what it left undecided itself."""
    escalation = "{model: systemone/test, api_base: $env.DECISIONS}"
    (tmp_path / "a.yaml").write_text(_FILE.replace("ESCALATION", escalation))
    async with DecisionServer({"brief": 0.6}) as decisions, AgentServer() as agent:
        monkeypatch.setenv("AGENT_URL", agent.url)
        monkeypatch.setenv("DECISIONS", decisions.base_url)
        with pytest.raises(JudgeError, match="escalate_to='systemone/test': without effect"):
            await load(tmp_path / "a.yaml")[0].run(verbose=False)
    assert not decisions.requests
