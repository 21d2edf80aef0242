"""curl's options: those with a value, those that change nothing of a request, those that cannot be kept. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# Options with a value; what has none is a flag.
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
WITH_VALUE: Final = frozenset(f"--{name}" for name in _VALUED.split())
SHORT_WITH_VALUE: Final = "XHduAbemowDxEcYyFTKrCUtzQP"

# About what curl shows, keeps and waits for: the request is the same without them.
_OF_THE_OUTPUT: Final = (
    "silent show-error no-buffer buffer include show-headers verbose location compressed fail fail-with-body "
    "fail-early globoff progress-bar no-progress-meter progress-meter output output-dir remote-name remote-name-all "
    "remote-header-name remove-on-error create-dirs create-file-mode write-out dump-header trace trace-ascii "
    "trace-config trace-time trace-ids stderr styled-output no-styled-output libcurl max-time connect-timeout "
    "retry retry-delay retry-max-time retry-connrefused retry-all-errors keepalive-time keepalive-cnt no-keepalive "
    "tcp-nodelay http1.1 http2 max-redirs max-filesize limit-rate rate speed-limit speed-time cookie-jar "
    "junk-session-cookies disable path-as-is basic proto proto-redir xattr clobber no-clobber "
    "disallow-username-in-url skip-existing"
)
WITHOUT_EFFECT: Final = frozenset(
    {f"--{name}" for name in _OF_THE_OUTPUT.split()} | {f"-{one}" for one in "sSNivLfgOoRJwDm#qjcyY"}
)

_TWO_PARTS: Final = "give the certificate and the key as PEM files without a password, by --cert and --key"
# What would be sent otherwise than the command says, each with the reason.
REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("-T", "--upload-file"), "agents are sent JSON with --data, or a form"),
        **dict.fromkeys(("-K", "--config"), "put what the file holds into the command"),
        **dict.fromkeys(("--unix-socket", "--abstract-unix-socket"), "agents are reached over TCP"),
        **dict.fromkeys(("--next", "-:"), "give one request"),
        **dict.fromkeys(("--variable", "--expand-data", "--expand-header", "--expand-url"), "put the values in place"),
        **dict.fromkeys(("-I", "--head"), "its answer has no body"),
        **dict.fromkeys(("-n", "--netrc", "--netrc-file", "--netrc-optional"), "give the user by -u NAME:PASSWORD"),
        **dict.fromkeys(("--digest", "--ntlm", "--negotiate", "--anyauth"), "a user is sent as Basic"),
        **dict.fromkeys(("--pass", "--cert-type", "--key-type", "--engine"), _TWO_PARTS),
        "--aws-sigv4": "requests are not signed",
    }
)
ANY_OTHER: Final = "it would have no effect: leave it out of the command"
