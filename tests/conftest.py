"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No promise depends on how fast the machine is: neither Hypothesis's deadline for an example nor its word on slow data.
settings.register_profile("scenario", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("scenario")
