"""A `curl` command, as browsers and documentation give it, taken apart. Pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote_plus, urlsplit, urlunsplit

from scenario.errors import ConfigurationError
from scenario.probe.curl_options import ANY_OTHER, REFUSED, SHORT_WITH_VALUE, WITH_VALUE, WITHOUT_EFFECT
from scenario.probe.forms import field_of_curl, gathered, without_content_type
from scenario.probe.shell_words import shell_words
from scenario.probe.target import DEFAULT_MESSAGE, Target
from scenario.redaction import redacted_url

_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_FROM_FILES: Final = _DATA - {"--data-raw"}
_FORM: Final = frozenset({"-F", "--form", "--form-string"})
_PAIRS: Final = frozenset({"--data-urlencode", "--url-query"})
_BODY: Final = _DATA | _FORM | _PAIRS
_INSECURE: Final = frozenset({"-k", "--insecure"})
_CERTIFICATES: Final = frozenset({"--cacert", "--capath", "--cert", "-E", "--key"})
_PROMPT: Final = re.compile(r"(?:[$%#>]\s+)?(?:(?:sudo|time|env|command|[A-Za-z_][A-Za-z0-9_]*=\S*)\s+)*")
_POWERSHELL: Final = re.compile(
    r"(?:Invoke-WebRequest|Invoke-RestMethod|iwr|irm|\$session\b|\$headers\b)", re.IGNORECASE
)
_FOR_CMD: Final = re.compile(r"(?:^|\s)(?:curl|-H|-b|--data-raw)\s+\^\"")
_TYPOGRAPHIC: Final = "\u2018\u2019\u201c\u201d\u2013\u2014"
_COPY_AS: Final = "in the browser's developer tools choose “Copy as cURL (bash)”."


class _Given:
    """What the options read so far say."""

    def __init__(self) -> None:
        self.url = ""
        self.method = ""
        self.data: str | None = None
        self.form: list[tuple[str, str]] = []
        self.query: list[str] = []
        self.in_query = False
        self.headers: dict[str, str] = {}
        self.verify: bool | str = True
        self.certificate = ""
        self.key = ""

    @property
    def cert(self) -> str | tuple[str, str] | None:
        """The client's certificate, with its key where that is in a file of its own."""
        if not self.certificate and self.key:
            raise ConfigurationError("curl's --key is of no use without --cert FILE.")
        return (self.certificate, self.key) if self.key else self.certificate or None

    def check(self) -> None:
        """Refuse what is no request."""
        if not self.url:
            raise ConfigurationError("The curl command has no URL.")
        if self.form and self.data is not None:
            raise ConfigurationError("The curl command has data and a form: a request has one body, give one of them.")

    def take(self, option: str, value: str) -> None:
        if option in _HEADERS:
            name, text = _HEADERS[option](value)
            # Without a value, curl leaves a header of its own out.
            if text:
                self.headers[name] = text
        elif option in _BODY:
            self._take_body(option, value)
        elif option in ("-X", "--request"):
            self.method = value.upper()
        elif option in ("-G", "--get"):
            self.in_query = True
        elif option in ("", "--url"):
            self._take_url(value)
        elif option in _INSECURE or option in _CERTIFICATES:
            self._take_certificate(option, value)
        elif option not in WITHOUT_EFFECT:
            raise ConfigurationError(f"curl's {option} cannot be probed: {ANY_OTHER}.")

    def _take_url(self, value: str) -> None:
        if self.url:
            raise ConfigurationError(
                f"The curl command has two URLs, {redacted_url(self.url)} and {redacted_url(value)}: give one request."
            )
        self.url = value

    def _take_body(self, option: str, value: str) -> None:
        if option in _FORM:
            self.form.append(field_of_curl(option, value))
            return
        if option in _PAIRS:
            self._take_pair(option, value)
            return
        if option in _FROM_FILES and value.startswith("@"):
            raise ConfigurationError(
                f"The curl command reads its data from a file ({value}): put the JSON itself there, "
                "or give the URL and --data @FILE."
            )
        self.data = value if self.data is None or option == "--json" else f"{self.data}&{value}"

    def _take_certificate(self, option: str, value: str) -> None:
        if option in _INSECURE:
            self.verify = False
        elif option in ("--cacert", "--capath"):
            # As with curl, -k wins.
            self.verify = self.verify and value
        elif option == "--key":
            self.key = value
        else:
            self.certificate = value

    def _take_pair(self, option: str, value: str) -> None:
        name, equals, text = value.partition("=")
        pair = f"{name}={quote_plus(text)}" if equals and name else quote_plus(text if equals else value)
        if option == "--url-query":
            self.query.append(pair)
        else:
            self.data = pair if self.data is None else f"{self.data}&{pair}"


def _header(value: str) -> tuple[str, str]:
    name, _, text = value.partition(":")
    return name.strip(), text.strip()


