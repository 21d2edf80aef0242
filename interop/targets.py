"""The real servers, and what is expected of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from interop.environment import HERE, node_environment, python_environment
from interop.serving import free_port, serving

SERVERS = HERE / "servers"
CASSETTES = HERE / "cassettes"


def python_server(name: str) -> Callable[[], AbstractContextManager[str]]:
    """A server that is one file, servers/NAME_server.py."""

    def start() -> AbstractContextManager[str]:
        port = free_port()
        return serving([str(python_environment(name) / "python"), str(SERVERS / f"{name}_server.py"), str(port)], port)

    return start


def langgraph_server() -> AbstractContextManager[str]:
    """`langgraph dev`: the development server, in memory."""
    port = free_port()
    programs = python_environment("langgraph")
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-browser", "--no-reload"]
    env = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1", "PATH": f"{programs}:/usr/bin:/bin"}
    return serving([str(programs / "langgraph"), "dev", *options], port, cwd=SERVERS / "langgraph", env=env)


def adk_server() -> AbstractContextManager[str]:
    """`adk api_server`, with sessions in memory."""
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--session_service_uri", "memory://"]
    command = [str(python_environment("adk") / "adk"), "api_server", *options, str(SERVERS / "adk_agents")]
    return serving(command, port)


def node_server() -> AbstractContextManager[str]:
    """The AI SDK on Node.js."""
    port = free_port()
    return serving(["node", "server.mjs", str(port)], port, cwd=node_environment())


class Target(NamedTuple):
    """A server, and what is expected of it."""

    name: str
    start: Callable[[], AbstractContextManager[str]]
    path: str
    protocol: str
    options: Mapping[str, Any] = MappingProxyType({})
    calls_tools: bool = True
    asks: bool = True
    answer: Any = None
    after: str = "Paris"


LANGGRAPH_V3 = {"protocol": "langgraph-v3"}
SURE = {"sure": True}
TARGETS = [
    Target("a2a-rest", python_server("a2a"), "/message:stream", "a2a-1.0-rest", calls_tools=False, after="yes"),
    Target("a2a-jsonrpc", python_server("a2a"), "/", "a2a-1.0", calls_tools=False, after="yes"),
    Target("ag-ui", python_server("ag_ui"), "/ag-ui", "ag-ui", after="answered"),
    # A run without a thread cannot be resumed.
    Target("langgraph-stateless", langgraph_server, "/runs/stream", "langgraph", asks=False),
    Target("langgraph-threads", langgraph_server, "", "langgraph", answer="yes, do", after="yes, do"),
    Target("langgraph-v3", langgraph_server, "", "langgraph-v3", LANGGRAPH_V3, answer="yes, do", after="yes, do"),
    Target("adk", adk_server, "/run_sse", "adk", after="booked"),
    Target("agno", python_server("agno"), "/agents/traveller/runs", "agno", after="booked"),
    Target("agno-root", python_server("agno"), "", "agno", after="booked"),
    Target("langserve", python_server("langserve"), "/chat/stream", "langserve", calls_tools=False, asks=False),
    # Neither tools nor questions: a function's outputs are all that it tells.
    Target("gradio", python_server("gradio"), "/gradio_api/call/chat", "gradio", calls_tools=False, asks=False),
    Target("gradio-root", python_server("gradio"), "", "gradio", calls_tools=False, asks=False),
    Target("mcp", python_server("mcp"), "/mcp", "mcp", calls_tools=False, answer=SURE, after="sure=True"),
    Target("mcp-1", python_server("mcp_1"), "/mcp", "mcp", calls_tools=False, answer=SURE, after="sure=True"),
    Target("pydantic-ai-ag-ui", python_server("pydantic_ai"), "/ag-ui", "ag-ui", after="booked"),
    Target("pydantic-ai-vercel", python_server("pydantic_ai"), "/api/chat", "vercel-ui", after="booked"),
    Target("node-ai-sdk", node_server, "/api/chat", "vercel-ui", after="booked"),
]


def cassette_of(target: Target, folder: Path = CASSETTES) -> Path:
    """Where a server's answers are recorded."""
    return folder / f"{target.name}.cassette"
