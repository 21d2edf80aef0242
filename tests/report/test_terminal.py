"""A conversation on a terminal, in a pipe, and among others."""

from __future__ import annotations

import gc
import io
import os
import pty
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from hypothesis import given, settings, strategies as st

from scenario.dialogue.events import MessagesRolledBack, RunEvent, Subscriber
from scenario.report.terminal import terminal
from scenario.report.terminal.terminal import terminal_subscriber
from scenario.types import AgentRole
from tests.report.run_events import Run, exchange, met, weather_run
from tests.report.terminal_window import TerminalStream, colours, seen

NARROW = {"TERM": "xterm-256color", "COLUMNS": "60", "LINES": "40"}


def shown_on(
    stream: io.StringIO, *, verbose: bool | int = True, given: bool = True, environ: Mapping[str, str] = NARROW
) -> Subscriber:
    """A subscriber that prints on the stream."""
    subscriber = terminal_subscriber(verbose=verbose, verbose_given=given, stream=stream, environ=environ)
    assert subscriber is not None
    return subscriber


def told(subscriber: Subscriber, *parts: Iterable[RunEvent]) -> None:
    """Tell a subscriber all these events."""
    for part in parts:
        for event in part:
            subscriber(event)


def plain_text(*parts: Iterable[RunEvent]) -> str:
    """What one run prints in plain lines."""
    stream = io.StringIO()
    told(shown_on(stream), *parts)
    return stream.getvalue()


PAGE = """\

▶ weather
  A user plans a walk in Paris and wants to know whether an umbrella is needed.

  User   What's the weather in Paris? And will it rain this afternoon, when I go for a walk?
  Agent  Let me look that up for you. One moment please.
         ⚙ get_weather {"city": "Paris"}
         ⚙ → {"temperature": 18, "rain": 0.05}
  Agent  In Paris it is 18 °C and sunny.
         TTFT 210 ms · gaps 31 ms, p95 80 ms, max 120 ms · total 1.2 s
  User   And tomorrow?
  Agent  Tomorrow it will rain all day in Paris, with gusts of wind: take an umbrella and a coat.
         - Morning: 14 °C
         - Evening: 11 °C
         TTFT 340 ms · gaps 31 ms, p95 80 ms, max 120 ms · total 1.2 s

  ✗ failed · 2 turns · TTFT p50 275 ms, p95 334 ms · 3.8 s · 2,168 tokens · $0.0024 · agent's own: 240 tokens
    The weather is right, yet one thing was not asked and another could not be seen.
    ✓ The agent names the temperature
    ✗ The agent asks for the unit
      It never asks and takes Celsius for granted.
      assistant, message 4: “it is 18 °C”
    ? The agent stays polite when it is contradicted
      Nobody contradicts it.

"""


@pytest.mark.parametrize("messages_first", [True, False])
def test_plain(messages_first: bool) -> None:
    """In plain lines: who said what, tool calls, a timing line for each answer, the verdict with its evidence."""
    assert plain_text(weather_run(messages_first=messages_first)) == PAGE


@pytest.mark.parametrize("messages_first", [True, False])
def test_live_shows_the_same(messages_first: bool) -> None:
    """On a wide terminal the streamed conversation ends up as the very same page."""
    stream = TerminalStream()
    told(shown_on(stream, environ={**NARROW, "COLUMNS": "200"}), weather_run(messages_first=messages_first))
    assert "\n".join(seen(stream.getvalue())) == PAGE


def test_a_real_terminal() -> None:
    """A pseudo-terminal gets the page too, by what it says of itself."""
    leader, follower = pty.openpty()
    received = bytearray()

    def read() -> None:
        # Once the follower is closed, reading fails on Linux instead of giving the end of the file.
        while True:
            try:
                data = os.read(leader, 4096)
            except OSError:
                return
            if not data:
                return
            received.extend(data)

    reader = threading.Thread(target=read)
    with os.fdopen(follower, "w", encoding="utf-8") as stream:
        subscriber = terminal_subscriber(
            verbose=True, verbose_given=False, stream=stream, environ={**NARROW, "COLUMNS": "200"}
        )
        assert subscriber is not None
        reader.start()
        told(subscriber, weather_run())
    reader.join()
    os.close(leader)
    assert "\n".join(seen(received.decode().replace("\r\n", "\n"))) == PAGE


