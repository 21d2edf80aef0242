"""Where `scenario generate` has its goals from: an address, a file, the store, or what is typed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from scenario.config import Timeouts
from scenario.errors import AgentUnreachableError, ConfigurationError
from scenario.exchange import HttpRequest
from scenario.files.loading import load
from scenario.files.yaml_text import yaml_node
from scenario.generating.from_card import goals_of_card, is_card
from scenario.generating.from_openapi import goals_of_openapi, is_openapi
from scenario.generating.from_runs import goals_of_runs
from scenario.generating.goal import Goal
from scenario.probe.descriptions import agent_card, openapi
from scenario.probe.shape import Shape
from scenario.probe.target import Target
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.redaction import REDACTED, redacted_url
from scenario.store.reader import StoreReader
from scenario.store.records import InvocationRow, ScenarioRow

_LARGEST: Final = 4 * 2**20
_MOST_RUNS: Final = 200
_TIMEOUTS: Final = Timeouts(connect=10.0, first_byte=20.0, idle=20.0, total=60.0)
_USUAL: Final = {"openapi": "/openapi.json", "agent-card": "/.well-known/agent-card.json"}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What a source says.

    Attributes:
        goals: what users want.
        agent: the agent's block; None where the source does not tell it.
        is_ours: whether nothing in that block is another's word, so that it may name variables of the environment.
    """

    goals: list[Goal]
    agent: dict[str, Any] | None = None
    is_ours: bool = False


def described(kind: str, place: str, agent: str | None) -> Source:
    """What an OpenAPI document or an agent card says; requests go to the server alone that was named.

    Raises:
        ConfigurationError: there is no such document, or it is none of that kind.
        AgentUnreachableError: nothing answers there.
    """
    is_url = place.startswith(("http://", "https://"))
    value, where = _fetched(kind, place) if is_url else (_read(Path(place)), place)
    if not (is_openapi if kind == "openapi" else is_card)(value):
        what = "OpenAPI document (it has no `paths`)" if kind == "openapi" else "agent card (it has no `skills`)"
        raise ConfigurationError(f"{redacted_url(where)} is no {what}. Name its own address or file.")
    target = Target(url=agent or (place if is_url else "http://unknown.invalid/"))
    if agent is None and is_url and place == where:
        target = Target(url=target.origin)  # the address is the document's, not the agent's
    shapes = list((openapi if kind == "openapi" else agent_card)(target, value))
    shape = shapes[0] if shapes else None
    block: dict[str, Any] | None = _block(shape, target) if shape is not None else None
    if agent is not None and (block is None or block["url"] != agent):
        block = {"url": agent}  # how it is spoken to is found out
    elif agent is None and not is_url:
        block = None
    path = urlsplit(agent or (shape.url if shape is not None else "")).path
    goals = list(goals_of_openapi(value, path) if kind == "openapi" else goals_of_card(value))
    return Source(goals=goals, agent=block, is_ours=agent is not None and block == {"url": agent})


def _block(shape: Shape, target: Target) -> dict[str, Any]:
    block: dict[str, Any] = {"url": shape.url or target.url}
    if shape.protocol != "auto":
        block["protocol"] = shape.protocol
    if shape.method != "POST":
        block["method"] = shape.method
    if shape.form is not None:
        block["form"] = shape.form
    elif shape.request is not None:
        block["request"] = shape.request
    return block


def of_runs(runs: Sequence[str], store: str | None, agent: str | None) -> Source:
    """What users said in stored runs; and their agent: as their file has it, else where most answers came from.

    Raises:
        ConfigurationError: there is no such run, or the store cannot be used.
        ScenarioFileError: the file that a run came from has mistakes.
    """
    with StoreReader(store) as reader:
        rows = [row for run in dict.fromkeys(runs or ("last",)) for row in _rows(reader, run)][:_MOST_RUNS]
        records = [reader.scenario(row.run_id, with_bytes=False) for row in rows]
    goals = list(goals_of_runs(records))
    if agent is not None:
        return Source(goals=goals, agent={"url": agent}, is_ours=True)
    if (known := next((block for row in rows if (block := _in_file(row)) is not None), None)) is not None:
        return Source(goals=goals, agent=known, is_ours=True)
    urls = [record.exchanges[0].exchange.request.url for record in records if record.exchanges]
    url = max(dict.fromkeys(urls), key=urls.count, default=None)
    is_whole = url is not None and REDACTED not in url and "?" not in url
    return Source(goals=goals, agent={"url": url} if is_whole else None)


