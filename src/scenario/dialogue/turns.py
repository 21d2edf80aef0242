"""Whose turn it is.

In a turn all users speak, then all agents, then all judges; within a role in the order of the list. A scripted line
counts as its role's, also where nobody plays that role. Who cannot speak any more in this turn opens the next one;
only a judge never does, as a verdict is no part of the talk.
"""

from __future__ import annotations

from collections.abc import Sequence

from scenario.types import AgentRole

ORDER = (AgentRole.USER, AgentRole.AGENT, AgentRole.JUDGE)
_RANK = {role: rank for rank, role in enumerate(ORDER)}


class Turns:
    """The turn being played, and who has spoken in it."""

    def __init__(self, roles: Sequence[AgentRole]) -> None:
        self._by_role = {role: tuple(i for i, other in enumerate(roles) if other is role) for role in ORDER}
        self._index = -1
        self._rank = 0
        self._spoken: set[int] = set()
        self._scripted_alone: set[AgentRole] = set()

    @property
    def current(self) -> int:
        """The index of the turn being played; 0 before the first one."""
        return max(self._index, 0)

    @property
    def played(self) -> int:
        """How many turns have begun."""
        return self._index + 1

    def begin(self) -> None:
        """Open the next turn."""
        self._index += 1
        self._rank = 0
        self._spoken.clear()
        self._scripted_alone.clear()

    @property
    def anybody(self) -> bool:
        """Whether there is anybody who can speak."""
        return any(self._by_role.values())

    def players(self, role: AgentRole) -> tuple[int, ...]:
        """The participants of this role."""
        return self._by_role[role]

    def has(self, role: AgentRole) -> bool:
        """Whether anybody has this role."""
        return bool(self._by_role[role])

    def _open(self, role: AgentRole) -> int | None:
        """Who of this role may still speak in this turn; None where it is too late, or nobody is left."""
        if self._index < 0 or self._rank > _RANK[role]:
            return None
        return next((player for player in self._by_role[role] if player not in self._spoken), None)

    def next_player(self, role: AgentRole) -> int:
        """Let the next participant of this role speak; it must have one. Returns its index."""
        player = self._open(role)
        if player is None and role is AgentRole.JUDGE:
            player = self._next_judge()
        elif player is None:
            self.begin()
            player = self._by_role[role][0]
        self._rank = _RANK[role]
        self._spoken.add(player)
        return player

    def _next_judge(self) -> int:
        # Checkpoints may follow each other in one turn: after the last judge comes the first again.
        judges = self._by_role[AgentRole.JUDGE]
        self._spoken.difference_update(judges)
        return judges[0]

    def scripted(self, role: AgentRole) -> None:
        """A scripted line of this role: it stands for the next participant, or for nobody where there is none."""
        if self._by_role[role]:
            self.next_player(role)
            return
        if self._index < 0 or self._rank > _RANK[role] or role in self._scripted_alone:
            self.begin()
        self._rank = _RANK[role]
        self._scripted_alone.add(role)

    def remaining(self) -> list[tuple[AgentRole, int]]:
        """Who is still to speak in this turn, in order; empty before the first turn."""
        if self._index < 0:
            return []
        return [
            (role, player)
            for role in ORDER[self._rank :]
            for player in self._by_role[role]
            if player not in self._spoken
        ]

    def may_speak(self, role: AgentRole, player: int, *, turn: int) -> bool:
        """Whether its place in this turn is still to come: callbacks may let somebody speak out of order."""
        return turn == self._index and self._rank <= _RANK[role] and player not in self._spoken

    def speaks(self, role: AgentRole, player: int) -> None:
        """Note that this participant speaks now, in its place of this turn."""
        self._rank = _RANK[role]
        self._spoken.add(player)