def test_text_appears_as_it_arrives() -> None:
    """Each piece of the agent's text stands on the terminal before the next one comes."""
    stream, run = TerminalStream(), Run()
    told(subscriber := shown_on(stream), run.start(), run.turn(), run.says("Hi"))
    answer = run.answers("It is", " eighteen", " deg", "rees")
    last_lines = []
    for event in answer:
        subscriber(event)
        last_lines.append(seen(stream.getvalue())[-1])
    assert last_lines[:5] == [
        "  Agent  is answering…",
        "  Agent  It is",
        "  Agent  It is eighteen",
        "  Agent  It is eighteen deg",
        "  Agent  It is eighteen degrees",
    ]


@settings(deadline=None)
@given(st.text(alphabet="ab c\n漢\x1b\r\t", max_size=120), st.lists(st.integers(min_value=1, max_value=9)))
def test_slicing_changes_nothing(text: str, sizes: list[int]) -> None:
    """However a text is cut into pieces, the terminal shows the same in the end."""

    def final(*deltas: str) -> list[str]:
        stream, run = TerminalStream(), Run()
        told(shown_on(stream), run.start(), run.turn(), run.answers(*deltas), run.judged(met("It answers")))
        # More pieces take longer, so the lines with times differ.
        return [line for line in seen(stream.getvalue()) if not re.search(r"TTFT|total|passed ·", line)]

    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    pieces.append(text[at:])
    assert final(*pieces) == final(text)


HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\r[bold red]forged[/]\x00"


@pytest.mark.parametrize("make", [io.StringIO, TerminalStream])
def test_what_agents_say_is_never_executed(make: Callable[[], io.StringIO]) -> None:
    """Escape sequences in names, texts, tool calls, verdicts and errors are shown; markup is left as it is."""
    stream, run = make(), Run(HOSTILE)
    call = {"id": "1", "type": "function", "function": {"name": HOSTILE, "arguments": HOSTILE}}
    messages = [{"role": HOSTILE, "content": HOSTILE, "tool_calls": [call]}, {"role": "tool", "content": HOSTILE}]
    told(
        shown_on(stream),
        run.start(HOSTILE),
        run.turn(),
        run.says(HOSTILE),
        run.answers(HOSTILE, HOSTILE, messages=messages),
        run.answers(HOSTILE, error=HOSTILE),
        run.stopped(HOSTILE, HOSTILE),
    )
    text = stream.getvalue()
    ours = re.compile(r"\x1b\[[\d;]*[mDK]|\n|\r(?=\x1b\[K)")
    left = ours.sub("", text)
    assert left.isprintable(), [c for c in left if not c.isprintable()]
    assert "\x1b[2J" not in text
    assert "\x1b[31m" not in text.replace("\x1b[1;31m", "")
    assert "[bold red]forged[/]" in left
    assert "\\x1b[2J" in left


def test_plain_moves_no_cursor() -> None:
    """In CI nothing but lines is written, on a terminal neither."""
    for stream in (io.StringIO(), TerminalStream()):
        told(shown_on(stream, given=False, environ={"CI": "true", "TERM": "xterm"}), weather_run())
        assert stream.getvalue() == PAGE


def test_dumb_terminal() -> None:
    """A terminal that says it is dumb gets plain lines."""
    stream = TerminalStream()
    told(shown_on(stream, given=False, environ={"TERM": "dumb"}), weather_run())
    assert stream.getvalue() == PAGE


