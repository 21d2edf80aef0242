"""`scenario serve`: a cassette as an agent, for front ends and other tools."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.interaction import Conversation
from scenario.cli.cassette_lines import identity_text
from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import glyphs
from scenario.cli.uncollected import uncollected
from scenario.config.cassette import MATCHES, Cassette, Match, Speed
from scenario.errors import ConfigurationError
from scenario.report.terminal.glyphs import one_line
from scenario.report.terminal.lines import counted, seconds

if TYPE_CHECKING:  # the help is not to wait for a server
    from scenario.cassette.serving.server import Asked, CassetteServer

_MOST_PATHS: Final = 20
_EXAMPLES: Final = f"""\b
Examples:
  scenario serve tests/weather.cassette
  scenario serve tests/weather.cassette Paris --port 8000 --speed 10
  scenario serve tests/weather.cassette --match order --ignore 'messages[*].id'

{help_of("serve")}"""


@click.command(epilog=_EXAMPLES)
@click.argument("file", metavar="CASSETTE", type=click.Path(path_type=Path))
@click.argument("scenarios", nargs=-1)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; any that is free by default.")
@click.option("--host", default="127.0.0.1", show_default=True, help="An address of this machine alone.")
@click.option(
    "--speed",
    default="recorded",
    show_default=True,
    metavar="SPEED",
    help="'recorded', 'instant', or how many times as fast, such as 10.",
)
@click.option(
    "--match",
    type=click.Choice(MATCHES),
    default="content",
    show_default=True,
    help="'order': the next call of that method and path, whatever the request says.",
)
@click.option("--ignore", multiple=True, metavar="PATH", help="What does not count, as --cassette-ignore.")
def serve(
    file: Path, scenarios: tuple[str, ...], *, port: int, host: str, speed: str, match: Match, ignore: tuple[str, ...]
) -> None:
    """Serve the recorded calls of an agent, those of scenarios with one of these texts in their names. Ctrl-C ends it.

    The same answers come in the same pieces at the same times, and break off where they did. What is not recorded is a
    problem (404, 501) that names the nearest call and what differs. Pages of this machine may ask, too (CORS).
    """
    cassette = Cassette(str(file), match=match, ignore=ignore, speed=_speed(speed))
    if not file.exists():
        raise ConfigurationError(f"There is no cassette {str(file)!r}.")
    held = CassetteFile(file).conversations()
    words = [text.casefold() for text in scenarios]
    chosen = [one for one in held if not words or any(word in str(one.identity).casefold() for word in words)]
    if not chosen:
        known = ", ".join(identity_text(one.identity) for one in held[:5])
        raise click.UsageError(f"None of the {len(held)} conversations is called so. There are: {known or 'none'}.")
    asyncio.run(_served(chosen, cassette, host=host, port=port))


def _speed(text: str) -> Speed:
    if text in ("recorded", "instant"):
        return text  # type: ignore[return-value]
    try:
        return float(text)
    except ValueError:
        raise click.UsageError(f"--speed {text!r:.60}: give 'recorded', 'instant', or a number such as 10.") from None


async def _served(conversations: Sequence[Conversation], cassette: Cassette, *, host: str, port: int) -> None:
    with uncollected():
        from scenario.cassette.serving.server import CassetteServer

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except (NotImplementedError, RuntimeError, ValueError):
            break  # Windows, or not the main thread: there, the interrupt ends the loop itself
    async with CassetteServer(conversations, cassette, host=host, port=port, tell=_tell) as server:
        if not server.places:
            raise ConfigurationError(f"{cassette.path}: none of these conversations has a call of an agent to serve.")
        click.echo(f"{cassette.path} is served at\n{_paths(server)}\nCtrl-C ends it.")
        await stopped.wait()
    click.echo("Ended.")


def _paths(server: CassetteServer) -> str:
    """What can be asked, with how many recorded calls there are of each."""
    calls: dict[str, int] = {}
    for one in server.places:
        path = one.recorded.place.partition("?")[0] or "/ (any path: the recorded one is masked)"
        origin = server.origin.replace("http", "ws", 1) if one.is_socket else server.origin
        what = f"{'WS' if one.is_socket else one.told.method} {origin}{path}"
        calls[what] = calls.get(what, 0) + 1
    lines = [f"  {one_line(what, 160, glyphs())}  {counted(count, 'call')}" for what, count in calls.items()]
    more = [f"  … and {len(lines) - _MOST_PATHS} more"] if len(lines) > _MOST_PATHS else []
    return "\n".join([*lines[:_MOST_PATHS], *more])


def _tell(asked: Asked) -> None:
    """Print one request, and what it was answered with."""
    from scenario.cassette.serving.answers import Found

    request = f"{one_line(asked.method, 20, glyphs())} {one_line(asked.path, 120, glyphs())}"
    match asked.answer:
        case str() as why:
            click.echo(f"{request}  refused: {why}")
        case Found() as found:
            call = found.place.call
            status = "no response" if call.answer is None else str(call.answer.status)
            figures = f"{counted(len(call.chunks), 'piece')}, {seconds(call.end.at)}"
            click.echo(f"{request}  {status}  {one_line(str(found.place), 200, glyphs())}  {figures}")
        case missing:
            near = "" if missing.nearest is None else f" The nearest is {one_line(str(missing.nearest), 200, glyphs())}"
            click.echo(f"{request}  not recorded.{near}{':' if missing.differences else ''}")
            for line in missing.differences:
                click.echo(f"  {one_line(line, 400, glyphs())}")
