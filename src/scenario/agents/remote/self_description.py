"""How a server wants to be asked that has refused the usual request: by its refusal, or by what it says of itself.

Only paths are taken from a description, never hosts: requests go to the server that the user named.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from scenario.agents.remote.preparation import Asking
from scenario.exchange import Exchange
from scenario.late_pattern import late_pattern
from scenario.protocols.body_ends import start_of
from scenario.protocols.json_text import NOT_JSON, read_json

# Nothing has been done for a request with one of these answers.
_REFUSALS: Final = (400, 404, 405, 406, 415, 422, 501)
_LOOK_SECONDS: Final = 5.0
_OF_LANGSERVE: Final = late_pattern(r"/(?:invoke|stream)/?\Z")
_OF_GRADIO: Final = late_pattern(r"/call/(?:v2/)?[^/]+/?\Z")
_OF_AGENT_OS: Final = late_pattern(r"/(?:agents|teams)/[^/]+/runs/?\Z")
# A field that only this dialect's requests have; pydantic's refusals name it in quotes, FastAPI's among them.
_FIELDS: Final[Mapping[str, str]] = {"ag-ui": "runId", "vercel-ui": "trigger"}


class Wanted(NamedTuple):
    """How the server wants to be asked.

    Attributes:
        protocol: the dialect.
        path: where it answers; empty for the path that was asked.
        why: in words that end the sentence "asked so because …".
    """

    protocol: str
    path: str
    why: str


async def wanted_after(refused: Exchange, asking: Asking) -> Wanted | None:
    """How the server wants to be asked that gave this answer to the usual request; None where nothing tells."""
    body = start_of(refused.chunks)
    if refused.status in _REFUSALS:
        for protocol, field in _FIELDS.items():
            if any(f"{quote}{field}{quote}".encode() in body for quote in "\"'"):
                return Wanted(protocol, "", f"its refusal asks for {field}")
        if _OF_LANGSERVE.search(urlsplit(refused.request.url).path) and _asks_for_input(body):
            return Wanted("langserve", "", "its refusal asks for input as LangServe's does")
    places = _places(refused, body)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            for place, reader in places:
                answered = await asking.get(place)
                value = NOT_JSON if answered is None or answered.head.status != 200 else read_json(answered.body)
                if (wanted := reader(value)) is not None:
                    return wanted
    except TimeoutError:
        pass
    return None


def _places(refused: Exchange, body: bytes) -> Sequence[tuple[str, Callable[[Any], Wanted | None]]]:
    """Where to look, the most telling first: nowhere, unless what was asked is a root or speaks JSON-RPC."""
    value = read_json(body)
    if isinstance(value, dict) and value.get("jsonrpc") == "2.0" and isinstance(value.get("error"), dict):
        return (("/.well-known/agent-card.json", _of_card_here), ("/.well-known/agent.json", _of_card_here))
    if refused.status in _REFUSALS and urlsplit(refused.request.url).path in ("", "/"):
        return _AT_A_ROOT
    if refused.status in _REFUSALS and _OF_AGENT_OS.search(urlsplit(refused.request.url).path):
        return (("/info", _agno),)
    if refused.status in _REFUSALS and _OF_GRADIO.search(path := urlsplit(refused.request.url).path):
        return ((f"{path.rpartition('/call/')[0]}/info", _gradio_here),)
    return ()


def _asks_for_input(body: bytes) -> bool:
    """Whether a refusal is LangServe's: pydantic's own, in which "input" is at the top and not below "body"."""
    value = read_json(body)
    told = value.get("detail") if isinstance(value, dict) else None
    return isinstance(told, list) and any(isinstance(one, dict) and one.get("loc") == ["input"] for one in told)


def _of_card(card: Any) -> Wanted | None:
    """A2A: the first interface that can be spoken to here, one of version 1 before older ones."""
    found = sorted(_interfaces(card), key=lambda one: one.protocol == "a2a-0.3")
    return found[0] if found else None


def _of_card_here(card: Any) -> Wanted | None:
    """The same, of an endpoint that has answered in JSON-RPC: it is one itself."""
    found = _of_card(card)
    return None if found is None or found.protocol == "a2a-1.0-rest" else found._replace(path="")


def _interfaces(card: Any) -> Iterator[Wanted]:
    if not isinstance(card, dict) or not ("skills" in card or "capabilities" in card):
        return
    listed = card.get("supportedInterfaces")
    for one in [*(listed if isinstance(listed, list) else ()), card]:
        if not isinstance(one, dict) or not isinstance(url := one.get("url"), str):
            continue
        binding = str(one.get("protocolBinding", one.get("preferredTransport", "JSONRPC"))).upper()
        is_old = str(one.get("protocolVersion", "0.3" if one is card else "1.0")).startswith("0")
        path = urlsplit(url).path
        if binding == "JSONRPC":
            yield Wanted("a2a-0.3" if is_old else "a2a-1.0", path or "/", "its agent card says so")
        elif binding == "HTTP+JSON" and not is_old:
            yield Wanted("a2a-1.0-rest", f"{path.rstrip('/')}/message:stream", "its agent card says so")


def _langgraph(value: Any) -> Wanted | None:
    if isinstance(value, dict) and ("langgraph_py_version" in value or {"version", "flags"} <= value.keys()):
        return Wanted("langgraph", "", "/info is that of a LangGraph server")
    return None


def _agno(value: Any) -> Wanted | None:
    if isinstance(value, dict) and "agno_version" in value:
        return Wanted("agno", "", "/info is that of AgentOS")
    return None


def _gradio(value: Any) -> Wanted | None:
    if isinstance(value, dict) and isinstance(value.get("named_endpoints"), dict):
        return Wanted("gradio", "", "/gradio_api/info names its functions")
    return None


def _gradio_here(value: Any) -> Wanted | None:
    found = _gradio(value)
    return None if found is None else found._replace(why="/info beside it is that of a Gradio app")


def _of_info(value: Any) -> Wanted | None:
    return _langgraph(value) or _agno(value)


def _adk(value: Any) -> Wanted | None:
    if isinstance(value, list) and value and all(isinstance(name, str) for name in value):
        return Wanted("adk", "/run_sse", "/list-apps names its apps")
    return None


def _llamaindex(value: Any) -> Wanted | None:
    if isinstance(value, dict) and isinstance(names := value.get("workflows"), list) and names:
        return Wanted("llamaindex", "", "/workflows names its workflows")
    return None


_AT_A_ROOT: Final = (
    ("/.well-known/agent-card.json", _of_card),
    ("/info", _of_info),
    ("/list-apps", _adk),
    ("/workflows", _llamaindex),
    ("/gradio_api/info", _gradio),
    ("/.well-known/agent.json", _of_card),
)
