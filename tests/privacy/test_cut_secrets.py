"""A secret of which a cut has left a part: that is masked like a whole one."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from scenario.checks.check import shown
from scenario.protocols.rejection import shown as body_shown
from scenario.redaction import Secrets
from tests.privacy.test_echoes import Kept, answering, delta
from tests.remote.raw_server import Connection, whole

SECRET = "Zq7-Wk9xPvLm3TnRb5YcHd8JfGs2QaXe"  # noqa: S105 - made up
CUT = {
    "quoted and marked": lambda text, size: f"it is {text[:size]!r}…, not 'b'",
    "marked, then quoted": lambda text, size: f"it is {text[:size] + '…'!r}, not 'b'",
    "marked with dots": lambda text, size: f"{text[:size]}...",
    "quoted": lambda text, size: f"it is {text[:size]!r} (of 900 bytes)",
    "at the end": lambda text, size: f"an error: {text[:size]}",
    "as JSON": lambda text, size: json.dumps(f"{text[:size]}…"),
    "behind": lambda text, size: f"…{text[-size:]}",
    "behind dots": lambda text, size: f"'...{text[-size:]}' was last",
    "by a check": lambda text, size: shown("e " * (150 - size // 2) + text),
    "by an error": lambda text, size: body_shown(("e" * (300 - size) + text).encode() + b" tail" * 99),
}
SPELT = {
    "as it is": str,
    "by character": lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    "in a URL": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "in Base64": lambda text: base64.b64encode(text.encode()).decode(),
}


def longest_left(secret: str, text: str) -> int:
    """The longest part of a secret that stands in a text."""
    sizes = (
        end - begin
        for begin in range(len(secret))
        for end in range(begin + 1, len(secret) + 1)
        if secret[begin:end] in text
    )
    return max(sizes, default=0)


@pytest.mark.parametrize("cut", sorted(CUT))
@pytest.mark.parametrize("spelt", sorted(SPELT))
def test_nothing_that_tells_is_left_of_a_secret_that_was_cut(cut: str, spelt: str) -> None:
    """Wherever in it, and however it is written."""
    written = SPELT[spelt](SECRET)
    each = len(written) // len(SECRET)
    for size in range(1, len(written)):
        text = CUT[cut](written, size)
        left = Secrets([SECRET]).in_text(text)
        assert len(left) == len(text)
        assert longest_left(written, left) < 8 * each, (size, text, left)


@given(st.text("abcdefgXYZ0123456789-_.~+/=!$", min_size=12, max_size=40), st.data(), st.text("ab \"'\\", max_size=12))
@example("abcdefghijkl", None, "")
def test_a_mark_is_an_edge_for_whatever_is_secret(secret: str, data: st.DataObject | None, before: str) -> None:
    """Also for one that looks like words."""
    size = 9 if data is None else data.draw(st.integers(1, len(secret) - 1))
    for text in (f"{before}{secret[:size]}…", f"{before + secret[:size]!r}… more", f"{before}…{secret[size:]} more"):
        assert longest_left(secret, Secrets([secret]).in_text(text)) < 8


@pytest.mark.parametrize(
    "text",
    [
        "Paris is mild…",
        "to passwords there is no end",
        'the field "password" is missing',
        "Give me your password.",
        "password",
        "the tool search_tools",
        "…and the word 123 ends",
        "pass…",
    ],
)
def test_words_stay(text: str) -> None:
    """What a secret begins with is an ordinary word, and is one elsewhere."""
    assert Secrets(["password123", "search_token_of_mine", "Parisian-123"]).in_text(text) == text


@pytest.mark.parametrize("place", ["event", "error", "page", "answer"])
async def test_no_part_of_a_secret_is_kept_of_what_is_quoted(tmp_path: Path, place: str) -> None:
    """An error quotes the beginning of an event or a body, and the cut is made before anybody masks it."""

    def behaviour(size: int) -> Any:
        said = f"{'e ' * (size // 2)}{'b' * (size % 2)}{SECRET}{' tail' * 200}"
        if place == "event":
            return answering(f'data: {{"x": "{said}\n\n')
        if place == "error":
            return answering(f"data: {json.dumps({'error': {'message': said}})}\n\n")
        if place == "answer":
            return answering(delta(content=said))

        async def refuses(connection: Connection) -> None:
            await connection.send(whole(said.encode(), "text/plain", status="500 No"))

        return refuses

    for size in (85, 100, 110, 180, 275, 285, 580):
        kept = Kept(tmp_path / str(size))
        await kept.run(behaviour(size), headers={"Authorization": f"Bearer {SECRET}"})
        assert longest_left(SECRET, kept.all()) < 8
