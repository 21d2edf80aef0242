"""What one run records into a cassette, or plays from it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NoReturn

from scenario.cassette.cassette_file import CassetteFile
from scenario.cassette.ignored_fields import Ignored, ignored
from scenario.cassette.interaction import Conversation, Identity, Interaction
from scenario.cassette.masked import masked_conversation, masked_request
from scenario.cassette.matching import (
    Ids,
    Told,
    counts_host,
    differences,
    nearest,
    of_participant,
    path_of,
    place_of,
    told,
)
from scenario.cassette.played_call import PlayedCall
from scenario.cassette.recorded_call import RecordedCall
from scenario.cassette.run_clock import RunClock
from scenario.config import Timeouts
from scenario.config.cassette import Cassette
from scenario.errors import CassetteError
from scenario.exchange import HttpRequest
from scenario.found_secrets import secrets_found
from scenario.redaction import Secrets
from scenario.transport.transport import Response, Transport


class Tape:
    """One run's part of one cassette.

    Args:
        cassette: which, and how.
        identity: which run.

    Attributes:
        plays: whether it plays what is recorded; else it records.
        thread_id: the conversation's, which is played under the one that it was recorded under.
        models: which model each participant uses, or used.
        addresses: what stands for variables of the environment that hold a URL, where they are not set.

    Raises:
        ConfigurationError: the file cannot be read.
        CassetteError: it is to be played, and there is no such file.
    """

    def __init__(self, cassette: Cassette, identity: Identity) -> None:
        self.cassette = cassette
        self.file = CassetteFile(cassette.file)
        self.identity = identity = self.file.placed(identity)
        self.thread_id: str | None = None
        self.models: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self._ignored: Ignored = ignored(cassette.ignore)
        self._began: list[Interaction | None] = []
        self._conversation: Conversation | None = None
        self._unused: list[Interaction] = []
        self._next: dict[str, int] = {}
        self._told: list[tuple[Interaction, Told]] | None = None
        if cassette.mode != "record":
            self._conversation = self.file.conversation(identity, again=cassette.mode == "replay")
        if cassette.mode == "replay" and not self.file.is_there:
            raise CassetteError(
                f"There is no cassette {str(self.file)!r} to play: record it first, with --cassette-mode record "
                "(or mode='auto', which records what is not there)."
            )
        self.plays = cassette.mode == "replay" or self._conversation is not None
        if self._conversation is not None:
            self.thread_id = self._conversation.thread_id
            self.models, self.addresses = dict(self._conversation.models), dict(self._conversation.addresses)
            self._unused = list(self._conversation.interactions)

    @property
    def is_recorded(self) -> bool:
        """Whether there is something to play."""
        return self._conversation is not None

    @property
    def factor(self) -> float | None:
        """How many times as fast it plays; None for at once."""
        speed = self.cassette.speed
        return None if speed == "instant" else 1.0 if speed == "recorded" else float(speed)

    # --- recording ---

    def recording(
        self,
        inner: Transport,
        request: HttpRequest,
        *,
        timeouts: Timeouts,
        participant: str,
    ) -> AbstractAsyncContextManager[Response]:
        """A call, recorded.

        Args:
            inner: what sends it.
            request: what is sent.
            timeouts: its deadlines.
            participant: who makes it.
        """
        place = len(self._began)
        self._began.append(None)

        def keep(interaction: Interaction) -> None:
            self._began[place] = interaction

        return RecordedCall(
            inner.open(request, timeouts=timeouts),
            request,
            timeouts=timeouts,
            participant=participant,
            keep=keep,
        )

    def keep(self, thread_id: str, secrets: Secrets) -> bool:
        """Write what was recorded; whether there was anything.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        interactions = tuple([one for one in self._began if one is not None])
        if self.plays or not interactions:
            return False
        conversation = Conversation(
            identity=self.identity,
            thread_id=thread_id,
            models=self.models,
            addresses=self.addresses,
            interactions=interactions,
        )
        self.file.add(masked_conversation(conversation, secrets))
        return True

    # --- playing ---

    def playing(
        self,
        request: HttpRequest,
        *,
        timeouts: Timeouts,
        participant: str,
        clock: RunClock | None,
        thread_id: str,
        secrets: Callable[[], Secrets],
    ) -> PlayedCall:
        """A call, played.

        Args:
            request: what would be sent.
            timeouts: its deadlines.
            participant: who makes it.
            clock: the run's; None where nothing of it is recorded.
            thread_id: the conversation's.
            secrets: gives what is masked in the recording.

        Raises:
            CassetteError: it is not recorded.
        """
        conversation = self._conversation
        if conversation is None or clock is None:
            self._none_of_this_run()
        shown = masked_request(request, secrets() | secrets_found(request.body), headers=False)
        if self.cassette.match == "order":
            found = self._in_order(conversation, participant, shown)
        else:
            found = self._as_it_was(participant, shown) or self._of_content(conversation, participant, shown, thread_id)
            self._unused = [one for one in self._unused if one is not found]
        where = f"Call {self._number(found)} of {self.identity} in {self.file}"
        return PlayedCall(found, timeouts=timeouts, clock=clock, factor=self.factor, where=where)

    def _number(self, interaction: Interaction) -> int:
        """Which of the conversation's calls it is, from 1."""
        assert self._conversation is not None  # noqa: S101 - it is one of its calls
        return next(n for n, one in enumerate(self._conversation.interactions, start=1) if one is interaction)

    def _as_it_was(self, participant: str, request: HttpRequest) -> Interaction | None:
        """The next call that was not played yet, where it is the same to the byte: so it is, nearly always."""
        one = next((one for one in self._unused if one.participant == participant), None)
        if one is None or one.request.body != request.body or one.request.method != request.method.upper():
            return None
        counts = counts_host(participant)
        here, there = (place_of(url, self._ignored, counts_host=counts) for url in (request.url, one.request.url))
        return one if here == there else None

    def _of_content(
        self, conversation: Conversation, participant: str, request: HttpRequest, thread_id: str
    ) -> Interaction:
        """The first call that was not played yet and says the same; the participant's own, if it has any."""
        asked = told(request, Ids(thread_id), self._ignored, counts_host=counts_host(participant))
        every = self._all_told(conversation)
        same = [one for one, seen in every if seen.says_the_same(asked) and any(one is left for left in self._unused)]
        if of_participant(conversation.interactions, participant):
            # Another agent that was asked the same has its own answer; one that was renamed has none under its name.
            same = of_participant(same, participant)
        if not same:
            self._not_recorded(conversation, participant, asked)
        return same[0]

    def _in_order(self, conversation: Conversation, participant: str, request: HttpRequest) -> Interaction:
        number = self._next.get(participant, 0)
        self._next[participant] = number + 1
        calls = of_participant(conversation.interactions, participant)
        if number >= len(calls):
            raise CassetteError(
                f"{self.file} has {len(calls)} recorded calls of {participant!r} in {self.identity}, and this is call "
                f"{number + 1} of it: {request.method} {request.url}. {self._remedy()}"
            )
        found = calls[number]
        here, there = (request.method.upper(), path_of(request.url)), (found.request.method, path_of(found.request.url))
        if here != there:
            raise CassetteError(
                f"Call {number + 1} of {participant!r} in {self.identity} is {here[0]} {here[1]}, and {self.file} has "
                f"{there[0]} {there[1]} in its place. {self._remedy()}"
            )
        return found

    def _all_told(self, conversation: Conversation) -> list[tuple[Interaction, Told]]:
        if self._told is None:
            ids = Ids(conversation.thread_id)
            self._told = [
                (one, told(one.request, ids, self._ignored, counts_host=counts_host(one.participant)))
                for one in conversation.interactions
            ]
        return self._told

    def _none_of_this_run(self) -> NoReturn:
        known = [str(block.identity) for block in self.file.blocks().values()]
        shown = ", ".join(repr(one) for one in known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "")
        raise CassetteError(
            f"{self.file} has no recording of {str(self.identity)!r}. It has {shown or 'none at all'}. {self._remedy()}"
        )

    def _not_recorded(self, conversation: Conversation, participant: str, asked: Told) -> NoReturn:
        every = self._all_told(conversation)
        every = [one for one in every if one[0].participant == participant] or every
        times = sum(seen.says_the_same(asked) for _, seen in every)
        said = f"{self.file} has no recorded call for {asked.method} {asked.url} of {participant!r} in {self.identity}"
        if times:
            raise CassetteError(
                f"{said}: it was recorded {times} time{'s' * (times > 1)}, and is made once more. {self._remedy()}"
            )
        lines = ["it has none at all"]
        near = nearest(asked, every)
        if near is not None:
            lines = [f"the nearest one, call {self._number(near[0])}, differs:", *differences(asked, near[1])]
        raise CassetteError(f"{said}: " + "\n  ".join(lines) + f".\n{self._remedy(near is not None)}")

    def _remedy(self, may_ignore: bool = False) -> str:
        remedy = "If this is what it should be, record it anew: --cassette-mode record (mode='record')."
        if may_ignore:
            remedy += (
                " What changes from run to run is left out with Cassette(ignore=['its.path']); match='order' goes by "
                "the calls' order alone."
            )
        return remedy