def _user(value: str) -> tuple[str, str]:
    if ":" not in value:
        raise ConfigurationError("curl would ask for a password: give -u with both, as NAME:PASSWORD.")
    return "Authorization", f"Basic {base64.b64encode(value.encode()).decode()}"


def _cookie(value: str) -> tuple[str, str]:
    if value and "=" not in value:
        raise ConfigurationError(f"The curl command reads its cookies from a file ({value}): give them as NAME=VALUE.")
    return "Cookie", value


# Options that are headers by another name.
_HEADERS: Final[Mapping[str, Callable[[str], tuple[str, str]]]] = {
    "-H": _header,
    "--header": _header,
    "-u": _user,
    "--user": _user,
    "-A": lambda value: ("User-Agent", value),
    "--user-agent": lambda value: ("User-Agent", value),
    "-b": _cookie,
    "--cookie": _cookie,
    "-e": lambda value: ("Referer", value),
    "--referer": lambda value: ("Referer", value),
    "--oauth2-bearer": lambda value: ("Authorization", f"Bearer {value}"),
    "-r": lambda value: ("Range", f"bytes={value}"),
    "--range": lambda value: ("Range", f"bytes={value}"),
}


def target_of_curl(
    command: str, *, message: str = DEFAULT_MESSAGE, environment: Mapping[str, str] = MappingProxyType({})
) -> Target:
    """What a curl command would send.

    Args:
        command: as it is typed into a shell.
        message: what is said to the agent, where the probe makes the body.
        environment: the values of the command's variables.

    Raises:
        ConfigurationError: it is no such command, or one that sends what no agent takes.
    """
    given = _Given()
    for option, value in _options(_words(command, environment)):
        if option in REFUSED:
            raise ConfigurationError(f"curl's {option} cannot be probed: {REFUSED[option]}.")
        given.take(option, value)
    given.check()
    if given.in_query and given.data is not None:
        given.query.append(given.data)
        given.data = None
    url, data = _with_query(given.url, given.query), given.data
    method = given.method or ("GET" if given.in_query else "")
    if method == "GET" and data is None:
        url, data = _fields_of(url)
    # Its length is that of what is sent.
    headers = {name: value for name, value in given.headers.items() if name.lower() != "content-length"}
    return Target(
        url=url,
        method=method,
        headers=without_content_type(headers) if given.form else headers,
        data=data,
        form=gathered(given.form) if given.form else None,
        multipart=bool(given.form),
        message=message,
        verify=given.verify,
        cert=given.cert,
    )


def _with_query(url: str, pairs: list[str]) -> str:
    if not pairs:
        return url
    return f"{url}{'&' if '?' in url else '?'}{'&'.join(pairs)}"


def _fields_of(url: str) -> tuple[str, str | None]:
    """The URL without its query, and that as the fields of a body: which is how a GET's are given."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if not pairs or len(dict(pairs)) < len(pairs):
        return url, None
    return urlunsplit(parts._replace(query="")), json.dumps(dict(pairs), ensure_ascii=False)


def _words(command: str, environment: Mapping[str, str]) -> Iterator[str]:
    lines = [line for line in command.strip().splitlines(keepends=True) if not line.lstrip().startswith("# ")]
    text = "".join(lines).strip()
    if _POWERSHELL.match(text):
        raise ConfigurationError(f"That is PowerShell, and no curl command: {_COPY_AS}")
    if _FOR_CMD.search(text):
        raise ConfigurationError(f"That is written for Windows' cmd: {_COPY_AS}")
    words = shell_words(text[_prompt_ends(text) :], environment)
    if odd := next((word[0] for word in words if word[:1] in _TYPOGRAPHIC and word), ""):
        raise ConfigurationError(
            f"The curl command has typographic quotes or dashes ({odd}): write ', \" and - instead."
        )
    if not words or words[0].rpartition("/")[2] not in ("curl", "curl.exe"):
        raise ConfigurationError("A curl command begins with `curl`.")
    yield from words[1:]


def _prompt_ends(text: str) -> int:
    match = _PROMPT.match(text)
    return 0 if match is None else match.end()


def _options(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Options with their values; what is no option has an empty name."""
    rest = iter(words)
    for word in rest:
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if equals:
                yield name, value
            else:
                yield name, next(rest, "") if _takes_value(name) else ""
        elif word.startswith("-") and len(word) > 1:
            yield from _short_options(word[1:], rest)
        else:
            yield "", word


def _short_options(letters: str, words: Iterator[str]) -> Iterator[tuple[str, str]]:
    """Letters that stand together (-sNX POST); the value may follow its letter at once (-XPOST)."""
    for place, letter in enumerate(letters):
        if letter in SHORT_WITH_VALUE:
            yield f"-{letter}", letters[place + 1 :] or next(words, "")
            return
        yield f"-{letter}", ""


def _takes_value(name: str) -> bool:
    return name in _DATA or name in WITH_VALUE or name in _HEADERS or name in ("--url", "--request", "--config")
