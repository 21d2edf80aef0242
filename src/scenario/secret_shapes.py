"""Secrets by the forms that their issuers give them: whoever sees one knows what it is, wherever it stands. Pure.

Each form begins with, or stands behind, a sign that is looked for first: nearly every text has none. The part of a
match that is secret is the group of that name, else all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from scenario.late_pattern import late_pattern

# Behind a name: `"client_secret": "…"`, `AccountKey=…`, `api-key: …`, also where it is escaped.
_IS: Final = r"[\\\"']{0,6}\s{0,3}(?:=>|[:=])\s{0,3}[\\\"']{0,6}"


class Shape(NamedTuple):
    """One form.

    Attributes:
        kind: what it is, in words.
        sign: what stands in every one.
        pattern: the form.
    """

    kind: str
    sign: str
    pattern: str


SHAPES: Final = (
    Shape("a JSON web token", "eyJ", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    Shape(
        "an Authorization header",
        "earer",
        r"\b[Bb]earer\s+(?P<secret>(?=[A-Za-z._~+/-]*[0-9*])[A-Za-z0-9._~+/*-]{20,})",
    ),
    Shape("an Authorization header", "earer", r"\b[Bb]earer\s+(?P<secret>[A-Za-z]{24,})\b"),
    Shape(
        "an Authorization header",
        "uthorization",
        (
            r"(?i:authorization)[\\]*[\"']\s*:\s*[\\]*[\"'](?:(?i:bearer|basic|token)\s+)?"
            r"(?P<secret>(?![A-Z_]+\b|(?i:your|my|some|the|bearer|none|null|true|false)\b|x{3})"
            r"[A-Za-z0-9._~+/=-]{10,})[\\]*[\"']"
        ),
    ),
    Shape("an API key", "sk-", r"\bsk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
    Shape("an API key", "sk-", r"\bsk-(?:[a-z0-9]{2,8}-){0,2}[A-Za-z0-9]{24,}"),
    Shape("an API key", "gsk_", r"\bgsk_[A-Za-z0-9]{40,}"),
    Shape("an API key", "xai-", r"\bxai-[A-Za-z0-9]{60,}"),
    Shape("an API key", "pplx-", r"\bpplx-[A-Za-z0-9]{40,}"),
    Shape("an API key", "hf_", r"\bhf_[A-Za-z]{30,}\b"),
    Shape("an API key", "r8_", r"\br8_[A-Za-z0-9]{36,}"),
    Shape("an API key", "nvapi-", r"\bnvapi-[A-Za-z0-9_-]{60,}"),
    Shape("an API key", "tvly-", r"\btvly-(?:dev-|prod-)?[A-Za-z0-9]{28,}"),
    Shape("an API key", "lsv2_", r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    Shape("an API key", "-lf-", r"\b[ps]k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    Shape("a cloud access key", "AKIA", r"\bAKIA[0-9A-Z]{16}\b"),
    Shape("a cloud access key", "ASIA", r"\bASIA[0-9A-Z]{16}\b"),
    Shape(
        "a cloud secret key",
        "ecret",
        rf"(?i:secret[_ -]?access[_ -]?key){_IS}(?P<secret>[A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+])",
    ),
    Shape("a cloud API key", "AIza", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    Shape("a cloud access token", "ya29.", r"\bya29\.[0-9A-Za-z_-]{30,}"),
    Shape("a client secret", "GOCSPX-", r"\bGOCSPX-[0-9A-Za-z_-]{28}"),
    Shape("a storage key", "AccountKey=", r"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)"),
    Shape("a signed URL", "sig=", r"[?&;]sig=(?P<secret>[A-Za-z0-9%+/=_-]{43,})"),
    Shape("a signed URL", "X-Amz-Signature=", r"X-Amz-Signature=(?P<secret>[0-9a-f]{64})"),
    Shape("a code host's token", "gh", r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    Shape("a code host's token", "github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{40,}"),
    Shape("a code host's token", "gl", r"\bgl(?:pat|ptt|rt|dt|soat|cbt)-[A-Za-z0-9_-]{20,}"),
    Shape("a code host's token", "ATATT3", r"\bATATT3[A-Za-z0-9_=-]{50,}"),
    Shape("a chat service's token", "xox", r"\bxox[abeoprs]-[A-Za-z0-9-]{16,}"),
    Shape("a chat service's token", "xapp-", r"\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[0-9a-f]{20,}"),
    Shape(
        "a webhook",
        "hooks.slack.com",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/+_-]{20,})",
    ),
    Shape("a webhook", "/webhooks/", r"discord(?:app)?\.com/api/webhooks/(?P<secret>[0-9]{15,}/[A-Za-z0-9_-]{50,})"),
    Shape("a bot's token", ":AA", r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    Shape("a payment key", "_live_", r"\b(?:sk|rk|pk)_live_[A-Za-z0-9]{20,}"),
    Shape("a payment key", "sk_test_", r"\bsk_test_[A-Za-z0-9]{20,}"),
    Shape("a payment key", "whsec_", r"\bwhsec_[A-Za-z0-9+/=]{24,}"),
    Shape("a payment key", "sq0", r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}"),
    Shape("a mail service's key", "SG.", r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    Shape("a mail service's key", "key-", r"\bkey-[0-9a-f]{32}\b"),
    Shape("a telephone service's key", "SK", r"\bSK[0-9a-f]{32}\b"),
    Shape("a package registry's token", "npm_", r"\bnpm_[A-Za-z0-9]{36}\b"),
    Shape("a package registry's token", "pypi-", r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Shape("a package registry's token", "dckr_pat_", r"\bdckr_pat_[A-Za-z0-9_-]{27,}"),
    Shape("a hosting service's token", "_v1_", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    Shape("a hosting service's token", "HRKU-", r"\bHRKU-[A-Za-z0-9_-]{36,}"),
    Shape("a hosting service's token", "dapi", r"\bdapi[0-9a-f]{32}(?:-[0-9])?\b"),
    Shape("a hosting service's token", "sbp_", r"\bsbp_[0-9a-f]{40}\b"),
    Shape("a hosting service's token", "pscale_", r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,}"),
    Shape("a shop's token", "shp", r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    Shape("a tracker's key", "lin_", r"\blin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    Shape("a wiki's token", "ntn_", r"\bntn_[A-Za-z0-9]{40,}"),
    Shape("a wiki's token", "secret_", r"\bsecret_[A-Za-z0-9]{43}\b"),
    Shape("a design tool's token", "figd_", r"\bfigd_[A-Za-z0-9_-]{40,}"),
    Shape("a vault's token", "hv", r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    Shape("a vault's token", "dp.", r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}"),
    Shape("a monitor's token", "glsa_", r"\bglsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}\b"),
    Shape("a monitor's token", "glc_", r"\bglc_[A-Za-z0-9+/=]{32,}"),
    Shape("a monitor's token", "NRAK-", r"\bNRAK-[A-Z0-9]{27}\b"),
    Shape("a monitor's token", "sntry", r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    Shape("an API tool's key", "PMAK-", r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    Shape(
        "a private key",
        "-----BEGIN",
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?P<secret>(?:(?:\s|\\+[nr])+[A-Za-z0-9+/=]{20,76})+)?",
    ),
    Shape("a private key", "AGE-SECRET-KEY-1", r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Shape(
        "a database's password",
        "://",
        r"\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|clickhouse)(?:\+[a-z0-9]+)?://"
        r"[^\s:@/\"'\\]{0,80}:(?P<secret>[^\s@/\"'\\]{6,200})@",
    ),
    Shape(
        "a client secret",
        "ecret",
        rf"(?i:client[_-]?secret){_IS}(?P<secret>(?=[A-Za-z_~.-]*[0-9])[A-Za-z0-9_~.-]{{16,}})",
    ),
    Shape(
        "a named token",
        "oken",
        rf"(?i:(?:access|auth|refresh|session|bearer|id|security)[_-]?token){_IS}"
        r"(?P<secret>(?=[A-Za-z_~.+/-]*[0-9])[A-Za-z0-9_~.+/=-]{16,})",
    ),
    Shape(
        "a password",
        "assw",
        rf"(?i:passw(?:or)?d|passphrase){_IS}(?P<secret>(?=[^\s\"'\\]{{0,60}}[0-9])[^\s\"'\\,;]{{8,64}})",
    ),
    Shape(
        "an API key",
        "key",
        rf"(?i:x-api-key|api[_-]key){_IS}(?P<secret>(?=[A-Za-z_.-]*[0-9])[A-Za-z0-9_.-]{{20,}})",
    ),
)  # fmt: skip
_PATTERNS: Final = tuple((shape, late_pattern(shape.pattern)) for shape in SHAPES)
_SIGNS: Final = tuple(dict.fromkeys(shape.sign.encode() for shape in SHAPES))
# What documentation writes in the place of one.
_PLACEHOLDER: Final = late_pattern(r"(?i:x{6}|\.{3}|your|example|redacted|placeholder|1234567890abcdef)|\*{4}|(.)\1{9}")


def may_hold_shapes(body: bytes) -> bool:
    """Whether it is worth looking closer: there is no such secret where this says no."""
    for sign in _SIGNS:  # noqa: SIM110 - a generator takes as long as the search itself
        if sign in body:
            return True
    return False


def kinds_in(text: str) -> list[str]:
    """What kinds of secrets a text seems to hold, each once."""
    return list(
        dict.fromkeys(shape.kind for shape, pattern in _PATTERNS if shape.sign in text and pattern.search(text))
    )


def shaped_secrets(text: str) -> list[str]:
    """The secrets that stand in a text, by their forms: each once, without what introduces it."""
    return list(dict.fromkeys(_found(text)))


def _found(text: str) -> Iterator[str]:
    for shape, pattern in _PATTERNS:
        if shape.sign not in text:
            continue
        for match in pattern.finditer(text):
            value = match["secret"] if "secret" in pattern.groupindex else match[0]
            if value and not _PLACEHOLDER.search(value):
                yield value
