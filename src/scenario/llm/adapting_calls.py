"""Requests to a model's server in the form that it takes: what it refuses is changed, and remembered for everybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from scenario.errors import ModelError, ModelResponseError
from scenario.llm.complaint import Complaint, complaint_of
from scenario.llm.endpoint import below_v1, error_response, server_of, url_of
from scenario.llm.fetch import Answer, fetch
from scenario.llm.learned import Learned
from scenario.llm.needs import Needs
from scenario.llm.reading import PassingFailure, read_reply
from scenario.llm.refusals import LIMITS, STRUCTURAL, changed, is_unknown, needs_of, plain_needs_of
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
        is_doubtful: whether it may be an outage's word: only where it is said twice, what is taken after it proves it.
    """

    def __init__(
        self, message: str, *, status: int, parameter: str, is_unknown: bool = False, is_doubtful: bool = False
    ) -> None:
        super().__init__(message, status=status)
        self.parameter = parameter
        self.is_unknown = is_unknown
        self.is_doubtful = is_doubtful


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """How a question is put to a server.

    Attributes:
        known: what is remembered of its needs.
        found: what has been found in this call.
        doubted: those of `found` that an outage may have spoken of.
    """

    known: tuple[str, ...]
    found: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()

    def with_need(self, need: str, *, is_doubtful: bool) -> _Form:
        """The same with one more."""
        doubted = (*self.doubted, need) if is_doubtful else self.doubted
        return _Form(known=self.known, found=(*self.found, need), doubted=doubted)

    @property
    def without_doubted(self) -> _Form:
        """The same without what may be no need at all."""
        return _Form(known=self.known, found=tuple(need for need in self.found if need not in self.doubted))


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
        form = _Form(known=learned.needs.changes)
        failures = 0
        while True:
            sent = changed((*form.known, *form.found), body, target.dialect)
            answer = await self.sent(target, None, sent)
            complaint = complaint_of(answer)
            if complaint is not None and not (complaint.may_pass and failures + 1 < target.settings.attempts):
                form = self._other_form(target, answer, complaint, sent, form)
                continue
            if complaint is None:
                try:
                    reply = read_reply(target, answer)
                    break
                except PassingFailure as failure:
                    if failures + 1 >= target.settings.attempts:
                        raise _for_good(failure, failures + 1) from None
            await self._sleep(_FIRST_WAIT * 2**failures)
            failures += 1
        if form.doubted:
            form, answer, reply, sent = await self._proven(target, body, form, answer, reply)
        learned.learn(partial(_with_changes, known=form.known, found=form.found))
        _tell_left_out(target, body, sent)
        return answer, reply

    async def _proven(
        self, target: ModelTarget, body: dict[str, Any], form: _Form, answer: Answer, reply: Reply
    ) -> tuple[_Form, Answer, Reply, dict[str, Any]]:
        """What is needed beyond doubt, and an answer in the usual form where that is taken after all.

        A form that is taken proves nothing where the one before it may have failed at an outage: it is put once more.
        """
        sent = changed((*form.known, *form.found), body, target.dialect)
        usual = changed((*form.known, *form.without_doubted.found), body, target.dialect)
        try:
            again = await self.sent(target, None, usual)
            if (complaint := complaint_of(again)) is None:
                return form.without_doubted, again, _paid_for_both(read_reply(target, again), reply), usual
        except ModelError:
            return form.without_doubted, answer, reply, sent
        needs = needs_of(complaint, usual, dialect=target.dialect, told=told_by_user(target))
        return form if set(form.doubted) & set(needs) else form.without_doubted, answer, reply, sent

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
        form: _Form,
    ) -> _Form:
        """What is remembered and what has been found in this call, for another try.

        Raises:
            ModelResponseError: there is nothing else to try.
        """
        told = told_by_user(target)
        plain = plain_needs_of(complaint, sent, dialect=target.dialect, told=told)
        for need in needs_of(complaint, sent, dialect=target.dialect, told=told):
            is_doubtful = complaint.is_doubtful or need not in plain
            if need in STRUCTURAL:
                raise RefusedParameter(
                    str(error_response(target, answer.status, answer.body)),
                    status=answer.status,
                    parameter=need,
                    is_unknown=is_unknown(need, complaint),
                    is_doubtful=is_doubtful,
                )
            if need in LIMITS and (other := next(name for name in LIMITS if name != need)) in form.known:
                # The name that it took once is the one that it refuses now.
                known = tuple(name for name in form.known if name != other)
                return msgspec.structs.replace(form, known=known)
            if need not in (*form.known, *form.found):
                return form.with_need(need, is_doubtful=is_doubtful)
        if form.known and complaint.is_about_the_request and (not complaint.is_doubtful or complaint.is_for_good):
            # What is remembered may be what it refuses now.
            Learned(target, self._environ).learn(lambda needs: msgspec.structs.replace(needs, changes=()))
            return _Form(known=())
        error = error_response(target, answer.status, answer.body)
        if answer.status < 400:
            read_reply(target, answer)  # tells it as what it is, an error under status 200
        error.reason = complaint.reason
        raise error


def _for_good(failure: PassingFailure, times: int) -> ModelResponseError:
    asked = f" It was asked {times} times." if times > 1 else ""
    return ModelResponseError(f"{failure}{asked}", status=failure.status)


def _paid_for_both(taken: Reply, other: Reply) -> Reply:
    """The reply that counts, with what both have used."""
    if taken.usage is None or other.usage is None:
        return taken
    return msgspec.structs.replace(taken, usage=taken.usage + other.usage)


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
