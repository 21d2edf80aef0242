"""Values that look like secrets, by the forms that their issuers give them."""

from __future__ import annotations

from typing import Final

from scenario.late_pattern import late_pattern

_KINDS: Final = (
    ("a JSON web token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("an Authorization header", r"\b[Bb]earer\s+(?=[A-Za-z._~+/-]*[0-9*])[A-Za-z0-9._~+/*-]{20,}"),
    ("an Authorization header", r"\b[Bb]earer\s+[A-Za-z]{24,}\b"),
    (
        "an Authorization header",
        (
            r"(?i:authorization)[\\]*[\"']\s*:\s*[\\]*[\"'](?:(?i:bearer|basic|token)\s+)?"
            r"(?![A-Z_]+\b|(?i:your|my|some|the|bearer|none|null|true|false)\b|x{3})[A-Za-z0-9._~+/=-]{10,}[\\]*[\"']"
        ),
    ),
    ("an API key", r"\bsk-(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}"),
    ("an API key", r"\bsk-(?:[a-z0-9]{2,8}-){0,2}[A-Za-z0-9]{24,}"),
    ("a cloud access key", r"\bAKIA[0-9A-Z]{16}\b"),
    ("a cloud API key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("a code host's token", r"\b(?:ghp_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_-]{20,})"),
    ("a chat service's token", r"\bxox[abprs]-[A-Za-z0-9-]{16,}"),
    ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
)
_PATTERNS: Final = tuple((kind, late_pattern(pattern)) for kind, pattern in _KINDS)
# No secret of these forms is without one of these; looking for them first is many times as quick.
_SIGNS: Final = (
    b"eyJ",
    b"earer",
    b"uthorization",
    b"sk-",
    b"AKIA",
    b"AIza",
    b"ghp_",
    b"github_pat_",
    b"glpat-",
    b"xox",
    b"-----BEGIN",
)


def may_hold_secrets(body: bytes) -> bool:
    """Whether it is worth looking closer: there is no secret where this says no."""
    for sign in _SIGNS:  # noqa: SIM110 - a generator takes as long as the search itself
        if sign in body:
            return True
    return False


def secrets_in(text: str) -> list[str]:
    """What kinds of secrets a text seems to hold, each once."""
    return list(dict.fromkeys(kind for kind, pattern in _PATTERNS if pattern.search(text)))
