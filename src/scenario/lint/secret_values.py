"""Values that look like secrets, by the forms that their issuers give them."""

from __future__ import annotations

from scenario.secret_shapes import kinds_in as secrets_in, may_hold_shapes as may_hold_secrets

__all__ = ["may_hold_secrets", "secrets_in"]
