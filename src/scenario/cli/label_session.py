"""A person at a terminal who labels one criterion after another, and may go back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import click

from scenario.calibration.label_file import LabelFile
from scenario.calibration.labels import key_of
from scenario.cli.line_printing import page_glyphs, page_width, print_lines
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.labelled_lines import labelled_lines
from scenario.report.terminal.lines import Line, Span
from scenario.report.terminal.wrapping import wrapped
from scenario.store.labelled import Labelled, about

_KEYS: Final = "[y]es  [n]o  [s]kip  [u]ndo  [a]ll of the conversation  [q]uit"
_LONGEST: Final = 2000
_WORDS: Final = {
    **dict.fromkeys(("y", "yes"), "y"),
    **dict.fromkeys(("n", "no"), "n"),
    **dict.fromkeys(("s", "skip"), "s"),
    **dict.fromkeys(("u", "undo"), "u"),
    **dict.fromkeys(("a", "all"), "a"),
    **dict.fromkeys(("q", "quit"), "q"),
}


class LabelSession:
    """The questions, and how far the person has come.

    Args:
        questions: what is asked, in order.
        file: where labels go, each as it is given.
        show_verdict: tell what the judge said before it is asked.
        answer: reads a line from the person, below a prompt.

    Attributes:
        skipped: how many questions were passed over and stand so.
    """

    def __init__(
        self, questions: Sequence[Labelled], file: LabelFile, *, show_verdict: bool, answer: Callable[[str], str]
    ) -> None:
        self._questions = questions
        self._file = file
        self._show_verdict = show_verdict
        self._answer = answer
        self._answers: list[bool | None] = []
        self._shown = ""

    @property
    def skipped(self) -> int:
        """How many questions were passed over, and stand so."""
        return self._answers.count(None)

    def asked_all(self) -> None:
        """Ask until nothing is left or the person has enough.

        Raises:
            ConfigurationError: the file cannot be written.
            KeyboardInterrupt: the person has enough; what was answered is in the file.
        """
        while len(self._answers) < len(self._questions):
            question = self._questions[len(self._answers)]
            self._show(question)
            try:
                given = _WORDS.get(self._answer("Is it met? ").strip().lower())
            except EOFError:
                click.echo()
                return
            match given:
                case "y" | "n":
                    met = given == "y"
                    self._file.put(question.messages, question.criterion, met=met, about=self._about(question))
                    self._answers.append(met)
                case "s":
                    self._answers.append(None)
                case "u":
                    self._undo()
                case "a":
                    self._show_conversation(question, whole=True)
                case "q":
                    return
                case _:
                    click.echo(f"Type one of these: {_KEYS}")

    def _about(self, question: Labelled) -> dict[str, str | bool]:
        return about(question, at=_now(), saw_verdict=self._show_verdict and question.verdict is not None)

    def _undo(self) -> None:
        if not self._answers:
            click.echo("There is nothing to undo.")
            return
        if self._answers.pop() is not None:
            question = self._questions[len(self._answers)]
            self._file.remove(question.messages, question.criterion)

    def _show(self, question: Labelled) -> None:
        if (conversation := key_of(question.messages, "")) != self._shown:
            self._shown = conversation
            self._show_conversation(question, whole=False)
        place = f"{len(self._answers) + 1} of {len(self._questions)}"
        lines: list[Line] = [(), (Span(place, "dim"),)]
        lines += _folded(question.criterion, "strong")
        if self._show_verdict and question.verdict is not None:
            lines += _folded(f"Its judge: {question.verdict.status}. {question.verdict.reasoning}", "dim")
        print_lines([*lines, (Span(_KEYS, "dim"),)])

    def _show_conversation(self, question: Labelled, *, whole: bool) -> None:
        row, glyphs = question.record.scenario, page_glyphs()
        head = (Span(one_line(row.name, 200, glyphs) or "-", "strong"), Span(f"  {row.run_id[:8]}", "dim"))
        about_it: list[Line] = _folded(question.record.description, "dim") if question.record.description else []
        conversation = labelled_lines(question.messages, glyphs, page_width(), whole=whole)
        print_lines([(), head, *about_it, (), *conversation])


def _folded(text: str, tone: str) -> list[Line]:
    shown = one_line(text, _LONGEST, page_glyphs())
    return [(Span(part, "strong" if tone == "strong" else "dim"),) for part in wrapped(shown, page_width())]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
