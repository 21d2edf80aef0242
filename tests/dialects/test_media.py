"""Pictures, recordings and files of a message: each dialect has its own form for them, or refuses them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from scenario.dialects.a2a.a2a_0_3 import A2A03
from scenario.dialects.a2a.a2a_1_0 import A2A
from scenario.dialects.adk.requests import run as adk_run
from scenario.dialects.ag_ui.run_input import run_input
from scenario.dialects.agentcore import AgentCore
from scenario.dialects.anthropic.body import build_body
from scenario.dialects.dify.requests import requests as dify_requests
from scenario.dialects.llamaindex.requests import start
from scenario.dialects.mcp.tool import tool_for
from scenario.dialects.ollama import Ollama
from scenario.dialects.openai.responses import OpenAIResponses
from scenario.dialects.vercel.data_stream import VercelData
from scenario.dialects.vercel.ui_messages import chat_request
from scenario.errors import AgentError, ConfigurationError
from scenario.protocols.protocol import Answered, Head, Turn

DATA = base64.b64encode(b"ABC").decode()
TEXT = {"type": "text", "text": "Look"}
PICTURE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{DATA}"}}
PICTURE_AT_URL = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
RECORDING = {"type": "input_audio", "input_audio": {"data": DATA, "format": "mp3"}}
LETTER = {"type": "file", "file": {"filename": "letter.pdf", "file_data": f"data:application/pdf;base64,{DATA}"}}
UPLOADED = {"type": "file", "file": {"file_id": "file-1"}}

PDF_URL = f"data:application/pdf;base64,{DATA}"


def turn(*parts: dict[str, Any], path: str = "") -> Turn:
    """A turn in which the user says this."""
    said = [{"role": "user", "content": [TEXT, *parts]}]
    return Turn(messages=said, new_messages=said, thread_id="t", request_id="r", path=path)


def of_adk(asked: Turn) -> Any:
    """The parts after the text."""
    return adk_run(asked).body["newMessage"]["parts"][1:]


def of_a2a(asked: Turn) -> Any:
    """The parts after the text, version 1.0."""
    return A2A().request(asked).body["params"]["message"]["parts"][1:]


def of_a2a_0_3(asked: Turn) -> Any:
    """The parts after the text, version 0.3."""
    return A2A03().request(asked).body["params"]["message"]["parts"][1:]


def of_ag_ui(asked: Turn) -> Any:
    """The parts after the text."""
    return run_input(asked)["messages"][0]["content"][1:]


def of_agentcore(asked: Turn) -> Any:
    """The blocks after the text."""
    return AgentCore().request(asked).body["prompt"][1:]


def of_anthropic(asked: Turn) -> Any:
    """The blocks after the text."""
    return build_body(asked.messages, model="m")["messages"][0]["content"][1:]


def of_vercel_ui(asked: Turn) -> Any:
    """The parts after the text."""
    return chat_request(asked)["messages"][0]["parts"][1:]


def of_vercel_data(asked: Turn) -> Any:
    """What is attached."""
    return VercelData().request(asked).body["messages"][0]["experimental_attachments"]


def of_ollama(asked: Turn) -> Any:
    """The pictures."""
    return Ollama().request(asked).body["messages"][0]["images"]


def of_responses(asked: Turn) -> Any:
    """The parts after the text."""
    return OpenAIResponses().request(asked).body["input"][0]["content"][1:]


CARRIED: dict[str, tuple[Callable[[Turn], Any], dict[str, Any], Any]] = {
    "ADK, a picture": (of_adk, PICTURE, {"inlineData": {"mimeType": "image/png", "data": DATA}}),
    "ADK, at a URL": (
        of_adk,
        PICTURE_AT_URL,
        {"fileData": {"mimeType": "image/png", "fileUri": "https://example.org/a.png"}},
    ),
    "ADK, a recording": (of_adk, RECORDING, {"inlineData": {"mimeType": "audio/mpeg", "data": DATA}}),
    "ADK, a file": (
        of_adk,
        LETTER,
        {"inlineData": {"mimeType": "application/pdf", "data": DATA, "displayName": "letter.pdf"}},
    ),
    "A2A, a file": (of_a2a, LETTER, {"raw": DATA, "mediaType": "application/pdf", "filename": "letter.pdf"}),
    "A2A 0.3, a file": (
        of_a2a_0_3,
        LETTER,
        {"kind": "file", "file": {"bytes": DATA, "mimeType": "application/pdf", "name": "letter.pdf"}},
    ),
    "AG-UI, a recording": (
        of_ag_ui,
        RECORDING,
        {"type": "audio", "source": {"type": "data", "value": DATA, "mimeType": "audio/mpeg"}},
    ),
    "AG-UI, a file": (
        of_ag_ui,
        LETTER,
        {"type": "document", "source": {"type": "data", "value": DATA, "mimeType": "application/pdf"}},
    ),
    "Converse, a picture": (of_agentcore, PICTURE, {"image": {"format": "png", "source": {"bytes": DATA}}}),
    "Converse, a file": (
        of_agentcore,
        LETTER,
        {"document": {"format": "pdf", "name": "letter", "source": {"bytes": DATA}}},
    ),
    "Anthropic, a file": (
        of_anthropic,
        LETTER,
        {
            "type": "document",
            "title": "letter.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": DATA},
        },
    ),
    "AI SDK, a file": (
        of_vercel_ui,
        LETTER,
        {"type": "file", "mediaType": "application/pdf", "url": PDF_URL, "filename": "letter.pdf"},
    ),
    "AI SDK 4, a file": (
        of_vercel_data,
        LETTER,
        {"name": "letter.pdf", "contentType": "application/pdf", "url": PDF_URL},
    ),
    "AI SDK 4, a picture": (
        of_vercel_data,
        PICTURE_AT_URL,
        {"name": "image", "contentType": "image/png", "url": "https://example.org/a.png"},
    ),
    "Ollama, a picture": (of_ollama, PICTURE, DATA),
    "Responses, an uploaded file": (of_responses, UPLOADED, {"type": "input_file", "file_id": "file-1"}),
}


@pytest.mark.parametrize("case", CARRIED)
def test_each_dialect_has_its_own_form(case: str) -> None:
    """Bytes, names and types arrive."""
    made, part, expected = CARRIED[case]
    assert made(turn(part)) == [expected]


REFUSED: dict[str, tuple[Callable[[Turn], Any], dict[str, Any], str]] = {
    "ADK": (of_adk, UPLOADED, "a file (the id file-1), and an ADK server"),
    "A2A": (of_a2a, UPLOADED, "A2A cannot carry it"),
    "AG-UI": (of_ag_ui, UPLOADED, "AG-UI cannot carry it"),
    "Converse, a recording": (of_agentcore, RECORDING, "a recording (audio/mpeg), and Bedrock's Converse"),
    "Converse, at a URL": (of_agentcore, PICTURE_AT_URL, "by their bytes, or from S3"),
    "Anthropic": (of_anthropic, RECORDING, "Anthropic's API cannot carry it"),
    "AI SDK": (of_vercel_ui, UPLOADED, "the AI SDK cannot carry it"),
    "AI SDK 4": (of_vercel_data, UPLOADED, "the AI SDK cannot carry it"),
    "Ollama, a file": (of_ollama, LETTER, "a file (letter.pdf), and Ollama"),
    "Ollama, at a URL": (of_ollama, PICTURE_AT_URL, "a picture (image/png), and Ollama"),
    "LlamaIndex": (lambda asked: start(asked, fields={"message": {}}), PICTURE, "no field for messages"),
    "MCP": (
        tool_for([{"name": "ask", "inputSchema": {"properties": {"q": {"type": "string"}}}}], None).arguments,
        PICTURE,
        "the MCP tool 'ask'",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_dialect_cannot_carry_is_refused(case: str) -> None:
    """The error names the part and the dialect; nothing is left out in silence."""
    made, part, said = REFUSED[case]
    with pytest.raises(ConfigurationError) as caught:
        made(turn(part))
    assert said in str(caught.value)


def test_a_workflow_with_a_field_for_messages_gets_them_whole() -> None:
    """Pictures too."""
    event = start(turn(PICTURE), fields={"messages": {}}).body["start_event"]
    assert event["messages"][0]["content"] == [TEXT, PICTURE]


def test_dify_gets_files_by_their_urls_or_by_uploads() -> None:
    """Each upload's id goes with the message."""
    steps = dify_requests(turn(LETTER, PICTURE_AT_URL, path="/v1/chat-messages"))
    upload = next(steps)
    assert upload.url == "/v1/files/upload"
    assert upload.headers["Content-Type"] == "multipart/form-data; boundary=scenario-r"
    assert b'name="file"; filename="letter.pdf"\r\nContent-Type: application/pdf\r\n\r\nABC\r\n' in upload.body
    assert b'name="user"\r\n\r\nscenario\r\n' in upload.body
    with pytest.raises(StopIteration) as stop:
        steps.send(Answered(Head(status=201), b'{"id": "f-1"}'))
    assert stop.value.value.body["query"] == "Look"
    assert stop.value.value.body["files"] == [
        {"type": "document", "transfer_method": "local_file", "upload_file_id": "f-1"},
        {"type": "image", "transfer_method": "remote_url", "url": "https://example.org/a.png"},
    ]


def test_a_file_that_dify_refuses_is_an_error() -> None:
    """With the server's own words."""
    steps = dify_requests(turn(LETTER, path="/v1/chat-messages"))
    next(steps)
    with pytest.raises(AgentError, match="Unsupported"):
        steps.send(Answered(Head(status=415), b'{"message": "Unsupported file type"}'))
