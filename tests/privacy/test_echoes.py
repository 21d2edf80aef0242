"""What an agent repeats of a secret is in no file and on no terminal, and in the process it is as it came."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings, strategies as st

import scenario
from scenario.dialogue.state import ScenarioState
from scenario.record.account_recorder import AccountRecorder
from scenario.record.findings import findings_of
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.redaction import Secrets
from scenario.report.files.html import html_report
from scenario.report.terminal.terminal import terminal_subscriber
from scenario.store.accounts import stored_account
from scenario.store.reader import StoreReader
from scenario.store.writer import StoreWriter
from tests.privacy.disguised import DISGUISES, disguises, secrets
from tests.remote.raw_server import Connection, RawServer, whole
from tests.report_html.held import held

STREAM = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n"


class Terminal(io.StringIO):
    """A terminal that remembers what was printed on it."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def delta(**fields: Any) -> str:
    """One event of a model's stream."""
    return f"data: {json.dumps({'choices': [{'index': 0, 'delta': fields}]}, ensure_ascii=False)}\n\n"


def _text(pieces: list[str]) -> str:
    return "".join(delta(content=piece) for piece in pieces)


def _reasoning(pieces: list[str]) -> str:
    return "".join(delta(reasoning_content=piece) for piece in pieces) + delta(content="Done.")


def _arguments(pieces: list[str]) -> str:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "note", "arguments": '{"of": "'}}
    more = [delta(tool_calls=[{"index": 0, "function": {"arguments": json.dumps(piece)[1:-1]}}]) for piece in pieces]
    end = delta(tool_calls=[{"index": 0, "function": {"arguments": '"}'}}])
    return delta(tool_calls=[call]) + "".join(more) + end


def _line(prefix: str) -> Callable[[list[str]], str]:
    return lambda pieces: f"{prefix}{''.join(pieces)}\n{delta(content='Done.')}"


def _error(pieces: list[str]) -> str:
    return f"data: {json.dumps({'error': {'message': ''.join(pieces)}}, ensure_ascii=False)}\n\n"


PLACES = {
    "text": _text,
    "reasoning": _reasoning,
    "arguments of a tool": _arguments,
    "comment": _line(": "),
    "id": _line("id: "),
    "name of an event": _line("event: "),
    "another event": lambda pieces: f"data: {json.dumps({'note': ''.join(pieces)})}\n\n{delta(content='Done.')}",
    "error": _error,
}


def cut(text: str, lengths: list[int]) -> list[str]:
    """The text in pieces of these lengths, over and over."""
    pieces, position, index = [], 0, 0
    while position < len(text):
        pieces.append(text[position : position + lengths[index % len(lengths)]])
        position, index = position + lengths[index % len(lengths)], index + 1
    return pieces


def answering(body: str, more: str = "") -> Callable[[Connection], Any]:
    """A behaviour: that stream, with more headers."""

    async def answers(connection: Connection) -> None:
        await connection.send(f"{STREAM}{more}\r\n{body}data: [DONE]\n\n".encode())

    return answers


