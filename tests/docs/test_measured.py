"""How well the embedded judge judges stands in one place, and is told in the same words wherever it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from scenario.calibration.labels import digest_of
from scenario.calibration.shipped_labels import shipped_labels
from scenario.cli.main import main
from scenario.llm.embedded.measured import MEASURED, Measured
from scenario.metrics.judged_labels import JudgedLabels
from scenario.metrics.proportions import wilson

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["README.md", "docs/embedded-models.md"])
def test_the_pages_have_the_sentence(page: str) -> None:
    """The pages have the figures that the code has, in the same words."""
    assert MEASURED.sentence in " ".join((_ROOT / page).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("command", [["doctor", "--offline"], ["models", "list"], ["models", "list", "--json"]])
def test_the_commands_have_the_sentence(command: list[str]) -> None:
    """The commands have the figures that the code has, in the same words."""
    assert MEASURED.sentence in CliRunner().invoke(main, command).output


def test_the_sentence_counts_what_was_passed_and_is_not_met() -> None:
    """What matters most is how many passes are wrong, and how much of what is not met passes."""
    counts = JudgedLabels(true_passes=3, false_passes=1, false_fails=2, true_fails=4, undecided_met=5)
    rates = {"right": wilson(7, 10), "true_passes": wilson(3, 10), "false_passes": wilson(1, 5)}
    told = Measured(labels="ours", counts=counts, **rates).sentence
    assert told.startswith("Of 15 labelled criteria (ours) it decided 10 (67 %), and 7 of these rightly (70 %, ")
    assert "passed 3 of 10 criteria that are met" in told
    assert "1 of 5 that are not (20 %, " in told
    assert told.endswith("1 of its 4 passes are wrong.")


def test_the_figures_are_those_of_the_labels_that_come_with_the_package() -> None:
    """All of them: with other labels, the model is measured again."""
    labels = shipped_labels()
    assert MEASURED.digest == digest_of(labels)
    counts = MEASURED.counts
    assert (counts.met, counts.not_met) == (sum(one.met for one in labels), sum(not one.met for one in labels))
    assert MEASURED.right is not None
    assert MEASURED.right.value == counts.right / counts.decided


def test_no_figure_of_none() -> None:
    """Where nothing was counted, nothing is told, and nothing breaks."""
    assert "nothing to tell" in Measured(labels="none", counts=JudgedLabels()).sentence
