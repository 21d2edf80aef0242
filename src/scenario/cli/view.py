"""`scenario view`: the store in a browser, live."""

from __future__ import annotations

import asyncio
import signal
import webbrowser
from pathlib import Path

import click

from scenario.cli.exit_codes import help_of
from scenario.cli.store_option import store_option
from scenario.cli.uncollected import uncollected
from scenario.store.place import store_folder

_EXAMPLES = """\b
Examples:
  scenario view
  scenario view --no-browser --port 8099
  scenario view --store /tmp/runs/.scenario

\b
Only this machine can reach the page, and only who has the token that is printed. On another machine:
  ssh -L 8099:127.0.0.1:8099 that-machine scenario view --no-browser --port 8099

"""


@click.command(epilog=_EXAMPLES + help_of("view"))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen on 127.0.0.1; any port that is free by default.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@store_option
def view(port: int, no_browser: bool, store: str | None) -> None:
    """Look at the runs of a store in a browser, while they happen and after. Ctrl-C ends it."""
    asyncio.run(_served(store_folder(store), port, browser=not no_browser))


async def _served(folder: Path, port: int, *, browser: bool) -> None:
    with uncollected():
        from scenario.viewer.server import ViewerServer

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:
            break  # Windows: there, the interrupt ends the loop itself
    async with ViewerServer(folder, port=port) as server:
        click.echo(f"{folder} is shown at\n  {server.address}\nCtrl-C ends it.")
        if browser:
            await asyncio.to_thread(webbrowser.open, server.address)
        await stopped.wait()
    click.echo("Ended.")