class Kept:
    """Where a run was kept: the files, what the terminal shows, and the records of reports.

    Attributes:
        state: what a check of the script was given.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.terminal = Terminal()
        self.records: list[RunRecord] = []
        self.accounts = AccountRecorder(lint=findings_of)
        self.state: ScenarioState | None = None
        self.error: BaseException | None = None

    async def run(self, behaviour: Callable[[Connection], Any], **agent: Any) -> None:
        """Put one line to an agent that behaves so."""

        def look(state: ScenarioState) -> None:
            self.state = state

        shows = terminal_subscriber(verbose=True, verbose_given=True, stream=self.terminal, environ={"TERM": "xterm"})
        assert shows is not None
        async with RawServer(behaviour) as server:
            with ExitStack() as stack:
                writer = stack.enter_context(StoreWriter(self.folder))
                recorder = RunRecorder(lambda record, *_: self.records.append(record))
                for subscriber in (writer, self.accounts, recorder, shows):
                    stack.enter_context(scenario.subscribed(subscriber))
                remote = scenario.RemoteAgent(server.url, name="a", **{"protocol": "openai-chat", **agent})
                try:
                    await scenario.run("r", "d", agents=[remote], script=[scenario.user("Hi"), scenario.agent(), look])
                except scenario.ScenarioError as error:
                    self.error = error
                assert writer.flush(10)
                # While it is open, what was written last stands in the write-ahead log.
                self._files = [path.read_bytes() for path in self.folder.iterdir()]

    def all(self) -> str:
        """Everything that is kept or was shown, as one text."""
        with StoreReader(self.folder) as reader:
            stored = [reader.scenario(row.run_id) for row in reader.scenarios()]
        said = [repr(record) for record in stored]
        bodies = [exchange.exchange.body for record in stored for exchange in record.exchanges]
        replies = [exchange.exchange.reply for record in stored for exchange in record.exchanges]
        page = html_report(self.accounts.accounts, title="r")
        told = [page, held(page), self.terminal.getvalue(), repr(self.records)]
        told += [json.dumps(record.to_json(), ensure_ascii=False) for record in self.records]
        told += [repr(stored_account(record)) for record in stored]
        raw = [data.decode("utf-8", "replace") for data in (*self._files, *bodies)]
        return "\n".join([*said, *told, *raw, *map(repr, replies), repr(self.error), str(self.error)])


OWN_WORDS: list[str] = []


async def said_without_a_secret() -> str:
    """What is kept and shown of a run in which no secret is repeated."""
    if not OWN_WORDS:
        with tempfile.TemporaryDirectory() as folder:
            kept = Kept(Path(folder))
            await kept.run(answering(PLACES["text"](["It is warm."])), headers={"Authorization": "Bearer 0-0-0-0-0"})
            OWN_WORDS.append(kept.all())
    return OWN_WORDS[0]


@settings(max_examples=60, deadline=None)
@given(
    secret=secrets,
    disguise=disguises,
    place=st.sampled_from(sorted(PLACES)),
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=5),
)
async def test_a_repeated_secret_is_kept_nowhere(secret: str, disguise: str, place: str, lengths: list[int]) -> None:
    """Whatever it is, however it is written, wherever it stands, and in whatever pieces it comes."""
    said = DISGUISES[disguise](secret)
    # A page has words of its own, and one of them may be the secret that chance comes up with ("undefined").
    own = await said_without_a_secret()
    assume(said not in own and json.dumps(said)[1:-1] not in own)
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(Path(folder))
        body = PLACES[place](cut(f"It is {said} , you know.", lengths))
        await kept.run(answering(body), headers={"Authorization": "Bearer " + secret.replace("$", "$$")})
        everything = kept.all()
    assert said not in everything
    assert json.dumps(said)[1:-1] not in everything


@pytest.mark.parametrize("name", ["Location", "X-Echo", "Link"])
async def test_a_secret_in_a_response_header_is_kept_nowhere(tmp_path: Path, name: str) -> None:
    """Under a name that says nothing of a secret."""
    secret = "k3y-0123456789"  # noqa: S105 - made up
    kept = Kept(tmp_path)
    await kept.run(answering(delta(content="Hi"), f"{name}: /x?of={secret}\r\n"), headers={"X-Api-Key": secret})
    assert secret not in kept.all()


async def test_a_secret_in_the_name_of_a_response_header_is_kept_nowhere(tmp_path: Path) -> None:
    """Names come in small letters, whatever the server wrote."""
    secret = "Zq7-Wk9xPvLm3TnRb5Yc"  # noqa: S105 - made up
    kept = Kept(tmp_path)
    await kept.run(answering(delta(content="Hi"), f"X-{secret}: 1\r\n"), headers={"X-Api-Key": secret})
    assert secret.lower() not in kept.all().lower()


def test_a_secret_is_masked_in_small_letters_and_in_capitals() -> None:
    """Where it has digits, and so is no word; others, "Sunflower" say, are words in small letters."""
    secrets = Secrets(["Zq7-Wk9xPvLm", "Sunflower"])
    assert secrets.in_text("zq7-wk9xpvlm, ZQ7-WK9XPVLM, zq7%2Dwk9xpvlm") == f"{'*' * 12}, {'*' * 12}, {'*' * 14}"
    assert secrets.in_text("sunflower, SUNFLOWER, zq7-wk") == "sunflower, SUNFLOWER, zq7-wk"


async def test_the_test_itself_sees_what_came(tmp_path: Path) -> None:
    """Checks, judges and results have the answer as it is; what is kept has a mask that is as long."""
    secret = "k3y-0123456789"  # noqa: S105 - made up
    kept = Kept(tmp_path)
    await kept.run(answering(_text(["It is k3y-", "01234", "56789."])), headers={"X-Api-Key": secret})
    assert kept.state is not None
    assert kept.state.messages[-1]["content"] == f"It is {secret}."
    assert kept.state.last_exchange.reply.text == f"It is {secret}."
    assert b"k3y-" in kept.state.last_exchange.body
    (account,) = kept.accounts.accounts
    assert account.messages[-1].text == f"It is {'*' * len(secret)}."
    assert "k3y-" not in kept.all()


async def test_an_answer_without_a_secret_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """Also where it looks like escapes, and where a secret is known."""
    body = _text(["Paris \\u0041 %41 &amp; k3y-", "0 + ~ é ", "is no secret"])
    kept = Kept(tmp_path)
    await kept.run(answering(body), headers={"X-Api-Key": "k3y-0123456789"})
    with StoreReader(tmp_path) as reader:
        (row,) = reader.scenarios()
        (exchange,) = reader.scenario(row.run_id).exchanges
    assert exchange.exchange.body.decode() == f"{body}data: [DONE]\n\n"
    assert exchange.exchange.text == "Paris \\u0041 %41 &amp; k3y-0 + ~ é is no secret"


@pytest.mark.parametrize(
    "agent",
    [
        {"headers": {"X-Note": "$env.NOTE_OF_MINE"}},
        {"request": {"messages": "$messages", "stream": True, "password": "k3y-0123456789"}},
        {"request": {"messages": "$messages", "stream": True, "note": "$env.NOTE_OF_MINE"}},
        {"headers": {"Cookie": "sid=k3y-0123456789"}},
        {"secrets": ["k3y-0123456789"]},
        {"secrets": ["$env.NOTE_OF_MINE"]},
        {"secrets": ["0123"]},
    ],
)
async def test_what_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: dict[str, Any]) -> None:
    """Secret names in headers and bodies, variables of the environment, cookies, and what the user names."""
    monkeypatch.setenv("NOTE_OF_MINE", "k3y-0123456789")
    kept = Kept(tmp_path)
    await kept.run(answering(_text(list("It is k3y-0123456789 in Paris."))), **agent)
    assert "0123" not in kept.accounts.accounts[0].messages[-1].text
    assert "in Paris." in kept.accounts.accounts[0].messages[-1].text


@pytest.mark.parametrize("named", ["configure", "environment"])
async def test_what_the_user_names_is_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    """For all runs of the process, whoever says it."""
    if named == "configure":
        scenario.configure(secrets=["blue tulip"])
    else:
        monkeypatch.setenv("SCENARIO_SECRETS", "blue tulip")
    kept = Kept(tmp_path)
    try:
        await kept.run(answering(_text(["The blue", " tulip, in", " Paris"])))
    finally:
        scenario.configure(secrets=None)
    assert "blue tulip" not in kept.all()
    assert "Paris" in kept.terminal.getvalue()


async def test_an_error_says_no_secret(tmp_path: Path) -> None:
    """What leaves the run is printed by pytest, with what it comes from."""
    secret = "k3y-0123456789"  # noqa: S105 - made up

    async def refuses(connection: Connection) -> None:
        said = json.dumps({"error": f"unknown key k3y\\u002d0123456789, {secret}"}).encode()
        await connection.send(whole(said, "application/json", status="401 No"))

    kept = Kept(tmp_path)
    await kept.run(refuses, headers={"X-Api-Key": secret})
    assert isinstance(kept.error, scenario.ScenarioError)
    assert "unknown key" in str(kept.error)
    assert "0123456789" not in str(kept.error)


def test_a_name_that_is_too_short_is_refused() -> None:
    """It would be masked everywhere, or, without a word, nowhere."""
    with pytest.raises(scenario.ConfigurationError, match="has 3 characters"):
        scenario.RemoteAgent("http://127.0.0.1:9/chat", secrets=["abc"])
    with pytest.raises(scenario.ConfigurationError, match="give a list"):
        scenario.configure(secrets="abcdefgh")
    assert "blue" not in repr(scenario.ScenarioConfig(secrets=["blue tulip"]))


async def test_the_lint_tells_of_a_secret_that_was_masked(tmp_path: Path) -> None:
    """That an agent streams one is a finding, also where nobody can read it any more."""
    secret = "sk-live0123456789abcdefghij"  # noqa: S105 - made up
    kept = Kept(tmp_path)
    await kept.run(answering(_text([f"It is {secret}."])), headers={"X-Api-Key": secret})
    assert secret not in kept.all()
    rules = {finding.rule for stream in kept.accounts.accounts[0].streams for finding in stream.findings}
    assert "L30" in rules


async def test_pieces_that_are_no_json_are_masked_in_the_events_too(tmp_path: Path) -> None:
    """A home-made stream has its tokens as bare lines, each of which stands in many a word."""
    secret = "data-0123456789"  # noqa: S105 - made up

    async def answers(connection: Connection) -> None:
        lines = "".join(f"data: {piece}\n\n" for piece in ["it is ", *secret, " x"])
        await connection.send(f"{STREAM}\r\n{lines}data: [DONE]\n\n".encode())

    kept = Kept(tmp_path)
    await kept.run(answers, protocol="sse", headers={"X-Api-Key": secret})
    with StoreReader(tmp_path) as reader:
        (row,) = reader.scenarios()
        (exchange,) = reader.scenario(row.run_id).exchanges
    assert [event.data for event in exchange.exchange.events][1 : len(secret) + 1] == ["*"] * len(secret)
    assert b"data: d\n" not in exchange.exchange.body
    assert secret not in kept.all()
