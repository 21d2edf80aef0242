"""Which recorded call answers a request, whoever makes it. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from scenario.cassette.ignored_fields import Ignored
from scenario.cassette.interaction import Conversation, Identity, Interaction
from scenario.cassette.masked import masked_request
from scenario.cassette.matching import Ids, Told, differences, nearest, told
from scenario.cassette.request_ids import AGENT
from scenario.cassette.serving.as_recorded import AsRecorded, Recorded, as_recorded, is_at, json_of, recorded
from scenario.config.cassette import Match
from scenario.exchange import HttpRequest
from scenario.found_secrets import secrets_found

_SOCKET: Final = ("ws://", "wss://")
# So many clients' conversations are told apart; those that were not heard of for longest are forgotten.
_MOST_CLIENTS: Final = 10_000
# Of calls that do not answer a request, so many are looked at for the nearest.
_MOST_COMPARED: Final = 200


class Place(NamedTuple):
    """A recorded call.

    Attributes:
        conversation: its conversation's number, from 0.
        number: its own in that, from 1.
        identity: its conversation's.
        call: the call itself.
        recorded: its request, read.
        told: what that is compared by.
    """

    conversation: int
    number: int
    identity: Identity
    call: Interaction
    recorded: Recorded
    told: Told

    @property
    def key(self) -> tuple[int, int]:
        """Which call it is; in the order in which they were made."""
        return self.conversation, self.number

    @property
    def is_socket(self) -> bool:
        """Whether it is a message over a WebSocket."""
        return is_socket(self.call)

    def __str__(self) -> str:
        """As it is shown."""
        return f"call {self.number} of {self.identity}"


class Found(NamedTuple):
    """The answer.

    Attributes:
        place: the recorded call.
        names: by what the recording says, what this client says.
    """

    place: Place
    names: dict[str, str]


class Missing(NamedTuple):
    """That there is none.

    Attributes:
        is_known: whether anything is recorded for that method and path.
        nearest: the recorded call that is most like it.
        differences: how that differs, a line for each place.
    """

    is_known: bool
    nearest: Place | None
    differences: list[str]


class _Client(NamedTuple):
    """What is known of who asks: the last call that was played for it, and those of the conversation that it heard."""

    last: tuple[int, int]
    heard: frozenset[int]


_NOBODY: Final = _Client((-1, 0), frozenset())

Answered: TypeAlias = Found | Missing


class Answers:
    """The agents' calls of some conversations.

    A call may be played any number of times. Of several that say the same, the one is taken that goes on in the
    conversation that a client is in, and else the one that was played least.

    Args:
        conversations: those that are served.
        match: as `scenario.Cassette.match`.
        ignore: what does not count.
    """

    def __init__(self, conversations: Iterable[Conversation], *, match: Match = "content", ignore: Ignored) -> None:
        self._match = match
        self._ignored = ignore
        self._places = list(_places(conversations, ignore))
        self._played: Counter[tuple[int, int]] = Counter()
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._begun = -1

    @property
    def places(self) -> Sequence[Place]:
        """All that is served."""
        return self._places

    def at(self, place: str) -> list[Place]:
        """The messages over a WebSocket that are recorded for a path."""
        return [one for one in self._places if one.is_socket and is_at(place, one.recorded)]

    def after(self, place: Place) -> Place | None:
        """The next message of the same conversation; None where it was the last."""
        rest = (one for one in self._places if one.conversation == place.conversation and one.number > place.number)
        return next((one for one in rest if one.is_socket), None)

    def find(self, request: HttpRequest, place: str, origin: str, *, over_socket: bool = False) -> Answered:
        """The recorded call that answers a request.

        Args:
            request: what came.
            place: its path and query.
            origin: where it was sent: "http://127.0.0.1:40001".
            over_socket: whether it came as a message over a WebSocket.
        """
        shown = masked_request(request, secrets_found(request.body), headers=False)
        body = json_of(shown.body)
        here = [
            (one, as_recorded(shown, body, place, one.recorded, origin))
            for one in self._places
            if one.is_socket == over_socket
            and (over_socket or one.told.method == request.method.upper())
            and is_at(place, one.recorded)
        ]
        if not here:
            return self._unknown(shown, place)
        if self._match == "order":
            return self._in_order(here)
        same, compared = [], []
        for one, asked in here:
            seen = told(asked.request, one.recorded.ids, self._ignored)
            seen = seen._replace(method=one.told.method) if over_socket else seen
            compared.append((one, seen))
            if seen.says_the_same(one.told):
                same.append((one, asked))
        return self._chosen(same) if same else self._missing(compared)

    def _chosen(self, same: Sequence[tuple[Place, AsRecorded]]) -> Found:
        """The call of several that say the same."""

        def order(candidate: tuple[Place, AsRecorded]) -> tuple[bool, bool, int]:
            one, asked = candidate
            known = self._clients.get(_client(one, asked), _NOBODY)
            return one.conversation != known.last[0], one.number in known.heard, self._played[one.key]

        one, asked = min(same, key=order)
        self._played[one.key] += 1
        if client := _client(one, asked):
            known = self._clients.get(client, _NOBODY)
            heard = known.heard if known.last[0] == one.conversation else frozenset()
            self._remember(client, _Client(one.key, heard | {one.number}))
        return Found(one, asked.names)

    def _remember(self, client: str, known: _Client) -> None:
        self._clients[client] = known
        self._clients.move_to_end(client)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)

    def _in_order(self, here: Sequence[tuple[Place, AsRecorded]]) -> Answered:
        """The next call, from where the last one was; behind the last of all comes the first."""
        client = next((name for one, asked in here if (name := _client(one, asked))), "")
        known = self._clients.get(client)
        # Who comes for the first time begins with a conversation that nobody has begun.
        last = (self._begun + 1, 0) if known is None else known.last
        one, asked = next((pair for pair in here if pair[0].key > last), here[0])
        if known is None:
            self._begun = one.conversation
        self._remember(client, _Client(one.key, frozenset()))
        return Found(one, asked.names)

    def _missing(self, compared: Sequence[tuple[Place, Told]]) -> Missing:
        near = nearest(compared[0][1], [(one.call, one.told) for one, _ in compared[:_MOST_COMPARED]])
        assert near is not None  # noqa: S101 - there is one
        one, asked = next((one, seen) for one, seen in compared if one.call is near[0])
        return Missing(True, one, differences(asked, one.told))

    def _unknown(self, request: HttpRequest, place: str) -> Missing:
        """Nothing is recorded there: is it known under another method, or in another path?"""
        if not self._places:
            return Missing(False, None, [])
        method = request.method.upper()
        one = max(self._places, key=lambda one: (is_at(place, one.recorded), one.told.method == method))
        lines = [] if one.told.method == method else [f"method: {method} here, {one.told.method} recorded"]
        if not is_at(place, one.recorded):
            lines.append(f"path: {place.partition('?')[0]!r:.300} here, {one.recorded.place!r:.300} recorded")
        return Missing(False, one, lines)


def is_socket(call: Interaction) -> bool:
    """Whether a call is a message over a WebSocket."""
    return call.request.url.startswith(_SOCKET) or (call.answer is not None and call.answer.status == 101)


def _client(one: Place, asked: AsRecorded) -> str:
    """The conversation's id as the client has it; empty where it has sent none."""
    return asked.names.get(one.recorded.ids.thread_id, "")


def _places(conversations: Iterable[Conversation], ignore: Ignored) -> Iterator[Place]:
    for index, conversation in enumerate(conversations):
        ids = Ids(conversation.thread_id)
        for number, call in enumerate(conversation.interactions, start=1):
            if call.participant.startswith(AGENT):
                seen = told(call.request, ids, ignore)
                yield Place(index, number, conversation.identity, call, recorded(call.request, ids), seen)
