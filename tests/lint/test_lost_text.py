"""A stream of which something cannot be read has an error of the lint, wherever the damage is."""

from __future__ import annotations

import pytest

from scenario.lint.linting import lint
from scenario.reading import read_exchange
from tests.lint.planting import CHAT
from tests.lint.streams import HEADERS, ag_ui_events, anthropic_events, framed, home_made, responses_events

STREAMS = {
    "chat": CHAT,
    "ag-ui": framed(ag_ui_events()),
    "anthropic": framed(anthropic_events(), named=True),
    "responses": framed(responses_events(), named=True),
    "home-made": home_made(),
}


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("change", [b"", b"\n", b"x"])
def test_what_makes_an_error_of_the_answer_is_an_error_of_the_lint(name: str, change: bytes) -> None:
    """A byte that is lost, or another in its place: where the answer is not whole for it, a rule says why."""
    pieces = STREAMS[name]
    for index in (1, len(pieces) // 2):
        piece = pieces[index]
        for place in range(len(piece)):
            damaged = b"".join([*pieces[:index], piece[:place] + change + piece[place + 1 :], *pieces[index + 1 :]])
            exchange = read_exchange(damaged, headers=HEADERS)
            if exchange.outcome != "complete":
                assert any(finding.level == "error" for finding in lint(exchange)), (damaged, exchange.error)
