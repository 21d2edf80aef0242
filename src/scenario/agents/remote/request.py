"""From a turn to the request that is sent, and the same request as it is recorded: without secrets."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import msgspec

from scenario._version import __version__
from scenario.agents.remote import template
from scenario.agents.remote.body import encoded, query_of
from scenario.agents.remote.environment import environment_of
from scenario.agents.remote.form import form_body
from scenario.agents.remote.text_template import text_body
from scenario.config.cassette import Cassette
from scenario.dialogue.adapter import AgentInput
from scenario.errors import AgentError, ConfigurationError, ScenarioError
from scenario.exchange import HttpRequest
from scenario.late_pattern import late_pattern
from scenario.protocols.content_parts import cannot_carry, media_in
from scenario.protocols.json_path import JsonPath
from scenario.protocols.json_text import read_json
from scenario.protocols.protocol import RequestDraft, Turn
from scenario.redaction import (
    REDACTED,
    Secrets,
    is_secret_header,
    named_secrets,
    redacted_headers,
    redacted_json,
    redacted_url,
    secrets_of_json,
)

RequestFunction: TypeAlias = Callable[[AgentInput], Any | Awaitable[Any]]

# Segments of a path that are the way up, or nowhere.
_DOTS: Final = late_pattern(r"(?<=/)\.\.?(?=[/?#]|\Z)")
_SHOWN: Final = 80
_HEADER_PATH: Final = "headers."
_PUBLIC_HEADERS: Final = frozenset({"accept", "accept-encoding", "accept-language", "content-type", "user-agent"})


class Prepared(NamedTuple):
    """A request, its record, and the secrets in it."""

    request: HttpRequest
    recorded: HttpRequest
    secrets: Secrets


class RequestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a remote agent's requests are made from; see `scenario.agents.remote.agent.RemoteAgent`.

    Attributes:
        multipart: whether a form without a file is sent as multipart, too.
        accept: the Accept header.
        secrets: what else the user has named as secret.
        cassette: the agent's own.
    """

    url: str
    method: str
    headers: Mapping[str, str]
    body: Any = None
    function: RequestFunction | None = None
    form: Mapping[str, Any] | None = None
    multipart: bool = False
    session_path: JsonPath | None = None
    accept: str = "*/*"
    secrets: tuple[str, ...] = ()
    cassette: Cassette | None = None

    @property
    def has_own_body(self) -> bool:
        """Whether the user says what the body is."""
        return self.body is not None or self.function is not None or self.form is not None

    @property
    def content_type(self) -> str:
        """The Content-Type that the user gives; empty where there is none."""
        return next((value for name, value in self.headers.items() if name.lower() == "content-type"), "")

    @property
    def session_header(self) -> str | None:
        """The header that carries the session's value back, where it came in a header."""
        path = self.session_path
        return path.last_key if path is not None and path.expression.startswith(_HEADER_PATH) else None


def text_of(content: object) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(
            [part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str)]
        )
    return ""


async def prepared(plan: RequestPlan, draft: RequestDraft, turn: Turn, input: AgentInput, *, own: bool) -> Prepared:  # noqa: A002
    """The request of a draft, as the plan changes it, of whose secrets the run is told; see `_prepared`."""
    made = await _prepared(plan, draft, turn, input, own=own)
    if plan.secrets:
        variable = environment_of(plan.url, plan.cassette)
        named = [variable(found[2]) if (found := _whole(secret)) else secret for secret in plan.secrets]
        checked = named_secrets(named, "RemoteAgent(secrets=…)")
        made = made._replace(secrets=made.secrets | Secrets((), named=checked))
    if made.secrets:
        input.observer.keeps_secret(made.secrets)
    return made


def _whole(secret: str) -> re.Match[str] | None:
    """Whether a text is $env.NAME, and nothing else: any other has no placeholders, as a password may have a dollar."""
    match = template.PLACEHOLDER.fullmatch(secret)
    return match if match and match[2] else None


