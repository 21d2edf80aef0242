"""No secret reaches the disk, whoever forgot to cover it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from scenario.dialogue.events import CallFinished, ExchangeRecorded, MessageAdded, RunEvent, RunFinished, RunStarted
from scenario.exchange import Chunk
from scenario.redaction import Secrets
from scenario.store.invocation import command_line, environment_secrets, new_invocation
from scenario.store.place import database_path
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from tests.store.stored_runs import a_run

SECRET = "sk-live-4f8a1b2c3d4e5f60718293"  # noqa: S105 - made up


def leaking(event: RunEvent) -> RunEvent:
    """The event with a secret wherever one could stand."""
    replace = msgspec.structs.replace
    match event:
        case RunStarted():
            return replace(event, description=f"with {SECRET}", metadata={"api_key": SECRET, "note": SECRET})
        case MessageAdded():
            return replace(event, message={**event.message, "content": f"it is {SECRET}", "extra": [SECRET]})
        case ExchangeRecorded():
            exchange = event.exchange
            request = replace(
                exchange.request,
                url=f"http://user:{SECRET}@127.0.0.1/chat?key={SECRET}&x={SECRET}",
                headers={"Authorization": f"Bearer {SECRET}", "x-note": SECRET},
                body=b'{"password": "%s", "note": "%s"}' % (SECRET.encode(), SECRET.encode()),
            )
            half = len(SECRET) // 2
            chunks = [Chunk(0.1, SECRET[:half].encode()), Chunk(0.2, SECRET[half:].encode())]
            events = [replace(each, data=SECRET) for each in exchange.events]
            reply = replace(exchange.reply, text=SECRET, session={"token": SECRET})
            headers = {"set-cookie": SECRET, "x-echo": SECRET}
            leaked = replace(exchange, request=request, chunks=chunks, events=events, reply=reply, headers=headers)
            return replace(event, exchange=replace(leaked, error=SECRET))
        case CallFinished():
            return replace(event, error=f"ValueError: {SECRET}")
        case RunFinished():
            messages = tuple({**message, "content": SECRET} for message in event.messages)
            result = event.result and replace(event.result, reasoning=SECRET, messages=list(messages))
            return replace(event, messages=messages, result=result)
        case _:
            return event


def test_a_secret_is_masked_wherever_it_stands(tmp_path: Path) -> None:
    """A known secret is found in no byte of what is stored, nor in anything that is read back."""
    with StoreWriter(tmp_path, secrets=environment_secrets({"MY_API_KEY": SECRET, "HOME": "/root"})) as writer:
        for event in a_run("aa"):
            writer(leaking(event))
    assert SECRET.encode() not in database_path(tmp_path).read_bytes()
    with StoreReader(tmp_path) as reader:
        record = reader.scenario("aa")
    assert len(record.exchanges) == 2
    assert SECRET not in repr(record)
    assert SECRET[10:] not in repr(record)
    assert record.messages[0].message["content"] == "*" * len(SECRET)


def test_secret_names_are_redacted_though_the_value_is_not_known(tmp_path: Path) -> None:
    """Secret headers, keys of a body, parameters and user information of a URL go, whatever their value."""
    with StoreWriter(tmp_path, secrets=Secrets()) as writer:
        for event in a_run("aa"):
            writer(leaking(event))
    with StoreReader(tmp_path) as reader:
        exchange = reader.scenario("aa").exchanges[0].exchange
    assert exchange.request.headers["Authorization"] == "[redacted]"
    assert exchange.headers["set-cookie"] == "[redacted]"
    assert msgspec.json.decode(exchange.request.body)["password"] == "[redacted]"  # noqa: S105 - the mark
    assert exchange.request.url.startswith("http://127.0.0.1/chat?")
    assert exchange.request.url.count(SECRET) == 1  # in the parameter that says nothing of a secret


def test_the_command_line_is_stored_without_secrets_and_folders() -> None:
    """What was typed is stored as others may read it: no keys, no home folder, no working directory."""
    words = ["/opt/bin/scenario", "run", "--api-key=abc", "-H", "Authorization: Bearer abc", "http://u:p@host/?key=abc"]
    files = [f"{Path.cwd()}/x.yaml", "/home/ann/y.yaml"]
    line = command_line([*words, SECRET, *files], {"MY_SECRET": SECRET, "HOME": "/home/ann"})
    assert line.startswith("scenario run")
    assert "abc" not in line
    assert SECRET not in line
    assert line.endswith("./x.yaml ~/y.yaml")
    assert "u:p" not in line


def test_an_invocation_names_no_host() -> None:
    """Nothing of the machine is stored but the versions of what runs on it."""
    invocation = new_invocation("run", argv=["scenario", "run"])
    assert set(invocation.versions) == {"scenario", "python", "sqlite"}
    assert len(invocation.uid) == 32


@pytest.mark.parametrize("secret", ["it's-a-secret-0123", "two secret words", "plain-secret-0123"])
def test_a_secret_is_left_out_whatever_a_shell_needs_to_quote_it(secret: str) -> None:
    """With a quote or a space in it, as one word or as several."""
    for words in ([secret], [f"--header={secret}"], secret.split()):
        assert secret not in command_line(["scenario", *words], {"MY_SECRET": secret}).replace("'\"'\"'", "'")


@pytest.mark.parametrize(
    ("home", "word", "stored"),
    [
        ("/home/ann", "/home/ann/y.yaml", "~/y.yaml"),
        ("/home/ann", "/home/ann", "~"),
        ("/home/ann", "--store=/home/ann/runs", "'--store=~/runs'"),
        ("/home/ann", "/home/ann/my files/y.yaml", "~/'my files/y.yaml'"),
        ("/home/o'neil", "/home/o'neil/y.yaml", "~/y.yaml"),
        ("/home/ann lee", "/home/ann lee/y.yaml", "~/y.yaml"),
        # Another's folder is not hers.
        ("/home/ann", "/home/anna/y.yaml", "/home/anna/y.yaml"),
        ("/home/ann", "/mnt/home/ann/y.yaml", "/mnt/home/ann/y.yaml"),
        ("/home/ann", "/home/ann.old/y.yaml", "/home/ann.old/y.yaml"),
    ],
)
def test_the_home_folder_is_left_out_whatever_it_is_called(home: str, word: str, stored: str) -> None:
    """With spaces and quotes in its name, too; and what only begins like it is stored as it is."""
    assert command_line(["scenario", "run", word], {"HOME": home}) == f"scenario run {stored}"
