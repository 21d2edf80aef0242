"""`scenario cassette`: what is in cassettes, whether it is sound, and making them of stored runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import click
import msgspec

from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.ignored_fields import ignored
from scenario.cassette.interaction import Conversation, Interaction
from scenario.cassette.masked import masked_conversation, masked_identity
from scenario.cassette.matching import Ids, counts_host, differences, nearest, told
from scenario.cassette.of_exchanges import conversation_of
from scenario.cassette.request_ids import UNKNOWN
from scenario.cli.cassette_files import conversations_in_file, to_har
from scenario.cli.cassette_lines import call_lines, conversation_line, file_line, identity_text
from scenario.cli.cassette_request import request_asked
from scenario.cli.exit_codes import FAILED, help_of
from scenario.cli.store_option import store_option
from scenario.errors import ConfigurationError
from scenario.exchange import HttpRequest
from scenario.redaction import Secrets, named_secrets
from scenario.report.terminal.lines import counted
from scenario.run_source import RunSource
from scenario.runner.taping import identity_of
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow

_EXAMPLES = f"""\b
Examples:
  scenario cassette list tests/*.cassette
  scenario cassette show tests/weather.cassette Paris --call 2
  scenario cassette verify tests/*.cassette
  scenario cassette from last -o tests/weather.cassette

{help_of("cassette")}"""

_files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_file = click.argument("file", type=click.Path(path_type=Path))


def _example(command: str, *lines: str) -> str:
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines) + f"\n\n{help_of(f'cassette {command}')}"


@click.group(epilog=_EXAMPLES)
def cassette() -> None:
    """Look into recorded calls, check them, and make them of stored runs."""


@cassette.command("list", epilog=_example("list", "scenario cassette list tests/weather.cassette"))
@_files
def list_conversations(files: tuple[Path, ...]) -> None:
    """List the conversations of cassettes."""
    for file in files:
        held = _held(file)
        click.echo(file_line(file, held))
        for conversation in held:
            click.echo(conversation_line(conversation))


@cassette.command(
    "show",
    epilog=_example(
        "show",
        "scenario cassette show tests/weather.cassette",
        "scenario cassette show tests/weather.cassette --call 2",
    ),
)
@_file
@click.argument("scenarios", nargs=-1)
@click.option("--call", type=click.IntRange(1), metavar="N", help="One call, whole: request, and pieces with times.")
@click.option("--raw", is_flag=True, help="With --call: the bytes of the response's body, and nothing else.")
def show(file: Path, scenarios: tuple[str, ...], call: int | None, raw: bool) -> None:
    """Show the calls of conversations, those whose scenario has one of these texts in its name."""
    if raw and call is None:
        raise click.UsageError("--raw goes with --call N.")
    chosen = _chosen(_held(file), scenarios)
    if raw or call is not None:
        if len(chosen) != 1:
            names = ", ".join(identity_text(one.identity) for one in chosen[:5])
            raise click.UsageError(f"--call is about one conversation, and these are {len(chosen)}: {names}. Name one.")
        interactions = chosen[0].interactions
        if call is None or call > len(interactions):
            raise click.UsageError(f"--call {call}: this conversation has {counted(len(interactions), 'call')}.")
        if raw:
            sys.stdout.buffer.write(interactions[call - 1].body)
            return
        for line in call_lines(call, interactions[call - 1], whole=True):
            click.echo(line)
        return
    for conversation in chosen:
        click.echo(conversation_line(conversation))
        for number, interaction in enumerate(conversation.interactions, start=1):
            for line in call_lines(number, interaction):
                click.echo(line)


@cassette.command("verify", epilog=_example("verify", "scenario cassette verify tests/*.cassette"))
@_files
def verify(files: tuple[Path, ...]) -> None:
    """Check that cassettes are whole, and that no secret stands in them."""
    wrong = 0
    for file in files:
        held = _held(file)
        leaks = [line for conversation in held for line in _leaks(conversation)]
        for line in leaks:
            click.echo(f"{file}: {line} has a secret in it.")
        if leaks:
            click.echo(f"  Mask it: scenario cassette redact {file}. A secret that was published is to be changed.")
        wrong += len(leaks)
        if not leaks:
            calls = sum(len(conversation.interactions) for conversation in held)
            click.echo(f"{file}: {counted(len(held), 'conversation')} of {counted(calls, 'call')}, all whole.")
    if wrong:
        sys.exit(FAILED)


def _leaks(conversation: Conversation) -> Iterator[str]:
    """Where in a conversation a secret stands."""
    masked = masked_conversation(conversation)
    name = identity_text(masked.identity)
    if masked.identity != conversation.identity:
        yield f"the name of {name}"
    for number, (one, shown) in enumerate(zip(conversation.interactions, masked.interactions, strict=True), start=1):
        if one != shown:
            yield f"call {number} of {name}"


@cassette.command("redact", epilog=_example("redact", "scenario cassette redact tests/weather.cassette --env API_KEY"))
@_file
@click.option("--secret", "named", multiple=True, metavar="TEXT", help="Mask this as well; may be repeated.")
@click.option("--env", "variables", multiple=True, metavar="NAME", help="Mask the value of this variable; as --secret.")
def redact(file: Path, named: tuple[str, ...], variables: tuple[str, ...]) -> None:
    """Mask what is a secret by its form, by its name, or by your word."""
    if missing := [name for name in variables if name not in os.environ]:
        raise click.UsageError(f"--env {missing[0]}: there is no such variable.")
    values = named_secrets([*named, *(os.environ[name] for name in variables)], "--secret")
    held = _held(file)
    secrets = Secrets((), named=values)
    masked = [
        msgspec.structs.replace(made, identity=masked_identity(made.identity, secrets))
        for made in (masked_conversation(one, secrets) for one in held)
    ]
    changed = sum(
        old != new
        for before, after in zip(held, masked, strict=True)
        for old, new in zip(before.interactions, after.interactions, strict=True)
    )
    names = sum(before.identity != after.identity for before, after in zip(held, masked, strict=True))
    if changed or names:
        CassetteFile(file).replace(masked)
    told = [counted(count, what) for count, what in ((changed, "call"), (names, "name")) if count]
    click.echo(f"{file}: {' and '.join(told)} masked." if told else f"{file}: nothing to mask.")
    if told and named:
        click.echo("  It is played where a run knows what --secret named: SCENARIO_SECRETS, or configure(secrets=[…]).")


@cassette.command(
    "prune",
    epilog=_example(
        "prune", "scenario cassette prune tests/weather.cassette Paris", "scenario cassette prune a --dry-run"
    ),
)
@_file
@click.argument("scenarios", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Say what would go, and leave it.")
def prune(file: Path, scenarios: tuple[str, ...], dry_run: bool) -> None:
    """Remove conversations whose scenario has one of these texts in its name; without any, put the file in order."""
    if not scenarios:
        if not dry_run:
            _held(file)
            CassetteFile(file).put_in_order()
        click.echo(f"{file}: put in order.")
        return
    held = _held(file)
    gone = _chosen(held, scenarios)
    for conversation in gone:
        click.echo(f"{'would be removed' if dry_run else 'removed'}: {identity_text(conversation.identity)}")
    if not dry_run:
        CassetteFile(file).replace([one for one in held if one not in gone])


@cassette.command(
    "why",
    epilog=_example(
        "why",
        "scenario cassette why tests/weather.cassette --url http://localhost:8000/chat --body q.json",
        "scenario cassette why tests/weather.cassette --curl \"curl http://localhost:8000/chat -d '{}'\"",
    ),
)
@_file
@click.option("--url", help="Where the request goes.")
@click.option("--body", type=click.File("rb"), metavar="FILE", help="Its body; - is the standard input.")
@click.option("--method", default="POST", show_default=True, help="Its method.")
@click.option("--curl", metavar="COMMAND", help="A whole curl command; it stands for URL, body and method.")
@click.option("--ignore", multiple=True, metavar="PATH", help="A JMESPath that does not count, as --cassette-ignore.")
@click.argument("scenarios", nargs=-1)
def why(
    file: Path,
    url: str | None,
    body: IO[bytes] | None,
    method: str,
    curl: str | None,
    ignore: tuple[str, ...],
    scenarios: tuple[str, ...],
) -> None:
    """Say which recorded call answers a request, or how the nearest one differs."""
    request = request_asked(url, body, method, curl)
    what = ignored(ignore)
    every: list[tuple[Interaction, str]] = []
    answers: list[str] = []
    compared = []
    for conversation in _chosen(_held(file), scenarios):
        ids = Ids(conversation.thread_id)
        for number, one in enumerate(conversation.interactions, start=1):
            counts = counts_host(one.participant)
            # An address that a variable gave is masked: that is no difference.
            given = HttpRequest(method=request.method, url=one.request.url, body=request.body)
            given = given if UNKNOWN in one.request.url else request
            asked, seen = (told(each, ids, what, counts_host=counts) for each in (given, one.request))
            place = f"call {number} of {identity_text(conversation.identity)}"
            every.append((one, place))
            compared.append((one, seen, asked))
            if asked.says_the_same(seen):
                answers.append(place)
    if answers:
        click.echo("It is answered by " + ", then by ".join(answers) + ".")
        return
    near = nearest(compared[0][2], [(one, seen) for one, seen, _ in compared]) if compared else None
    if near is None:
        click.echo("There is no recorded call at all.")
    else:
        place = next(place for one, place in every if one is near[0])
        asked = next(asked for one, _, asked in compared if one is near[0])
        click.echo(f"No recorded call answers it. The nearest, {place}, differs:")
        for line in differences(asked, near[1]):
            click.echo(f"  {line}")
    sys.exit(FAILED)


@cassette.command(
    "from",
    epilog=_example(
        "from",
        "scenario cassette from last -o tests/weather.cassette",
        "scenario cassette from browser.har -o tests/weather.cassette --scenario weather --url /chat",
        "curl -N http://localhost:8000/chat -d @q.json --trace t.txt --trace-time -o /dev/null",
        "scenario cassette from t.txt -o tests/weather.cassette",
    ),
)
@click.argument("runs", metavar="RUN|FILE...", nargs=-1, required=True)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The cassette.")
@click.option("--scenario", metavar="NAME", help="Of a file: the scenario that its calls become; its name by default.")
@click.option(
    "--url", default="", metavar="TEXT", help="Of a HAR file: calls with this in their URL. Of curl -i: the URL."
)
@click.option("--body", type=click.File("rb"), metavar="FILE", help="Of curl -i: the request's body.")
@store_option
def from_runs(
    runs: tuple[str, ...], output: Path, scenario: str | None, url: str, body: IO[bytes] | None, store: str | None
) -> None:
    """Make a cassette of stored runs, or of a HAR file or a capture of curl's; it is added to one that is there.

    A store has the agents' calls, with their bytes and times. It has neither those of models, nor requests that only
    prepared a turn: a scenario with a judge or a simulated user is recorded with --cassette-mode record. Where a
    protocol sends ids of its own with each request (AG-UI, A2A), play it with --cassette-match order.
    """
    files = [Path(run) for run in dict.fromkeys(runs) if Path(run).is_file()]
    made = [one for path in files for one in conversations_in_file(path, scenario=scenario, url=url, body=body)]
    if not files and (scenario is not None or url or body is not None):
        raise click.UsageError("--scenario, --url and --body are about a file, and none of these is one.")
    stored = [run for run in dict.fromkeys(runs) if Path(run) not in files]
    if missing := [run for run in stored if Path(run).suffix or os.sep in run]:
        raise ConfigurationError(f"There is no file {missing[0]!r}, and no run is called so.")
    file = CassetteFile(output)
    made += [
        msgspec.structs.replace(one, identity=file.placed(one.identity))
        for one in (_conversations_of_runs(stored, store) if stored else [])
    ]
    made = [one for one in made if one.interactions]
    if not made:
        raise ConfigurationError("There is no call over the wire in these: there is nothing to keep.")
    for conversation in made:
        file.add(masked_conversation(conversation))
    file.put_in_order()
    click.echo(f"{output}: {counted(len(made), 'conversation')} written.")


def _conversations_of_runs(runs: Sequence[str], store: str | None) -> list[Conversation]:
    made: list[Conversation] = []
    with StoreReader(store) as reader:
        for run in runs:
            row = reader.find(run)
            rows = reader.scenarios(invocation=row.uid, limit=-1)[::-1] if isinstance(row, InvocationRow) else [row]
            for one in rows:
                record = reader.scenario(one.run_id)
                source = RunSource(file=one.file, test=one.test, parameters=record.parameters, repeat=one.repeat)
                exchanges = [stored.exchange for stored in record.exchanges]
                if record.model_calls:
                    click.echo(f"{one.name}: the calls of its models are not in the store, and are left out.", err=True)
                made.append(conversation_of(identity_of(one.name, source), record.thread_id, exchanges))
    return made


cassette.add_command(to_har)


def _held(file: Path) -> list[Conversation]:
    """All that a cassette holds.

    Raises:
        ConfigurationError: there is none, or it is damaged.
    """
    if not file.exists():
        raise ConfigurationError(f"There is no cassette {str(file)!r}.")
    return CassetteFile(file).conversations()


def _chosen(held: Sequence[Conversation], scenarios: Sequence[str]) -> list[Conversation]:
    """Those whose run has one of these texts in its name; all where there is none.

    Raises:
        UsageError: there is none.
    """
    words = [text.casefold() for text in scenarios]
    chosen = [one for one in held if not words or any(word in str(one.identity).casefold() for word in words)]
    if not chosen:
        known = ", ".join(identity_text(one.identity) for one in held[:5])
        raise click.UsageError(f"None of the {len(held)} conversations is called so. There are: {known or 'none'}.")
    return chosen