async def _prepared(plan: RequestPlan, draft: RequestDraft, turn: Turn, input: AgentInput, *, own: bool) -> Prepared:  # noqa: A002
    """The request of a draft, as the plan changes it.

    Args:
        plan: the agent's settings.
        draft: the dialect's request.
        turn: the turn that it puts.
        input: the participant's input, for a `request=` function.
        own: whether `request=` replaces the draft's body; not so for requests that only prepare a turn.

    Raises:
        ConfigurationError: an environment variable that a placeholder names is not set, or the `request=` function
            raised.
    """
    if own:
        _refuse_lost_media(plan, turn)
    values = _values(turn, plan)
    read: list[str] = []

    variable = environment_of(plan.url, plan.cassette)

    def environment(name: str) -> str:
        read.append(variable(name))
        return read[-1]

    if own and plan.function is not None:
        body = await _called(plan.function, input)
        if isinstance(body, HttpRequest):
            secrets = Secrets.of_request(body.url, body.headers, secrets_of_json(read_json(body.body)))
            return Prepared(body, _record(body), secrets)
        recorded_body = redacted_json(body)
    elif own and plan.has_own_body:
        body = _filled(plan, turn, values, environment)
        recorded_body = _filled(plan, turn, values, template.redacted_environment)
    else:
        body = recorded_body = _with_session(draft.body, turn, plan) if own else draft.body

    def request(body: Any, environment: template.Environment) -> HttpRequest:
        return _request(plan, draft, body, turn, values, environment, own=own)

    sent = request(body, environment)
    if recorded_body is body and not read:
        return Prepared(sent, _record(sent), Secrets.of_request(sent.url, sent.headers))
    shown = request(recorded_body, template.redacted_environment)
    given = plan.form if own and plan.form is not None else body
    secrets = Secrets.of_request(sent.url, sent.headers, (*read, *secrets_of_json(given)))
    return Prepared(sent, _record(shown), secrets)


def _filled(plan: RequestPlan, turn: Turn, values: template.Values, environment: template.Environment) -> Any:
    """The user's own body with its placeholders replaced; for a record, without what stands under secret names."""
    redacted = environment is template.redacted_environment
    if plan.form is not None:
        boundary = f"scenario-{turn.request_id}"
        fields = plan.form, values, environment
        return form_body(*fields, boundary=boundary, redacted=redacted, as_parts=plan.multipart)
    if isinstance(plan.body, str) and not template.PLACEHOLDER.fullmatch(plan.body):
        return text_body(plan.body, plan.content_type, values, environment)
    return template.rendered(template.without_secrets(plan.body) if redacted else plan.body, values, environment)


def _refuse_lost_media(plan: RequestPlan, turn: Turn) -> None:
    """Refuse to put a message with a picture or a file into a request that has a place for its text alone."""
    template_ = plan.form if plan.form is not None else plan.body
    if plan.function is not None or (template_ is None and plan.method != "GET"):
        return
    if any(name in repr(template_) for name in ("$messages", "$new_messages")):
        return
    for media in media_in(turn.new_messages):
        cannot_carry(media, "this request", "$message is the text alone, and $messages is all of it")


def _record(request: HttpRequest) -> HttpRequest:
    """The request as it is recorded: itself, where nothing in it is secret."""
    if not any(map(is_secret_header, request.headers)) and redacted_url(request.url) == request.url:
        return request
    return HttpRequest(
        method=request.method,
        url=redacted_url(request.url),
        headers=redacted_headers(request.headers),
        body=request.body,
    )


def _request(
    plan: RequestPlan,
    draft: RequestDraft,
    body: Any,
    turn: Turn,
    values: template.Values,
    environment: template.Environment,
    *,
    own: bool,
) -> HttpRequest:
    method = plan.method if own and draft.method == "POST" else draft.method
    base = _rendered(plan.url, values, environment)
    url = _url(base, draft)
    payload, content_type = encoded(body)
    if method in ("GET", "HEAD"):
        payload = b""
        # A dialect's own GET has its query in its URL.
        if draft.method == "POST":
            url = _with_query(url, body, turn, plain=not plan.has_own_body)
    headers = {"User-Agent": f"scenario-testing/{__version__}", "Accept": plan.accept}
    if payload:
        headers["Content-Type"] = content_type
    headers |= draft.headers
    header, session = plan.session_header, values("session")
    if header is not None and session is not None:
        headers[header] = str(session)
    given = {
        name: template.rendered_text(value, values, environment)
        for name, value in plan.headers.items()
        # What the agent says about other hosts is no reason to send them its user's secrets.
        if not draft.url or name.lower() in _PUBLIC_HEADERS or _is_same_origin(base, url)
    }
    overridden = {name.lower() for name in given}
    headers = {name: value for name, value in headers.items() if name.lower() not in overridden} | given
    for name, value in headers.items():
        if _cannot_be_sent(value):
            raise _refused(name, value, plan, turn, is_given=name in given)
    return HttpRequest(method=method, url=url, headers=headers, body=payload)


def _cannot_be_sent(value: str) -> bool:
    """Whether a header's value would end its line, or is none to readers of headers."""
    return "\r" in value or "\n" in value or "\0" in value


