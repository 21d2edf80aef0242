"""The dialects by name, ours and those that other packages bring; each is imported when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from scenario.errors import ConfigurationError
from scenario.protocols.plug_in_dialects import Offered, loaded, offered
from scenario.protocols.protocol import Dialect

AUTO: Final = "auto"

# In the order in which detection asks them; where two are equally sure, the earlier one has it. Those that other
# packages bring come before the home-made ones, which read whatever nobody knows.
DIALECTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "vercel-full": "scenario.dialects.vercel.full_stream:VercelFull",
        "vercel-ui": "scenario.dialects.vercel.ui_stream:VercelUI",
        "vercel-data": "scenario.dialects.vercel.data_stream:VercelData",
        "a2a-1.0": "scenario.dialects.a2a.a2a_1_0:A2A",
        "a2a-0.3": "scenario.dialects.a2a.a2a_0_3:A2A03",
        "mcp": "scenario.dialects.mcp.tool_stream:Mcp",
        "langserve": "scenario.dialects.langserve.events:LangServe",
        "langgraph": "scenario.dialects.langgraph.streams:LangGraph",
        "langgraph-v3": "scenario.dialects.langgraph.streams_v3:LangGraphV3",
        "openai-responses": "scenario.dialects.openai.responses:OpenAIResponses",
        "openai-chat": "scenario.dialects.openai.chat:OpenAIChat",
        "anthropic": "scenario.dialects.anthropic.messages:Anthropic",
        "chatkit": "scenario.dialects.chatkit:ChatKit",
        "ag-ui": "scenario.dialects.ag_ui.events:AgUi",
        "a2a-1.0-rest": "scenario.dialects.a2a.a2a_1_0:A2ARest",
        "agentcore": "scenario.dialects.agentcore:AgentCore",
        "gemini": "scenario.dialects.gemini:Gemini",
        "ollama": "scenario.dialects.ollama:Ollama",
        "adk": "scenario.dialects.adk.events:Adk",
        "dify": "scenario.dialects.dify.events:Dify",
        "agno": "scenario.dialects.agno.events:Agno",
        "gradio": "scenario.dialects.gradio.events:Gradio",
        "llamaindex": "scenario.dialects.llamaindex.events:LlamaIndex",
        "ndjson": "scenario.dialects.home_made.ndjson:Ndjson",
        "json": "scenario.dialects.home_made.json_body:JsonBody",
        "text": "scenario.dialects.home_made.text:Text",
        "sse": "scenario.dialects.home_made.sse:Sse",
    }
)

HOME_MADE: Final = ("ndjson", "json", "text", "sse")


def dialect_named(name: str) -> Dialect:
    """The dialect of that name.

    Raises:
        ConfigurationError: there is none; the message names the nearest. Or it is another package's, and cannot be
            used; the message names that.
    """
    if name in DIALECTS:
        return _imported(name)
    offer = plug_ins().offers.get(name)
    if offer is None:
        raise _unknown(name)
    dialect = loaded(offer)
    if isinstance(dialect, Dialect):
        return dialect
    raise dialect.error()


def every_dialect() -> Iterator[Dialect]:
    """The dialects in the order in which detection asks them.

    Nothing is looked up or imported before its turn comes. Dialects of other packages that cannot be used are told of,
    once, and left out.

    Raises:
        DialectError: that is to be told, and warnings are to be errors.
    """
    yield from (_imported(name) for name in DIALECTS if name not in HOME_MADE)
    yield from _usable()
    yield from map(_imported, HOME_MADE)


def load_dialects() -> None:
    """Import every dialect, so that nothing is imported while an answer is timed whose dialect is to be found out.

    Raises:
        DialectError: see `every_dialect`.
    """
    for _ in every_dialect():
        pass


@cache
def plug_ins() -> Offered:
    """The dialects that other packages bring, those that cannot be used among them."""
    return offered({AUTO, *DIALECTS})


@cache
def _usable() -> tuple[Dialect, ...]:
    return plug_ins().usable()


def known_names() -> list[str]:
    """Every name that a protocol may be asked for by, but for "auto"."""
    return [*DIALECTS, *(name for name in plug_ins().offers if name not in DIALECTS and name != AUTO)]


@cache
def _imported(name: str) -> Dialect:
    # Dialects hold no state, and detection asks for many of them with each response.
    module, _, attribute = DIALECTS[name].partition(":")
    dialect: Dialect = getattr(import_module(module), attribute)()
    return dialect


def check_name(name: object) -> None:
    """Refuse what is no dialect's name, without importing any of ours; "auto" is the caller's to know.

    Raises:
        ConfigurationError: there is no such dialect; the message names the nearest. Or it is another package's, and
            cannot be used; the message names that.
    """
    if isinstance(name, str):
        if name not in DIALECTS:
            dialect_named(name)
        return
    raise _unknown(name)


def _unknown(name: object) -> ConfigurationError:
    from difflib import get_close_matches  # for a mistake only

    names = [*known_names(), AUTO]
    near = get_close_matches(str(name), names, n=2, cutoff=0.4)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    broken = "".join(f" {why}" for why in plug_ins().broken)
    return ConfigurationError(
        f"There is no protocol {name!r}.{hint} There are: {', '.join([AUTO, *names[:-1]])}.{broken}"
    )


@lru_cache(maxsize=256)
def dialect_for_path(path: str) -> Dialect | None:
    """The dialect that is spoken at URL paths like this one; None where the path says nothing: then all are loaded."""
    for dialect in every_dialect():
        if path.rstrip("/").endswith(dialect.url_endings or ("\0",)):
            return dialect
    return None
