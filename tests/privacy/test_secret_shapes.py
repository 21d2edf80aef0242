"""Which texts are secrets by their form or name, however they are written, and which are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from scenario.found_secrets import secrets_found
from scenario.secret_shapes import distinct_words, may_hold_shapes, shaped_secrets
from tests.cassette.planted import as_it_stands, planted

_WRITTEN: dict[str, Callable[[str], str]] = {
    "behind a new line in JSON": lambda text: json.dumps({"log": f"it was\n{text}"}),
    "behind a tab in JSON": lambda text: json.dumps({"log": f"it was\t{text}"}),
    "behind an escaped quote": lambda text: f'{{"log": "\\u0022{text}"}}',
    "in JSON within JSON": lambda text: json.dumps(json.dumps({"log": f"it was\n{text}"})),
    "behind a space of a URL": lambda text: f"/?note=use%20{quote(text, safe='')}",
    "behind an equals sign of a URL": lambda text: f"/?to=%2F%3Fnote%3D{quote(text, safe='')}",
}


@pytest.mark.parametrize("written", _WRITTEN.values(), ids=_WRITTEN)
def test_each_kind_is_found_however_it_is_written(written: Callable[[str], str]) -> None:
    """What stands before a secret may be the last character of an escape."""
    missed = []
    for kind, secret in planted(seed=7).items():
        body = written(as_it_stands(kind, secret).removeprefix("use ").removesuffix(" for it")).encode()
        shown = secrets_found(body).in_bytes(body)
        if secret.encode() in shown or quote(secret, safe="").encode() in shown:
            missed.append(kind)
    assert not missed


@pytest.mark.parametrize(
    "body",
    [
        "user=me&client_secret=VALUE&x=1",
        ' \n{"secret": "VALUE"}',
        '\ufeff{"secret": "VALUE"}',
        'data: {\ndata: "secret":\ndata: "VALUE"}\n\n',
        '{"text": "hi"}\n{"client_secret": "VALUE"}\n',
        "see https://bob:VALUE@host.example/x",
        "Authorization: Basic VALUE==",
    ],
)
def test_a_name_gives_a_secret_away_in_any_body(body: str) -> None:
    """Forms, JSON with a mark or space before it, several data lines, lines of JSON, a URL, a header's line."""
    written = body.replace("VALUE", secret := planted(seed=8)["password"]).encode()
    assert secret.encode() not in secrets_found(written).in_bytes(written)


@pytest.mark.parametrize("lines", ["", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123\n\n"])
@pytest.mark.parametrize("parted", ["\n", "\\n", ""])
def test_a_private_key_is_found_whole(lines: str, parted: str) -> None:
    """In lines, in an escaped text, in one line, and with the headers of an encrypted one."""
    pieces = [planted(seed=seed)["digital ocean"][7:] for seed in range(6)]
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{lines}{parted.join(pieces)}\n-----END RSA PRIVATE KEY-----"
    shown = secrets_found(key.encode()).in_text(key)
    assert not [piece for piece in pieces if piece in shown]


@pytest.mark.parametrize("beginning", ["sk-", "-eyJ", "eyJaaaaaaaaaa.", "-----BEGIN PRIVATE KEY-----", "postgres://"])
def test_an_agent_can_not_hold_up_a_run_with_beginnings(beginning: str) -> None:
    """300,000 characters of them take a moment; a pattern that reads on from each would take minutes."""
    assert shaped_secrets((beginning * 100_000)[:300_000]) == []


def test_an_ordinary_stream_is_not_read_for_secrets() -> None:
    """English words and the usual ids and counts have no sign of a secret, so that looking for one costs little."""
    pieces = ["The", " English", " flight", " through", " Edinburgh", " keeps", " tokens", ": ", "money", " and they"]
    events = [{"id": "chatcmpl-B9MBs8", "token": piece, "usage": {"completion_tokens": 3}} for piece in pieces]
    assert not may_hold_shapes(b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events))


def test_the_words_of_a_stream_are_told_once() -> None:
    """A word of each event is searched once; what a streamed text is called is no word."""
    assert sorted(distinct_words(b'{"token": "a"}' * 50).split()) == [b":", b"a"]


@pytest.mark.parametrize(
    "text",
    [
        "01890a5d-ac96-774b-bcce-b302099a8057",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "run_9fceb02d0ae598e95dc970b74767f193",
        "asst_abc123def456ghi789jkl012",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "gen-1741569952-Ab12Cd34Ef56Gh78Ij90",
        "fp_44709d6fcb",
        "file-9F1ex49ipEnKzyLUNnCA0Yzx",
        "vs_67ccd2bed1ec8190b14f964abc054267",
        "step_abc123",
        "arn:aws:iam::123456789012:role/reader",
        "https://example.com/path?page_token=abc",
        "https://example.com:8443/@someone",
        "git@github.com:someone/something.git",
        "mailto:me@example.com",
        "postgres://user:password@localhost/db",
        "postgres://postgres:postgres@localhost/db",
        "mysql://$USER:$PASSWORD@host/db",
        "redis://localhost:6379/0",
        "Authorization: Basic authentication is required here",
        "WWW-Authenticate: Basic realm=example",
        "Authorization: Bearer <token>",
        "The hash is 5d41402abc4b2a76b9719d911017c592",
        '{"max_tokens": 4096, "total_tokens": 77}',
        '{"password": "string"}',
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "export GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "2026-12-01T08:15:00.000Z",
        "user%40example.com%3A8080",
        "hf_hub_download and npm_package_version",
    ],
)
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    """Ids, hashes, addresses, counts, and what documentation writes in the place of a secret."""
    assert not secrets_found(text.encode())
