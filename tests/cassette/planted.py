"""Secrets of many kinds, made when they are needed, so that none stands in the source."""

from __future__ import annotations

import base64
import random
import string

_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + string.digits


def planted(seed: int) -> dict[str, str]:
    """Each kind's name and a secret of it."""
    chance = random.Random(seed)  # noqa: S311 - they are no secrets of anybody's

    def some(length: int, of: str = _ALNUM) -> str:
        return (
            "a1B2" + "".join(chance.choice(of) for _ in range(length - 4))
            if of == _ALNUM
            else "".join(chance.choice(of) for _ in range(length))
        )

    claims = base64.urlsafe_b64encode(some(40).encode()).decode().rstrip("=")
    return {
        "json web token": f"eyJ{some(20)}.eyJ{claims}.{some(43)}",
        "openai": "sk-" + "proj-" + some(48),
        "anthropic": "sk-" + "ant-api03-" + some(90),
        "groq": "gs" + "k_" + some(52),
        "xai": "xa" + "i-" + some(80),
        "perplexity": "pp" + "lx-" + some(48),
        "hugging face": "h" + "f_" + some(34, string.ascii_letters),
        "aws": "AK" + "IA" + some(16, _UPPER),
        "aws, temporary": "AS" + "IA" + some(16, _UPPER),
        "google": "AI" + "za" + some(35),
        "google, access": "ya" + "29." + some(60),
        "github": "gh" + "p_" + some(36),
        "github, server": "gh" + "s_" + some(36),
        "github, fine": "github" + "_pat_" + some(22) + "_" + some(59),
        "gitlab": "gl" + "pat-" + some(20),
        "slack": "xo" + "xb-" + some(12, string.digits) + "-" + some(24),
        "slack, app": "xa" + "pp-1-" + some(11, _UPPER) + "-" + some(13, string.digits) + "-" + some(64, _HEX),
        "stripe": "sk" + "_live_" + some(24),
        "stripe, webhook": "wh" + "sec_" + some(32),
        "sendgrid": "S" + "G." + some(22) + "." + some(43),
        "npm": "np" + "m_" + some(36),
        "pypi": "py" + "pi-AgE" + some(80),
        "digital ocean": "do" + "p_v1_" + some(64, _HEX),
        "shopify": "sh" + "pat_" + some(32, _HEX),
        "telegram": some(9, string.digits) + ":AA" + some(33),
        "databricks": "da" + "pi" + some(32, _HEX),
        "linear": "li" + "n_api_" + some(40),
        "notion": "nt" + "n_" + some(46),
        "vault": "hv" + "s." + some(24),
        "grafana": "gl" + "sa_" + some(32) + "_" + some(8, _HEX),
        "new relic": "NR" + "AK-" + some(27, _UPPER),
        "postman": "PM" + "AK-" + some(24, _HEX) + "-" + some(34, _HEX),
        "twilio": "S" + "K" + some(32, _HEX),
        "database": some(18),
        "password": some(14),
        "client secret": some(32),
        "session token": some(40),
    }


def as_it_stands(kind: str, secret: str) -> str:
    """A secret in the text that gives it away."""
    match kind:
        case "database":
            return f"postgresql://app:{secret}@db.example.com:5432/prod"
        case "password":
            return f'{{"password": "{secret}"}}'
        case "client secret":
            return f'{{"client_secret": "{secret}"}}'
        case "session token":
            return f'{{"session_token": "{secret}"}}'
        case _:
            return f"use {secret} for it"
