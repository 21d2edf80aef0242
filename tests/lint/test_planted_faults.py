"""One fault is planted into a sound stream, and exactly the rule about it speaks."""

from __future__ import annotations

import inspect

import pytest

from scenario.lint.finding import Finding
from scenario.lint.linting import lint
from scenario.lint.rules import RULES
from scenario.wire.sse import ServerSentEvent
from scenario.wire.sse_writing import encode
from tests.lint import dialect_faults, end_faults, framing_faults, lost_event_faults, transport_faults
from tests.lint.framing_faults import JWT
from tests.lint.planting import CHAT, chat
from tests.lint.streams import sound

FAULTS = (
    transport_faults.FAULTS
    | framing_faults.FAULTS
    | lost_event_faults.FAULTS
    | dialect_faults.FAULTS
    | end_faults.FAULTS
)


END_ASSUMED = ("L58", "info")
REPORTS = ("L61", "error")


def told(findings: list[Finding]) -> set[tuple[str, str]]:
    """Rules and levels."""
    return {(finding.rule, finding.level) for finding in findings}


@pytest.mark.parametrize("name", sound())
def test_nothing_is_said_of_a_sound_stream(name: str) -> None:
    """A sound stream of each dialect is read as that dialect, and has no finding."""
    made = sound()[name]
    assert (made.protocol, made.outcome) == (name, "complete")
    assert told(lint(made)) - {END_ASSUMED} == set()


@pytest.mark.parametrize("fault", FAULTS)
def test_one_fault_one_rule(fault: str) -> None:
    """Exactly the rule about it speaks, on its level, and says what to do."""
    rule, level, made = FAULTS[fault]
    findings = lint(made)
    # That a stream says nothing of its end, and that it reports an error, may be found beside any fault.
    assert told(findings) - ({END_ASSUMED, REPORTS} - {(rule, level)}) == {(rule, level)}, findings
    assert all(finding.seen and finding.remedy for finding in findings)


def test_every_rule_has_a_planted_fault() -> None:
    """Rules that one exchange can show are all in the table."""
    shown = {rule for rule, _, _ in FAULTS.values()}
    assert {rule.id for rule in RULES if rule.check is not None} <= shown


def test_rules_are_in_order_and_say_which_they_are() -> None:
    """Ids are unique and sorted, and each function's docstring begins with them."""
    ids = [rule.id for rule in RULES]
    assert ids == sorted(set(ids))
    for rule in RULES:
        assert (rule.check is None) == (rule.needs == "more requests")
        assert rule.check is None or rule.id in (inspect.getdoc(rule.check) or "").partition(":")[0]


def test_the_event_and_its_time_are_told() -> None:
    """A finding points at the event that shows it, and when that arrived."""
    finding = lint(FAULTS["cut JSON"][2])[0]
    assert (finding.event, finding.at) == (2, pytest.approx(0.3))


def test_a_block_without_an_event_has_its_time() -> None:
    """What dispatches nothing is found by its place in the bytes."""
    finding = lint(FAULTS["an event-only heartbeat"][2])[0]
    assert (finding.event, finding.at) == (None, pytest.approx(0.4))


def test_rules_can_be_ignored() -> None:
    """By their ids; what follows from the fault is ignored with it."""
    for fault in ("cut JSON", "a cut end of the run (AG-UI)"):
        assert lint(FAULTS[fault][2], ignore=["L24"]) == []


def test_a_fault_in_every_event_is_told_a_few_times() -> None:
    """A long list of the same says no more than its number."""
    broken = [encode(ServerSentEvent(data='{"choices": [')) for _ in range(1000)]
    findings = [finding for finding in lint(chat(CHAT[0], *broken, *CHAT[1:])) if finding.rule == "L24"]
    assert len(findings) == 5
    assert "995 more" in findings[-1].seen


def test_secrets_are_not_repeated() -> None:
    """The finding says of what kind the secret is, and not the secret."""
    assert JWT not in str(lint(FAULTS["a token in the stream"][2]))
