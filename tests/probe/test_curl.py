"""Curl commands as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

import scenario
from scenario.probe.curl import target_of_curl

BROWSER = r"""curl 'https://agent.example/api/chat' \
  -H 'accept: text/event-stream' \
  -H 'content-type: application/json' \
  -b 'sid=1; theme=dark' \
  --data-raw $'{"message":"It\'s\\nfine \u0021"}' \
  --compressed"""


def test_what_a_browser_copies() -> None:
    """Lines that go on, a cookie, and the shell's own quoting."""
    target = target_of_curl(BROWSER)
    assert target.url == "https://agent.example/api/chat"
    assert target.headers == {
        "accept": "text/event-stream",
        "content-type": "application/json",
        "Cookie": "sid=1; theme=dark",
    }
    assert target.data == '{"message":"It\'s\\nfine !"}'


@pytest.mark.parametrize(
    ("command", "method", "data"),
    [
        ("curl http://h/x", "", None),
        ("curl -N http://h/x -d '{}'", "", "{}"),
        ("curl -sNXPUT http://h/x --data='{}'", "PUT", "{}"),
        ("curl -X POST --url http://h/x --json '{}'", "POST", "{}"),
        ("curl -o out.txt -m 5 --max-time 3 http://h/x", "", None),
        ("/usr/bin/curl -i -s -k -L http://h/x -G", "GET", None),
    ],
)
def test_options(command: str, method: str, data: str | None) -> None:
    """Those with values take them, those without do not; letters may stand together."""
    target = target_of_curl(command)
    assert (target.url, target.method, target.data) == ("http://h/x", method, data)


def test_who_asks() -> None:
    """A user and a bearer's token become the header that curl sends."""
    assert target_of_curl("curl -u me:pw http://h").headers == {"Authorization": "Basic bWU6cHc="}
    assert target_of_curl("curl --oauth2-bearer t http://h").headers == {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    "command", ["", "wget http://h", "curl", "curl 'http://h", "curl -F a=b http://h", "curl -d @body.json http://h"]
)
def test_what_cannot_be_probed_is_refused(command: str) -> None:
    """With a sentence that says what to do."""
    with pytest.raises(scenario.ConfigurationError, match="curl"):
        target_of_curl(command)


@given(st.text(max_size=60))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """Nothing else happens."""
    try:
        target_of_curl(f"curl {text}")
    except scenario.ConfigurationError:
        return
