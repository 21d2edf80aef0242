"""What a soak says of memory: it grows, or it does not, or nobody can tell yet."""

from __future__ import annotations

import math
import random

import pytest

from soak.slope import slope_of


def samples(per_hour: float, *, seconds: int = 1500, noise: float = 4.0, seed: int = 1) -> list[tuple[float, float]]:
    """A sample a second of what grows so fast and goes up and down."""
    dice = random.Random(seed)  # noqa: S311 - noise
    return [(float(at), 100 + per_hour * at / 3600 + dice.gauss(0, noise)) for at in range(seconds)]


@pytest.mark.parametrize("seed", range(5))
def test_what_goes_up_and_down_does_not_grow(seed: int) -> None:
    """Noise is no growth, and the interval holds what is true."""
    slope = slope_of(samples(0.0, seed=seed))
    assert not slope.exceeds(0.5)
    assert abs(slope.per_hour) < 2 * slope.error


@pytest.mark.parametrize("per_hour", [60.0, 600.0])
def test_what_grows_is_found_in_the_noise(per_hour: float) -> None:
    """A leak of a MiB a minute and more, beyond a bound of 24 MiB an hour."""
    slope = slope_of(samples(per_hour))
    assert slope.exceeds(24.0)
    assert slope.per_hour == pytest.approx(per_hour, abs=2 * slope.error)


@pytest.mark.parametrize("seconds", [0, 1, 2])
def test_too_few_samples_say_nothing(seconds: int) -> None:
    """Then the error is infinite, and nothing is called growth."""
    slope = slope_of(samples(1e6, seconds=seconds))
    assert slope.error == math.inf
    assert not slope.exceeds(0.0)
