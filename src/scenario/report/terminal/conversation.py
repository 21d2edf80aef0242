"""A run's events as a conversation on a screen: who said what, how long it took, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scenario.dialogue.events import (
    CallFinished,
    CallStarted,
    CheckpointPassed,
    ExchangeRecorded,
    JudgmentGiven,
    MessageAdded,
    MessagesRolledBack,
    ModelCalled,
    RunEvent,
    RunFinished,
    RunStarted,
    TextDelta,
)
from scenario.exchange import Exchange
from scenario.record.run_record import RunRecord, RunRecorder, text_of
from scenario.report.terminal.glyphs import ASCII, one_line, visible
from scenario.report.terminal.judgment_lines import judgment_line, why_it_goes_on
from scenario.report.terminal.lines import Line, Span, Tone, counted, indented, seconds
from scenario.report.terminal.outcome_marks import mark_of, word_of
from scenario.report.terminal.screen import Screen
from scenario.report.terminal.summary import figures_of, record_lines
from scenario.report.terminal.wrapping import wrapped
from scenario.types import AgentRole, Judgment, Message

_LONGEST_TOOL_LINE: Final = 160
_LONGEST_DESCRIPTION: Final = 300
_LABEL_WIDTH: Final = 7
_UNBREAKABLE: Final = "\u00a0"  # stands for the spaces inside a figure while a line is broken between figures
_MARGIN: Final = 2
_SPEAKERS: Final[dict[str, tuple[str, Tone]]] = {
    "user": ("User", "user"),
    "assistant": ("Agent", "agent"),
    "system": ("System", "dim"),
    "developer": ("System", "dim"),
}
_WAITING_FOR: Final = {
    AgentRole.USER: "User   is thinking",
    AgentRole.AGENT: "Agent  is answering",
    AgentRole.JUDGE: "Judge  is reading the conversation",
}


class _Call:
    """A participant's call that has not been shown to its end."""

    def __init__(self, started: CallStarted) -> None:
        self.call_id = started.call_id
        self.role = started.role
        self.began = started.at
        self.first_text: float | None = None
        self.text = ""  # all that has arrived
        self.shown = ""  # the part of it that was streamed
        self.streams = False  # whether anything of it is to be seen
        self.line_ends = ""  # that have arrived last
        self.messages: list[Message] = []
        self.exchanges: list[Exchange] = []
        self.judgments: list[Judgment] = []
        self.finished: CallFinished | None = None
        self.timed = False


