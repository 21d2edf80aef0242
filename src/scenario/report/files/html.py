"""A whole report in one HTML file: it opens from disk, asks nobody for anything, and runs no script but its own.

Data stands in elements that are not executed. What the page begins with is JSON in which no character can end its
element. The list of runs is deflated JSON in base64, and so are the runs, many to a block, inflated when one of them is
looked at: ten thousand open nearly as quickly as one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from scenario._version import __version__
from scenario.atomic_file import write_atomically
from scenario.record.account import Overview, RowAccount, RunAccount
from scenario.record.not_run import NotRun
from scenario.record.overview import criterion_counts, overview
from scenario.record.plain import json_text
from scenario.report.files.bounds import bounded_account, bounded_row
from scenario.report.files.packed import blocks, deflated
from scenario.types import CriterionStatus

_ASSETS: Final = Path(__file__).parents[2] / "viewer" / "assets"
_NEEDS: Final = "This page needs a browser of 2024 or later: Chrome or Edge 123, Firefox 120, Safari 17.5."
# What could end a script block, begin a comment in it, or be a line end to older readers of scripts.
_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def write_html(
    accounts: Iterable[RunAccount],
    path: str | Path,
    *,
    title: str = "Scenario report",
    not_run: Sequence[NotRun] = (),
    stopped: str = "",
) -> None:
    """Write a report of these runs into one file, whole or not at all.

    Args:
        accounts: the runs; each is taken, packed and let go, so that a generator of many needs little memory.
        path: the file; folders above it are made.
        title: its heading.
        not_run: what was not run.
        stopped: why not everything was run to its end; empty where it was.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    write_atomically(Path(path), html_parts(accounts, title=title, not_run=not_run, stopped=stopped))


def html_report(
    accounts: Iterable[RunAccount],
    *,
    title: str = "Scenario report",
    not_run: Sequence[NotRun] = (),
    stopped: str = "",
) -> str:
    """The report as text; see `write_html` for the arguments."""
    return b"".join(html_parts(accounts, title=title, not_run=not_run, stopped=stopped)).decode()


def html_parts(
    accounts: Iterable[RunAccount], *, title: str, not_run: Sequence[NotRun] = (), stopped: str = ""
) -> Iterator[bytes]:
    """The report, piece by piece; what is held of the runs until the first is given is no more than the file has."""
    rows: list[RowAccount] = []
    ttfts: list[float] = []
    verdicts: list[tuple[str, CriterionStatus]] = []

    def seen() -> Iterator[RunAccount]:
        for account in map(bounded_account, accounts):
            rows.append(bounded_row(account.row))
            if account.row.status != "retried":  # it counts in tokens and cost alone
                verdicts.extend((one.criterion, one.status) for one in account.criteria)
                ttfts.extend(one.first_content for one in account.streams if one.first_content is not None)
            yield account

    packed = list(blocks(seen()))
    figures = overview(rows, criteria=criterion_counts(verdicts), ttfts=ttfts)
    cut = stopped_words(figures, len(not_run), stopped)
    data = {
        "title": title,
        "version": __version__,
        "written": time.time(),
        "rows": len(rows),
        "blocks": [block.runs for block in packed],
        "overview": figures,
        "stopped": cut,
        "not_run": [one._asdict() for one in not_run],
    }
    listed = _data_element("rows", deflated(json_text(rows).encode()))
    head, end = page(data, title=title, said=f"{cut} {_without_script(figures)}".lstrip(), rows=listed.decode())
    yield head.encode()
    for number, block in enumerate(packed):
        yield _data_element(f"runs-{number}", block.text)
    yield end.encode()


def stopped_words(figures: Overview, not_run: int, stopped: str) -> str:
    """That not everything was run to its end, and how much was; empty where it was."""
    cancelled = figures.cancelled + figures.interrupted
    if not cancelled and not not_run:
        return ""
    done = figures.runs - cancelled - figures.running
    left = [f"{cancelled:,} cancelled"] if cancelled else []
    left += [f"{not_run:,} not run"] if not_run else []
    return f"{stopped or 'not everything was run'}: {done:,} of {figures.runs + not_run:,} run, {', '.join(left)}."


def page(data: object, *, title: str, said: str = "", rows: str = "", live: bool = False) -> tuple[str, str]:
    """The page: what stands before the runs that it holds, and what after them.

    The script comes before the runs, so that the list is drawn while they are still being read.

    Args:
        data: what the script begins with.
        title: of the document.
        said: plain text for those whose browser runs no script.
        rows: the element that holds the list of runs.
        live: whether the policy comes with the response's head, and so is left out here.
    """
    script, style = assets()
    policy = "" if live else f'<meta http-equiv="Content-Security-Policy" content="{content_policy()}">\n'
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{policy}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<noscript><p>This page needs JavaScript. {html.escape(said)}</p></noscript>\n"
        f'<p class="needs">{_NEEDS}</p>\n'
        f'<script type="application/json" id="data">{script_safe(json_text(data))}</script>\n'
        f"{rows}<script>{script}</script>\n"
    )
    return head, "</body>\n</html>\n"


def content_policy(*, live: bool = False) -> str:
    """The Content-Security-Policy: our own script and style, by their hashes, and nothing else at all.

    Args:
        live: the page may ask the server that it came from.
    """
    script, style = (f"'sha256-{_digest(text)}'" for text in assets())
    rules = [
        "default-src 'none'",
        f"script-src {script}",
        f"style-src {style}",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
    if live:
        rules += ["connect-src 'self'", "frame-ancestors 'none'"]
    return "; ".join(rules)


def assets() -> tuple[str, str]:
    """The script and the style sheet of the page."""
    script = (_ASSETS / "app.js").read_text("utf-8")
    return script, (_ASSETS / "app.css").read_text("utf-8")


def script_safe(json: str) -> str:
    """JSON in which nothing can end the script element around it. It means the same."""
    return json.translate(_ESCAPES)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data_element(name: str, text: bytes) -> bytes:
    return b'<script type="text/plain" id="%b">%b</script>\n' % (name.encode(), text)


def _without_script(figures: Overview) -> str:
    return (
        f"{figures.runs} scenarios: {figures.passed} passed, {figures.failed} failed, {figures.undecided} undecided, "
        f"{figures.invalid} invalid, {figures.cancelled + figures.interrupted} stopped."
    )
