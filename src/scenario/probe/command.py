"""A `scenario probe` command that asks as an agent was found to be asked, to be pasted into a shell. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote_plus

from scenario.probe.fields import escaped
from scenario.probe.pasting import template_headers, template_url, without_secrets
from scenario.probe.target import DEFAULT_MESSAGE, Target
from scenario.protocols.registry import AUTO

_VARIABLE: Final = re.compile(r"\$\$|\$env\.([A-Za-z_][A-Za-z0-9_]*)")


def command_of(target: Target, url: str, *, write: str, timeout: float | None = None) -> str:
    """The command for what was probed, at the URL that was found; secrets are variables, as in the code to paste.

    Args:
        target: what was probed.
        url: where it answered.
        write: the file that it is to write.
        timeout: the seconds for each answer, where they were given.
    """
    variables: dict[str, str] = {}
    words = ["scenario", "probe", template_url(url, variables), "--write", escaped(write)]
    for name, value in template_headers(target.headers, variables).items():
        words += ["-H", f"{name}: {value}"]
    if target.data is not None:
        body = without_secrets(escaped(target.body), variables)
        words += ["-d", json.dumps(body, ensure_ascii=False)]
    elif target.form is not None:
        words += _fields(without_secrets(escaped(target.form), variables), multipart=target.multipart)
    words += [escaped(word) for word in _options(target)]
    words += [] if timeout is None else ["--timeout", f"{timeout:g}"]
    return " ".join(map(_word, words))


def _fields(form: dict[str, Any], *, multipart: bool) -> list[str]:
    pairs = [(name, one) for name, value in form.items() for one in (value if isinstance(value, list) else [value])]
    if multipart:
        return [word for name, value in pairs for word in ("-F", f"{name}={value}")]
    # What is a variable is put in place by the shell, and quoted by nobody.
    quoted = [one if _names_variable(one) else quote_plus(one.replace("$$", "$")) for _, one in pairs]
    return ["-d", "&".join(f"{name}={value}" for (name, _), value in zip(pairs, quoted, strict=True))]


def _options(target: Target) -> Iterator[str]:
    for option, value, usual in (
        ("--method", target.method, ""),
        ("--message", target.message, DEFAULT_MESSAGE),
        ("--model", target.model, ""),
        ("--protocol", target.protocol, AUTO),
        ("--verify", target.verify if isinstance(target.verify, str) else "", ""),
    ):
        if value != usual:
            yield from (option, value)
    if target.cert is not None:
        files = (target.cert, "") if isinstance(target.cert, str) else target.cert
        for option, file in zip(("--cert", "--key"), files, strict=True):
            yield from (option, file) if file else ()
    if target.verify is False:
        yield "--insecure"


def _names_variable(text: str) -> bool:
    return any(match[1] for match in _VARIABLE.finditer(text))


def _word(text: str) -> str:
    """A word of a shell: what was a variable of the template is one of the environment."""
    if not _names_variable(text):
        return shlex.quote(text.replace("$$", "$"))
    pieces: list[str] = []
    place = 0
    for match in _VARIABLE.finditer(text):
        pieces += [_in_quotes(text[place : match.start()]), f"${{{match[1]}}}" if match[1] else "\\$"]
        place = match.end()
    return f'"{"".join(pieces)}{_in_quotes(text[place:])}"'


def _in_quotes(text: str) -> str:
    return re.sub(r'([\\"`$!])', r"\\\1", text).replace("\\!", "\"'!'\"")
