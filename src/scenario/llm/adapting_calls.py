"""Requests to a model's server in the form that it takes: what it refuses is changed, and remembered for everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from scenario.errors import ModelResponseError
from scenario.llm.complaint import Complaint, complaint_of
from scenario.llm.endpoint import below_v1, error_response, server_of, url_of
from scenario.llm.fetch import Answer, fetch
from scenario.llm.learned import Learned
from scenario.llm.needs import Needs
from scenario.llm.reading import PassingFailure, read_reply
from scenario.llm.refusals import LIMITS, STRUCTURAL, changed, is_unknown, needs_of
from scenario.llm.resolve import ModelTarget
from scenario.transport.transport import Transport
from scenario.types import Reply
from scenario.warning import warn_once

_NOT_THERE: Final = (404, 405)
_FIRST_WAIT: Final = 0.5


class RefusedParameter(ModelResponseError):
    """The server does not take a parameter without which the answer has another shape.

    Attributes:
        parameter: "tools" or "response_format".
        is_unknown: whether it is refused whatever its value.
    """

    def __init__(self, message: str, *, status: int, parameter: str, is_unknown: bool = False) -> None:
        super().__init__(message, status=status)
        self.parameter = parameter
        self.is_unknown = is_unknown


class AdaptingCalls:
    """Puts requests to one model's server, and again in another form where it complains of the form.

    Args:
        transport: what sends them, again where that may help.
        environ: the environment, for the folder in which it is kept what servers need.
        sleep: waits so many seconds.
    """

    def __init__(
        self, transport: Transport, environ: Mapping[str, str], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._transport = transport
        self._environ = environ
        self._sleep = sleep
        # Of a server whose models are not known yet.
        self._below_v1 = False

    async def answered(self, target: ModelTarget, body: dict[str, Any]) -> tuple[Answer, Reply]:
        """The answer and the reply in it.

        A failure that only shows in the answer is tried again like any other.

        Raises:
            RefusedParameter: the server takes no tools, or no such shape.
            ModelResponseError: it answered with an error, or with nothing that can be read.
            ModelUnreachableError: it did not answer.
        """
        learned = Learned(target, self._environ)
        known = learned.needs.changes
        found: tuple[str, ...] = ()
        failures = 0
        while True:
            sent = changed((*known, *found), body, target.dialect)
            answer = await self.sent(target, None, sent)
            complaint = complaint_of(answer)
            if complaint is None:
                try:
                    reply = read_reply(target, answer)
                except PassingFailure as failure:
                    failures += 1
                    if failures >= target.settings.attempts:
                        raise _for_good(failure, failures) from None
                    await self._sleep(_FIRST_WAIT * 2 ** (failures - 1))
                    continue
                learned.learn(partial(_with_changes, known=known, found=found))
                _tell_left_out(target, body, sent)
                return answer, reply
            known, found = self._other_form(target, answer, complaint, sent, known, found)

    async def sent(self, target: ModelTarget, path: str | None, body: Mapping[str, Any] | None) -> Answer:
        """The answer at a path; a base URL without any path may leave out the "/v1" that most servers have."""
        below = below_v1(target)
        if below is target:
            return await fetch(self._transport, target, url_of(target, path), body)
        learned = Learned(target, self._environ)
        known = self._below_v1 or learned.needs.below_v1
        first, second = (below, target) if known else (target, below)
        answer = await fetch(self._transport, target, url_of(first, path), body)
        if answer.status not in _NOT_THERE:
            return answer
        other = await fetch(self._transport, target, url_of(second, path), body)
        if other.status in _NOT_THERE:
            return answer
        self._below_v1 = second is below
        if target.model:
            learned.learn(lambda needs: msgspec.structs.replace(needs, below_v1=self._below_v1))
        return other

    def _other_form(
        self,
        target: ModelTarget,
        answer: Answer,
        complaint: Complaint,
        sent: dict[str, Any],
        known: tuple[str, ...],
        found: tuple[str, ...],
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is remembered and what has been found in this call, for another try.

        Raises:
            ModelResponseError: there is nothing else to try.
        """
        told = told_by_user(target)
        for need in needs_of(complaint, sent, dialect=target.dialect, told=told):
            if need in STRUCTURAL:
                error = error_response(target, answer.status, answer.body)
                unknown = is_unknown(need, complaint)
                raise RefusedParameter(str(error), status=answer.status, parameter=need, is_unknown=unknown)
            if need in LIMITS and (other := next(name for name in LIMITS if name != need)) in known:
                # The name that it took once is the one that it refuses now.
                return tuple(name for name in known if name != other), found
            if need not in (*known, *found):
                return known, (*found, need)
        if known and complaint.is_about_the_request:
            # What is remembered may be what it refuses now.
            Learned(target, self._environ).learn(lambda needs: msgspec.structs.replace(needs, changes=()))
            return (), found
        error = error_response(target, answer.status, answer.body)
        if answer.status < 400:
            read_reply(target, answer)  # tells it as what it is, an error under status 200
        error.reason = complaint.reason
        raise error


def _for_good(failure: PassingFailure, times: int) -> ModelResponseError:
    asked = f" It was asked {times} times." if times > 1 else ""
    return ModelResponseError(f"{failure}{asked}", status=failure.status)


def told_by_user(target: ModelTarget) -> set[str]:
    """The parameters that somebody has set on purpose."""
    told = set(target.settings.body)
    if target.temperature_is_set:
        told.add("temperature")
    if target.max_tokens is not None:
        told.update(LIMITS)
    return told


def _with_changes(needs: Needs, *, known: tuple[str, ...], found: tuple[str, ...]) -> Needs:
    """What is needed now, with what another participant has found meanwhile."""
    meanwhile = [need for need in needs.changes if need not in LIMITS]
    changes = tuple(dict.fromkeys((*known, *found, *meanwhile)))
    return needs if set(changes) == set(needs.changes) else msgspec.structs.replace(needs, changes=changes)


def _tell_left_out(target: ModelTarget, body: Mapping[str, Any], sent: Mapping[str, Any]) -> None:
    """Warn of what the user has set and the server has not got."""
    left_out = body.keys() - sent.keys()
    if left_out & set(LIMITS) and sent.keys() & set(LIMITS):
        left_out -= set(LIMITS)
    for name in sorted(left_out & told_by_user(target)):
        warn_once(
            f"{name}={body[name]!r} has no effect: {target.name} at {server_of(target)} refuses it, and was asked "
            f"without. Take it out of the model's settings, or use a model that takes it.",
            ("left out", server_of(target), target.model, name),
        )
