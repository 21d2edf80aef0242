"""A `curl` command, as browsers and documentation give it, taken apart. Pure."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from scenario.errors import ConfigurationError
from scenario.probe.target import DEFAULT_MESSAGE, Target

_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_WITH_VALUE: Final = frozenset(
    {
        "-o", "--output", "-m", "--max-time", "--connect-timeout", "-w", "--write-out", "-D", "--dump-header",
        "--retry", "-x", "--proxy", "--cacert", "-E", "--cert", "--key", "-c", "--cookie-jar", "--resolve", "-Y", "-y",
        "--limit-rate",
        "-F", "--form", "-T", "--upload-file", "--data-urlencode",
    }
)  # fmt: skip
_REFUSED: Final = frozenset({"-F", "--form", "-T", "--upload-file", "--data-urlencode", "-K", "--config"})
_SHORT: Final = "XHduAbemowDxEcYyFTK"
_ANSI: Final = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)


class _Given:
    """What the options read so far say."""

    def __init__(self) -> None:
        self.url = ""
        self.method = ""
        self.data: str | None = None
        self.headers: dict[str, str] = {}

    def take(self, option: str, value: str) -> None:
        if option in _HEADERS:
            name, text = _HEADERS[option](value)
            self.headers[name] = text
        elif option in _DATA:
            self.data = value if self.data is None else f"{self.data}&{value}"
        elif option in ("-X", "--request"):
            self.method = value.upper()
        elif option in ("-G", "--get"):
            self.method = "GET"
        elif option == "--url" or (option == "" and not self.url):
            self.url = value


def _header(value: str) -> tuple[str, str]:
    name, _, text = value.partition(":")
    return name.strip(), text.strip()


def _user(value: str) -> tuple[str, str]:
    return "Authorization", f"Basic {base64.b64encode(value.encode()).decode()}"


# Options that are headers by another name.
_HEADERS: Final[Mapping[str, Callable[[str], tuple[str, str]]]] = {
    "-H": _header,
    "--header": _header,
    "-u": _user,
    "--user": _user,
    "-A": lambda value: ("User-Agent", value),
    "--user-agent": lambda value: ("User-Agent", value),
    "-b": lambda value: ("Cookie", value),
    "--cookie": lambda value: ("Cookie", value),
    "-e": lambda value: ("Referer", value),
    "--referer": lambda value: ("Referer", value),
    "--oauth2-bearer": lambda value: ("Authorization", f"Bearer {value}"),
}


def target_of_curl(command: str, *, message: str = DEFAULT_MESSAGE) -> Target:
    """What a curl command would send.

    Raises:
        ConfigurationError: it is no such command, or one that sends what no agent takes.
    """
    given = _Given()
    for option, value in _options(_words(command)):
        if option in _REFUSED:
            raise ConfigurationError(f"curl's {option} cannot be probed: agents are sent JSON with --data.")
        given.take(option, value)
    url, data, headers = given.url, given.data, given.headers
    if not url:
        raise ConfigurationError("The curl command has no URL.")
    if data is not None and data.startswith("@"):
        raise ConfigurationError(f"The curl command reads its data from a file ({data}): put the JSON itself there.")
    # Its length is that of what is sent.
    headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
    return Target(url=url, method=given.method, headers=headers, data=data, message=message)


def _words(command: str) -> Iterator[str]:
    text = re.sub(r"\\\r?\n", " ", command.strip())
    text = _ANSI.sub(lambda match: shlex.quote(_unescaped(match[1])), text)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigurationError(f"The curl command cannot be taken apart: {error}. Is a quote missing?") from error
    if not words or words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise ConfigurationError("A curl command begins with `curl`.")
    yield from words[1:]


def _unescaped(text: str) -> str:
    """A shell's $'…', whose escapes are those of C."""
    simple = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "ux" and len(code) > 1:
            return chr(int(code[1:], 16))
        return simple.get(code, code)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)", one, text, flags=re.DOTALL)


def _options(words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Options with their values; what is no option has an empty name."""
    for word in words:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if equals:
                yield name, value
            else:
                yield name, next(words, "") if _takes_value(name) else ""
        elif word.startswith("-") and len(word) > 1:
            yield from _short_options(word[1:], words)
        else:
            yield "", word


def _short_options(letters: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Letters that stand together (-sNX POST); the value may follow its letter at once (-XPOST)."""
    for place, letter in enumerate(letters):
        if letter in _SHORT:
            yield f"-{letter}", letters[place + 1 :] or next(words, "")
            return
        yield f"-{letter}", ""


def _takes_value(name: str) -> bool:
    return name in _DATA or name in _WITH_VALUE or name in _HEADERS or name in ("--url", "--request", "--config")
