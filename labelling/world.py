"""A domain with the values of one conversation: names, numbers, prices and days, drawn at random."""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from labelling.written_forms import DAYS, forms_of

_FOLDER: Final = Path(__file__).parent / "domains"
_FIRST_DAY: Final = date(2026, 3, 2)
_CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP"}
NAMES: Final = ("Amara", "Ben", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jun", "Kofi", "Lena")


@cache
def domains() -> tuple[dict[str, Any], ...]:
    """All of them, as they stand in their files."""
    return tuple(
        domain
        for name in ("one", "two", "three")
        for domain in yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    )


class World:
    """One conversation's domain and values.

    Attributes:
        chance: where everything random comes from.
        domain: as it stands in its file.
        money: the currency's sign.
        ref: the number that the user gives.
        record: what looking it up returns.
        wrong: for each field of the record another value of its shape.
        results: what a search returns.
    """

    def __init__(self, domain: dict[str, Any], chance: random.Random) -> None:
        self.chance, self.domain = chance, domain
        self.money = chance.choice("€€€$£")
        self.ref = "".join(str(chance.randrange(1, 10)) if one == "#" else one for one in domain["ref"]["shape"])
        self.record: dict[str, Any] = {domain["lookup"]["arg"]: self.ref, "currency": _CURRENCIES[self.money]}
        self.wrong: dict[str, Any] = {}
        for field, told in [*domain["facts"].items(), (domain["secret"]["field"], domain["secret"])]:
            self.record[field], self.wrong[field] = self._two_of(told)
        searched = domain["search"]
        names = chance.sample(searched["items"], chance.randrange(3, len(searched["items"]) + 1))
        good = set(chance.sample(names, chance.randrange(1, len(names))))
        self.results = [
            {"name": name, "price": chance.randrange(1200, 9900) / 100, searched["quality"]: name in good}
            for name in names
        ]

    def _two_of(self, told: dict[str, Any]) -> tuple[Any, Any]:
        if "of" in told:
            one, other = self.chance.sample(told["of"], 2)
            return one, other
        return _SHAPES[told["shape"]](self.chance)

    def said(self, value: Any) -> str:
        """A value as people say it."""
        if isinstance(value, float):
            return f"{self.money}{value:.2f}"
        forms = forms_of(value)
        if len(forms) == 3:
            day = f"{DAYS[date.fromisoformat(value).weekday()]}, "
            return self.chance.choice(("", day)) + self.chance.choice(forms[:2])
        return self.chance.choice(forms)


def _money(chance: random.Random) -> tuple[float, float]:
    cents = chance.randrange(3100, 19000)
    return cents / 100, (cents + chance.choice((-500, -90, 90, 300, 1000, 2000))) / 100


def _day(chance: random.Random) -> tuple[str, str]:
    day = _FIRST_DAY + timedelta(days=chance.randrange(300))
    return day.isoformat(), (day + timedelta(days=chance.choice((-7, -3, -1, 1, 2, 7, 10)))).isoformat()


def _time(chance: random.Random) -> tuple[str, str]:
    minutes = chance.randrange(40, 84) * 15
    other = minutes + chance.choice((-60, -30, 15, 30, 60))
    return f"{minutes // 60:02}:{minutes % 60:02}", f"{other // 60:02}:{other % 60:02}"


def _phone(chance: random.Random) -> tuple[str, str]:
    one, other = (f"555-{chance.randrange(1000, 9999)}" for _ in range(2))
    return one, other


_SHAPES: Final = {"money": _money, "date": _day, "time": _time, "phone": _phone}
