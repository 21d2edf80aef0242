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
from scenario.probe.shell_words import shell_words
from scenario.probe.target import DEFAULT_MESSAGE, Target

_DATA: Final = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"})
_FROM_FILES: Final = _DATA - {"--data-raw"}
# curl's other options with a value; what has none is a flag.
_VALUED: Final = (
    "abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers connect-timeout connect-to "
    "continue-at cookie-jar create-file-mode crlfile curves data-urlencode delegation dns-interface dns-ipv4-addr "
    "dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save "
    "expect100-timeout expand-data expand-header expand-url form form-string happy-eyeballs-timeout-ms "
    "haproxy-clientip hostpubmd5 hsts interface ip-tos ipfs-gateway keepalive-cnt keepalive-time key key-type krb "
    "libcurl limit-rate local-port login-options max-filesize max-redirs max-time netrc-file noproxy output "
    "output-dir parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert "
    "proxy-cert proxy-header proxy-key proxy-user proxy1.0 pubkey quote random-file range rate request-target "
    "resolve retry retry-delay retry-max-time sasl-authzid service-name socks4 socks4a socks5 socks5-hostname "
    "speed-limit speed-time stderr telnet-option time-cond tls-max tls13-ciphers trace trace-ascii trace-config "
    "unix-socket upload-file url-query variable vlan-priority write-out"
)
_WITH_VALUE: Final = frozenset(f"--{name}" for name in _VALUED.split())
_JSON_ONLY: Final = "agents are sent JSON with --data"
# What would be sent otherwise than the command says, each with the reason.
_REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("-F", "--form", "--form-string", "-T", "--upload-file"), _JSON_ONLY),
        **dict.fromkeys(("-K", "--config"), "put what the file holds into the command"),
        **dict.fromkeys(("--unix-socket", "--abstract-unix-socket"), "agents are reached over TCP"),
        **dict.fromkeys(("--next", "-:"), "give one request"),
        **dict.fromkeys(("--variable", "--expand-data", "--expand-header", "--expand-url"), "put the values in place"),
        **dict.fromkeys(("-I", "--head"), "its answer has no body"),
        "--aws-sigv4": "requests are not signed",
    }
)
_SHORT: Final = "XHduAbemowDxEcYyFTKrCUtzQ"
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
        self.query: list[str] = []
        self.in_query = False
        self.headers: dict[str, str] = {}

    def take(self, option: str, value: str) -> None:
        if option in _HEADERS:
            name, text = _HEADERS[option](value)
            # Without a value, curl leaves a header of its own out.
            if text:
                self.headers[name] = text
        elif option in _DATA:
            if option in _FROM_FILES and value.startswith("@"):
                raise ConfigurationError(
                    f"The curl command reads its data from a file ({value}): put the JSON itself there, "
                    "or give the URL and --data @FILE."
                )
            self.data = value if self.data is None or option == "--json" else f"{self.data}&{value}"
        elif option in ("--data-urlencode", "--url-query"):
            self._take_pair(option, value)
        elif option in ("-X", "--request"):
            self.method = value.upper()
        elif option in ("-G", "--get"):
            self.in_query = True
        elif option == "--url" or (option == "" and not self.url):
            self.url = value

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
    "-r": lambda value: ("Range", f"bytes={value}"),
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
        if option in _REFUSED:
            raise ConfigurationError(f"curl's {option} cannot be probed: {_REFUSED[option]}.")
        given.take(option, value)
    if not given.url:
        raise ConfigurationError("The curl command has no URL.")
    if given.in_query and given.data is not None:
        given.query.append(given.data)
        given.data = None
    url, data = _with_query(given.url, given.query), given.data
    method = given.method or ("GET" if given.in_query else "")
    if method == "GET" and data is None:
        url, data = _fields_of(url)
    # Its length is that of what is sent.
    headers = {name: value for name, value in given.headers.items() if name.lower() != "content-length"}
    return Target(url=url, method=method, headers=headers, data=data, message=message)


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
        if letter in _SHORT:
            yield f"-{letter}", letters[place + 1 :] or next(words, "")
            return
        yield f"-{letter}", ""


def _takes_value(name: str) -> bool:
    return name in _DATA or name in _WITH_VALUE or name in _HEADERS or name in ("--url", "--request", "--config")
