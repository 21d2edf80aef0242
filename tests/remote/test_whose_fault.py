"""An error names whom it can blame: what is the test's own, or may be, is not told as the agent's alone."""

from __future__ import annotations

import pytest

import scenario
from scenario.agents.remote.agent import RemoteAgent
from scenario.cli.exit_codes import exit_code
from scenario.dialogue.subscribers import subscribed
from scenario.errors import AgentUnreachableError, ErrorReplyError
from scenario.record.blame import at_fault
from scenario.record.run_record import RunRecord, RunRecorder
from scenario.report.terminal.glyphs import ASCII
from scenario.report.terminal.lines import plain
from scenario.report.terminal.summary import summary_lines
from tests.remote.conftest import Serve, given
from tests.remote.raw_server import CHUNKED, LAST, Behaviour, Connection, chunk, whole

LOG = "the agent's own log"


def answers(data: bytes) -> Behaviour:
    """Writes a response and closes the connection."""

    async def behave(connection: Connection) -> None:
        await connection.send(data)

    return behave


@pytest.mark.parametrize(
    "answer",
    [
        whole(b'{"answer": {"text": "It is 18."}}', "application/json"),
        CHUNKED + chunk(b'data: {"answer": {"text": "It is 18."}}\n\n') + LAST,
    ],
)
async def test_a_path_that_finds_no_text_where_one_is_there_is_the_test_s(serve: Serve, answer: bytes) -> None:
    """It is told with the place of the text, and nobody is sent to the agent's log."""
    server = await serve(answers(answer))
    with pytest.raises(ErrorReplyError, match=r"there is a text at answer\.text") as caught:
        await RemoteAgent(server.url, reply="answer.words").call(given())
    assert (caught.value.fault, LOG in str(caught.value)) == ("test", False)


async def test_where_there_is_no_text_at_all_the_agent_has_none(serve: Serve) -> None:
    """Whatever the path says: its log may say why."""
    server = await serve(answers(whole(b'{"id": 7}', "application/json")))
    with pytest.raises(ErrorReplyError, match="matched nothing") as caught:
        await RemoteAgent(server.url, reply="answer.words").call(given())
    assert (caught.value.fault, LOG in str(caught.value)) == ("agent", True)


REFUSALS = {
    "400 Bad Request": "request={…}, form={…}",
    "401 Unauthorized": "headers={",
    "403 Forbidden": "headers={",
    "404 Not Found": "Is the address right",
    "405 Method Not Allowed": "method=",
    "415 Unsupported Media Type": "form={…}",
    "422 Unprocessable Entity": "request={…}",
}


@pytest.mark.parametrize(("status", "remedy"), REFUSALS.items())
async def test_a_refusal_is_the_request_s_or_the_agent_s(serve: Serve, status: str, remedy: str) -> None:
    """Which of them cannot be known: the error says both, what would change it, and that it is no answer."""
    server = await serve(answers(whole(b'{"detail": "no"}', "application/json", status=status)))
    with pytest.raises(ErrorReplyError) as caught:
        await RemoteAgent(server.url).call(given())
    said = str(caught.value)
    assert f"the agent did not answer: status {status[:3]}: no." in said
    assert "At fault is the request, or the agent." in said
    assert remedy in said
    assert (caught.value.fault, LOG in said) == ("wire", False)


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"<!DOCTYPE html><p>Sign in</p>", "text/html"),
        whole(b"", "text/plain", status="302 Found", more="Location: /login\r\n"),
    ],
)
async def test_a_page_to_log_in_is_the_request_s_or_the_agent_s(serve: Serve, answer: bytes) -> None:
    """The page itself, and a redirect that leads to it."""
    server = await serve(answers(answer))
    with pytest.raises(ErrorReplyError, match=r"the agent did not answer: status \d+") as caught:
        await RemoteAgent(server.url).call(given())
    assert "At fault is the request, or the agent." in str(caught.value)
    assert "headers={" in str(caught.value)
    assert (caught.value.fault, LOG in str(caught.value)) == ("wire", False)


async def test_a_server_s_own_error_stays_the_agent_s(serve: Serve) -> None:
    """A status of 500 and above."""
    server = await serve(answers(whole(b'{"detail": "down"}', "application/json", status="503 Oh")))
    with pytest.raises(ErrorReplyError, match="the agent did not answer: status 503: down") as caught:
        await RemoteAgent(server.url).call(given())
    assert (caught.value.fault, LOG in str(caught.value)) == ("agent", True)


async def test_where_nothing_answers_the_address_may_be_wrong(serve: Serve) -> None:
    """A closed port, and a name that no host has: the error names the place and asks for both."""
    server = await serve(answers(b""))
    url = server.url
    await server.__aexit__()
    for address in (url, "http://nowhere.invalid/chat"):
        place = address.split("/")[2]
        with pytest.raises(AgentUnreachableError) as caught:
            await RemoteAgent(address).call(given())
        assert f"Nothing answers at {place}: is it running, and is the address right?" in str(caught.value)
        assert caught.value.fault == "wire"


async def test_an_agent_that_takes_a_connection_and_closes_it_is_to_blame(serve: Serve) -> None:
    """It was reached: nothing is asked about its address."""
    server = await serve(answers(b""))
    with pytest.raises(AgentUnreachableError, match="closed") as caught:
        await RemoteAgent(server.url).call(given())
    assert caught.value.fault == "agent"


async def test_the_report_says_both(serve: Serve) -> None:
    """On the page of a run, and its process ends as it did: 1 for a refusal, 3 for an agent that is not there."""
    server = await serve(answers(whole(b'{"detail": "no"}', "application/json", status="401 Oh")))
    records: list[RunRecord] = []
    recorder = RunRecorder(lambda record, *_: records.append(record))
    for url in (server.url, "http://127.0.0.1:9/"):
        with pytest.raises(scenario.AgentError), subscribed(recorder):
            await scenario.run(
                name="asks",
                description="",
                agents=[RemoteAgent(url)],
                script=[scenario.user("Hello"), scenario.agent(), scenario.succeed()],
                verbose=False,
            )
    page = [plain(line).strip() for line in summary_lines(records, glyphs=ASCII, width=100)]
    assert "at fault: the request, or the agent" in page
    assert "at fault: the address, or the agent's machine" in page
    assert [exit_code([record], stopped=False) for record in records] == [1, 3]


def test_a_fault_that_is_known_is_named_alone() -> None:
    """One that this version does not know stands as it is."""
    assert at_fault("agent", "ErrorReplyError: no") == "the agent"
    assert at_fault("wire", "WireLimitError: no") == "the bytes on the wire"
    assert at_fault("weather", "RainError: no") == "weather"


async def test_below_an_api_s_base_the_endpoint_is_named(serve: Serve) -> None:
    """What most people have at hand is the base URL, at which nothing answers."""
    server = await serve(answers(whole(b"no", "text/plain", status="404 Not Found")))
    with pytest.raises(ErrorReplyError, match=r"/v1/chat/completions"):
        await RemoteAgent(server.url.rstrip("/") + "/v1").call(given())
