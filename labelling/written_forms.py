"""In which forms a value that a tool returned may be said."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TIME: Final = re.compile(r"(\d\d):(\d\d)")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def forms_of(value: Any) -> list[str]:
    """Each of them: an amount with two digits, a day in three orders, a time of 24 and of 12 hours."""
    if isinstance(value, float):
        return [f"{value:.2f}"]
    text = str(value)
    if _ISO.fullmatch(text):
        day = date.fromisoformat(text)
        month = MONTHS[day.month - 1]
        return [f"{day.day} {month}", f"{month} {day.day}", text]
    if found := _TIME.fullmatch(text):
        hour = int(found[1])
        return [text, f"{(hour + 11) % 12 + 1}:{found[2]} {'pm' if hour >= 12 else 'am'}"]
    return [text]
