"""Secrets, and the ways in which somebody may write one down so that anybody can read it."""

from __future__ import annotations

import base64
import html
import json
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st


def _mixed(secret: str) -> str:
    """Every second character escaped, as a text of JSON within another."""
    return "".join(
        f"\\\\u{ord(c):04X}" if i % 2 else json.dumps(json.dumps(c)[1:-1])[1:-1] for i, c in enumerate(secret)
    )


DISGUISES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in JSON": lambda secret: json.dumps(secret)[1:-1],
    "in JSON within JSON": lambda secret: json.dumps(json.dumps(secret)[1:-1])[1:-1],
    "escaped by character": lambda secret: "".join(f"\\u{ord(c):04x}" for c in secret),
    "escaped by every second character": _mixed,
    "quoted for a URL": lambda secret: quote(secret, safe=""),
    "quoted for a form": quote_plus,
    "quoted twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "quoted by byte": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "escaped for HTML": html.escape,
    "as HTML entities": lambda secret: "".join(f"&#{ord(c)};" for c in secret),
    "as hexadecimal HTML entities": lambda secret: "".join(f"&#x{ord(c):x};" for c in secret),
    "in Base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in Base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
    "in the Base64 of a longer text": lambda secret: base64.b64encode(f"Bearer {secret}!".encode()).decode(),
    "in the Base64 of user and password": lambda secret: base64.b64encode(f"me:{secret}".encode()).decode(),
}

# What may stand in a header, without white space at its ends; the first may not be taken for a scheme.
secrets = st.text(string.ascii_letters + string.digits + "-_.~+/=!#$%&*:;<>?@^|'\"\\", min_size=9, max_size=40)
disguises = st.sampled_from(sorted(DISGUISES))
