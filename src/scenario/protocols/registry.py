"""The dialects by name; each is imported when it is first asked for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from scenario.errors import ConfigurationError
from scenario.protocols.protocol import Dialect

AUTO: Final = "auto"

# In the order in which detection asks them; where two are equally sure, the earlier one has it.
DIALECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vercel-ui": "scenario.protocols.vercel_ui:VercelUI",
        "vercel-data": "scenario.protocols.vercel_data:VercelData",
        "a2a-1.0": "scenario.protocols.a2a:A2A",
        "a2a-0.3": "scenario.protocols.a2a_03:A2A03",
        "mcp": "scenario.protocols.mcp:Mcp",
        "langgraph": "scenario.protocols.langgraph:LangGraph",
        "langgraph-v3": "scenario.protocols.langgraph_v3:LangGraphV3",
        "openai-responses": "scenario.protocols.openai_responses:OpenAIResponses",
        "openai-chat": "scenario.protocols.openai_chat:OpenAIChat",
        "anthropic": "scenario.protocols.anthropic:Anthropic",
        "ag-ui": "scenario.protocols.ag_ui:AgUi",
        "a2a-1.0-rest": "scenario.protocols.a2a:A2ARest",
        "agentcore": "scenario.protocols.agentcore:AgentCore",
        "ollama": "scenario.protocols.ollama:Ollama",
        "adk": "scenario.protocols.adk:Adk",
        "dify": "scenario.protocols.dify:Dify",
        "llamaindex": "scenario.protocols.llamaindex:LlamaIndex",
        "ndjson": "scenario.protocols.ndjson:Ndjson",
        "json": "scenario.protocols.json_body:JsonBody",
        "text": "scenario.protocols.text:Text",
        "sse": "scenario.protocols.sse:Sse",
    }
)


def dialect_named(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        ConfigurationError: there is none; the message names the nearest.
    """
    check_name(name)
    return _imported(name)


@cache
def _imported(name: str) -> Dialect:
    # Dialects hold no state, and detection asks for many of them with each response.
    module, _, attribute = DIALECTS[name].partition(":")
    dialect: Dialect = getattr(import_module(module), attribute)()
    return dialect


def check_name(name: object) -> None:
    """Refuse what is no dialect's name, without importing any; "auto" is the caller's to know.

    Raises:
        ConfigurationError: there is no such dialect; the message names the nearest.
    """
    if isinstance(name, str) and name in DIALECTS:
        return
    near = difflib.get_close_matches(str(name), [*DIALECTS, AUTO], n=2, cutoff=0.4)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    names = ", ".join([AUTO, *DIALECTS])
    raise ConfigurationError(f"There is no protocol {name!r}.{hint} There are: {names}.")


def dialect_for_path(path: str) -> Dialect | None:
    """The dialect that is spoken at URL paths like this one; None where the path says nothing."""
    for name in DIALECTS:
        dialect = dialect_named(name)
        if path.rstrip("/").endswith(dialect.url_endings or ("\0",)):
            return dialect
    return None
