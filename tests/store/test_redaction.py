"""What counts as a secret, and what does not."""

from __future__ import annotations

import base64
import json
import os
from typing import Any

import pytest
from hypothesis import given, strategies as st

from scenario.redaction import (
    REDACTED,
    Secrets,
    environment_secrets,
    is_secret_header,
    is_secret_name,
    may_have_secret_names,
    redacted_headers,
    redacted_json,
    redacted_url,
)


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "x-goog-api-key", "api-key"),
        *("Ocp-Apim-Subscription-Key", "X-Auth-Token", "X-Amz-Security-Token", "x-functions-key", "PRIVATE-TOKEN"),
        *("X-Gitlab-Token", "X-Vault-Token", "X-CSRF-Token", "X-Hub-Signature-256", "X-Client-Secret"),
    ],
)
def test_headers_that_authenticate_are_secret(name: str) -> None:
    """Whatever their case and whoever named them."""
    assert is_secret_header(name)
    assert redacted_headers({name: "a value"}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name",
    [
        *("Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "WWW-Authenticate", "Content-Type"),
        *("X-Request-Id", "X-Ratelimit-Remaining-Tokens", "Idempotency-Key", "Sec-WebSocket-Key", "X-Author"),
        *("OpenAI-Organization", "Anthropic-Version", "Cache-Control", "X-Token-Count", "Location"),
    ],
)
def test_headers_that_help_to_find_a_fault_are_shown(name: str) -> None:
    """A record without them would say nothing about a refused request."""
    assert not is_secret_header(name)
    assert redacted_headers({name: "true"}) == {name: "true"}


_KEYS = [
    "model",
    "Api_Key",
    "PASSWORD",
    "acce\u017f\u017f_to\u212aen",
    "token",
    "auth",
    "content",
    "jwt",
    "a\u00e9",
    "",
]
_BODIES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([*_KEYS, "words"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=3),
)


@given(_BODIES, st.booleans())
def test_a_body_that_is_not_looked_into_has_no_key_of_a_secret(value: Any, escaped: bool) -> None:
    """Whatever its letters, and however they are written, a body with such a key is taken apart."""
    body = json.dumps(value, ensure_ascii=escaped).encode()
    assert may_have_secret_names(body) or redacted_json(value) == value


def test_a_usual_body_is_not_taken_apart() -> None:
    """What has no sign of a secret is seen at once to have none; an escape may hide one."""
    assert not may_have_secret_names(b'{"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": true}')
    assert may_have_secret_names(b'{"\\u006bey": "a"}')


def test_the_tokens_of_pages_are_no_secrets_of_a_body() -> None:
    """In JSON, a name that merely ends in token is that of a page or of a count."""
    assert not any(map(is_secret_name, ("next_page_token", "max_tokens", "prompt_tokens", "keywords")))


def test_the_secret_part_of_a_url_in_a_header_is_covered() -> None:
    """A redirect to a signed address keeps its address, and loses the signature."""
    headers = {"Location": "https://files.example/a?x=1&api_key=abc", "Link": "no URL"}
    assert redacted_headers(headers) == {
        "Location": redacted_url("https://files.example/a?x=1&api_key=abc"),
        "Link": "no URL",
    }
    assert "abc" not in redacted_headers(headers)["Location"]


def test_what_is_secret_in_a_url_is_masked_where_it_comes_back() -> None:
    """The password, also as it is sent, and the values of secret parameters, written or sent."""
    query = "api_key=query-secret-1&subscription-key=a%20secret%2Ftwo&x=visible-value"
    url = f"http://user:pass%20word-1@agent.example/chat?{query}"
    sent = base64.b64encode(b"user:pass word-1").decode()
    told = f"{sent} pass%20word-1 pass word-1 query-secret-1 a%20secret%2Ftwo a secret/two visible-value"
    masked = Secrets.of_request(url, {}).in_text(told)
    assert masked.replace("*", "").split() == ["visible-value"]


def test_tokens_and_keys_of_the_environment_are_secrets() -> None:
    """GITHUB_TOKEN is one, though no header is called so; settings are none."""
    environ = {
        "GITHUB_TOKEN": "ghp_0123456789abcdef",
        "OPENAI_API_KEY": "sk-0123456789abcdef",
        "DB_PWD": "a-long-password-of-a-database",
        "PWD": "/home/somebody/a/long/working/folder",
        "LANG": "a-value-that-is-no-secret",
        "SHORT_TOKEN": "development",
    }
    masked = environment_secrets(environ).in_text(" ".join(environ.values()))
    assert masked.replace("*", "").split() == [environ["PWD"], environ["LANG"], "development"]


def test_what_the_environment_holds_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that is set while the process runs is one from then on, and none any more once it is gone."""
    monkeypatch.delenv("LATE_API_KEY", raising=False)
    before = environment_secrets(os.environ)
    monkeypatch.setenv("LATE_API_KEY", "a-secret-that-came-later")
    assert environment_secrets(os.environ).in_text("a-secret-that-came-later") == "*" * 24
    monkeypatch.setenv("LATE_API_KEY", "another-one-in-its-place")
    assert environment_secrets(os.environ).in_text("a-secret-that-came-later another-one-in-its-place") == (
        "a-secret-that-came-later " + "*" * 24
    )
    monkeypatch.delenv("LATE_API_KEY")
    assert environment_secrets(os.environ).in_text("another-one-in-its-place") == "another-one-in-its-place"
    assert repr(environment_secrets(os.environ)) == repr(before)
