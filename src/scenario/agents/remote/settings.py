"""What a remote agent was told, checked as a whole before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

import msgspec

from scenario.agents.remote.arguments import (
    at_least_one,
    checked_body,
    checked_finish_reasons,
    checked_headers,
    checked_linger,
    checked_url,
    one_of,
    texts,
    timeouts_of,
)
from scenario.agents.remote.form import checked_form, without_multipart
from scenario.agents.remote.request import RequestFunction, RequestPlan
from scenario.config import Timeouts
from scenario.dialogue.adapter import AgentInput
from scenario.errors import ConfigurationError
from scenario.protocols.finish_reasons import Judged
from scenario.protocols.json_path import JsonPath
from scenario.protocols.protocol import Pieces
from scenario.protocols.reception_options import ReceptionOptions
from scenario.protocols.registry import AUTO, check_name
from scenario.redaction import named_secrets

_METHODS: Final = ("POST", "GET", "PUT", "PATCH")
# Dialects that read streams which nobody has standardised.
_HOME_MADE: Final = (AUTO, "sse", "ndjson", "json", "text")
_ACCEPT_ANY: Final = "text/event-stream, application/x-ndjson, application/json;q=0.9, text/plain;q=0.8, */*;q=0.5"


class RemoteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a remote agent was told; see `scenario.agents.remote.agent.RemoteAgent`.

    Attributes:
        plan: what its requests are made from.
        reception: how its answers are read.
        linger: so many seconds are waited for more, after an end that may be the last; None for the usual.
    """

    protocol: str
    plan: RequestPlan
    reception: ReceptionOptions
    timeouts: Timeouts
    history: Literal["full", "last"]
    on_incomplete: Literal["raise", "return"]
    linger: float | None
    model: str | None

    @property
    def has_own_request(self) -> bool:
        """Whether the body, or its place in the request, is the user's and not a dialect's."""
        return self.plan.has_own_body or self.plan.method != "POST"

    def reception_for(self, input: AgentInput) -> ReceptionOptions:  # noqa: A002 - as the participants name it
        """How one answer is read: where the script counts events that cannot be read, they are passed over."""
        state = input.scenario_state
        if state is None or not state.tolerates_malformed:
            return self.reception
        return msgspec.structs.replace(self.reception, malformed="skip")


def checked_settings(
    url: str,
    *,
    protocol: str,
    method: str,
    headers: Mapping[str, str] | None,
    request: Mapping[str, Any] | list[Any] | str | RequestFunction | None,
    form: Mapping[str, Any] | None,
    reply: str | None,
    history: Literal["full", "last"],
    session: str | None,
    timeout: Timeouts | float | None,
    done: bool | str | None,
    end: str | None,
    pieces: Pieces,
    on_incomplete: Literal["raise", "return"],
    malformed: Literal["error", "skip"],
    finish_reasons: Mapping[str, Judged] | None,
    linger: float | None,
    model: str | None,
    max_body_bytes: int,
    max_event_bytes: int,
    max_events: int,
    secrets: Collection[str] | None,
) -> RemoteSettings:
    """The arguments of `RemoteAgent` as settings.

    Raises:
        ConfigurationError: one of them is unknown or has no meaning.
    """
    if protocol != AUTO:
        check_name(protocol)
    texts(model=model)
    one_of("history", history, ("full", "last"))
    one_of("on_incomplete", on_incomplete, ("raise", "return"))
    one_of("malformed", malformed, ("error", "skip"))
    one_of("pieces", pieces, ("add", "replace"))
    method = str(method).upper()
    one_of("method", method, _METHODS)
    checked_url(url)
    _refuse_without_effect(protocol=protocol, method=method, request=request, form=form, pieces=pieces)
    sent = checked_headers(headers or {}, url=url)
    is_typed = form is not None and any(name.lower() == "content-type" for name in sent)
    if is_typed:
        sent = without_multipart(sent)
    at_least_one(max_body_bytes=max_body_bytes, max_event_bytes=max_event_bytes, max_events=max_events)
    for argument, path in (("reply", reply), ("end", end)):
        if path is not None:
            JsonPath(path, argument=argument)
    session_path = None if session is None else JsonPath(session, argument="session")
    return RemoteSettings(
        protocol=protocol,
        plan=RequestPlan(
            url=url,
            method=method,
            headers=sent,
            body=checked_body(request, headers=sent),
            form=checked_form(form),
            multipart=is_typed,
            function=request if callable(request) else None,
            session_path=session_path,
            accept=_ACCEPT_ANY,
            secrets=named_secrets(secrets, "RemoteAgent(secrets=…)"),
        ),
        reception=ReceptionOptions(
            protocol=protocol,
            text_path=reply,
            session_path=session,
            session_key=session_path.last_key if session_path is not None else "session",
            done=done,
            end=end,
            pieces=pieces,
            malformed=malformed,
            finish_reasons=checked_finish_reasons(finish_reasons),
            max_body_bytes=max_body_bytes,
            max_event_bytes=max_event_bytes,
            max_events=max_events,
        ),
        timeouts=timeout if isinstance(timeout, Timeouts) else timeouts_of(timeout),
        history=history,
        on_incomplete=on_incomplete,
        linger=checked_linger(linger),
        model=model,
    )


def _refuse_without_effect(*, protocol: str, method: str, request: object, form: object, pieces: Pieces) -> None:
    if pieces == "replace" and protocol not in _HOME_MADE:
        raise ConfigurationError(
            f"RemoteAgent(pieces='replace', protocol={protocol!r}): the protocol says itself what its events hold; "
            "pieces= is for home-made streams."
        )
    if form is None:
        return
    if request is not None:
        raise ConfigurationError("RemoteAgent(request=…, form=…): a request has one body: give one of them.")
    if method == "GET":
        raise ConfigurationError(
            "RemoteAgent(method='GET', form=…): a GET has no body. Give request={…}, whose fields become the query."
        )
