"""A whole report in one HTML file: it opens from disk, asks nobody for anything, and runs no script but its own.

Data stands in blocks that are not executed. The list of runs is JSON, in which no character can end the block; each
run's account is deflated JSON in base64, inflated when it is looked at, so that a thousand runs open as quickly as one.
"""

from __future__ import annotations

import base64
import hashlib
import html
import time
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from scenario._version import __version__
from scenario.record.account import Overview, RowAccount, RunAccount
from scenario.record.account_parts import json_of
from scenario.record.not_run import NotRun
from scenario.record.overview import criterion_counts, overview
from scenario.report.files.atomic_file import write_atomically

_ASSETS: Final = Path(__file__).parents[2] / "viewer" / "assets"
_LEVEL: Final = 6
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
    write_atomically(Path(path), html_report(accounts, title=title, not_run=not_run, stopped=stopped).encode())


def html_report(
    accounts: Iterable[RunAccount],
    *,
    title: str = "Scenario report",
    not_run: Sequence[NotRun] = (),
    stopped: str = "",
) -> str:
    """The report as text; see `write_html` for the arguments."""
    rows: list[RowAccount] = []
    ttfts: list[float] = []
    verdicts: list[tuple[str, Any]] = []
    blocks: list[str] = []
    for account in accounts:
        blocks.append(_block(len(rows), account))
        rows.append(account.row)
        verdicts += [(one.criterion, one.status) for one in account.criteria]
        ttfts += [stream.first_content for stream in account.streams if stream.first_content is not None]
    figures = overview(rows, criteria=criterion_counts(verdicts), ttfts=ttfts)
    data = {"title": title, "version": __version__, "written": time.time(), "rows": rows, "overview": figures}
    cut = stopped_words(figures, len(not_run), stopped)
    data |= {"stopped": cut, "not_run": [one._asdict() for one in not_run]}
    return page(data, title=title, blocks=blocks, said=f"{cut} {_without_script(figures)}".lstrip())


def stopped_words(figures: Overview, not_run: int, stopped: str) -> str:
    """That not everything was run to its end, and how much was; empty where it was."""
    cancelled = figures.cancelled + figures.interrupted
    if not cancelled and not not_run:
        return ""
    done = figures.runs - cancelled - figures.running
    left = [f"{cancelled:,} cancelled"] if cancelled else []
    left += [f"{not_run:,} not run"] if not_run else []
    return f"{stopped or 'not everything was run'}: {done:,} of {figures.runs + not_run:,} run, {', '.join(left)}."


def page(data: object, *, title: str, blocks: Sequence[str] = (), said: str = "", live: bool = False) -> str:
    """The page around its data.

    Args:
        data: what the script begins with.
        title: of the document.
        blocks: more data, as elements.
        said: plain text for those whose browser runs no script.
        live: whether the policy comes with the response's head, and so is left out here.
    """
    script, style = assets()
    policy = "" if live else f'<meta http-equiv="Content-Security-Policy" content="{content_policy()}">\n'
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"{policy}"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{html.escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<noscript><p>This page needs JavaScript. {html.escape(said)}</p></noscript>\n"
        f'<script type="application/json" id="data">{script_safe(json_of(data))}</script>\n'
        f"{''.join(blocks)}<script>{script}</script>\n</body>\n</html>\n"
    )


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


def _block(index: int, account: RunAccount) -> str:
    packed = zlib.compress(json_of(account).encode(), _LEVEL)
    text = base64.b64encode(packed).decode()
    return f'<script type="text/plain" id="account-{index}">{text}</script>\n'


def _without_script(figures: Overview) -> str:
    return (
        f"{figures.runs} scenarios: {figures.passed} passed, {figures.failed} failed, {figures.undecided} undecided, "
        f"{figures.invalid} invalid, {figures.cancelled + figures.interrupted} stopped."
    )
