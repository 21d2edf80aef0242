"""Secrets by the forms that their issuers give them: whoever sees one knows what it is, wherever it stands. Pure.

Each form begins with, or stands behind, one of its signs, which are looked for first: nearly every text has none, so no
sign may be a part of ordinary words. The part of a match that is secret is the group of that name, else all of it.

An agent may send a megabyte of the beginnings of a form: what a pattern reads from each place where it can begin is
bounded, or cannot be begun again within it.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import unquote

from scenario.late_pattern import late_pattern

# Behind a name: `"client_secret": "…"`, `AccountKey=…`, `api-key: …`, also where it is escaped.
_IS: Final = r"[\\\"']{0,6}\s{0,3}(?:=>|[:=])\s{0,3}[\\\"']{0,6}"


class Shape(NamedTuple):
    """One form.

    Attributes:
        kind: what it is, in words.
        signs: one of these stands in every one.
        pattern: the form.
    """

    kind: str
    signs: tuple[str, ...]
    pattern: str


SHAPES: Final = (
    Shape(
        "a JSON web token",
        ("eyJ",),
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    ),
    Shape(
        "an Authorization header",
        ("earer",),
        r"\b[Bb]earer\s+(?P<secret>(?=[A-Za-z._~+/-]*[0-9*])[A-Za-z0-9._~+/*-]{20,})",
    ),
    Shape("an Authorization header", ("earer",), r"\b[Bb]earer\s+(?P<secret>[A-Za-z]{24,})\b"),
    Shape(
        "an Authorization header",
        ("uthorization",),
        (
            r"(?i:authorization)[\\]*[\"']\s*:\s*[\\]*[\"'](?:(?i:bearer|basic|token)\s+)?"
            r"(?P<secret>(?![A-Z_]+\b|(?i:your|my|some|the|bearer|none|null|true|false)\b|x{3})"
            r"[A-Za-z0-9._~+/=-]{10,})[\\]*[\"']"
        ),
    ),
    Shape("an API key", ("sk-",), r"\bsk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,}"),
    Shape("an API key", ("sk-",), r"\bsk-(?:[a-z0-9]{2,8}-){0,2}[A-Za-z0-9]{24,}"),
    Shape("an API key", ("gsk_",), r"\bgsk_[A-Za-z0-9]{40,}"),
    Shape("an API key", ("xai-",), r"\bxai-[A-Za-z0-9]{60,}"),
    Shape("an API key", ("pplx-",), r"\bpplx-[A-Za-z0-9]{40,}"),
    Shape("an API key", ("hf_",), r"\bhf_[A-Za-z0-9]{30,}"),
    Shape("an API key", ("r8_",), r"\br8_[A-Za-z0-9]{36,}"),
    Shape("an API key", ("nvapi-",), r"\bnvapi-[A-Za-z0-9_-]{60,}"),
    Shape("an API key", ("tvly-",), r"\btvly-(?:dev-|prod-)?[A-Za-z0-9]{28,}"),
    Shape("an API key", ("lsv2_",), r"\blsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}"),
    Shape("an API key", ("-lf-",), r"\b[ps]k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    Shape("a cloud access key", ("AKIA",), r"\bAKIA[0-9A-Z]{16}\b"),
    Shape("a cloud access key", ("ASIA",), r"\bASIA[0-9A-Z]{16}\b"),
    Shape(
        "a cloud secret key",
        ("ecret",),
        rf"(?i:secret[_ -]?access[_ -]?key){_IS}(?P<secret>[A-Za-z0-9/+]{{40}})(?![A-Za-z0-9/+])",
    ),
    Shape("a cloud API key", ("AIza",), r"\bAIza[0-9A-Za-z_-]{35}\b"),
    Shape("a cloud access token", ("ya29.",), r"\bya29\.[0-9A-Za-z_-]{30,}"),
    Shape("a client secret", ("GOCSPX-",), r"\bGOCSPX-[0-9A-Za-z_-]{28}"),
    Shape("a storage key", ("AccountKey=",), r"AccountKey=(?P<secret>[A-Za-z0-9+/]{86}==)"),
    Shape("a signed URL", ("sig=",), r"[?&;]sig=(?P<secret>[A-Za-z0-9%+/=_-]{43,})"),
    Shape("a signed URL", ("X-Amz-Signature=",), r"X-Amz-Signature=(?P<secret>[0-9a-f]{64})"),
    Shape("a code host's token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,}"),
    Shape("a code host's token", ("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{40,}"),
    Shape(
        "a code host's token",
        ("glpat-", "glptt-", "glrt-", "gldt-", "glsoat-", "glcbt-"),
        r"\bgl(?:pat|ptt|rt|dt|soat|cbt)-[A-Za-z0-9_-]{20,}",
    ),
    Shape("a code host's token", ("ATATT3",), r"\bATATT3[A-Za-z0-9_=-]{50,}"),
    Shape(
        "a chat service's token",
        ("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-"),
        r"\bxox[abeoprs]-[A-Za-z0-9-]{16,}",
    ),
    Shape("a chat service's token", ("xapp-",), r"\bxapp-[0-9]-[A-Z0-9]+-[0-9]+-[0-9a-f]{20,}"),
    Shape(
        "a webhook",
        ("hooks.slack.com",),
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/+_-]{20,})",
    ),
    Shape("a webhook", ("/webhooks/",), r"discord(?:app)?\.com/api/webhooks/(?P<secret>[0-9]{15,}/[A-Za-z0-9_-]{50,})"),
    Shape("a bot's token", (":AA",), r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    Shape("a payment key", ("sk_live_", "rk_live_", "pk_live_"), r"\b(?:sk|rk|pk)_live_[A-Za-z0-9]{20,}"),
    Shape("a payment key", ("sk_test_",), r"\bsk_test_[A-Za-z0-9]{20,}"),
    Shape("a payment key", ("whsec_",), r"\bwhsec_[A-Za-z0-9+/=]{24,}"),
    Shape("a payment key", ("sq0atp-", "sq0csp-", "sq0idp-"), r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,}"),
    Shape("a mail service's key", ("SG.",), r"\bSG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,50}"),
    Shape("a mail service's key", ("key-",), r"\bkey-[0-9a-f]{32}\b"),
    Shape("a telephone service's key", ("SK",), r"\bSK[0-9a-f]{32}\b"),
    Shape("a package registry's token", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    Shape("a package registry's token", ("pypi-",), r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
    Shape("a package registry's token", ("dckr_pat_",), r"\bdckr_pat_[A-Za-z0-9_-]{27,}"),
    Shape("a hosting service's token", ("dop_v1_", "doo_v1_", "dor_v1_"), r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    Shape("a hosting service's token", ("HRKU-",), r"\bHRKU-[A-Za-z0-9_-]{36,}"),
    Shape("a hosting service's token", ("dapi",), r"\bdapi[0-9a-f]{32}(?:-[0-9])?\b"),
    Shape("a hosting service's token", ("sbp_",), r"\bsbp_[0-9a-f]{40}\b"),
    Shape("a hosting service's token", ("pscale_",), r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,}"),
    Shape("a shop's token", ("shpat_", "shpca_", "shppa_", "shpss_"), r"\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}\b"),
    Shape("a tracker's key", ("lin_api_", "lin_oauth_"), r"\blin_(?:api|oauth)_[A-Za-z0-9]{40,}"),
    Shape("a wiki's token", ("ntn_",), r"\bntn_[A-Za-z0-9]{40,}"),
    Shape("a wiki's token", ("secret_",), r"\bsecret_[A-Za-z0-9]{43}\b"),
    Shape("a design tool's token", ("figd_",), r"\bfigd_[A-Za-z0-9_-]{40,}"),
    Shape("a vault's token", ("hvs.", "hvb.", "hvr."), r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}"),
    Shape(
        "a vault's token",
        ("dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."),
        r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}",
    ),
    Shape("a monitor's token", ("glsa_",), r"\bglsa_[A-Za-z0-9]{32}_[0-9a-fA-F]{8}\b"),
    Shape("a monitor's token", ("glc_",), r"\bglc_[A-Za-z0-9+/=]{32,}"),
    Shape("a monitor's token", ("NRAK-",), r"\bNRAK-[A-Z0-9]{27}\b"),
    Shape("a monitor's token", ("sntrys_", "sntryu_"), r"\bsntry[su]_[A-Za-z0-9+/=_-]{40,}"),
    Shape("an API tool's key", ("PMAK-",), r"\bPMAK-[0-9a-f]{24}-[0-9a-f]{34}\b"),
    Shape(
        "a private key",
        ("-----BEGIN",),
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?P<secret>"
        r"(?:[A-Za-z0-9+/=:,.()\s]|\\+[nr]|-(?!-)){40,}(?=-----END)|(?:(?:\s|\\+[nr])+[A-Za-z0-9+/=]{20,76})+)?",
    ),
    Shape("a private key", ("AGE-SECRET-KEY-1",), r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}"),
    Shape(
        "a password in a URL",
        ("://",),
        r"://[^\s:@/?#\"'\\<>]{0,80}:(?P<secret>(?![{<$%])[^\s@/\"'\\<>]{6,200})@",
    ),
    Shape(
        "an Authorization header",
        ("uthorization", "UTHORIZATION"),
        rf"(?i:authorization){_IS}(?i:basic|token|apikey)\s{{1,3}}"
        r"(?P<secret>(?=[A-Za-z+/._~-]{0,60}[0-9=])[A-Za-z0-9+/._~-]{12,}={0,2})",
    ),
    Shape(
        "a client secret",
        ("ecret",),
        rf"(?i:client[_-]?secret){_IS}(?P<secret>(?=[A-Za-z_~.-]*[0-9])[A-Za-z0-9_~.-]{{16,}})",
    ),
    Shape(
        "a named token",
        ('oken"', "oken'", "oken\\", "oken=", "oken:", "oken ", "OKEN"),
        rf"(?i:(?:access|auth|refresh|session|bearer|id|security)[_-]?token){_IS}"
        r"(?P<secret>(?=[A-Za-z_~.+/-]*[0-9])[A-Za-z0-9_~.+/=-]{16,})",
    ),
    Shape(
        "a password",
        ("assw",),
        rf"(?i:passw(?:or)?d|passphrase){_IS}(?P<secret>(?=[^\s\"'\\]{{0,60}}[0-9])[^\s\"'\\,;]{{8,64}})",
    ),
    Shape(
        "an API key",
        ("i_key", "i-key", "i_Key", "i-Key", "I_KEY", "I-KEY"),
        rf"(?i:x-api-key|api[_-]key){_IS}(?P<secret>(?=[A-Za-z_.-]*[0-9])[A-Za-z0-9_.-]{{20,}})",
    ),
)  # fmt: skip
# A secret may begin right behind an escape, whose last character is none of it: "\\nghp_", "%20ghp_", "\\u0022ghp_".
_BEHIND_ESCAPE: Final = r"(?<=\\[nrtbf])|(?<=\\u[0-9a-fA-F]{4})|(?<=%[0-9a-fA-F]{2})"
_BEGINNINGS: Final = (r"\b", r"(?<![A-Za-z0-9_-])")


def _with_escapes(pattern: str) -> str:
    for beginning in _BEGINNINGS:
        if pattern.startswith(beginning):
            return f"(?:{beginning}|{_BEHIND_ESCAPE}){pattern[len(beginning) :]}"
    return pattern


_PATTERNS: Final = tuple((shape, late_pattern(_with_escapes(shape.pattern))) for shape in SHAPES)
# What words are made of, where signs are looked for; all else parts them.
_OF_WORDS: Final = (string.ascii_letters + string.digits + "_.:/+=-%").encode()
_PARTED: Final = bytes(byte if byte in _OF_WORDS else 32 for byte in range(256))
# What is percent-encoded may be the "://" or the ":" of a form.
_SIGNS: Final = tuple(
    dict.fromkeys([*(sign.encode().translate(_PARTED) for shape in SHAPES for sign in shape.signs), b"%3A", b"%3a"])
)
# A piece of a streamed text is called so, and no secret is.
_TOKEN: Final = frozenset({b"token"})
# What documentation writes in the place of one. A long one of random characters has a "your" in it by chance.
_PLACEHOLDER: Final = late_pattern(
    r"(?i:x{6}|\.{3}|(?<![a-z0-9])your(?:[-_ ]|key|api|token|secret|pass)|example|redacted|placeholder"
    r"|1234567890abcdef)|\*{4}|(.)\1{9}"
    r"|^(?i:my|the|db|some)?[-_]?(?i:pass(?:word|wd)?|secret|postgres|changeme|mysecretpassword)$"
)
_PLACEHOLDERS_END: Final = 120
_LONG_BODY: Final = 1024 * 1024


def distinct_words(body: bytes) -> bytes:
    """The words of a body, each once and each with a space behind it: a stream says the same few in each event."""
    if len(body) > _LONG_BODY:
        # Millions of words would take many times the body's memory.
        return body.translate(_PARTED) + b" "
    return b" ".join(set(body.translate(_PARTED).split()) - _TOKEN) + b" "


def may_hold_shapes(body: bytes) -> bool:
    """Whether it is worth looking closer: there is no such secret where this says no."""
    return words_may_hold_shapes(distinct_words(body))


def words_may_hold_shapes(words: bytes) -> bool:
    """The same of the words of a body, as `distinct_words` gives them."""
    for sign in _SIGNS:  # noqa: SIM110 - a generator takes as long as the search itself
        if sign in words:
            return True
    return False


def kinds_in(text: str) -> list[str]:
    """What kinds of secrets a text seems to hold, each once."""
    return list(dict.fromkeys(shape.kind for shape, pattern in _in_question(text) if pattern.search(text)))


def shaped_secrets(text: str) -> list[str]:
    """The secrets that stand in a text, by their forms: each once, without what introduces it.

    What is percent-encoded in it is read as what it stands for, too.
    """
    found = dict.fromkeys(_found(text))
    if "%" in text and (meant := unquote(text)) != text:
        found |= dict.fromkeys(_found(meant))
    return list(found)


def _found(text: str) -> Iterator[str]:
    for _, pattern in _in_question(text):
        for match in pattern.finditer(text):
            value = match["secret"] if "secret" in pattern.groupindex else match[0]
            if value and not _PLACEHOLDER.search(value[:_PLACEHOLDERS_END]):
                yield value


def _in_question(text: str) -> Iterator[tuple[Shape, re.Pattern[str]]]:
    """The shapes whose signs stand in a text."""
    for shape, pattern in _PATTERNS:
        for sign in shape.signs:
            if sign in text:
                yield shape, pattern
                break
