"""The page on simulated users names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from scenario.agents.user_simulator.ending import END
from scenario.agents.user_simulator.personas import PERSONAS
from scenario.agents.user_simulator.traits import TRAITS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "simulated-users.md").read_text(encoding="utf-8")
ROWS = [row for line in PAGE.splitlines() if (row := re.match(r"\| `(\w+)` \| .* \|", line))]


def test_the_page_has_every_persona_and_every_trait() -> None:
    """And no other."""
    assert [row[1] for row in ROWS if row[1] not in ("persona", "traits", "on_interrupt")] == [*PERSONAS, *TRAITS]
    assert f"`{END}`" in PAGE


def test_a_detail_is_shown_where_a_trait_takes_one() -> None:
    """In the third column."""
    shown = {row[1]: '{"' in row[0] for row in ROWS if row[1] in TRAITS}
    assert shown == {name: detailed is not None for name, (_, detailed) in TRAITS.items()}


def test_the_readme_leads_to_the_page() -> None:
    """Who starts with the README finds it."""
    assert "docs/simulated-users.md" in (ROOT / "README.md").read_text(encoding="utf-8")
