"""What the bundled weather agent knows and says: a small table of cities and a few rules. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from scenario.types import Message


class Weather(msgspec.Struct, frozen=True):
    """The weather of one city.

    Attributes:
        celsius: the temperature now.
        tomorrow: the temperature tomorrow.
        rain: the chance of rain, in percent.
    """

    celsius: int
    sky: str
    wind: str
    rain: int
    tomorrow: int


CITIES = {
    "Paris": Weather(18, "partly cloudy", "a light breeze", 10, 20),
    "London": Weather(14, "overcast", "a fresh wind", 70, 13),
    "Tokyo": Weather(24, "sunny", "hardly any wind", 5, 25),
    "Berlin": Weather(12, "cloudy", "a light wind", 40, 15),
    "New York": Weather(21, "clear", "a breeze from the sea", 15, 19),
    "Nairobi": Weather(23, "sunny with a few clouds", "a light breeze", 20, 24),
    "Lisbon": Weather(22, "sunny", "a breeze from the Atlantic", 5, 23),
    "Oslo": Weather(6, "snowy", "a cold wind", 60, 4),
}

_CITY = re.compile("|".join(rf"\b{re.escape(city)}\b" for city in CITIES), re.IGNORECASE)
_NAMED = {city.lower(): city for city in CITIES}
_UMBRELLA = re.compile(r"\b(umbrella|rain|raining|rainy|wet|showers?)\b", re.IGNORECASE)
_CLOTHES = re.compile(r"\b(wear|jacket|coat|pack|clothes|sweater|dress)\b", re.IGNORECASE)
_TOMORROW = re.compile(r"\btomorrow\b|\bweekend\b|\bforecast\b", re.IGNORECASE)
_THANKS = re.compile(r"\b(thanks|thank you|great|perfect|bye|goodbye)\b", re.IGNORECASE)


def answer(messages: Sequence[Message]) -> str:
    """What the agent says next in this conversation."""
    lines = [str(message.get("content") or "") for message in messages if message.get("role") == "user"]
    asked = lines[-1] if lines else ""
    city = next((found for line in reversed(lines) if (found := city_in(line))), None)
    if city is None:
        known = ", ".join(CITIES)
        return f"I'm sorry, I have no weather for that place. I know these cities: {known}."
    weather = CITIES[city]
    if _UMBRELLA.search(asked):
        return _umbrella(city, weather)
    if _CLOTHES.search(asked):
        return _clothes(city, weather)
    if _TOMORROW.search(asked):
        return f"Tomorrow it will be {weather.tomorrow}°C in {city}, with a {weather.rain}% chance of rain."
    if _THANKS.search(asked) and city_in(asked) is None and "?" not in asked:
        return f"You're welcome! Enjoy your time in {city}."
    return f"It is {weather.celsius}°C and {weather.sky} in {city} today, with {weather.wind}."


def city_in(text: str) -> str | None:
    """The last city of the table that a text names."""
    found = _CITY.findall(text)
    return _NAMED[found[-1].lower()] if found else None


def _umbrella(city: str, weather: Weather) -> str:
    if weather.rain >= 50:
        return f"Yes, take an umbrella: the chance of rain in {city} is {weather.rain}%."
    return f"No, you won't need an umbrella: the chance of rain in {city} is only {weather.rain}%."


def _clothes(city: str, weather: Weather) -> str:
    if weather.celsius >= 20:
        return f"At {weather.celsius}°C in {city} light clothes are fine; bring a thin layer for the evening."
    if weather.celsius >= 10:
        return f"At {weather.celsius}°C in {city} a light jacket is a good idea."
    return f"At {weather.celsius}°C in {city} you want a warm coat, gloves and a hat."