def _in_file(row: ScenarioRow) -> dict[str, Any] | None:
    """The agent's block in the file that a run came from, where that is there and has the agent's address."""
    if not row.file or not Path(row.file).is_file():
        return None
    blocks = [case.node.mapping["agent"].plain() for case in load(row.file) if "agent" in case.node.mapping]
    found = [{"url": block} if isinstance(block, str) else block for block in blocks]
    return next((block for block in found if isinstance(block, dict) and "url" in block), None)


def with_headers(source: Source, headers: Sequence[str]) -> Source:
    """The same with headers in the agent's block.

    Raises:
        ConfigurationError: one is not NAME=VALUE.
    """
    if not headers or source.agent is None:
        return source
    pairs = [tuple(part.strip() for part in header.partition("=")) for header in headers]
    if wrong := [given for given, (name, equals, _) in zip(headers, pairs, strict=True) if not (name and equals)]:
        raise ConfigurationError(f"--header {wrong[0]!r:.80}: write it as NAME=VALUE.")
    known = source.agent.get("headers", {}) if source.is_ours else {}
    sent = {**known, **{name: value for name, _, value in pairs}}
    return msgspec.structs.replace(source, agent={**source.agent, "headers": sent})


def _rows(reader: StoreReader, run: str) -> list[ScenarioRow]:
    row = reader.find(run)
    rows = reader.scenarios(invocation=row.uid, limit=_MOST_RUNS) if isinstance(row, InvocationRow) else [row]
    return [one for one in rows if one.status not in ("retried", "running")]


def prose(text: str) -> str:
    """A description: the text itself, or what is in the file of that name.

    Raises:
        ConfigurationError: it is empty, or the file cannot be read.
    """
    path = Path(text)
    try:
        is_file = len(text) < 1000 and "\n" not in text and path.is_file()
    except OSError:
        is_file = False
    found = _content(path).decode(errors="replace") if is_file else text
    if not any(map(str.isalpha, found)):
        raise ConfigurationError("The description has no words. Say what the agent is for: --from description TEXT.")
    return found


def _read(path: Path) -> Any:
    content = _content(path)
    value = read_json(content)
    return yaml_node(content.decode(errors="replace"), str(path)).plain() if value is NOT_JSON else value


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    return _bounded(content, str(path))


def _bounded(content: bytes, where: str) -> bytes:
    if len(content) > _LARGEST:
        raise ConfigurationError(f"{where} has more than {_LARGEST // 2**20} MiB, and is not read.")
    return content


def _fetched(kind: str, url: str) -> tuple[Any, str]:
    """What an address answers, else the usual place on its server; and which of them it was."""
    usual = Target(url=url).at(_USUAL[kind])
    said = ""
    for place in dict.fromkeys((url, usual)):
        status, body = asyncio.run(_got(place))
        value = read_json(body)
        if status == 200 and isinstance(value, dict) and (is_openapi if kind == "openapi" else is_card)(value):
            return value, place
        said = f"HTTP {status}, and no {'OpenAPI document' if kind == 'openapi' else 'agent card'} in JSON"
    raise ConfigurationError(f"{redacted_url(url)} and {redacted_url(usual)}: {said}. Name its own address or file.")


async def _got(url: str) -> tuple[int, bytes]:
    from scenario.transport.aiohttp_transport import AiohttpTransport
    from scenario.transport.transport import TransportError

    request = HttpRequest(method="GET", url=url, headers={"Accept": "application/json"}, body=b"")
    body = bytearray()
    try:
        async with AiohttpTransport().open(request, timeouts=_TIMEOUTS) as response:
            async for chunk in response.chunks():
                body += chunk.data
                if len(body) > _LARGEST:
                    break
            return response.status, _bounded(bytes(body), redacted_url(url))
    except TransportError as error:
        raise AgentUnreachableError(f"{redacted_url(url)} does not answer: {error}.") from error
