"""What the optional parts install, named so that the command works anywhere.

This package is on no index, so that an extra of it cannot be asked for by the package's name outside of a clone; what
an extra holds can.
"""

from __future__ import annotations

from typing import Final

RUNTIME: Final = "xllamacpp==2026.10.11549"
"""The extra `local`: the runtime of the embedded model. Its interface moves, so the pin is exact."""

ANY_LLM: Final = "any-llm-sdk>=1.40,<2"
"""The extra `any-llm`: models of providers that are not spoken natively."""

INSTALL_RUNTIME: Final = f"pip install '{RUNTIME}'"
INSTALL_ANY_LLM: Final = f"pip install '{ANY_LLM}'"