def test_colours_only_where_wanted() -> None:
    """NO_COLOR leaves weight, and takes every colour away."""
    stream = TerminalStream()
    told(shown_on(stream), weather_run())
    assert any("36" in code.split(";") for code in colours(stream.getvalue()))
    stream = TerminalStream()
    told(shown_on(stream, environ={**NARROW, "NO_COLOR": "1"}), weather_run())
    assert set(colours(stream.getvalue())) <= {"0", "1", "2"}


def test_silent() -> None:
    """Without a terminal there is nobody to print for; False is silent on a terminal, too."""
    pipe, window = io.StringIO(), TerminalStream()
    assert terminal_subscriber(verbose=True, verbose_given=False, stream=pipe, environ={}) is None
    assert terminal_subscriber(verbose=False, verbose_given=True, stream=window, environ=NARROW) is None


def test_verbose_2_names_the_scenario() -> None:
    """With verbose=2 every line begins with the scenario's name, also while it streams."""
    for stream in (io.StringIO(), TerminalStream()):
        told(shown_on(stream, verbose=2), weather_run())
        assert all(line.startswith("weather │") for line in seen(stream.getvalue()) if line)


def test_ascii_pipe() -> None:
    """A stream whose encoding lacks the marks gets ASCII ones, and codes for what it cannot write."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    subscriber = terminal_subscriber(verbose=True, verbose_given=True, stream=stream, environ={})
    assert subscriber is not None
    told(subscriber, weather_run())
    text = raw.getvalue().decode("ascii")
    assert "  Agent  In Paris it is 18 \\xb0C and sunny." in text
    assert "    x The agent asks for the unit" in text
    assert "    + The agent names the temperature" in text


def test_broken_pipe() -> None:
    """When the reader has gone, the run goes on in silence."""
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w", encoding="utf-8")
    subscriber = terminal_subscriber(verbose=True, verbose_given=True, stream=stream, environ={})
    assert subscriber is not None
    told(subscriber, weather_run())
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_an_answer_that_breaks_off() -> None:
    """What had arrived of an answer stays to be seen, with its outcome, and the run says whose fault it was."""
    expected = [
        "  Agent  It is",
        "         truncated · TTFT 210 ms · gaps 31 ms, p95 80 ms, max 120 ms · total 1.2 s · 2 events malformed",
        "",
        "  ✗ failed · 1 turn · TTFT 210 ms · 700 ms · agent's own: 120 tokens",
        "    TruncatedReplyError: the stream broke",
        "    at fault: the agent",
    ]
    for stream in (io.StringIO(), TerminalStream()):
        run = Run()
        cut = run.answers("It ", "is", error="TruncatedReplyError", over=exchange(outcome="truncated", malformed=2))
        stopped = run.stopped("TruncatedReplyError: the stream broke")
        told(shown_on(stream, environ={**NARROW, "COLUMNS": "200"}), run.start(), run.turn(), cut, stopped)
        lines = seen(stream.getvalue())
        assert lines[lines.index(expected[0]) :][: len(expected)] == expected


def test_messages_without_text() -> None:
    """An empty message, and one made of other things than text, are told as what they are."""
    run = Run()
    picture = {"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}
    parts = {"role": "assistant", "content": [{"type": "text", "text": "Look:"}, {"type": "image_url"}]}
    text = plain_text(
        run.start(), run.turn(), run.says(""), run.answers(messages=[picture]), run.answers(messages=[parts])
    )
    assert "  User   (empty)\n" in text
    assert "  Agent  (image_url)\n" in text
    assert "  Agent  Look:\n" in text


def test_a_cut_conversation() -> None:
    """Messages that were taken back are said to be."""
    run = Run()
    back = MessagesRolledBack(run_id=run.name, at=1.0, length=1)
    assert "taken back to 1 message\n" in plain_text(run.start(), run.turn(), run.says("Hi"), [back])


def lines_of(name: str, text: str) -> list[str]:
    """What one scenario printed, without its name."""
    return [line.partition("│ ")[2] for line in text.splitlines() if line.startswith(f"{name} │")]


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=2), max_size=120))
def test_runs_at_once_are_never_mixed(order: list[int]) -> None:
    """In whatever order the events of three runs come, each line is whole and named, and each run's are in order."""
    for stream in (io.StringIO(), TerminalStream()):
        runs: list[Iterator[RunEvent]] = [weather_run(name) for name in "abc"]
        subscribers = [shown_on(stream, verbose=2, environ={**NARROW, "COLUMNS": "1000"}) for _ in runs]
        for run, subscriber in zip(runs, subscribers, strict=True):
            subscriber(next(run))
        for index in order:
            for event in [*([first] if (first := next(runs[index], None)) is not None else [])]:
                subscribers[index](event)
        for run, subscriber in zip(runs, subscribers, strict=True):
            told(subscriber, run)
        text = "\n".join(seen(stream.getvalue())).rstrip("\n")
        assert all(re.match(r"[abc] │ ", line) for line in text.splitlines())
        alone = TerminalStream()
        told(shown_on(alone, verbose=2, environ={**NARROW, "COLUMNS": "1000"}), weather_run("a"))
        for name in "abc":
            assert lines_of(name, text) == lines_of("a", "\n".join(seen(alone.getvalue())))


