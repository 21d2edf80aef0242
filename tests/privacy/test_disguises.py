"""A secret is found in whatever form it comes back, and nothing else is touched."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import assume, given, settings, strategies as st

from scenario.errors import ConfigurationError
from scenario.masking import ArrivingText, masked
from scenario.redaction import Secrets, environment_secrets
from tests.privacy.disguised import DISGUISES, disguises, secrets

around = st.sampled_from(["", " ", '"', "x", "key: ", "\n", "é", "*", "ab "])


def arrived(text: str, cuts: list[int], known: Secrets) -> str:
    """What is shown of a text that arrives in pieces of these lengths, over and over."""
    arriving, shown, position, index = ArrivingText(), [], 0, 0
    while position < len(text):
        length = cuts[index % len(cuts)]
        shown.append(arriving.shown(text[position : position + length], known))
        position, index = position + length, index + 1
    return "".join([*shown, arriving.rest(known)])


@settings(max_examples=600, deadline=None)
@given(secret=secrets, disguise=disguises, before=around, after=around, cuts=st.lists(st.integers(1, 9), min_size=1))
def test_no_disguise_of_a_secret_is_kept_or_shown(
    secret: str, disguise: str, before: str, after: str, cuts: list[int]
) -> None:
    """Neither in a whole text, nor in one that is shown as it arrives, however it is cut; as long as it was."""
    said = DISGUISES[disguise](secret)
    known = Secrets([secret])
    text = f"{before}{said}{after}"
    whole, pieces = known.in_text(text), arrived(text, cuts, known)
    assert said not in whole
    assert said not in pieces
    assert len(whole) == len(pieces) == len(text)


@settings(max_examples=300, deadline=None)
@given(secret=secrets, text=st.text(max_size=80), cuts=st.lists(st.integers(1, 9), min_size=1))
def test_a_text_without_the_secret_is_as_it_was(secret: str, text: str, cuts: list[int]) -> None:
    """The same object where it is kept, and the same text where it is shown as it arrives."""
    known = Secrets([secret])
    assume(known.in_text(text) == text)
    assert known.in_text(text) is text
    assert arrived(text, cuts, known) == text
    value = {"a": [text, {"b": text.encode()}], "n": 1, "t": (text,)}
    assert masked(value, known) is value


def test_what_cannot_be_a_secrets_begin_does_not_wait() -> None:
    """Only the shortest tail that may begin one does, until it cannot any more."""
    arriving, known = ArrivingText(), Secrets(["sk-0123456789"])
    assert arriving.shown("My key is sk", known) == "My key is "
    assert arriving.shown("-0", known) == ""
    assert arriving.shown("nothing", known) == "sk-0nothing"
    assert arriving.rest(known) == ""


def test_short_values_are_none_unless_the_user_names_them() -> None:
    """A value as short as "Paris" is in every answer; one that was named is masked from 4 characters on."""
    assert Secrets(["Paris"]).in_text("Paris") == "Paris"
    assert environment_secrets({"SCENARIO_SECRETS": "tulip, 8841"}).in_text("tulip 8841") == "***** ****"
    with pytest.raises(ConfigurationError, match="SCENARIO_SECRETS: one of the secrets has 3 characters"):
        environment_secrets({"SCENARIO_SECRETS": "abc"})


def test_of_basic_credentials_the_password_is_secret_too() -> None:
    """They are sent in Base64, and an agent may repeat what they stand for; the user's name is no secret."""
    coded = base64.b64encode(b"somebody:hunter2-hunter2").decode()
    known = Secrets.of_request("http://h/", {"Authorization": f"Basic {coded}"})
    assert known.in_text(f"{coded} hunter2-hunter2 somebody") == f"{'*' * len(coded)} {'*' * 15} somebody"


def test_of_cookies_each_value_is_secret() -> None:
    """Not only the whole header."""
    known = Secrets.of_request("http://h/", {"Cookie": "sid=0123456789; theme=dark"})
    assert known.in_text("0123456789 in dark") == "********** in dark"


@pytest.mark.parametrize("text", ["\\" * 200_000, "%25" * 60_000, "&amp;" * 40_000, '"' * 200_000, "sk-sk-" * 30_000])
def test_no_text_takes_long(text: str) -> None:
    """Each is looked through in a time that grows with its length, whatever stands in it."""
    known = Secrets(["sk-0123456789", "sk-" * 20])
    began = time.process_time()
    known.in_text(text)
    arriving = ArrivingText()
    arriving.shown(text, known)
    assert time.process_time() - began < 10


def test_secrets_do_not_show_themselves() -> None:
    """They stand in tracebacks' locals and in settings."""
    assert repr(Secrets(["sk-0123456789"])) == "<1 secrets>"
