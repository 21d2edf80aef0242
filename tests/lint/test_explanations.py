"""Each rule is explained: alike on the page, in the command and in its example."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scenario.lint.explanations.table import EXPLANATIONS
from scenario.lint.linting import lint
from scenario.lint.rules import RULES
from scenario.lint.rules_page import rules_page
from scenario.reading import read_exchange
from tests.cli_run.command import typed

PAGE = Path(__file__).parents[2] / "docs" / "lint-rules.md"


def test_every_rule_is_explained_and_no_other() -> None:
    """In the order of the rules, with nothing left out."""
    assert list(EXPLANATIONS) == [rule.id for rule in RULES]
    for told in EXPLANATIONS.values():
        assert all((told.what, told.why, told.example, told.remedy, told.source))


def test_the_page_is_made_from_the_rules() -> None:
    """As it stands: `python -m scenario.lint.rules_page > docs/lint-rules.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == rules_page()


@pytest.mark.parametrize("rule", ["L08", "L21", "L23", "L24", "L25", "L28", "L29", "L41", "L51", "L52", "L61"])
def test_an_example_breaks_its_rule(rule: str) -> None:
    """Where it stands as it would on the wire."""
    body = EXPLANATIONS[rule].example.partition("        (")[0].encode()
    exchange = read_exchange(body, headers={"content-type": "text/event-stream"})
    assert rule in {finding.rule for finding in lint(exchange)}


@pytest.mark.parametrize("word", ["L24", "l24"])
async def test_a_rule_is_explained_where_it_is_named(word: str) -> None:
    """With all that the page says."""
    code, out, _ = await typed("lint", word)
    said = " ".join(out.split())
    told = EXPLANATIONS["L24"]
    assert code == 0
    assert all(part in said for part in (told.what, told.why, told.remedy, told.source))
    assert "L25" not in said


async def test_all_rules_are_explained() -> None:
    """As text, and as JSON for programs."""
    code, out, _ = await typed("lint", "--rules")
    assert code == 0
    assert all(f"{rule.id} {rule.title}" in out for rule in RULES)
    told = json.loads((await typed("lint", "--rules", "--format", "json"))[1])
    assert [one["id"] for one in told] == [rule.id for rule in RULES]
    assert told[0]["why"] == EXPLANATIONS["L01"].why


async def test_a_file_of_a_rule_s_name_is_named_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`./L24` is the file, L24 the rule."""
    (tmp_path / "L24").write_bytes(b'data: {"content": "Hi"}\n\ndata: [DONE]\n\n')
    monkeypatch.chdir(tmp_path)
    assert "sse" in (await typed("lint", "./L24"))[1]
    assert "what to do" in (await typed("lint", "L24"))[1]


async def test_what_is_no_rule_is_told() -> None:
    """Neither as a word, nor with the option."""
    for words in (("lint", "L99"), ("lint", "L99", "--rules")):
        code, _, err = await typed(*words)
        assert (code, "L99" in err, "rule" in err) == (2, True, True)
