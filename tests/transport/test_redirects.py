"""Which redirects are followed: by the letter of two addresses, as whoever sends the request reads them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st
from yarl import URL

from scenario.exchange import HttpRequest
from scenario.transport.redirects import not_followed, redirected

ASKED = "https://agent.example/chat"


@pytest.mark.parametrize(
    ("asked", "location", "setting"),
    [
        ("http://agent.example/chat", "https://agent.example/chat", None),
        ("http://agent.example/chat", "http://AGENT.example:8080/chat", None),
        (ASKED, "/v2", None),
        (ASKED, "//agent.example/v2", None),
        (ASKED, "http://agent.example/chat", "any"),
        (ASKED, "http://agent.example:443/chat", "any"),
        (ASKED, "https://other.example/chat", "any"),
        (ASKED, "//other.example/chat", "any"),
        (ASKED, "https://agent.example.other.example/", "any"),
        (ASKED, "https://agent.example@other.example/", "any"),
        (ASKED, "http://127.0.0.1:8000/", "any"),
        ("http://127.0.0.1:8000/", "http://localhost:8000/", "any"),
        ("http://[::1]:8000/", "http://127.0.0.1:8000/", "any"),
    ],
)
def test_the_same_host_by_default(asked: str, location: str, setting: str | None) -> None:
    """Any port, and from http to https; never from https to http. What is refused is followed where `any` is said."""
    request = HttpRequest(url=asked, body=b"b")
    assert (redirected(request, 307, {"location": location}) is None) == (setting is not None)
    assert redirected(request, 307, {"location": location}, "any") is not None
    assert redirected(request, 307, {"location": location}, "none") is None
    refused = not_followed("POST", asked, 307, location)
    assert refused is not None
    assert refused.setting == (setting or "same-host")


@pytest.mark.parametrize(
    "location", [r"https://agent.example\@other.example/", "https://agent.example .other/", "https://x:y/", "mailto:x"]
)
def test_an_address_that_can_be_read_in_two_ways_is_none(location: str) -> None:
    """Nothing follows it, and that is said."""
    assert redirected(HttpRequest(url=ASKED), 307, {"location": location}, "any") is None
    refused = not_followed("POST", ASKED, 307, location)
    assert refused is not None
    assert refused.setting is None


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://agent.example/a, https://agent.example/b", "several addresses"),
        ("/a, /b", "several addresses"),
        (r"https:\\agent.example\chat", "backslashes"),
        (r"\\other.example\chat", "backslashes"),
        (r"/a\b", "backslashes"),
    ],
)
def test_what_leads_nowhere_for_sure_is_not_followed_and_says_why(location: str, told: str) -> None:
    """Two headers that differ, and what browsers alone take for an address; a comma alone is well."""
    assert redirected(HttpRequest(url=ASKED), 307, {"location": location}, "any") is None
    refused = not_followed("POST", ASKED, 307, location)
    assert refused is not None
    assert told in refused.why
    for well in ("/a,b", "/a?q=1,/b", r"/a?q=\d"):
        assert redirected(HttpRequest(url=ASKED), 307, {"location": well}) is not None


PARTS = st.sampled_from(
    [
        "http:",
        "https:",
        "//",
        "/",
        "\\",
        "@",
        ":",
        "#",
        "?",
        "agent.example",
        "other",
        "..",
        "80",
        "[::1]",
        " ",
        "%",
        "é",
    ]
)


@given(st.lists(PARTS, max_size=8).map("".join))
@example("//agent.example#@other")
@example("https:agent.example")
def test_the_host_that_is_compared_is_the_one_that_is_connected_to(location: str) -> None:
    """Whatever a server writes: what is followed by default leads, for the client that sends it, to the same host."""
    following = redirected(HttpRequest(url=ASKED), 307, {"location": location})
    if following is not None:
        url = URL(following.url, encoded=True)
        assert (url.scheme, url.raw_host) == ("https", "agent.example")


@pytest.mark.parametrize("status", [200, 300, 304, 305, 401])
def test_what_is_no_redirect_is_none(status: int) -> None:
    """Whatever its Location says."""
    assert redirected(HttpRequest(url=ASKED), status, {"location": "/x"}, "any") is None
    assert not_followed("POST", ASKED, status, "/x") is None
