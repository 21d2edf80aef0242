"""The HTML report as text: what it is made of, and that data never leaves its blocks."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from scenario.record.account import MessageAccount, RowAccount, RunAccount
from scenario.report.files.html import assets, content_policy, html_report, write_html

ROOT = Path(__file__).parents[2]


class Elements(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "script":
            self._open = dict(attrs)
            self.scripts.append((self._open, ""))

    def handle_data(self, data: str) -> None:
        if self._open is not None and self.scripts:
            self.scripts[-1] = (self._open, self.scripts[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = None


def account(text: str) -> RunAccount:
    """A run that says this wherever it can."""
    return RunAccount(
        row=RowAccount(id="1", name=text, status="failed", error=text, unmet=[text]),
        description=text,
        reasoning=text,
        messages=[MessageAccount(index=0, role="assistant", text=text)],
    )


MARKUP = st.text() | st.lists(
    st.sampled_from(["<script>", "</script>", "<!--", "-->", "]]>", "\u2028", "&lt;", "\\u003c", "\x00", "'", '"', "x"])
).map("".join)


@given(MARKUP)
def test_no_text_leaves_its_block(text: str) -> None:
    """Whatever a run says, the page has the same elements, and its data reads back as it was said."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    page = Elements(html_report([account(clean)], title=clean))
    assert page.tags == Elements(html_report([account("x")], title="x")).tags
    data, listed, script, packed = page.scripts
    told = json.loads(data[1])
    assert (told["title"], told["rows"], told["blocks"]) == (clean, 1, [1])
    rows = json.loads(zlib.decompress(base64.b64decode(listed[1])))
    assert rows[0]["name"] == clean
    ((whole, events),) = json.loads(zlib.decompress(base64.b64decode(packed[1])))
    assert (whole.get("messages")[0].get("text", ""), events) == (clean, [])
    assert script[0] == {}


def test_nothing_outside_is_named() -> None:
    """The page names no address, so that it needs no network."""
    page = html_report([account("x")])
    addresses = set(re.findall(r"(?:https?:)?//[\w.-]+", page))
    assert addresses <= {"http://www.w3.org"}  # the namespace of SVG


def test_the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else() -> None:
    """The hashes are those of what stands in the page; all else is 'none'."""
    page = html_report([account("x")])
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0]
    policy = dict(rule.split(" ", 1) for rule in content_policy().split("; "))
    for name, text in (("script-src", script), ("style-src", style)):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert policy.pop(name) == f"'sha256-{digest}'"
    assert policy.pop("require-trusted-types-for") == "'script'"
    assert set(policy.values()) == {"'none'"}
    assert content_policy() in page


def test_the_script_parses_no_markup_and_evaluates_no_text() -> None:
    """Our own script has none of the ways by which text becomes markup or code."""
    script, _ = assets()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "Function("):
        assert way not in script


def test_the_assets_are_those_of_the_sources() -> None:
    """What is installed was built from what is in viewer/."""
    spec = importlib.util.spec_from_file_location("viewer_build", ROOT / "viewer" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    assert assets() == (build.script(), build.style()), "run `python viewer/build.py`"


def _luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_of_text_can_be_read(theme: int) -> None:
    """Every colour of text has a contrast of 4.5 to 1 or more with each ground that it stands on (WCAG 2.2, 1.4.3)."""
    _, style = assets()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", style)
    colours = {name: pair[theme] for name, *pair in found}
    pairs = [(ink, ground) for ink in ("ink", "soft", "accent") for ground in ("ground", "sheet", "raised")]
    pairs += [(ink, ground) for ink in ("passed", "failed", "invalid", "undecided") for ground in ("ground", "sheet")]
    pairs += [("ink", "accent-ground"), ("soft", "accent-ground"), ("ink", "failed-ground"), ("soft", "failed-ground")]
    pairs += [("undecided", "undecided-ground"), ("undecided", "raised"), ("sheet", "idle")]
    pairs += [
        ("ink", "undecided-ground"),
        ("soft", "undecided-ground"),
        ("ink", "passed-ground"),
        ("ink", "accent-ground"),
    ]
    for ink, ground in pairs:
        dark, bright = sorted((_luminance(colours[ink]), _luminance(colours[ground])))
        contrast = (bright + 0.05) / (dark + 0.05)
        assert contrast >= 4.5, f"{ink} on {ground}: {contrast:.2f}"


def test_a_report_is_written_whole_into_folders_that_it_makes(tmp_path: Path) -> None:
    """Nobody sees half a report, and nothing else is left beside it."""
    path = tmp_path / "out" / "report.html"
    write_html([account("x")], path)
    assert path.read_text("utf-8").endswith("</html>\n")
    assert list(path.parent.iterdir()) == [path]
