"""Asking the model that plays the user for its next line, and once more where that cannot be said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple

from scenario.agents.user_simulator.doubts import doubt_of
from scenario.agents.user_simulator.ending import Said, last_words
from scenario.agents.user_simulator.line import user_line
from scenario.agents.user_simulator.monitor import Breach
from scenario.errors import ModelResponseError, ScenarioError, UserSimulatorError
from scenario.llm.calls_in_reply import account_of
from scenario.llm.model import Completion, Model
from scenario.protocols.finish_reasons import is_refusal_reason, judged
from scenario.types import Message

_SHOWN: Final = 300

Look = Callable[[str], Awaitable[Breach | None]]


class Problem(NamedTuple):
    """Why a line cannot be said.

    Attributes:
        kind: what is asked for again once.
        note: what the model is told; "" asks the same again.
        error: what is raised where it is so again; None for what is said then.
        said: the line, where it may be said.
    """

    kind: str
    note: str
    error: ScenarioError | None
    said: Said | None = None


class LineRequest(NamedTuple):
    """What is asked for.

    Attributes:
        messages: the conversation with the model.
        told: texts that say who the user is.
        turn: the turn, from 1.
        floor: how many turns the conversation lasts at least.
        look: what is wrong with a line; asked of each that would be said.
        ends: marks of an end that the test's own instructions name.
        is_watched: whether a line that may be more than the user's words is asked for again.
    """

    messages: Sequence[Message]
    told: Sequence[str]
    turn: int
    floor: int
    look: Look
    ends: Sequence[str] = ()
    is_watched: bool = True


async def asked_line(model: Model, request: LineRequest, report: Callable[[Completion], None]) -> Said:
    """The user's next line; no words where the user has nothing more to say.

    What cannot be said is asked for once more, with the reason; so is what may be more than the user's words.

    Raises:
        UserSimulatorError: it was so again: a line that is not this user's, or an end that comes too early.
        ModelResponseError: it was so again: an empty line, or one that was cut.
        ModelError: the model's server failed.
    """
    asked = list(request.messages)
    useless: list[Completion] = []
    seen: set[str] = set()
    while True:
        completion = await model.complete(asked, attempt=len(useless))
        report(completion)
        found = await _read(model, completion, request)
        if isinstance(found, Problem) and found.kind in seen and found.said is not None:
            found = found.said
        if isinstance(found, Said):
            return found
        useless.append(completion)
        if found.kind in seen and found.error is not None:
            model.forget(useless)
            raise found.error
        seen.add(found.kind)
        if found.note:
            asked = [
                *request.messages,
                {"role": "assistant", "content": completion.reply.text.strip() or "(nothing)"},
                {"role": "user", "content": found.note},
            ]


async def _read(model: Model, completion: Completion, request: LineRequest) -> Said | Problem:
    reply = completion.reply
    if (problem := _cut(model, completion)) is not None:
        return problem
    said = last_words(user_line(reply.text, *request.told), reply.text, request.ends)
    if not said.words and not said.is_last:
        account = account_of(model, reply)
        error = ModelResponseError(
            f"{model.name} gave an empty answer twice, which is nothing to say. {account}", status=200
        )
        return Problem("empty", "", error)
    if said.is_last and not said.words and request.turn <= request.floor:
        return Problem("early", _GO_ON, too_early(request.turn, request.floor))
    if said.is_last and request.turn < request.floor:
        said = Said(said.words, is_last=False)
    breach = await request.look(said.words) if said.words else None
    if breach is not None:
        note = f"(That message cannot be sent: {breach.reason}. Write the user's message again, as the user.)"
        return Problem("breach", note, out_of_role(said.words, breach, request.turn))
    # As it is told twice, it is what the user says: a run is never lost to a doubt.
    if said.words and request.is_watched and (doubt := doubt_of(said.words)):
        return Problem("doubt", f"({doubt})", None, said)
    return said


_GO_ON: Final = (
    "(The conversation is not over yet. Write the user's next message: something that is still to be said or asked.)"
)


def too_early(turn: int, floor: int) -> UserSimulatorError:
    """The error of a user who ends the conversation before it may end."""
    return UserSimulatorError(
        f"The simulated user had nothing more to say in turn {turn}, twice, and the conversation is to last at least "
        f"{floor} turns (min_turns={floor}). Lower min_turns=, or give the user more to do in goal=."
    )


# What has happened, by the rule that was broken.
_HAPPENED: Final = {
    "invented fact": "stated as a fact what the test says otherwise",
    "repetition": "only repeated itself",
    "goal not pursued": "did not pursue its goal",
}


def out_of_role(line: str, breach: Breach, turn: int) -> UserSimulatorError:
    """The error of a line that is not this user's: the run says nothing of the agent, which was not sent it."""
    shown = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
    happened = _HAPPENED.get(breach.rule, "fell out of its role")
    return UserSimulatorError(
        f"The simulated user {happened}, twice, so that this run says nothing of the agent. In turn {turn} it was "
        f"to say {shown!r}. Rule: {breach.rule}: {breach.reason}. The agent was not sent it. {breach.remedy} "
        "monitor=False lets such lines pass."
    )


def _cut(model: Model, completion: Completion) -> Problem | None:
    """A line that stopped at a limit or at a filter: half of one is never said."""
    reply = completion.reply
    reason = reply.finish_reason or ""
    meaning = judged(reason)
    words = " ".join(reply.text.split())
    shown = (
        f"What was cut: {words[:_SHOWN]!r}."
        if words
        else "Nothing but thoughts, or nothing at all, was said till then."
    )
    if meaning == "truncated":
        limit = model.target.max_tokens
        of = "" if limit is None else f" (max_tokens={limit})"
        error = ModelResponseError(
            f"{model.name}'s line was cut at its limit of tokens{of}, twice: its finish reason is {reason!r}. {shown} "
            f"Half "
            "a line is not said: max_tokens= sets a higher limit.",
            status=200,
        )
        return Problem("cut", "(Your message was cut, as it was too long. Write it again, much shorter.)", error)
    if meaning == "error" or is_refusal_reason(reason):
        error = ModelResponseError(
            f"{model.name}'s line was stopped by a filter or a failure of its server, twice: its finish reason is "
            f"{reason!r}. "
            f"{shown} Half a line is not said: word persona=, goal= and the description otherwise, or take another "
            f"model "
            "(a higher max_tokens= does not help here).",
            status=200,
        )
        return Problem("stopped", "(Your message was stopped. Write it again, in other words.)", error)
    return None