class Conversation:
    """A subscriber that shows one run on a screen.

    Args:
        screen: where it is shown, together with the other runs there.
        named: put the scenario's name before each line.
    """

    def __init__(self, screen: Screen, *, named: bool = False) -> None:
        self._screen = screen
        self._glyphs = screen.glyphs
        self._named = named
        self._calls: dict[int, _Call] = {}
        self._recorder = RunRecorder(self._keep)
        self._record: RunRecord | None = None

    def __call__(self, event: RunEvent) -> None:
        """Show one event."""
        self._recorder(event)
        self._show_finished_calls(event)
        match event:
            case RunStarted():
                self._start(event)
            case CallStarted():
                self._calls[event.call_id] = _Call(event)
                self._screen.hint(self, " " * _MARGIN + _WAITING_FOR[event.role] + self._glyphs.ellipsis)
            case TextDelta():
                self._delta(event)
            case MessageAdded():
                self._message(event)
            case ExchangeRecorded() if event.call_id in self._calls:
                self._calls[event.call_id].exchanges.append(event.exchange)
            case CallFinished() if event.call_id in self._calls:
                self._call_finished(self._calls[event.call_id], event)
            case CheckpointPassed() | JudgmentGiven():
                self._judged(event)
            case MessagesRolledBack():
                text = f"taken back to {counted(event.length, 'message')}"
                self._print([(Span(" " * _LABEL_WIDTH + text, "dim"),)])
            case RunFinished():
                self._finish()
            case _:
                pass

    def _keep(self, record: RunRecord, *_: RunEvent) -> None:
        self._record = record

    def _print(self, lines: Sequence[Line]) -> None:
        if lines:
            self._screen.print(self, indented(lines, self._margin()))

    def _margin(self) -> int:
        """A name before the lines is margin enough."""
        return 0 if self._screen.named(self) else _MARGIN

    def _start(self, event: RunStarted) -> None:
        self._screen.enter(self, event.name, named=self._named)
        width = self._screen.width
        about = one_line(event.description, _LONGEST_DESCRIPTION, self._glyphs)
        lines: list[Line] = [(Span(line, "dim"),) for line in wrapped(about, width - 2 * _MARGIN) if line]
        if self._screen.named(self):
            first = lines[0] if lines else ()
            self._screen.print(self, [(Span(f"{self._glyphs.start} "), *first), *indented(lines[1:], _MARGIN)])
            return
        name = one_line(event.name, min(width - _MARGIN, 200), self._glyphs)
        title: Line = (Span(f"{self._glyphs.start} {name}", "strong"),)
        self._screen.print(self, [(), title, *indented(lines, _MARGIN), ()])

    def _delta(self, event: TextDelta) -> None:
        call = self._calls.get(event.call_id)
        if call is None or not event.text or event.role is AgentRole.JUDGE:
            return
        if call.first_text is None:
            call.first_text = event.at - call.began
        call.text += event.text
        # What could not be streamed from its begin is printed whole; a message is never shown by halves.
        if len(call.shown) + len(event.text) == len(call.text):
            # Line ends wait for what follows: one may be cut between two pieces, and none is shown at a message's end.
            text = call.line_ends + event.text
            ready = text.rstrip("\r\n")
            call.line_ends = text[len(ready) :]
            piece = visible(ready if call.streams else ready.lstrip("\r\n"))
            before = (Span(" " * self._margin()), _label(_role_of(event.role)))
            if not piece or self._screen.stream(self, piece, before=before):
                call.shown += event.text
                call.streams = call.streams or bool(piece)

    def _message(self, event: MessageAdded) -> None:
        call = self._calls.get(event.call_id) if event.call_id is not None else None
        if call is None:
            self._print(self._message_lines(event.message))
        else:
            call.messages.append(event.message)

    def _call_finished(self, call: _Call, event: CallFinished) -> None:
        call.finished = event
        if call.shown:
            self._screen.complete(self)
        if call.messages or event.error is not None:
            self._settle(call)

    def _show_finished_calls(self, event: RunEvent) -> None:
        """A call is shown to its end when the run goes on to something else: its messages follow its end."""
        if isinstance(event, ModelCalled):
            return
        own = event.call_id if isinstance(event, MessageAdded | ExchangeRecorded) else None
        for call in [call for call in self._calls.values() if call.finished is not None and call.call_id != own]:
            self._settle(call)
            if not isinstance(event, RunFinished | CheckpointPassed) and (why := why_it_goes_on(call.judgments)):
                self._print([(Span(" " * _LABEL_WIDTH + why, "dim"),)])

    def _settle(self, call: _Call) -> None:
        lines: list[Line] = []
        for message in call.messages:
            lines += self._message_lines(message, shown=call.shown)
        stopped = call.finished is None or call.finished.error is not None
        if stopped and call.text and not call.shown:
            lines += self._message_lines({"role": _role_of(call.role), "content": call.text})
        if call.role is AgentRole.AGENT and not call.timed:
            lines += [(Span(" " * _LABEL_WIDTH + line, "dim"),) for line in self._timing(call)]
            call.timed = True
        # The answer of an agent in the background may join the conversation later than its call ended.
        if call.messages or stopped or call.role is AgentRole.JUDGE:
            del self._calls[call.call_id]
        self._print(lines)

    def _message_lines(self, message: Message, *, shown: str = "") -> list[Line]:
        """A message as lines, without the text that has been streamed already."""
        role = str(message.get("role", ""))
        content = text_of(message)
        lines: list[Line] = []
        if role == "tool":
            return [self._tool_line(f"{self._glyphs.arrow} {content}")]
        if content.strip() and content.strip() not in shown:
            width = self._screen.width - _MARGIN - _LABEL_WIDTH - 1
            first, *more = wrapped(visible(content.strip("\n")), width)
            lines.append((_label(role), Span(first)))
            lines += [(Span(" " * _LABEL_WIDTH + line),) for line in more]
        for call in message.get("tool_calls") or ():
            function = call.get("function") if isinstance(call, dict) else None
            if isinstance(function, dict):
                lines.append(self._tool_line(f"{function.get('name', '')} {function.get('arguments', '')}"))
        if not lines and not content.strip():
            lines.append((_label(role), Span(_silence(message), "dim")))
        return lines

    def _tool_line(self, text: str) -> Line:
        limit = min(self._screen.width - _MARGIN - _LABEL_WIDTH - 3, _LONGEST_TOOL_LINE)
        return (Span(" " * _LABEL_WIDTH + f"{self._glyphs.tool} {one_line(text, limit, self._glyphs)}", "tool"),)

    def _timing(self, call: _Call) -> list[str]:
        """A line for each exchange of the call; of calls without one, what the run itself saw."""
        dot = self._glyphs.dot
        if not call.exchanges:
            if call.finished is None:
                return []
            parts = [f"TTFT {seconds(call.first_text)}"] if call.first_text is not None else []
            how = "total" if call.finished.error is None else "failed after"
            return [dot.join([*parts, f"{how} {seconds(call.finished.seconds)}"])]
        lines = []
        for exchange in call.exchanges:
            timing, gaps = exchange.timing, exchange.timing.gaps
            parts = [] if exchange.outcome == "complete" else [exchange.outcome.replace("_", " ")]
            if timing.first_content is not None:
                parts.append(f"TTFT {seconds(timing.first_content)}")
            if gaps.median is not None and gaps.p95 is not None and gaps.maximum is not None:
                parts.append(f"gaps {seconds(gaps.median)}, p95 {seconds(gaps.p95)}, max {seconds(gaps.maximum)}")
            parts.append(f"total {seconds(timing.total)}")
            if exchange.malformed:
                parts.append(f"{counted(exchange.malformed, 'event')} malformed")
            lines.append(dot.join(parts))
        return lines

    def _judged(self, event: CheckpointPassed | JudgmentGiven) -> None:
        """What the judge says on the way."""
        width = max(self._screen.width - _MARGIN - _LABEL_WIDTH, 20)
        if isinstance(event, JudgmentGiven):
            if event.call_id in self._calls:
                self._calls[event.call_id].judgments.append(event.judgment)
            told = judgment_line(event.judgment, self._glyphs, width)
            self._print([(Span(" " * _LABEL_WIDTH + told, "dim"),)])
            return
        self._print(
            [
                (
                    Span("Judge".ljust(_LABEL_WIDTH), "strong") if index == 0 else Span(" " * _LABEL_WIDTH),
                    Span(f"{self._glyphs.passed} ", "good"),
                    Span(one_line(criterion.criterion, min(width - 3, 300), self._glyphs)),
                )
                for index, criterion in enumerate(event.criteria)
            ]
        )

    def _finish(self) -> None:
        for call in list(self._calls.values()):  # the run was stopped in the middle of them
            self._screen.complete(self)
            self._settle(call)
        if self._record is not None:
            self._print(self._verdict(self._record))
        self._screen.leave(self)

    def _verdict(self, record: RunRecord) -> list[Line]:
        width = min(self._screen.width - 2 * _MARGIN, 1000)
        mark = mark_of(record.outcome, self._glyphs)
        text, tone = f"{mark.text} {word_of(record.outcome, [record.fault])}", mark.tone
        dot = self._glyphs.dot
        figures = dot.join(figure.replace(" ", _UNBREAKABLE) for figure in figures_of(record))
        first, *more = (line.replace(_UNBREAKABLE, " ") for line in wrapped(f"{text}{dot}{figures}", width))
        lines: list[Line] = [(Span(text, tone), Span(first[len(text) :], "dim"))]
        lines += [(Span(" " * _MARGIN + line, "dim"),) for line in more]
        lines += indented(record_lines(record, glyphs=self._glyphs, width=width, everything=True), _MARGIN)
        return lines if self._screen.named(self) else [(), *lines, ()]


def _role_of(role: AgentRole) -> str:
    return "user" if role is AgentRole.USER else "assistant"


def _label(role: str) -> Span:
    text, tone = _SPEAKERS.get(role, (one_line(role, _LABEL_WIDTH - 1, ASCII), "plain"))
    return Span(f"{text:<{_LABEL_WIDTH}}", tone)


def _silence(message: Message) -> str:
    """What a message without text is: empty, or made of other things."""
    content = message.get("content")
    kinds = (
        [str(part.get("type", "part")) for part in content if isinstance(part, dict)]
        if isinstance(content, list)
        else []
    )
    return f"({', '.join(kinds)})" if kinds else "(empty)"
