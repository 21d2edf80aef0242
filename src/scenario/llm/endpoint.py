"""Where a model's requests go and what stands in their headers; what its error responses say. Pure."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from scenario.dialects.anthropic.messages import VERSION
from scenario.errors import ModelResponseError
from scenario.llm.model_name import PROVIDERS
from scenario.llm.resolve import ModelTarget
from scenario.protocols.errors_in_json import error_of
from scenario.protocols.json_text import NOT_JSON, read_json
from scenario.redaction import Secrets

_PATHS: Final = {
    "openai-chat": "/chat/completions",
    "anthropic": "/messages",
    "systemone": "/systemone",
    "decisions": "/decisions",
    # Not known yet.
    "decide": "",
}
_SHOWN: Final = 500
_SHORTEST_KEY: Final = 5
PAGE: Final = "an HTML page"
_TAG: Final = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_TITLE: Final = re.compile(r"<(title|h1)\b[^>]*>(.*?)</\1\s*>", re.IGNORECASE | re.DOTALL)
_PAGE: Final = re.compile(r"\s*(?:\ufeff)?<(?:!doctype html|html|head|body|\?xml)\b", re.IGNORECASE)
_REMEDIES: Final = {
    400: "The server refuses the request itself: check the model's name and settings.",
    401: "Check the key: {variables}, or api_key=.",
    403: "Check the key and what it may use: {variables}, or api_key=.",
    404: "Check the model's name and api_base=.",
    429: "Wait, or run fewer scenarios at once; a wait of more than a minute that a server asks for is not waited.",
}


def url_of(target: ModelTarget, path: str | None = None) -> str:
    """The URL of a path below the model's base URL, with the settings' parameters; the dialect's own by default."""
    own = _PATHS[target.dialect]
    base, mark, query = target.api_base.partition("?")
    below = base.rstrip("/").removesuffix(own).rstrip("/") + (own if path is None else path)
    query = "&".join(part for part in (query, urlencode(target.settings.query)) if part)
    return f"{below}?{query}" if query or mark else below


def below_v1(target: ModelTarget) -> ModelTarget:
    """The target with "/v1" at the end of a base URL that has no path; itself where it has one."""
    base, mark, query = target.api_base.partition("?")
    if urlsplit(base).path.strip("/") or target.any_llm is not None:
        return target
    return msgspec.structs.replace(target, api_base=f"{base.rstrip('/')}/v1{mark}{query}")


def headers_of(target: ModelTarget, *, streamed: bool = False) -> dict[str, str]:
    """The headers of a request: no key, no authorization, as servers of one's own often have none."""
    accept = "text/event-stream" if streamed else "application/json"
    headers = {"content-type": "application/json", "accept": accept}
    if target.dialect == "anthropic":
        headers["anthropic-version"] = VERSION
        if target.api_key:
            headers["x-api-key"] = target.api_key
    elif target.api_key:
        headers["authorization"] = f"Bearer {target.api_key}"
    return headers | {name.lower(): value for name, value in target.settings.headers.items()}


def missing_key(target: ModelTarget) -> str | None:
    """Why nothing will be answered without a key; None where there is one, or none is needed."""
    if target.any_llm is not None:
        return None  # it looks for a key itself
    if target.api_key or {"authorization", "x-api-key"} & {name.lower() for name in target.settings.headers}:
        return None
    for name, provider in PROVIDERS.items():
        if provider.needs_key and target.api_base == provider.api_base:
            return (
                f"{target.name} needs a key: set {_variables(target)}, pass api_key=, or name another server with "
                f"api_base= ({name} is asked at {provider.api_base})."
            )
    return None


def error_response(target: ModelTarget, status: int, body: bytes) -> ModelResponseError:
    """The error of an error response, with the server's own words; the key is not shown, wherever it stands."""
    remedy = _REMEDIES.get(status, "The server is at fault; its log may say more." if status >= 500 else "")
    said = "answered with" if target.any_llm is None else "failed through any-llm as with"
    text = f"{target.name} at {server_of(target)} {said} HTTP {status}: {complaint_in(target, body)}"
    if not text.endswith((".", "!", "?", "…")):
        text += "."
    return ModelResponseError(f"{text} {remedy.format(variables=_variables(target))}".rstrip(), status=status)


def complaint_in(target: ModelTarget, body: bytes) -> str:
    """What an error response says, in one line."""
    value: Any = read_json(body)
    words = error_of(value).message if value is not NOT_JSON else said_in(body)
    words = " ".join(words.split()) or "(an empty body)"
    words = without_secrets(target, words)
    return words if len(words) <= _SHOWN else words[:_SHOWN] + "…"


def said_in(body: bytes) -> str:
    """What an answer that is no JSON says, without the marks of a web page: "an HTML page: 502 Bad Gateway"."""
    text = body.decode("utf-8", "replace")
    if not _PAGE.match(text):
        return " ".join(text.split())
    titles = [" ".join(_TAG.sub(" ", found.group(2)).split()) for found in _TITLE.finditer(text)]
    shown = next(filter(None, titles), " ".join(_TAG.sub(" ", text).split()))
    return f"{PAGE}: {shown}" if shown else PAGE


def without_secrets(target: ModelTarget, words: str) -> str:
    """A server's words without the key, and without what is secret in its own address."""
    if len(target.api_key or "") >= _SHORTEST_KEY:  # a stand-in such as "x" is in every sentence
        words = words.replace(str(target.api_key), "***")
    return Secrets.of_request(target.api_base, {}).in_text(words)


def secrets_of(target: ModelTarget) -> Secrets:
    """What is secret in the requests to a model: its key, and what its headers and its own address hold."""
    return Secrets.of_request(target.api_base, headers_of(target), [target.api_key or ""])


def server_of(target: ModelTarget) -> str:
    """The host and port that are asked."""
    return urlsplit(target.api_base).netloc.rpartition("@")[2] or target.api_base


def _variables(target: ModelTarget) -> str:
    if target.any_llm is not None:
        return f"the one that any-llm reads for {target.any_llm}"
    provider = PROVIDERS.get(target.name.partition("/")[0])
    if provider is None:
        provider = PROVIDERS["anthropic" if target.dialect == "anthropic" else "openai"]
    return " or ".join(provider.key_variables) or "its key"
