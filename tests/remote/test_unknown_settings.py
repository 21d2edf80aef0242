"""A setting that `RemoteAgent` does not have."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from scenario.agents.remote.agent import RemoteAgent

URL = "http://127.0.0.1:9/"


class Own(RemoteAgent):
    """With a setting of its own, and the others handed on."""

    def __init__(self, url: str, *, loud: bool = False, **settings: Any) -> None:
        self.loud = loud
        super().__init__(url, **settings)


@pytest.mark.parametrize("kind", [RemoteAgent, Own])
@pytest.mark.parametrize(
    ("name", "said"),
    [("piece", "did you mean pieces=?"), ("header", "did you mean headers=?"), ("zzz", "There are: url, protocol, ")],
)
def test_it_is_answered_with_the_one_that_was_meant(kind: Any, name: str, said: str) -> None:
    """A TypeError, as Python's own is; also where a class of one's own hands it on."""
    with pytest.raises(TypeError) as caught:
        kind(URL, **{name: "x"})
    assert f"RemoteAgent({name}=…): there is no such setting" in str(caught.value)
    assert said in str(caught.value)


def test_its_settings_can_be_looked_up() -> None:
    """By whatever shows a signature; and too many values are refused as everywhere."""
    assert "pieces" in inspect.signature(RemoteAgent).parameters
    assert Own(URL, loud=True, pieces="replace").loud
    with pytest.raises(TypeError, match="positional"):
        RemoteAgent(URL, "auto")  # type: ignore[misc]
