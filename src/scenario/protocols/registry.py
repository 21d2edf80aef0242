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
        "vercel-ui": "scenario.dialects.vercel.ui_stream:VercelUI",
        "vercel-data": "scenario.dialects.vercel.data_stream:VercelData",
        "a2a-1.0": "scenario.dialects.a2a.a2a_1_0:A2A",
        "a2a-0.3": "scenario.dialects.a2a.a2a_0_3:A2A03",
        "mcp": "scenario.dialects.mcp.tool_stream:Mcp",
        "langgraph": "scenario.dialects.langgraph.streams:LangGraph",
        "langgraph-v3": "scenario.dialects.langgraph.streams_v3:LangGraphV3",
        "openai-responses": "scenario.dialects.openai.responses:OpenAIResponses",
        "openai-chat": "scenario.dialects.openai.chat:OpenAIChat",
        "anthropic": "scenario.dialects.anthropic.messages:Anthropic",
        "ag-ui": "scenario.dialects.ag_ui.events:AgUi",
        "a2a-1.0-rest": "scenario.dialects.a2a.a2a_1_0:A2ARest",
        "agentcore": "scenario.dialects.agentcore:AgentCore",
        "ollama": "scenario.dialects.ollama:Ollama",
        "adk": "scenario.dialects.adk.events:Adk",
        "dify": "scenario.dialects.dify.events:Dify",
        "llamaindex": "scenario.dialects.llamaindex.events:LlamaIndex",
        "ndjson": "scenario.dialects.home_made.ndjson:Ndjson",
        "json": "scenario.dialects.home_made.json_body:JsonBody",
        "text": "scenario.dialects.home_made.text:Text",
        "sse": "scenario.dialects.home_made.sse:Sse",
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