def _refused(name: str, value: str, plan: RequestPlan, turn: Turn, *, is_given: bool) -> ScenarioError:
    """The error of a header that cannot be sent: the agent's, where it is made of what the agent gave to be sent back.

    Args:
        name: the header's.
        value: the header's.
        plan: the agent's settings.
        turn: what is put.
        is_given: whether it is one of the user's, else the session's or the dialect's.
    """
    said = f"The header {name!r} for {redacted_url(plan.url)} would hold a line end or a NUL"
    is_agents = "$session" in plan.headers[name] if is_given else not _cannot_be_sent(turn.thread_id)
    path = plan.session_path
    if is_given and is_agents and path is not None:
        is_agents = _cannot_be_sent(str(turn.session.get(path.last_key)))
    if not is_agents:
        return ConfigurationError(f"{said}.")
    shown = REDACTED if is_secret_header(name) else repr(value[:_SHOWN])
    return AgentError(f"{said}: {shown}. It is made of what the agent's answer gave for the requests after it.")


def _rendered(url: str, values: template.Values, environment: template.Environment) -> str:
    """The URL, its placeholders replaced; a value that is no setting is quoted, so that it stays one segment.

    One of dots alone is quoted too: "..", which an agent may have given, would be the way to another path.

    A setting of the environment may be a part of a URL, and stays as it is but for the value of a query's field.
    """

    def quoted(name: str) -> str | None:
        value = values(name)
        return None if value is None else _segment(str(value))

    def setting(name: str) -> str:
        value = environment(name)
        # The mask of a record has brackets, which are an IPv6 address's in a URL.
        is_mask = environment is template.redacted_environment
        is_field = re.search(rf"\?[^#]*=\$env\.{name}(?:[&#]|\Z)", url) is not None
        return quote(value, safe="") if is_mask or (is_field and unquote(value) == value) else value

    return template.rendered_text(url, quoted, setting) if "$" in url else url


def _segment(value: str) -> str:
    quoted = quote(value, safe="")
    return quoted if value.strip(".") else quoted.replace(".", "%2E")


def _url(url: str, draft: RequestDraft) -> str:
    """Where a draft goes, given the user's URL."""
    parts = urlsplit(url)
    if draft.url:
        # A dialect's own path goes up nowhere: what would is a value of the agent's in it.
        to = _DOTS.sub(lambda dots: dots[0].replace(".", "%2E"), draft.url) if draft.url[0] == "/" else draft.url
        joined = urljoin(url, to)
        # A query of the user's own, such as a key, belongs to all of the agent's requests.
        kept = parts.query if not urlsplit(joined).query and _is_same_origin(url, joined) else ""
        return urlunsplit(urlsplit(joined)._replace(query=kept)) if kept else joined
    # An API's base URL; any other path is the endpoint itself.
    if draft.suffix and parts.path.rstrip("/").endswith("/v1"):
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") + draft.suffix))
    return url


def _is_same_origin(one: str, other: str) -> bool:
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def _with_query(url: str, body: Any, turn: Turn, *, plain: bool) -> str:
    """The URL with the body's simple fields as its query; lists and objects as JSON text."""
    if plain:
        fields: dict[str, Any] = {"message": _last_user_text(turn), "thread_id": turn.thread_id}
        if isinstance(body, dict):
            fields |= {
                key: value for key, value in body.items() if isinstance(value, str | int | float) and key != "stream"
            }
    else:
        fields = body if isinstance(body, dict) else {}
    query = query_of(fields)
    if not query:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _values(turn: Turn, plan: RequestPlan) -> template.Values:
    """The values of the placeholders, made when they are asked for."""
    path = plan.session_path

    def value(name: str) -> Any:
        match name:
            case "messages":
                return turn.messages
            case "new_messages":
                return turn.new_messages
            case "message":
                return _last_user_text(turn)
            case "session":
                return None if path is None else turn.session.get(path.last_key)
            case _:
                return getattr(turn, name)

    return value


def _last_user_text(turn: Turn) -> str:
    for messages in (turn.new_messages, turn.messages):
        for message in reversed(messages):
            if message.get("role") == "user":
                return text_of(message.get("content"))
    return ""


def _with_session(body: Any, turn: Turn, plan: RequestPlan) -> Any:
    """The dialect's own body with the session's value under the name that it came under."""
    path = plan.session_path
    if path is None or plan.session_header is not None or not isinstance(body, dict):
        return body
    value = turn.session.get(path.last_key)
    return body if value is None else body | {path.last_key: value}


async def _called(function: RequestFunction, input: AgentInput) -> Any:  # noqa: A002
    try:
        body = function(input)
        return await body if inspect.isawaitable(body) else body
    except Exception as error:  # the test's own function may raise anything
        raise ConfigurationError(f"request= of RemoteAgent raised {type(error).__name__}: {error}") from error