def test_a_streamed_message_keeps_the_terminal() -> None:
    """A run in the middle of a message keeps the line until it is complete; what others say waits, in order."""
    stream = TerminalStream()
    one, two, three = Run("one"), Run("two"), Run("three")
    first, second, third = shown_on(stream), shown_on(stream), shown_on(stream)
    told(first, one.start(), one.turn())
    answer = one.answers("It is ", "eighteen ", "degrees")
    for event in [next(answer), next(answer)]:
        first(event)
    told(second, two.start(), two.turn(), two.says("Hello from two"))
    told(third, three.start(), three.turn(), three.says("Hello from three"))
    assert seen(stream.getvalue())[-1] == "  Agent  It is"
    told(first, answer)
    told(second, two.judged(met("x")))
    lines = seen(stream.getvalue())
    at = lines.index("  Agent  It is eighteen degrees")
    assert [line.split("│")[-1].strip() for line in lines[at + 1 :] if "Hello" in line] == [
        "User   Hello from two",
        "User   Hello from three",
    ]
    assert all("│" in line for line in lines[at + 1 :] if line)


def test_alone_again() -> None:
    """A run that has been among others keeps its name on its lines when they have gone."""
    stream = io.StringIO()
    one, two = Run("one"), Run("two")
    first, second = shown_on(stream), shown_on(stream)
    told(first, one.start())
    told(second, two.start(), two.judged(met("x")))
    told(first, one.says("Still here"), one.judged(met("y")))
    assert "one │ User   Still here" in stream.getvalue()


def test_runs_in_threads_share_a_screen() -> None:
    """Runs on different threads print whole messages, too."""
    stream = io.StringIO()
    barrier = threading.Barrier(4)

    def play(name: str) -> None:
        subscriber = shown_on(stream, verbose=2)
        barrier.wait()
        for _ in range(5):
            told(subscriber, weather_run(name))

    threads = [threading.Thread(target=play, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert all(re.match(r"[abcd] │ ", line) for line in lines)
    assert len(lines) == 4 * 5 * len(lines_of("a", stream.getvalue())) / 5


def test_nothing_is_kept_of_a_stream() -> None:
    """When the runs on a stream are over, nothing holds it any more."""
    stream = io.StringIO()
    told(shown_on(stream), weather_run())
    gc.collect()
    assert id(stream) not in terminal._screens


def test_a_simulated_user_that_streams() -> None:
    """A simulated user's text is streamed under its own name; a judge's working is not shown."""
    stream, run = TerminalStream(), Run()
    told(
        shown_on(stream),
        run.start(),
        run.turn(),
        run.answers("Good ", "day", role=AgentRole.USER),
        run.answers("{verdict", messages=[], role=AgentRole.JUDGE),
        run.judged(met("x")),
    )
    text = "\n".join(seen(stream.getvalue()))
    assert "  User   Good day\n" in text
    assert "verdict" not in text
